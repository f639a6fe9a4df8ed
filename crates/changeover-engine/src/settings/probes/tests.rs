//! What is asked of providers and neutral hosts, and what is refused with which words.

use std::time::Duration;

use changeover_config::DayZone;
use changeover_domain::{Nanodollars, ProbeKind, ProviderId, TargetId};

use crate::settings::tests::load_text;
use crate::setup::Setup;

const WORLD: &str = r#"
routes = [{ id = "chat", criticality = "can_delay", targets = ["opus", "haiku"] }]
gateways = []
targets = [
    { id = "opus", provider = "a", model = "opus" },
    { id = "haiku", provider = "a", model = "haiku" },
]
[[providers]]
id = "a"
kind = "anthropic"
base_url = "https://api.a.example/v1"
"#;

fn setup(text: &str) -> Setup {
    load_text(&format!("{WORLD}{text}")).unwrap()
}

/// Asserts that a text is refused on the line of its marked key, with these words.
fn assert_refused(text: &str, key: &str, words: &str) {
    let error = load_text(&format!("{WORLD}{text}")).map(|_| ()).unwrap_err();
    let at = WORLD.lines().count() + line_of(text, key);
    let place = format!("FILE, line {at}, key `{key}`: ");
    assert!(error.starts_with(&place), "{error}: not at {place}");
    assert!(error.contains(words), "{error}");
}

/// The last line that sets the key: what stands twice is refused where it stands again.
fn line_of(text: &str, key: &str) -> usize {
    let sets = |line: &str| line.split_once('=').is_some_and(|(name, _)| name.trim() == key);
    text.lines().collect::<Vec<_>>().iter().rposition(|line| sets(line)).unwrap() + 1
}

#[test]
fn nothing_but_streamed_completions_is_asked_where_nothing_is_said() {
    let setup = setup("");
    let opus = &setup.catalogue.targets[0];
    let plans: Vec<_> = setup.probes.plans(opus).collect();
    assert_eq!(plans, [(ProbeKind::StreamingCompletion, Duration::from_secs(15))]);
    assert_eq!(setup.probes.daily_budget, Nanodollars::DOLLAR);
    assert_eq!(setup.probes.day_zone, DayZone::default());
    assert!(setup.witness.is_some_and(|witness| witness.hosts.is_empty()));
}

#[test]
fn each_extra_kind_is_asked_of_whom_it_is_for() {
    let setup = setup(
        "[[probes.extra]]\nkind = \"canary\"\ninterval_s = 600\ntargets = [\"opus\"]\n\
         [[probes.extra]]\nkind = \"structured_output\"\ninterval_s = 300\n\
         [[probes.extra]]\nkind = \"tool_call\"\ninterval_s = 300\n\
         [[probes.extra]]\nkind = \"reachability\"\ninterval_s = 5\n",
    );
    let plans = |index: usize| -> Vec<(ProbeKind, u64)> {
        let target = &setup.catalogue.targets[index];
        setup.probes.plans(target).map(|(kind, every)| (kind, every.as_secs())).collect()
    };
    let all = [
        (ProbeKind::StreamingCompletion, 15),
        (ProbeKind::Canary, 600),
        (ProbeKind::StructuredOutput, 300),
        (ProbeKind::ToolCall, 300),
        (ProbeKind::Reachability, 5),
    ];
    assert_eq!(plans(0), all);
    assert_eq!(plans(1), [all[0], all[2], all[3], all[4]], "the canary is for the other");
    assert_eq!(setup.catalogue.targets[0].id, TargetId::try_new("opus").unwrap());
}

