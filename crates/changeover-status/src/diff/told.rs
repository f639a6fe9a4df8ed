//! A transition under a name that stays: the same step of the same incident is told once, also by a
//! program that was started anew.

use changeover_domain::{Incident, IncidentState, StatusTransition, UnixMs};
use sha2::{Digest as _, Sha256};

use super::Transition;

impl Transition {
    /// As it is kept and passed on. `incident` is the transition's own, as the console knows it.
    #[must_use]
    pub fn told(&self, incident: Incident, at: UnixMs) -> StatusTransition {
        let event = incident.event.clone().unwrap_or_else(|| incident.id.clone());
        let by_absence = self.is_by_absence();
        StatusTransition { id: self.name(), at, step: self.step(), event, by_absence, incident }
    }

    /// Made of what the step says, and not of when it was read.
    fn name(&self) -> String {
        let incident = self.incident();
        let mut hash = Sha256::new();
        let mut add = |part: &str| {
            hash.update(part.as_bytes());
            hash.update([0]);
        };
        add(incident.id.source.as_str());
        add(&incident.id.native);
        add(&format!("{:?} {:?} {:?}", self.step(), incident.state, incident.impact));
        add(&incident.title);
        if let Some(planned) = incident.maintenance {
            add(&format!("{planned:?}"));
        }
        if self.is_by_absence() || incident.state == IncidentState::LeftPage {
            add(&format!("{:?}", incident.ended_at));
        }
        for update in incident.updates.iter().rev().take(20) {
            add(&format!("{:?} {:?}", update.at.floor_to_minute(), update.state));
            update.text.split_whitespace().for_each(&mut add);
        }
        let digest = hash.finalize();
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}
