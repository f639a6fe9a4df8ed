//! What a caller asks for, read and matched with a route; or why it cannot be taken.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName};
use changeover_domain::{FailureClass, RouteId};
use changeover_llm::front::{Door, Question};
use changeover_llm::validate::Judge;

use super::headers::ROUTE;
use super::passage::{Origin, Passage};
use super::refuse::TurnedAway;
use crate::cache::{CacheKey, TenantId};
use crate::callers::{self, Asker, Seat};
use crate::metrics::Operation;
use crate::shared::{Shared, locked};
use crate::trace::TraceContext;

/// How long the caller waits, in milliseconds.
const DEADLINE: HeaderName = HeaderName::from_static("x-changeover-deadline-ms");
/// The same in seconds, as the vendors' own SDKs say it: in `TypeScript` cut to whole ones, in Python
/// with their fractions.
const SDK_TIMEOUTS: [HeaderName; 2] = [
    HeaderName::from_static("x-stainless-timeout"),
    HeaderName::from_static("x-stainless-read-timeout"),
];
/// Of the time after which an SDK hangs up, what an answer is left to reach it: a tenth, and at most
/// this. Who has hung up does not hear why it failed.
const WAY_BACK: Duration = Duration::from_millis(250);

/// A request that can be served.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) question: Question,
    /// Judges its answers, where the route wants that.
    pub(super) judge: Option<Judge>,
    /// Where its answer is kept, where the route keeps any.
    pub(super) cache_key: Option<CacheKey>,
}

/// Whoever asks, with a seat, before its body has been read.
#[derive(Debug)]
pub(super) struct Visitor {
    door: Door,
    asker: Asker,
    /// `None` where no callers are configured.
    seat: Option<Seat>,
}

/// Where a request goes, before its body has been looked at in full.
pub(super) struct Admitted {
    pub(super) passage: Box<Passage>,
    /// Where the route keeps answers.
    tenant: Option<TenantId>,
}

impl Asked {
    /// Reads a request for a completion.
    ///
    /// # Errors
    /// The refusal, in the caller's dialect.
    pub(super) fn read(
        shared: &Arc<Shared>,
        visitor: Visitor,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<(Box<Passage>, Self), TurnedAway> {
        let door = visitor.door;
        let question =
            Question::read(door, body).map_err(|error| TurnedAway::malformed(door, error))?;
        let Admitted { mut passage, tenant } =
            admit(Operation::Chat, shared, visitor, headers, question.model())?;
        let judge = match &passage.serving.validation {
            None => None,
            Some(refusals) => {
                let validators = &passage.shared.validators;
                let judge =
                    Judge::try_new(&question.front().request, validators, Arc::clone(refusals));
                Some(judge.map_err(|invalid| {
                    let turned_away = TurnedAway::unusable_schema(door, &invalid);
                    passage.turn_away(turned_away, FailureClass::InvalidRequest)
                })?)
            }
        };
        let cache_key = tenant.map(|tenant| {
            let route = &passage.plan.route;
            let request = &question.front().request;
            CacheKey::new(tenant, route, passage.live.answered_by(route), request)
        });
        Ok((passage, Self { question, judge, cache_key }))
    }
}

/// Finds out for which route is asked, and begins the request's way.
///
/// # Errors
/// The refusal, in the caller's dialect.
pub(super) fn admit(
    operation: Operation,
    shared: &Arc<Shared>,
    visitor: Visitor,
    headers: &HeaderMap,
    model: &str,
) -> Result<Admitted, TurnedAway> {
    let Visitor { door, asker, seat } = visitor;
    let asked_for = headers.get(ROUTE).and_then(|route| route.to_str().ok()).unwrap_or(model);
    let (plan, live) = RouteId::try_new(asked_for)
        .ok()
        .filter(|route| asker.may_use(route))
        .and_then(|route| shared.plan(&route))
        .ok_or_else(|| TurnedAway::unknown_route(door, &known_routes(shared, &asker), asked_for))?;
    let origin = Origin {
        door,
        operation,
        caller: asker.name().map(str::to_owned),
        seat,
        deadline: deadline(headers),
        trace: TraceContext::of_request(headers),
    };
    let mut passage = Passage::begin(Arc::clone(shared), live, plan, origin);
    if let Some(caller) = asker.name() {
        passage.note(None, format!("asked by `{caller}`"), None);
    }
    let tenant = passage.serving.cache.is_some().then(|| callers::tenant(headers));
    Ok(Admitted { passage, tenant })
}

/// Looks at the key before the body: a stranger is not read, and neither is one request too many.
///
/// # Errors
/// The refusal, in the caller's dialect; the connection is of no more use then.
pub(super) fn let_in(
    door: Door,
    shared: &Shared,
    headers: &HeaderMap,
) -> Result<Visitor, TurnedAway> {
    let asker = callers::identify(headers, &shared.live.get().callers)
        .map_err(|unknown| TurnedAway::unknown_caller(door, unknown).unread())?;
    let seat = asker.seat(&shared.seats).map_err(|no_seat| {
        locked(&shared.metrics).count_without_seat(&no_seat.caller);
        TurnedAway::without_seat(door, &no_seat).unread()
    })?;
    Ok(Visitor { door, asker, seat })
}

/// The routes that this caller may ask for.
pub(super) fn known_routes(shared: &Shared, asker: &Asker) -> Vec<RouteId> {
    locked(&shared.board).route_ids().filter(|route| asker.may_use(route)).cloned().collect()
}

/// How long the caller says it waits.
fn deadline(headers: &HeaderMap) -> Option<Duration> {
    let said = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.trim());
    let millis = said(DEADLINE).and_then(|millis| millis.parse().ok()).map(Duration::from_millis);
    millis.or_else(|| SDK_TIMEOUTS.into_iter().find_map(|name| sdk_timeout(said(name)?)))
}

/// Nobody asks for an answer within no time: 0 is what is left of half a second that was cut.
fn sdk_timeout(seconds: &str) -> Option<Duration> {
    let wait = Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
    (!wait.is_zero()).then(|| wait.saturating_sub(WAY_BACK.min(wait / 10)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn said(name: &HeaderName, value: &'static str) -> Option<Duration> {
        let header = (name.clone(), HeaderValue::from_static(value));
        deadline(&[header].into_iter().collect())
    }

    #[test]
    fn a_caller_says_how_long_it_waits_in_its_own_way() {
        assert_eq!(said(&DEADLINE, "1500"), Some(Duration::from_millis(1_500)));
        for name in &SDK_TIMEOUTS {
            assert_eq!(said(name, "600"), Some(Duration::from_millis(599_750)));
            assert_eq!(said(name, "0.5"), Some(Duration::from_millis(450)));
            for unusable in ["0", "-1", "NaN", "inf", "1e300", ""] {
                assert_eq!(said(name, unusable), None, "{unusable}");
            }
        }
        assert_eq!(said(&DEADLINE, "soon"), None);
        assert_eq!(said(&DEADLINE, "0"), Some(Duration::ZERO), "who says so means it");
    }
}
