//! What consoles get.

use changeover_domain::admin::{GatewayPlan, OverridesPut, Problem, RouteOverridePut, RouteState};
use changeover_domain::{AuditAction, ForcedBreaker, ForcedState, Generation, Mode};
use futures::StreamExt as _;
use reqwest::Method;
use reqwest::header::IF_MATCH;
use serde_json::json;

use crate::support::{Bench, WATCHER, etag, header, route_id, target_id};

#[tokio::test]
async fn a_change_without_if_match_is_428_and_a_stale_one_412_with_who_was_faster() {
    let bench = Bench::start().await;
    let wanted = bench.wanted(Some("b"), Mode::Full);
    let path = "/admin/v1/routes/chat/override";
    for tag in [None, Some("*")] {
        let mut request = bench.admin(Method::PUT, path).json(&wanted);
        if let Some(tag) = tag {
            request = request.header(IF_MATCH, tag);
        }
        assert_eq!(request.send().await.unwrap().status(), 428, "{tag:?}");
    }
    let first = bench.put("chat", &wanted, "\"0\"").send().await.unwrap();
    assert_eq!(first.status(), 200);
    assert_eq!(etag(&first), "\"1\"");
    let stale = bench.put("chat", &wanted, "\"0\"").send().await.unwrap();
    assert_eq!(stale.status(), 412);
    assert_eq!(header(&stale, "content-type"), "application/problem+json");
    let problem: Problem = stale.json().await.unwrap();
    assert_eq!(problem.r#type, "urn:changeover:problem:stale");
    assert_eq!(problem.changed_by.as_deref(), Some("mk"));
    assert!(problem.changed_at.is_some());
}

#[tokio::test]
async fn the_writer_chooses_the_generation_and_the_gateways_own_rises_with_each_change() {
    let bench = Bench::start().await;
    let mut wanted = bench.wanted(Some("b"), Mode::Full);
    wanted.generation = Some(Generation(7));
    assert_eq!(bench.set("chat", &wanted).await.generation, Generation(7));
    let low = bench.put("chat", &wanted, "\"7\"").send().await.unwrap();
    assert_eq!(low.status(), 412, "7 is not higher than 7");
    wanted.generation = None;
    assert_eq!(bench.set("chat", &wanted).await.generation, Generation(8));
    assert_eq!(bench.state().await.generation, Generation(2));
}

#[tokio::test]
async fn a_generation_that_no_database_holds_is_refused_in_a_sentence() {
    let bench = Bench::start().await;
    let mut wanted = bench.wanted(Some("b"), Mode::Full);
    let highest = i64::MAX.unsigned_abs();
    for generation in [highest + 1, u64::MAX] {
        wanted.generation = Some(Generation(generation));
        let path =
            format!("/admin/v1/routes/chat/override?holder=mk&reason=over&generation={generation}");
        let delete = bench.admin(Method::DELETE, &path).header(IF_MATCH, "\"0\"");
        for request in [bench.put("chat", &wanted, "\"0\""), delete] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 422);
            let problem: Problem = answer.json().await.unwrap();
            let sentence = format!("generation {generation} is too high: {highest} is the highest");
            assert!(problem.detail.starts_with(&sentence), "{}", problem.detail);
        }
    }
    wanted.generation = Some(Generation(highest));
    assert_eq!(bench.set("chat", &wanted).await.generation, Generation(highest));
    wanted.generation = None;
    let exhausted = bench.put("chat", &wanted, &format!("\"{highest}\"")).send().await.unwrap();
    assert_eq!(exhausted.status(), 422, "nor is one counted beyond it");
}

