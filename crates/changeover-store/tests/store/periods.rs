//! The ledger.

use changeover_domain::{FallbackCause, FallbackCost, Nanodollars};
use changeover_store::PeriodError;

use crate::fresh;
use crate::samples::{at, period, route, target};

#[tokio::test]
async fn a_period_opens_changes_and_closes_once() {
    let store = fresh().await;
    let mut wanted = period("p-1");
    store.writer.period_open(&wanted).await.unwrap();
    assert_eq!(store.reader.periods_open().await.unwrap(), [wanted.clone()]);

    (wanted.cause, wanted.served_by) = (FallbackCause::Breaker, Some(target("gpt-mini")));
    (wanted.holder, wanted.cost.on_primary, wanted.cost.premium) = (None, None, None);
    store.writer.period_update(&wanted).await.unwrap();
    assert_eq!(store.reader.period(&wanted.id).await.unwrap(), Some(wanted.clone()));

    wanted.ended_at = Some(at(900));
    wanted.cost = FallbackCost { actual: Nanodollars(7), ..wanted.cost };
    store.writer.period_close(&wanted.id, at(900), &wanted.cost).await.unwrap();
    assert_eq!(store.reader.period(&wanted.id).await.unwrap(), Some(wanted.clone()));
    assert_eq!(store.reader.periods_open().await.unwrap(), []);
    let again = store.writer.period_close(&wanted.id, at(901), &wanted.cost).await.unwrap_err();
    assert!(matches!(again, PeriodError::AlreadyClosed { .. }), "{again}");
}

#[tokio::test]
async fn a_late_correction_of_the_cost_does_not_open_a_closed_period() {
    let store = fresh().await;
    let open = period("p-1");
    store.writer.period_open(&open).await.unwrap();
    store.writer.period_close(&open.id, at(900), &open.cost).await.unwrap();
    let late = FallbackCost { actual: Nanodollars(11), ..open.cost };
    store.writer.period_cost(&open.id, &late).await.unwrap();
    let kept = store.reader.period(&open.id).await.unwrap().unwrap();
    assert_eq!((kept.ended_at, kept.cost), (Some(at(900)), late));
}

#[tokio::test]
async fn a_gateway_that_is_heard_late_may_move_start_and_end() {
    let store = fresh().await;
    let mut moved = period("p-1");
    store.writer.period_open(&moved).await.unwrap();
    store.writer.period_close(&moved.id, at(900), &moved.cost).await.unwrap();
    moved.started_at = at(5);
    moved.ended_at = None;
    store.writer.period_update(&moved).await.unwrap();
    assert_eq!(store.reader.periods_open().await.unwrap(), [moved]);
}

#[tokio::test]
async fn a_route_is_away_from_its_primary_once_at_a_time() {
    let store = fresh().await;
    store.writer.period_open(&period("p-1")).await.unwrap();
    let refused = store.writer.period_open(&period("p-2")).await.unwrap_err();
    assert!(matches!(refused, PeriodError::AlreadyOpen { .. }), "{refused}");
    let mut other = period("p-3");
    other.route = route("extract");
    store.writer.period_open(&other).await.unwrap();
    store.writer.period_close(&period("p-1").id, at(60), &other.cost).await.unwrap();
    store.writer.period_open(&period("p-2")).await.unwrap();
}

#[tokio::test]
async fn what_was_never_opened_is_said_to_be_unknown() {
    let store = fresh().await;
    let never = period("never");
    let update = store.writer.period_update(&never).await.unwrap_err();
    assert!(matches!(update, PeriodError::Unknown { .. }), "{update}");
    let close = store.writer.period_close(&never.id, at(1), &never.cost).await.unwrap_err();
    assert!(matches!(close, PeriodError::Unknown { .. }), "{close}");
    assert_eq!(store.reader.period(&never.id).await.unwrap(), None);
}

#[tokio::test]
async fn the_ledger_is_read_in_pages_newest_first() {
    let store = fresh().await;
    for number in 1..=5 {
        let mut closed = period(&format!("p-{number}"));
        (closed.started_at, closed.ended_at) = (at(number * 100), Some(at(number * 100 + 50)));
        store.writer.period_open(&closed).await.unwrap();
    }
    let first = store.reader.periods_list(None, 2).await.unwrap();
    let ids = |page: &[changeover_domain::FallbackPeriod]| -> Vec<String> {
        page.iter().map(|period| period.id.to_string()).collect()
    };
    assert_eq!(ids(&first), ["p-5", "p-4"]);
    let before = first.last().map(|period| period.started_at);
    assert_eq!(ids(&store.reader.periods_list(before, 9).await.unwrap()), ["p-3", "p-2", "p-1"]);
}
