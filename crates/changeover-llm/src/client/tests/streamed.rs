//! Streamed answers.

use std::time::Duration;

use axum::body::Body;
use changeover_clock::Clock;
use changeover_domain::{FailureClass, ProviderKind, TokenUsage};
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::super::events::MAX_EVENT_BYTES;
use super::vendor::{
    Vendor, all_long, answer, events_of, events_then, fast, json as json_answer, silence,
};
use crate::{Failure, FinishReason, Limits, StreamEvent};

fn text(text: &str) -> Value {
    json!({"id": "1", "model": "m", "choices": [{"delta": {"content": text}, "finish_reason": null}]})
}

fn stop() -> Value {
    json!({"id": "1", "model": "m", "choices": [{"delta": {}, "finish_reason": "stop"}]})
}

fn usage() -> Value {
    json!({"id": "1", "model": "m", "choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 2}})
}

const USED: TokenUsage = TokenUsage {
    input_tokens: 4,
    cached_input_tokens: 0,
    cache_write_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 2,
    reasoning_tokens: 0,
};

async fn events(
    make: impl Fn() -> axum::http::Response<Body> + Send + Sync + 'static,
) -> (Vec<StreamEvent>, Option<Failure>) {
    let vendor = Vendor::answering(ProviderKind::Openai, make).await;
    vendor.events(Clock::system(), &Limits::default()).await
}

fn class(failure: Option<Failure>) -> (FailureClass, Option<FailureClass>) {
    let failure = failure.expect("the stream must fail");
    assert_eq!(failure.http_status, Some(200));
    (failure.class, failure.inner)
}

#[tokio::test]
async fn a_good_stream_ends_with_its_finish_though_the_connection_stays_open() {
    let (events, failure) =
        events(|| events_then(&[text("He"), text("llo"), stop(), usage()], silence())).await;
    assert_eq!(failure, None);
    assert_eq!(
        events,
        [
            StreamEvent::Start { id: "1".into(), model: "m".into() },
            StreamEvent::Text("He".into()),
            StreamEvent::Text("llo".into()),
            StreamEvent::Usage(USED),
            StreamEvent::Finish(FinishReason::Stop),
        ]
    );
}

#[tokio::test]
async fn every_vendors_stream_is_read() {
    let anthropic = [
        json!({"type": "message_start", "message": {"id": "1", "model": "m", "usage": {"input_tokens": 4, "output_tokens": 0}}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
        json!({"type": "message_stop"}),
    ];
    let gemini = [json!({"responseId": "1", "modelVersion": "m",
        "candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 2}})];
    for (kind, documents) in
        [(ProviderKind::Anthropic, anthropic.to_vec()), (ProviderKind::Gemini, gemini.to_vec())]
    {
        let vendor = Vendor::answering(kind, move || events_of(&documents)).await;
        let (events, failure) = vendor.events(Clock::system(), &Limits::default()).await;
        assert_eq!(failure, None);
        assert!(events.contains(&StreamEvent::Text("Hi".into())));
        assert_eq!(
            events.iter().rev().take(2).collect::<Vec<_>>(),
            [&StreamEvent::Finish(FinishReason::Stop), &StreamEvent::Usage(USED)]
        );
    }
}

#[tokio::test]
async fn the_mark_of_the_end_ends_a_stream_without_usage() {
    let body = format!("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", text("Hi"), stop());
    let (events, failure) =
        events(move || answer(200, "text/event-stream; charset=utf-8", body.clone())).await;
    assert_eq!(failure, None);
    assert_eq!(events.last(), Some(&StreamEvent::Finish(FinishReason::Stop)));
}

#[tokio::test]
async fn a_cut_stream_is_a_failure_however_it_is_cut() {
    let cut = (FailureClass::ErrorInStream, Some(FailureClass::Connect));
    let (seen, failure) = events(|| events_of(&[text("He")])).await;
    assert_eq!((seen.len(), class(failure)), (2, cut));
    let vendor = Vendor::breaking_off(ProviderKind::Openai, &[text("He")]).await;
    let (seen, failure) = vendor.events(Clock::system(), &Limits::default()).await;
    assert_eq!(seen.len(), 2);
    assert_eq!(class(failure), cut);
    let (_, failure) = events(|| answer(200, "text/event-stream", "data: [DONE]\n\n")).await;
    assert_eq!(class(failure), cut, "the end without the model's stop is a cut");
}

#[tokio::test]
async fn an_error_in_the_stream_keeps_its_own_class_and_what_was_used() {
    let error =
        json!({"type": "error", "error": {"code": "server_is_overloaded", "message": "busy"}});
    let (seen, failure) = events(move || events_of(&[text("He"), usage(), error.clone()])).await;
    assert_eq!(seen.len(), 3);
    assert_eq!(failure.as_ref().and_then(|failure| failure.usage), Some(USED));
    assert_eq!(class(failure), (FailureClass::ErrorInStream, Some(FailureClass::Overloaded)));
}

#[tokio::test]
async fn garbage_in_the_stream_is_malformed_output() {
    let malformed = (FailureClass::ErrorInStream, Some(FailureClass::MalformedOutput));
    let (_, failure) =
        events(|| answer(200, "text/event-stream", "data: {\"choices\": [\n\n")).await;
    assert_eq!(class(failure), malformed);
    let huge = format!("data: {}", "x".repeat(MAX_EVENT_BYTES + 1));
    let (_, failure) = events(move || answer(200, "text/event-stream", huge.clone())).await;
    assert_eq!(class(failure), malformed);
}

#[tokio::test]
async fn what_the_model_wrote_is_judged_at_the_end() {
    let (_, failure) = events(|| events_of(&[stop(), usage()])).await;
    assert_eq!(class(failure), (FailureClass::Empty, None));
    let call = json!({"choices": [{"delta": {"tool_calls": [
        {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{\"a\":"}}]}}]});
    let (_, failure) = events(move || events_of(&[call.clone(), stop(), usage()])).await;
    assert_eq!(class(failure), (FailureClass::MalformedToolCall, None));
    let filtered = json!({"choices": [{"delta": {}, "finish_reason": "content_filter"}]});
    let (_, failure) = events(move || events_of(&[text("He"), filtered.clone(), usage()])).await;
    assert_eq!(
        failure.as_ref().and_then(Failure::finish_reason),
        Some(FinishReason::ContentFilter)
    );
    assert_eq!(class(failure), (FailureClass::ContentFilter, None));
}

#[tokio::test]
async fn a_refusal_before_the_stream_is_an_error_of_the_call() {
    let body = json!({"error": {"code": "insufficient_quota", "message": "Pay"}});
    for status in [200, 429] {
        let body = body.clone();
        let vendor =
            Vendor::answering(ProviderKind::Openai, move || json_answer(status, &body)).await;
        let failure = vendor.stream(Clock::system(), &Limits::default()).await.unwrap_err();
        assert_eq!(failure.class, FailureClass::SpendCap);
        assert_eq!(failure.http_status, Some(status));
    }
}

#[tokio::test]
async fn a_document_that_claims_to_be_events_is_judged_as_what_it_is() {
    let body = json!([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Please retry in 5s"}}]);
    let vendor = Vendor::answering(ProviderKind::Gemini, move || {
        answer(200, "text/event-stream", body.to_string())
    })
    .await;
    let (seen, failure) = vendor.events(Clock::system(), &Limits::default()).await;
    assert!(seen.is_empty());
    assert_eq!(class(failure), (FailureClass::RateLimited, None));
}

#[tokio::test]
async fn a_vendor_that_does_not_stream_is_borne() {
    let body = json!({"id": "1", "model": "m", "choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]});
    let (events, failure) = events(move || json_answer(200, &body)).await;
    assert_eq!(failure, None);
    assert_eq!(
        events,
        [
            StreamEvent::Start { id: "1".into(), model: "m".into() },
            StreamEvent::Text("Hi".into()),
            StreamEvent::Finish(FinishReason::Stop),
        ]
    );
}

#[tokio::test]
async fn silence_before_the_headers_and_after_them_is_the_same_limit() {
    let limits = all_long(|limits| limits.first_token = Duration::from_secs(5));
    let vendor = Vendor::silent(ProviderKind::Openai).await;
    let failure = vendor.stream(fast(), &limits).await.unwrap_err();
    assert_eq!(failure.class, FailureClass::TimeoutFirstToken);

    let limits = all_long(|limits| limits.first_token = Duration::from_secs(50));
    let vendor = Vendor::answering(ProviderKind::Openai, || events_then(&[], silence())).await;
    let (_, failure) = vendor.events(fast(), &limits).await;
    assert_eq!(class(failure), (FailureClass::TimeoutFirstToken, None));
}

#[tokio::test]
async fn keep_alives_are_no_answer() {
    let clock = fast();
    let pinging = clock.clone();
    let vendor = Vendor::answering(ProviderKind::Anthropic, move || {
        let pings = futures::stream::unfold(pinging.clone(), |clock| async move {
            clock.sleep(Duration::from_secs(1)).await;
            let ping =
                Ok::<_, std::convert::Infallible>("data: {\"type\": \"ping\"}\n\n".to_owned());
            Some((ping, clock))
        });
        events_then(&[], pings)
    })
    .await;
    let limits = all_long(|limits| limits.first_token = Duration::from_secs(50));
    let (_, failure) = vendor.events(clock, &limits).await;
    assert_eq!(class(failure), (FailureClass::TimeoutFirstToken, None));
}

#[tokio::test]
async fn a_body_that_stays_away_is_waited_for_no_longer_than_a_first_token() {
    let limits = all_long(|limits| limits.first_token = Duration::from_secs(50));
    for (status, class) in [
        (503, FailureClass::Overloaded),
        (429, FailureClass::RateLimited),
        (200, FailureClass::TimeoutFirstToken),
    ] {
        let vendor = Vendor::answering(ProviderKind::Openai, move || {
            answer(status, "application/json", Body::from_stream(silence()))
        })
        .await;
        let failure = vendor.stream(fast(), &limits).await.unwrap_err();
        assert_eq!((failure.class, failure.http_status), (class, Some(status)), "{failure:?}");
    }
}

#[tokio::test]
async fn a_model_that_falls_silent_in_its_answer_has_stalled() {
    let limits = all_long(|limits| limits.stall = Duration::from_secs(5));
    let vendor =
        Vendor::answering(ProviderKind::Openai, || events_then(&[text("He")], silence())).await;
    let (seen, failure) = vendor.events(fast(), &limits).await;
    assert_eq!(seen.len(), 2, "what came before is kept");
    assert_eq!(class(failure), (FailureClass::TimeoutStall, None));
}

#[tokio::test]
async fn a_missing_farewell_after_the_stop_is_forgiven() {
    let limits = all_long(|limits| limits.stall = Duration::from_secs(5));
    let vendor =
        Vendor::answering(ProviderKind::Openai, || events_then(&[text("Hi"), stop()], silence()))
            .await;
    let (events, failure) = vendor.events(fast(), &limits).await;
    assert_eq!(failure, None);
    assert_eq!(events.last(), Some(&StreamEvent::Finish(FinishReason::Stop)));
}

#[tokio::test]
async fn an_answer_without_end_is_left_at_the_total_limit() {
    let clock = fast();
    let dripping = clock.clone();
    let vendor = Vendor::answering(ProviderKind::Openai, move || {
        let drops = futures::stream::unfold(dripping.clone(), |clock| async move {
            clock.sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, std::convert::Infallible>(format!("data: {}\n\n", text("x"))), clock))
        });
        events_then(&[text("x")], drops)
    })
    .await;
    let limits = all_long(|limits| limits.total = Duration::from_secs(50));
    let (seen, failure) = vendor.events(clock, &limits).await;
    assert!(seen.len() > 1);
    assert_eq!(class(failure), (FailureClass::TimeoutTotal, None));
}

#[tokio::test]
async fn a_slow_reader_does_not_make_the_vendor_stall() {
    let clock = fast();
    let limits = all_long(|limits| limits.stall = Duration::from_secs(5));
    let vendor = Vendor::answering(ProviderKind::Openai, || {
        events_of(&[text("He"), text("llo"), stop(), usage()])
    })
    .await;
    let mut stream = vendor.stream(clock.clone(), &limits).await.unwrap();
    let mut last = None;
    while let Some(item) = stream.next().await {
        last = Some(item);
        clock.sleep(Duration::from_secs(6)).await;
    }
    assert_eq!(last, Some(Ok(StreamEvent::Finish(FinishReason::Stop))));
}

#[tokio::test]
async fn the_filters_first_chunk_starts_no_answer() {
    let filter = json!({"id": "", "model": "", "object": "", "choices": [],
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]});
    let vendor = Vendor::answering(ProviderKind::AzureOpenai, move || {
        events_of(&[filter.clone(), text("Hello"), stop(), usage()])
    })
    .await;
    let (events, failure) = vendor.events(Clock::system(), &Limits::default()).await;
    assert_eq!(failure, None);
    assert_eq!(events.first(), Some(&StreamEvent::Start { id: "1".into(), model: "m".into() }));
    assert!(events.contains(&StreamEvent::Usage(USED)));
    assert_eq!(events.last(), Some(&StreamEvent::Finish(FinishReason::Stop)));
}
