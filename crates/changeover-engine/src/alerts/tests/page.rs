//! What pages declare, from its beginning over its moves to its end.

use std::collections::BTreeMap;

use changeover_domain::{AlertState, Impact, IncidentId, NoticeKind, Severity, VerdictKind};
use serde_json::json;

use super::told;
use super::world::{Told, World};
use crate::alerts::raise::key;
use crate::contract::{Acknowledgement, AlertRuleId};

use NoticeKind::{Error, Fired, NoData, Resolved, Updated, Worsened};
use VerdictKind::{Operating, TheirOutage};

const OPENAI: &str = "provider:openai";

fn page(kind: NoticeKind) -> Told {
    told(kind, "page_incident", OPENAI)
}

/// Each notice with what follows the name of the page in its title.
fn titled(notices: &[changeover_domain::Notice]) -> Vec<(NoticeKind, &str)> {
    let each = notices.iter();
    each.map(|one| (one.kind, one.title.strip_prefix("OpenAI's page: ").unwrap())).collect()
}

#[test]
fn a_second_event_of_a_provider_is_told_by_itself_with_its_moves_and_its_end() {
    let mut world = World::well();
    world.declare("openai", "a", &json!({"impact": "minor"}));
    assert_eq!(titled(&world.run(3_600)), [(Fired, "a")]);
    world.declare("openai", "b", &json!({"impact": "critical"}));
    let second = world.run(120);
    assert_eq!(titled(&second), [(Fired, "b")]);
    assert_eq!(second[0].severity, Severity::Critical, "the page itself says so");
    assert_eq!(second[0].key, World::event_key("openai", "b"));
    world.declare("openai", "b", &json!({"impact": "critical", "state": "identified"}));
    let moved = world.run(120);
    assert_eq!(titled(&moved), [(Updated, "b")]);
    assert_eq!(moved[0].key, second[0].key, "sinks add it to the same matter");
    assert_eq!(
        (moved[0].text.as_str(), moved[0].severity),
        ("b is identified.", Severity::Critical)
    );
    assert_eq!(moved[0].children, ["page: b (identified)"]);
    world.declare("openai", "b", &json!({"impact": "critical", "state": "resolved"}));
    let over = world.run(300);
    assert_eq!(titled(&over), [(Resolved, "b")]);
    assert_eq!(over[0].key, second[0].key);
    assert_eq!(over[0].text, "b is resolved.", "in the page's last words");
    world.declare("openai", "a", &json!({"state": "resolved"}));
    assert_eq!(titled(&world.run(300)), [(Resolved, "a")]);
    world.run(1_200);
    assert!(world.state.alerts.keys().all(|key| !key.contains("openai-page")), "and let go");
}

#[test]
fn a_child_that_joins_an_event_and_a_graver_weight_are_told_under_the_key_of_the_event() {
    let mut world = World::well();
    world.declare("openai", "a", &json!({"impact": "minor"}));
    let fired = world.run(120);
    let event = json!({"source": "openai-page", "native": "a"});
    world.declare("openai", "child", &json!({"impact": "minor", "event": event}));
    let joined = world.run(120);
    assert_eq!(titled(&joined), [(Updated, "a, and 1 more")]);
    assert_eq!(joined[0].children, ["page: a (investigating)", "page: child (investigating)"]);
    world.declare("openai", "child", &json!({"impact": "critical", "event": event}));
    let worse = world.run(120);
    assert_eq!(titled(&worse), [(Worsened, "a, and 1 more")]);
    assert!(fired.iter().chain(&joined).chain(&worse).all(|one| one.key == fired[0].key));
}

#[test]
fn moves_that_follow_each_other_within_a_minute_are_one_update_and_new_words_alone_are_none() {
    let mut world = World::well();
    world.page("openai", "investigating", "a");
    assert_eq!(titled(&world.run(120)), [(Fired, "a")]);
    world.page("openai", "identified", "a");
    assert_eq!(titled(&world.run(10)), [(Updated, "a")]);
    world.page("openai", "monitoring", "a");
    world.run(10);
    world.page("openai", "investigating", "a");
    let moved = world.run(300);
    assert_eq!(titled(&moved), [(Updated, "a")]);
    assert_eq!(moved[0].text, "a is investigating.");
    world.declare(
        "openai",
        "a",
        &json!({"updates": [{"native": "more", "at": world.now,
        "state": null, "text": "Still at it."}]}),
    );
    assert_eq!(titled(&world.run(300)), []);
}

