//! Idempotency keys of accepted changes, with what was answered.
//!
//! A refusal is not kept: asking again under the same key asks anew.

use std::collections::{HashMap, VecDeque};

use crate::journal::{Answered, Replay};

/// How many keys are kept; the oldest is forgotten first.
const KEPT: usize = 1_024;

/// The latest keys.
#[derive(Debug, Default)]
pub(crate) struct AnsweredKeys {
    by_key: HashMap<String, Answered>,
    order: VecDeque<String>,
}

impl AnsweredKeys {
    /// The keys that the journal knows.
    pub(crate) fn replayed(replay: &Replay) -> Self {
        let mut keys = Self::default();
        let older = replay.snapshot.iter().flat_map(|snapshot| &snapshot.answered);
        let later = replay.records.iter().filter_map(|record| record.answered.as_ref());
        for answered in older.chain(later) {
            keys.remember(answered.clone());
        }
        keys
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Answered> {
        self.by_key.get(key)
    }

    pub(crate) fn remember(&mut self, answered: Answered) {
        self.order.push_back(answered.key.clone());
        self.by_key.insert(answered.key.clone(), answered);
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_key.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::UnixMs;

    use super::*;

    #[test]
    fn the_oldest_key_is_forgotten_first() {
        let mut keys = AnsweredKeys::default();
        for number in 0..=KEPT {
            keys.remember(Answered {
                key: number.to_string(),
                digest: String::new(),
                at: UnixMs(0),
                etag: String::new(),
                body: String::new(),
            });
        }
        assert!(keys.get("0").is_none(), "memory is bounded");
        assert!(keys.get("1").is_some() && keys.get(&KEPT.to_string()).is_some());
    }
}
