//! What a platform's reader finds in a document, and the one way from there to a [`Reading`]:
//! drafts of one identity become one incident, components get the names and targets that the
//! configuration gives them, and what is out of scope is left out.

mod assembled;

use std::collections::HashMap;
use std::sync::Arc;

use changeover_domain::{ComponentState, Incident, PageComponent, TargetId};

use crate::assemble::{Affected, Draft, Start, assemble};
use crate::feed::{Feed, FeedEntry, ReadEntry};
use crate::reading::{gravity, page_from_incidents, worst};
use crate::{ComponentRule, Coverage, Platform, ReadContext, Reading, UnreadEntry};
pub(crate) use assembled::Assembled;

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
        let rules = Rules::new(context.components);
        let drafts = united(&self.drafts);
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
        let components = rules.page(self.components);
        let page = match self.page {
            Some(page) if !rules.narrows && !is_of_apps(&components, &incidents) => page,
            // On a shared page the own components speak, and one that is gone says nothing.
            Some(_) if components.is_empty() => ComponentState::Unknown,
            _ => of_serving(&components, &incidents),
        };
        let Self { coverage, newest_entry_only, flaps, .. } = self;
        let lists_all_open = self.lists_all_open || coverage == Coverage::OpenOnly;
        Reading {
            page,
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

/// The worst that is said of what serves us.
fn of_serving(components: &[PageComponent], incidents: &[Arc<Incident>]) -> ComponentState {
    let serving = components.iter().filter(|component| component.serves);
    let listed = serving.map(|component| component.state);
    let known = listed.filter(|state| *state != ComponentState::Operational);
    let concerning = incidents.iter().map(Arc::as_ref).filter(|incident| incident.concerns_api());
    worst(known.chain([page_from_incidents(concerning)]))
}

/// Whether the page's own colour may come from apps and consoles, which are no part of the API.
fn is_of_apps(components: &[PageComponent], incidents: &[Arc<Incident>]) -> bool {
    let ails = |one: &PageComponent| !one.serves && one.state != ComponentState::Operational;
    let apart = |one: &Arc<Incident>| one.is_open() && !one.concerns_api();
    components.iter().any(ails) || incidents.iter().any(apart)
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

/// What the configuration says of single components.
struct Rules<'a> {
    by_id: HashMap<&'a str, &'a ComponentRule>,
    /// Only the listed components count: the page is shared with others.
    narrows: bool,
}

impl<'a> Rules<'a> {
    fn new(rules: &'a [ComponentRule]) -> Self {
        Self {
            by_id: rules.iter().map(|rule| (rule.id.as_str(), rule)).collect(),
            narrows: rules.iter().any(|rule| rule.only),
        }
    }

    fn of(&self, id: Option<&str>) -> Option<&'a ComponentRule> {
        self.by_id.get(id?).copied()
    }

    /// Whether the component belongs to what is watched.
    fn concerns(&self, id: Option<&str>) -> bool {
        !self.narrows || self.of(id).is_some_and(|rule| rule.only)
    }

    fn name(&self, id: Option<&str>, name: String) -> String {
        self.of(id).and_then(|rule| rule.name.clone()).unwrap_or(name)
    }

    /// The draft with its components renamed; `None` when it is of no concern here.
    fn draft(&self, mut draft: Draft) -> Option<Draft> {
        draft.components.retain(|component| self.concerns(component.id.as_deref()));
        if self.narrows && draft.components.is_empty() {
            return None;
        }
        for component in &mut draft.components {
            let name = std::mem::take(&mut component.name);
            component.name = self.name(component.id.as_deref(), name);
        }
        Some(draft)
    }

    /// The incident with the targets that its components stand for.
    fn incident(&self, mut incident: Incident) -> Incident {
        self.place(&mut incident.components);
        let served = incident.components.iter().flat_map(|component| &component.targets);
        let served: Vec<TargetId> = served.cloned().collect();
        incident.targets.extend(served);
        incident.targets.sort();
        incident.targets.dedup();
        incident
    }

    /// Tells what the components are to us, and puts those that matter first: those of our targets,
    /// then what may be ours, then apps and consoles; the worst first among equals.
    fn place(&self, components: &mut [PageComponent]) {
        for component in components.iter_mut() {
            if let Some(rule) = self.of(component.id.as_deref()) {
                component.targets.clone_from(&rule.targets);
                component.serves = rule.serves;
            }
        }
        components.sort_by_cached_key(|one| {
            let gravity = std::cmp::Reverse(gravity(one.state));
            (!one.serves, one.targets.is_empty(), gravity)
        });
    }

    fn page(&self, mut components: Vec<PageComponent>) -> Vec<PageComponent> {
        components.retain(|component| self.concerns(component.id.as_deref()));
        for component in &mut components {
            let name = std::mem::take(&mut component.name);
            component.name = self.name(component.id.as_deref(), name);
        }
        self.place(&mut components);
        components
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::{ProviderId, SourceId, TargetId, UnixMs};

    use super::*;

    fn draft(native: &str, component: Option<&str>) -> Draft {
        let affected = |id: &str| Affected {
            id: Some(id.to_owned()),
            name: format!("Group - {id}"),
            state: ComponentState::MajorOutage,
        };
        Draft {
            native: native.to_owned(),
            start: Start::Stated(UnixMs(1)),
            components: component.map(affected).into_iter().collect(),
            ..Draft::default()
        }
    }

    fn reading(components: &[ComponentRule], drafts: Vec<Draft>) -> Reading {
        let source = SourceId::try_new("s").unwrap();
        let provider = ProviderId::try_new("p").unwrap();
        let context =
            ReadContext { components, ..ReadContext::new(&source, &provider, crate::tests::now()) };
        let listed = |id: &str| {
            PageComponent::new(Some(id.to_owned()), id.to_owned(), ComponentState::Operational)
        };
        let findings = Findings {
            page: Some(ComponentState::MajorOutage),
            components: vec![listed("a"), listed("b")],
            drafts: drafts.into_iter().map(Arc::new).collect(),
            ..Findings::new(Coverage::OpenOnly)
        };
        findings.reading(context, None)
    }

    fn rule(id: &str, only: bool) -> ComponentRule {
        ComponentRule {
            id: id.to_owned(),
            name: Some("Ours".to_owned()),
            targets: vec![TargetId::try_new("large").unwrap()],
            serves: true,
            only,
        }
    }

    #[test]
    fn a_component_is_renamed_and_mapped_by_its_id() {
        let reading = reading(&[rule("a", false)], vec![draft("x", Some("a"))]);
        let incident = &reading.incidents[0];
        assert_eq!(incident.components[0].name, "Ours");
        assert_eq!(incident.targets[0].as_str(), "large");
        assert_eq!(reading.components.len(), 2, "nothing is left out");
    }

    #[test]
    fn trouble_of_apps_alone_does_not_colour_the_api() {
        let app = ComponentRule { serves: false, targets: vec![], ..rule("b", false) };
        let of_app = reading(std::slice::from_ref(&app), vec![draft("x", Some("b"))]);
        assert_eq!(of_app.page, ComponentState::Operational, "though the page calls it an outage");
        assert_eq!(of_app.components[1].id.as_deref(), Some("b"), "what serves comes first");
        assert_eq!(of_app.incidents.len(), 1, "it is shown all the same");
        let both = vec![draft("x", Some("b")), draft("y", Some("a"))];
        assert_eq!(reading(&[app], both).page, ComponentState::MajorOutage);
        let unexplained = reading(&[ComponentRule { serves: false, ..rule("c", false) }], vec![]);
        assert_eq!(unexplained.page, ComponentState::MajorOutage, "the page is believed");
    }

    #[test]
    fn on_a_shared_page_only_the_own_component_counts() {
        let drafts = vec![draft("theirs", Some("b")), draft("nobodys", None)];
        let quiet = reading(&[rule("a", true)], drafts);
        assert_eq!(quiet.incidents, [], "a neighbour's incident is none of ours");
        assert_eq!(quiet.page, ComponentState::Operational, "nor is the page's own colour");
        assert_eq!(quiet.components.len(), 1);
        let ours = reading(&[rule("a", true)], vec![draft("ours", Some("a"))]);
        assert_eq!(ours.page, ComponentState::MajorOutage);
    }

    #[test]
    fn a_component_that_the_page_no_longer_has_is_not_called_operational() {
        let reading = reading(&[rule("gone", true)], Vec::new());
        assert_eq!(reading.page, ComponentState::Unknown);
    }
}
