//! The vendor's own rules.
//!
//! Each rule is guarded by marks that only its vendor's errors bear, so all are asked, the named
//! vendor's first: a gateway passes on what another vendor said, and a provider that borrows a
//! dialect may not be who its configuration says.

mod azure;
mod bedrock;
mod compatible;

use changeover_domain::Whose;

use super::envelope::ErrorBody;
use super::{Classified, HttpAnswer, shared};
use crate::{anthropic, gemini, openai};

/// Services that run on somebody else's machines: nobody of ours can have stopped them.
const SERVICES: [&str; 25] = [
    "anthropic",
    "openai",
    "gemini",
    "azure",
    "bedrock",
    "mistral",
    "groq",
    "xai",
    "deepseek",
    "cohere",
    "together",
    "fireworks",
    "perplexity",
    "openrouter",
    "huggingface",
    "cerebras",
    "nvidia",
    "moonshot",
    "minimax",
    "zhipu",
    "dashscope",
    "sambanova",
    "deepinfra",
    "replicate",
    "cloudflare",
];

pub(super) fn judge(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    compatible::judge(error)
        .or_else(|| quoted(answer, error))
        .or_else(|| named(answer, error))
        .or_else(|| bedrock::judge(answer, error))
        .or_else(|| anthropic::errors::judge(error))
        .or_else(|| google(answer, error))
        .or_else(|| openai::errors::judge(error))
        .or_else(|| azure::judge(error))
}

/// What a gateway's upstream said: the gateway's own words for it are a guess.
fn quoted(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let upstream = error.upstream.as_deref()?;
    let found = judge(answer, upstream).or_else(|| shared::judge(answer, upstream))?;
    // The account that ran dry is the gateway's, unless it used a key that we gave it.
    let gateways = error.value.pointer("/metadata/provider_name").is_some()
        && error.value.pointer("/metadata/is_byok") != Some(&serde_json::Value::Bool(true));
    let limited = matches!(found.whose, Whose::OurQuota | Whose::OurBilling);
    Some(if gateways && limited { found.whose(Whose::Theirs) } else { found })
}

fn google(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    if !gemini::errors::is_google(error) {
        return None;
    }
    gemini::errors::judge(error).or_else(|| gemini::errors::judge_text(error, answer.status))
}

/// Rules that need the vendor's name, because their marks are not the vendor's alone.
fn named(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    match vendor(answer.provider).as_str() {
        "gemini" => gemini::errors::judge_text(error, answer.status),
        "mistral" => compatible::mistral(error),
        _ => None,
    }
}

/// The answer is of the vendor with this name.
pub(super) fn is(answer: &HttpAnswer<'_>, name: &str) -> bool {
    vendor(answer.provider) == name
}

/// The vendor is a service on the internet, no server of our own.
pub(super) fn is_known_service(answer: &HttpAnswer<'_>) -> bool {
    SERVICES.contains(&vendor(answer.provider).as_str())
}

/// One name for a vendor, whatever a configuration or a log calls it.
fn vendor(provider: &str) -> String {
    let name: String =
        provider.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let known = [
        ("gemini", &["google", "vertex", "gemini"][..]),
        ("azure", &["azure"]),
        ("bedrock", &["bedrock", "aws", "amazon"]),
        ("anthropic", &["anthropic", "claude"]),
        ("huggingface", &["huggingface", "hf"]),
        ("xai", &["xai", "grok"]),
        ("together", &["together"]),
        ("fireworks", &["fireworks"]),
        ("perplexity", &["perplexity"]),
        ("dashscope", &["dashscope", "alibaba", "qwen"]),
        ("zhipu", &["zhipu", "bigmodel", "zai"]),
    ];
    // Servers of one's own that bear a vendor's name.
    if matches!(name.as_str(), "openaicompatible" | "huggingfacetgi") {
        return name;
    }
    let found = known.iter().find(|(_, starts)| starts.iter().any(|start| name.starts_with(start)));
    match found {
        Some((vendor, _)) => (*vendor).to_owned(),
        None if name.starts_with("openai") => "openai".to_owned(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_is_known_under_all_its_names() {
        for (name, known) in [
            ("vertex_ai", "gemini"),
            ("Google-Gemini", "gemini"),
            ("azure", "azure"),
            ("azure_openai", "azure"),
            ("aws-bedrock", "bedrock"),
            ("openai_compatible", "openaicompatible"),
            ("openai", "openai"),
            ("llama.cpp", "llamacpp"),
        ] {
            assert_eq!(vendor(name), known);
        }
    }
}
