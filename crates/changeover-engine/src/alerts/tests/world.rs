//! A board of two providers and two gateways, made by the views themselves, at a second a step.

use std::collections::BTreeMap;
use std::time::Duration;

use changeover_domain::{
    AlertState, MaintenanceWindow, Nanodollars, Notice, NoticeKind, UnixMs, Verdict, VerdictKind,
    WindowId,
};
use changeover_policy::verdict::Burning;

use crate::alerts::evaluate::{BurningTargets, Burnt, Inputs, evaluate};
use crate::alerts::raise::{Around, key, raise};
use crate::alerts::recall;
use crate::contract::{AlertRuleId, Reachability};
use crate::settings;
use crate::setup::Setup;
use crate::state::{GatewayRecord, State};
use crate::view;
use crate::watch::status::LastTry;

const START: UnixMs = UnixMs(1_795_183_200_000);

const CONFIGURATION: &str = r#"
operator = "mk"
[[providers]]
id = "anthropic"
name = "Anthropic"
kind = "anthropic"
base_url = "https://anthropic.example"
[[providers.status]]
id = "anthropic-page"
platform = "statuspage"
url = "https://status.anthropic.example"
[[providers]]
id = "openai"
name = "OpenAI"
kind = "openai"
base_url = "https://openai.example"
[[providers.status]]
id = "openai-page"
platform = "statuspage"
url = "https://status.openai.example"
[[targets]]
id = "claude-opus"
provider = "anthropic"
model = "claude-opus"
[[targets]]
id = "claude-haiku"
provider = "anthropic"
model = "claude-haiku"
[[targets]]
id = "gpt-main"
provider = "openai"
model = "gpt"
[[routes]]
id = "chat"
criticality = "must_succeed"
targets = ["claude-opus", "gpt-main"]
[[gateways]]
id = "eu-1"
admin_url = "http://127.0.0.1:1"
token = "env:PATH"
[[gateways]]
id = "eu-2"
admin_url = "http://127.0.0.1:2"
token = "env:PATH"
"#;

/// A notice in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) kind: NoticeKind,
    pub(super) rule: String,
    pub(super) subject: String,
}

impl Told {
    pub(super) fn all(notices: &[Notice]) -> Vec<Self> {
        let short = |notice: &Notice| Self {
            kind: notice.kind,
            rule: notice.rule.clone(),
            subject: notice.subject.to_string(),
        };
        notices.iter().map(short).collect()
    }
}

pub(super) struct World {
    pub(super) setup: Setup,
    pub(super) state: State,
    pub(super) now: UnixMs,
    burning: BurningTargets,
    premium: Option<Nanodollars>,
    /// Traffic is served away from the primary, and nobody knows what that costs.
    unpriced: bool,
}

