//! Whether a change of overrides may be made, and what it would do.
//!
//! The same assessment serves a plan and a change, so a plan never promises what a change then
//! refuses. Not for disks: what is accepted here becomes true only when it is written.

use changeover_domain::admin::{InterlockCheck, OverridePut, RoutePlan};
use changeover_domain::{AuditAction, Generation, Override, RouteId, TargetId, UnixMs};
use changeover_policy::interlock;

use super::{Board, Draft, RouteBoard};
use crate::journal::LoadedRoute;

/// The highest generation that is taken: consoles keep it in a database's signed integer.
const HIGHEST_GENERATION: Generation = Generation(i64::MAX.unsigned_abs());

/// What somebody asks of one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RouteChange {
    pub(crate) route: RouteId,
    pub(crate) wanted: Wanted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    Put(OverridePut),
    /// Back to auto.
    Clear {
        holder: String,
        reason: String,
        generation: Option<Generation>,
    },
}

impl Wanted {
    fn generation(&self) -> Option<Generation> {
        match self {
            Self::Put(put) => put.generation,
            Self::Clear { generation, .. } => *generation,
        }
    }

    pub(crate) fn holder(&self) -> &str {
        match self {
            Self::Put(put) => &put.holder,
            Self::Clear { holder, .. } => holder,
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Put(put) => &put.reason,
            Self::Clear { reason, .. } => reason,
        }
    }
}

/// Why a change is not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnknownRoute {
        detail: String,
    },
    Unprocessable {
        detail: String,
    },
    Stale {
        detail: String,
        changed_by: Option<String>,
        changed_at: Option<UnixMs>,
    },
    Interlock {
        checks: Vec<InterlockCheck>,
    },
    IdempotencyConflict,
    StorageFailed {
        detail: String,
    },
    /// The gateway is going down.
    Stopping,
}

impl Refusal {
    /// In words, as a plan lists it.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::UnknownRoute { detail }
            | Self::Unprocessable { detail }
            | Self::Stale { detail, .. }
            | Self::StorageFailed { detail } => detail.clone(),
            Self::Interlock { checks } => checks
                .iter()
                .map(|check| format!("interlock `{}`: {}", check.name, check.detail))
                .collect::<Vec<_>>()
                .join("; "),
            Self::IdempotencyConflict => {
                "this idempotency key was used for another change: take a new one".to_owned()
            }
            Self::Stopping => "the gateway is stopping: ask it again when it is back".to_owned(),
        }
    }
}

/// A change that was looked at: the plan, and what stands against it.
#[derive(Debug)]
pub(crate) struct Assessment {
    pub(crate) plan: RoutePlan,
    pub(crate) refusals: Vec<Refusal>,
    broken: Vec<String>,
}

/// A change that may be made: what to write and what to load.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    /// The gateway's generation once it is in force.
    pub(crate) generation: Generation,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) loaded: Vec<LoadedRoute>,
}

impl Board {
    /// Looks at a change without making it.
    pub(crate) fn assess(&self, change: &RouteChange, now: UnixMs) -> Result<Assessment, Refusal> {
        let Some(route) = self.route(&change.route) else {
            let known: Vec<&str> = self.route_ids().map(RouteId::as_str).collect();
            return Err(Refusal::UnknownRoute {
                detail: format!(
                    "there is no route `{}`; known: {}",
                    change.route,
                    known.join(", ")
                ),
            });
        };
        Ok(assess_on(route, change, now))
    }

    /// Looks at several changes as one, for making them.
    pub(crate) fn accept(
        &self,
        changes: &[RouteChange],
        token: &str,
        now: UnixMs,
    ) -> Result<Accepted, Refusal> {
        let mut accepted = Accepted { generation: self.generation.next(), ..Accepted::default() };
        for change in changes {
            if accepted.loaded.iter().any(|done| done.route == change.route) {
                return Err(Refusal::Unprocessable {
                    detail: format!("the route `{}` stands twice: name it once", change.route),
                });
            }
            let mut assessment = self.assess(change, now)?;
            if !assessment.refusals.is_empty() {
                return Err(assessment.refusals.swap_remove(0));
            }
            let (draft, loaded) = written(change, assessment, token, now);
            let moved = draft.move_it_causes();
            accepted.drafts.push(draft);
            accepted.drafts.extend(moved);
            accepted.loaded.push(loaded);
        }
        Ok(accepted)
    }
}

fn assess_on(route: &RouteBoard, change: &RouteChange, now: UnixMs) -> Assessment {
    let mut refusals = Vec::new();
    let after = match generation_after(route, change.wanted.generation()) {
        Ok(generation) => generation,
        Err(refusal) => {
            refusals.push(refusal);
            route.generation.next()
        }
    };
    let (wanted, broken) = match &change.wanted {
        Wanted::Put(put) => {
            (Some(put.to_override(change.route.clone())), put.break_interlocks.clone())
        }
        Wanted::Clear { holder, reason, .. } => {
            refusals.extend(said_who_and_why(holder, reason));
            (None, Vec::new())
        }
    };
    let mut interlocks = Vec::new();
    if let Some(wanted) = &wanted {
        refusals.extend(
            problems_of(route, wanted, &broken, now)
                .map(|detail| Refusal::Unprocessable { detail }),
        );
        interlocks = interlock::check(&route.route, wanted, &route.reports(now));
        let checks = interlock::in_the_way(&interlocks, &broken);
        if !checks.is_empty() {
            refusals.push(Refusal::Interlock { checks });
        }
    }
    let plan = RoutePlan {
        route: route.route.id.clone(),
        etag: route.etag(),
        generation_before: route.generation,
        generation_after: after,
        before: route.effective.clone(),
        after: route.effective_under(wanted.as_ref(), now),
        interlocks,
        problems: refusals.iter().map(Refusal::sentence).collect(),
    };
    Assessment { plan, refusals, broken }
}

