//! What a page has published by now: faults seen through the scenario's lag.
//!
//! Faults of a provider that touch or nearly touch are one incident. It is published after the lag
//! and then walks investigating → identified → monitoring → resolved; the last two wait for the
//! fault's end. When a scenario is replaced, what it had published is resolved.

use std::time::Duration;

use changeover_domain::UnixMs;
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;

use crate::chance::generator;
use crate::fault::Effects;
use crate::profile::ProviderProfile;
use crate::scenario::{Fault, PageBehaviour, Scenario};
use crate::stage::{Play, Stage};

/// Faults with less between them are one incident.
const ONE_INCIDENT: Duration = Duration::from_secs(300);
const CODE_LETTERS: &[u8] = b"0123456789bcdfghjklmnpqrstvwxyz";

/// An incident as far as it has been published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PageIncident {
    /// The short code in links and JSON.
    pub(super) code: String,
    /// The long number in Atom ids.
    pub(super) number: u32,
    pub(super) title: String,
    pub(super) gravity: Gravity,
    /// Oldest first, never empty.
    pub(super) updates: Vec<PageUpdate>,
}

/// One published update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PageUpdate {
    pub(super) code: String,
    pub(super) phase: Phase,
    pub(super) at: UnixMs,
    pub(super) body: String,
}

/// How grave the page says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gravity {
    Minor,
    Major,
    Critical,
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
}

impl Gravity {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    /// The state of the component while it lasts.
    pub(super) fn component(self) -> &'static str {
        match self {
            Self::Minor => "degraded_performance",
            Self::Major => "partial_outage",
            Self::Critical => "major_outage",
        }
    }
}

impl Phase {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
        }
    }
}

impl PageIncident {
    pub(super) fn started_at(&self) -> UnixMs {
        self.updates.first().map_or_else(UnixMs::default, |update| update.at)
    }

    pub(super) fn updated_at(&self) -> UnixMs {
        self.updates.last().map_or_else(UnixMs::default, |update| update.at)
    }

    pub(super) fn phase(&self) -> Phase {
        self.updates.last().map_or(Phase::Resolved, |update| update.phase)
    }

    /// When the update of this phase came.
    pub(super) fn reached(&self, phase: Phase) -> Option<UnixMs> {
        let update = self.updates.iter().find(|update| update.phase == phase);
        update.map(|update| update.at)
    }

    /// The state that it gives the component now.
    pub(super) fn component(&self) -> &'static str {
        match self.phase() {
            Phase::Investigating | Phase::Identified => self.gravity.component(),
            Phase::Monitoring => Gravity::Minor.component(),
            Phase::Resolved => "operational",
        }
    }
}

/// Everything that the page of `profile` shows at `now`, newest first.
pub(super) fn published(
    stage: &Stage,
    profile: &'static ProviderProfile,
    now: UnixMs,
) -> Vec<PageIncident> {
    let mut incidents: Vec<PageIncident> =
        stage.plays().iter().flat_map(|play| of_play(stage.seed, play, profile, now)).collect();
    incidents.sort_by_key(|incident| std::cmp::Reverse(incident.started_at()));
    incidents
}

/// When the page publishes next, as things stand.
pub(super) fn next_update(
    stage: &Stage,
    profile: &'static ProviderProfile,
    now: UnixMs,
) -> Option<UnixMs> {
    let all = published(stage, profile, UnixMs(i64::MAX));
    let updates = all.iter().flat_map(|incident| &incident.updates);
    updates.map(|update| update.at).filter(|at| *at > now).min()
}

fn of_play(
    seed: u64,
    play: &Play,
    profile: &'static ProviderProfile,
    now: UnixMs,
) -> Vec<PageIncident> {
    let PageBehaviour::Late(lag) = play.scenario.page(profile.id) else {
        return Vec::new();
    };
    let name = |index: usize| {
        let start = play.started_at.0.to_le_bytes();
        let id = play.scenario.summary().id.as_bytes();
        let seed = seed ^ play.scenario.seed;
        generator(seed, &[b"page", profile.id.as_bytes(), id, &start, &index.to_le_bytes()])
    };
    episodes(&play.scenario, profile.id)
        .iter()
        .enumerate()
        .filter_map(|(index, episode)| {
            let mut incident = episode.incident(play, profile, lag, &mut name(index));
            let until = play.replaced_at.map_or(now, |replaced| replaced.min(now));
            incident.updates.retain(|update| update.at <= until);
            let ended = play.replaced_at.filter(|replaced| *replaced <= now);
            if let (Some(ended), Some(last)) = (ended, incident.updates.last())
                && last.phase != Phase::Resolved
            {
                let code = format!("{}r", last.code);
                incident.updates.push(update(Phase::Resolved, ended, code));
            }
            (!incident.updates.is_empty()).then_some(incident)
        })
        .collect()
}

