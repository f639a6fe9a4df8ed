//! What was measured, in lines for people, and which of the figures asked for hold.

use std::fmt;

use super::{INTERVAL_S, Measured, Run, vendor};

const MOST_LATE_MS: u32 = 5;
const MOST_BYTES: u64 = 1_000;
const MOST_P50_RATIO: f64 = 1.1;
const MOST_CPU_RATIO: f64 = 1.0 / 3.0;
/// A schedule that leaves out what comes too late flatters its own lateness.
const LEAST_MADE_PERCENT: u64 = 99;

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { targets, seconds, lone, streaming, reaching, exporter } = self;
        writeln!(
            f,
            "{targets} targets every {INTERVAL_S} s for {seconds} s on one core, a connection for each \
             probe; the server answers after {} ms",
            vendor::DELAY.as_millis()
        )?;
        for (name, run) in [("lone", lone), ("streamed", streaming), ("reaching", reaching)] {
            line(f, name, run)?;
        }
        writeln!(
            f,
            "exporter: {} probes over HTTP, {:.0} µs of the core each; others took {} % of it",
            exporter.probes, exporter.cpu_us, exporter.others_percent
        )?;
        goals(self).iter().try_for_each(|goal| writeln!(f, "{goal}"))
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, run: &Run) -> fmt::Result {
    writeln!(
        f,
        "{name:>8}: {} of {} probes made, {} failed; late p50 {} p99 {} max {} ms; total p50 {} ms; \
         {:.0} µs of the core each; {} kB; others took {} % of the core",
        run.made,
        run.planned,
        run.failed,
        run.lateness_p50_ms,
        run.lateness_p99_ms,
        run.lateness_max_ms,
        run.total_p50_ms,
        run.cpu_us_per_probe,
        run.grown_bytes / 1_000,
        run.others_percent
    )
}

/// One figure asked for, held or not.
struct Goal {
    what: &'static str,
    holds: bool,
    figure: String,
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.holds { "holds" } else { "FAILS" };
        write!(f, "{word} {}: {}", self.what, self.figure)
    }
}

fn goals(measured: &Measured) -> Vec<Goal> {
    let Measured { lone, streaming, reaching, exporter, .. } = measured;
    let made = streaming.made * 100 / streaming.planned.max(1);
    let p50 = f64::from(streaming.total_p50_ms) / f64::from(lone.total_p50_ms.max(1));
    let more_targets = u64::from(measured.targets.saturating_sub(1).max(1));
    let bytes = streaming.grown_bytes.saturating_sub(lone.grown_bytes) / more_targets;
    let ratio = |what, run: &Run| {
        let ratio = run.cpu_us_per_probe / exporter.cpu_us;
        let figure = format!("{ratio:.2} of {MOST_CPU_RATIO:.2}");
        Goal { what, holds: ratio <= MOST_CPU_RATIO, figure }
    };
    vec![
        Goal {
            what: "probes made of those planned",
            holds: made >= LEAST_MADE_PERCENT,
            figure: format!("{made} % of {LEAST_MADE_PERCENT} %"),
        },
        Goal {
            what: "lateness p99",
            holds: streaming.lateness_p99_ms <= MOST_LATE_MS,
            figure: format!("{} ms of {MOST_LATE_MS}", streaming.lateness_p99_ms),
        },
        Goal {
            what: "memory for each target beyond the first",
            holds: bytes <= MOST_BYTES,
            figure: format!("{bytes} bytes of {MOST_BYTES}"),
        },
        Goal {
            what: "a probe's own p50 beside a lone one's",
            holds: p50 <= MOST_P50_RATIO,
            figure: format!("{p50:.2} of {MOST_P50_RATIO}"),
        },
        ratio("processor per probe beside the exporter's, both over HTTP only", reaching),
        ratio("processor per streamed completion beside the exporter's HTTP", streaming),
    ]
}