impl World {
    /// Everything is well.
    pub(super) fn well() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("changeover.toml");
        std::fs::write(&file, CONFIGURATION).unwrap();
        let setup = settings::load(&file).unwrap();
        let mut world = Self {
            setup,
            state: State::default(),
            now: START,
            burning: BTreeMap::new(),
            premium: None,
            unpriced: false,
        };
        for target in ["claude-opus", "claude-haiku", "gpt-main"] {
            world.judge(target, VerdictKind::Operating);
        }
        for provider in ["anthropic", "openai"] {
            world.page_is(provider, false);
        }
        world.find("eu-1");
        world.find("eu-2");
        assert!(world.run(10).is_empty(), "nothing is the matter");
        world
    }

    pub(super) fn judge(&mut self, target: &str, kind: VerdictKind) {
        self.judge_as(target, kind, "high");
    }

    pub(super) fn judge_as(&mut self, target: &str, kind: VerdictKind, confidence: &str) {
        let verdict: Verdict = serde_json::from_value(serde_json::json!({
            "target": target, "kind": kind, "scope": "provider", "confidence": confidence,
            "since": self.now, "sentence": "529 in 9 of 10 probes", "evidence": [],
        }))
        .unwrap();
        self.state.verdicts.insert(verdict.target.clone(), verdict);
    }

    pub(super) fn page(&mut self, provider: &str, state: &str, title: &str) {
        self.declare(provider, title, &serde_json::json!({"state": state}));
    }

    /// Declares an incident on a provider's page, or moves one that is known: `with` says in what it
    /// differs from an incident of its own that is investigated, of major weight, and names nothing.
    pub(super) fn declare(&mut self, provider: &str, native: &str, with: &serde_json::Value) {
        let id = serde_json::json!({"source": format!("{provider}-page"), "native": native});
        let known = self.state.observed.incident(&serde_json::from_value(id.clone()).unwrap());
        let began = known.map_or(self.now, |known| known.started_at);
        let state = with["state"].as_str().unwrap_or("investigating");
        let ended = (state == "resolved").then_some(self.now);
        let entry = serde_json::json!({
            "native": format!("{state}-{}", self.now.0), "at": self.now, "state": state,
            "text": format!("{native} is {state}."),
        });
        let mut incident = serde_json::json!({
            "id": id, "provider": provider, "title": native, "state": state, "impact": "major",
            "started_at": began, "ended_at": ended, "event": id, "components": [], "targets": [],
            "updates": [entry], "url": null,
        });
        for (name, value) in with.as_object().unwrap() {
            incident[name] = value.clone();
        }
        self.state.observed.set_incident(serde_json::from_value(incident).unwrap());
    }

    /// The key of the alert of an event.
    pub(super) fn event_key(provider: &str, native: &str) -> String {
        format!("changeover/page_incident/provider:{provider}/{provider}-page%2F{native}")
    }

    /// Whether a page can be read.
    pub(super) fn page_is(&mut self, provider: &str, unreadable: bool) {
        let source = serde_json::json!({
            "id": format!("{provider}-page"), "provider": provider, "url": "https://x.example",
            "page": "operational", "last_good_at": self.now, "last_tried_at": self.now,
            "failures": 0, "unreadable": unreadable, "problem": null,
        });
        self.state.observed.set_source(serde_json::from_value(source).unwrap());
    }

    /// That the page answered when it was last tried, with whatever it was.
    pub(super) fn page_answers(&mut self, provider: &str) {
        let source = format!("{provider}-page").parse().unwrap();
        let last = LastTry { host: "x.example".into(), at: self.now, is_silence: false };
        self.state.status_tries.insert(source, last);
    }

    pub(super) fn lose(&mut self, gateway: &str) {
        self.reach(gateway, Reachability::Unreachable);
    }

    pub(super) fn find(&mut self, gateway: &str) {
        self.reach(gateway, Reachability::Reachable);
    }

    fn reach(&mut self, gateway: &str, reachability: Reachability) {
        let record = GatewayRecord { reachability, ..GatewayRecord::unasked(self.now) };
        self.state.gateways.insert(gateway.parse().unwrap(), record);
    }

    pub(super) fn burn(&mut self, target: &str) {
        let burning =
            Burning { rate_long: 15.0, rate_short: 20.0, limit: 14.4, long: "1 h", short: "5 min" };
        let burnt = Burnt { burning, seen_over: "last hour" };
        self.burning.insert(target.parse().unwrap(), burnt);
    }

    pub(super) fn calm(&mut self, target: &str) {
        self.burning.retain(|burning, _| burning.as_str() != target);
    }

    pub(super) fn premium_dollars(&mut self, dollars: i64) {
        self.premium = Nanodollars::DOLLAR.scaled(dollars, 1);
    }

    pub(super) fn premium_unknown(&mut self) {
        self.premium = None;
    }

    pub(super) fn premium_unpriced(&mut self) {
        (self.premium, self.unpriced) = (None, true);
    }

    pub(super) fn window(&mut self, subject: &str, seconds: i64) {
        let count = self.state.windows.len();
        self.state.windows.push(MaintenanceWindow {
            id: WindowId::try_new(format!("w-{count}")).unwrap(),
            subject: subject.parse().unwrap(),
            from: self.now,
            until: self.now.plus_millis(seconds * 1_000),
            reason: "deploy".into(),
            by: "mk".into(),
            configured: false,
        });
    }

    /// How often one rule reminds from now on.
    pub(super) fn remind_every_minutes(&mut self, rule: AlertRuleId, minutes: u64) {
        let rule = self.setup.alerts.rules.get_mut(&rule).unwrap();
        rule.machine.remind_every = Some(Duration::from_secs(60 * minutes));
    }

    /// Plays `seconds`, and gives what was told in them.
    pub(super) fn run(&mut self, seconds: i64) -> Vec<Notice> {
        (0..seconds).flat_map(|_| self.step()).collect()
    }

    fn step(&mut self) -> Vec<Notice> {
        self.now = self.now.plus_millis(1_000);
        let mut snapshot = view::snapshot(&self.setup, &self.state, None, self.now);
        snapshot.headline.premium_per_hour = self.premium;
        for route in &mut snapshot.routes {
            route.premium_per_hour = self.premium;
            if self.unpriced {
                let away = serde_json::json!({
                    "target": "gpt-main", "mode": "full", "since": self.now, "cause": "breaker",
                });
                route.effective = Some(serde_json::from_value(away).unwrap());
                route.requests_per_minute = Some(60.0);
            }
        }
        let inputs = Inputs {
            snapshot: &snapshot,
            state: &self.state,
            setup: &self.setup,
            burning: &self.burning,
            now: self.now,
        };
        let evaluations = evaluate(&inputs);
        let around =
            Around { rules: &self.setup.alerts, windows: &self.state.windows, now: self.now };
        let step = raise(&self.state.alerts, evaluations, &around);
        self.state.alerts = step.records;
        step.notices
    }

    /// What a restart leaves of the alerts: what was worth a write.
    pub(super) fn restart(&mut self) {
        let stored = self.state.alerts.iter().filter_map(|(key, record)| record.stored(key));
        self.state.alerts = recall(stored.collect());
    }

    /// Whether the board says that there is something to judge it by.
    pub(super) fn knows(&self, rule: AlertRuleId, subject: &str) -> bool {
        let key = key(rule, &subject.parse().unwrap());
        crate::alerts::view::view(&key, &self.state.alerts[&key], &self.setup.alerts).known
    }

    pub(super) fn state_of(&self, rule: AlertRuleId, subject: &str) -> AlertState {
        let key = key(rule, &subject.parse().unwrap());
        self.state.alerts[&key].matter.alert.state()
    }
}
