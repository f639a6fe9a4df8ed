use super::*;
use crate::fault::ErrorKind;

const GOOD: &str = r#"title = "T"
description = "D"
seed = 1
duration_s = 100
[[status]]
provider = "anthropic"
lag_s = 30
[[faults]]
provider = "anthropic"
models = ["claude-opus-4-5"]
from_s = 10
until_s = 50
errors = [{ status = 529, share = 0.10 }]
latency_factor = 2.0
"#;

fn read(text: &str) -> Result<Scenario, String> {
    Scenario::from_source(&ConfigSource::from_text(Path::new("own.toml"), text))
        .map_err(|error| error.to_string())
}

#[test]
fn every_scenario_that_ships_can_be_played() {
    let ids: Vec<String> = Scenario::summaries().into_iter().map(|s| s.id).collect();
    let shipped: Vec<&str> = BUILTIN.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, shipped, "each file must pass its own checks");
    for (id, _) in BUILTIN {
        let scenario = Scenario::builtin(id).unwrap();
        let minutes = scenario.duration().as_secs() / 60;
        assert!((40..=90).contains(&minutes), "{id} lasts {minutes} minutes");
        let soonest = scenario.faults.iter().map(|fault| fault.from).min();
        assert!(
            soonest.is_none_or(|from| from <= Duration::from_secs(120)),
            "an operator who plays {id} must soon see something"
        );
    }
}

#[test]
fn the_shipped_stories_are_those_that_were_promised() {
    let capacity = Scenario::builtin("capacity-exhaustion").unwrap();
    assert_eq!(capacity.page("anthropic"), PageBehaviour::Late(Duration::from_secs(31 * 60)));
    let in_force = capacity.faults[0].from;
    for model in ["claude-opus-4-5", "claude-haiku-4-5"] {
        let errors = capacity.effects("anthropic", Some(model), in_force).errors;
        assert_eq!(errors, [(ErrorKind::Overloaded, 0.10)]);
    }
    let control = Scenario::builtin("orchestration-failure").unwrap();
    let shares: Vec<_> = control.faults.iter().flat_map(|f| f.effects.errors.clone()).collect();
    assert_eq!(shares[0], (ErrorKind::ServerError, 0.13));
    assert!(shares.contains(&(ErrorKind::ServerError, 0.23)));
    let outage = Scenario::builtin("platform-outage").unwrap();
    assert_eq!(outage.page("anthropic"), PageBehaviour::Silent);
    let full = outage.effects("anthropic", Some("claude-opus-4-5"), Duration::from_secs(60));
    assert!(full.failing_share() > 0.999, "within a minute everything fails");
    let end = outage.duration().saturating_sub(Duration::from_secs(1));
    assert_eq!(outage.effects("anthropic", None, end), Effects::default(), "it recovers");
}

/// The manual cannot fall behind: every scenario and every key of a fault stand in it.
#[test]
fn the_manual_names_every_scenario_and_every_key() {
    let manual = include_str!("../../../../docs/sandbox.md");
    for (id, _) in BUILTIN {
        assert!(manual.contains(&format!("| `{id}` |")), "{id} is missing");
    }
    let refused = read(&GOOD.replacen("latency_factor", "no_such_key", 1)).unwrap_err();
    let (_, known) = refused.split_once("expected one of ").unwrap();
    let keys: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    assert!(keys.contains(&"errors") && keys.len() > 12, "{refused}");
    for key in keys {
        let row = manual.contains(&format!("`{key}`"));
        assert!(row || manual.contains(&format!("{key} = ")), "{key} is missing");
    }
    let example = manual.split("```").nth(1).and_then(|text| text.strip_prefix("toml\n"));
    read(example.unwrap()).unwrap();
}

#[test]
fn an_unknown_scenario_is_refused_with_those_there_are() {
    let error = Scenario::builtin("storm").unwrap_err().to_string();
    assert!(error.contains("no scenario `storm`") && error.contains("`platform-outage`"));
}

/// What is replaced, by what, and what the error must say.
const SLIPS: &[(&str, &str, &str)] = &[
    ("seed = 1", "sead = 1", "line 3, key `sead`: unknown field `sead`, expected one of"),
    ("duration_s = 100", "duration_s = 0", "line 4, key `duration_s`: expected 1 to 86400"),
    ("lag_s = 30", "lag_s = 30\nsilent = true", "either `lag_s` or `silent = true`"),
    (
        "[[faults]]\nprovider = \"anthropic\"",
        "[[faults]]\nprovider = \"antropic\"",
        "line 9, key `provider`: there is no provider `antropic`; known: `anthropic`",
    ),
    (
        "\"claude-opus-4-5\"",
        "\"gpt-5\"",
        "line 10, key `models`: anthropic has no model `gpt-5`; known: `claude-opus-4-5`",
    ),
    ("until_s = 50", "until_s = 101", "line 12, key `until_s`: expected from_s < until_s <= 100"),
    ("until_s = 50", "until_s = 10", "expected from_s < until_s"),
    ("status = 529", "status = 418", "expected one of the statuses 400, 401"),
    ("status = 529", "class = \"tired\"", "unknown variant `tired`, expected one of"),
    ("status = 529,", "", "either `class` or `status`"),
    (
        "models = [\"claude-opus-4-5\"]",
        "from_s = 1\nerrors = [{ class = \"overloaded\", share = 0.1 }]\n[[faults]]\nprovider = \"azure\"\n\
         from_s = 1\nerrors = [{ class = \"spend_cap\", share = 0.1 }]\n[[faults]]\nprovider = \"anthropic\"",
        "azure says nothing of money in its API",
    ),
    ("share = 0.10", "share = 1.5", "expected a number from 0 to 1"),
    ("latency_factor = 2.0", "hang = 0.95", "together exceed 1"),
    ("latency_factor = 2.0", "latency_factor = 0.0", "expected a number from 0.01 to 100"),
    ("latency_factor = 2.0", "model_swap = \"x\"", "anthropic has no model `x`"),
    ("latency_factor = 2.0", "connection_refused = true", "takes no `models`"),
    ("latency_factor = 2.0", "name_gone = true", "name_gone takes no `models`"),
    ("latency_factor = 2.0", "certificate = \"expired\"", "certificate takes no `models`"),
    (
        "latency_factor = 2.0",
        "certificate = \"good\"",
        "unknown variant `good`, expected one of `unknown_issuer`, `other_host`, `expired`",
    ),
    (
        "latency_factor = 2.0",
        "regions = [\"eastus2\"]",
        "key `regions`: anthropic has no region `eastus2`; known: none",
    ),
    (
        "errors = [{ status = 529, share = 0.10 }]\nlatency_factor = 2.0",
        "",
        "this fault does nothing",
    ),
    ("lag_s = 30", "lag_s = \"30\"", "line 7, key `lag_s`: invalid type"),
];

