//! What is accepted, and where what is refused stands.

mod pages;

use std::time::Duration;

use super::*;

/// The commented defaults are the documentation, so they must be what is accepted.
const DOCUMENTED: &str = include_str!("../../../../assets/changeover.toml");

pub(super) fn load_text(text: &str) -> Result<Setup, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("changeover.toml");
    std::fs::write(&file, text).unwrap();
    load(&file).map_err(|error| error.to_string().replace(&file.display().to_string(), "FILE"))
}

/// A variable that every environment has, in place of the keys.
fn with_secrets(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        match line.split_once("\"env:") {
            Some((key, _)) => out.push_str(&format!("{key}\"env:PATH\"\n")),
            None => out.push_str(&format!("{line}\n")),
        }
    }
    out
}

#[test]
fn the_documented_configuration_is_accepted() {
    let setup = load_text(&with_secrets(DOCUMENTED)).unwrap();
    assert_eq!(setup.catalogue.providers.len(), 3);
    assert!(!setup.pages.is_empty() && !setup.gateways.is_empty());
}

#[test]
fn a_missing_secret_is_refused_at_its_line_before_anything_starts() {
    let error = load_text(DOCUMENTED).unwrap_err();
    assert!(error.starts_with("FILE, line ") && error.contains("is not set"), "{error}");
}

#[test]
fn an_unknown_key_and_a_gateway_that_stands_twice_are_refused() {
    let good = with_secrets(DOCUMENTED);
    let unknown = load_text(&format!("colour = 1\n{good}")).unwrap_err();
    assert!(
        unknown.contains("line 1, key `colour`: unknown field `colour`, expected one of"),
        "{unknown}"
    );
    let again =
        "\n[[gateways]]\nid = \"eu-1\"\nadmin_url = \"http://127.0.0.1:1\"\ntoken = \"env:PATH\"\n";
    let twice = load_text(&format!("{good}{again}")).unwrap_err();
    assert!(twice.contains("`eu-1` stands twice in gateways"), "{twice}");
    let slow = good.replace("interval_s = 15", "interval_s = 1");
    assert!(load_text(&slow).unwrap_err().contains("expected 5 to 3600 seconds"));
}

/// The documented file with more after it.
fn with(more: &str) -> String {
    format!("{}\n{more}", with_secrets(DOCUMENTED))
}

fn refused(more: &str) -> String {
    load_text(&with(more)).unwrap_err()
}

#[test]
fn the_documented_rules_are_the_usual_ones() {
    let setup = load_text(&with_secrets(DOCUMENTED)).unwrap();
    assert_eq!(setup.alerts, crate::alerts::rules::Rules::default());
    assert!(setup.sinks.is_empty() && setup.windows.is_empty());
}

#[test]
fn the_sinks_and_windows_that_stand_in_comments_are_as_they_are_read() {
    let text = with_secrets(DOCUMENTED).replace("#   ", "");
    let example = text.lines().skip_while(|line| !line.starts_with("[[sinks]]"));
    // The environment of a test has no key of this form, so the reading ends at the first secret.
    let example: Vec<&str> = example.filter(|line| !line.starts_with('#')).collect();
    let error = refused(&example.join("\n"));
    assert!(error.contains("key `secret`: a signing key is `whsec_` and then base64"), "{error}");
    let window = example.iter().skip_while(|line| !line.starts_with("[[maintenance]]"));
    let window: Vec<&str> = window.copied().collect();
    let setup = load_text(&with(&window.join("\n"))).unwrap();
    assert_eq!(setup.windows[0].subject.to_string(), "gateway:eu-1");
    assert_eq!((setup.windows[0].by.as_str(), setup.windows[0].configured), ("on-call", true));
    let length = setup.windows[0].until.since(setup.windows[0].from);
    assert_eq!(length, Duration::from_secs(3_600));
}

#[test]
fn a_rule_is_changed_or_turned_off() {
    let changed = "[[alerts.rules]]\nid = \"page_incident\"\noff = true\n\
                   [[alerts.rules]]\nid = \"slo_burn\"\nseverity = \"critical\"\nremind_min = 0\nat_least = 14.4\n";
    let text = with_secrets(DOCUMENTED)
        .replace("[[alerts.rules]]", &format!("{changed}\n[[alerts.rules]]"));
    let rules = load_text(&text).unwrap().alerts;
    use crate::contract::AlertRuleId::{PageIncident, SloBurn, TheirTrouble};
    assert_eq!(rules.get(PageIncident), None);
    let burn = rules.get(SloBurn).unwrap();
    assert!(burn.machine.is_breached(14.4) && !burn.machine.is_breached(14.3));
    assert_eq!(burn.severity, Some(changeover_domain::Severity::Critical));
    assert_eq!(burn.machine.remind_every, None);
    assert!(rules.get(TheirTrouble).is_some(), "what is not named is as usual");
}

