//! One probe.

use std::time::Duration;

use changeover_clock::Moment;
use changeover_domain::{FailureClass, Nanodollars, Outcome, ProbeSample, TokenPrices, UnixMs};

use super::vendor::{Answers, KEY, Vendor, subject_at, token};
use crate::{Asker, Manner, ProbeSubject};

const PRICES: TokenPrices = TokenPrices::of_chat(1_250_000, 125_000, 10_000_000);

async fn probe_once(answers: Answers) -> ProbeSample {
    let vendor = Vendor::start(answers).await;
    let planned = vendor.clock.moment();
    let subject = vendor.subject("gpt");
    ask(&vendor, &subject, Some(PRICES), planned).await
}

async fn ask(
    vendor: &Vendor,
    subject: &ProbeSubject,
    prices: Option<TokenPrices>,
    planned: Moment,
) -> ProbeSample {
    let asker = Asker::new(vendor.client(), vendor.clock.clone());
    asker.probe(subject, Manner::default(), prices, planned).await.sample
}

/// Timers tick in milliseconds, and each hop may add one.
fn assert_about(measured: Option<u32>, expected: u32, what: &str) {
    let measured = measured.unwrap_or_else(|| panic!("{what} was not reached"));
    assert!(measured.abs_diff(expected) <= 20, "{what}: {measured} ms, not about {expected} ms");
}

#[tokio::test(start_paused = true)]
async fn every_phase_of_a_good_answer_is_measured() {
    let vendor = Vendor::start(Answers::tokens(200, &[300, 100, 900, 500, 500])).await;
    let planned = vendor.clock.moment();
    vendor.clock.sleep(Duration::from_millis(250)).await;
    let began = vendor.clock.now();
    let sample = ask(&vendor, &vendor.subject("gpt"), Some(PRICES), planned).await;

    assert_eq!(sample.outcome, Outcome::Ok, "{:?}", sample.detail);
    assert_eq!(sample.at, began, "the sample bears when it began, not when it was planned");
    assert_about(Some(sample.lateness_ms), 250, "lateness");
    assert_about(sample.phases.first_byte_ms, 200, "first byte");
    assert_about(sample.phases.first_token_ms, 500, "first token");
    assert_about(sample.phases.longest_gap_ms, 900, "longest gap");
    assert_about(Some(sample.phases.total_ms), 2_500, "total");
    let speed = sample.tokens_per_second.unwrap();
    assert!((1.9..=2.1).contains(&speed), "4 tokens in 2 s, not {speed} a second");
    assert_eq!(sample.http_status, Some(200));
    assert_eq!(sample.cost, Some(Nanodollars(30 * 1_250 + 5 * 10_000)), "30 tokens in and 5 out");
    assert_eq!(sample.answered_model.as_deref(), Some("gpt-5-2025-08-07"));
    assert_eq!(sample.vendor_request_id.as_deref(), Some("req_9"));
    assert_eq!(sample.detail, None);
}

#[tokio::test(start_paused = true)]
async fn an_unpriced_probe_has_usage_and_no_cost() {
    let vendor = Vendor::start(Answers::tokens(1, &[1, 1])).await;
    let planned = vendor.clock.moment();
    let sample = ask(&vendor, &vendor.subject("gpt"), None, planned).await;
    assert!(sample.usage.is_some());
    assert_eq!(sample.cost, None, "unpriced is not $0");
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_hangs_ends_the_probe_and_not_the_prober() {
    let sample = probe_once(Answers::Never).await;
    assert_eq!(sample.outcome, Outcome::Failed(FailureClass::TimeoutFirstToken));
    assert_eq!(sample.phases.first_token_ms, None);
    assert!(sample.phases.total_ms <= 21_000, "{} ms", sample.phases.total_ms);
    assert!(sample.detail.is_some_and(|detail| !detail.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn a_stall_in_mid_stream_keeps_what_was_measured_before() {
    let events = vec![(300, token()), (100, token()), (3_600_000, token())];
    let sample = probe_once(Answers::Events(10, events)).await;
    assert_eq!(sample.outcome, Outcome::Failed(FailureClass::TimeoutStall));
    assert_about(sample.phases.first_token_ms, 310, "first token");
    assert_eq!(sample.http_status, Some(200), "the headers were good");
    assert_eq!((sample.usage, sample.cost), (None, None));
}

#[tokio::test(start_paused = true)]
async fn malformed_answers_are_failures_of_their_own_class() {
    for answers in [
        Answers::Events(1, vec![(1, token()), (1, "{\"choices\": [{".into())]),
        Answers::Events(1, vec![(1, "[]".into()), (1, "[DONE]".into())]),
        Answers::Events(1, vec![(1, token())]),
    ] {
        let sample = probe_once(answers.clone()).await;
        let Outcome::Failed(class) = sample.outcome else {
            panic!("{answers:?} must not pass for a good answer");
        };
        assert!(
            matches!(
                class,
                FailureClass::MalformedOutput
                    | FailureClass::Truncated
                    | FailureClass::ErrorInStream
                    | FailureClass::Empty
                    | FailureClass::GatewayError
            ),
            "{answers:?}: {class:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_web_site_at_the_address_is_our_own_mistake() {
    let sample = probe_once(Answers::Whole(200, "text/html", "<h1>Welcome</h1>".into())).await;
    assert_eq!(sample.outcome, Outcome::Failed(FailureClass::InvalidRequest));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_classed_and_does_not_show_the_key() {
    let body = format!(
        r#"{{"error":{{"message":"Incorrect API key provided: {KEY}.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}}}"#
    );
    let sample = probe_once(Answers::Whole(401, "application/json", body)).await;
    assert_eq!(sample.outcome, Outcome::Failed(FailureClass::Authentication));
    assert_eq!(sample.http_status, Some(401));
    assert_eq!(sample.vendor_request_id.as_deref(), Some("req_9"));
    assert!(!format!("{sample:?}").contains("123"), "{sample:?}");
}

#[tokio::test]
async fn nobody_there_is_a_sample_too() {
    let address = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let vendor = Vendor::start(Answers::Never).await;
    let subject = subject_at(&format!("http://{address}"), "gone");
    let planned = vendor.clock.moment();
    let sample = ask(&vendor, &subject, Some(PRICES), planned).await;
    assert_eq!(sample.outcome, Outcome::Failed(FailureClass::Connect));
    assert_eq!((sample.http_status, sample.cost), (None, None));
    assert!(sample.at >= UnixMs(12 * 3_600_000));
}
