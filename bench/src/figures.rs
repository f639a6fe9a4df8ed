//! From samples to figures, and from figures to goals met or not.

use crate::samples::Samples;

/// The ways from the load to the upstream, in the order in which they take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Direct,
    Nginx,
    Gateway,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Direct, Self::Nginx, Self::Gateway];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Nginx => "nginx",
            Self::Gateway => "gateway",
        }
    }
}

/// What was measured of one way; a sample per round, but for `first_token_us` with one per stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    /// Of the proxy's processes; of the upstream's, where nothing lies between.
    pub(crate) cpu_us_per_request: Samples,
    pub(crate) requests_per_second: Samples,
    /// On one connection.
    pub(crate) p50_us: Samples,
    pub(crate) p99_us: Samples,
    pub(crate) first_token_us: Samples,
    pub(crate) cpu_us_per_stream: Samples,
    /// At the most, while all streams of the crowd were speaking; `None` where it is not asked.
    pub(crate) resident_bytes: Option<u64>,
}

/// What came of switching targets under load.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Switching {
    pub(crate) switches: u32,
    pub(crate) requests: u64,
    pub(crate) streams: u64,
    pub(crate) lost: u64,
    /// Whole answers by the target that gave them.
    pub(crate) by_target: [u64; 2],
}

/// All of one run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    pub(crate) rounds: u32,
    pub(crate) crowd: u16,
    pub(crate) direct: Measured,
    pub(crate) nginx: Measured,
    pub(crate) gateway: Measured,
    pub(crate) switching: Switching,
}

impl Run {
    pub(crate) fn way(&self, way: Way) -> &Measured {
        match way {
            Way::Direct => &self.direct,
            Way::Nginx => &self.nginx,
            Way::Gateway => &self.gateway,
        }
    }

    pub(crate) fn way_mut(&mut self, way: Way) -> &mut Measured {
        match way {
            Way::Direct => &mut self.direct,
            Way::Nginx => &mut self.nginx,
            Way::Gateway => &mut self.gateway,
        }
    }

    /// The gateway's part of nginx's, round by round, and of that the median: what disturbed one
    /// round disturbed both.
    pub(crate) fn ratio(&self, of: impl Fn(&Measured) -> &Samples) -> f64 {
        of(&self.gateway).ratios_to(of(&self.nginx)).median()
    }

    /// What a way adds to the direct one.
    pub(crate) fn added(&self, way: Way, of: impl Fn(&Measured) -> f64) -> f64 {
        of(self.way(way)) - of(&self.direct)
    }

    /// What the gateway adds, as a multiple of what nginx adds; no number where noise has hidden
    /// what nginx adds.
    pub(crate) fn added_ratio(&self, of: impl Fn(&Measured) -> f64) -> f64 {
        let nginx = self.added(Way::Nginx, &of);
        if nginx > 0.0 { self.added(Way::Gateway, &of) / nginx } else { f64::NAN }
    }
}

/// One goal, and how far it is reached.
#[derive(Debug, Clone)]
pub(crate) struct Goal {
    pub(crate) what: &'static str,
    pub(crate) value: f64,
    /// What must hold, and what is aimed at.
    pub(crate) bound: f64,
    pub(crate) aim: Option<f64>,
    /// A floor, where the others are ceilings.
    pub(crate) at_least: bool,
}

impl Goal {
    pub(crate) fn reaches(&self, bound: f64) -> bool {
        if self.at_least { self.value >= bound } else { self.value <= bound }
    }

    pub(crate) fn verdict(&self) -> &'static str {
        match self.aim {
            _ if self.value.is_nan() => "UNCLEAR",
            Some(aim) if self.reaches(aim) => "met, aim too",
            _ if self.reaches(self.bound) => "met",
            _ => "NOT MET",
        }
    }
}

/// The goals of the gateway, with this run's values.
pub(crate) fn goals(run: &Run) -> Vec<Goal> {
    let ceiling = |what, value, bound, aim| Goal { what, value, bound, aim, at_least: false };
    let first_token = |quantile| run.added_ratio(|way| way.first_token_us.quantile(quantile));
    #[expect(clippy::cast_precision_loss, reason = "counts of one run")]
    let lost = run.switching.lost as f64;
    let throughput = Goal {
        what: "requests/s at 32 connections, x nginx",
        value: run.ratio(|way| &way.requests_per_second),
        bound: 0.7,
        aim: Some(0.8),
        at_least: true,
    };
    vec![
        ceiling(
            "CPU per request, x nginx",
            run.ratio(|way| &way.cpu_us_per_request),
            1.5,
            Some(1.25),
        ),
        throughput,
        ceiling("added time to first token p50, x nginx", first_token(0.5), 2.0, None),
        ceiling("added time to first token p99, x nginx", first_token(0.99), 2.0, None),
        ceiling(
            "resident MB with the crowd of streams",
            megabytes(run.gateway.resident_bytes),
            40.0,
            Some(25.0),
        ),
        ceiling("requests lost by switching targets", lost, 0.0, None),
    ]
}

/// Bytes as megabytes; no number where they are not known.
#[expect(clippy::cast_precision_loss, reason = "memory of one process")]
pub(crate) fn megabytes(bytes: Option<u64>) -> f64 {
    bytes.map_or(f64::NAN, |bytes| bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Samples {
        values.iter().copied().collect()
    }

    #[test]
    fn a_disturbed_round_does_not_move_the_ratio() {
        let mut run = Run::default();
        run.nginx.cpu_us_per_request = of(&[20.0, 60.0, 20.0]);
        run.gateway.cpu_us_per_request = of(&[28.0, 84.0, 28.0]);
        let ratio = run.ratio(|way| &way.cpu_us_per_request);
        assert!((ratio - 1.4).abs() < 1e-9, "{ratio}");
    }

    #[test]
    fn what_is_added_is_compared_and_not_the_whole() {
        let mut run = Run::default();
        run.direct.first_token_us = of(&[100.0]);
        run.nginx.first_token_us = of(&[200.0]);
        run.gateway.first_token_us = of(&[350.0]);
        let ratio = run.added_ratio(|way| way.first_token_us.median());
        assert!((ratio - 2.5).abs() < 1e-9, "{ratio}");
    }

    #[test]
    fn what_was_not_measured_is_neither_met_nor_missed() {
        let unmet = goals(&Run::default());
        let verdicts: Vec<_> = unmet.iter().map(Goal::verdict).collect();
        assert_eq!(verdicts[..5], ["UNCLEAR"; 5], "nothing was measured");
    }

    #[test]
    fn a_goal_tells_the_bound_from_the_aim() {
        let goal = |value| Goal { what: "", value, bound: 1.5, aim: Some(1.25), at_least: false };
        assert_eq!(goal(1.2).verdict(), "met, aim too");
        assert_eq!(goal(1.5).verdict(), "met");
        assert_eq!(goal(1.51).verdict(), "NOT MET");
    }
}
