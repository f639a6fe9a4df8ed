//! What the vendor's models take, by the generation in their names. A name without one is taken for
//! a new model.

/// How a model is asked to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThinksBy {
    /// It does not.
    Nothing,
    /// A number of tokens; the least that may be asked for.
    Budget { least: u32 },
    /// A word; whether all words are known or only the lowest and the highest.
    Level { all: bool },
}

pub(crate) fn thinks_by(model: &str) -> ThinksBy {
    if is_older_than_three(model) {
        let budgeted = model.starts_with("gemini-2.5");
        return match (budgeted, model.contains("pro")) {
            (false, _) => ThinksBy::Nothing,
            (true, true) => ThinksBy::Budget { least: 128 },
            (true, false) => ThinksBy::Budget { least: 0 },
        };
    }
    ThinksBy::Level { all: model.contains("flash") }
}

/// From its third generation on, the vendor refuses a history of calls without the proofs of thought
/// that came with them.
pub(crate) fn asks_for_signatures(model: &str) -> bool {
    !is_older_than_three(model)
}

fn is_older_than_three(model: &str) -> bool {
    model.starts_with("gemini-1") || model.starts_with("gemini-2")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generation_thinks_in_its_own_measure() {
        assert_eq!(thinks_by("gemini-2.0-flash"), ThinksBy::Nothing);
        assert_eq!(thinks_by("gemini-2.5-flash"), ThinksBy::Budget { least: 0 });
        assert_eq!(thinks_by("gemini-2.5-pro"), ThinksBy::Budget { least: 128 });
        assert_eq!(thinks_by("gemini-3-pro-preview"), ThinksBy::Level { all: false });
        assert_eq!(thinks_by("gemini-3.5-flash"), ThinksBy::Level { all: true });
        assert!(asks_for_signatures("gemini-3-pro") && !asks_for_signatures("gemini-2.5-pro"));
    }
}