/// Faults that the page sees as one.
#[derive(Debug)]
struct Episode<'a> {
    from: Duration,
    until: Duration,
    faults: Vec<&'a Fault>,
}

fn episodes<'a>(scenario: &'a Scenario, provider: &str) -> Vec<Episode<'a>> {
    let mut faults: Vec<&Fault> =
        scenario.faults.iter().filter(|f| f.provider == provider).collect();
    faults.sort_by_key(|fault| fault.from);
    let mut episodes: Vec<Episode<'a>> = Vec::new();
    for fault in faults {
        match episodes.last_mut() {
            Some(last) if fault.from <= last.until + ONE_INCIDENT => {
                last.until = last.until.max(fault.until);
                last.faults.push(fault);
            }
            _ => {
                episodes.push(Episode {
                    from: fault.from,
                    until: fault.until,
                    faults: vec![fault],
                });
            }
        }
    }
    episodes
}

impl Episode<'_> {
    fn incident(
        &self,
        play: &Play,
        profile: &'static ProviderProfile,
        lag: Duration,
        rng: &mut ChaCha8Rng,
    ) -> PageIncident {
        let mut between = |from: u64, to: u64| Duration::from_secs(rng.random_range(from..to));
        let published = play.started_at.plus(self.from + lag);
        let ended = play.started_at.plus(self.until);
        let monitoring = ended.plus(between(120, 300)).max(published.plus(between(300, 480)));
        let identified = published.plus(between(240, 660)).min(
            // A fault that is over soon is understood soon.
            published.plus(monitoring.since(published) / 2),
        );
        let resolved = monitoring.plus(between(600, 960));
        let phases = [
            (Phase::Investigating, published),
            (Phase::Identified, identified),
            (Phase::Monitoring, monitoring),
            (Phase::Resolved, resolved),
        ];
        let mut incident = PageIncident {
            code: code(rng),
            number: rng.random_range(30_000_000..40_000_000),
            title: self.title(profile),
            gravity: self.gravity(),
            updates: Vec::new(),
        };
        incident.updates = phases.map(|(phase, at)| update(phase, at, code(rng))).into();
        if let Some(first) = incident.updates.first_mut() {
            first.body = format!(
                "We are currently investigating elevated errors on requests to {}.",
                self.concerned(profile)
            );
        }
        incident
    }

    fn gravity(&self) -> Gravity {
        let share = |effects: &Effects| effects.failing_share();
        let worst = self.faults.iter().map(|fault| share(&fault.effects)).fold(0.0, f64::max);
        match worst {
            share if share >= 0.9 => Gravity::Critical,
            share if share >= 0.2 => Gravity::Major,
            _ => Gravity::Minor,
        }
    }

    /// The models in the page's words, or the whole API.
    fn concerned(&self, profile: &'static ProviderProfile) -> String {
        if self.faults.iter().any(|fault| fault.models.is_empty()) {
            return format!("all models of the {} API", profile.name);
        }
        let named = profile.models.iter().filter(|model| {
            let mut models = self.faults.iter().flat_map(|fault| &fault.models);
            models.any(|name| name == model.name)
        });
        named.map(|model| model.display).collect::<Vec<_>>().join(" and ")
    }

    fn title(&self, profile: &'static ProviderProfile) -> String {
        let what = match self.gravity() {
            Gravity::Critical => "Outage",
            Gravity::Major | Gravity::Minor => "Elevated errors",
        };
        format!("{what} on {}", self.concerned(profile))
    }
}

fn update(phase: Phase, at: UnixMs, code: String) -> PageUpdate {
    let body = match phase {
        Phase::Investigating => "We are currently investigating this issue.",
        Phase::Identified => "The issue has been identified and a fix is being implemented.",
        Phase::Monitoring => "A fix has been implemented and we are monitoring the results.",
        Phase::Resolved => "This incident has been resolved.",
    };
    PageUpdate { code, phase, at, body: body.to_owned() }
}

fn code(rng: &mut ChaCha8Rng) -> String {
    let letter = |_| {
        let at = rng.random_range(0..CODE_LETTERS.len());
        char::from(CODE_LETTERS.get(at).copied().unwrap_or(b'0'))
    };
    (0..12).map(letter).collect()
}
