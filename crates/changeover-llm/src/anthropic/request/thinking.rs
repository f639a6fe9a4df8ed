//! How the model is asked to think.
//!
//! Each generation of models is asked in its own way: in tokens, as it sees fit, with a word for the
//! effort, or not at all. What the caller asked for is put in the way that this model takes. Two
//! cases rule thinking out, and a request must not fail for them: a tool call that is forced, and,
//! where thinking is in tokens, a round of tool calls that began without thoughts of this vendor's,
//! as after a failover in the middle of it.

use serde::Serialize;

use crate::anthropic::models;
use crate::canonical::{ChatRequest, Effort, Message, Part, Role, Thinking};

/// The least that may be asked for, in tokens.
const LEAST_BUDGET: u32 = 1_024;

/// What a request says about thinking.
#[derive(Debug, Default)]
pub(super) struct Thought {
    pub(super) config: Option<Config>,
    pub(super) effort: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Config {
    Disabled,
    Adaptive {
        #[serde(skip_serializing_if = "Option::is_none")]
        display: Option<&'static str>,
    },
    Enabled {
        budget_tokens: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        display: Option<&'static str>,
    },
}

impl Thought {
    pub(super) fn thinks(&self) -> bool {
        matches!(self.config, Some(Config::Adaptive { .. } | Config::Enabled { .. }))
    }

    /// Room for it beside the answer. Who thinks as it sees fit has no figure; it gets that of much
    /// effort.
    pub(super) fn budget(&self) -> u32 {
        match self.config {
            Some(Config::Enabled { budget_tokens, .. }) => budget_tokens,
            Some(Config::Adaptive { .. }) => Effort::High.as_budget(),
            Some(Config::Disabled) | None => 0,
        }
    }
}

pub(super) fn thought(model: &str, request: &ChatRequest) -> Thought {
    let config = config(model, request);
    // A budget for a model that takes none becomes the effort that it comes to.
    let adapted = matches!(config, Some(Config::Adaptive { .. }))
        && matches!(request.reasoning.thinking, Some(Thinking::Budget(_)));
    let effort = if adapted { request.reasoning.as_effort() } else { request.reasoning.effort };
    let effort = effort.filter(|effort| *effort != Effort::None && models::takes_effort(model));
    Thought { config, effort: effort.map(|effort| effort.max(Effort::Low).as_str()) }
}

fn config(model: &str, request: &ChatRequest) -> Option<Config> {
    let reasoning = request.reasoning;
    let display = reasoning.shown.map(|shown| if shown { "summarized" } else { "omitted" });
    let asked = reasoning.thinking?;
    if asked == Thinking::Off {
        return (!models::always_thinks(model) && knows_thinking(model))
            .then_some(Config::Disabled);
    }
    if request.tool_choice.is_forced() && !request.tools.is_empty() {
        return None;
    }
    let in_tokens = |budget| enabled(model, request, budget, display);
    match asked {
        Thinking::Off => None,
        Thinking::Adaptive if models::takes_adaptive(model) => Some(Config::Adaptive { display }),
        Thinking::Budget(_) if !models::takes_budget(model) && models::takes_adaptive(model) => {
            Some(Config::Adaptive { display })
        }
        Thinking::Adaptive => {
            let effort = reasoning.as_effort().unwrap_or(Effort::High);
            let most = request.max_tokens.map_or(u32::MAX, |most| most.saturating_sub(1) / 2);
            in_tokens(effort.as_budget().min(most)).filter(|_| most >= LEAST_BUDGET)
        }
        Thinking::Budget(budget) => in_tokens(budget),
    }
}

fn knows_thinking(model: &str) -> bool {
    models::takes_budget(model) || models::takes_adaptive(model)
}

fn enabled(
    model: &str,
    request: &ChatRequest,
    budget_tokens: u32,
    display: Option<&'static str>,
) -> Option<Config> {
    let may = models::takes_budget(model) && !began_unsigned(&request.messages);
    may.then_some(Config::Enabled { budget_tokens, display })
}

/// The last turn of the model called tools, their results are there, and it did not begin with a
/// thought of this vendor's.
fn began_unsigned(messages: &[Message]) -> bool {
    let after = messages.iter().rev().take_while(|message| message.role == Role::Tool).count();
    let turn = messages.iter().rev().nth(after).filter(|message| message.role == Role::Assistant);
    let first = turn.and_then(|turn| turn.parts.first());
    let signed = matches!(
        first,
        Some(Part::Thinking { signature: Some(_), .. } | Part::RedactedThinking(_))
    );
    after > 0 && turn.is_some() && !signed
}
