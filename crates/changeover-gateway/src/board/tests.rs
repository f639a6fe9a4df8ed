use changeover_domain::admin::{EffectiveCause, OverridePut};
use changeover_domain::{
    BreakerReport, BreakerState, Criticality, ForcedBreaker, ForcedState, Mode, OnExpiry,
};

use super::change::{Refusal, RouteChange, Wanted};
use super::*;
use crate::chain::Chain;

const START: UnixMs = UnixMs(1_000_000);

fn target(name: &str) -> TargetId {
    TargetId::try_new(name).unwrap()
}

fn chat() -> RouteId {
    RouteId::try_new("chat").unwrap()
}

fn settings() -> BreakerSettings {
    BreakerSettings {
        minimum_calls: 2,
        trials: 1,
        cooldown_jitter: 0.0,
        ..BreakerSettings::default()
    }
}

fn board() -> Board {
    let route = Route {
        id: chat(),
        criticality: Criticality::MustSucceed,
        targets: vec![target("a"), target("b")],
        modes: vec![Mode::Full, Mode::Template],
    };
    Board::new(&[route], &settings(), START)
}

fn put(name: Option<&str>) -> OverridePut {
    OverridePut {
        target: name.map(target),
        mode: Mode::Full,
        forced_breakers: vec![],
        holder: "mk".into(),
        reason: "529s".into(),
        until: START.plus_millis(60_000),
        on_expiry: OnExpiry::ReturnIfHealthy,
        generation: None,
        break_interlocks: vec![],
    }
}

fn change(put: OverridePut) -> RouteChange {
    RouteChange { route: chat(), wanted: Wanted::Put(put) }
}

/// Does what the writer does, without a disk.
fn apply(board: &mut Board, put: OverridePut, now: UnixMs) -> Vec<Draft> {
    let accepted = board.accept(&[change(put)], "console", now).unwrap();
    board.load(accepted.generation, &accepted.loaded, now);
    accepted.drafts
}

fn call(board: &mut Board, name: &str, result: CallResult, at: UnixMs) -> Effects {
    let (permit, mut effects) = board.admit(&chat(), &target(name), at);
    let ended =
        EndedCall { permit: permit.expect("the breaker lets through"), result, at, jitter: 0.0 };
    effects.extend(board.report_call(&chat(), &target(name), ended));
    effects
}

fn trip(board: &mut Board, name: &str) -> Effects {
    call(board, name, CallResult::Failure, START);
    call(board, name, CallResult::Failure, START)
}

fn effective(board: &Board) -> &Effective {
    &board.route(&chat()).unwrap().effective
}

#[test]
fn a_breaker_that_opens_moves_the_route_at_once_and_says_so() {
    let mut board = board();
    let effects = trip(&mut board, "a");
    assert_eq!(effective(&board).target, Some(target("b")));
    assert_eq!(effective(&board).cause, EffectiveCause::Breaker);
    let [moved] = effects.drafts.as_slice() else { panic!("one move: {:?}", effects.drafts) };
    assert_eq!(moved.action, AuditAction::EffectiveMoved);
    assert_eq!(moved.before.target, Some(target("a")));
    let names: Vec<_> = effects.events.iter().map(std::mem::discriminant).collect();
    assert_eq!(names.len(), 3, "breaker moved, state changed, period opened");
}

#[test]
fn an_override_that_is_being_written_already_stands_against_a_reload() {
    let mut board = board();
    let without_b = Route {
        id: chat(),
        criticality: Criticality::MustSucceed,
        targets: vec![target("a")],
        modes: vec![Mode::Full, Mode::Template],
    };
    assert!(board.check_held(std::slice::from_ref(&without_b)).is_ok());
    let accepted = board.accept(&[change(put(Some("b")))], "console", START).unwrap();
    board.promise(&accepted.loaded);
    let refused = board.check_held(std::slice::from_ref(&without_b)).unwrap_err().to_string();
    assert!(refused.contains("names the target `b`"), "{refused}");
    board.promise(&[]);
    assert!(board.check_held(&[without_b]).is_ok(), "the disk did not take it");
}

#[test]
fn a_trial_that_fails_is_part_of_the_same_time_away() {
    let mut board = board();
    trip(&mut board, "a");
    let later = START.plus(settings().cooldown);
    let effects = call(&mut board, "a", CallResult::Failure, later);
    assert!(effects.drafts.is_empty(), "half open and open again: no move");
    assert_eq!(effective(&board).since, START);
    let again = later.plus(settings().cooldown * 2);
    let effects = call(&mut board, "a", CallResult::Success, again);
    assert_eq!(effects.drafts.len(), 1, "only closing ends it");
    assert_eq!(effective(&board).target, Some(target("a")));
}

