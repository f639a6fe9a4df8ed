use super::*;

const SHIPPED: &str = include_str!("../../../../assets/gateway.toml");

fn parsed(text: &str) -> Result<GatewaySettings, String> {
    // The environment is shared, so the tests name variables that every system sets.
    let text = text
        .replace("env:ANTHROPIC_API_KEY", "env:PATH")
        .replace("env:OPENAI_API_KEY", "env:PATH")
        .replace("env:GEMINI_API_KEY", "env:PATH")
        .replace("env:CHANGEOVER_CONSOLE_TOKEN", "env:PATH")
        .replace("env:CHANGEOVER_WATCH_TOKEN", "env:PATH");
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
    assert!(with_every_default().matches("_ms = ").count() >= 6, "the limits are spelt out");
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
        "key `listen`: other machines reach this address, and the admin API speaks no TLS",
    ),
    (
        "listen = \"127.0.0.1:4001\"",
        "listen = \"127.0.0.1:4001\"\nallow_remote = true",
        "unknown field `allow_remote`, expected",
    ),
    (
        "\"full\", \"template\", \"off\"",
        "\"full\", \"cached\"",
        "does not serve the mode `cached`; it serves full, template, off",
    ),
    ("role = \"operate\"", "role = \"operator\"", "unknown variant `operator`, expected one of"),
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
