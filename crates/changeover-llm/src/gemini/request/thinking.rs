//! How the model is asked to think: in tokens or with a word, by its generation.

use serde::Serialize;

use crate::canonical::{Effort, Reasoning, Thinking};
use crate::gemini::models::{ThinksBy, thinks_by};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Config {
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_budget: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    include_thoughts: Option<bool>,
}

/// `None` where nothing is asked for or the model does not think.
pub(super) fn config(model: &str, reasoning: Reasoning) -> Option<Config> {
    let is_off = reasoning.thinking == Some(Thinking::Off);
    let effort = if is_off { Some(Effort::None) } else { reasoning.as_effort() }?;
    let (thinking_budget, thinking_level) = match thinks_by(model) {
        ThinksBy::Nothing => return None,
        ThinksBy::Budget { least } => (Some(budget(reasoning, effort).max(least)), None),
        ThinksBy::Level { all } => (None, Some(level(effort, all))),
    };
    let shown = reasoning.shown.unwrap_or(!is_off);
    Some(Config { thinking_budget, thinking_level, include_thoughts: shown.then_some(true) })
}

/// No model of the vendor's takes more.
const MOST_BUDGET: u32 = 24_576;

fn budget(reasoning: Reasoning, effort: Effort) -> u32 {
    let asked = match reasoning.thinking {
        Some(Thinking::Budget(budget)) => budget,
        _ => effort.as_budget(),
    };
    asked.min(MOST_BUDGET)
}

fn level(effort: Effort, all: bool) -> &'static str {
    match effort {
        Effort::None | Effort::Minimal if all => "minimal",
        Effort::Medium if all => "medium",
        Effort::None | Effort::Minimal | Effort::Low => "low",
        Effort::Medium | Effort::High | Effort::Xhigh | Effort::Max => "high",
    }
}
