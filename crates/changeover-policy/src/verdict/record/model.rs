//! Which model answers. A vendor may put another one behind the same name, on purpose or not.

use changeover_domain::UnixMs;
use serde::{Deserialize, Serialize};

use crate::verdict::change::ACCEPTED_AFTER_MS;
use crate::verdict::inputs::ModelChange;

/// Answers in a row that name the same model, before it is believed.
const BELIEVED_AFTER: u32 = 3;

/// The name that answers bear, and another one that has begun to take its place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct ModelSeen {
    usual: Option<String>,
    other: Option<Other>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Other {
    name: String,
    in_a_row: u32,
    since: UnixMs,
}

impl ModelSeen {
    /// Takes the name in that one answer bears.
    pub(super) fn observe(&mut self, name: &str, at: UnixMs) {
        if self.usual.as_deref() == Some(name) {
            self.other = None;
            return;
        }
        let other = match self.other.take().filter(|other| other.name == name) {
            Some(other) => Other { in_a_row: other.in_a_row.saturating_add(1), ..other },
            None => Other { name: name.to_owned(), in_a_row: 1, since: at },
        };
        let accepted = at.millis_since(other.since) >= ACCEPTED_AFTER_MS;
        let first = self.usual.is_none() && other.in_a_row >= BELIEVED_AFTER;
        if first || accepted {
            self.usual = Some(other.name);
        } else {
            self.other = Some(other);
        }
    }

    /// Whether one may have begun: two answers in a row that name another model.
    pub(super) fn may_change(&self) -> bool {
        self.usual.is_some() && self.other.as_ref().is_some_and(|other| other.in_a_row >= 2)
    }

    /// The change that is going on.
    pub(super) fn change(&self) -> Option<ModelChange> {
        let other = self.other.as_ref().filter(|other| other.in_a_row >= BELIEVED_AFTER)?;
        let usual = self.usual.clone()?;
        Some(ModelChange { since: other.since, usual, now: other.name.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(names: &[&str]) -> Option<ModelChange> {
        let mut seen = ModelSeen::default();
        for (second, name) in (0..).zip(names) {
            seen.observe(name, UnixMs(second * 15_000));
        }
        seen.change()
    }

    #[test]
    fn three_answers_in_a_row_by_another_model_are_a_change() {
        let changed = after(&["a", "a", "a", "b", "b", "b"]).unwrap();
        assert_eq!((changed.usual.as_str(), changed.now.as_str()), ("a", "b"));
        assert_eq!(changed.since, UnixMs(45_000));
        assert_eq!(after(&["a", "a", "a", "b", "b"]), None, "two may be a rollout that is undone");
        assert_eq!(after(&["a", "a", "a", "b", "a", "b", "b"]), None, "not in a row");
        assert_eq!(after(&["a", "b", "b", "b", "b"]), None, "nothing was usual before");
    }

    #[test]
    fn two_answers_in_a_row_by_another_model_are_worth_a_closer_look() {
        let may_change = |names: &[&str]| {
            let mut seen = ModelSeen::default();
            names.iter().for_each(|name| seen.observe(name, UnixMs(0)));
            seen.may_change()
        };
        assert!(may_change(&["a", "a", "a", "b", "b"]));
        assert!(!may_change(&["a", "a", "a", "b"]) && !may_change(&["b", "b"]));
        assert!(!may_change(&["a", "a", "a", "b", "b", "a"]));
    }

    #[test]
    fn a_model_that_stays_for_hours_is_the_usual_one() {
        let mut seen = ModelSeen::default();
        (0..3).for_each(|_| seen.observe("a", UnixMs(0)));
        (0..2_000).for_each(|probe| seen.observe("b", UnixMs(probe * 15_000)));
        assert_eq!(seen.change(), None);
    }
}
