//! From what the board shows to what people are told, second by second.

mod first_look;
mod network;
mod page;
mod quiet;
mod unseen;
mod world;

use changeover_domain::{AlertState, NoticeKind, Severity, VerdictKind};
use changeover_policy::verdict::{BurnWindows, Counts};

use super::evaluate::Burnt;
use crate::contract::AlertRuleId;
use world::{Told, World};

use NoticeKind::{Fired, NoData, Resolved, Worsened};
use VerdictKind::{Operating, TheirDegradation, TheirOutage, Unknown};

fn told(kind: NoticeKind, rule: &'static str, subject: &'static str) -> Told {
    Told { kind, rule: rule.to_owned(), subject: subject.to_owned() }
}

#[test]
fn an_event_of_a_provider_is_one_notice_with_its_models_and_its_page_as_parts() {
    let mut world = World::well();
    world.judge("claude-opus", TheirOutage);
    world.judge("claude-haiku", TheirDegradation);
    world.page("anthropic", "identified", "Elevated errors");
    let fired = world.run(60);
    assert_eq!(Told::all(&fired), [told(Fired, "their_trouble", "provider:anthropic")]);
    assert_eq!(fired[0].severity, Severity::Critical);
    assert_eq!(fired[0].title, "Anthropic: their outage, all models");
    assert_eq!(
        fired[0].children,
        [
            "claude-haiku: their degradation",
            "claude-opus: their outage",
            "page: Elevated errors (identified)"
        ]
    );
    world.judge("claude-opus", Operating);
    world.judge("claude-haiku", Operating);
    let resolved = world.run(90);
    assert_eq!(Told::all(&resolved), [told(Resolved, "their_trouble", "provider:anthropic")]);
    assert_eq!(resolved[0].severity, Severity::Critical, "whoever heard of the worst");
    assert_eq!(resolved[0].title, "Anthropic: their outage, all models", "what has ended");
    assert_eq!(Told::all(&world.run(600)), [], "its page is a part of what was told");
    world.page("anthropic", "resolved", "Elevated errors");
    assert_eq!(Told::all(&world.run(600)), []);
}

#[test]
fn what_gets_worse_is_told_again_under_the_same_key() {
    let mut world = World::well();
    world.judge("claude-opus", TheirDegradation);
    let fired = world.run(60);
    world.judge("claude-opus", TheirOutage);
    let worse = world.run(60);
    assert_eq!(Told::all(&worse), [told(Worsened, "their_trouble", "provider:anthropic")]);
    assert_eq!((fired[0].severity, worse[0].severity), (Severity::Warning, Severity::Critical));
    assert_eq!(fired[0].key, worse[0].key);
    world.judge("claude-opus", TheirDegradation);
    assert_eq!(Told::all(&world.run(60)), [], "better, but not over");
}

#[test]
fn a_page_that_flaps_is_one_notice() {
    let mut world = World::well();
    let mut all = Vec::new();
    for state in ["investigating", "resolved"].repeat(10) {
        world.page("openai", state, "Increased latency");
        all.extend(world.run(45));
    }
    all.extend(world.run(300));
    let expected = [
        told(Fired, "page_incident", "provider:openai"),
        told(Resolved, "page_incident", "provider:openai"),
    ];
    assert_eq!(Told::all(&all), expected);
    assert_eq!(all[0].title, "OpenAI's page: Increased latency");
}

#[test]
fn a_verdict_that_lasts_a_few_seconds_is_told_to_nobody() {
    let mut world = World::well();
    for kind in [TheirDegradation, Operating].repeat(5) {
        world.judge("gpt-main", kind);
        assert_eq!(Told::all(&world.run(8)), []);
    }
}

#[test]
fn a_page_that_spoke_first_is_told_and_so_is_our_own_trouble_after_it() {
    let mut world = World::well();
    world.page("openai", "investigating", "Increased latency");
    let page = world.run(20);
    assert_eq!(Told::all(&page), [told(Fired, "page_incident", "provider:openai")]);
    world.judge("gpt-main", TheirOutage);
    let ours = world.run(20);
    assert_eq!(Told::all(&ours), [told(Fired, "their_trouble", "provider:openai")]);
}

