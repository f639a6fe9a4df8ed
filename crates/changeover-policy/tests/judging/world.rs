//! The world: seven targets, their callers, their probes, their pages, and our own network.

use std::collections::BTreeMap;

use changeover_domain::{
    ComponentState, FailureClass, Outcome, ProbePhases, ProbeSample, ProviderId, Slo, TargetId,
    UnixMs, Verdict, Whose,
};
use changeover_policy::verdict::{
    Answers, Headroom, Judged, PageWord, TargetIdentity, TargetRecord, Thresholds, Timing,
    deserves_a_closer_look, judge_all,
};
use changeover_policy::witness::{Tried, WitnessReading};
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;

use crate::fault::{Fault, OwnNetworkFault, Script, SeenBy};
use crate::history::History;
use crate::night::{Condition, Counts, Night};
use crate::noise::{Ended, Noise};
use crate::weather::{OnItsWay, Weather};

pub(crate) const START: UnixMs = UnixMs(1_780_000_000_000);
const PROBE_EVERY_MS: i64 = 15_000;
/// A target that may be in trouble is probed at least so often, and three times as often as else.
const CLOSE_MS: i64 = 10_000;
/// As the prober has it: good probes until one is calm, and failures of our own that prove themselves.
const GOOD_UNTIL_CALM: u8 = 3;
const OURS_PROVED: u8 = 3;
/// Gateways are read so often, and tell all that has ended since in one report.
const REPORT_S: i64 = 2;
const DAY_S: f64 = 86_400.0;

/// What one target is like.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) id: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) model: &'static str,
    pub(crate) region: Option<&'static str>,
    /// Callers' requests a second on an average hour.
    pub(crate) per_second: f64,
}

const fn spec(
    id: &'static str,
    provider: &'static str,
    model: &'static str,
    region: Option<&'static str>,
    per_second: f64,
) -> Spec {
    Spec { id, provider, model, region, per_second }
}

/// Busy and quiet ones, and standbys that only probes ask.
pub(crate) const TARGETS: [Spec; 7] = [
    spec("claude-opus", "anthropic", "claude-opus-4-5", None, 1.5),
    spec("claude-haiku", "anthropic", "claude-haiku-4-5", None, 0.3),
    spec("gpt-main", "openai", "gpt-5", None, 0.6),
    spec("gpt-mini", "openai", "gpt-5-mini", None, 0.0),
    spec("flash-eu", "gemini", "gemini-flash", Some("eu"), 0.4),
    spec("pro-eu", "gemini", "gemini-pro", Some("eu"), 0.0),
    spec("flash-us", "gemini", "gemini-flash", Some("us"), 0.0),
];

#[derive(Debug)]
enum Seen {
    Probe(Box<ProbeSample>, u8),
    Traffic(Outcome, Timing),
}

/// The world and what the console knows of it.
pub(crate) struct World {
    noise: Noise,
    weather: Weather,
    /// Where the console's own days are simulated.
    night: Option<Night>,
    condition: Condition,
    /// Since when the console has been watching without a break, seconds from the start.
    watching_since: i64,
    history: History,
    script: Script,
    /// From when to when the script holds, seconds from the start.
    wrong: std::ops::Range<i64>,
    second: i64,
    records: Vec<TargetRecord>,
    probe_every_ms: i64,
    callers: bool,
    next_probe: Vec<UnixMs>,
    /// By the last judgement.
    suspect: Vec<bool>,
    /// By the target's own probes: good ones still needed, and failures of our own in a row.
    suspicion: Vec<(u8, u8)>,
    coming: BTreeMap<(UnixMs, u64), (usize, Seen)>,
    /// What the gateways will tell of each target when they are read next.
    untold: Vec<Vec<Answers>>,
    sent: u64,
    witness: WitnessReading,
    verdicts: BTreeMap<TargetId, Verdict>,
}

impl World {
    pub(crate) fn new(
        seed: u64,
        error_share: f64,
        script: Script,
        wrong: std::ops::Range<i64>,
    ) -> Self {
        let phases = (0..).map(|index| START.plus_millis(1_000 + 2_100 * index));
        Self {
            noise: Noise::new(ChaCha8Rng::seed_from_u64(seed), error_share),
            weather: Weather::new(seed, TARGETS.len()),
            night: None,
            condition: Condition::default(),
            watching_since: 0,
            history: History::default(),
            script,
            wrong,
            second: 0,
            records: empty_records(),
            probe_every_ms: PROBE_EVERY_MS,
            callers: true,
            next_probe: phases.take(TARGETS.len()).collect(),
            suspect: vec![false; TARGETS.len()],
            suspicion: vec![(0, 0); TARGETS.len()],
            coming: BTreeMap::new(),
            untold: vec![Vec::new(); TARGETS.len()],
            sent: 0,
            witness: WitnessReading::default(),
            verdicts: BTreeMap::new(),
        }
    }

