use std::path::Path;

use changeover_clock::Clock;
use changeover_config::ConfigSource;
use serde_json::Value;

use super::*;
use crate::profile::provider;
use crate::scenario::Scenario;

const START: UnixMs = UnixMs(1_790_000_040_000);

fn page(stage: &Stage) -> Page {
    Page {
        profile: provider("anthropic").unwrap(),
        base: "http://127.0.0.1:8080".to_owned(),
        stage: stage.clone(),
    }
}

fn stage() -> Stage {
    Stage::new(Clock::scaled(START, 0.1), 7)
}

fn scenario(status: &str, fault: &str) -> Scenario {
    let text = format!(
        "title = \"t\"\ndescription = \"d\"\nseed = 3\nduration_s = 7200\n[[status]]\n\
         provider = \"anthropic\"\n{status}\n[[faults]]\nprovider = \"anthropic\"\n{fault}\n"
    );
    Scenario::from_source(&ConfigSource::from_text(Path::new("own.toml"), &text)).unwrap()
}

const HALF_AN_HOUR: &str = "models = [\"claude-opus-4-5\"]\nfrom_s = 60\nuntil_s = 1860\n\
                            errors = [{ status = 529, share = 0.3 }]";

fn after(seconds: i64) -> UnixMs {
    START.plus_millis(seconds * 1_000)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn an_incident_is_published_after_the_lag_to_the_second_and_walks_to_its_end() {
    let stage = stage();
    stage.play(scenario("lag_s = 600", HALF_AN_HOUR), START);
    let page = page(&stage);
    let summary = |at| json(&super::json::summary(&page.view(at)));
    let before = summary(after(659));
    assert_eq!(before["status"]["indicator"], "none");
    assert_eq!(before["incidents"], Value::Array(Vec::new()));
    let first = summary(after(660));
    assert_eq!(first["status"]["indicator"], "major");
    assert_eq!(first["components"][0]["status"], "partial_outage");
    let incident = &first["incidents"][0];
    assert_eq!(incident["status"], "investigating");
    assert_eq!(incident["name"], "Elevated errors on Claude Opus 4.5");
    assert_eq!(incident["created_at"], "2026-09-21T14:25:00.000Z");
    let mut seen: Vec<String> = Vec::new();
    for second in (660..7_200).step_by(10) {
        let all = json(&super::json::incidents(&page.view(after(second)), true));
        assert_eq!(all["incidents"][0]["id"], incident["id"], "one incident, edited in place");
        let status = all["incidents"][0]["status"].as_str().unwrap().to_owned();
        if seen.last() != Some(&status) {
            seen.push(status);
        }
    }
    assert_eq!(seen, ["investigating", "identified", "monitoring", "resolved"]);
    let end = summary(after(7_200));
    assert_eq!(end["incidents"], Value::Array(Vec::new()), "the summary has open ones only");
    assert_eq!(end["components"][0]["status"], "operational");
}

#[test]
fn a_silent_page_says_nothing_and_a_calm_one_neither() {
    let stage = stage();
    let page = page(&stage);
    assert!(page.view(START).incidents.is_empty());
    stage.play(scenario("silent = true", HALF_AN_HOUR), START);
    for second in (0..7_200).step_by(60) {
        assert!(page.view(after(second)).incidents.is_empty());
    }
}

#[test]
fn the_shipped_page_is_31_minutes_late() {
    let stage = stage();
    let scenario = Scenario::builtin("capacity-exhaustion").unwrap();
    let lag = 31 * 60 + i64::try_from(scenario.faults[0].from.as_secs()).unwrap();
    stage.play(scenario, START);
    let page = page(&stage);
    assert!(page.view(after(lag - 1)).incidents.is_empty());
    let incidents = page.view(after(lag)).incidents;
    assert!(incidents[0].title.contains("Claude Opus 4.5 and Claude Haiku 4.5"));
}

#[test]
fn a_scenario_that_is_replaced_leaves_no_open_incident() {
    let stage = stage();
    stage.play(scenario("lag_s = 0", HALF_AN_HOUR), START.plus_millis(-300_000));
    stage.play(Scenario::builtin("calm").unwrap(), START);
    let later = after(60);
    let view = page(&stage).view(later);
    assert_eq!(view.incidents.len(), 1, "what was published stays in the history");
    assert_eq!(json(&super::json::summary(&view))["status"]["indicator"], "none");
}

#[test]
fn the_feeds_can_be_read_and_tell_what_the_json_tells() {
    let stage = stage();
    stage.play(scenario("lag_s = 60", HALF_AN_HOUR), START);
    let view = page(&stage).view(after(7_200));
    let code = json(&super::json::incidents(&view, true))["incidents"][0]["id"].clone();
    let link = format!("http://127.0.0.1:8080/incidents/{}", code.as_str().unwrap());
    let channel = rss::Channel::read_from(feed::rss(&view).as_bytes()).unwrap();
    let item = &channel.items()[0];
    assert_eq!(item.link(), Some(link.as_str()));
    assert_eq!(item.title(), Some("Elevated errors on Claude Opus 4.5"));
    let text = item.description().unwrap();
    let at = |word: &str| text.find(&format!("<strong>{word}</strong>")).unwrap();
    assert!(at("Resolved") < at("Monitoring") && at("Identified") < at("Investigating"));
    let atom = atom_syndication::Feed::read_from(feed::atom(&view).as_bytes()).unwrap();
    let entry = &atom.entries()[0];
    assert_eq!(entry.links()[0].href(), link);
    assert_eq!(entry.content().unwrap().value(), Some(text));
}

#[test]
fn the_documents_have_statuspages_form() {
    let stage = stage();
    stage.play(scenario("lag_s = 60", HALF_AN_HOUR), START);
    let view = page(&stage).view(after(1_000));
    let mut settings = insta::Settings::clone_current();
    settings.set_sort_maps(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        insta::assert_json_snapshot!("page_summary", json(&super::json::summary(&view)));
        insta::assert_snapshot!("page_rss", feed::rss(&view));
        insta::assert_snapshot!("page_atom", feed::atom(&view));
    });
}

#[test]
fn who_has_the_document_is_told_so() {
    let ask = |name: Option<(&'static str, &str)>| {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = name {
            headers.insert(name, value.parse().unwrap());
        }
        conditional(&headers, "text/plain", "body".to_owned(), START)
    };
    let fresh = ask(None);
    assert_eq!(fresh.status(), 200);
    let tag = fresh.headers()[ETAG].to_str().unwrap().to_owned();
    let modified = fresh.headers()[LAST_MODIFIED].to_str().unwrap().to_owned();
    assert_eq!(ask(Some(("if-none-match", &tag))).status(), 304);
    assert_eq!(ask(Some(("if-none-match", "\"other\""))).status(), 200);
    assert_eq!(ask(Some(("if-modified-since", &modified))).status(), 304);
    let before = "Mon, 21 Sep 2020 13:34:00 GMT";
    assert_eq!(ask(Some(("if-modified-since", before))).status(), 200);
    assert_eq!(ask(Some(("if-modified-since", "yesterday"))).status(), 200);
}