fn generation_after(route: &RouteBoard, chosen: Option<Generation>) -> Result<Generation, Refusal> {
    let present = route.generation;
    let after = chosen.unwrap_or_else(|| present.next());
    if after > HIGHEST_GENERATION {
        return Err(Refusal::Unprocessable {
            detail: format!(
                "generation {after} is too high: {HIGHEST_GENERATION} is the highest that is taken, \
                 and {present} is loaded"
            ),
        });
    }
    match chosen {
        None => Ok(after),
        Some(chosen) if chosen > present => Ok(chosen),
        Some(chosen) => Err(stale(
            route,
            format!(
                "generation {chosen} is not higher than {present}, which is loaded: look again and choose a higher one"
            ),
        )),
    }
}

/// A refusal that says who was faster.
pub(crate) fn stale(route: &RouteBoard, detail: String) -> Refusal {
    let (changed_by, changed_at) = route.changed.clone().unzip();
    Refusal::Stale { detail, changed_by, changed_at }
}

fn said_who_and_why(holder: &str, reason: &str) -> Option<Refusal> {
    let detail = if holder.trim().is_empty() {
        "lifting an override needs a holder: say who answers for it"
    } else if reason.trim().is_empty() {
        "lifting an override needs a reason: say why, for whoever reads it next"
    } else if holder.chars().count().max(reason.chars().count())
        > changeover_domain::lever::MAX_OVERRIDE_TEXT
    {
        "holder and reason are too long: 500 characters each at most"
    } else {
        return None;
    };
    Some(Refusal::Unprocessable { detail: detail.to_owned() })
}

/// Everything about the override that is not possible on this route.
fn problems_of(
    route: &RouteBoard,
    wanted: &Override,
    broken: &[String],
    now: UnixMs,
) -> impl Iterator<Item = String> {
    let targets = &route.route.targets;
    let known = || {
        let names: Vec<&str> = targets.iter().map(TargetId::as_str).collect();
        names.join(", ")
    };
    let mut problems = Vec::new();
    problems.extend(wanted.check(now).err().map(|error| error.to_string()));
    let named = wanted.target.iter();
    let forced = wanted.forced_breakers.iter().map(|forced| &forced.target);
    for target in named.chain(forced) {
        if !targets.contains(target) {
            problems.push(format!("`{target}` is not a target of this route; known: {}", known()));
        }
    }
    for (index, forced) in wanted.forced_breakers.iter().enumerate() {
        let earlier = wanted.forced_breakers.iter().take(index);
        if earlier.into_iter().any(|other| other.target == forced.target) {
            problems.push(format!("the breaker of `{}` stands twice", forced.target));
        }
    }
    if !route.route.modes.contains(&wanted.mode) {
        let modes: Vec<&str> = route.route.modes.iter().map(|mode| mode.as_str()).collect();
        problems.push(format!(
            "this route has no mode `{}`; it has: {}",
            wanted.mode.as_str(),
            modes.join(", ")
        ));
    }
    for name in broken {
        if !interlock::NAMES.contains(&name.as_str()) {
            problems.push(format!(
                "there is no interlock `{name}` to break; known: {}",
                interlock::NAMES.join(", ")
            ));
        }
    }
    problems.into_iter()
}

fn written(
    change: &RouteChange,
    assessment: Assessment,
    token: &str,
    now: UnixMs,
) -> (Draft, LoadedRoute) {
    let plan = assessment.plan;
    let wanted = match &change.wanted {
        Wanted::Put(put) => Some(put.to_override(change.route.clone())),
        Wanted::Clear { .. } => None,
    };
    let broken: Vec<String> = plan
        .interlocks
        .iter()
        .filter(|check| !check.holds && assessment.broken.contains(&check.name))
        .map(|check| check.name.clone())
        .collect();
    let reason = if broken.is_empty() {
        change.wanted.reason().to_owned()
    } else {
        format!("INTERLOCK BROKEN ({}): {}", broken.join(", "), change.wanted.reason())
    };
    let draft = Draft {
        at: now,
        actor: change.wanted.holder().to_owned(),
        action: match wanted {
            Some(_) => AuditAction::OverrideApplied,
            None => AuditAction::OverrideCleared,
        },
        route: change.route.clone(),
        reason,
        generation: plan.generation_after,
        before: plan.before,
        after: plan.after,
        r#override: wanted.clone(),
        token: Some(token.to_owned()),
        broken_interlocks: broken,
    };
    let loaded = LoadedRoute {
        route: change.route.clone(),
        generation: plan.generation_after,
        r#override: wanted,
        expired: false,
        changed_by: change.wanted.holder().to_owned(),
        changed_at: now,
    };
    (draft, loaded)
}
