//! Every mode, in either dialect, whole and streamed: what reaches the provider, what the caller
//! gets, and what the answer says of itself.

use std::time::Duration;

use changeover_domain::{Criticality, Mode, Outcome};
use changeover_gateway::{CacheSettings, GatewaySettings, ShortSettings};
use changeover_llm::front::Door;
use serde_json::{Value, json};

use crate::support::answers;
use crate::support::ask::{Ask, Told, WAYS};
use crate::support::{Bench, add_route, patient, route_id, serving};

const ALL: [Mode; 5] = [Mode::Full, Mode::Short, Mode::Cached, Mode::Template, Mode::Off];
const TTL: Duration = Duration::from_secs(60);

/// One route with every mode and a cache.
pub(crate) fn every_mode(settings: &mut GatewaySettings) {
    patient(settings);
    add_route(settings, "all", &["a", "b"], &ALL);
    // That what must succeed is not switched off lightly is another test's matter.
    settings.catalogue.routes[2].criticality = Criticality::CanDegrade;
    settings.breaker.minimum_calls = 1_000;
    settings.templates.insert(route_id("all"), "{route} is away, ask {whom}".to_owned());
    let serving = serving(settings, "all");
    serving.notice = Some("Answered by the {route} route in brief.".to_owned());
    serving.short = ShortSettings { max_tokens: 7, hint: "Be brief.".to_owned() };
    serving.cache = Some(CacheSettings { ttl: TTL, stale: TTL * 1_000 });
    serving.variables = [("whom".to_owned(), "the desk".to_owned())].into();
}

async fn in_mode(mode: Mode) -> Bench {
    let bench = Bench::start_with(every_mode).await;
    bench.set("all", &bench.wanted(None, mode)).await;
    bench
}

pub(crate) fn question(door: Door, stream: bool, question: &str) -> Ask {
    Ask::new(door, "all", stream).with("messages", json!([{"role": "user", "content": question}]))
}

pub(crate) fn assert_degraded(told: &Told, mode: &str) {
    assert_eq!(told.header("x-changeover-mode"), Some(mode));
    assert_eq!(told.header("x-changeover-degraded"), Some(mode));
}

#[tokio::test]
async fn full_says_nothing_of_degradation() {
    let bench = Bench::start_with(every_mode).await;
    for (door, stream) in WAYS {
        let told = bench.ask(&Ask::new(door, "all", stream).with("temperature", json!(0.5))).await;
        told.assert_whole();
        assert_eq!(told.text(), "from a");
        assert_eq!(told.header("x-changeover-degraded"), None);
    }
}

#[tokio::test]
async fn short_caps_the_answer_tells_the_model_and_says_so_to_the_caller() {
    let bench = in_mode(Mode::Short).await;
    for (door, stream) in WAYS {
        let told = bench.ask(&Ask::new(door, "all", stream)).await;
        told.assert_whole();
        assert_eq!(told.text(), "Answered by the all route in brief.\n\nfrom a");
        assert_degraded(&told, "short");
        let asked = bench.a.asked().pop().unwrap();
        let caps = ["max_tokens", "max_completion_tokens"].map(|name| asked[name].as_u64());
        assert!(caps.contains(&Some(7)) && !caps.contains(&Some(1_000)), "{asked}");
        assert_eq!(asked["messages"][0], json!({"role": "system", "content": "Be brief."}));
        assert_eq!(asked["messages"][1]["content"], "hello");
    }
}

#[tokio::test]
async fn short_never_lengthens_what_the_caller_capped_and_writes_nothing_into_json() {
    let bench = in_mode(Mode::Short).await;
    bench.a.script(|asked| answers::text(asked, "{\"a\":1}"));
    let ask = Ask::openai("all")
        .with("max_tokens", json!(3))
        .with("response_format", json!({"type": "json_object"}));
    let told = bench.ask(&ask).await;
    told.assert_whole();
    assert_eq!(told.text(), "{\"a\":1}", "a notice would be a defect here");
    assert_degraded(&told, "short");
    assert!(bench.a.asked()[0].to_string().contains(":3"), "{:?}", bench.a.asked());
}

