//! Every failure class against every action that a route may name for it: the request goes where
//! the route's table says, as far as the class lets it.
//!
//! Beside [`crate::classes`], which holds the usual table: here each class really arises on routes
//! that want something else of it.

use changeover_domain::{FailureClass, Mode};
use changeover_gateway::GatewaySettings;
use changeover_policy::actions::{Matrix, RuleChange, Then};

use crate::classes::{Cell, End, bench_with, cells};
use crate::support::ask::{Ask, Told, WAYS};
use crate::support::{Bench, add_route, serving};

/// What a route names, as it is called here.
const NAMED: [(&str, Then); 3] =
    [("on", Then::NextTarget), ("down", Then::NextMode), ("out", Then::ToCaller)];

/// Routes that name one action each for a class, without a retry before it.
fn routes(settings: &mut GatewaySettings, class: FailureClass) {
    for (route, then) in NAMED {
        add_route(settings, route, &["a", "b"], &[Mode::Full, Mode::Template]);
        let change = RuleChange { retries: Some(0), then: Some(then), ..RuleChange::default() };
        let serving = serving(settings, route);
        serving.actions = Matrix::with_changes(&[(class, change)].into()).unwrap();
        serving.step_down_to = Some(Mode::Template);
    }
}

/// Where a request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Standby,
    Template,
    Caller,
}

impl Place {
    fn of(told: &Told) -> Self {
        match (told.header("x-changeover-mode"), told.target()) {
            (Some("template"), _) => Self::Template,
            (_, "b") => Self::Standby,
            _ => Self::Caller,
        }
    }
}

/// Whether another target may do better with the very same request. What its caller must mend, and an
/// answer that the caller's own cap has cut, stay as they are wherever the request goes.
fn next_target_helps(cause: FailureClass) -> bool {
    use FailureClass as Class;
    !matches!(cause, Class::InvalidRequest | Class::PayloadTooLarge | Class::Truncated)
}

fn expected(then: Then, cause: FailureClass, cell: &Cell) -> Place {
    match then {
        // Something has reached the caller: nobody else goes on with it.
        _ if matches!(cell.end, End::BrokenOff) => Place::Caller,
        Then::NextTarget if next_target_helps(cause) => Place::Standby,
        Then::NextTarget | Then::NextMode => Place::Template,
        Then::ToCaller => Place::Caller,
    }
}

/// What broke a stream decides where it goes: its own entry is the one that is changed.
fn entry_of(class: FailureClass, cell: &Cell) -> FailureClass {
    cell.inner.unwrap_or(class)
}

async fn hold(bench: &Bench, class: FailureClass, cell: &Cell, way: usize) {
    for (turn, (route, then)) in NAMED.into_iter().enumerate() {
        let fitting: Vec<_> = WAYS.into_iter().filter(|(_, stream)| cell.takes(*stream)).collect();
        let (door, stream) = fitting[(turn + way) % fitting.len()];
        let what = format!("{class:?}, {then:?} at {door:?}, streamed: {stream}");
        let calls = (bench.a.calls(), bench.b.calls());
        let told = bench.ask(&Ask::new(door, route, stream)).await;
        let place = expected(then, entry_of(class, cell), cell);
        assert_eq!(Place::of(&told), place, "{what}: {}", told.body);
        assert!(bench.a.calls() - calls.0 <= 1, "{what}: without a retry");
        let by_standby = usize::from(place == Place::Standby);
        assert_eq!(bench.b.calls() - calls.1, by_standby, "{what}");
        match place {
            Place::Standby | Place::Template => told.assert_whole(),
            Place::Caller => crate::classes::assert_end(&told, cell.end, false, door, &what),
        }
    }
}

async fn hold_all(class: FailureClass) {
    for (way, cell) in cells(class).into_iter().enumerate() {
        let entry = entry_of(class, &cell);
        let (bench, _mute) = bench_with(&cell.how, |settings| routes(settings, entry)).await;
        hold(&bench, class, &cell, way).await;
    }
}

macro_rules! action_tests {
    ($($name:ident: $($class:ident),+;)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                $(hold_all(FailureClass::$class).await;)+
            }
        )+

        /// A caller who has gone is nobody to go anywhere with: its entry cannot be changed.
        #[test]
        fn every_class_has_its_row_but_the_one_that_cannot_be_changed() {
            let held = [$($(FailureClass::$class),+),+];
            let missing: Vec<_> =
                FailureClass::ALL.into_iter().filter(|class| !held.contains(class)).collect();
            assert_eq!(missing, [FailureClass::ClientCancelled]);
            let change = RuleChange { then: Some(Then::NextMode), ..RuleChange::default() };
            let change = [(FailureClass::ClientCancelled, change)].into();
            assert!(Matrix::with_changes(&change).is_err());
        }
    };
}

action_tests! {
    what_fails_below_http_goes_where_the_route_says: Connect, Dns, Tls, TimeoutConnect;
    what_takes_too_long_goes_where_the_route_says: TimeoutFirstToken, TimeoutStall, TimeoutTotal;
    what_hits_a_limit_goes_where_the_route_says: RateLimited, ConcurrencyLimited, QuotaExhausted,
        SpendCap;
    what_breaks_at_the_vendor_goes_where_the_route_says: Overloaded, ServerError, GatewayError,
        Unknown;
    what_the_caller_must_mend_goes_where_the_route_says: InvalidRequest, ContextLength,
        PayloadTooLarge;
    what_we_must_mend_goes_where_the_route_says: Authentication, Permission, ModelNotFound;
    what_the_model_would_not_say_goes_where_the_route_says: ContentFilter, Refusal, Truncated;
    what_the_model_said_wrongly_goes_where_the_route_says: MalformedOutput, MalformedToolCall,
        Empty;
    what_breaks_a_stream_goes_where_its_own_class_goes: ErrorInStream;
}
