//! Why no lever is suggested: what somebody would look for next who finds none on the sheet.
//!
//! The rule it keeps: of two reasons it never says "this or that". Which routes it serves and how their
//! standbys do is known, or is said not to be.

use changeover_domain::{Route, Target, TargetId, Verdict, VerdictKind};
use changeover_policy::verdict::kind_phrase;

use super::lever::{is_carried, is_refused, may_help};
use crate::setup::Setup;
use crate::state::State;
use crate::view::route::agreed;

/// The sentence, for a sheet without levers; `None` where nothing is wrong.
pub(super) fn why(
    setup: &Setup,
    state: &State,
    target: &Target,
    verdict: &Verdict,
) -> Option<String> {
    match verdict.kind {
        VerdictKind::Operating => return None,
        VerdictKind::Unknown => {
            return Some("whether it is well is not known, so no lever is suggested".to_owned());
        }
        kind if !may_help(kind) => {
            return Some(
                "your own network is in the way, and no lever changes that; gateways elsewhere \
                 may be well"
                    .to_owned(),
            );
        }
        _ => {}
    }
    let uses = |route: &&Route| route.targets.contains(&target.id);
    let using: Vec<&Route> = setup.catalogue.routes.iter().filter(uses).collect();
    let carried: Vec<&&Route> =
        using.iter().filter(|route| is_carried(state, route, target)).collect();
    Some(if using.is_empty() {
        "no route uses it".to_owned()
    } else if carried.is_empty() {
        let elsewhere = using.iter().map(|route| served_by(state, route));
        format!("no route is served by it now: {}", elsewhere.collect::<Vec<_>>().join(", "))
    } else {
        let stuck = carried.iter().map(|route| without_standby(state, route, target));
        stuck.collect::<Vec<_>>().join("; ")
    })
}

/// "chat by gpt-main"
fn served_by(state: &State, route: &Route) -> String {
    let by = match (agreed(state, route), route.primary()) {
        ((Some(effective), _), _) => match effective.target {
            Some(target) => format!("by {target}"),
            None => format!("by mode {}", effective.mode.as_str()),
        },
        ((None, true), _) => "by each gateway in its own way".to_owned(),
        ((None, false), Some(primary)) => format!("by {primary}, as configured"),
        ((None, false), None) => "by nothing".to_owned(),
    };
    format!("{} {by}", route.id)
}

/// "summary is served by it, and no standby is known to be well: azure-main-virginia (their outage)"
fn without_standby(state: &State, route: &Route, target: &Target) -> String {
    let standbys = route.targets.iter().filter(|id| **id != target.id);
    let standbys: Vec<String> = standbys.map(|id| stands(state, route, id)).collect();
    if standbys.is_empty() {
        return format!("{} is served by it and has no standby", route.id);
    }
    let standbys = standbys.join(", ");
    format!("{} is served by it, and no standby is known to be well: {standbys}", route.id)
}

fn stands(state: &State, route: &Route, id: &TargetId) -> String {
    let how = match state.verdicts.get(id).map(|verdict| verdict.kind) {
        Some(VerdictKind::Operating) if is_refused(state, route, id) => {
            "operating, and a gateway's breaker holds it open"
        }
        Some(kind) => kind_phrase(kind),
        None => "not judged yet",
    };
    format!("{id} ({how})")
}
