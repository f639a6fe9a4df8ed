use changeover_domain::FailureClass;
use changeover_policy::actions::Then;
use changeover_policy::breaker::BreakerSettings;

use super::*;
use crate::log::LogSettings;
use crate::settings::{
    CacheSettings, ConnectionLimits, DrainSettings, HoldBack, RequestLimits, ServingSettings,
    SharedServing,
};

const SHIPPED: &str = include_str!("../../../../assets/gateway.toml");

fn parsed(text: &str) -> Result<GatewaySettings, String> {
    // The environment is shared, so the tests name variables that every system sets.
    let text = text
        .replace("env:ANTHROPIC_API_KEY", "env:PATH")
        .replace("env:OPENAI_API_KEY", "env:PATH")
        .replace("env:GEMINI_API_KEY", "env:PATH")
        .replace("env:CHANGEOVER_CONSOLE_TOKEN", "env:PATH")
        .replace("env:CHANGEOVER_WATCH_TOKEN", "env:HOME");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/gateway.toml");
    parse(&ConfigSource::from_text(&file, &text)).map_err(|error| error.to_string())
}

/// Every commented-out default, made real.
fn with_every_default() -> String {
    SHIPPED
        .lines()
        .map(|line| match line.strip_prefix("#: ") {
            Some(setting) => format!("{setting}\n"),
            None => format!("{line}\n"),
        })
        .collect()
}

#[test]
fn the_shipped_file_is_taken_and_the_defaults_it_names_are_the_true_ones() {
    let bare = parsed(SHIPPED).unwrap();
    let spelt_out = parsed(&with_every_default()).unwrap();
    assert_eq!(spelt_out.breaker, BreakerSettings::default());
    assert_eq!(spelt_out.limits, RequestLimits::default());
    assert_eq!(bare.breaker, spelt_out.breaker);
    assert_eq!(bare.limits, spelt_out.limits);
    assert_eq!(spelt_out.connections, ConnectionLimits::default());
    assert_eq!(bare.connections, spelt_out.connections);
    assert_eq!(spelt_out.drain, DrainSettings::default());
    assert_eq!(spelt_out.log, LogSettings::default());
    assert_eq!(spelt_out.journal_bytes, bare.journal_bytes);
    for key in ["head_ms", "head_bytes", "body_ms", "body_pause_ms", "body_bytes", "idle_ms"] {
        assert!(SHIPPED.contains(&format!("#: {key} = ")), "`{key}` is explained in the file");
    }
    assert!(with_every_default().matches("_ms = ").count() >= 9, "the limits are spelt out");
}

#[test]
fn a_routes_settings_are_those_of_its_table_and_the_usual_elsewhere() {
    let usual = ServingSettings::default();
    let spelt_out = parsed(&with_every_default()).unwrap();
    let chat = &spelt_out.serving[&RouteId::try_new("chat").unwrap()];
    assert_eq!(chat.budget, usual.budget);
    assert_eq!((chat.hold_back, &chat.short), (usual.hold_back, &usual.short));
    assert!(chat.validation.is_none() && chat.step_down_to.is_none() && chat.cache.is_none());
    assert_eq!(spelt_out.shared_serving, SharedServing::default());
    // The examples that are no defaults, made real.
    let text = SHIPPED
        .replace("# refusals = ", "refusals = ")
        .replace("# notice = ", "notice = ")
        .replace("# cache = ", "cache = ")
        .replace("# variables = ", "variables = ")
        .replace("# actions = ", "actions = ")
        .replace("#: hold_back = 0", "hold_back = \"whole\"")
        .replace("# [[callers]]\n# name", "[[callers]]\nname")
        .replace("# key = \"env:SHOP_KEY\"\n# routes", "key = \"env:PATH\"\nroutes");
    let settings = parsed(&text).unwrap();
    let chat = &settings.serving[&RouteId::try_new("chat").unwrap()];
    assert_eq!(chat.hold_back, HoldBack::Whole);
    assert!(chat.validation.as_ref().unwrap().matches("I can\u{2019}t help with that, sorry"));
    assert_eq!(chat.cache, Some(CacheSettings::default()));
    assert_eq!(chat.actions.rule(FailureClass::Overloaded).retries, 2);
    assert_eq!(chat.actions.rule(FailureClass::ContextLength).then, Then::NextTarget);
    assert_eq!(settings.callers[0].name, "shop");
}

