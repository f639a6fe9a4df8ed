//! What withholds notices, and what a restart leaves.

use changeover_domain::{AlertState, NoticeKind, UnixMs, VerdictKind};

use super::told;
use super::world::{Told, World};
use crate::alerts::raise::key;
use crate::contract::{Acknowledgement, AlertRuleId, Snooze};
use crate::view;

use NoticeKind::{Fired, Reminder, Resolved};
use VerdictKind::{Operating, TheirOutage};

const ANTHROPIC: &str = "provider:anthropic";

fn outage(world: &mut World) -> Vec<changeover_domain::Notice> {
    world.judge("claude-opus", TheirOutage);
    world.run(60)
}

fn snooze(world: &mut World, until: UnixMs) {
    let key = key(AlertRuleId::TheirTrouble, &ANTHROPIC.parse().unwrap());
    let snooze = Snooze { by: "mk".into(), at: world.now, until };
    world.state.alerts.get_mut(&key).unwrap().matter.snoozed = Some(snooze);
}

#[test]
fn in_a_window_it_is_shown_and_told_to_nobody() {
    let mut world = World::well();
    world.window(ANTHROPIC, 3_600);
    assert_eq!(Told::all(&outage(&mut world)), []);
    assert_eq!(world.state_of(AlertRuleId::TheirTrouble, ANTHROPIC), AlertState::Firing);
    let snapshot = view::snapshot(&world.setup, &world.state, None, world.now);
    let shown = snapshot.alerts.iter().find(|alert| alert.rule == AlertRuleId::TheirTrouble);
    let silenced_by = shown.unwrap().silenced_by.as_ref().unwrap();
    assert_eq!(snapshot.windows[0].id, *silenced_by, "the board says which window it is");
    world.judge("claude-opus", Operating);
    assert_eq!(Told::all(&world.run(7_200)), [], "it was over before the window was");
}

#[test]
fn what_outlasts_its_window_is_told_then() {
    let mut world = World::well();
    world.window(ANTHROPIC, 300);
    assert_eq!(Told::all(&outage(&mut world)), []);
    assert_eq!(Told::all(&world.run(300)), [told(Fired, "their_trouble", ANTHROPIC)]);
}

#[test]
fn a_window_on_a_model_does_not_silence_what_is_more_than_that_model() {
    let mut world = World::well();
    world.window("target:claude-opus", 3_600);
    assert_eq!(Told::all(&outage(&mut world)), []);
    world.judge("claude-haiku", TheirOutage);
    assert_eq!(Told::all(&world.run(60)), [told(Fired, "their_trouble", ANTHROPIC)]);
}

#[test]
fn a_window_on_a_model_does_not_silence_what_touches_the_whole_provider() {
    let mut world = World::well();
    world.window("target:claude-opus", 3_600);
    world.declare("anthropic", "opus", &serde_json::json!({"targets": ["claude-opus"]}));
    assert_eq!(Told::all(&world.run(60)), [], "that is what the window is for");
    world.declare("anthropic", "everyone", &serde_json::json!({"impact": "critical"}));
    let fired = world.run(60);
    assert_eq!(Told::all(&fired), [told(Fired, "page_incident", ANTHROPIC)]);
    assert_eq!(fired[0].title, "Anthropic's page: everyone");
}

#[test]
fn the_end_is_told_to_whoever_was_told_of_the_beginning_even_in_a_window() {
    let mut world = World::well();
    assert_eq!(Told::all(&outage(&mut world)), [told(Fired, "their_trouble", ANTHROPIC)]);
    world.window("everything", 3_600);
    world.judge("claude-opus", Operating);
    assert_eq!(Told::all(&world.run(90)), [told(Resolved, "their_trouble", ANTHROPIC)]);
}

#[test]
fn a_snooze_withholds_until_its_end_and_then_it_is_told_again() {
    let mut world = World::well();
    outage(&mut world);
    let until = world.now.plus_millis(600_000);
    snooze(&mut world, until);
    assert_eq!(Told::all(&world.run(595)), []);
    assert_eq!(Told::all(&world.run(10)), [told(Reminder, "their_trouble", ANTHROPIC)]);
    assert_eq!(Told::all(&world.run(60)), [], "once");
}

#[test]
fn what_ends_while_it_is_put_off_is_told_and_the_snooze_is_over() {
    let mut world = World::well();
    outage(&mut world);
    let until = world.now.plus_millis(3_600_000);
    snooze(&mut world, until);
    world.judge("claude-opus", Operating);
    assert_eq!(Told::all(&world.run(90)), [told(Resolved, "their_trouble", ANTHROPIC)]);
    assert_eq!(Told::all(&outage(&mut world)), [told(Fired, "their_trouble", ANTHROPIC)]);
}

#[test]
fn an_acknowledgement_stops_reminders_and_ends_with_the_alert() {
    let mut world = World::well();
    outage(&mut world);
    let key = key(AlertRuleId::TheirTrouble, &ANTHROPIC.parse().unwrap());
    let taken = Acknowledgement { by: "mk".into(), at: world.now, note: "on it".into() };
    world.state.alerts.get_mut(&key).unwrap().matter.acknowledged = Some(taken);
    assert_eq!(Told::all(&world.run(2 * 3_600)), [], "an hour would have reminded");
    world.judge("claude-opus", Operating);
    assert_eq!(Told::all(&world.run(90)), [told(Resolved, "their_trouble", ANTHROPIC)]);
    assert_eq!(world.state.alerts[&key].matter.acknowledged, None);
}

#[test]
fn an_hour_of_it_is_reminded_of() {
    let mut world = World::well();
    outage(&mut world);
    assert_eq!(Told::all(&world.run(3_600)), [told(Reminder, "their_trouble", ANTHROPIC)]);
}

#[test]
fn a_restart_tells_nothing_twice_and_forgets_nothing() {
    let mut world = World::well();
    outage(&mut world);
    world.restart();
    assert_eq!(Told::all(&world.run(120)), [], "it was told before");
    world.judge("claude-opus", Operating);
    world.run(30);
    world.restart();
    let resolved = world.run(60);
    assert_eq!(Told::all(&resolved), [told(Resolved, "their_trouble", ANTHROPIC)]);
    assert_eq!(resolved[0].title, "Anthropic: their outage, all models", "words are kept too");
}

#[test]
fn what_is_not_watched_any_more_is_ended_once() {
    let mut world = World::well();
    outage(&mut world);
    world.setup.catalogue.providers.retain(|access| access.provider.id.as_str() != "anthropic");
    let ended = world.run(5);
    assert_eq!(Told::all(&ended), [told(Resolved, "their_trouble", ANTHROPIC)]);
    assert_eq!(ended[0].text, "it is not watched any more");
}
