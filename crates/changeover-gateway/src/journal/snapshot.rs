//! The first line of a journal that has been compacted: what the lines said that are gone.
//!
//! The chain goes on from it: it bears the number and the hash of the last link that is no longer
//! kept, so what follows is verified as before, and whoever has a copy of the older links can tell
//! that nothing was slipped in between. A seal over the whole line shows if it was altered.

use std::collections::BTreeMap;

use changeover_domain::admin::{ChangeDetails, Effective};
use changeover_domain::{Generation, RouteId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::ChainHead;
use super::record::{Answered, LoadedRoute, Record};

/// How many answers to idempotency keys are kept. A console asks again within minutes.
const ANSWERS_KEPT: usize = 128;

/// A snapshot with the hash that it must bear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    snapshot: Snapshot,
    seal: String,
}

/// What the lines that are gone amounted to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snapshot {
    pub(crate) generation: Generation,
    /// The last link that is no longer kept.
    pub(crate) head: ChainHead,
    pub(crate) routes: Vec<LoadedRoute>,
    /// What each route did at last.
    pub(crate) effective: BTreeMap<RouteId, Effective>,
    /// The latest answers, oldest first.
    pub(crate) answered: Vec<Answered>,
}

impl Snapshot {
    /// Takes up the line that follows.
    pub(super) fn fold(&mut self, record: Record) {
        self.generation = record.generation;
        for loaded in record.routes {
            self.routes.retain(|earlier| earlier.route != loaded.route);
            self.routes.push(loaded);
        }
        for entry in record.entries {
            self.head = ChainHead { sequence: entry.sequence, hash: entry.hash };
            let details = serde_json::from_value::<ChangeDetails>(entry.details).ok();
            let route = RouteId::try_new(entry.subject).ok();
            if let (Some(details), Some(route)) = (details, route) {
                self.effective.insert(route, details.after);
            }
        }
        self.answered.extend(record.answered);
        let too_many = self.answered.len().saturating_sub(ANSWERS_KEPT);
        self.answered.drain(..too_many);
    }

    pub(super) fn sealed(self) -> Sealed {
        Sealed { seal: self.seal(), snapshot: self }
    }

    fn seal(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Sealed {
    /// How a line begins that is one; records begin otherwise.
    pub(super) const BEGINS: &[u8] = b"{\"snapshot\":";

    pub(super) fn opened(self) -> Result<Snapshot, String> {
        if self.seal == self.snapshot.seal() {
            Ok(self.snapshot)
        } else {
            Err("the snapshot does not bear the seal that it must".to_owned())
        }
    }
}
