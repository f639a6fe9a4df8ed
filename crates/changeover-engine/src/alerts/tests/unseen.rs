//! What cannot be seen any more is not over.

use changeover_domain::{AlertState, NoticeKind, VerdictKind};

use super::world::{Told, World};
use crate::contract::AlertRuleId;
use crate::observed::Observed;

use NoticeKind::{Error, Fired, NoData, Resolved};
use VerdictKind::{Operating, OurBilling, OurNetwork, TheirOutage, Unknown};

const ANTHROPIC: &str = "provider:anthropic";
const OPENAI: &str = "provider:openai";

fn told(kind: NoticeKind, rule: &'static str, subject: &'static str) -> Told {
    Told { kind, rule: rule.to_owned(), subject: subject.to_owned() }
}

#[test]
fn a_refusal_of_ours_that_nobody_asks_for_any_more_stays_open() {
    let mut world = World::well();
    world.judge("gpt-main", OurBilling);
    assert_eq!(Told::all(&world.run(30)), [told(Fired, "our_trouble", OPENAI)]);
    world.judge("gpt-main", Unknown);
    assert_eq!(Told::all(&world.run(14 * 60)), [], "traffic went elsewhere; the bill is unpaid");
    let silent = world.run(120);
    let expected = [told(NoData, "our_trouble", OPENAI), told(NoData, "their_trouble", OPENAI)];
    assert_eq!(Told::all(&silent), expected, "the matter and the provider, once each");
    world.judge("gpt-main", Operating);
    let over = world.run(90);
    assert!(Told::all(&over).contains(&told(Resolved, "our_trouble", OPENAI)), "{over:?}");
}

#[test]
fn trouble_that_is_not_seen_any_more_is_not_over_though_another_model_is_well() {
    let mut world = World::well();
    world.judge("claude-opus", TheirOutage);
    world.burn("claude-opus");
    assert_eq!(Told::all(&world.run(60)), [told(Fired, "their_trouble", ANTHROPIC)]);
    world.judge("claude-opus", Unknown);
    world.calm("claude-opus");
    assert_eq!(Told::all(&world.run(14 * 60)), [], "traffic went elsewhere; haiku is well");
    assert_eq!(Told::all(&world.run(120)), [told(NoData, "their_trouble", ANTHROPIC)]);
    world.restart();
    assert_eq!(Told::all(&world.run(600)), [], "also over a restart");
    world.judge("claude-opus", Operating);
    assert_eq!(Told::all(&world.run(90)), [told(Resolved, "their_trouble", ANTHROPIC)]);
}

#[test]
fn a_budget_that_burned_when_it_was_last_seen_burns_until_it_is_seen_again() {
    let mut world = World::well();
    world.burn("gpt-main");
    assert_eq!(Told::all(&world.run(120)), [told(Fired, "slo_burn", OPENAI)]);
    world.judge("gpt-main", Unknown);
    world.calm("gpt-main");
    assert_eq!(Told::all(&world.run(10 * 60)), []);
    world.judge("gpt-main", Operating);
    assert_eq!(Told::all(&world.run(400)), [told(Resolved, "slo_burn", OPENAI)]);
}

#[test]
fn a_network_of_ours_of_which_nothing_is_known_is_neither_gone_nor_back() {
    let mut world = World::well();
    let targets = ["claude-opus", "claude-haiku", "gpt-main"];
    targets.iter().for_each(|target| world.judge(target, OurNetwork));
    assert_eq!(Told::all(&world.run(60)), [told(Fired, "our_network", "everything")]);
    targets.iter().for_each(|target| world.judge(target, Unknown));
    assert_eq!(Told::all(&world.run(300)), []);
    assert_eq!(world.state_of(AlertRuleId::OurNetwork, "everything"), AlertState::Firing);
}

#[test]
fn what_nothing_is_known_of_is_not_shown_as_well() {
    let mut world = World::well();
    assert!(world.knows(AlertRuleId::OurNetwork, "everything"));
    for target in ["claude-opus", "claude-haiku", "gpt-main"] {
        world.judge(target, Unknown);
    }
    world.page_is("openai", true);
    assert_eq!(Told::all(&world.run(60)), []);
    assert_eq!(world.state_of(AlertRuleId::OurNetwork, "everything"), AlertState::Normal);
    for (rule, subject) in [
        (AlertRuleId::OurNetwork, "everything"),
        (AlertRuleId::TheirTrouble, OPENAI),
        (AlertRuleId::OurTrouble, OPENAI),
        (AlertRuleId::SloBurn, OPENAI),
        (AlertRuleId::PageIncident, OPENAI),
    ] {
        assert!(!world.knows(rule, subject), "{rule:?}");
    }
    assert!(world.knows(AlertRuleId::PageIncident, ANTHROPIC));
}

#[test]
fn a_premium_that_nobody_can_reckon_any_more_is_not_over() {
    let mut world = World::well();
    world.premium_dollars(120);
    assert_eq!(Told::all(&world.run(120)), [told(Fired, "premium_per_hour", "everything")]);
    world.lose("eu-1");
    world.lose("eu-2");
    world.premium_unknown();
    let told = Told::all(&world.run(300));
    assert!(told.iter().all(|told| told.rule == "gateway_unreachable"), "{told:?}");
}

#[test]
fn a_premium_without_a_price_cannot_be_evaluated_and_is_not_over_for_that() {
    let mut world = World::well();
    world.premium_dollars(120);
    assert_eq!(Told::all(&world.run(120)), [told(Fired, "premium_per_hour", "everything")]);
    world.premium_unpriced();
    assert_eq!(Told::all(&world.run(14 * 60)), []);
    let failed = world.run(120);
    assert_eq!(Told::all(&failed), [told(Error, "premium_per_hour", "everything")]);
    assert_eq!(world.state_of(AlertRuleId::PremiumPerHour, "everything"), AlertState::Error);
}

#[test]
fn a_page_that_was_not_read_since_the_start_ends_nothing() {
    let mut world = World::well();
    world.page("openai", "investigating", "Increased latency");
    assert_eq!(Told::all(&world.run(20)), [told(Fired, "page_incident", OPENAI)]);
    world.state.observed = Observed::default();
    assert_eq!(Told::all(&world.run(120)), [], "nothing was read so far");
    for provider in ["anthropic", "openai"] {
        world.page_is(provider, false);
    }
    let over = world.run(300);
    assert_eq!(Told::all(&over), [told(Resolved, "page_incident", OPENAI)]);
}

#[test]
fn a_silence_that_was_told_ends_with_its_subject() {
    let mut world = World::well();
    world.judge("gpt-main", Unknown);
    assert_eq!(Told::all(&world.run(16 * 60)), [told(NoData, "their_trouble", OPENAI)]);
    world.setup.catalogue.providers.retain(|access| access.provider.id.as_str() != "openai");
    assert_eq!(Told::all(&world.run(5)), [told(Resolved, "their_trouble", OPENAI)]);
}