    /// The same without callers, and with so much time between two probes of a calm target.
    pub(crate) fn only_probed(self, every_s: i64) -> Self {
        Self { probe_every_ms: 1_000 * every_s, callers: false, ..self }
    }

    /// The same with a console that sleeps and starts anew, and whose neutral hosts and pages are
    /// silent now and then.
    pub(crate) fn with_nights(self, night: Night) -> Self {
        Self { night: Some(night), ..self }
    }

    /// Whether the console watches nothing now.
    pub(crate) fn is_away(&self) -> bool {
        self.condition.asleep || self.condition.down
    }

    /// For how many seconds it has been watching without a break.
    pub(crate) fn watching_for(&self) -> i64 {
        self.second - self.watching_since
    }

    pub(crate) fn nights(&self) -> Counts {
        self.night.as_ref().map(|night| night.counts).unwrap_or_default()
    }

    fn now(&self) -> UnixMs {
        START.plus_millis(self.second * 1_000)
    }

    pub(crate) fn is_wrong(&self) -> bool {
        self.wrong.contains(&self.second)
    }

    /// How many short rate limits there were.
    pub(crate) fn short_limits(&self) -> u32 {
        self.weather.limits
    }

    fn network(&self) -> OwnNetworkFault {
        if self.is_wrong() { self.script.network } else { OwnNetworkFault::None }
    }

    /// Lets one second pass: requests are sent, and what has ended is taken in.
    pub(crate) fn pass(&mut self) {
        self.second += 1;
        self.live();
        let away = self.is_away();
        for index in 0..TARGETS.len() {
            self.weather.pass(index, self.second);
            self.call(index);
            if !away {
                self.probe(index);
            }
        }
        if !away && self.second % 15 == 0 {
            self.look_at_own_network();
        }
        if !away && self.second % 30 == 0 {
            self.read_pages();
        }
        let now = self.now();
        while let Some(entry) = self.coming.first_entry() {
            if entry.key().0 > now {
                break;
            }
            let ((at, _), (index, seen)) = entry.remove_entry();
            self.take_in(index, at, seen);
        }
        if !away && self.second % REPORT_S == 0 {
            self.read_gateways();
        }
        if self.second % 60 == 0 {
            self.records.iter_mut().for_each(|record| record.forget(now));
            self.history.forget(now);
        }
    }

    /// What happens to the console itself.
    fn live(&mut self) {
        let (before, was_away) = (self.condition, self.is_away());
        let Some(night) = &mut self.night else { return };
        self.condition = night.pass(self.second);
        if before.down && !self.condition.down {
            self.records = empty_records();
            let now = self.now();
            self.history.recall(&mut self.records, now);
            self.suspicion.fill((0, 0));
            self.witness = WitnessReading::default();
        }
        if was_away {
            self.watching_since = self.second;
        }
    }

    /// Judges everything now.
    pub(crate) fn judge(&mut self) -> Vec<Judged> {
        let (thresholds, now) = (Thresholds::default(), self.now());
        let every_ms = self.probe_every_ms;
        self.records.iter_mut().for_each(|record| record.plan_probes(every_ms, now));
        let inputs = self.records.iter().map(|record| record.inputs(&thresholds, now)).collect();
        let judged = judge_all(inputs, &self.witness, &self.verdicts, &thresholds, now);
        for (suspect, judged) in self.suspect.iter_mut().zip(&judged) {
            *suspect = deserves_a_closer_look(&judged.inputs);
        }
        (0..TARGETS.len()).for_each(|index| self.hurry(index));
        let verdicts = judged.iter().map(|judged| judged.verdict.clone());
        self.verdicts = verdicts.map(|verdict| (verdict.target.clone(), verdict)).collect();
        judged
    }

    fn faults(&self, index: usize, seen_by: SeenBy) -> Vec<Fault> {
        let wrong = self.is_wrong();
        let seen = |fault: &&Fault| fault.seen_by == SeenBy::Both || fault.seen_by == seen_by;
        let faults =
            self.script.faults.iter().filter(|fault| wrong && fault.hits.hits(&TARGETS[index]));
        faults.filter(seen).cloned().collect()
    }

