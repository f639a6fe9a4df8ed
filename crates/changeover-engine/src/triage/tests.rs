use changeover_config::{Catalogue, ProviderAccess};
use changeover_domain::{
    Criticality, EvidenceSource, FailureClass, GatewayId, Mode, Outcome, ProbeSample, Provider,
    ProviderId, ProviderKind, Route, RouteId, TargetId, TrafficBucket, UnixMs, Verdict,
};
use changeover_http::{ClientTls, Secret};
use serde_json::json;

use super::words::lasting;
use super::*;
use crate::contract::{Lane, LaneKind, LaneMark, LaneSpan, Timeline, Tone};

const MINUTE: i64 = 60_000;

fn id(target: &str) -> TargetId {
    TargetId::try_new(target).unwrap()
}

/// One provider of two targets, with a route from `main` to `spare`.
fn setup() -> Setup {
    let provider = Provider {
        id: ProviderId::try_new("vendor").unwrap(),
        name: "Vendor".into(),
        kind: ProviderKind::Openai,
        base_url: "https://vendor.example".into(),
    };
    let target = |name: &str| Target {
        id: id(name),
        provider: provider.id.clone(),
        model: format!("{name}-1"),
        region: None,
        capabilities: changeover_domain::Capabilities::default(),
        slo: changeover_domain::Slo::default(),
    };
    let route = Route {
        id: RouteId::try_new("chat").unwrap(),
        criticality: Criticality::CanDegrade,
        targets: vec![id("main"), id("spare")],
        modes: vec![Mode::Full, Mode::Off],
    };
    let key = Some(Secret::new("sk-never-told"));
    Setup {
        catalogue: Catalogue {
            targets: vec![target("main"), target("spare"), target("other")],
            routes: vec![route],
            providers: vec![ProviderAccess { provider, key, tls: ClientTls::default() }],
            ..Catalogue::default()
        },
        ..Setup::default()
    }
}

fn verdict(target: &str, kind: &str) -> Verdict {
    let verdict = json!({
        "target": target, "kind": kind, "scope": "model", "confidence": "high", "since": 0,
        "sentence": "[all] of it fails", "evidence": [],
    });
    serde_json::from_value(verdict).unwrap()
}

fn judged(verdicts: &[(&str, &str)]) -> State {
    let verdicts = verdicts.iter().map(|(target, kind)| (id(target), verdict(target, kind)));
    State { verdicts: verdicts.collect(), ..State::default() }
}

fn why_none(state: &State, target: &str) -> Option<String> {
    let setup = setup();
    let target = setup.target(&id(target)).unwrap();
    let verdict = &state.verdicts[&target.id];
    let levers = lever::suggested(&setup, state, target, verdict);
    let why = no_lever::why(&setup, state, target, verdict);
    assert!(levers.is_empty() || why.is_some(), "it is asked only where there is none");
    why.filter(|_| levers.is_empty())
}

#[test]
fn times_are_told_in_the_two_units_that_matter() {
    let told = |seconds: i64| lasting(UnixMs(0), UnixMs(seconds * 1_000));
    assert_eq!(told(12), "12 s");
    assert_eq!(told(200), "3 min 20 s");
    assert_eq!(told(7_500), "2 h 5 min");
    assert_eq!(lasting(UnixMs(5_000), UnixMs(0)), "0 s", "clocks that disagree make no time");
}

#[test]
fn a_sheet_without_levers_says_which_of_the_reasons_it_is() {
    let both = judged(&[("main", "their_outage"), ("spare", "their_outage")]);
    assert_eq!(
        why_none(&both, "main").unwrap(),
        "chat is served by it, and no standby is known to be well: spare (their outage)"
    );
    assert_eq!(
        why_none(&both, "spare").unwrap(),
        "no route is served by it now: chat by main, as configured"
    );
    let unused = judged(&[("other", "their_outage")]);
    assert_eq!(why_none(&unused, "other").unwrap(), "no route uses it");
    let ours = judged(&[("main", "our_network")]);
    assert!(why_none(&ours, "main").unwrap().contains("no lever changes that"));
    assert_eq!(why_none(&judged(&[("main", "operating")]), "main"), None, "nothing is wrong");
    let standby = judged(&[("main", "their_outage"), ("spare", "operating")]);
    assert_eq!(why_none(&standby, "main"), None, "there is one");
}

fn probed(seconds: i64, outcome: Outcome) -> ProbeSample {
    ProbeSample::bare(id("main"), UnixMs(seconds * 1_000), outcome, 100)
}

