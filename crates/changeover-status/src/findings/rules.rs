//! What the configuration says of single components of a page: their names, whom they serve, and on a
//! page that others share which of them count.
//!
//! A component is known by its id, which stays when it is renamed. Where the page gives none, or none
//! is known, by one of the names that it has had. Where no rule speaks of a component whose name is a
//! model's, it stands for that model.

use std::collections::HashMap;

use changeover_domain::{ComponentState, Incident, PageComponent, TargetId};

use crate::assemble::{Affected, Draft};
use crate::reading::gravity;
use crate::{ComponentRule, ModelNames, ReadContext};

/// The rules of one page.
pub(super) struct Rules<'a> {
    by_id: HashMap<&'a str, &'a ComponentRule>,
    /// In lower case.
    by_name: HashMap<String, &'a ComponentRule>,
    /// Only the listed components count: the page is shared with others.
    narrows: bool,
    names: &'a ModelNames,
}

impl<'a> Rules<'a> {
    pub(super) fn new(context: ReadContext<'a>) -> Self {
        let rules = context.components;
        let ids = rules.iter().filter_map(|rule| Some((rule.id.as_deref()?, rule)));
        let names = rules.iter().flat_map(|rule| {
            let names = rule.was.iter().chain(&rule.name);
            names.map(move |name| (key(name), rule))
        });
        Self {
            by_id: ids.collect(),
            by_name: names.collect(),
            narrows: rules.iter().any(|rule| rule.only),
            names: context.names,
        }
    }

    /// Whether only some of the page counts.
    pub(super) fn narrows(&self) -> bool {
        self.narrows
    }

    fn of(&self, id: Option<&str>, name: &str) -> Option<&'a ComponentRule> {
        if let Some(rule) = id.and_then(|id| self.by_id.get(id)) {
            return Some(rule);
        }
        if self.by_name.is_empty() {
            return None;
        }
        let named = self.by_name.get(&key(name)).copied();
        // Another id is another component, whatever its name.
        named.filter(|rule| id.is_none() || rule.id.is_none())
    }

    /// Whether the component belongs to what is watched.
    fn concerns(&self, id: Option<&str>, name: &str) -> bool {
        !self.narrows || self.of(id, name).is_some_and(|rule| rule.only)
    }

    fn rename(&self, id: Option<&str>, name: &mut String) {
        if let Some(shown) = self.of(id, name).and_then(|rule| rule.name.clone()) {
            *name = shown;
        }
    }

    /// Whether a draft on a shared page does not say whose it is.
    pub(super) fn is_untold(&self, draft: &Draft) -> bool {
        self.narrows && draft.components.is_empty() && self.titled(draft).is_none()
    }

    /// The component of ours by whose name a draft without any is called.
    fn titled(&self, draft: &Draft) -> Option<&'a ComponentRule> {
        let title = key(&draft.title);
        let named = |(name, _): &(&String, &&ComponentRule)| {
            title.match_indices(name.as_str()).any(|(at, found)| {
                let (before, rest) = title.split_at(at);
                let behind = rest.strip_prefix(found).unwrap_or_default();
                !before.ends_with(char::is_alphanumeric)
                    && !behind.starts_with(char::is_alphanumeric)
            })
        };
        let mut ours = self.by_name.iter().filter(|(_, rule)| rule.only);
        ours.find(named).map(|(_, rule)| *rule)
    }

    /// The draft with its components renamed; `None` when it is of no concern here.
    pub(super) fn draft(&self, mut draft: Draft) -> Option<Draft> {
        if self.narrows && draft.components.is_empty() {
            let rule = self.titled(&draft)?;
            let name = rule.name.as_ref().or(rule.was.first()).cloned().unwrap_or_default();
            let id = rule.id.clone();
            draft.components.push(Affected { id, name, state: ComponentState::Unknown });
        }
        draft.components.retain(|one| self.concerns(one.id.as_deref(), &one.name));
        if self.narrows && draft.components.is_empty() {
            return None;
        }
        for component in &mut draft.components {
            self.rename(component.id.as_deref(), &mut component.name);
        }
        Some(draft)
    }

    /// The incident with the targets that its components stand for.
    pub(super) fn incident(&self, mut incident: Incident) -> Incident {
        self.place(&mut incident.components);
        let served = incident.components.iter().flat_map(|component| &component.targets);
        let served: Vec<TargetId> = served.cloned().collect();
        incident.targets.extend(served);
        incident.targets.sort();
        incident.targets.dedup();
        incident
    }

    /// The components of the page that are of concern.
    pub(super) fn page(&self, mut components: Vec<PageComponent>) -> Vec<PageComponent> {
        components.retain(|component| self.concerns(component.id.as_deref(), &component.name));
        for component in &mut components {
            self.rename(component.id.as_deref(), &mut component.name);
        }
        self.place(&mut components);
        components
    }

    /// Tells what the components are to us, and puts those that matter first: those of our targets,
    /// then what may be ours, then what serves none of them; the worst first among equals.
    fn place(&self, components: &mut [PageComponent]) {
        for component in components.iter_mut() {
            let (targets, serves) = match self.of(component.id.as_deref(), &component.name) {
                Some(rule) => (rule.targets.clone(), rule.serves),
                None => {
                    let (targets, is_theirs) = self.names.of_component(&component.name);
                    (targets, !is_theirs)
                }
            };
            component.targets = targets;
            // What an incident says of others' models is not said of ours.
            component.serves = component.serves && serves;
        }
        components.sort_by_cached_key(|one| {
            let gravity = std::cmp::Reverse(gravity(one.state));
            (!one.serves, one.targets.is_empty(), gravity)
        });
    }
}

fn key(name: &str) -> String {
    name.trim().to_lowercase()
}
