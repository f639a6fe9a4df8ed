//! What applications get.

use std::time::Duration;

use changeover_domain::{FailureClass, Generation, Mode, Nanodollars, Outcome};
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::support::vendor::Behaviour;
use crate::support::{Bench, header, route_id, streamed_text, target_id, text_of};

#[tokio::test]
async fn the_primary_answers_and_the_headers_say_so() {
    let bench = Bench::start().await;
    let answer = bench.chat("chat", false).await;
    assert_eq!(answer.status(), 200);
    for (name, expected) in [
        ("x-changeover-route", "chat"),
        ("x-changeover-target", "a"),
        ("x-changeover-mode", "full"),
        ("x-changeover-generation", "0"),
        ("x-changeover-attempts", "1"),
    ] {
        assert_eq!(header(&answer, name), expected, "{name}");
    }
    assert!(!header(&answer, "x-changeover-request-id").is_empty());
    let body: Value = answer.json().await.unwrap();
    assert_eq!(text_of(&body), "from a");
    assert_eq!(body["model"], json!("chat"), "the name the application asked for");
}

#[tokio::test]
async fn a_failing_primary_is_replaced_before_the_first_byte() {
    for (behaviour, streaming) in [
        (Behaviour::Refuse(503), false),
        (Behaviour::Refuse(503), true),
        (Behaviour::Refuse(401), false),
        (Behaviour::Refuse(404), true),
        (Behaviour::ErrorBeforeFirstToken, true),
    ] {
        let bench = Bench::start().await;
        bench.a.behave(behaviour);
        let answer = bench.chat("extract", streaming).await;
        assert_eq!(answer.status(), 200, "{behaviour:?}");
        assert_eq!(header(&answer, "x-changeover-target"), "b", "{behaviour:?}");
        let attempts: u32 = header(&answer, "x-changeover-attempts").parse().unwrap();
        assert!(attempts >= 2, "{behaviour:?} took {attempts}");
        let body = answer.text().await.unwrap();
        let text = if streaming {
            streamed_text(&body).0
        } else {
            text_of(&serde_json::from_str(&body).unwrap()).to_owned()
        };
        assert_eq!(text, "from b", "nothing of the first target's words");
    }
}

#[tokio::test]
async fn the_callers_own_fault_reaches_a_provider_once_and_comes_back_as_it_is() {
    let bench = Bench::start().await;
    for status in [400, 413, 422] {
        bench.a.behave(Behaviour::Refuse(status));
        let before = bench.a.calls();
        for _ in 0..6 {
            let answer = bench.chat("chat", false).await;
            assert!(answer.status().is_client_error(), "{status}");
            let body: Value = answer.json().await.unwrap();
            assert!(body["error"]["message"].is_string(), "in the dialect: {body}");
        }
        assert_eq!(bench.a.calls() - before, 6, "{status}: once each");
    }
    assert_eq!(bench.b.calls(), 0, "no other provider is asked");
    let chat = bench.route("chat").await;
    assert!(
        chat.breakers.iter().all(|breaker| breaker.lets_through()),
        "and no breaker is tripped by it"
    );
}

#[tokio::test]
async fn after_the_first_byte_a_failure_ends_the_stream_in_the_callers_dialect() {
    let bench = Bench::start().await;
    for behaviour in [Behaviour::BreakAfterFirstToken, Behaviour::StallAfterFirstToken] {
        bench.a.behave(behaviour);
        let answer = bench.chat("chat", true).await;
        assert_eq!(answer.status(), 200);
        let body = answer.text().await.unwrap();
        let (text, payloads) = streamed_text(&body);
        assert_eq!(text, "from a", "never two providers' text in one answer");
        let last = payloads.last().unwrap();
        assert!(last["error"]["message"].is_string(), "{behaviour:?}: {last}");
        assert!(!body.contains("[DONE]"), "it did not end well");
    }
    assert_eq!(bench.b.calls(), 0);
}

