//! What a platform's reader finds in a document, and the one way from there to a [`Reading`]:
//! drafts of one identity become one incident, components get the names and targets that the
//! configuration gives them, and what is out of scope is left out.

mod assembled;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use changeover_domain::{ComponentState, PageComponent};

use crate::assemble::{Affected, Draft, Start, assemble};
use crate::feed::{Feed, FeedEntry, ReadEntry};
use crate::reading::Stated;
use crate::{Coverage, Platform, ReadContext, Reading, UnreadEntry};
pub(crate) use assembled::Assembled;
use rules::Rules;

/// A document as its platform means it.
#[derive(Debug)]
pub(crate) struct Findings {
    /// The worst that it says; `None` where its open incidents are all that it says.
    pub(crate) page: Option<ComponentState>,
    pub(crate) components: Vec<PageComponent>,
    pub(crate) drafts: Vec<Arc<Draft>>,
    pub(crate) unread: Vec<UnreadEntry>,
    pub(crate) coverage: Coverage,
    /// It is a history that leaves out nothing that is open.
    pub(crate) lists_all_open: bool,
    pub(crate) newest_entry_only: bool,
    pub(crate) flaps: bool,
}

impl Findings {
    pub(crate) fn new(coverage: Coverage) -> Self {
        Self {
            page: None,
            components: Vec::new(),
            drafts: Vec::new(),
            unread: Vec::new(),
            coverage,
            lists_all_open: false,
            newest_entry_only: false,
            flaps: false,
        }
    }

    /// Keeps the draft, or why there is none.
    pub(crate) fn take(&mut self, title: &str, draft: Result<Draft, &'static str>) {
        match draft {
            Ok(draft) => self.drafts.push(Arc::new(draft)),
            Err(reason) => self.unread.push(UnreadEntry::new(title, reason)),
        }
    }

    /// Reads a feed of which each entry is read by itself.
    pub(crate) fn take_entries(&mut self, platform: Platform, feed: &Feed, read: ReadEntry) {
        for entry in &feed.entries {
            match entry.draft(platform, feed, read) {
                Ok(draft) => self.drafts.push(draft),
                Err(reason) => self.pass_over(entry, reason),
            }
        }
    }

    /// Keeps why there is no draft of an entry.
    pub(crate) fn pass_over(&mut self, entry: &FeedEntry, reason: &str) {
        let reason = match &entry.unread_date {
            Some(date) => {
                let date: String = date.chars().take(60).collect();
                format!("its date `{date}` cannot be read")
            }
            None => reason.to_owned(),
        };
        self.unread.push(UnreadEntry::new(&entry.plain_title(), &reason));
    }

    /// The reading, for the page that `context` speaks of. With a memory of what was assembled for the
    /// same page before, what is made of the same is not made again.
    pub(crate) fn reading(
        self,
        context: ReadContext<'_>,
        memory: Option<&mut Assembled>,
    ) -> Reading {
        let rules = Rules::new(context);
        let drafts = united(&self.drafts);
        let components = rules.page(self.components);
        // A shared page that tells of what is open and neither there nor elsewhere whose it is.
        let is_untold = |draft: &Arc<Draft>| rules.is_untold(draft);
        let hides =
            components.is_empty() && drafts.iter().any(|one| is_untold(one) && !one.is_over());
        let coverage = match self.coverage {
            // What is left out of a history for that has not left the page.
            Coverage::History if drafts.iter().any(is_untold) => Coverage::NotGiven,
            coverage => coverage,
        };
        let before = memory.as_deref();
        let (mut assembled, mut unread) = (Assembled::default(), self.unread);
        for draft in drafts {
            if let Some(incident) = before.and_then(|before| before.of(&draft)) {
                assembled.keep(draft, incident);
                continue;
            }
            let Some(ruled) = rules.draft(Draft::clone(&draft)) else { continue };
            match assemble(context, ruled) {
                Ok(incident) => assembled.keep(draft, Arc::new(rules.incident(incident))),
                Err(reason) => unread.push(UnreadEntry::new(&draft.title, reason)),
            }
        }
        let incidents = assembled.incidents();
        if let Some(memory) = memory {
            *memory = assembled;
        }
        let stated = match self.page {
            _ if hides => Stated::NotWhose,
            Some(_) if rules.narrows() => Stated::Shared,
            Some(word) => Stated::Whole(word),
            None => Stated::Nothing,
        };
        let Self { newest_entry_only, flaps, .. } = self;
        let lists_all_open = self.lists_all_open || coverage == Coverage::OpenOnly;
        Reading {
            page: ComponentState::Unknown,
            stated,
            components,
            incidents,
            coverage,
            lists_all_open,
            newest_entry_only,
            flaps,
            unread,
        }
        .finish()
    }
}

/// One draft for each identity.
fn united(drafts: &[Arc<Draft>]) -> Vec<Arc<Draft>> {
    let mut once: Vec<Arc<Draft>> = Vec::with_capacity(drafts.len());
    let mut by_native: HashMap<&str, usize> = HashMap::with_capacity(drafts.len());
    for draft in drafts {
        match by_native.get(draft.native.as_str()).and_then(|at| once.get_mut(*at)) {
            Some(known) => unite(Arc::make_mut(known), Draft::clone(draft)),
            None => {
                by_native.insert(&draft.native, once.len());
                once.push(Arc::clone(draft));
            }
        }
    }
    once
}

/// Two drafts of one identity are one incident; the newer one names it and gives its state.
fn unite(known: &mut Draft, other: Draft) {
    let newest = |draft: &Draft| draft.updates.iter().map(|update| update.at).max();
    let (older, newer) = if newest(&other) > newest(known) {
        (std::mem::take(known), other)
    } else {
        (other, std::mem::take(known))
    };
    let mut components = newer.components;
    for component in older.components {
        let is_known = |one: &Affected| one.name == component.name && one.id == component.id;
        if !components.iter().any(is_known) {
            components.push(component);
        }
    }
    *known = Draft {
        state: newer.state.or(older.state),
        severity: newer.severity.or(older.severity),
        impact: newer.impact.or(older.impact),
        start: earlier(older.start, newer.start),
        end: newer.end.or(older.end),
        plan: newer.plan.or(older.plan),
        components,
        course: [older.course, newer.course].concat(),
        updates: [newer.updates, older.updates].concat(),
        url: newer.url.or(older.url),
        native: newer.native,
        title: newer.title,
    };
}

fn earlier(a: Start, b: Start) -> Start {
    match (a, b) {
        (Start::Stated(a), Start::Stated(b)) => Start::Stated(a.min(b)),
        (Start::Created(a), Start::Created(b)) => Start::Created(a.min(b)),
        (stated @ Start::Stated(_), _) | (_, stated @ Start::Stated(_)) => stated,
        (Start::NewestUpdate, other) | (other, Start::NewestUpdate) => other,
        (Start::OldestUpdate, other) => other,
        (known, _) => known,
    }
}