#[tokio::test]
async fn short_cuts_no_document_and_lets_no_model_think_its_cap_away() {
    let bench = in_mode(Mode::Short).await;
    let thinking = Ask::openai("all").with("reasoning_effort", json!("high"));
    bench.ask(&thinking).await.assert_whole();
    let asked = bench.a.asked().pop().unwrap();
    assert_eq!(asked["reasoning_effort"], "low", "{asked}");
    bench.a.script(|asked| answers::text(asked, "{\"a\":1}"));
    let document = Ask::openai("all").with("response_format", json!({"type": "json_object"}));
    bench.ask(&document).await.assert_whole();
    let asked = bench.a.asked().pop().unwrap();
    assert!(!asked.to_string().contains(":7"), "half a document is no short answer: {asked}");
    assert_eq!(asked["messages"][0]["content"], "Be brief.", "the model is told all the same");
}

#[tokio::test]
async fn a_kept_answer_is_given_again_in_every_dialect_and_form() {
    let bench = Bench::start_with(every_mode).await;
    for (index, (door, stream)) in WAYS.into_iter().enumerate() {
        let what = format!("question {index}");
        bench.ask(&question(door, stream, &what)).await.assert_whole();
        let calls = bench.a.calls();
        for (door, stream) in WAYS {
            let told = bench.ask(&question(door, stream, &what)).await;
            told.assert_whole();
            assert_eq!(told.text(), "from a");
            let kept = told.header("x-changeover-cache").unwrap();
            assert!(kept.starts_with("fresh; age="), "{kept}");
            assert_eq!((told.target(), told.attempts()), ("none", 0));
        }
        assert_eq!(bench.a.calls(), calls, "nobody was asked");
    }
}

#[tokio::test]
async fn an_answer_past_its_time_is_given_in_mode_cached_only_and_with_its_age() {
    let bench = Bench::start_with(every_mode).await;
    let asked = question(Door::OpenAi, false, "how old?");
    bench.ask(&asked).await.assert_whole();
    bench.clock.sleep(TTL).await;
    bench.set("all", &bench.wanted(None, Mode::Cached)).await;
    for (door, stream) in WAYS {
        let told = bench.ask(&question(door, stream, "how old?")).await;
        told.assert_whole();
        assert_degraded(&told, "cached");
        let age = told.header("x-changeover-cache").unwrap().strip_prefix("stale; age=").unwrap();
        assert!(age.parse::<u64>().unwrap() >= TTL.as_secs(), "{age}");
        assert_eq!(told.text(), "Answered by the all route in brief.\n\nfrom a");
    }
    assert_eq!(bench.a.calls(), 1);
    bench.clear("all").await;
    let told = bench.ask(&asked).await;
    assert_eq!(told.header("x-changeover-cache"), None, "full asks anew");
    assert_eq!(bench.a.calls(), 2);
}

#[tokio::test]
async fn what_is_not_kept_gets_the_template_in_mode_cached() {
    let bench = in_mode(Mode::Cached).await;
    for (door, stream) in WAYS {
        let told = bench.ask(&Ask::new(door, "all", stream)).await;
        told.assert_whole();
        assert_eq!(told.text(), "all is away, ask the desk");
        assert_eq!(told.header("x-changeover-cache"), None);
        assert_degraded(&told, "cached");
    }
    assert_eq!(bench.a.calls() + bench.b.calls(), 0, "mode cached asks nobody");
}

#[tokio::test]
async fn the_template_comes_in_the_shape_that_was_asked_for() {
    let bench = in_mode(Mode::Template).await;
    let schema = json!({"type": "object", "additionalProperties": false,
        "properties": {"answer": {"type": "string"}, "sure": {"type": "boolean"}},
        "required": ["answer", "sure"]});
    for (door, stream) in WAYS {
        let told = bench.ask(&Ask::new(door, "all", stream)).await;
        told.assert_whole();
        assert_degraded(&told, "template");
        assert_eq!(told.text(), "all is away, ask the desk");
        let with_schema = match door {
            Door::OpenAi => Ask::new(door, "all", stream).with(
                "response_format",
                json!({"type": "json_schema",
                    "json_schema": {"name": "reply", "strict": true, "schema": schema}}),
            ),
            Door::Anthropic => Ask::new(door, "all", stream).with(
                "output_config",
                json!({"format": {"type": "json_schema", "schema": schema}}),
            ),
        };
        let told = bench.ask(&with_schema).await;
        told.assert_whole();
        let reply: Value = serde_json::from_str(&told.text()).unwrap();
        assert_eq!(reply["answer"], "all is away, ask the desk", "{reply}");
        assert!(reply["sure"].is_boolean(), "{reply}");
    }
    for stream in [false, true] {
        let object = json!({"type": "json_object"});
        let ask = Ask::new(Door::OpenAi, "all", stream).with("response_format", object);
        let told = bench.ask(&ask).await;
        told.assert_whole();
        let reply: Value = serde_json::from_str(&told.text()).unwrap();
        assert!(reply.is_object(), "{reply}");
    }
}