#[test]
fn an_extra_kind_that_cannot_be_is_refused_at_its_place() {
    let extra = |rest: &str| format!("[[probes.extra]]\n{rest}");
    assert_refused(
        &extra("interval_s = 60\nkind = \"ping\""),
        "kind",
        "unknown variant `ping`, expected one of `streaming_completion`",
    );
    assert_refused(
        &extra("interval_s = 60\nkind = \"streaming_completion\""),
        "kind",
        "streamed completions are made of every target already; expected structured_output",
    );
    for interval in ["4", "3601"] {
        let text = extra(&format!("kind = \"canary\"\ninterval_s = {interval}"));
        assert_refused(&text, "interval_s", "expected 5 to 3600 seconds");
    }
    let of =
        |targets: &str| extra(&format!("interval_s = 60\nkind = \"canary\"\ntargets = {targets}"));
    assert_refused(&of("[\"opsu\"]"), "targets", "there is no target `opsu`");
    assert_refused(&of("[]"), "kind", "leave `targets` out for all of them");
    assert_refused(&of("[\"opus\", \"opus\"]"), "targets", "canary probes of `opus` stand twice");
    let both = format!("{}\n{}", of("[\"opus\"]"), extra("interval_s = 60\nkind = \"canary\""));
    assert_refused(&both, "kind", "canary probes of `opus` stand twice in probes.extra");
    let text = extra("kind = \"canary\"\ninterval_s = 60\nevery = 7");
    assert_refused(&text, "every", "unknown field `every`, expected one of `kind`");
}

#[test]
fn an_extra_kind_without_its_interval_is_refused() {
    let error = load_text(&format!("{WORLD}[[probes.extra]]\nkind = \"canary\"\n")).unwrap_err();
    assert!(error.contains("missing field `interval_s`"), "{error}");
}

#[test]
fn a_budgets_day_and_size_are_as_they_are_written() {
    let setup = setup(
        "[probes]\ndaily_budget_dollars = 3\nday_zone = \"Europe/Berlin\"\n\
         [[probes.providers]]\nid = \"a\"\ndaily_budget_dollars = 0\n",
    );
    assert_eq!(setup.probes.daily_budget, Nanodollars(3 * Nanodollars::DOLLAR.0));
    assert_eq!(Some(&setup.probes.day_zone), DayZone::of_name("Europe/Berlin").as_ref());
    let own = setup.probes.budget(&ProviderId::try_new("a").unwrap());
    assert_eq!(own, Nanodollars::ZERO, "no money is none, not the usual");
}

#[test]
fn a_budget_that_cannot_be_is_refused_at_its_place() {
    assert_refused(
        "[probes]\nday_zone = \"Berlin\"",
        "day_zone",
        "this system knows no time zone `Berlin`; expected a name such as \"UTC\"",
    );
    assert_refused("[probes]\ndaily_budget_dollars = -1", "daily_budget_dollars", "-1");
    assert_refused("[probes]\ninterval_s = 4", "interval_s", "expected 5 to 3600 seconds");
    assert_refused("[[probes.providers]]\nid = \"b\"", "id", "there is no provider `b`");
    let twice = "[[probes.providers]]\nid = \"a\"\n[[probes.providers]]\nid = \"a\"";
    assert_refused(twice, "id", "`a` stands twice in probes");
}

#[test]
fn a_neutral_host_is_asked_over_tls_unless_it_says_otherwise() {
    let setup = setup(
        "[witness]\nhosts = [\"one.example\", \"https://two.example:8443/\", \"http://10.0.0.1\"]",
    );
    let hosts = setup.witness.unwrap().hosts;
    assert_eq!(hosts, ["https://one.example", "https://two.example:8443", "http://10.0.0.1"]);
}

#[test]
fn a_witness_that_cannot_be_is_refused_at_its_place() {
    let hosts = |list: &str| format!("[witness]\nhosts = [{list}]");
    for (list, words) in [
        ("\"ftp://one.example\"", "begins with `https://` or `http://`"),
        ("\"one example\"", "expected an address"),
        ("\"\"", "expected an address"),
        ("\"https://me:secret@one.example\"", "an address holds no user or password"),
        ("\"one.example/health\"", "expected a host and nothing after it, such as `one.example`"),
        ("\"one.example\", \"https://one.example/\"", "one host is one witness"),
        ("\"API.a.example\"", "this is where the provider `a` is"),
        ("1", "invalid type"),
    ] {
        assert_refused(&hosts(list), "hosts", words);
    }
    let nine: Vec<String> = (0..9).map(|number| format!("\"{number}.example\"")).collect();
    assert_refused(&hosts(&nine.join(", ")), "hosts", "expected at most 8 hosts");
    assert_refused("[witness]\nhost = []", "host", "unknown field `host`, expected `hosts`");
}