#[test]
fn a_change_foretells_the_move_that_it_causes() {
    let mut board = board();
    let drafts = apply(&mut board, put(Some("b")), START);
    let actions: Vec<_> = drafts.iter().map(|draft| draft.action).collect();
    assert_eq!(actions, [AuditAction::OverrideApplied, AuditAction::EffectiveMoved]);
    assert_eq!(drafts[1].after.target, effective(&board).target);
    let again = apply(&mut board, put(Some("b")), START);
    assert_eq!(again.len(), 1, "nothing moves: no second link");
}

#[test]
fn what_is_not_possible_is_refused_in_words_and_changes_nothing() {
    let board = board();
    let cases = [
        (put(Some("c")), "`c` is not a target of this route; known: a, b"),
        (
            OverridePut { mode: Mode::Off, ..put(None) },
            "this route has no mode `off`; it has: full, template",
        ),
        (
            OverridePut { break_interlocks: vec!["none_such".into()], ..put(Some("b")) },
            "there is no interlock `none_such` to break; known: one_path_open",
        ),
        (OverridePut { holder: " ".into(), ..put(Some("b")) }, "needs a holder"),
    ];
    for (put, expected) in cases {
        let change = change(put);
        let refusal = board.accept(std::slice::from_ref(&change), "console", START).unwrap_err();
        assert!(matches!(refusal, Refusal::Unprocessable { .. }), "{refusal:?}");
        assert!(refusal.sentence().contains(expected), "{}", refusal.sentence());
        let plan = board.assess(&change, START).unwrap().plan;
        assert!(
            plan.problems.iter().any(|problem| problem.contains(expected)),
            "a plan says beforehand what a change refuses: {:?}",
            plan.problems
        );
    }
}

#[test]
fn a_generation_that_is_not_higher_is_stale_and_names_who_was_faster() {
    let mut board = board();
    let at_five = OverridePut { generation: Some(Generation(5)), ..put(Some("b")) };
    apply(&mut board, at_five.clone(), START);
    let refusal = board.accept(&[change(at_five)], "console", START).unwrap_err();
    let Refusal::Stale { changed_by, changed_at, .. } = refusal else {
        panic!("stale, not {refusal:?}")
    };
    assert_eq!((changed_by.as_deref(), changed_at), (Some("mk"), Some(START)));
    apply(&mut board, put(None.or(Some("b"))), START);
    assert_eq!(board.route(&chat()).unwrap().generation, Generation(6));
}

#[test]
fn an_interlock_is_broken_only_by_name_and_loudly() {
    let mut board = board();
    trip(&mut board, "b");
    let refusal = board.accept(&[change(put(Some("b")))], "console", START).unwrap_err();
    assert!(matches!(refusal, Refusal::Interlock { .. }), "{refusal:?}");
    let broken = OverridePut { break_interlocks: vec!["one_path_open".into()], ..put(Some("b")) };
    let drafts = apply(&mut board, broken, START);
    assert_eq!(drafts[0].broken_interlocks, ["one_path_open"]);
    assert_eq!(drafts[0].reason, "INTERLOCK BROKEN (one_path_open): 529s");
}

#[test]
fn an_override_returns_when_it_runs_out_and_the_primary_is_fit() {
    let mut board = board();
    apply(&mut board, put(Some("b")), START);
    let until = board.next_expiry().unwrap();
    assert!(board.due(until.plus_millis(-1)).is_none());
    let due = board.due(until).unwrap();
    assert_eq!(due.drafts[0].action, AuditAction::OverrideExpired);
    board.load(due.generation, &due.loaded, until);
    let route = board.route(&chat()).unwrap();
    assert_eq!(route.wanted, None);
    assert_eq!(route.etag(), "\"1.expired\"");
    assert!(!route.expiry_held());
    assert_eq!(effective(&board).target, Some(target("a")));
    assert!(board.due(until).is_none(), "done once");
}

#[test]
fn an_override_holds_while_the_primary_is_unfit_and_lets_it_have_its_trials() {
    let mut board = board();
    trip(&mut board, "a");
    let forced = OverridePut {
        forced_breakers: vec![ForcedBreaker {
            target: target("a"),
            state: ForcedState::ForcedOpen,
        }],
        ..put(Some("b"))
    };
    apply(&mut board, forced, START);
    let until = board.next_expiry().unwrap();
    assert!(board.admit(&chat(), &target("a"), until).0.is_none(), "forced open until it runs out");
    let due = board.due(until).unwrap();
    board.load(due.generation, &due.loaded, until);
    let route = board.route(&chat()).unwrap();
    assert!(route.expiry_held());
    assert_eq!(effective(&board).target, Some(target("b")));
    assert_eq!(route.plan(until).candidates, [target("a"), target("b")]);
    assert!(board.due(until).is_none(), "held, and not written twice");
    call(&mut board, "a", CallResult::Success, until);
    let due = board.due(until).expect("the primary has proved itself");
    board.load(due.generation, &due.loaded, until);
    assert_eq!(board.route(&chat()).unwrap().wanted, None);
    assert_eq!(effective(&board).target, Some(target("a")));
}