#[test]
fn our_own_network_is_one_notice_for_everything() {
    let mut world = World::well();
    for target in ["claude-opus", "claude-haiku", "gpt-main"] {
        world.judge(target, VerdictKind::OurNetwork);
    }
    world.page("openai", "investigating", "Increased latency");
    world.lose("eu-1");
    let fired = world.run(60);
    assert_eq!(Told::all(&fired), [told(Fired, "our_network", "everything")]);
    assert_eq!(world.state_of(AlertRuleId::GatewayUnreachable, "gateway:eu-1"), AlertState::Firing);
}

#[test]
fn what_is_refused_for_our_sake_is_told_apart() {
    let mut world = World::well();
    world.judge("gpt-main", VerdictKind::OurQuota);
    let fired = world.run(30);
    assert_eq!(Told::all(&fired), [told(Fired, "our_trouble", "provider:openai")]);
    assert_eq!(fired[0].title, "OpenAI: your quota");
}

#[test]
fn a_provider_of_which_nothing_is_known_for_long_is_no_data_and_not_well() {
    let mut world = World::well();
    world.judge("gpt-main", Unknown);
    assert_eq!(Told::all(&world.run(14 * 60)), [], "a start takes its time");
    let silent = world.run(120);
    assert_eq!(Told::all(&silent), [told(NoData, "their_trouble", "provider:openai")]);
    assert_eq!(silent[0].title, "OpenAI: nothing is known of it");
    assert_eq!(world.state_of(AlertRuleId::TheirTrouble, "provider:openai"), AlertState::NoData);
    world.judge("gpt-main", Operating);
    let back = world.run(10);
    assert_eq!(Told::all(&back), [told(NoticeKind::DataBack, "their_trouble", "provider:openai")]);
}

#[test]
fn a_gateway_that_is_gone_is_told_and_so_is_its_return() {
    let mut world = World::well();
    world.lose("eu-1");
    let fired = world.run(60);
    assert_eq!(Told::all(&fired), [told(Fired, "gateway_unreachable", "gateway:eu-1")]);
    assert_eq!(fired[0].severity, Severity::Warning, "another one carries on");
    world.lose("eu-2");
    let all_gone = world.run(60);
    let expected = [
        told(Worsened, "gateway_unreachable", "gateway:eu-1"),
        told(Fired, "gateway_unreachable", "gateway:eu-2"),
    ];
    assert_eq!(Told::all(&all_gone), expected);
    world.find("eu-1");
    let back = world.run(60);
    assert_eq!(Told::all(&back), [told(Resolved, "gateway_unreachable", "gateway:eu-1")]);
}

#[test]
fn a_burning_budget_is_told_unless_the_trouble_that_burns_it_is() {
    let mut world = World::well();
    world.burn("gpt-main");
    world.burn("claude-opus");
    world.judge("claude-opus", TheirOutage);
    let fired = world.run(120);
    let expected = [
        told(Fired, "their_trouble", "provider:anthropic"),
        told(Fired, "slo_burn", "provider:openai"),
    ];
    assert_eq!(Told::all(&fired), expected);
    assert_eq!(fired[1].text, "errors use up the allowance 15 times too fast (last hour)");
    assert_eq!(fired[1].children, ["gpt-main: 15 times (last hour), 20 times (last 5 min)"]);
}

#[test]
fn a_window_of_which_only_the_end_was_watched_is_called_by_that_end() {
    let seen_over = |minutes: i64| {
        let mut windows = BurnWindows::default();
        for minute in 0..minutes {
            windows.add(minute * 60_000, Counts { attempts: 20, failed: 10 });
        }
        Burnt::of(&windows, 0.99).unwrap().seen_over
    };
    assert_eq!(
        [2, 5, 6, 30, 31, 200].map(seen_over),
        ["last 5 min", "last 5 min", "last 30 min", "last 30 min", "last hour", "last hour"]
    );
    assert_eq!(Burnt::of(&BurnWindows::default(), 0.99), None);
}

#[test]
fn a_premium_above_the_limit_is_told_with_what_it_comes_from() {
    let mut world = World::well();
    world.premium_dollars(99);
    assert_eq!(Told::all(&world.run(120)), []);
    world.premium_dollars(120);
    let fired = world.run(120);
    assert_eq!(Told::all(&fired), [told(Fired, "premium_per_hour", "everything")]);
    assert_eq!(fired[0].children, ["chat: $120.00 per hour"]);
}