/// The request, with a tool that must be called.
fn forced_tool(door: Door, stream: bool) -> Ask {
    let parameters = json!({"type": "object", "properties": {}});
    let (tool, choice) = match door {
        Door::OpenAi => (
            json!({"type": "function", "function": {"name": "pay", "parameters": parameters}}),
            json!("required"),
        ),
        Door::Anthropic => {
            (json!({"name": "pay", "input_schema": parameters}), json!({"type": "any"}))
        }
    };
    Ask::new(door, "all", stream).with("tools", json!([tool])).with("tool_choice", choice)
}

#[tokio::test]
async fn a_tool_call_is_never_made_up() {
    let bench = in_mode(Mode::Template).await;
    for (door, stream) in WAYS {
        let told = bench.ask(&forced_tool(door, stream)).await;
        let message = told.assert_refused(503);
        assert!(message.starts_with("all is away, ask the desk"), "{message}");
        assert_degraded(&told, "template");
    }
}

#[tokio::test]
async fn off_is_refused_with_a_plain_sentence_and_when_to_come_back() {
    let bench = in_mode(Mode::Off).await;
    for (door, stream) in WAYS {
        let told = bench.ask(&Ask::new(door, "all", stream)).await;
        let message = told.assert_refused(503);
        assert!(message.contains("`all` is switched off"), "{message}");
        assert_eq!(told.header("retry-after"), Some("60"), "at most a minute of the ten left");
        assert_degraded(&told, "off");
    }
    assert_eq!(bench.a.calls() + bench.b.calls(), 0);
}

/// Neither target serves.
fn break_both(bench: &Bench) {
    for vendor in [&bench.a, &bench.b] {
        vendor.script(|_| answers::error(401, "invalid_api_key", "no"));
    }
}

#[tokio::test]
async fn a_route_steps_down_by_itself_as_far_as_it_may_and_no_further() {
    for (allowed, expected) in [
        (None, None),
        (Some(Mode::Short), None),
        (Some(Mode::Cached), Some("cached")),
        (Some(Mode::Template), Some("cached")),
    ] {
        let bench = Bench::start_with(|settings| {
            every_mode(settings);
            serving(settings, "all").step_down_to = allowed;
        })
        .await;
        break_both(&bench);
        for (door, stream) in WAYS {
            let told = bench.ask(&Ask::new(door, "all", stream)).await;
            let Some(mode) = expected else {
                told.assert_refused(502);
                continue;
            };
            told.assert_whole();
            assert_degraded(&told, mode);
            assert_eq!(told.target(), "none", "nobody is to be named for our own words");
            assert_eq!(told.text(), "all is away, ask the desk");
            let path = told.path(&bench).await;
            assert_eq!(path.outcome, Outcome::Ok);
            assert!(
                path.steps.iter().any(|step| step.what.contains("stepped down to")),
                "{path:?}"
            );
        }
    }
}

#[tokio::test]
async fn an_operators_mode_wins_over_the_automatic_one() {
    let bench = Bench::start_with(|settings| {
        every_mode(settings);
        serving(settings, "all").step_down_to = Some(Mode::Cached);
    })
    .await;
    break_both(&bench);
    // Lower than the route would go by itself, though there is nothing to be had above.
    bench.set("all", &bench.wanted(None, Mode::Template)).await;
    let told = bench.ask(&Ask::openai("all")).await;
    assert_degraded(&told, "template");
    assert_eq!(bench.a.calls(), 0, "the operator's mode asks nobody");
    // Higher than where it would step down to: it is where the way down begins.
    bench.set("all", &bench.wanted(None, Mode::Short)).await;
    let told = bench.ask(&Ask::openai("all")).await;
    assert_degraded(&told, "cached");
    assert!(bench.a.asked()[0].to_string().contains("Be brief."), "short was tried first");
}

#[tokio::test]
async fn a_shorter_answer_is_tried_where_a_long_one_took_too_long() {
    let bench = Bench::start_with(|settings| {
        every_mode(settings);
        serving(settings, "all").step_down_to = Some(Mode::Short);
        settings.limits.attempt = Duration::from_secs(10);
        settings.catalogue.routes.iter_mut().for_each(|route| route.targets.truncate(1));
    })
    .await;
    bench.a.script(|asked| {
        let stalls = asked["messages"][0]["content"] != "Be brief.";
        if stalls { answers::stalling_whole() } else { answers::text(asked, "brief") }
    });
    let told = bench.ask(&Ask::openai("all")).await;
    told.assert_whole();
    assert_degraded(&told, "short");
    assert!(told.text().ends_with("brief"), "{}", told.text());
    assert_eq!(told.attempts(), 2);
}

