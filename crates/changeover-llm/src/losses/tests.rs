//! The losses that are told are held against what the adapters write, and `docs/losses.md` against
//! both.

mod examples;

use std::fmt::Write as _;

use bytes::Bytes;
use changeover_domain::ProviderKind;
use serde_json::Value;

use super::*;
use crate::dialect::{of_kind, samples::provider};
use crate::endpoint::Endpoint;
use examples::example;

/// Kinds with models that differ in what they take.
const TARGETS: [(ProviderKind, &str, &[&str]); 5] = [
    (
        ProviderKind::Anthropic,
        "Anthropic",
        &["claude-3-5-haiku-20241022", "claude-sonnet-4-5", "claude-opus-4-7"],
    ),
    (ProviderKind::Openai, "OpenAI", &["gpt-4.1", "gpt-5"]),
    (ProviderKind::AzureOpenai, "Azure OpenAI", &["deployment"]),
    (ProviderKind::OpenaiCompatible, "compatible", &["llama"]),
    (ProviderKind::Gemini, "Gemini", &["gemini-2.0-flash", "gemini-3-flash"]),
];

fn parse(door: Door, body: &Value) -> FrontRequest {
    door.parse_request(body.to_string().as_bytes()).unwrap()
}

fn body(kind: ProviderKind, model: &str, front: &FrontRequest) -> Bytes {
    let vendor = provider(kind, "https://vendor.example");
    let endpoint = Endpoint { provider: &vendor, key: None, model };
    of_kind(kind).unwrap().request(&endpoint, &front.request, false).unwrap().body
}

/// What is about the answer, or is said in other words, cannot be seen by comparing requests.
fn shows_in_the_request(feature: Feature, kind: ProviderKind) -> bool {
    match feature {
        Feature::ThinkingText
        | Feature::ThinkingSignature
        | Feature::StopSequence
        | Feature::AssistantPrefill => false,
        Feature::JsonObject => kind != ProviderKind::Anthropic,
        // These two hold every answer to its schema.
        Feature::StrictSchema => !matches!(kind, ProviderKind::Anthropic | ProviderKind::Gemini),
        _ => true,
    }
}

#[test]
fn what_is_told_as_lost_is_not_written_and_what_is_not_told_is() {
    let mut compared = 0;
    for (door, feature) in pairs() {
        let Some((with, without)) = example(door, feature) else {
            continue;
        };
        let (with, without) = (parse(door, &with), parse(door, &without));
        for (kind, _, models) in TARGETS {
            if of_kind(kind).is_none() || !shows_in_the_request(feature, kind) {
                continue;
            }
            for model in models {
                let is_lost = lost(&with, kind, model).contains(feature);
                let same = body(kind, model, &with) == body(kind, model, &without);
                assert_eq!(is_lost, same, "{door:?} {feature:?} {kind:?} {model}");
                assert!(!lost(&without, kind, model).contains(feature), "{feature:?} is not asked");
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "only {compared} cells were compared");
}

fn pairs() -> impl Iterator<Item = (Door, Feature)> {
    Door::ALL.into_iter().flat_map(|door| Feature::ALL.iter().map(move |feature| (door, *feature)))
}

#[test]
fn every_feature_can_be_asked_for_at_one_door_at_least() {
    for feature in Feature::ALL {
        let asked = Door::ALL.into_iter().any(|door| example(door, *feature).is_some());
        assert!(asked, "{feature:?}");
    }
}

#[test]
fn a_request_that_asks_for_nothing_special_loses_nothing() {
    for (door, length) in [(Door::OpenAi, "max_completion_tokens"), (Door::Anthropic, "max_tokens")]
    {
        let plain = serde_json::json!({"model": "m", length: 9,
            "messages": [{"role": "user", "content": "hi"}]});
        for (kind, _, models) in TARGETS {
            for model in models {
                assert_eq!(lost(&parse(door, &plain), kind, model), FeatureSet::NONE, "{kind:?}");
            }
        }
    }
}

#[test]
fn a_schema_that_openai_would_refuse_is_asked_for_without_the_strict_mode() {
    let loose = serde_json::json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let request = serde_json::json!({"model": "m", "max_tokens": 9,
        "output_config": {"format": {"type": "json_schema", "schema": loose}},
        "messages": [{"role": "user", "content": "hi"}]});
    let front = parse(Door::Anthropic, &request);
    assert_eq!(lost(&front, ProviderKind::Openai, "gpt-4.1").to_string(), "strict_schema");
    let sent: Value =
        serde_json::from_slice(&body(ProviderKind::Openai, "gpt-4.1", &front)).unwrap();
    assert_eq!(sent["response_format"]["json_schema"]["strict"], false);
    assert_eq!(lost(&front, ProviderKind::Gemini, "gemini-3-flash"), FeatureSet::NONE);
}

#[test]
fn top_p_beside_a_temperature_is_lost_where_only_one_is_taken() {
    let both = serde_json::json!({"model": "m", "max_tokens": 9, "temperature": 1, "top_p": 0.5,
        "messages": [{"role": "user", "content": "hi"}]});
    let front = parse(Door::Anthropic, &both);
    let lost = lost(&front, ProviderKind::Anthropic, "claude-sonnet-4-5");
    assert_eq!(lost.to_string(), "top_p");
}

/// The document, as the code has it.
fn document() -> String {
    let mut text = String::from(INTRODUCTION);
    for door in Door::ALL {
        let (name, path) = match door {
            Door::OpenAi => ("OpenAI", "POST /v1/chat/completions"),
            Door::Anthropic => ("Anthropic", "POST /v1/messages"),
        };
        write!(text, "\n## Callers of the {name} dialect (`{path}`)\n\n| feature |").unwrap();
        for (_, name, _) in TARGETS {
            write!(text, " {name} |").unwrap();
        }
        writeln!(text, "\n|---|{}", "---|".repeat(TARGETS.len())).unwrap();
        for feature in Feature::ALL {
            if let Some((with, _)) = example(door, *feature) {
                row(&mut text, *feature, &parse(door, &with));
            }
        }
    }
    text.push_str("\n## The features\n\n| feature | what it is |\n|---|---|\n");
    for feature in Feature::ALL {
        writeln!(text, "| `{}` | {} |", feature.as_str(), feature.describe()).unwrap();
    }
    text
}

fn row(text: &mut String, feature: Feature, front: &FrontRequest) {
    write!(text, "| `{}` |", feature.as_str()).unwrap();
    for (kind, _, models) in TARGETS {
        let losing =
            models.iter().filter(|model| lost(front, kind, model).contains(feature)).count();
        let cell = match losing {
            0 => "kept",
            some if some < models.len() => "by model",
            _ => "lost",
        };
        write!(text, " {cell} |").unwrap();
    }
    text.push('\n');
}

const INTRODUCTION: &str = "\
# What is lost between a caller's dialect and a provider

A request is served by whichever target the route decides on, in whatever dialect the caller speaks.
Most of what a caller can ask for exists everywhere. What does not is left out: the answer is poorer
then, not wrong, and the header `x-changeover-lost` names what was left out. *By model* means that
some models of the provider take it and others refuse it; it is sent to those that take it.

What would make an answer wrong when it is missing (tools, images, a JSON schema, room for the
conversation) is never left out. A target that cannot do it is passed over for the request.

This page is made from the code and checked by its tests. To make it again:
`WRITE_DOCS=1 cargo test -p changeover-llm losses_document`.
";

#[test]
fn the_losses_document_says_what_the_code_does() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/losses.md");
    let expected = document();
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == expected, "docs/losses.md is out of date; it says how to make it again");
}
