use std::path::Path;

use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    providers: Vec<ProviderConfig>,
    #[serde(default)]
    targets: Vec<TargetConfig>,
    #[serde(default)]
    routes: Vec<RouteConfig>,
}

fn check(text: &str) -> Result<Catalogue, String> {
    let source = ConfigSource::from_text(Path::new("c.toml"), text);
    let file: File = source.parse().map_err(|error| error.to_string())?;
    let file =
        CatalogueFile { providers: file.providers, targets: file.targets, routes: file.routes };
    Catalogue::check(file, &source).map_err(|error| error.to_string())
}

const GOOD: &str = r#"
[[providers]]
id = "anthropic"
kind = "anthropic"
base_url = "https://api.anthropic.com/"

[[targets]]
id = "opus"
provider = "anthropic"
model = "claude-opus"
price = { input = "5.00", cache_write = "6.25", output = "25" }

[[routes]]
id = "chat"
criticality = "must_succeed"
targets = ["opus"]
modes = ["full", "template", "off"]
"#;

#[test]
fn a_file_that_fits_together_is_taken() {
    let catalogue = check(GOOD).unwrap();
    assert_eq!(catalogue.providers[0].provider.base_url, "https://api.anthropic.com");
    let opus = TargetId::try_new("opus").unwrap();
    assert_eq!(catalogue.prices[&opus].input_picodollars, 5_000_000);
    assert_eq!(catalogue.prices[&opus].output_picodollars, Some(25_000_000));
    assert_eq!(catalogue.prices[&opus].cache_write_picodollars, Some(6_250_000));
    assert_eq!(catalogue.prices[&opus].cache_write_1h_picodollars, None);
}

#[test]
fn each_slip_is_refused_with_file_line_key_and_what_is_allowed() {
    let cases = [
        (
            "kind = \"anthropic\"",
            "kind = \"antropic\"",
            "unknown variant `antropic`, expected one of",
        ),
        (
            "kind = \"anthropic\"",
            "kind = \"bedrock\"",
            "line 4, key `kind`: Bedrock's own protocol is not spoken: use kind \"openai_compatible\"",
        ),
        ("base_url = \"https", "base_ur = \"https", "unknown field `base_ur`, expected one of"),
        (
            "provider = \"anthropic\"",
            "provider = \"openai\"",
            "line 9, key `provider`: there is no provider `openai`; known: `anthropic`",
        ),
        (
            "targets = [\"opus\"]",
            "targets = [\"opsu\"]",
            "line 16, key `targets`: there is no target `opsu`; known: `opus`",
        ),
        ("targets = [\"opus\"]", "targets = []", "at least one target"),
        ("targets = [\"opus\"]", "targets = [\"opus\", \"opus\"]", "`opus` stands twice"),
        ("[\"full\", \"template\"", "[\"template\"", "modes begin with `full`"),
        (
            "\"must_succeed\"",
            "\"must\"",
            "expected one of `must_succeed`, `can_degrade`, `can_delay`",
        ),
        ("\"5.00\"", "\"5,00\"", "dollars per million tokens"),
        ("id = \"chat\"", "id = \"Chat\"", "cannot be a route id"),
        (
            "https://api.anthropic.com/\"",
            "https://api.anthropic.com/\"\nkey_expires = \"2026-02-30\"",
            "line 6, key `key_expires`: expected a day such as",
        ),
        (
            "https://api.anthropic.com/\"",
            "https://api.anthropic.com/\"\nkey = \"env:CHANGEOVER_UNSET\"",
            "line 6, key `key`: the environment variable `CHANGEOVER_UNSET` is not set",
        ),
        ("https://api.anthropic.com/\"", "ftp://x\"", "`https://`"),
        (
            "https://api.anthropic.com/\"",
            "http://localhost:1/\"\ntls = {}",
            "line 6, key `tls`: `tls` is for an address that begins with `https://`",
        ),
        (
            "https://api.anthropic.com/\"",
            "https://api.anthropic.com/\"\ntls = { ca = \"none.pem\" }",
            "none.pem cannot be read",
        ),
    ];
    for (from, to, expected) in cases {
        let error = check(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert!(error.starts_with("c.toml, line "), "{error}");
        assert!(error.contains(expected), "`{to}` must be refused with `{expected}`, not: {error}");
    }
}

#[test]
fn providers_at_one_server_need_the_same_tls() {
    let folder = tempfile::tempdir().unwrap();
    let pem = rcgen::generate_simple_self_signed(vec!["ca".into()]).unwrap().cert.pem();
    std::fs::write(folder.path().join("ca.pem"), pem).unwrap();
    let check = |first: &str, second: &str| {
        let provider = |id: &str, url: &str, tls: &str| {
            format!(
                "[[providers]]\nid = \"{id}\"\nkind = \"openai\"\nbase_url = \"{url}\"\n{tls}\n"
            )
        };
        let text = provider("one", "https://A.example/v1", first)
            + &provider("two", "https://a.example:443", second);
        let source = ConfigSource::from_text(&folder.path().join("c.toml"), &text);
        let file: File = source.parse().unwrap();
        let tables = CatalogueFile { providers: file.providers, ..CatalogueFile::default() };
        Catalogue::check(tables, &source).map_err(|error| error.to_string())
    };
    let own = "tls = { ca = \"ca.pem\" }";
    let alike = check(own, own).unwrap();
    assert!(alike.servers().all(|(_, tls)| !tls.is_usual()));
    for (first, second) in [(own, ""), ("", own)] {
        let refused = check(first, second).unwrap_err();
        assert!(refused.contains("`one` is at the same server: both need"), "{refused}");
    }
}

#[test]
fn an_id_that_stands_twice_is_refused_at_its_second_place() {
    let twice = format!(
        "{GOOD}\n[[providers]]\nid = \"anthropic\"\nkind = \"openai\"\nbase_url = \"http://x\"\n"
    );
    let error = check(&twice).unwrap_err();
    assert!(error.contains("line 20, key `id`: `anthropic` stands twice in providers"), "{error}");
}
