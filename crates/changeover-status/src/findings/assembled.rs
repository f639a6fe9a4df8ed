//! The incidents of one page by the drafts that they were assembled from. The same draft of the same
//! page is the same incident, so what is made of entries that did not change is made once.
//!
//! A draft is known by its address: both are kept, so that no other draft can come to stand there.

use std::collections::HashMap;
use std::sync::Arc;

use changeover_domain::Incident;

use crate::assemble::Draft;

/// What was assembled at one reading.
#[derive(Debug, Default)]
pub(crate) struct Assembled {
    /// In the order of the document.
    kept: Vec<(Arc<Draft>, Arc<Incident>)>,
    by_address: HashMap<usize, usize>,
}

impl Assembled {
    /// What was assembled from this very draft.
    pub(super) fn of(&self, draft: &Arc<Draft>) -> Option<Arc<Incident>> {
        let place = self.by_address.get(&Arc::as_ptr(draft).addr())?;
        self.kept.get(*place).map(|(_, incident)| Arc::clone(incident))
    }

    pub(super) fn keep(&mut self, draft: Arc<Draft>, incident: Arc<Incident>) {
        self.by_address.insert(Arc::as_ptr(&draft).addr(), self.kept.len());
        self.kept.push((draft, incident));
    }

    pub(super) fn incidents(&self) -> Vec<Arc<Incident>> {
        self.kept.iter().map(|(_, incident)| Arc::clone(incident)).collect()
    }
}
