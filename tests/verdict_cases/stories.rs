//! The stories: each vendor goes wrong in its own way.

use changeover_domain::Scope;
use changeover_domain::VerdictKind::{
    self, Operating, OurBilling, OurConfiguration, OurNetwork, OurQuota, TheirDegradation,
    TheirOutage, Unknown,
};

use crate::round::{Case, Round};

const THEIRS: &[VerdictKind] = &[TheirDegradation, TheirOutage];
const CLAUDE: &[&str] = &["claude-opus", "claude-haiku"];
const OPUS: &[&str] = &["claude-opus"];
const GPT: &[&str] = &["gpt-main"];
const MINI: &[&str] = &["gpt-mini"];
const GEMINI: &[&str] = &["gemini-pro"];
const SWEDEN: &[&str] = &["azure-main-sweden", "azure-mini-sweden"];
const AZURE: &[&str] = &["azure-main-sweden", "azure-mini-sweden", "azure-main-virginia"];
/// All targets of the sandbox.
pub(crate) const EVERYTHING: &[&str] = &[
    "claude-opus",
    "claude-haiku",
    "gpt-main",
    "gpt-mini",
    "gemini-pro",
    "azure-main-sweden",
    "azure-mini-sweden",
    "azure-main-virginia",
];

fn case(
    name: &'static str,
    targets: &'static [&'static str],
    kinds: &'static [VerdictKind],
) -> Case {
    Case { name, targets, kinds, may: &[], scope: None }
}

fn round(name: &'static str, faults: &[&str], cases: Vec<Case>) -> Round {
    let head = "title = \"T\"\ndescription = \"D\"\nseed = 77\nduration_s = 600\n";
    let silent = |provider| format!("[[status]]\nprovider = \"{provider}\"\nsilent = true\n");
    let pages: String = ["anthropic", "openai"].map(silent).concat();
    let gemini = "[[status]]\nprovider = \"gemini\"\nlag_s = 0\n";
    let faults: String = faults.iter().map(|fault| format!("{fault}\nfrom_s = 5\n")).collect();
    let toml = format!("{head}{pages}{gemini}{faults}");
    Round { name, toml, learnt: false, cases }
}

/// `[[faults]]` of a provider, of one model or of all, with what it does.
macro_rules! fault {
    ($provider:literal, $effects:literal) => {
        concat!("[[faults]]\nprovider = \"", $provider, "\"\n", $effects)
    };
    ($provider:literal, $model:literal, $effects:literal) => {
        concat!(
            "[[faults]]\nprovider = \"",
            $provider,
            "\"\nmodels = [\"",
            $model,
            "\"]\n",
            $effects
        )
    };
}

pub(crate) fn rounds() -> Vec<Round> {
    vec![
        crowded(),
        limited(),
        unpaid(),
        cut_off(),
        unresolved(),
        broken(),
        changed(),
        unseen(),
        slowly_written(),
    ]
}

fn crowded() -> Round {
    let faults = [
        fault!(
            "anthropic",
            "claude-opus-4-5",
            "errors = [{ status = 529, share = 0.7 }]\nlatency_factor = 1.4"
        ),
        fault!("openai", "errors = [{ status = 500, share = 0.4 }]\nlatency_factor = 3.5"),
        fault!("gemini", "errors = [{ class = \"quota_exhausted\", share = 1.0 }]"),
        fault!("azure", "regions = [\"swedencentral\"]\nerrors = [{ status = 500, share = 0.95 }]"),
    ];
    let orchestration = Case { may: MINI, ..case("orchestration failure", GPT, THEIRS) };
    let cases = vec![
        case("overload of one model", OPUS, THEIRS),
        orchestration,
        case("quota used up", GEMINI, &[OurQuota]),
        Case { scope: Some(Scope::Region), ..case("region down", SWEDEN, THEIRS) },
    ];
    round("crowded", &faults, cases)
}

