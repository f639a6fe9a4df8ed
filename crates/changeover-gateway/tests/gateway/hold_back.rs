//! Streams that are held back: what fails within is taken over unseen, what fails after it ends the
//! stream, and never do two providers' texts meet.

use std::time::Duration;

use changeover_domain::{FailureClass, Mode};
use changeover_gateway::{GatewaySettings, HoldBack};
use changeover_llm::front::Door;
use serde_json::{Value, json};

use crate::support::ask::{Ask, failures_at};
use crate::support::{Bench, add_route, answers, patient, serving};

const DOORS: [Door; 2] = [Door::OpenAi, Door::Anthropic];

async fn bench(change: impl FnOnce(&mut GatewaySettings)) -> Bench {
    Bench::start_with(|settings| {
        patient(settings);
        settings.breaker.minimum_calls = 1_000;
        settings.shared_serving.fleet.window_least = 1_000;
        add_route(settings, "held", &["a", "b"], &[Mode::Full]);
        change(settings);
    })
    .await
}

fn tokens(count: u32) -> impl FnOnce(&mut GatewaySettings) {
    move |settings| serving(settings, "held").hold_back = HoldBack::Tokens(count)
}

/// Breaks off with the vendor's own error after these words.
fn breaks_after(words: &'static str) -> impl Fn(&Value) -> axum::response::Response {
    move |_| {
        let error = json!({"error": {"message": "it broke", "type": "server_error",
            "param": null, "code": "server_error"}});
        answers::events(&[answers::piece(words), error], false)
    }
}

#[tokio::test]
async fn what_fails_within_is_taken_over_unseen() {
    let bench = bench(tokens(20)).await;
    // 40 bytes are about 10 tokens.
    bench.a.script(breaks_after("these words of the first are not given to"));
    for door in DOORS {
        let told = bench.ask(&Ask::new(door, "held", true)).await;
        told.assert_whole();
        assert_eq!(told.text(), "from b");
        let path = told.path(&bench).await;
        let expected = [FailureClass::ErrorInStream; 2];
        assert_eq!(failures_at(&path, "a"), expected, "and once more at the same target");
    }
}

#[tokio::test]
async fn what_fails_after_it_ends_the_stream() {
    let bench = bench(tokens(5)).await;
    bench.a.script(breaks_after("these words of the first are given"));
    for door in DOORS {
        let told = bench.ask(&Ask::new(door, "held", true)).await;
        told.assert_broken_off();
        assert_eq!(told.text(), "these words of the first are given");
    }
    assert_eq!(bench.b.calls(), 0, "another answer would not be this one's end");
}

#[tokio::test]
async fn an_answer_shorter_than_what_is_held_back_is_given_whole() {
    let bench = bench(tokens(1_000)).await;
    for door in DOORS {
        let told = bench.ask(&Ask::new(door, "held", true)).await;
        told.assert_whole();
        assert_eq!(told.text(), "from a");
    }
}

#[tokio::test]
async fn held_back_whole_nothing_of_a_broken_answer_is_seen() {
    let bench = bench(|settings| serving(settings, "held").hold_back = HoldBack::Whole).await;
    let long: &'static str = Box::leak("many words ".repeat(5_000).into_boxed_str());
    bench.a.script(breaks_after(long));
    for door in DOORS {
        let told = bench.ask(&Ask::new(door, "held", true)).await;
        told.assert_whole();
        assert_eq!(told.text(), "from b");
    }
}

#[tokio::test]
async fn what_is_held_back_keeps_to_the_requests_time() {
    let bench = bench(|settings| {
        serving(settings, "held").hold_back = HoldBack::Whole;
        // It writes on and on, so no other limit ends it.
        settings.limits.attempt = Duration::from_secs(20);
    })
    .await;
    bench.a.script(|_| answers::dripping());
    let told = bench.ask(&Ask::new(Door::OpenAi, "held", true)).await;
    told.assert_whole();
    assert_eq!(told.text(), "from b");
    let path = told.path(&bench).await;
    assert_eq!(failures_at(&path, "a"), [FailureClass::TimeoutTotal]);
}

fn schema_asked(door: Door, stream: bool) -> Ask {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}},
        "required": ["n"], "additionalProperties": false});
    match door {
        Door::OpenAi => Ask::new(door, "held", stream).with(
            "response_format",
            json!({"type": "json_schema",
                "json_schema": {"name": "n", "strict": true, "schema": schema}}),
        ),
        Door::Anthropic => Ask::new(door, "held", stream)
            .with("output_config", json!({"format": {"type": "json_schema", "schema": schema}})),
    }
}

fn validating(hold_back: HoldBack) -> impl FnOnce(&mut GatewaySettings) {
    move |settings| {
        let serving = serving(settings, "held");
        serving.validation = Some(std::sync::Arc::default());
        serving.hold_back = hold_back;
    }
}