/// Ten requests that `spare` answered after `main` had failed them, in one minute.
fn failed_over(minute: i64) -> TrafficBucket {
    let sketch = serde_json::to_value(changeover_domain::LatencySketch::default()).unwrap();
    let bucket = json!({
        "epoch": 0, "minute": minute * MINUTE, "route": "chat", "target": "spare", "mode": "full",
        "outcome": {"kind": "ok"}, "generation": 0, "effective_since": 0, "fallback": true,
        "requests": 10, "retries": 10, "cache_hits": 0, "latency": sketch,
        "time_to_first_token": sketch, "usage": changeover_domain::TokenUsage::default(),
        "cost": 0, "unpriced": 0,
        "failed_attempts": [{"target": "main", "class": "server_error", "count": 10}],
    });
    serde_json::from_value(bucket).unwrap()
}

fn failing_call(state: &State) -> Option<crate::contract::FailingCall> {
    let setup = setup();
    call::failing(&setup, state, setup.target(&id("main")).unwrap(), UnixMs(0))
}

#[test]
fn where_only_callers_fail_a_harmless_call_stands_in_and_theirs_is_never_told() {
    let gateway = GatewayId::try_new("g").unwrap();
    let mut state = State::default();
    assert_eq!(failing_call(&state), None, "nothing fails");
    state.observed.add_probe(probed(30, Outcome::Failed(FailureClass::Overloaded)));
    state.observed.add_probe(probed(45, Outcome::Ok));
    let by_probe = failing_call(&state).unwrap();
    assert_eq!(
        (by_probe.seen_by, by_probe.class),
        (EvidenceSource::Probes, FailureClass::Overloaded)
    );
    state.observed.add_traffic([(gateway, failed_over(10))], UnixMs(10 * MINUTE));
    state.observed.add_probe(probed(630, Outcome::Ok));
    let by_traffic = failing_call(&state).unwrap();
    assert_eq!(by_traffic.seen_by, EvidenceSource::Traffic, "the probes have been well since");
    assert_eq!((by_traffic.class, by_traffic.at), (FailureClass::ServerError, UnixMs(10 * MINUTE)));
    assert!(by_traffic.curl.contains("$OPENAI_API_KEY") && by_traffic.curl.contains("main-1"));
    assert!(by_traffic.detail.unwrap().contains("what they asked is never told"));
    state.observed.add_probe(probed(645, Outcome::Failed(FailureClass::ServerError)));
    assert_eq!(failing_call(&state).unwrap().seen_by, EvidenceSource::Probes, "it fails itself");
}

#[test]
fn the_markdown_has_the_half_hour_in_lines() {
    let second = |at: i64| UnixMs(at * 1_000);
    let span = |from, until: Option<i64>, label: &str| LaneSpan {
        from: second(from),
        until: until.map(second),
        label: label.into(),
        tone: Tone::Outage,
    };
    let lane = |kind, spans| Lane { kind, spans };
    let sheet = Triage {
        target: id("main"),
        provider: ProviderId::try_new("vendor").unwrap(),
        provider_name: "Vendor".into(),
        model: "main-1".into(),
        region: None,
        at: second(3_600),
        title: "Vendor main-1: their outage".into(),
        verdict: verdict("main", "their_outage"),
        score: None,
        excluded: Vec::new(),
        timeline: Timeline {
            lanes: vec![
                lane(LaneKind::StatusPage, vec![span(60, Some(2_000), "Vendor: [slow](x)")]),
                lane(LaneKind::Probes, vec![span(3_000, None, "b"), span(2_400, Some(2_460), "a")]),
                lane(LaneKind::Levers, Vec::new()),
            ],
            marks: vec![LaneMark {
                at: second(3_010),
                label: "seen 00:50:10".into(),
                tone: Tone::Outage,
            }],
        },
        timeline_from: second(1_800),
        levers: Vec::new(),
        no_lever: Some("no route uses it".into()),
        fix: None,
        failing_call: None,
        episode: None,
        markdown: String::new(),
    };
    let text = markdown::written(&sheet);
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| *line == "## Last 30 minutes").unwrap();
    assert_eq!(
        lines[at + 2..at + 6],
        [
            "- status page: –00:33:20 Vendor: \\[slow\\](x)",
            "- probes: 00:40:00–00:41:00 a; 00:50:00–now b",
            "- levers: nothing",
            "- trouble: seen 00:50:10",
        ]
    );
    assert!(text.contains("- no lever: no route uses it"), "{text}");
}
