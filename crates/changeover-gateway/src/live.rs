//! The configuration in force, as one whole.
//!
//! A request takes it once, when it arrives, and keeps it to its end: a reload changes nothing for
//! what is under way, and no request sees half of an old and half of a new configuration.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use changeover_config::ProviderAccess;
use changeover_cost::PriceBook;
use changeover_domain::{Nanodollars, Route, RouteId, Target, TargetId, TokenUsage, UnixMs};

use crate::cache::AnsweredBy;
use crate::settings::{Caller, GatewaySettings, ServingSettings};

/// One configuration, ready for use.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) settings: GatewaySettings,
    prices: PriceBook,
    targets: BTreeMap<TargetId, LiveTarget>,
    serving: BTreeMap<RouteId, Arc<ServingSettings>>,
    usual_serving: Arc<ServingSettings>,
    answered_by: HashMap<RouteId, AnsweredBy>,
    /// Who may ask, as the settings have it.
    pub(crate) callers: Vec<Arc<Caller>>,
}

/// A target beside its provider.
#[derive(Debug, Clone)]
pub(crate) struct LiveTarget {
    pub(crate) target: Arc<Target>,
    pub(crate) access: Arc<ProviderAccess>,
}

impl Live {
    pub(crate) fn new(settings: GatewaySettings) -> Self {
        let catalogue = &settings.catalogue;
        let providers: HashMap<_, _> = catalogue
            .providers
            .iter()
            .map(|access| (access.provider.id.clone(), Arc::new(access.clone())))
            .collect();
        let targets = catalogue
            .targets
            .iter()
            .filter_map(|target| {
                let access = Arc::clone(providers.get(&target.provider)?);
                let target = Arc::new(target.clone());
                Some((target.id.clone(), LiveTarget { target, access }))
            })
            .collect();
        let serving = settings
            .serving
            .iter()
            .map(|(route, serving)| (route.clone(), Arc::new(serving.clone())))
            .collect();
        let prices = PriceBook::new(catalogue.prices.clone());
        let answered_by = catalogue
            .routes
            .iter()
            .map(|route| (route.id.clone(), answered_by(&settings, route)))
            .collect();
        let callers = settings.callers.iter().cloned().map(Arc::new).collect();
        let usual_serving = Arc::default();
        Self { prices, targets, serving, usual_serving, answered_by, callers, settings }
    }

    /// The target of this id, if the configuration has it.
    pub(crate) fn target(&self, id: &TargetId) -> Option<&LiveTarget> {
        self.targets.get(id)
    }

    /// How a route is served.
    pub(crate) fn serving(&self, route: &RouteId) -> &Arc<ServingSettings> {
        self.serving.get(route).unwrap_or(&self.usual_serving)
    }

    /// By whom a route's questions are answered, and how their answers are judged and kept.
    pub(crate) fn answered_by(&self, route: &RouteId) -> AnsweredBy {
        self.answered_by.get(route).copied().unwrap_or_default()
    }

    /// What `usage` cost at a target at that time; `None` where one of its kinds of token has no price
    /// that is known.
    pub(crate) fn cost(
        &self,
        target: &TargetId,
        usage: TokenUsage,
        at: UnixMs,
    ) -> Option<Nanodollars> {
        let LiveTarget { target, access } = self.target(target)?;
        self.prices.cost(&access.provider, target, usage, at)
    }
}

/// What could make a kept answer of this route another one than would be given now: its targets with
/// their providers, the judging of answers, and how long they are kept. Keys of providers are not
/// among it: a key that was renewed changes no answer.
fn answered_by(settings: &GatewaySettings, route: &Route) -> AnsweredBy {
    let catalogue = &settings.catalogue;
    let targets = route.targets.iter().map(|id| {
        let target = catalogue.target(id);
        let access = target.and_then(|target| catalogue.provider(&target.provider));
        format!("{target:?} {:?}", access.map(|access| &access.provider))
    });
    let serving = settings.serving.get(&route.id).map(|serving| {
        let ServingSettings { validation, cache, .. } = serving;
        format!("{validation:?} {cache:?}")
    });
    AnsweredBy::of(targets.chain(serving))
}

/// Where the configuration in force is kept.
#[derive(Debug)]
pub(crate) struct LiveCell(RwLock<Arc<Live>>);

impl LiveCell {
    pub(crate) fn new(live: Live) -> Self {
        Self(RwLock::new(Arc::new(live)))
    }

    /// The configuration in force now.
    pub(crate) fn get(&self) -> Arc<Live> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another in force.
    pub(crate) fn set(&self, live: Live) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(live);
    }
}
