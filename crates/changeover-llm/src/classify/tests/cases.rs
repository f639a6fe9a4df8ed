//! Every vendor's table: what it sends, and what that means. The bodies are of our own making in
//! the vendors' shapes; one row a line, a body as an object where it is one.

use changeover_domain::Whose;

use super::*;

/// One rule: what a vendor sends, and what it means.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) provider: String,
    pub(super) status: Option<u16>,
    pub(super) class: FailureClass,
    pub(super) inner: Option<FailureClass>,
    pub(super) whose: Whose,
    pub(super) retryable: bool,
    pub(super) next_target_helps: bool,
    #[serde(default)]
    pub(super) headers: std::collections::BTreeMap<String, String>,
    pub(super) content_type: Option<String>,
    #[serde(default)]
    pub(super) in_stream: bool,
    pub(super) body: serde_json::Value,
}

impl Case {
    pub(super) fn text(&self) -> String {
        self.body.as_str().map_or_else(|| self.body.to_string(), str::to_owned)
    }

    pub(super) fn judged(&self, status: Option<u16>, body: &str, in_stream: bool) -> Classified {
        let headers: Vec<(String, String)> = self.headers.clone().into_iter().collect();
        let provider = &self.provider;
        let content_type = self.content_type.as_deref();
        classify(&HttpAnswer { provider, status, headers: &headers, content_type, body, in_stream })
    }
}

const TABLES: [&str; 23] = [
    include_str!("cases/anthropic.jsonl"),
    include_str!("cases/azure_openai.jsonl"),
    include_str!("cases/bedrock.jsonl"),
    include_str!("cases/cerebras.jsonl"),
    include_str!("cases/cohere.jsonl"),
    include_str!("cases/deepseek.jsonl"),
    include_str!("cases/fireworks.jsonl"),
    include_str!("cases/gemini.jsonl"),
    include_str!("cases/groq.jsonl"),
    include_str!("cases/huggingface.jsonl"),
    include_str!("cases/intermediary.jsonl"),
    include_str!("cases/litellm.jsonl"),
    include_str!("cases/llama_cpp.jsonl"),
    include_str!("cases/lm_studio.jsonl"),
    include_str!("cases/mistral.jsonl"),
    include_str!("cases/ollama.jsonl"),
    include_str!("cases/openai.jsonl"),
    include_str!("cases/openrouter.jsonl"),
    include_str!("cases/others.jsonl"),
    include_str!("cases/perplexity.jsonl"),
    include_str!("cases/together.jsonl"),
    include_str!("cases/vllm.jsonl"),
    include_str!("cases/xai.jsonl"),
];

pub(super) fn all() -> impl Iterator<Item = (&'static str, Case)> {
    let lines = TABLES.iter().flat_map(|table| table.lines());
    lines.map(|line| (line, serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))))
}

#[test]
fn every_rule_of_every_vendor_holds() {
    let mut seen = std::collections::BTreeSet::new();
    for (line, case) in all() {
        let found = case.judged(case.status, &case.text(), case.in_stream);
        let got = (found.class, found.inner, found.whose, found.retryable, found.next_target_helps);
        let wanted = (case.class, case.inner, case.whose, case.retryable, case.next_target_helps);
        assert_eq!(got, wanted, "{line}: {}", found.why);
        seen.insert(case.class);
    }
    assert!(seen.len() >= 22, "the cases must speak of all classes that an answer can have");
}