#[tokio::test]
async fn only_full_answers_are_kept() {
    for mode in [Mode::Short, Mode::Template] {
        let bench = in_mode(mode).await;
        for (door, stream) in WAYS {
            bench.ask(&Ask::new(door, "all", stream)).await.assert_whole();
        }
        bench.set("all", &bench.wanted(None, Mode::Cached)).await;
        let told = bench.ask(&Ask::openai("all")).await;
        assert_eq!(told.header("x-changeover-cache"), None, "{mode:?} was kept");
    }
}

#[tokio::test]
async fn what_failed_or_was_cut_is_not_kept() {
    for finish in ["length", "content_filter"] {
        let bench = Bench::start_with(every_mode).await;
        bench.a.script(move |asked| answers::answered(asked, &json!({"content": "half"}), finish));
        for (door, stream) in WAYS {
            bench.ask(&Ask::new(door, "all", stream)).await.assert_whole();
        }
        assert_eq!(bench.a.calls(), WAYS.len(), "{finish}: each was asked for anew");
    }
}

#[tokio::test]
async fn two_keys_never_share_an_answer() {
    let bench = Bench::start_with(every_mode).await;
    bench.a.script(|asked| answers::text(asked, "for whoever asked first"));
    let of = |key: &str| Ask::openai("all").key(key);
    bench.ask(&of("one")).await.assert_whole();
    assert!(bench.ask(&of("one")).await.header("x-changeover-cache").is_some());
    for stranger in [of("two"), Ask::openai("all")] {
        let told = bench.ask(&stranger).await;
        assert_eq!(told.header("x-changeover-cache"), None, "another tenant's answer");
    }
    assert_eq!(bench.a.calls(), 3);
    let told = bench.ask(&Ask::new(Door::Anthropic, "all", true).key("one")).await;
    assert!(told.header("x-changeover-cache").is_some(), "a tenant is the same at both doors");
}

#[tokio::test]
async fn callers_are_known_by_their_key_and_get_their_routes_only() {
    let bench = Bench::start_with(|settings| {
        every_mode(settings);
        let caller = |name: &str, key: &str, routes| changeover_gateway::Caller {
            name: name.to_owned(),
            key: changeover_http::Secret::new(key),
            routes,
            concurrency: None,
        };
        settings.callers = vec![
            caller("shop", "shop-key", Some(vec![route_id("all")])),
            caller("desk", "desk-key", None),
        ];
    })
    .await;
    for (door, stream) in WAYS {
        let ask = |route: &str| Ask::new(door, route, stream);
        for stranger in [ask("all"), ask("all").key("guess"), ask("all").key("")] {
            let message = bench.ask(&stranger).await.assert_refused(401);
            assert!(!message.contains("guess"), "a key is not repeated: {message}");
        }
        bench.ask(&ask("all").key("shop-key")).await.assert_whole();
        let message = bench.ask(&ask("chat").key("shop-key")).await.assert_refused(404);
        assert!(message.contains("known: all."), "others' routes are not named: {message}");
        let told = bench.ask(&ask("chat").key("desk-key")).await;
        told.assert_whole();
        let path = told.path(&bench).await;
        assert!(path.steps[0].what.contains("desk"), "{path:?}");
    }
}

#[tokio::test]
async fn a_schema_that_cannot_be_used_is_a_400_that_is_counted_under_its_own_id() {
    let bench = Bench::start_with(|settings| {
        every_mode(settings);
        serving(settings, "all").validation = Some(std::sync::Arc::default());
    })
    .await;
    let schema = json!({"type": "json_schema",
        "json_schema": {"name": "reply", "schema": {"type": "no such type"}}});
    let told = bench.ask(&Ask::openai("all").with("response_format", schema)).await;
    told.assert_refused(400);
    let path = told.path(&bench).await;
    assert_eq!(path.outcome.as_str(), "invalid_request", "not a caller who went away: {path:?}");
    assert_eq!(bench.a.calls(), 0);
}

#[tokio::test]
async fn embeddings_of_a_route_that_is_off_say_when_to_come_back() {
    let bench = in_mode(Mode::Off).await;
    let url = format!("{}/v1/embeddings", bench.gateway().base_url());
    let ask = json!({"model": "all", "input": "hello"});
    let answer = bench.http.post(url).json(&ask).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
}
