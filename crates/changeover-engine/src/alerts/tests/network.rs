//! When our own network is blamed, and whom that excuses.

use changeover_domain::{AlertState, NoticeKind, VerdictKind};

use super::told;
use super::world::{Told, World};
use crate::contract::AlertRuleId;

use NoticeKind::{Fired, Resolved};
use VerdictKind::{Operating, OurNetwork, TheirOutage, Unknown};

const ANTHROPIC: &str = "provider:anthropic";

#[test]
fn a_lost_name_of_one_vendor_neither_blames_our_network_nor_hides_anothers_outage() {
    let mut world = World::well();
    world.judge_as("gpt-main", OurNetwork, "low");
    world.judge("claude-opus", TheirOutage);
    world.judge("claude-haiku", TheirOutage);
    let fired = world.run(60);
    assert_eq!(Told::all(&fired), [told(Fired, "their_trouble", ANTHROPIC)]);
    assert_eq!(world.state_of(AlertRuleId::OurNetwork, "everything"), AlertState::Normal);
}

#[test]
fn one_answer_that_is_well_known_proves_our_network_and_a_guess_does_not() {
    let mut world = World::well();
    let gone = |world: &mut World| {
        world.judge("claude-opus", OurNetwork);
        world.judge("claude-haiku", OurNetwork);
    };
    gone(&mut world);
    world.judge_as("gpt-main", Operating, "medium");
    assert_eq!(Told::all(&world.run(60)), []);
    world.judge_as("gpt-main", Operating, "low");
    assert_eq!(Told::all(&world.run(60)), [told(Fired, "our_network", "everything")]);
    world.judge_as("gpt-main", TheirOutage, "medium");
    let told_then = Told::all(&world.run(60));
    let expected = [
        told(Fired, "their_trouble", "provider:openai"),
        told(Resolved, "our_network", "everything"),
    ];
    assert_eq!(told_then, expected);
}

#[test]
fn what_our_network_does_not_explain_is_told_while_it_is_open() {
    let mut world = World::well();
    for target in ["claude-opus", "claude-haiku", "gpt-main"] {
        world.judge(target, OurNetwork);
    }
    assert_eq!(Told::all(&world.run(60)), [told(Fired, "our_network", "everything")]);
    // Not sure enough to prove anything, and nothing that our network explains.
    world.judge_as("claude-opus", TheirOutage, "low");
    assert_eq!(Told::all(&world.run(60)), [told(Fired, "their_trouble", ANTHROPIC)]);
}

#[test]
fn what_our_own_network_hides_is_not_over() {
    let mut world = World::well();
    world.judge("claude-opus", TheirOutage);
    assert_eq!(Told::all(&world.run(60)), [told(Fired, "their_trouble", ANTHROPIC)]);
    for target in ["claude-opus", "claude-haiku", "gpt-main"] {
        world.judge(target, OurNetwork);
    }
    assert_eq!(Told::all(&world.run(120)), [told(Fired, "our_network", "everything")]);
    for target in ["claude-haiku", "gpt-main"] {
        world.judge(target, Operating);
    }
    world.judge("claude-opus", Unknown);
    assert_eq!(Told::all(&world.run(120)), [told(Resolved, "our_network", "everything")]);
    world.judge("claude-opus", Operating);
    assert_eq!(Told::all(&world.run(120)), [told(Resolved, "their_trouble", ANTHROPIC)]);
}
