//! An error keeps its class in every wrapping that gateways, SDKs and streams put around it.

use super::cases::{Case, all};
use super::*;

/// Errors that a vendor sends as a document with a refusal's status.
fn refusals() -> impl Iterator<Item = Case> {
    all().map(|(_, case)| case).filter(|case| {
        // A document without any word of an error is not found inside another.
        let says = ErrorBody::find(&case.body).is_some();
        says && case.status.is_some_and(|status| status >= 400) && !case.in_stream
    })
}

fn holds(case: &Case, status: Option<u16>, body: &str) {
    let found = case.judged(status, body, false);
    assert_eq!(found.class, case.class, "{status:?} {body}: {}", found.why);
}

#[test]
fn in_an_array_a_text_an_event_or_another_layout() {
    for case in refusals() {
        let text = case.text();
        holds(&case, case.status, &format!("[{text}]"));
        holds(&case, case.status, &json!(text).to_string());
        holds(&case, case.status, &format!("event: error\ndata: {text}\n\n"));
        let pretty = serde_json::to_string_pretty(&case.body).unwrap();
        holds(&case, case.status, &pretty.replace('\n', "\r\n"));
        holds(&case, case.status, text.get(..text.len() - 1).unwrap());
    }
}

#[test]
fn as_an_sdk_prints_it() {
    for case in refusals() {
        let status = case.status.unwrap_or_default();
        holds(&case, None, &format!("Error code: {status} - {}", case.text()));
        let nested = json!({"error": {"message": case.text(), "code": status}});
        holds(&case, case.status, &nested.to_string());
    }
}

#[test]
fn as_a_gateway_quotes_it() {
    // A number that only its vendor's name explains, and an edge that is the gateway's own then.
    let own = |case: &Case| case.status == Some(498) || case.text().contains("cf_");
    for case in refusals().filter(|case| !own(case)) {
        let code = case.status.unwrap_or_default();
        let message =
            format!("litellm.APIError: SomeException - {} Received Model Group=x", case.text());
        let quoted = json!({"error": {"message": message, "type": null, "code": code.to_string()}});
        holds(&case, case.status, &quoted.to_string());
        let raw = json!({"error": {"message": "Provider returned error", "code": code,
            "metadata": {"raw": case.text(), "provider_name": "X"}}});
        holds(&case, case.status, &raw.to_string());
    }
}

#[test]
fn in_a_stream_it_is_what_broke_it() {
    for case in refusals() {
        let event = format!("event: error\ndata: {}\n\n", case.text());
        let found = case.judged(case.status, &event, true);
        assert_eq!(found.class, FailureClass::ErrorInStream, "{event}");
        assert_eq!(found.inner, Some(case.class), "{event}");
    }
}

#[test]
fn under_another_providers_name() {
    // What only the vendor's name explains: a number, a missing body, a sentence of two meanings.
    let by_name = |case: &Case| {
        matches!(
            case.provider.as_str(),
            "cerebras" | "cohere" | "groq" | "mistral" | "ollama" | "gemini"
        )
    };
    for (line, mut case) in all().filter(|(_, case)| !by_name(case)) {
        for provider in ["openai_compatible", "nobody_knows", "litellm"] {
            provider.clone_into(&mut case.provider);
            let found = case.judged(case.status, &case.text(), case.in_stream);
            assert_eq!((found.class, found.inner), (case.class, case.inner), "{provider}: {line}");
        }
    }
}
