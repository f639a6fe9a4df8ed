//! The adapter against gateways that answer well, badly and not at all.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use axum::routing::{get, post, put};
use changeover_clock::Clock;
use changeover_domain::admin::{
    ChangesPage, GatewayPlan, HintsPage, InterlockCheck, OverrideDelete, OverridesPut, Problem,
    ProblemKind, RouteOverridePut, TrafficPage,
};
use changeover_domain::{Generation, PageHint, SourceId, UnixMs, WebhookPlatform};

use super::config::STATE_LIMIT;
use crate::fake::{
    TOKEN, gateway, gateway_id, problem, route_id, route_state, serve, state, wanted,
};
use crate::{AdminError, GatewayAdmin};

/// The adapter to gateway `a`, which serves `admin`.
async fn adapter_to(admin: Router) -> Arc<dyn GatewayAdmin> {
    gateway("a", &serve(admin).await, &Clock::system())
}

/// Answers with the request line, the headers that matter and the body, as a refusal's detail.
async fn echo(request: Request) -> impl IntoResponse {
    let (parts, body) = request.into_parts();
    let header = |name: &str| {
        let value = parts.headers.get(name);
        value.map_or("-", |value| value.to_str().unwrap()).to_owned()
    };
    let body = axum::body::to_bytes(body, 10_000).await.unwrap();
    let seen = [
        format!("{} {}", parts.method, parts.uri),
        header("if-match"),
        header("idempotency-key"),
        (header("authorization") == format!("Bearer {TOKEN}")).to_string(),
        String::from_utf8(body.to_vec()).unwrap(),
    ];
    let refusal = Problem { detail: seen.join(" | "), ..problem(ProblemKind::Unprocessable) };
    (StatusCode::UNPROCESSABLE_ENTITY, Json(refusal))
}

fn detail<T: std::fmt::Debug>(answer: Result<T, AdminError>) -> String {
    match answer {
        Err(AdminError::Refused(problem)) => problem.detail,
        other => panic!("expected the echo's refusal, not {other:?}"),
    }
}

async fn error_of(admin: Router) -> AdminError {
    adapter_to(admin).await.state().await.unwrap_err()
}

#[tokio::test]
async fn the_state_is_read_with_the_token() {
    let admin = Router::new().route(
        "/state",
        get(|request: Request| async move {
            let token = request.headers().get("authorization").cloned();
            if token.is_some_and(|value| value == format!("Bearer {TOKEN}").as_str()) {
                Json(state("a", 3)).into_response()
            } else {
                StatusCode::UNAUTHORIZED.into_response()
            }
        }),
    );
    assert_eq!(adapter_to(admin).await.state().await, Ok(state("a", 3)));
}

#[tokio::test]
async fn a_path_in_front_of_the_admin_api_is_kept() {
    let inner = Router::new().route("/admin/v1/state", get(|| async { Json(state("a", 1)) }));
    let url = serve(Router::new().nest("/team", inner)).await;
    for tail in ["", "/"] {
        let adapter = gateway("a", &format!("{url}/admin/v1/team{tail}"), &Clock::system());
        assert_eq!(adapter.state().await, Ok(state("a", 1)));
    }
}

#[tokio::test]
async fn a_change_goes_out_guarded_and_brings_the_route_back() {
    let adapter = adapter_to(
        Router::new()
            .route("/routes/chat/override", put(|| async { Json(route_state("chat", 4)) })),
    )
    .await;
    let (route, wanted) = (route_id("chat"), wanted());
    let answer = adapter.put_override(&route, &wanted, "\"chat-3\"", "key-1");
    assert_eq!(answer.await, Ok(route_state("chat", 4)));

    let echoing = adapter_to(Router::new().fallback(echo)).await;
    let seen = detail(echoing.put_override(&route, &wanted, "\"chat-3\"", "key-1").await);
    let body = serde_json::to_string(&wanted).unwrap();
    assert_eq!(seen, format!("PUT /routes/chat/override | \"chat-3\" | key-1 | true | {body}"));
}

