//! How much a model is to think before it answers. Vendors measure it in words or in tokens, and
//! each side keeps its own measure here; an adapter turns one into the other where it must.

/// What the caller asked for; nothing by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reasoning {
    pub thinking: Option<Thinking>,
    pub effort: Option<Effort>,
    /// Whether the caller wants to read the thoughts.
    pub shown: Option<bool>,
}

impl Reasoning {
    /// Whether the caller asked for anything.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self != Self::default()
    }

    /// The effort asked for, be it in words or in tokens; `None` when thinking is off or unsaid.
    #[must_use]
    pub fn as_effort(&self) -> Option<Effort> {
        self.effort.or(match self.thinking? {
            Thinking::Off => None,
            Thinking::Adaptive => Some(Effort::High),
            Thinking::Budget(..4_096) => Some(Effort::Low),
            Thinking::Budget(4_096..16_384) => Some(Effort::Medium),
            Thinking::Budget(16_384..) => Some(Effort::High),
        })
    }
}

/// Whether the model thinks, and within how many tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinking {
    Off,
    /// As the model sees fit.
    Adaptive,
    Budget(u32),
}

/// How much effort, in the vendors' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

impl Effort {
    /// All of them, least first.
    pub const ALL: [Self; 7] =
        [Self::None, Self::Minimal, Self::Low, Self::Medium, Self::High, Self::Xhigh, Self::Max];

    /// The word on the wire, the same for all vendors that know it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// The effort of that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.as_str() == name)
    }

    /// What it comes to in tokens, where a vendor counts in them.
    #[must_use]
    pub fn as_budget(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Minimal => 1_024,
            Self::Low => 2_048,
            Self::Medium => 8_192,
            Self::High => 16_384,
            Self::Xhigh | Self::Max => 32_768,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effort_turned_into_tokens_and_back_is_the_same() {
        for effort in [Effort::Low, Effort::Medium, Effort::High] {
            let budget = Thinking::Budget(effort.as_budget());
            let asked = Reasoning { thinking: Some(budget), ..Reasoning::default() };
            assert_eq!(asked.as_effort(), Some(effort));
        }
    }

    #[test]
    fn thinking_switched_off_is_no_effort() {
        let off = Reasoning { thinking: Some(Thinking::Off), ..Reasoning::default() };
        assert_eq!(off.as_effort(), None);
        assert!(off.is_asked());
    }
}