#[tokio::test]
async fn an_open_breaker_spares_the_primary_and_a_trial_brings_it_back() {
    let bench = Bench::start().await;
    bench.a.behave(Behaviour::Refuse(503));
    bench
        .until("the breaker of a opens", async |bench| {
            bench.chat("chat", false).await;
            bench.route("chat").await.effective.target == Some(target_id("b"))
        })
        .await;
    let before = bench.a.calls();
    let answer = bench.chat("chat", false).await;
    assert_eq!(header(&answer, "x-changeover-attempts"), "1");
    assert_eq!(bench.a.calls(), before, "an open breaker lets nothing through");
    bench.a.behave(Behaviour::Answer);
    bench
        .until("a trial closes it", async |bench| {
            bench.chat("chat", false).await;
            bench.route("chat").await.effective.target == Some(target_id("a"))
        })
        .await;
    bench
        .until("both moves are written", async |bench| bench.changes().await.changes.len() >= 2)
        .await;
    let changes = bench.changes().await.changes;
    let reasons: Vec<&str> = changes.iter().map(|change| change.reason.as_str()).collect();
    assert_eq!(
        reasons,
        ["the breaker of `a` is open", "the breaker of `a` is closed"],
        "one time away, however often it was half open in between"
    );
}

#[tokio::test]
async fn mode_template_answers_in_the_shape_that_was_asked_for() {
    let bench = Bench::start().await;
    let template = bench.wanted(None, Mode::Template);
    bench.set("chat", &template).await;
    let whole = bench.chat("chat", false).await;
    assert_eq!(header(&whole, "x-changeover-mode"), "template");
    assert_eq!(header(&whole, "x-changeover-target"), "none");
    assert_eq!(header(&whole, "x-changeover-attempts"), "0");
    assert_eq!(text_of(&whole.json().await.unwrap()), "chat is away");
    let streamed = bench.chat("chat", true).await;
    assert_eq!(header(&streamed, "content-type"), "text/event-stream");
    let body = streamed.text().await.unwrap();
    assert_eq!(streamed_text(&body).0, "chat is away");
    assert!(body.ends_with("data: [DONE]\n\n"));
    assert_eq!(bench.a.calls() + bench.b.calls(), 0);
}

#[tokio::test]
async fn mode_off_refuses_with_a_plain_sentence_and_when_to_come_back() {
    let bench = Bench::start().await;
    let off = bench.wanted(None, Mode::Off);
    bench.set("extract", &off).await;
    for streaming in [false, true] {
        let answer = bench.chat("extract", streaming).await;
        assert_eq!(answer.status(), 503);
        assert_eq!(header(&answer, "x-changeover-mode"), "off");
        let wait: u32 = header(&answer, "retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait));
        let body: Value = answer.json().await.unwrap();
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains("switched off"), "{message}");
    }
}

#[tokio::test]
async fn an_unknown_route_is_a_404_in_the_dialect_that_names_the_known_ones() {
    let bench = Bench::start().await;
    let answer = bench.chat("gpt-5", false).await;
    assert_eq!(answer.status(), 404);
    assert!(!header(&answer, "x-changeover-request-id").is_empty());
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["error"]["code"], json!("model_not_found"));
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("known: chat, extract"), "{message}");
}

