//! Every kind of probe, asked of every dialect: what holds, what does not, and what it is then.

use std::collections::BTreeMap;

use changeover_domain::{
    FailureClass, LimitLeft, Outcome, ProbeKind, ProbeSample, ProbeValidity, ProviderId,
    ProviderKind, Slo, VerdictKind, Whose,
};
use changeover_policy::verdict::{TargetIdentity, TargetRecord, Thresholds, judge_all};
use changeover_policy::witness::WitnessReading;
use serde_json::json;

use super::dialect::{
    KINDS, MODEL, Says, begun, error, events, fingerprint, limits, streamed, whole,
};
use super::vendor::{Answers, EVENTS, JSON, Vendor, subject_of};
use crate::{Asker, Manner, Probed};

const TOOL: &str = "report_reading";

async fn probed(provider: ProviderKind, kind: ProbeKind, answers: Answers) -> Probed {
    let vendor = Vendor::start(answers).await;
    let subject = subject_of(provider, kind, &vendor.base_url, "t");
    let asker = Asker::new(vendor.client(), vendor.clock.clone());
    asker.probe(&subject, Manner::default(), None, vendor.clock.moment()).await
}

async fn sample(provider: ProviderKind, kind: ProbeKind, answers: Answers) -> ProbeSample {
    probed(provider, kind, answers).await.sample
}

async fn said(provider: ProviderKind, kind: ProbeKind, says: Says) -> ProbeSample {
    sample(provider, kind, Answers::stream(streamed(provider, MODEL, says))).await
}

