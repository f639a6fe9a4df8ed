//! The status pages' reader: what one look costs when nothing, one thing or everything about a page
//! is wrong.
//!
//! A page of 300 kB is looked at again and again with one entry changed, as pages change; `feed-rs`
//! parses the same bytes in turns. What a look costs is everything from the bytes to the transitions
//! and the next state; what `feed-rs` costs is its parsing alone. Refusals are measured in processes
//! of their own, so that their memory is theirs.

mod documents;
mod hostile;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use changeover_clock::Clock;
use changeover_domain::{ProviderId, SourceId};
use changeover_status::{ModelNames, Platform, PollOutcome, StatusPoller, StatusSource};

use crate::error::BenchError;
use crate::samples::Samples;
use documents::{Kind, document};
pub(crate) use hostile::refuse;

const ROUNDS: u32 = 60;
const UNCHANGED_US: f64 = 20.0;
const CHANGED_US: f64 = 2_000.0;
const TIMES_FASTER: f64 = 3.0;
const REFUSED_MS: f64 = 50.0;
const REFUSED_KB: u64 = 8 * 1024;

/// What came out.
pub(crate) struct Measured {
    pub(crate) text: String,
    missed: usize,
}

impl Measured {
    /// Whether every goal is met.
    ///
    /// # Errors
    /// [`BenchError::Missed`] when one is not.
    pub(crate) fn verdict(&self) -> Result<(), BenchError> {
        match self.missed {
            0 => Ok(()),
            missed => Err(BenchError::Missed { missed }),
        }
    }
}

/// Measures, and says what came out.
///
/// # Errors
/// When a page that is sound is not read, or a process cannot be started.
pub(crate) async fn measure() -> Result<Measured, BenchError> {
    let mut text = String::new();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?").to_owned();
    writeln!(
        text,
        "\n{ROUNDS} rounds in turns, medians; system load {load} at the start. Compare within a run only.\n\n{:<28}{:>10}{:>12}{:>12}{:>12}{:>10}",
        "a page of 300 kB", "first, µs", "changed, µs", "same, µs", "feed-rs, µs", "times"
    )
    .ok();
    let mut goals = Vec::new();
    for kind in [Kind::Atom, Kind::Rss, Kind::Json, Kind::Reordered] {
        let looks = looks(kind)?;
        writeln!(
            text,
            "{:<28}{:>10.0}{:>12.0}{:>12.1}{:>12.0}{:>10.1}",
            kind.name(),
            looks.first_us,
            looks.changed_us,
            looks.same_us,
            looks.peer_us,
            looks.peer_us / looks.changed_us
        )
        .ok();
        let name = kind.name();
        goals.push((format!("{name}: unchanged <= 20 µs"), looks.same_us <= UNCHANGED_US));
        if kind == Kind::Reordered {
            // Every entry is another one each time, which no goal was set for: it is told, and no more.
            continue;
        }
        goals.push((format!("{name}: changed <= 2 ms"), looks.changed_us <= CHANGED_US));
        let times = looks.peer_us / looks.changed_us;
        goals.push((format!("{name}: >= 3 times as fast as feed-rs"), times >= TIMES_FASTER));
    }
    text.push_str("feed-rs reads no page's JSON; beside it stands the same page as Atom.\n\n");
    writeln!(text, "{:<28}{:>10}{:>12}  why", "refused", "ms", "memory, kB").ok();
    for refusal in hostile::measure(&own_program()?).await? {
        writeln!(
            text,
            "{:<28}{:>10.1}{:>12}  {}",
            refusal.name, refusal.ms, refusal.kilobytes, refusal.reason
        )
        .ok();
        let within = refusal.ms <= REFUSED_MS && refusal.kilobytes <= REFUSED_KB;
        goals.push((format!("{} refused within 50 ms and 8 MB", refusal.name), within));
    }
    text.push_str("\nGoals\n");
    for (goal, is_met) in &goals {
        writeln!(text, "{goal:<64}{}", if *is_met { "met" } else { "MISSED" }).ok();
    }
    let missed = goals.iter().filter(|(_, is_met)| !is_met).count();
    Ok(Measured { text, missed })
}

fn own_program() -> Result<PathBuf, BenchError> {
    std::env::current_exe()
        .map_err(|source| BenchError::NotStarted { program: "this program", source })
}

struct Looks {
    first_us: f64,
    changed_us: f64,
    same_us: f64,
    peer_us: f64,
}

fn looks(kind: Kind) -> Result<Looks, BenchError> {
    let (mut changed, mut same, mut peer, mut first) =
        (Samples::default(), Samples::default(), Samples::default(), Samples::default());
    let mut poller = poller(kind.platform(), "http://127.0.0.1:9/", Duration::from_secs(60))?;
    seen(poller.take_in(Bytes::from(document(kind, 0))))?;
    for round in 1..=ROUNDS {
        let text = document(kind, round);
        let bytes = Bytes::from(text.clone());
        let at = Instant::now();
        let outcome = poller.take_in(bytes);
        changed.push(micros(at));
        seen(outcome)?;
        let again = Bytes::from(text.clone());
        let at = Instant::now();
        let outcome = poller.take_in(again);
        same.push(micros(at));
        if outcome != PollOutcome::Unchanged {
            return Err(BenchError::Page("the same bytes were news".to_owned()));
        }
        let parsed = if kind == Kind::Json { document(Kind::Atom, round) } else { text };
        let at = Instant::now();
        let feed = feed_rs::parser::parse(parsed.as_bytes());
        peer.push(micros(at));
        feed.map_err(|error| BenchError::Page(error.to_string()))?;
        let mut anew =
            self::poller(kind.platform(), "http://127.0.0.1:9/", Duration::from_secs(60))?;
        let bytes = Bytes::from(document(kind, round));
        let at = Instant::now();
        seen(anew.take_in(bytes))?;
        first.push(micros(at));
    }
    Ok(Looks {
        first_us: first.median(),
        changed_us: changed.median(),
        same_us: same.median(),
        peer_us: peer.median(),
    })
}

fn micros(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e6
}

fn seen(outcome: PollOutcome) -> Result<(), BenchError> {
    match outcome {
        PollOutcome::Seeded { reading, .. } | PollOutcome::Changed { reading, .. }
            if reading.incidents.len() > 10 && reading.unread.is_empty() =>
        {
            Ok(())
        }
        other => Err(BenchError::Page(format!("{other:?}").chars().take(300).collect())),
    }
}

fn poller(platform: Platform, url: &str, interval: Duration) -> Result<StatusPoller, BenchError> {
    let failed = |error: &dyn std::fmt::Display| BenchError::Page(error.to_string());
    let http = changeover_http::client(&changeover_http::ClientPolicy::default())
        .map_err(|error| failed(&error))?;
    let source = StatusSource {
        id: SourceId::try_new("bench").map_err(|error| failed(&error))?,
        provider: ProviderId::try_new("bench").map_err(|error| failed(&error))?,
        platform,
        url: url.to_owned(),
        fallback: None,
        interval,
        flaps: false,
        names: ModelNames::none(),
        components: Vec::new(),
    };
    Ok(StatusPoller::new(http, Clock::system(), source))
}