#[test]
fn a_move_is_withheld_with_its_alert_and_told_when_it_may_be() {
    let mut world = World::well();
    world.page("openai", "investigating", "a");
    assert_eq!(Told::all(&world.run(120)), [page(Fired)]);
    world.window(OPENAI, 300);
    world.page("openai", "identified", "a");
    assert_eq!(Told::all(&world.run(299)), []);
    assert_eq!(Told::all(&world.run(10)), [page(Updated)]);
    let taken = Acknowledgement { by: "mk".into(), at: world.now, note: String::new() };
    let key = World::event_key("openai", "a");
    world.state.alerts.get_mut(&key).unwrap().matter.acknowledged = Some(taken);
    world.page("openai", "monitoring", "a");
    assert_eq!(Told::all(&world.run(300)), [], "somebody has it in hand");
}

#[test]
fn a_move_of_the_page_is_an_update_of_the_trouble_that_tells_it() {
    let mut world = World::well();
    world.judge("gpt-main", TheirOutage);
    let fired = world.run(120);
    assert_eq!(Told::all(&fired), [told(Fired, "their_trouble", OPENAI)]);
    world.page("openai", "investigating", "Errors");
    let opened = world.run(120);
    assert_eq!(Told::all(&opened), [told(Updated, "their_trouble", OPENAI)]);
    assert_eq!(opened[0].key, fired[0].key);
    assert_eq!(opened[0].text, "page: Errors (investigating): Errors is investigating.");
    world.page("openai", "resolved", "Errors");
    let over = world.run(300);
    assert_eq!(Told::all(&over), [told(Updated, "their_trouble", OPENAI)]);
    assert_eq!(over[0].text, "its page declares nothing any more", "and our own probes still fail");
    world.judge("gpt-main", Operating);
    assert_eq!(Told::all(&world.run(120)), [told(Resolved, "their_trouble", OPENAI)]);
}

#[test]
fn a_restart_tells_no_move_twice() {
    let mut world = World::well();
    world.page("openai", "investigating", "a");
    world.run(120);
    world.page("openai", "identified", "a");
    assert_eq!(Told::all(&world.run(120)), [page(Updated)]);
    world.restart();
    assert_eq!(Told::all(&world.run(300)), []);
    world.page("openai", "monitoring", "a");
    world.restart();
    assert_eq!(Told::all(&world.run(300)), [page(Updated)]);
}

fn id(native: &str) -> IncidentId {
    serde_json::from_value(json!({"source": "openai-page", "native": native})).unwrap()
}

#[test]
fn what_stood_there_before_anybody_looked_is_shown_and_told_from_its_next_move_on() {
    let mut world = World::well();
    world.state.old_incidents =
        BTreeMap::from([(id("a"), Impact::Minor), (id("b"), Impact::Minor)]);
    world.declare("openai", "a", &json!({"impact": "minor"}));
    world.declare("openai", "b", &json!({"impact": "minor"}));
    world.declare("openai", "new", &json!({"impact": "minor"}));
    world.remind_every_minutes(AlertRuleId::PageIncident, 20);
    assert_eq!(titled(&world.run(30 * 60)), [(Fired, "new"), (NoticeKind::Reminder, "new")]);
    let alert = &world.state.alerts[&World::event_key("openai", "a")];
    assert_eq!(alert.matter.alert.state(), AlertState::Firing, "it is on the board");
    // What is remembered of the first look ends with the process, and what came of it does not.
    world.state.old_incidents.clear();
    world.restart();
    world.declare("openai", "a", &json!({"impact": "critical"}));
    world.declare("openai", "b", &json!({"impact": "minor", "state": "resolved"}));
    let moved = world.run(300);
    assert_eq!(titled(&moved), [(Worsened, "a")], "an end of what nobody was told is no news");
    world.declare("openai", "a", &json!({"impact": "critical", "state": "resolved"}));
    assert_eq!(titled(&world.run(300)), [(Resolved, "a")]);
}