/// What each kind that asks a model takes for right.
const RIGHT: [(ProbeKind, Says); 4] = [
    (ProbeKind::StreamingCompletion, Says::Text("1 2 3 4 5")),
    (ProbeKind::StructuredOutput, Says::Text(r#"{"city": "Paris", "country": "France"}"#)),
    (ProbeKind::ToolCall, Says::Call(TOOL, r#"{"gauge": "north", "reading": "21"}"#)),
    (ProbeKind::Canary, Says::Text("43")),
];

/// What they take for wrong, and what that is.
const WRONG: [(ProbeKind, Says, FailureClass); 11] = [
    (ProbeKind::StreamingCompletion, Says::Text("banana qux zzz"), FailureClass::MalformedOutput),
    (
        ProbeKind::StructuredOutput,
        Says::Text(r#"{"city": "Lyon", "country": "France"}"#),
        FailureClass::MalformedOutput,
    ),
    (
        ProbeKind::ToolCall,
        Says::Call(TOOL, r#"{"gauge": "south", "reading": "4"}"#),
        FailureClass::MalformedOutput,
    ),
    (ProbeKind::StreamingCompletion, Says::Text(""), FailureClass::Empty),
    (ProbeKind::StructuredOutput, Says::Text("Paris, France"), FailureClass::MalformedOutput),
    (
        ProbeKind::StructuredOutput,
        Says::Text(r#"{"city": "Paris", "land": "France"}"#),
        FailureClass::MalformedOutput,
    ),
    (ProbeKind::ToolCall, Says::Text("It is 21."), FailureClass::MalformedToolCall),
    (ProbeKind::ToolCall, Says::Call(TOOL, r#"{"gauge": 1}"#), FailureClass::MalformedToolCall),
    (ProbeKind::ToolCall, Says::Call("rm", "{}"), FailureClass::MalformedToolCall),
    (ProbeKind::Canary, Says::Text("42"), FailureClass::MalformedOutput),
    (
        ProbeKind::Canary,
        Says::Text("I'm sorry, but I can't help with arithmetic."),
        FailureClass::Refusal,
    ),
];

#[tokio::test]
async fn what_was_asked_for_is_held_in_every_dialect_and_who_answered_is_recorded() {
    for provider in KINDS {
        for (kind, says) in RIGHT {
            let sample = said(provider, kind, says).await;
            assert_eq!(sample.outcome, Outcome::Ok, "{provider:?} {kind:?}: {:?}", sample.detail);
            assert_eq!((sample.kind, sample.validity), (kind, ProbeValidity::Valid));
            assert_eq!(sample.answered_model.as_deref(), Some(MODEL), "{provider:?}");
            assert_eq!(sample.fingerprint.as_deref(), fingerprint(provider), "{provider:?}");
            let usage = sample.usage.unwrap();
            assert_eq!((usage.input_tokens, usage.output_tokens), (30, 5), "{provider:?}");
            assert!(sample.is_evidence());
        }
    }
}

#[tokio::test]
async fn what_does_not_hold_is_a_failure_of_its_class_in_every_dialect() {
    for provider in KINDS {
        for (kind, says, class) in WRONG {
            let sample = said(provider, kind, says).await;
            let case = format!("{provider:?} {kind:?} {says:?}: {:?}", sample.detail);
            assert_eq!(sample.outcome, Outcome::Failed(class), "{case}");
            assert!(sample.detail.is_some_and(|detail| !detail.is_empty()), "{case}");
            assert_eq!(sample.usage.map(|usage| usage.output_tokens), Some(5), "{case}: it cost");
        }
    }
}

#[tokio::test]
async fn a_vendors_own_way_of_refusing_is_understood_by_every_kind() {
    for provider in KINDS {
        for (kind, _) in RIGHT {
            let sample = said(provider, kind, Says::Refuses).await;
            let class = match provider {
                ProviderKind::Gemini => FailureClass::ContentFilter,
                _ => FailureClass::Refusal,
            };
            assert_eq!(sample.outcome, Outcome::Failed(class), "{provider:?} {kind:?}");
        }
    }
}

#[tokio::test]
async fn a_swapped_model_is_recorded_as_the_one_that_answered() {
    for provider in KINDS {
        let answer = streamed(provider, "another-model-9b", Says::Text("43"));
        let sample = sample(provider, ProbeKind::Canary, Answers::stream(answer)).await;
        assert!(sample.outcome.is_ok(), "a right answer is one: {provider:?}");
        assert_eq!(sample.answered_model.as_deref(), Some("another-model-9b"), "{provider:?}");
    }
}

#[tokio::test]
async fn a_whole_answer_instead_of_a_stream_tells_model_and_fingerprint_too() {
    for provider in KINDS {
        let body = whole(provider, "1 2 3").to_string();
        let answers = Answers::Whole(200, JSON, body);
        let sample = sample(provider, ProbeKind::StreamingCompletion, answers).await;
        assert_eq!(sample.outcome, Outcome::Ok, "{provider:?}: {:?}", sample.detail);
        assert_eq!(sample.answered_model.as_deref(), Some(MODEL), "{provider:?}");
        assert_eq!(sample.fingerprint.as_deref(), fingerprint(provider), "{provider:?}");
    }
}

#[tokio::test]
async fn an_answer_that_names_no_model_records_none() {
    for provider in KINDS {
        let answer = streamed(provider, "", Says::Text("43"));
        let sample = sample(provider, ProbeKind::Canary, Answers::stream(answer)).await;
        assert_eq!(sample.answered_model, None, "{provider:?}: not named is not a new name");
    }
}

#[tokio::test]
async fn an_error_in_the_stream_of_a_200_is_no_good_answer() {
    for provider in KINDS {
        for (kind, _) in RIGHT {
            let body = format!("{}{}", begun(provider), events(&[error(provider, 503)]));
            let sample = sample(provider, kind, Answers::stream(body)).await;
            let case = format!("{provider:?} {kind:?}: {:?}", sample.detail);
            assert_eq!(sample.outcome, Outcome::Failed(FailureClass::ErrorInStream), "{case}");
            assert_eq!(sample.http_status, Some(200), "{case}");
            assert_eq!(sample.whose, Some(Whose::Theirs), "{case}");
        }
    }
}

#[tokio::test]
async fn an_answer_cut_in_mid_stream_keeps_what_had_come() {
    for provider in KINDS {
        let answers = Answers::Cut(begun(provider));
        let sample = sample(provider, ProbeKind::StreamingCompletion, answers).await;
        let broken = Outcome::Failed(FailureClass::ErrorInStream);
        assert_eq!(sample.outcome, broken, "{provider:?}: {:?}", sample.detail);
        assert!(sample.phases.first_token_ms.is_some(), "{provider:?}: {:?}", sample.detail);
        assert_eq!(sample.answered_model.as_deref(), Some(MODEL), "{provider:?}");
    }
}

#[tokio::test]
async fn a_request_that_the_vendor_calls_impossible_is_probe_invalid() {
    for provider in KINDS {
        for (kind, _) in RIGHT {
            let answers = Answers::Whole(400, JSON, error(provider, 400).to_string());
            let sample = sample(provider, kind, answers).await;
            assert_eq!(sample.validity, ProbeValidity::ProbeInvalid, "{provider:?} {kind:?}");
            assert!(!sample.is_evidence(), "neither healthy nor an outage");
        }
    }
}

/// What a verdict says of a target of which this sample came again and again.
fn judged(sample: &ProbeSample) -> VerdictKind {
    let mut record = TargetRecord::new(TargetIdentity {
        target: sample.target.clone(),
        provider: ProviderId::try_new("p").unwrap(),
        model: "gpt-5".into(),
        region: None,
        slo: Slo::default(),
    });
    for seconds in [0, 15, 30] {
        let at = sample.at.plus_millis(1_000 * seconds);
        record.probe(&ProbeSample { at, ..sample.clone() });
    }
    let (thresholds, now) = (Thresholds::default(), sample.at.plus_millis(31_000));
    let inputs = vec![record.inputs(&thresholds, now)];
    let judged = judge_all(inputs, &WitnessReading::default(), &BTreeMap::new(), &thresholds, now);
    judged[0].verdict.kind
}

#[tokio::test]
async fn a_wrong_address_is_our_configuration_and_no_invalid_probe() {
    let page = "<html><head><title>404 Not Found</title></head><body>nginx</body></html>";
    let gone = json!({"error": {"code": "404", "message": "Resource not found"}}).to_string();
    for provider in KINDS {
        for (content_type, body) in [("text/html", page), (JSON, gone.as_str())] {
            let answers = Answers::Whole(404, content_type, body.to_owned());
            let sample = sample(provider, ProbeKind::StreamingCompletion, answers).await;
            let case = format!("{provider:?} {content_type}: {sample:?}");
            assert_eq!(sample.whose, Some(Whose::OurConfiguration), "{case}");
            assert_eq!(sample.validity, ProbeValidity::Valid, "{case}");
            assert_eq!(judged(&sample), VerdictKind::OurConfiguration, "{case}");
        }
    }
}

#[tokio::test]
async fn a_rejected_key_is_our_own_configuration() {
    for provider in KINDS {
        let answers = Answers::Whole(401, JSON, error(provider, 401).to_string());
        let sample = sample(provider, ProbeKind::Canary, answers).await;
        assert_eq!(sample.outcome, Outcome::Failed(FailureClass::Authentication), "{provider:?}");
        assert_eq!(sample.whose, Some(Whose::OurConfiguration), "{provider:?}");
        assert_eq!(sample.validity, ProbeValidity::Valid, "{provider:?}: it is evidence of that");
    }
}

#[tokio::test]
async fn a_refused_requests_headers_tell_what_is_left_of_the_limits_and_the_account() {
    for provider in KINDS {
        let body = error(provider, 429).to_string();
        let answers = Answers::Headed(429, limits(provider), JSON, body);
        let Probed { sample, account, .. } =
            probed(provider, ProbeKind::StreamingCompletion, answers).await;
        assert_eq!(sample.outcome, Outcome::Failed(FailureClass::RateLimited), "{provider:?}");
        assert_eq!(sample.http_status, Some(429));
        let left = LimitLeft { limit: Some(50), remaining: Some(0), reset_ms: None };
        let told = !limits(provider).is_empty();
        let expected = told.then_some(left);
        assert_eq!(sample.limits_left.map(|left| left.requests), expected, "{provider:?}");
        let organization = account.and_then(|account| account.organization);
        assert_eq!(organization.as_deref(), told.then_some("org-1"), "{provider:?}");
    }
}

#[tokio::test]
async fn a_good_answers_headers_tell_what_is_left_too() {
    for provider in KINDS {
        let body = streamed(provider, MODEL, Says::Text("1 2"));
        let answers = Answers::Headed(200, limits(provider), EVENTS, body);
        let sample = sample(provider, ProbeKind::StreamingCompletion, answers).await;
        let percent = sample.limits_left.and_then(|left| left.requests.percent());
        assert_eq!(percent, (!limits(provider).is_empty()).then_some(0), "{provider:?}");
    }
}

#[tokio::test]
async fn reachability_asks_nothing_and_holds_any_answer_but_a_broken_front() {
    for provider in KINDS {
        for status in [200, 401, 404] {
            let answers = Answers::Whole(status, "text/plain", "here".into());
            let sample = sample(provider, ProbeKind::Reachability, answers).await;
            assert_eq!(sample.outcome, Outcome::Ok, "{provider:?} {status}");
            assert_eq!(sample.http_status, Some(status));
            assert!(sample.phases.connect_ms.is_some() && sample.phases.first_byte_ms.is_some());
            let said = (sample.answered_model, sample.usage, sample.cost);
            assert_eq!(said, (None, None, None), "no model was asked");
        }
        let broken = Answers::Whole(503, "text/plain", "down".into());
        let sample = sample(provider, ProbeKind::Reachability, broken).await;
        assert!(!sample.outcome.is_ok(), "{provider:?}");
        assert_eq!(sample.http_status, Some(503));
    }
}

#[tokio::test]
async fn garbage_is_malformed_whatever_was_asked() {
    let page = "<!doctype html><title>Sign in</title>";
    let garbage = [
        Answers::stream("data: {\"choices\": [{\n\n".into()),
        Answers::Garbage(b"data: \xff\xfe\x00\xc3\x28\n\n".to_vec()),
        Answers::Whole(200, JSON, "{\"choices\": \"none\", \"candidates\": 7}".into()),
        Answers::Whole(200, JSON, "[[[[".into()),
        Answers::Whole(200, JSON, String::new()),
        Answers::stream(page.into()),
        Answers::stream(String::new()),
    ];
    for provider in KINDS {
        for (kind, _) in RIGHT {
            for answers in &garbage {
                let sample = sample(provider, kind, answers.clone()).await;
                let case = format!("{provider:?} {kind:?} {answers:?}: {:?}", sample.outcome);
                let Outcome::Failed(_) = sample.outcome else { panic!("{case}") };
                assert_eq!(sample.validity, ProbeValidity::Valid, "{case}: it is no 400");
                assert_eq!((sample.usage, sample.cost), (None, None), "{case}: nothing counted");
            }
        }
    }
}

/// The most of an endless answer that is taken before the probe gives up: the client's cap on a
/// stream, and what lies in the sockets' memory.
const MOST_TAKEN: usize = 32 * 1024 * 1024;

#[tokio::test]
async fn an_answer_without_end_is_given_up_and_costs_no_more_than_its_cap() {
    let long = "x".repeat(64 * 1024);
    let token = events(&[json!({"id": "c1", "model": "m",
        "choices": [{"index": 0, "delta": {"content": "7 "}, "finish_reason": null}]})]);
    let comments = format!(": {long}\n\n");
    let (in_stream, malformed) = (FailureClass::ErrorInStream, FailureClass::MalformedOutput);
    for (what, content_type, piece, class) in [
        ("a line without end", EVENTS, long.clone(), in_stream),
        ("comments without end", EVENTS, comments, in_stream),
        ("tokens without end", EVENTS, token, malformed),
        ("a document without end", JSON, format!("[\"{long}\","), malformed),
        ("a page without end", "text/html", long, malformed),
    ] {
        let answers = Answers::Endless(content_type, piece);
        let vendor = Vendor::start(answers).await;
        let kind = ProbeKind::StreamingCompletion;
        let subject = subject_of(ProviderKind::Openai, kind, &vendor.base_url, "t");
        let asker = Asker::new(vendor.client(), vendor.clock.clone());
        let planned = vendor.clock.moment();
        let sample = asker.probe(&subject, Manner::default(), None, planned).await.sample;
        assert_eq!(sample.outcome, Outcome::Failed(class), "{what}: {:?}", sample.detail);
        let poured = vendor.poured.load(std::sync::atomic::Ordering::Relaxed);
        assert!(poured < MOST_TAKEN, "{what}: {poured} bytes");
    }
}

#[tokio::test]
async fn names_and_messages_without_measure_are_kept_short() {
    let long = "m".repeat(20_000);
    let named = events(&[
        json!({"id": "c1", "model": long, "system_fingerprint": long,
            "choices": [{"index": 0, "delta": {"content": "1 2 3"}, "finish_reason": "stop"}]}),
        json!({"id": "c1", "model": long, "choices": [],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1}}),
    ]);
    let kind = ProbeKind::StreamingCompletion;
    let good = sample(ProviderKind::Openai, kind, Answers::stream(named)).await;
    assert_eq!(good.outcome, Outcome::Ok, "{:?}", good.detail);
    assert!(good.answered_model.unwrap().len() <= 128);
    assert!(good.fingerprint.unwrap().len() <= 128);
    let told = json!({"error": {"message": long, "type": "server_error", "code": long}});
    let answers = Answers::Whole(500, JSON, told.to_string());
    let bad = sample(ProviderKind::Openai, kind, answers).await;
    assert!(bad.detail.unwrap().chars().count() <= 300);
}