#[test]
fn each_slip_is_refused_with_file_line_key_and_what_is_allowed() {
    assert!(read(GOOD).is_ok());
    for (from, to, expected) in SLIPS {
        let changed = GOOD.replacen(*from, to, 1);
        assert_ne!(changed, GOOD, "`{from}` must stand in the good file");
        let error = read(&changed).unwrap_err();
        assert!(error.starts_with("own.toml, line "), "{error}");
        assert!(
            error.contains(*expected),
            "`{to}` must be refused with `{expected}`, not: {error}"
        );
    }
}

#[test]
fn a_fault_holds_from_its_first_second_until_before_its_last() {
    let scenario = read(GOOD).unwrap();
    assert_eq!(scenario.summary().id, "own");
    let opus = Some("claude-opus-4-5");
    let share =
        |model, s| scenario.effects("anthropic", model, Duration::from_secs(s)).failing_share();
    assert!(share(opus, 9) < 1e-9 && share(opus, 50) < 1e-9);
    assert!(share(opus, 10) > 0.09 && share(opus, 49) > 0.09);
    assert!(share(Some("claude-haiku-4-5"), 20) < 1e-9, "only the model that is named");
    let next = scenario.next_change(Some("anthropic"), Duration::from_secs(10));
    assert_eq!(next, Some(Duration::from_secs(50)));
}

#[test]
fn a_small_request_may_be_spared_and_a_page_may_be_wrong() {
    let text = GOOD.replace("latency_factor = 2.0", "from_input_tokens = 30\nheadroom = 0.02");
    let text = format!(
        "{text}[[faults]]\nprovider = \"gemini\"\nfrom_s = 10\nuntil_s = 50\nclaimed = 0.95\n"
    );
    let scenario = read(&text).unwrap();
    let opus = |tokens| {
        let at = Duration::from_secs(20);
        scenario.effects_on("anthropic", Some("claude-opus-4-5"), tokens, at)
    };
    assert_eq!(opus(29), Effects::default(), "a probe's short question sees nothing");
    assert_eq!((opus(30).errors.len(), opus(30).headroom), (1, Some(0.02)));
    let gemini = scenario.effects("gemini", None, Duration::from_secs(20));
    assert!(gemini.failing_share() > 0.9, "for the page");
    let mut rng = crate::chance::generator(1, &[b"x"]);
    assert_eq!(gemini.fate(&mut rng), crate::fault::Fate::Answer(crate::fault::Manner::default()));
}

#[test]
fn a_region_stands_for_the_models_that_run_there() {
    let fault = "[[faults]]\nprovider = \"azure\"\nregions = [\"swedencentral\"]\nfrom_s = 10\nuntil_s = 50\nhang = 1.0\n";
    let scenario = read(&format!("{GOOD}{fault}")).unwrap();
    let share = |model| scenario.effects("azure", Some(model), Duration::from_secs(20)).hang;
    assert!(share("gpt-5-sweden") > 0.9 && share("gpt-5-mini-sweden") > 0.9);
    assert!(share("gpt-5-virginia") < 0.1);
}

#[test]
fn a_cut_of_our_own_network_has_its_times_and_is_checked_like_a_fault() {
    let cut =
        |from, until| read(&format!("{GOOD}[[own_network]]\nfrom_s = {from}\nuntil_s = {until}\n"));
    let scenario = cut(10, 60).unwrap();
    let at = |seconds| scenario.is_lost(Lost::Everything, Duration::from_secs(seconds));
    assert_eq!((at(9), at(10), at(59), at(60)), (false, true, true, false));
    for whose in [Some("openai"), None] {
        assert_eq!(scenario.next_change(whose, Duration::ZERO), Some(Duration::from_secs(10)));
    }
    let parts = ["names", "tls", "neutral"]
        .map(|lost| format!("[[own_network]]\nlost = \"{lost}\"\nfrom_s = 20\nuntil_s = 70\n"));
    let parts = read(&format!("{GOOD}{}", parts.concat())).unwrap();
    for lost in [Lost::Names, Lost::Tls, Lost::Neutral] {
        let at = |seconds| parts.is_lost(lost, Duration::from_secs(seconds));
        assert_eq!((at(19), at(30), at(70)), (false, true, false), "each by itself: {lost:?}");
    }
    assert!(!parts.is_lost(Lost::Everything, Duration::from_secs(30)));
    let refused = cut(60, 10).unwrap_err();
    assert!(refused.contains("from_s < until_s <= 100"), "{refused}");
}
