//! A board of two providers and two gateways, made by the views themselves, at a second a step.

use std::collections::BTreeMap;

use changeover_domain::{
    AlertState, MaintenanceWindow, Nanodollars, Notice, NoticeKind, UnixMs, Verdict, VerdictKind,
    WindowId,
};
use changeover_policy::verdict::Burning;

use crate::alerts::evaluate::{BurningTargets, evaluate};
use crate::alerts::raise::{Around, key, raise};
use crate::alerts::recall;
use crate::contract::{AlertRuleId, Reachability};
use crate::settings;
use crate::setup::Setup;
use crate::state::{GatewayRecord, State};
use crate::view;

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
        let verdict: Verdict = serde_json::from_value(serde_json::json!({
            "target": target, "kind": kind, "scope": "provider", "confidence": "high",
            "since": self.now, "sentence": "529 in 9 of 10 probes", "evidence": [],
        }))
        .unwrap();
        self.state.verdicts.insert(verdict.target.clone(), verdict);
    }

    pub(super) fn page(&mut self, provider: &str, state: &str, title: &str) {
        let ended = (state == "resolved").then_some(self.now);
        let incident = serde_json::json!({
            "id": {"source": format!("{provider}-page"), "native": title}, "provider": provider,
            "title": title, "state": state, "impact": "major", "started_at": self.now,
            "ended_at": ended, "components": [], "targets": [], "updates": [], "url": null,
        });
        self.state.observed.set_incident(serde_json::from_value(incident).unwrap());
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
        self.burning.insert(target.parse().unwrap(), burning);
    }

    pub(super) fn premium_dollars(&mut self, dollars: i64) {
        self.premium = Nanodollars::DOLLAR.scaled(dollars, 1);
    }

    pub(super) fn premium_unknown(&mut self) {
        self.premium = None;
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
        }
        let evaluations = evaluate(&snapshot, &self.burning, &self.setup.alerts);
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

    pub(super) fn state_of(&self, rule: AlertRuleId, subject: &str) -> AlertState {
        let key = key(rule, &subject.parse().unwrap());
        self.state.alerts[&key].matter.alert.state()
    }
}
