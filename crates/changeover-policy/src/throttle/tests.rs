use std::collections::BTreeMap;

use super::*;

use Criticality::{CanDegrade, CanDelay, MustSucceed};

#[path = "tests/books.rs"]
mod books;

const START: UnixMs = UnixMs(1_000_000);
const SECOND: Duration = Duration::from_secs(1);

fn settings(limit_most: u32, waiting_most: usize) -> ThrottleSettings {
    ThrottleSettings { limit_most, waiting_most, ..ThrottleSettings::default() }
}

fn offer(tier: Criticality) -> Offer {
    Offer { tier, deadline: START.plus(8 * SECOND), elsewhere: false }
}

/// Offers where nobody else moves.
fn quiet(throttle: &mut Throttle, offer: &Offer, now: UnixMs) -> Answer {
    let (answer, moves) = throttle.offer(offer, now);
    assert!(moves.admitted.is_empty() && moves.shed.is_empty(), "{moves:?}");
    answer
}

fn admitted(throttle: &mut Throttle, tier: Criticality) -> Slot {
    match quiet(throttle, &offer(tier), START) {
        Answer::Admitted(slot) => slot,
        other => panic!("not admitted: {other:?}"),
    }
}

fn queued(throttle: &mut Throttle, tier: Criticality) -> Ticket {
    match quiet(throttle, &offer(tier), START) {
        Answer::Queued(ticket) => ticket,
        other => panic!("not queued: {other:?}"),
    }
}

fn tickets(moves: &Moves) -> (Vec<Ticket>, Vec<Ticket>) {
    (
        moves.admitted.iter().map(|(ticket, _)| *ticket).collect(),
        moves.shed.iter().map(|(ticket, _)| *ticket).collect(),
    )
}

/// A gate of one slot that is taken.
fn busy(waiting_most: usize) -> (Throttle, Slot) {
    let mut throttle = Throttle::new(settings(1, waiting_most));
    let slot = admitted(&mut throttle, CanDegrade);
    (throttle, slot)
}

#[test]
fn no_more_than_the_limit_are_in_flight_and_an_end_lets_the_next_in() {
    let mut throttle = Throttle::new(settings(2, 8));
    let first = admitted(&mut throttle, CanDelay);
    let _second = admitted(&mut throttle, CanDelay);
    let third = queued(&mut throttle, CanDelay);
    let moves = throttle.release(first, Ended::Succeeded, START.plus(SECOND));
    assert_eq!(tickets(&moves), (vec![third], vec![]));
    assert_eq!(throttle.report(START).in_flight, 2);
}

#[test]
fn the_highest_tier_is_let_in_first_and_within_it_who_came_first() {
    let (mut throttle, mut slot) = busy(8);
    let delayed = queued(&mut throttle, CanDelay);
    let degraded = queued(&mut throttle, CanDegrade);
    let must = queued(&mut throttle, MustSucceed);
    let must_too = queued(&mut throttle, MustSucceed);
    let mut order = Vec::new();
    for _ in 0..4 {
        let mut moves = throttle.release(slot, Ended::Succeeded, START.plus_millis(10));
        let (ticket, next) = moves.admitted.pop().unwrap();
        order.push(ticket);
        slot = next;
    }
    assert_eq!(order, [must, must_too, degraded, delayed]);
}

#[test]
fn a_line_that_keeps_standing_is_served_newest_first_until_it_has_been_empty() {
    let (mut throttle, slot) = busy(8);
    let oldest = queued(&mut throttle, CanDelay);
    let newest = queued(&mut throttle, CanDelay);
    let standing = START.plus(ThrottleSettings::default().standing);
    let mut moves = throttle.release(slot, Ended::Succeeded, standing);
    assert_eq!(tickets(&moves).0, [newest]);
    let slot = moves.admitted.pop().unwrap().1;
    let mut moves = throttle.release(slot, Ended::Succeeded, standing);
    assert_eq!(tickets(&moves).0, [oldest]);
    let slot = moves.admitted.pop().unwrap().1;
    let again = offer(CanDelay);
    let Answer::Queued(first) = quiet(&mut throttle, &again, standing) else { panic!("full") };
    assert!(matches!(quiet(&mut throttle, &again, standing), Answer::Queued(_)));
    let moves = throttle.release(slot, Ended::Succeeded, standing.plus_millis(499));
    assert_eq!(tickets(&moves).0, [first], "this line is young");
}