#[tokio::test]
async fn an_invalid_answer_is_asked_for_again_before_anybody_sees_it() {
    let bench = bench(validating(HoldBack::Whole)).await;
    bench.a.script(|asked| answers::text(asked, "{\"n\":\"one\"}"));
    bench.b.script(|asked| answers::text(asked, "{\"n\":1}"));
    for (door, stream) in crate::support::ask::WAYS {
        let told = bench.ask(&schema_asked(door, stream)).await;
        told.assert_whole();
        assert_eq!(told.text(), "{\"n\":1}");
        let path = told.path(&bench).await;
        assert_eq!(failures_at(&path, "a"), [FailureClass::MalformedOutput; 2], "once more");
    }
    bench.b.script(|asked| answers::text(asked, "no JSON"));
    for (door, stream) in crate::support::ask::WAYS {
        let message = bench.ask(&schema_asked(door, stream)).await.assert_refused(502);
        assert!(!message.is_empty(), "invalid never comes as success");
    }
}

#[tokio::test]
async fn an_invalid_answer_that_was_seen_ends_with_an_error_instead_of_its_finish() {
    let bench = bench(validating(HoldBack::FirstContent)).await;
    bench.a.script(|asked| answers::text(asked, "{\"n\":\"one\"}"));
    for door in DOORS {
        let told = bench.ask(&schema_asked(door, true)).await;
        told.assert_broken_off();
        assert_eq!(told.text(), "{\"n\":\"one\"}");
        let path = told.path(&bench).await;
        assert_eq!(failures_at(&path, "a"), [FailureClass::MalformedOutput]);
    }
    assert_eq!(bench.b.calls(), 0);
}

#[tokio::test]
async fn a_route_that_does_not_validate_gives_what_it_got() {
    let bench = bench(|_| {}).await;
    bench.a.script(|asked| answers::text(asked, "{\"n\":\"one\"}"));
    for (door, stream) in crate::support::ask::WAYS {
        let told = bench.ask(&schema_asked(door, stream)).await;
        told.assert_whole();
        assert_eq!(told.text(), "{\"n\":\"one\"}");
    }
}

#[tokio::test]
async fn a_flood_that_is_held_back_is_given_up_and_not_gathered_without_end() {
    let bench = bench(|settings| serving(settings, "held").hold_back = HoldBack::Whole).await;
    bench.a.behave(crate::support::vendor::Behaviour::Flood);
    let told = bench.ask(&Ask::new(Door::OpenAi, "held", true)).await;
    told.assert_whole();
    assert_eq!(told.text(), "from b");
    let path = told.path(&bench).await;
    assert_eq!(failures_at(&path, "a"), [FailureClass::MalformedOutput; 2]);
}

#[tokio::test]
async fn a_stall_within_is_taken_over_unseen_and_one_after_it_is_not() {
    for (held, taken_over) in [(20, true), (1, false)] {
        let bench = bench(|settings| {
            tokens(held)(settings);
            settings.limits.stall = Duration::from_secs(10);
        })
        .await;
        bench.a.script(|_| answers::stalling(&[answers::piece("these words of the first")]));
        for door in DOORS {
            let told = bench.ask(&Ask::new(door, "held", true)).await;
            let path = told.path(&bench).await;
            assert_eq!(failures_at(&path, "a"), [FailureClass::TimeoutStall]);
            if taken_over {
                told.assert_whole();
                assert_eq!(told.text(), "from b");
            } else {
                told.assert_broken_off();
                assert_eq!(told.text(), "these words of the first");
            }
        }
        assert_eq!(bench.b.calls() > 0, taken_over);
    }
}

#[tokio::test]
async fn a_streamed_call_whose_arguments_are_no_json_ends_in_an_error_or_at_another_target() {
    let call = json!({"tool_calls": [{"index": 0, "id": "c1", "type": "function",
        "function": {"name": "look_up", "arguments": "{\"of\":"}}]});
    for hold_back in [HoldBack::FirstContent, HoldBack::Whole] {
        let bench = bench(|settings| serving(settings, "held").hold_back = hold_back).await;
        let call = call.clone();
        bench.a.script(move |_| {
            let ended = [answers::delta(&call), answers::finished("tool_calls"), answers::usage()];
            answers::events(&ended, true)
        });
        for door in DOORS {
            let told = bench.ask(&Ask::new(door, "held", true)).await;
            let path = told.path(&bench).await;
            let failed = failures_at(&path, "a");
            assert!(failed.contains(&FailureClass::MalformedToolCall), "{path:?}");
            if hold_back == HoldBack::Whole {
                told.assert_whole();
                assert_eq!(told.text(), "from b", "nothing of the broken call was seen");
            } else {
                told.assert_broken_off();
                assert_eq!(failed.len(), 1, "nothing is asked again once it has begun");
            }
        }
    }
}
