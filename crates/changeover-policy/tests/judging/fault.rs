//! What can be wrong in the world.

use changeover_domain::{ComponentState, FailureClass};

use crate::world::Spec;

/// Whom a fault hits.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hits {
    Target(&'static str),
    Provider(&'static str),
    Region(&'static str),
}

impl Hits {
    pub(crate) fn hits(self, spec: &Spec) -> bool {
        match self {
            Self::Target(id) => spec.id == id,
            Self::Provider(provider) => spec.provider == provider,
            Self::Region(region) => spec.region == Some(region),
        }
    }
}

/// Who sees a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SeenBy {
    Both,
    Probes,
    Traffic,
}

/// What our own network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum OwnNetworkFault {
    #[default]
    None,
    /// Nothing leaves the house; gateways are not heard either.
    Gone,
    /// Names are not resolved, of anybody; gateways are in the same house.
    Resolver,
    /// Something in between breaks every TLS connection.
    Tls,
}

/// One thing that is wrong from the world's onset to its end.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) hits: Hits,
    pub(crate) seen_by: SeenBy,
    pub(crate) errors: Vec<(FailureClass, f64)>,
    pub(crate) latency: f64,
    pub(crate) throughput: f64,
    pub(crate) answered_model: Option<&'static str>,
    /// The limits that are left, percent.
    pub(crate) headroom: Option<u8>,
}

/// Nothing wrong yet, for whom it will hit.
pub(crate) fn on(hits: Hits) -> Fault {
    Fault {
        hits,
        seen_by: SeenBy::Both,
        errors: Vec::new(),
        latency: 1.0,
        throughput: 1.0,
        answered_model: None,
        headroom: None,
    }
}

impl Fault {
    pub(crate) fn errors(mut self, class: FailureClass, share: f64) -> Self {
        self.errors.push((class, share));
        self
    }

    pub(crate) fn latency(self, latency: f64) -> Self {
        Self { latency, ..self }
    }

    pub(crate) fn throughput(self, throughput: f64) -> Self {
        Self { throughput, ..self }
    }

    pub(crate) fn model(self, model: &'static str) -> Self {
        Self { answered_model: Some(model), ..self }
    }

    pub(crate) fn headroom(self, percent: u8) -> Self {
        Self { headroom: Some(percent), ..self }
    }

    pub(crate) fn seen_by(self, seen_by: SeenBy) -> Self {
        Self { seen_by, ..self }
    }
}

/// Everything that is wrong.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) faults: Vec<Fault>,
    pub(crate) network: OwnNetworkFault,
    /// What the page of a provider says, and whether it has an incident open.
    pub(crate) page: Option<(&'static str, ComponentState, bool)>,
}

impl From<Fault> for Script {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault], ..Self::default() }
    }
}