#[test]
fn a_full_line_sheds_its_lowest_tier_with_the_nearest_deadline() {
    let (mut throttle, _slot) = busy(3);
    queued(&mut throttle, CanDelay);
    let sooner = Offer { deadline: START.plus(SECOND), ..offer(CanDelay) };
    let Answer::Queued(least_to_lose) = quiet(&mut throttle, &sooner, START) else {
        panic!("there is room for it");
    };
    queued(&mut throttle, CanDegrade);
    let (answer, moves) = throttle.offer(&offer(MustSucceed), START);
    assert!(matches!(answer, Answer::Queued(_)));
    assert_eq!(tickets(&moves), (vec![], vec![least_to_lose]));
    let equal = quiet(&mut throttle, &offer(CanDelay), START);
    assert!(matches!(equal, Answer::Shed { .. }), "a newcomer of the lowest tier goes itself");
    let (_, moves) = throttle.offer(&offer(MustSucceed), START);
    assert_eq!(moves.shed.len(), 1);
    let (_, moves) = throttle.offer(&offer(MustSucceed), START);
    assert_eq!(moves.shed.len(), 1, "the middle tier is next");
    let highest = quiet(&mut throttle, &offer(MustSucceed), START);
    assert!(matches!(highest, Answer::Shed { .. }), "there is nobody below it");
}

#[test]
fn who_has_waited_too_long_is_shed_and_never_let_in() {
    let (mut throttle, slot) = busy(8);
    let waits = queued(&mut throttle, MustSucceed);
    let deadline = START.plus(8 * SECOND);
    assert_eq!(throttle.next_deadline(), Some(deadline));
    assert_eq!(tickets(&throttle.expire(deadline.plus_millis(-1))), (vec![], vec![]));
    let moves = throttle.release(slot, Ended::Succeeded, deadline);
    assert_eq!(tickets(&moves), (vec![], vec![waits]));
    assert_eq!(throttle.next_deadline(), None);
    let late = Offer { deadline: START, ..offer(MustSucceed) };
    let _slot = admitted(&mut throttle, CanDelay);
    let answer = quiet(&mut throttle, &late, START);
    assert!(matches!(answer, Answer::Shed { .. }), "it cannot wait at all: {answer:?}");
}

#[test]
fn a_stated_wait_sends_traffic_elsewhere_where_there_is_an_elsewhere() {
    let mut throttle = Throttle::new(settings(4, 8));
    let slot = admitted(&mut throttle, CanDegrade);
    let stated = Some(20 * SECOND);
    let moves = throttle.release(slot, Ended::Limited { stated }, START);
    assert!(moves.admitted.is_empty());
    let not_before = START.plus(20 * SECOND);
    assert_eq!(throttle.report(START).not_before, Some(not_before));
    let with_standby = Offer { elsewhere: true, ..offer(MustSucceed) };
    let answer = quiet(&mut throttle, &with_standby, not_before.plus_millis(-1));
    assert!(matches!(answer, Answer::Elsewhere { not_before: until } if until == not_before));
    let alone = quiet(&mut throttle, &offer(CanDelay), START);
    assert!(matches!(alone, Answer::Admitted(_)), "a stated wait may be a lie");
    drop(alone);
    let after = quiet(&mut throttle, &with_standby, not_before);
    assert!(matches!(after, Answer::Admitted(_)));
    assert_eq!(throttle.report(not_before).not_before, None);
}

#[test]
fn a_stated_wait_of_a_day_is_believed_for_a_minute() {
    let mut throttle = Throttle::new(settings(4, 8));
    let slot = admitted(&mut throttle, CanDegrade);
    let stated = Some(Duration::from_secs(86_400));
    drop(throttle.release(slot, Ended::Limited { stated }, START));
    assert_eq!(throttle.report(START).not_before, Some(START.plus(60 * SECOND)));
}

#[test]
fn only_what_says_that_it_is_too_much_lowers_the_limit() {
    for class in FailureClass::ALL {
        let mut throttle = Throttle::new(settings(8, 8));
        let mut slots: Vec<Slot> = (0..8).map(|_| admitted(&mut throttle, CanDelay)).collect();
        let ended = Ended::of_failure(class, None);
        drop(throttle.release(slots.pop().unwrap(), ended, START));
        let limits =
            [FailureClass::RateLimited, FailureClass::ConcurrencyLimited, FailureClass::Overloaded];
        let expected = if limits.contains(&class) { 4 } else { 8 };
        assert_eq!(throttle.report(START).limit, expected, "{class:?}");
    }
}