    fn call(&mut self, index: usize) {
        let day = (self.second as f64 / DAY_S * std::f64::consts::TAU).sin();
        let arrivals = self.noise.arrivals(TARGETS[index].per_second * (1.0 + 0.7 * day));
        if arrivals == 0 || !self.callers {
            return;
        }
        let faults = self.faults(index, SeenBy::Traffic);
        let faults: Vec<&Fault> = faults.iter().collect();
        for _ in 0..arrivals {
            let mut ended = self.noise.request(240.0, 0.004, &faults);
            if let Some(class) = self.weather.refuses(index, self.second) {
                ended = lost(class);
            }
            match self.network() {
                OwnNetworkFault::None => {}
                // Gateways are not heard.
                OwnNetworkFault::Gone => continue,
                OwnNetworkFault::Resolver => ended = lost(FailureClass::Dns),
                OwnNetworkFault::Tls => ended = lost(FailureClass::Tls),
            }
            let timing = timing(&ended);
            let at = self.now().plus_millis(i64::from(ended.total_ms));
            self.send(index, at, Seen::Traffic(ended.outcome, timing));
        }
    }

    fn pause_ms(&self, index: usize) -> i64 {
        let (needed, ours) = self.suspicion[index];
        let own = needed > 0 && ours < OURS_PROVED;
        let close = self.suspect[index] || own;
        if close { (self.probe_every_ms / 3).min(CLOSE_MS) } else { self.probe_every_ms }
    }

    /// Who has become suspect does not wait for a slot that was planned while it was calm, and may lie
    /// minutes ahead.
    fn hurry(&mut self, index: usize) {
        let soon = self.now().plus_millis(self.pause_ms(index));
        self.next_probe[index] = self.next_probe[index].min(soon);
    }

    fn suspicion_after(&mut self, index: usize, outcome: Outcome) {
        let (needed, ours) = &mut self.suspicion[index];
        (*needed, *ours) = match outcome {
            Outcome::Ok => (needed.saturating_sub(1), 0),
            Outcome::Failed(class) => match class.usually_whose() {
                Whose::Caller => (*needed, *ours),
                Whose::OurQuota | Whose::OurBilling | Whose::OurConfiguration => {
                    (GOOD_UNTIL_CALM, ours.saturating_add(1))
                }
                _ => (GOOD_UNTIL_CALM, 0),
            },
        };
        self.hurry(index);
    }

    fn probe(&mut self, index: usize) {
        let now = self.now();
        if self.next_probe[index] > now {
            return;
        }
        let jitter = i64::from(self.noise.arrivals(1.5)) * 400 - 600;
        self.next_probe[index] = now.plus_millis(self.pause_ms(index) + jitter);
        let faults = self.faults(index, SeenBy::Probes);
        let faults: Vec<&Fault> = faults.iter().collect();
        let mut ended = self.noise.request(24.0, 0.0, &faults);
        if let Some(class) = self.weather.refuses(index, self.second) {
            ended = lost(class);
        }
        match self.weather.probe() {
            OnItsWay::Arrives => {}
            OnItsWay::Lost => ended = lost(FailureClass::TimeoutConnect),
            OnItsWay::LeftOut => return,
        }
        match self.network() {
            OwnNetworkFault::None => {}
            OwnNetworkFault::Gone => ended = lost(FailureClass::TimeoutConnect),
            OwnNetworkFault::Resolver => ended = lost(FailureClass::Dns),
            OwnNetworkFault::Tls => ended = lost(FailureClass::Tls),
        }
        let model = faults.iter().find_map(|fault| fault.answered_model);
        let headroom = faults.iter().find_map(|fault| fault.headroom).unwrap_or(70);
        let sample = sample(&TARGETS[index], now, &ended, model.unwrap_or(TARGETS[index].model));
        let at = now.plus_millis(i64::from(ended.total_ms));
        self.send(index, at, Seen::Probe(Box::new(sample), headroom));
    }

    fn send(&mut self, index: usize, at: UnixMs, seen: Seen) {
        self.sent += 1;
        self.coming.insert((at, self.sent), (index, seen));
    }