fn limited() -> Round {
    let faults = [
        fault!("anthropic", "errors = [{ status = 529, share = 0.9 }]"),
        fault!(
            "openai",
            "gpt-5-mini",
            "errors = [{ class = \"rate_limited\", share = 0.7 }]\nheadroom = 0.0"
        ),
        fault!("gemini", "errors = [{ class = \"authentication\", share = 1.0 }]"),
        fault!("azure", "certificate = \"expired\""),
    ];
    let cases = vec![
        case("overload of all models", CLAUDE, THEIRS),
        case("rate limit of one model", MINI, &[OurQuota]),
        case("bad key", GEMINI, &[OurConfiguration]),
        case("TLS broken: certificate expired", AZURE, &[TheirOutage]),
    ];
    round("limited", &faults, cases)
}

fn unpaid() -> Round {
    let faults = [
        fault!("anthropic", "errors = [{ class = \"spend_cap\", share = 1.0 }]"),
        fault!("openai", "gpt-5", "errors = [{ class = \"model_not_found\", share = 1.0 }]"),
        fault!("gemini", "latency_factor = 8.0"),
    ];
    let cases = vec![
        case("spend cap reached", CLAUDE, &[OurBilling]),
        case("wrong model name", GPT, &[OurConfiguration]),
        case("latency only", GEMINI, &[TheirDegradation]),
    ];
    round("unpaid", &faults, cases)
}

fn cut_off() -> Round {
    let cases = vec![case("own network gone", EVERYTHING, &[OurNetwork])];
    round("cut-off", &["[[own_network]]"], cases)
}

fn unresolved() -> Round {
    let cases = vec![case("DNS broken for everybody", EVERYTHING, &[OurNetwork])];
    round("unresolved", &["[[own_network]]\nlost = \"names\""], cases)
}

fn broken() -> Round {
    let faults = [
        fault!("anthropic", "stall = { share = 0.9, after_tokens = 5 }"),
        fault!("openai", "gpt-5-mini", "malformed_json = 0.7"),
        fault!("gemini", "connection_refused = true"),
    ];
    let cases = vec![
        case("stall in mid-stream", CLAUDE, THEIRS),
        case("malformed JSON", MINI, THEIRS),
        case("vendor refuses connections", GEMINI, &[TheirOutage]),
    ];
    round("broken", &faults, cases)
}

fn changed() -> Round {
    let faults = [
        fault!("anthropic", "claude-opus-4-5", "refusal = 0.6"),
        fault!("openai", "gpt-5", "model_swap = \"gpt-5-mini\""),
        fault!("gemini", "claimed = 0.95"),
    ];
    let cases = vec![
        case("refusals", OPUS, &[TheirDegradation]),
        case("model swapped", GPT, &[TheirDegradation]),
        case("page claims an outage that is none", GEMINI, &[Operating]),
    ];
    round("changed", &faults, cases)
}

fn unseen() -> Round {
    let faults = [
        fault!(
            "anthropic",
            "claude-opus-4-5",
            "errors = [{ status = 500, share = 0.9 }]\nfrom_input_tokens = 30"
        ),
        fault!("openai", "gpt-5-mini", "errors = [{ class = \"error_in_stream\", share = 0.9 }]"),
        fault!("openai", "gpt-5", "errors = [{ class = \"gateway_error\", share = 0.95 }]"),
    ];
    let cases = vec![
        case("probes blind while traffic fails", OPUS, THEIRS),
        case("200 with an error in the stream", MINI, THEIRS),
        case("page silent, answers are garbage", GPT, THEIRS),
    ];
    round("unseen", &faults, cases)
}

fn slowly_written() -> Round {
    let faults = [
        fault!("openai", "gpt-5", "throughput_factor = 0.2"),
        fault!("anthropic", "name_gone = true"),
    ];
    let cases = vec![
        case("throughput only", GPT, &[TheirDegradation]),
        case("DNS broken for one vendor", CLAUDE, &[TheirOutage, Unknown]),
    ];
    Round { learnt: true, ..round("slowly-written", &faults, cases) }
}