/// What stands in the file, what is put there instead, and what the refusal must say.
const SLIPS: &[(&str, &str, &str)] = &[
    (
        "listen = \"127.0.0.1:4000\"",
        "lisen = \"127.0.0.1:4000\"",
        "unknown field `lisen`, expected one of",
    ),
    ("listen = \"127.0.0.1:4000\"", "listen = 4000", "key `listen`: invalid type"),
    (
        "listen = \"127.0.0.1:4001\"",
        "listen = \"0.0.0.0:4001\"",
        "key `listen`: other machines reach this address: set `tls` with",
    ),
    (
        "listen = \"127.0.0.1:4001\"",
        "listen = \"127.0.0.1:4001\"\nallow_remote = true",
        "unknown field `allow_remote`, expected",
    ),
    (
        "\"full\", \"template\", \"off\"",
        "\"full\", \"approval\"",
        "does not serve the mode `approval`; it serves full, short, cached, template, off",
    ),
    ("role = \"operate\"", "role = \"operator\"", "unknown variant `operator`, expected one of"),
    ("env:CHANGEOVER_WATCH_TOKEN", "env:PATH", "`console` has the same secret: each needs its own"),
    (
        "# [[callers]]",
        "[[callers]]\nname = \"a\"\nkey = \"env:PATH\"\n[[callers]]\nname = \"b\"\nkey = \"env:PATH\"\n#",
        "`a` has the same key: each caller needs its own",
    ),
    (
        "#: minimum_calls = 10",
        "minimum_calls = 0",
        "key `minimum_calls`: expected a number greater than 0",
    ),
    (
        "#: failure_share = 0.5",
        "failure_share = 5.0",
        "key `failure_share`: expected a share from 0 to 1",
    ),
    ("chat = \"templates/chat.txt\"", "chat = \"templates/none.txt\"", "cannot be read"),
    ("chat = \"templates/chat.txt\"", "caht = \"templates/chat.txt\"", "there is no route `caht`"),
    ("[serving.chat]", "[serving.caht]", "key `serving.caht`: there is no route `caht`"),
    ("#: hold_back = 0", "hold_back = \"some\"", "expected a number of tokens, or \"whole\""),
    ("#: hold_back = 0", "hold_back = 9000", "at most 4096 tokens are held back"),
    ("# refusals = { phrases = [\"I", "refusals = { phrases = [\"\", \"I", "is empty or longer"),
    ("#: attempts_most = 6", "attempts_most = 0", "expected a number greater than 0"),
    (
        "# cache = { ttl_s = 300, stale_s",
        "cache = { ttl_s = 90000, stale_s",
        "`stale_s` is at least",
    ),
    (
        "# notice = \"Short",
        "notice = \"{rout} Short",
        "it names the variable `{rout}`; known: `{route}`",
    ),
    (
        "# step_down_to = \"template\"",
        "step_down_to = \"cached\"",
        "the route `chat` has the modes full, template, off",
    ),
    (
        "# step_down_to = \"template\"",
        "step_down_to = \"off\"",
        "only operators switch a route off",
    ),
    ("# variables = { support", "variables = { route", "`route` is the gateway's own"),
    ("# variables = { support", "variables = { Support", "use a-z and _"),
    (
        "# actions = { overloaded = { retries = 2 }",
        "actions = { permission = { retries = 2 }",
        "`permission` is an answer that the same target gives again",
    ),
    (
        "# actions = { overloaded = { retries = 2 }",
        "actions = { overlaoded = { retries = 2 }",
        "unknown variant `overlaoded`, expected one of",
    ),
    ("#: fleet_share = 0.1", "fleet_share = 10", "expected a share from 0 to 1"),
    ("#: backoff_cap_ms = 3000", "backoff_cap_ms = 100", "at least the first bound"),
    ("#: most_mib = 64", "most_mib = 0", "greater than 0"),
    ("env:CHANGEOVER_WATCH_TOKEN", "env:CHANGEOVER_UNSET", "`CHANGEOVER_UNSET` is not set"),
];

#[test]
fn each_slip_is_refused_with_file_line_key_and_what_is_allowed() {
    for (from, to, expected) in SLIPS {
        assert!(SHIPPED.contains(*from), "the file has `{from}` to spoil");
        let error = parsed(&SHIPPED.replacen(from, to, 1)).unwrap_err();
        assert!(error.contains("gateway.toml, line "), "{error}");
        assert!(error.contains(expected), "`{to}` → `{expected}`, not: {error}");
    }
}

#[test]
fn webhooks_are_off_unless_pages_are_named_and_a_slip_is_told_where_it_stands() {
    assert!(parsed(SHIPPED).unwrap().hooks.is_empty());
    let hook = |entry: &str| {
        let refused = parsed(&format!("hooks = [{{ {entry} }}]\n{SHIPPED}")).unwrap_err();
        assert!(refused.contains("line 1"), "{refused}");
        refused
    };
    let no_sender = hook(r#"page = "p", secret = "env:PATH""#);
    assert!(no_sender.contains("say who sends, with `platform`: one of statuspage"), "{no_sender}");
    let unknown = hook(r#"page = "p", platform = "pigeon", secret = "env:PATH""#);
    assert!(unknown.contains("unknown variant `pigeon`"), "{unknown}");
    // A list of folders is no secret: it has slashes.
    let no_secret = hook(r#"page = "p", platform = "instatus", secret = "env:PATH""#);
    assert!(no_secret.contains("at least 24 of the characters"), "{no_secret}");
    assert!(!no_secret.contains(&std::env::var("PATH").unwrap()), "{no_secret}");
}