#[tokio::test]
async fn an_idempotency_key_repeats_the_answer_and_refuses_another_change() {
    let bench = Bench::start().await;
    let wanted = bench.wanted(Some("b"), Mode::Full);
    let ask = |reason: &str| {
        let wanted =
            changeover_domain::admin::OverridePut { reason: reason.to_owned(), ..wanted.clone() };
        bench.put("chat", &wanted, "\"0\"").header("idempotency-key", "push-1")
    };
    let first = ask("529s").send().await.unwrap();
    let (first_etag, first) = (etag(&first), first.text().await.unwrap());
    let again = ask("529s").send().await.unwrap();
    assert_eq!((again.status().as_u16(), etag(&again)), (200, first_etag));
    assert_eq!(again.text().await.unwrap(), first, "to the byte");
    let other = ask("other").send().await.unwrap();
    assert_eq!(other.status(), 409);
    let problem: Problem = other.json().await.unwrap();
    assert_eq!(problem.r#type, "urn:changeover:problem:idempotency_conflict");
    assert_eq!(bench.state().await.generation, Generation(1), "changed once");
}

#[tokio::test]
async fn lifting_an_override_returns_to_the_state_before() {
    let bench = Bench::start().await;
    let before = bench.route("chat").await;
    let set = bench.set("chat", &bench.wanted(Some("b"), Mode::Full)).await;
    assert_eq!(set.effective.target, Some(target_id("b")));
    let answer = bench
        .admin(Method::DELETE, "/admin/v1/routes/chat/override?holder=mk&reason=over")
        .header(IF_MATCH, set.etag)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let after: RouteState = answer.json().await.unwrap();
    assert_eq!(after.r#override, None);
    assert_eq!(after.effective.target, before.effective.target);
    assert_eq!(after.effective.cause, before.effective.cause);
    assert_eq!(after.generation, Generation(2), "a return is a change too");
}

#[tokio::test]
async fn a_plan_says_what_would_happen_and_does_nothing() {
    let bench = Bench::start().await;
    let mut to_b = bench.wanted(Some("b"), Mode::Full);
    to_b.forced_breakers =
        vec![ForcedBreaker { target: target_id("b"), state: ForcedState::ForcedOpen }];
    let body = OverridesPut {
        overrides: vec![
            RouteOverridePut { route: route_id("chat"), r#override: Some(to_b.clone()) },
            RouteOverridePut {
                route: route_id("extract"),
                r#override: Some(bench.wanted(Some("b"), Mode::Full)),
            },
        ],
    };
    let before = (bench.state().await.routes, bench.changes().await);
    let answer = bench
        .admin(Method::POST, "/admin/v1/overrides:plan")
        .bearer_auth(WATCHER)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "planning needs no right to change");
    let plan: GatewayPlan = answer.json().await.unwrap();
    let [chat, extract] = plan.routes.as_slice() else { panic!("two routes: {plan:?}") };
    assert!(!chat.interlocks[0].holds && chat.interlocks[0].breakable);
    assert_eq!(chat.problems.len(), 1, "{:?}", chat.problems);
    assert_eq!(extract.after.target, Some(target_id("b")));
    assert!(extract.problems.is_empty());
    let after = (bench.state().await.routes, bench.changes().await);
    assert_eq!(before, after, "a plan has no effect");
    let refused = bench.put("chat", &to_b, "\"0\"").send().await.unwrap();
    assert_eq!(refused.status(), 409, "and what it foretold comes true");
    let problem: Problem = refused.json().await.unwrap();
    assert_eq!(problem.interlocks[0].name, "one_path_open");
}

#[tokio::test]
async fn several_routes_change_together_or_not_at_all() {
    let bench = Bench::start().await;
    let entry = |route: &str, target: &str| RouteOverridePut {
        route: route_id(route),
        r#override: Some(bench.wanted(Some(target), Mode::Full)),
    };
    let put = |overrides: Vec<RouteOverridePut>| {
        bench
            .admin(Method::PUT, "/admin/v1/overrides")
            .header(IF_MATCH, "\"0\"")
            .json(&OverridesPut { overrides })
            .send()
    };
    let half = put(vec![entry("chat", "b"), entry("extract", "none")]).await;
    assert_eq!(half.unwrap().status(), 422);
    let state = bench.state().await;
    assert!(state.routes.iter().all(|route| route.r#override.is_none()));
    assert_eq!(state.generation, Generation(0));
    let both = put(vec![entry("chat", "b"), entry("extract", "b")]).await.unwrap();
    assert_eq!((both.status().as_u16(), etag(&both)), (200, "\"1\"".into()));
    let state = bench.state().await;
    assert!(state.routes.iter().all(|route| route.r#override.is_some()));
    let stale = put(vec![entry("chat", "a")]).await.unwrap();
    assert_eq!(stale.status(), 412, "If-Match names the whole gateway's version");
}

#[tokio::test]
async fn a_broken_interlock_stands_in_the_record_in_capitals() {
    let bench = Bench::start().await;
    let mut off = bench.wanted(None, Mode::Off);
    let refused = bench.put("chat", &off, "\"0\"").send().await.unwrap();
    assert_eq!(refused.status(), 409);
    off.break_interlocks = vec!["one_path_open".into()];
    bench.set("chat", &off).await;
    let changes = bench.changes().await.changes;
    assert_eq!(changes[0].action, AuditAction::OverrideApplied);
    assert_eq!(changes[0].actor, "mk");
    assert!(changes[0].reason.starts_with("INTERLOCK BROKEN (one_path_open)"));
    assert_eq!(changes[0].details["token"], json!("console"));
    assert!(changes[1].follows(2, &changes[0].hash), "the chain holds");
}

#[tokio::test]
async fn tokens_give_what_their_role_allows() {
    let bench = Bench::start().await;
    let state = format!("{}/admin/v1/state", bench.gateway().admin_url());
    let bare = bench.http.get(&state).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    assert_eq!(header(&bare, "www-authenticate"), "Bearer");
    let watching = bench.http.get(&state).bearer_auth(WATCHER).send().await;
    assert_eq!(watching.unwrap().status(), 200);
    let wanted = bench.wanted(Some("b"), Mode::Full);
    let url = format!("{}/admin/v1/routes/chat/override", bench.gateway().admin_url());
    let put = bench.http.put(url).bearer_auth(WATCHER).header(IF_MATCH, "\"0\"").json(&wanted);
    assert_eq!(put.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn events_tell_of_a_change_as_it_happens() {
    let bench = Bench::start().await;
    let events = bench.admin(Method::GET, "/admin/v1/events").send().await;
    let mut events = events.unwrap().bytes_stream();
    bench.set("chat", &bench.wanted(Some("b"), Mode::Full)).await;
    let mut seen = String::new();
    while !seen.contains("event: period_opened") {
        let piece = events.next().await.unwrap().unwrap();
        seen.push_str(std::str::from_utf8(&piece).unwrap());
    }
    assert!(seen.contains("event: state_changed"), "{seen}");
    assert!(seen.contains("\"target\":\"b\""), "{seen}");
}

#[tokio::test]
async fn health_needs_no_token_and_metrics_name_what_was_served() {
    let bench = Bench::start().await;
    bench.chat("chat", false).await;
    let base = bench.gateway().admin_url();
    for path in ["healthz", "readyz"] {
        let answer = bench.http.get(format!("{base}/{path}")).send().await;
        assert_eq!(answer.unwrap().status(), 200, "{path}");
    }
    let metrics = bench.admin(Method::GET, "/metrics").send().await.unwrap();
    assert!(header(&metrics, "content-type").starts_with("application/openmetrics-text"));
    let text = metrics.text().await.unwrap();
    for expected in [
        "changeover_requests_total{route=\"chat\",mode=\"full\",outcome=\"ok\"} 1",
        "gen_ai_client_operation_duration_seconds_count{gen_ai_operation_name=\"chat\"",
        "changeover_breaker_lets_through{route=\"chat\",target=\"a\"} 1",
    ] {
        assert!(text.contains(expected), "`{expected}` is missing in\n{text}");
    }
}