#[tokio::test]
async fn the_header_wins_over_the_model_field_and_models_lists_the_routes() {
    let bench = Bench::start().await;
    let base = bench.gateway().base_url();
    let answer = bench
        .http
        .post(format!("{base}/v1/chat/completions"))
        .header("x-changeover-route", "extract")
        .json(&json!({"model": "chat", "messages": [{"role": "user", "content": "hi"}]}))
        .send()
        .await
        .unwrap();
    assert_eq!(header(&answer, "x-changeover-route"), "extract");
    let models = bench.http.get(format!("{base}/v1/models")).send().await;
    let models: Value = models.unwrap().json().await.unwrap();
    let ids: Vec<_> = models["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["chat", "extract"]);
}

#[tokio::test]
async fn malformed_and_oversized_requests_are_refused_in_the_dialect() {
    let bench = Bench::start().await;
    let url = format!("{}/v1/chat/completions", bench.gateway().base_url());
    for (body, status) in [
        ("{".to_owned(), 400),
        ("{\"model\": \"chat\"}".to_owned(), 400),
        ("x".repeat(8 * 1024 * 1024 + 1), 413),
    ] {
        let answer = bench.http.post(&url).body(body).send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert!(!header(&answer, "x-changeover-request-id").is_empty());
        let body: Value = answer.json().await.unwrap();
        assert!(body["error"]["message"].is_string(), "{body}");
    }
    assert_eq!(bench.a.calls(), 0);
}

#[tokio::test]
async fn traffic_counts_what_was_served_with_its_cost_and_resumes_at_a_cursor() {
    let bench = Bench::start().await;
    bench.chat("chat", false).await;
    bench.chat("chat", true).await.text().await.unwrap();
    let page = bench.traffic("").await;
    assert!(page.buckets.iter().all(|bucket| bucket.key.route == route_id("chat")));
    let requests: u64 = page.buckets.iter().map(|bucket| bucket.requests).sum();
    assert_eq!(requests, 2);
    let cost: Nanodollars = page.buckets.iter().map(|bucket| bucket.cost).sum();
    assert_eq!(cost, Nanodollars(2 * (10_000 + 10_000)), "10 in, 5 out, twice");
    let first_tokens: u64 =
        page.buckets.iter().map(|bucket| bucket.time_to_first_token.count()).sum();
    assert_eq!(first_tokens, 1, "only a stream has a first token");
    assert!(bench.traffic(&page.next).await.buckets.is_empty());
    bench.a.behave(Behaviour::Refuse(401));
    bench.chat("chat", false).await;
    let grown = bench.traffic(&page.next).await;
    let [bucket] = grown.buckets.as_slice() else {
        panic!("one bucket has grown: {:?}", grown.buckets)
    };
    assert_eq!(bucket.key.target, Some(target_id("b")));
    assert_eq!(bucket.key.outcome, Outcome::Ok);
    assert_eq!(bucket.retries, 1);
    assert_eq!(bucket.unpriced, 1, "b has no price: that is not $0");
    assert_eq!(bucket.failed_attempts.len(), 1);
    assert_eq!(bucket.failed_attempts[0].class, FailureClass::Authentication);
}

#[tokio::test]
async fn traffic_bears_the_generation_and_the_fallback_it_was_served_under() {
    let bench = Bench::start().await;
    let to_b = bench.wanted(Some("b"), Mode::Full);
    let set = bench.set("chat", &to_b).await;
    let answer = bench.chat("chat", false).await;
    assert_eq!(header(&answer, "x-changeover-target"), "b");
    assert_eq!(header(&answer, "x-changeover-generation"), "1");
    let page = bench.traffic("").await;
    let key = &page.buckets[0].key;
    assert_eq!((key.generation, key.fallback), (Generation(1), true));
    assert_eq!(key.effective_since, set.effective.since);
}

#[tokio::test]
async fn a_caller_who_goes_away_is_counted_as_cancelled_with_its_path() {
    let bench = Bench::start().await;
    bench.a.behave(Behaviour::StallAfterFirstToken);
    let answer = bench.chat("chat", true).await;
    let id = header(&answer, "x-changeover-request-id").to_owned();
    let mut body = answer.bytes_stream();
    body.next().await.unwrap().unwrap();
    drop(body);
    bench
        .until("the request is counted as cancelled", async |bench| {
            let page = bench.traffic("").await;
            let cancelled = Outcome::Failed(FailureClass::ClientCancelled);
            page.buckets.iter().any(|bucket| bucket.key.outcome == cancelled)
        })
        .await;
    let path = format!("/admin/v1/requests/{id}");
    let answer = bench.admin(reqwest::Method::GET, &path).send().await;
    let path: Value = answer.unwrap().json().await.unwrap();
    assert_eq!(path["outcome"]["class"], json!("client_cancelled"));
    assert!(path["steps"].as_array().unwrap().len() >= 2, "{path}");
    let chat = bench.route("chat").await;
    assert_eq!(chat.breakers[0].calls, 0, "it says nothing about the target");
}

#[tokio::test]
async fn a_single_overload_is_retried_at_the_same_target() {
    let bench = Bench::start().await;
    bench.a.behave(Behaviour::RefuseOnce(503));
    let answer = bench.chat("chat", false).await;
    assert_eq!(header(&answer, "x-changeover-target"), "a");
    assert_eq!(header(&answer, "x-changeover-attempts"), "2");
    assert_eq!(bench.b.calls(), 0);
}

#[tokio::test]
async fn a_request_ends_within_its_time_when_nobody_answers() {
    let bench = Bench::start().await;
    bench.a.behave(Behaviour::Hang);
    bench.b.behave(Behaviour::Hang);
    let asked = bench.clock.moment();
    let answer = bench.chat("chat", false).await;
    let took = bench.clock.moment().since(asked);
    assert_eq!(answer.status(), 504);
    assert_eq!(header(&answer, "x-changeover-attempts"), "2", "no time for a third");
    // In the tests' fast clock the network is given at least a second of the system's.
    let usual = changeover_gateway::ServingSettings::default().budget.total;
    let budget = usual.max(Duration::from_secs(1).mul_f64(bench.clock.speed()));
    assert!(took < budget + Duration::from_secs(10), "{took:?} for {budget:?}");
}

#[tokio::test]
async fn a_graceful_stop_lets_a_running_stream_end() {
    let mut bench = Bench::start().await;
    bench.a.behave(Behaviour::WaitAfterFirstToken);
    let answer = bench.chat("chat", true).await;
    let url = bench.gateway().base_url();
    let gateway = bench.take_gateway();
    let stopping = gateway.shutdown();
    let reading = async {
        // The listener is gone while the stream still runs.
        while bench.http.get(format!("{url}/v1/models")).send().await.is_ok() {
            bench.clock.sleep(Duration::from_millis(100)).await;
        }
        bench.a.release();
        answer.text().await.unwrap()
    };
    let ((), body) = tokio::join!(stopping, reading);
    assert_eq!(streamed_text(&body).0, "from a");
    assert!(body.ends_with("data: [DONE]\n\n"), "{body}");
}

#[tokio::test]
async fn what_a_target_does_not_have_is_told_and_counted_and_what_it_must_have_is_refused() {
    let bench = Bench::start().await;
    let url = format!("{}/v1/messages", bench.gateway().base_url());
    let ask = |body: Value| bench.http.post(&url).json(&body).send();
    let answer = ask(json!({
        "model": "chat", "max_tokens": 10, "top_k": 5, "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "hello", "cache_control": {"type": "ephemeral"}},
            ]},
        ],
    }))
    .await
    .unwrap();
    assert_eq!(answer.status(), 200);
    let lost = header(&answer, "x-changeover-lost").to_owned();
    assert!(lost.contains("cache_control"), "an OpenAI-like target keeps no marks: {lost}");
    let metrics = bench.admin(reqwest::Method::GET, "/metrics").send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let counted = "changeover_lost_features_total{target=\"a\",feature=\"cache_control\"} 1";
    assert!(metrics.contains(counted), "{metrics}");

    let image = json!({"type": "base64", "media_type": "image/png", "data": "AAAA"});
    let refused = ask(json!({
        "model": "chat", "max_tokens": 10, "messages": [
            {"role": "user", "content": [{"type": "image", "source": image}]},
        ],
    }))
    .await
    .unwrap();
    assert_eq!(refused.status(), 400, "waiting would not help");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["type"], "error", "in the caller's dialect");
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("no images"), "{message}");
    assert_eq!(bench.a.calls() + bench.b.calls(), 1, "nobody was asked in vain");
}

#[tokio::test]
async fn a_path_that_is_not_served_is_refused_in_the_dialect_that_was_spoken_with_a_way_on() {
    let bench = Bench::start().await;
    let ask = async |path: &str| {
        let url = format!("{}{path}", bench.gateway().base_url());
        let answer = bench.http.post(url).json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        answer.json::<Value>().await.unwrap()
    };
    let counted = ask("/v1/messages/count_tokens").await;
    assert_eq!(counted["error"]["type"], "not_found_error", "Anthropic's own words: {counted}");
    let responses = ask("/v1/responses").await;
    let message = responses["error"]["message"].as_str().unwrap();
    assert!(message.contains("POST /v1/chat/completions"), "{message}");
}