#[test]
fn what_alerts_cannot_be_is_refused_at_its_place() {
    let rule = |text: &str| {
        let good = with_secrets(DOCUMENTED);
        load_text(&good.replace("pending_s = 10", text)).unwrap_err()
    };
    assert!(rule("pending_s = 100000").contains("key `pending_s`: expected 0 to 86400"));
    let limit = |text: &str| {
        let good = with_secrets(DOCUMENTED);
        load_text(&good.replace("at_least = 1\n", text)).unwrap_err()
    };
    let none = limit("at_least = 0\n");
    assert!(none.contains("key `at_least`: expected 1 to 1000 targets in trouble"), "{none}");
    assert!(limit("at_least = nan\n").contains("expected 1 to 1000"));
    let yes_or_no = limit("[[alerts.rules]]\nid = \"expiry_held\"\nat_least = 2\n");
    assert!(yes_or_no.contains("`expiry_held` is so or not so: it has no figure"), "{yes_or_no}");
    assert!(rule("colour = 1").contains("unknown field `colour`, expected one of `id`"));
    let unknown = refused(
        "[[maintenance]]\nsubject = \"route:caht\"\nfrom = \"2026-12-01T22:00:00Z\"\nuntil = \"2026-12-01T23:00:00Z\"\nreason = \"x\"",
    );
    assert!(unknown.contains("key `subject`: there is no route `caht`; known: chat"), "{unknown}");
    let zoneless = refused(
        "[[maintenance]]\nsubject = \"everything\"\nfrom = \"2026-12-01 22:00\"\nuntil = \"2026-12-01T23:00:00Z\"\nreason = \"x\"",
    );
    assert!(zoneless.contains("key `from`: expected a time with its zone"), "{zoneless}");
    let backwards = refused(
        "[[maintenance]]\nsubject = \"everything\"\nfrom = \"2026-12-01T22:00:00Z\"\nuntil = \"2026-12-01T21:00:00Z\"\nreason = \"x\"",
    );
    assert!(backwards.contains("`until` must lie after `from`"), "{backwards}");
    let impact = load_text(&with_secrets(DOCUMENTED).replace("\"minor\"", "\"none\"")).unwrap_err();
    assert!(impact.contains("expected `minor`, `major` or `critical`"), "{impact}");
}

#[test]
fn a_sink_that_cannot_be_is_refused_without_its_secret() {
    let pasted = refused(
        "[[sinks]]\nid = \"a\"\nkind = \"slack\"\nurl = \"https://hooks.slack.example/T0SECRET\"",
    );
    assert!(pasted.contains("key `url`: Slack's address is a secret"), "{pasted}");
    assert!(!pasted.contains("T0SECRET"));
    let no_address = refused("[[sinks]]\nid = \"a\"\nkind = \"slack\"\nurl = \"env:PATH\"");
    assert!(no_address.contains("this is no address"), "{no_address}");
    let clear = refused(
        "[[sinks]]\nid = \"a\"\nkind = \"webhook\"\nurl = \"http://ops.example/\"\nsecret = \"env:PATH\"",
    );
    assert!(clear.contains("in clear"), "{clear}");
    let unsigned =
        refused("[[sinks]]\nid = \"a\"\nkind = \"webhook\"\nurl = \"https://ops.example/\"");
    assert!(unsigned.contains("key `kind`: a webhook needs the `secret`"), "{unsigned}");
    let mixed = refused(
        "[[sinks]]\nid = \"a\"\nkind = \"pagerduty\"\nrouting_key = \"env:PATH\"\nsecret = \"env:PATH\"",
    );
    assert!(mixed.contains("has no `secret`, but a `routing_key`"), "{mixed}");
    let kind = refused("[[sinks]]\nid = \"a\"\nkind = \"teams\"");
    assert!(
        kind.contains("unknown variant `teams`, expected one of `webhook`, `slack`, `pagerduty`"),
        "{kind}"
    );
    let twice = "[[sinks]]\nid = \"a\"\nkind = \"pagerduty\"\nrouting_key = \"env:PATH\"\n";
    assert!(refused(&twice.repeat(2)).contains("`a` stands twice in sinks"));
}

#[test]
fn a_receiver_of_webhooks_is_for_pages_that_are_watched_and_secrets_that_cannot_be_guessed() {
    let good = with_secrets(DOCUMENTED);
    let load = |receiver: &str| load_text(&format!("{good}\n{receiver}"));
    let none = load("[webhooks]\nlisten = \"127.0.0.1:0\"\n").unwrap_err();
    assert!(none.contains("a receiver without pages takes nothing"), "{none}");
    let with = |page: &str, more: &str| {
        let page = format!("[[webhooks.pages]]\npage = \"{page}\"\nsecret = \"env:PATH\"\n");
        load(&format!("[webhooks]\nlisten = \"127.0.0.1:0\"\n{page}{more}")).unwrap_err()
    };
    let unwatched = with("none", "");
    assert!(unwatched.contains("no status page `none` is watched"), "{unwatched}");
    assert!(unwatched.contains("anthropic-status"), "{unwatched}");
    // A list of folders is no secret: it has slashes. All else of the entry is taken.
    let guessed = with("anthropic-status", "platform = \"other\"\nsigning = [\"env:PATH\"]\n");
    assert!(guessed.contains("key `secret`: it becomes part of an address"), "{guessed}");
    assert!(!guessed.contains(&std::env::var("PATH").unwrap()), "{guessed}");
}