#[test]
fn what_an_unreadable_page_said_last_is_neither_repeated_nor_over() {
    let mut world = World::well();
    world.page("openai", "investigating", "a");
    assert_eq!(Told::all(&world.run(60)), [page(Fired)]);
    world.page_is("openai", true);
    world.remind_every_minutes(AlertRuleId::PageIncident, 20);
    let silent = world.run(50 * 60);
    assert_eq!(Told::all(&silent), [page(NoData)], "once, and no reminders in old words");
    assert_eq!(silent[0].title, "OpenAI's page cannot be read");
    let alert = &world.state.alerts[&World::event_key("openai", "a")].matter.alert;
    assert_eq!((alert.state(), alert.open_since().is_some()), (AlertState::NoData, true));
    world.page_is("openai", false);
    world.page("openai", "resolved", "a");
    let back = Told::all(&world.run(300));
    assert_eq!(back, [page(NoticeKind::DataBack), page(Resolved)]);
}

#[test]
fn a_page_that_answers_what_nobody_understands_cannot_be_evaluated() {
    let mut world = World::well();
    world.page_is("openai", true);
    world.page_answers("openai");
    let failed = world.run(1_200);
    assert_eq!(Told::all(&failed), [page(Error)]);
    assert_eq!(world.state_of(AlertRuleId::PageIncident, OPENAI), AlertState::Error);
}

#[test]
fn an_alert_of_before_on_a_whole_page_goes_on_as_that_of_its_event_and_ends_under_its_key() {
    let mut world = World::well();
    world.declare("openai", "a", &json!({}));
    let fired = world.run(60);
    // As an earlier version kept it.
    let old = key(AlertRuleId::PageIncident, &OPENAI.parse().unwrap());
    let mut record = world.state.alerts.remove(&World::event_key("openai", "a")).unwrap();
    record.matter.event = None;
    world.state.alerts.insert(old.clone(), record);
    world.restart();
    assert_eq!(Told::all(&world.run(600)), [], "neither over nor begun");
    world.declare("openai", "a", &json!({"state": "identified"}));
    world.restart();
    let moved = world.run(120);
    world.declare("openai", "a", &json!({"state": "resolved"}));
    let over = world.run(300);
    assert_eq!((Told::all(&moved), Told::all(&over)), (vec![page(Updated)], vec![page(Resolved)]));
    assert!(moved.iter().chain(&over).all(|one| one.key == old), "what opened it closes it");
    assert_ne!(fired[0].key, old);
}

#[test]
fn an_alert_of_before_whose_page_is_calm_by_now_ends() {
    let mut world = World::well();
    world.declare("openai", "a", &json!({}));
    world.run(60);
    let old = key(AlertRuleId::PageIncident, &OPENAI.parse().unwrap());
    let mut record = world.state.alerts.remove(&World::event_key("openai", "a")).unwrap();
    record.matter.event = None;
    world.state.alerts.insert(old.clone(), record);
    world.declare("openai", "a", &json!({"state": "resolved"}));
    world.restart();
    let over = world.run(300);
    assert_eq!((Told::all(&over), &over[0].key), (vec![page(Resolved)], &old));
}

#[test]
fn what_names_only_apps_is_not_told_unless_it_names_a_model_of_ours() {
    let mut world = World::well();
    let app = json!([{"id": null, "name": "App", "state": "major_outage", "targets": [], "serves": false}]);
    world.declare("openai", "app", &json!({"components": app}));
    assert_eq!(Told::all(&world.run(60)), []);
    world.declare("openai", "model", &json!({"components": app, "targets": ["gpt-main"]}));
    assert_eq!(titled(&world.run(60)), [(Fired, "model")]);
}