#[tokio::test]
async fn what_stands_in_an_address_is_encoded() {
    let adapter = adapter_to(Router::new().fallback(echo)).await;
    let delete = OverrideDelete {
        holder: "ana & bo".into(),
        reason: "läuft wieder?".into(),
        generation: Some(Generation(5)),
    };
    let route = route_id("chat:eu");
    let deleted = adapter.delete_override(&route, &delete, "\"x\"", "key-2");
    assert_eq!(
        detail(deleted.await),
        "DELETE /routes/chat:eu/override?holder=ana+%26+bo&reason=l%C3%A4uft+wieder%3F&generation=5 | \"x\" | key-2 | true | "
    );
    let traffic = detail(adapter.traffic(Some("1/2&a=b #")).await);
    assert!(traffic.starts_with("GET /traffic?after=1%2F2%26a%3Db+%23 |"), "{traffic}");
    assert!(detail(adapter.traffic(None).await).starts_with("GET /traffic |"));
    assert!(detail(adapter.changes(17).await).starts_with("GET /changes?after=17 |"));
}

#[tokio::test]
async fn plans_changes_and_traffic_come_back_whole() {
    let plan = GatewayPlan { gateway: gateway_id("a"), generation: Generation(1), routes: vec![] };
    let changes = ChangesPage { changes: vec![], next: 7, kept_after: 3 };
    let traffic = TrafficPage { buckets: vec![], next: "1-2".into(), more: true };
    let served = (plan.clone(), changes.clone(), traffic.clone());
    let admin = Router::new()
        .route("/overrides:plan", post(|| async { Json(served.0) }))
        .route("/changes", get(|| async { Json(served.1) }))
        .route("/traffic", get(|| async { Json(served.2) }));
    let adapter = adapter_to(admin).await;
    let wanted = OverridesPut {
        overrides: vec![RouteOverridePut { route: route_id("chat"), r#override: None }],
    };
    assert_eq!(adapter.plan(&wanted).await, Ok(plan));
    assert_eq!(adapter.changes(0).await, Ok(changes));
    assert_eq!(adapter.traffic(None).await, Ok(traffic));
}

#[tokio::test]
async fn a_stale_change_says_who_changed_it_and_when() {
    let stale = Problem {
        changed_by: Some("bo".into()),
        changed_at: Some(UnixMs(60_000)),
        ..problem(ProblemKind::Stale)
    };
    let served = stale.clone();
    let admin =
        Router::new().fallback(|| async { (StatusCode::PRECONDITION_FAILED, Json(served)) });
    let adapter = adapter_to(admin).await;
    let (route, wanted) = (route_id("chat"), wanted());
    let answer = adapter.put_override(&route, &wanted, "\"1\"", "k").await;
    assert_eq!(answer, Err(AdminError::Stale(Box::new(stale))));
}

#[tokio::test]
async fn a_refusal_by_interlocks_brings_them_along() {
    let refused = Problem {
        interlocks: vec![InterlockCheck {
            name: "must_succeed".into(),
            holds: false,
            detail: "no target would be left".into(),
            breakable: true,
        }],
        ..problem(ProblemKind::Interlock)
    };
    let served = refused.clone();
    let error = error_of(Router::new().fallback(|| async { (StatusCode::CONFLICT, Json(served)) }));
    assert_eq!(error.await, AdminError::Refused(Box::new(refused)));
}

#[tokio::test]
async fn what_is_not_the_admin_api_is_not_understood_and_says_what_it_is() {
    for (admin, expected) in [
        (Router::new().route("/state", get(|| async { Html("<h1>Welcome</h1>") })), "text/html"),
        (
            Router::new().fallback(|| async { (StatusCode::NOT_FOUND, Html("no")) }),
            "does `admin_url` lead to an admin API?",
        ),
        (Router::new().route("/state", get(|| async { "{\"gateway\": \"a\", " })), "EOF"),
        (
            Router::new().route("/state", get(|| async { Json(serde_json::json!({"ok": true})) })),
            "missing field",
        ),
        (
            Router::new().route("/state", get(|| async { Json(state("b", 1)) })),
            "gateway `b` answers there, not `a`",
        ),
    ] {
        let error = error_of(admin).await;
        assert!(
            matches!(&error, AdminError::NotUnderstood { why, .. } if why.contains(expected)),
            "{error}"
        );
    }
}

#[tokio::test]
async fn json_that_is_nested_without_end_is_refused() {
    let entry = r#"{"sequence":1,"at":1,"actor":"a","action":"override_applied","subject":"s","reason":"r","previous_hash":"","hash":"","details":"#;
    let body = format!("{{\"next\":1,\"changes\":[{entry}{}", "[".repeat(100_000));
    let adapter = adapter_to(Router::new().route("/changes", get(|| async { body }))).await;
    let error = adapter.changes(0).await.unwrap_err().to_string();
    assert!(error.contains("recursion limit"), "{error}");
}

#[tokio::test]
async fn an_answer_about_another_route_is_not_taken_for_this_ones() {
    let admin = Router::new().fallback(|| async { Json(route_state("extract", 4)) });
    let adapter = adapter_to(admin).await;
    let (route, wanted) = (route_id("chat"), wanted());
    let answer = adapter.put_override(&route, &wanted, "\"1\"", "k").await;
    assert!(matches!(answer, Err(AdminError::NotUnderstood { .. })), "{answer:?}");
}

#[tokio::test]
async fn who_does_not_answer_or_has_only_a_proxy_answering_is_unreachable() {
    let freed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let nobody = gateway("a", &format!("http://{freed}"), &Clock::system());
    let refused = nobody.state().await.unwrap_err();
    assert!(matches!(refused, AdminError::Unreachable { .. }), "{refused}");
    assert!(refused.is_transient());

    let proxy = Router::new().fallback(|| async { (StatusCode::BAD_GATEWAY, Html("oh")) });
    let error = error_of(proxy).await;
    assert!(matches!(error, AdminError::Unreachable { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_hangs_is_given_up_in_the_consoles_time() {
    let clock = Clock::scaled(UnixMs(0), 1.0);
    let admin = Router::new().route("/state", get(std::future::pending::<String>));
    let adapter = gateway("a", &serve(admin).await, &clock);
    let error = adapter.state().await.unwrap_err();
    assert_eq!(error.to_string(), "reading the state of gateway `a`: no answer within 10 s");
    assert!(clock.now() < UnixMs(10_100), "given up at the limit, not at {:?}", clock.now());
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let endless = || async {
        let chunk = Ok::<_, std::convert::Infallible>(vec![b' '; 65_536]);
        axum::body::Body::from_stream(futures::stream::repeat(chunk))
    };
    let error = error_of(Router::new().route("/state", get(endless))).await;
    assert!(matches!(error, AdminError::TooLarge { limit: STATE_LIMIT, .. }), "{error}");
}

#[tokio::test]
async fn a_token_that_the_gateway_repeats_is_not_shown_and_long_words_are_cut() {
    let telltale = Problem {
        title: format!("token {TOKEN} may only observe"),
        detail: format!("{}\nsk-live-123", "x".repeat(400)),
        changed_by: Some("y".repeat(5_000)),
        ..problem(ProblemKind::Forbidden)
    };
    let error =
        error_of(Router::new().fallback(|| async { (StatusCode::FORBIDDEN, Json(telltale)) }));
    let error = error.await;
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("token … may only observe"), "{shown}");
    for secret in [TOKEN, "live-123", "\n"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.len() < 3_000, "a gateway does not fill the screen: {}", shown.len());
}

#[tokio::test]
async fn an_address_or_guard_that_cannot_be_sent_says_so_before_anything_is_sent() {
    for address in ["", "localhost:80", "ftp://x/", "http://"] {
        let error = gateway("a", address, &Clock::system()).state().await.unwrap_err();
        assert!(error.to_string().contains("`admin_url`"), "{address}: {error}");
    }
    let adapter = adapter_to(Router::new().fallback(echo)).await;
    let (route, wanted) = (route_id("chat"), wanted());
    let answer = adapter.put_override(&route, &wanted, "\"1\"\r\nx: y", "k").await;
    assert!(matches!(answer, Err(AdminError::NotUnderstood { .. })), "{answer:?}");
}

#[tokio::test]
async fn hints_are_read_on_from_the_cursor_and_a_gateway_without_them_says_so() {
    let page = HintsPage {
        hints: vec![PageHint {
            page: SourceId::try_new("claude").unwrap(),
            platform: WebhookPlatform::Statuspage,
            received_at: UnixMs(7),
            signed: false,
            said: None,
        }],
        next: "1:2".into(),
        dropped: 0,
    };
    let answer = page.clone();
    let admin = Router::new().route(
        "/hints",
        get(|request: Request| async move {
            let is_next = request.uri().query() == Some("after=1%3A1");
            if is_next {
                Json(answer).into_response()
            } else {
                StatusCode::BAD_REQUEST.into_response()
            }
        }),
    );
    assert_eq!(adapter_to(admin).await.hints(Some("1:1")).await, Ok(page));
    let older = Router::new()
        .fallback(|| async { (StatusCode::NOT_FOUND, Json(problem(ProblemKind::NotFound))) });
    let refused = adapter_to(older).await.hints(None).await.unwrap_err();
    assert!(matches!(refused, AdminError::Refused(_)) && !refused.is_transient(), "{refused}");
}