/// The line of the journal that holds `accepted`.
fn line(accepted: &change::Accepted) -> Record {
    Record {
        generation: accepted.generation,
        entries: Chain::default().seal(&accepted.drafts),
        routes: accepted.loaded.clone(),
        answered: None,
    }
}

#[test]
fn after_a_restart_only_seen_health_returns_what_ran_out() {
    for held_before in [true, false] {
        let mut before = board();
        trip(&mut before, "a");
        let accepted = before.accept(&[change(put(Some("b")))], "console", START).unwrap();
        let mut lines = vec![line(&accepted)];
        before.load(accepted.generation, &accepted.loaded, START);
        let until = before.next_expiry().unwrap();
        if held_before {
            lines.push(line(&before.due(until).unwrap()));
        }
        let mut after = board();
        after.replay(&lines, until);
        after.reassess_all(until, "the gateway was started");
        if let Some(due) = after.due(until) {
            after.load(due.generation, &due.loaded, until);
        }
        assert!(after.route(&chat()).unwrap().expiry_held(), "a breaker without calls is no proof");
        assert_eq!(effective(&after).target, Some(target("b")));
        assert_eq!(after.route(&chat()).unwrap().plan(until).candidates[0], target("a"));
        call(&mut after, "a", CallResult::Success, until);
        let due = after.due(until).expect("the primary has proved itself");
        after.load(due.generation, &due.loaded, until);
        assert_eq!(effective(&after).target, Some(target("a")));
    }
}

#[test]
fn a_restart_puts_nobody_on_trial_while_an_override_runs_or_holds_by_wish() {
    let hold = OverridePut { on_expiry: OnExpiry::Hold, ..put(Some("b")) };
    for (put, later_ms) in [(put(Some("b")), 59_999), (hold, 60_000)] {
        let accepted = board().accept(&[change(put)], "console", START).unwrap();
        let mut after = board();
        let later = START.plus_millis(later_ms);
        after.replay(&[line(&accepted)], later);
        let breakers = after.route(&chat()).unwrap().reports(later);
        assert!(breakers.iter().all(BreakerReport::lets_through), "{breakers:?}");
    }
}

#[test]
fn hold_stays_until_somebody_decides() {
    let mut board = board();
    let hold = OverridePut { on_expiry: OnExpiry::Hold, ..put(Some("b")) };
    apply(&mut board, hold, START);
    let until = board.next_expiry().unwrap();
    let due = board.due(until).unwrap();
    board.load(due.generation, &due.loaded, until);
    assert!(board.route(&chat()).unwrap().expiry_held());
    assert!(board.due(until.plus_millis(1)).is_none());
    assert_eq!(effective(&board).target, Some(target("b")));
}

#[test]
fn the_answer_that_is_written_is_what_the_state_then_shows() {
    let mut board = board();
    let template = OverridePut {
        mode: Mode::Template,
        forced_breakers: vec![ForcedBreaker {
            target: target("a"),
            state: ForcedState::ForcedOpen,
        }],
        ..put(None)
    };
    let accepted = board.accept(&[change(template)], "console", START).unwrap();
    let foretold = board.route(&chat()).unwrap().state_under(&accepted.loaded[0], START);
    board.load(accepted.generation, &accepted.loaded, START);
    assert_eq!(board.route(&chat()).unwrap().state(START), foretold);
    assert_eq!(foretold.breakers[0].observed, BreakerState::Closed);
}

#[test]
fn all_or_none() {
    let board = board();
    let changes = [
        change(put(Some("b"))),
        RouteChange {
            route: RouteId::try_new("none").unwrap(),
            wanted: Wanted::Put(put(Some("b"))),
        },
    ];
    let refusal = board.accept(&changes, "console", START).unwrap_err();
    assert_eq!(refusal.sentence(), "there is no route `none`; known: chat");
    let twice = [change(put(Some("b"))), change(put(Some("b")))];
    assert!(board.accept(&twice, "console", START).is_err());
}

#[test]
fn what_was_planned_passes_at_what_a_reload_took_away_and_nobody_counts_it() {
    let mut board = board();
    let mut route = board.route(&chat()).unwrap().route.as_ref().clone();
    route.targets.retain(|id| *id != target("b"));
    board.reconfigure(&[route], &settings(), START);
    for _ in 0..3 {
        let effects = call(&mut board, "b", CallResult::Failure, START);
        assert!(effects.events.is_empty(), "{effects:?}");
    }
    assert!(board.any_lets_through(&chat(), &[target("b")], START));
    for _ in 0..2 {
        call(&mut board, "a", CallResult::Failure, START);
    }
    assert!(!board.any_lets_through(&chat(), &[target("a")], START), "what is there is observed");
    board.reconfigure(&[], &settings(), START);
    assert!(board.admit(&chat(), &target("a"), START).0.is_some(), "the route is gone");
    assert!(!board.any_lets_through(&chat(), &[], START));
}
