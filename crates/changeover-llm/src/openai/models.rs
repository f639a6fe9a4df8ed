//! What the vendor's models take, by their names. A name that is not known takes everything: what is
//! wrong about a new model is told by the vendor, once, and not guessed at for ever.

use crate::canonical::Effort;

/// The least effort that the model takes: the older ones know no less than `low`.
pub(crate) fn least_effort(model: &str) -> Effort {
    if bare(model).starts_with("gpt-5") { Effort::Minimal } else { Effort::Low }
}

/// Whether the model thinks, and so takes an effort.
pub(crate) fn takes_effort(model: &str) -> bool {
    let name = bare(model);
    let plain = ["gpt-3", "gpt-4", "chatgpt-4o", "gpt-5-chat"];
    !plain.iter().any(|family| name.starts_with(family))
}

/// Whether temperature and penalties may be chosen. Models that always think refuse them; the later
/// ones take them where no effort is asked for.
pub(crate) fn takes_sampling(model: &str, asks_effort: bool) -> bool {
    let name = bare(model);
    if !takes_effort(name) {
        return true;
    }
    let is_o_series =
        name.strip_prefix('o').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_first_five = name == "gpt-5" || name.starts_with("gpt-5-");
    let thinks_now = asks_effort && name.starts_with("gpt-5.");
    !(is_o_series || is_first_five || thinks_now)
}

/// Without what marks a model as tuned by a customer.
fn bare(model: &str) -> &str {
    model.strip_prefix("ft:").unwrap_or(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_that_always_think_take_an_effort_and_no_temperature() {
        for model in ["o1", "o3-mini", "o4-mini-2025-04-16", "gpt-5", "gpt-5-mini"] {
            assert!(takes_effort(model) && !takes_sampling(model, false), "{model}");
        }
        for model in ["gpt-4.1", "gpt-4o-mini", "ft:gpt-4o:acme", "gpt-5-chat-latest"] {
            assert!(!takes_effort(model) && takes_sampling(model, false), "{model}");
        }
        assert!(takes_sampling("gpt-5.1", false) && !takes_sampling("gpt-5.1", true));
        assert!(takes_effort("my-deployment") && takes_sampling("my-deployment", true));
    }
}
