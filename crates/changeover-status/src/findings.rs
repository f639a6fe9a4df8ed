//! What a platform's reader finds in a document, and the one way from there to a [`Reading`]:
//! drafts of one identity become one incident, components get the names and targets that the
//! configuration gives them, and what is out of scope is left out.

use std::collections::HashMap;

use changeover_domain::{ComponentState, Incident, PageComponent, TargetId};

use crate::assemble::{Affected, Draft, Start, assemble};
use crate::feed::FeedEntry;
use crate::reading::{gravity, page_from_incidents, worst};
use crate::{ComponentRule, Coverage, ReadContext, Reading, UnreadEntry};

/// A document as its platform means it.
#[derive(Debug)]
pub(crate) struct Findings {
    /// The worst that it says; `None` where its open incidents are all that it says.
    pub(crate) page: Option<ComponentState>,
    pub(crate) components: Vec<PageComponent>,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) unread: Vec<UnreadEntry>,
    pub(crate) coverage: Coverage,
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
            newest_entry_only: false,
            flaps: false,
        }
    }

    /// Keeps the draft, or why there is none.
    pub(crate) fn take(&mut self, title: &str, draft: Result<Draft, &'static str>) {
        match draft {
            Ok(draft) => self.drafts.push(draft),
            Err(reason) => self.unread.push(UnreadEntry::new(title, reason)),
        }
    }

    /// Keeps the draft of an entry, or why there is none.
    pub(crate) fn take_entry(&mut self, entry: &FeedEntry, draft: Result<Draft, &'static str>) {
        let title = entry.plain_title();
        match (draft, &entry.unread_date) {
            (Err(_), Some(date)) => {
                let date: String = date.chars().take(60).collect();
                self.unread
                    .push(UnreadEntry::new(&title, &format!("its date `{date}` cannot be read")));
            }
            (draft, _) => self.take(&title, draft),
        }
    }

    /// The reading, for the page that `context` speaks of.
    pub(crate) fn reading(self, context: ReadContext<'_>) -> Reading {
        let rules = Rules::new(context.components);
        let mut unread = self.unread;
        let mut incidents = Vec::new();
        for draft in united(self.drafts) {
            let Some(draft) = rules.draft(draft) else { continue };
            let title = draft.title.clone();
            match assemble(context, draft) {
                Ok(incident) => incidents.push(rules.incident(incident)),
                Err(reason) => unread.push(UnreadEntry::new(&title, reason)),
            }
        }
        let components = rules.page(self.components);
        let page = match self.page {
            Some(page) if !rules.narrows && !is_of_apps(&components, &incidents) => page,
            // On a shared page the own components speak, and one that is gone says nothing.
            Some(_) if components.is_empty() => ComponentState::Unknown,
            _ => {
                let serving = components.iter().filter(|component| component.serves);
                let listed = serving.map(|component| component.state);
                let known = listed.filter(|state| *state != ComponentState::Operational);
                let concerning = incidents.iter().filter(|incident| incident.concerns_api());
                worst(known.chain([page_from_incidents(concerning)]))
            }
        };
        let Self { coverage, newest_entry_only, flaps, .. } = self;
        Reading { page, components, incidents, coverage, newest_entry_only, flaps, unread }.finish()
    }
}

/// Whether the page's own colour may come from apps and consoles, which are no part of the API.
fn is_of_apps(components: &[PageComponent], incidents: &[Incident]) -> bool {
    let ails = |one: &PageComponent| !one.serves && one.state != ComponentState::Operational;
    let apart = |one: &Incident| one.is_open() && !one.concerns_api();
    components.iter().any(ails) || incidents.iter().any(apart)
}

/// One draft for each identity.
fn united(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut once: Vec<Draft> = Vec::new();
    let mut by_native: HashMap<String, usize> = HashMap::new();
    for draft in drafts {
        match by_native.get(&draft.native).and_then(|at| once.get_mut(*at)) {
            Some(known) => unite(known, draft),
            None => {
                by_native.insert(draft.native.clone(), once.len());
                once.push(draft);
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
        let context = ReadContext { components, ..ReadContext::new(&source, &provider) };
        let listed = |id: &str| {
            PageComponent::new(Some(id.to_owned()), id.to_owned(), ComponentState::Operational)
        };
        let findings = Findings {
            page: Some(ComponentState::MajorOutage),
            components: vec![listed("a"), listed("b")],
            drafts,
            ..Findings::new(Coverage::OpenOnly)
        };
        findings.reading(context)
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