    fn take_in(&mut self, index: usize, at: UnixMs, seen: Seen) {
        let (heard, away) = (self.network() != OwnNetworkFault::Gone, self.is_away());
        let record = &mut self.records[index];
        match seen {
            // What ends elsewhere while our own network is gone is not told.
            Seen::Traffic(..) if !heard => {}
            // A probe under way when the console fell asleep is a gap.
            Seen::Probe(..) if away => {}
            Seen::Traffic(outcome, timing) => {
                let of_one = Answers { at, outcome, whose: None, count: 1, timing };
                self.untold[index].push(of_one);
            }
            Seen::Probe(sample, percent) => {
                record.probe(&sample);
                self.history.probe(index, &sample);
                let outcome = sample.outcome;
                record.headroom(Headroom {
                    requests_left_percent: Some(percent),
                    tokens_left_percent: Some(percent),
                    read_at: at,
                });
                self.suspicion_after(index, outcome);
            }
        }
    }

    /// What a reader hears has ended when it is heard, or with its minute where that is over.
    fn read_gateways(&mut self) {
        let now = self.now();
        for (index, untold) in self.untold.iter_mut().enumerate() {
            let mut report = Vec::new();
            for one in untold.drain(..) {
                let minute_ends = one.at.floor_to_minute().plus_millis(60_000);
                self.history.answered(index, one);
                report.push(Answers { at: minute_ends.min(now), ..one });
            }
            self.records[index].traffic(&report);
        }
    }

    fn look_at_own_network(&mut self) {
        let tried = |answered| Tried { tried: 3, answered };
        let (route, names, tls) = match self.network() {
            _ if self.condition.neutral_hosts_silent => (true, 0, 0),
            OwnNetworkFault::None => (true, 3, 3),
            OwnNetworkFault::Gone => (false, 0, 0),
            OwnNetworkFault::Resolver => (true, 0, 0),
            OwnNetworkFault::Tls => (true, 3, 0),
        };
        let reading = WitnessReading {
            route: Some(route),
            names: tried(names),
            tls: tried(tls),
            read_at: Some(self.now()),
            since: None,
        };
        self.witness = reading.following(&self.witness);
    }

    fn read_pages(&mut self) {
        if self.network() != OwnNetworkFault::None {
            return;
        }
        let said = self.script.page.filter(|_| self.is_wrong());
        let now = self.now();
        if self.condition.pages_silent {
            let unreadable = PageWord { unreadable: true, ..PageWord::default() };
            self.records.iter_mut().for_each(|record| record.page(unreadable));
            return;
        }
        for (record, spec) in self.records.iter_mut().zip(&TARGETS) {
            let said = said.filter(|(provider, ..)| *provider == spec.provider);
            record.page(PageWord {
                state: said.map_or(ComponentState::Operational, |(_, state, _)| state),
                read_at: Some(now),
                unreadable: false,
                network_down: false,
                open_incident: said.is_some_and(|(_, _, open)| open),
            });
        }
    }
}

fn empty_records() -> Vec<TargetRecord> {
    let identity = |spec: &Spec| TargetIdentity {
        target: TargetId::try_new(spec.id).unwrap(),
        provider: ProviderId::try_new(spec.provider).unwrap(),
        model: spec.model.to_owned(),
        region: spec.region.map(ToOwned::to_owned),
        slo: Slo::default(),
    };
    TARGETS.iter().map(|spec| TargetRecord::new(identity(spec))).collect()
}

fn lost(class: FailureClass) -> Ended {
    let total_ms = if class == FailureClass::TimeoutConnect { 5_000 } else { 150 };
    Ended { outcome: Outcome::Failed(class), first_token_ms: 0, total_ms, tokens_per_second: 0.0 }
}

fn timing(ended: &Ended) -> Timing {
    if !ended.outcome.is_ok() {
        return Timing::default();
    }
    let slo = Slo::default();
    Timing {
        first_tokens: 1,
        slow_first_tokens: u64::from(ended.first_token_ms > slo.time_to_first_token_p95_ms),
        totals: 1,
        slow_totals: u64::from(ended.total_ms > slo.total_p95_ms),
    }
}

fn sample(spec: &Spec, at: UnixMs, ended: &Ended, model: &str) -> ProbeSample {
    let ok = ended.outcome.is_ok();
    ProbeSample {
        phases: ProbePhases {
            first_byte_ms: ok.then_some(ended.first_token_ms),
            first_token_ms: ok.then_some(ended.first_token_ms),
            total_ms: ended.total_ms,
            ..ProbePhases::default()
        },
        tokens_per_second: ok.then_some(ended.tokens_per_second),
        answered_model: ok.then(|| model.to_owned()),
        ..ProbeSample::bare(TargetId::try_new(spec.id).unwrap(), at, ended.outcome, 0)
    }
}