#[test]
fn a_lowered_limit_lets_nobody_in_until_enough_have_ended() {
    let mut throttle = Throttle::new(settings(4, 8));
    let mut slots: Vec<Slot> = (0..4).map(|_| admitted(&mut throttle, CanDelay)).collect();
    let waits = queued(&mut throttle, MustSucceed);
    let limited = Ended::Limited { stated: None };
    let moves = throttle.release(slots.pop().unwrap(), limited, START);
    assert_eq!(tickets(&moves).0, [], "three are in flight where two may be");
    let moves = throttle.release(slots.pop().unwrap(), Ended::Unsaid, START);
    assert_eq!(tickets(&moves).0, []);
    let moves = throttle.release(slots.pop().unwrap(), Ended::Unsaid, START);
    assert_eq!(tickets(&moves).0, [waits]);
}

#[test]
fn a_slot_that_is_dropped_and_a_ticket_that_is_left_cost_nobody_a_place() {
    let (mut throttle, slot) = busy(8);
    let gone = queued(&mut throttle, MustSucceed);
    let waits = queued(&mut throttle, CanDelay);
    assert!(throttle.leave(gone) && !throttle.leave(gone));
    drop(slot);
    assert_eq!(tickets(&throttle.expire(START)), (vec![waits], vec![]));
}

#[test]
fn those_who_are_shed_together_are_not_told_the_same() {
    let (mut throttle, _slot) = busy(0);
    let told: Vec<u128> = (0..100)
        .map(|_| match quiet(&mut throttle, &offer(CanDelay), START) {
            Answer::Shed { retry_after } => retry_after.as_millis(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(told.iter().all(|millis| (2_000..=4_000).contains(millis)), "{told:?}");
    let mut bins = BTreeMap::<u128, usize>::new();
    told.iter().for_each(|millis| *bins.entry(millis / 200).or_default() += 1);
    assert!(bins.values().all(|held| *held <= 15), "{bins:?}");
}

#[test]
fn a_raised_bound_lets_in_who_waits() {
    let (mut throttle, _slot) = busy(8);
    let waits = queued(&mut throttle, CanDelay);
    let moves = throttle.reconfigure(settings(2, 8), START);
    assert_eq!(tickets(&moves).0, [waits]);
}

/// How long those who were let in had waited, on average, when twice as many come as can be served.
fn mean_wait_under_overload(standing: Duration) -> Duration {
    let mut throttle = Throttle::new(ThrottleSettings { standing, ..settings(1, 128) });
    let mut arrived = BTreeMap::new();
    let mut slot = None;
    let mut waits = Vec::new();
    for millis in (0..20_000).step_by(50) {
        let now = START.plus_millis(millis);
        let offer = Offer { deadline: now.plus(2 * SECOND), ..offer(CanDegrade) };
        let (answer, mut moves) = throttle.offer(&offer, now);
        match answer {
            Answer::Admitted(first) => slot = Some(first),
            Answer::Queued(ticket) => drop(arrived.insert(ticket, now)),
            other => panic!("the line is long enough: {other:?}"),
        }
        // One is served in 100 ms, one comes every 50.
        if millis % 100 == 50 {
            moves = throttle.release(slot.take().unwrap(), Ended::Succeeded, now);
        }
        for (ticket, next) in moves.admitted {
            waits.push(now.since(arrived[&ticket]));
            slot = Some(next);
        }
    }
    let count = u32::try_from(waits.len()).unwrap();
    assert!(count > 190, "as many are served either way: {count}");
    waits.into_iter().sum::<Duration>() / count
}

#[test]
fn under_overload_those_who_are_served_are_served_soon() {
    let adaptive = mean_wait_under_overload(ThrottleSettings::default().standing);
    assert!(adaptive < Duration::from_millis(200), "{adaptive:?}");
    let first_come_first_served = mean_wait_under_overload(Duration::MAX);
    assert!(first_come_first_served > Duration::from_millis(1_500), "{first_come_first_served:?}");
}
