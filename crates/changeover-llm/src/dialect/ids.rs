//! Ids of tool calls as a vendor takes them. A conversation may have begun at another vendor, whose
//! ids are longer or made of other letters; a request must not fail for that.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

/// What a vendor takes as an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdRule {
    Any,
    /// At most 40 characters.
    Openai,
    /// Letters, digits, `_` and `-`.
    Anthropic,
    /// Nine letters or digits.
    Mistral,
}

impl IdRule {
    /// The id itself where it is taken, else one that is always the same for it.
    pub(crate) fn fitted(self, id: &str) -> Cow<'_, str> {
        if self.takes(id) {
            return Cow::Borrowed(id);
        }
        let hash = Sha256::digest(id);
        let hex = hash.iter().take(12).map(|byte| format!("{byte:02x}"));
        match self {
            Self::Mistral => Cow::Owned(hex.collect::<String>().chars().take(9).collect()),
            _ => Cow::Owned(format!("call_{}", hex.collect::<String>())),
        }
    }

    fn takes(self, id: &str) -> bool {
        let all = |is_taken: fn(char) -> bool| !id.is_empty() && id.chars().all(is_taken);
        match self {
            Self::Any => true,
            Self::Openai => id.chars().count() <= 40,
            Self::Anthropic => all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')),
            Self::Mistral => id.len() == 9 && all(|c| c.is_ascii_alphanumeric()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_taken_stays_and_another_becomes_one_that_is() {
        assert_eq!(IdRule::Anthropic.fitted("toolu_01-A"), "toolu_01-A");
        let long = "call_".repeat(20);
        for rule in [IdRule::Openai, IdRule::Anthropic, IdRule::Mistral] {
            for id in ["functions.weather:0", "", long.as_str(), "a b"] {
                let fitted = rule.fitted(id);
                assert!(rule.takes(&fitted) || rule == IdRule::Openai, "{rule:?} {id:?} {fitted}");
                assert_eq!(fitted, rule.fitted(id), "call and result find each other");
            }
        }
        assert_eq!(IdRule::Openai.fitted(&long).len(), 29);
        assert_ne!(IdRule::Mistral.fitted("call_1"), IdRule::Mistral.fitted("call_2"));
    }
}
