//! The figures of a run as a person reads them.

use std::fmt::Write as _;

use crate::figures::{Goal, Measured, Run, Way, goals, megabytes};

/// The tables of a run.
pub(crate) fn table(run: &Run) -> String {
    let mut text = String::new();
    heading(&mut text, run);
    whole_answers(&mut text, run);
    streamed(&mut text, run);
    switching(&mut text, run);
    text.push_str("\nGoals\n");
    for goal in goals(run) {
        line(&mut text, &goal_line(&goal));
    }
    text
}

fn line(text: &mut String, words: &str) {
    text.push_str(words.trim_end());
    text.push('\n');
}

fn heading(text: &mut String, run: &Run) {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    let rounds = run.rounds;
    line(text, "");
    line(
        text,
        &format!(
            "{rounds} rounds in turns, medians; {cores} processors, shared by load, upstream and \
             proxy; system load {load} at the end. nginx: one worker, connections kept, \
             proxy_buffering off for streams; gateway: one worker. Compare within a run only."
        ),
    );
    line(text, "");
    line(
        text,
        &format!(
            "{:<44}{:>10}{:>10}{:>10}{:>14}",
            "", "direct", "nginx", "gateway", "gateway/nginx"
        ),
    );
}

fn whole_answers(text: &mut String, run: &Run) {
    let ratio = run.ratio(|way| &way.cpu_us_per_request);
    row(text, run, "CPU per request, µs", ratio, |way| way.cpu_us_per_request.median());
    let ratio = run.ratio(|way| &way.requests_per_second);
    row(text, run, "requests/s, 32 connections", ratio, |way| way.requests_per_second.median());
    let of = |way: &Measured| way.p50_us.median();
    row(text, run, "p50 on one connection, µs", run.added_ratio(of), of);
    added(text, run, of);
    let of = |way: &Measured| way.p99_us.median();
    row(text, run, "p99 on one connection, µs", run.added_ratio(of), of);
    added(text, run, of);
}

fn streamed(text: &mut String, run: &Run) {
    for (name, quantile) in [("p50", 0.5), ("p99", 0.99)] {
        let n = run.gateway.first_token_us.len();
        let of = |way: &Measured| way.first_token_us.quantile(quantile);
        let name = format!("time to first token {name}, µs (n={n})");
        row(text, run, &name, run.added_ratio(of), of);
        added(text, run, of);
    }
    let ratio = run.ratio(|way| &way.cpu_us_per_stream);
    row(text, run, "CPU per stream of 64 pieces, µs", ratio, |way| way.cpu_us_per_stream.median());
    let name = format!("resident MB, {} streams", run.crowd);
    let ratio = megabytes(run.gateway.resident_bytes) / megabytes(run.nginx.resident_bytes);
    row(text, run, &name, ratio, |way| megabytes(way.resident_bytes));
}

fn switching(text: &mut String, run: &Run) {
    let seen = run.switching;
    let [first, second] = seen.by_target;
    line(
        text,
        &format!(
            "\n{} switches of target under {} requests ({first} by the first, {second} by the \
             second) and {} streams: {} lost",
            seen.switches, seen.requests, seen.streams, seen.lost
        ),
    );
}

fn row(text: &mut String, run: &Run, name: &str, ratio: f64, of: impl Fn(&Measured) -> f64) {
    let mut words = format!("{name:<44}");
    for way in Way::ALL {
        words.push_str(&cell(of(run.way(way)), 10));
    }
    if ratio.is_finite() {
        write!(words, "{ratio:>14.2}").ok();
    }
    line(text, &words);
}

/// What the proxies add to the row above; the ratio above is of this.
fn added(text: &mut String, run: &Run, of: impl Fn(&Measured) -> f64) {
    let nginx = cell(run.added(Way::Nginx, &of), 20);
    let gateway = cell(run.added(Way::Gateway, &of), 10);
    line(text, &format!("{:<44}{nginx}{gateway}", "  added"));
}

fn cell(value: f64, width: usize) -> String {
    if !value.is_finite() {
        return format!("{:>width$}", "-");
    }
    let digits = usize::from(value.abs() < 1_000.0);
    format!("{value:>width$.digits$}")
}

fn goal_line(goal: &Goal) -> String {
    let bound = |bound: f64| {
        let word = if goal.at_least { "at least" } else { "at most" };
        format!("{word} {bound}")
    };
    let aim = goal.aim.map(|aim| format!(", aim {aim}")).unwrap_or_default();
    let wanted = format!("{}{aim}", bound(goal.bound));
    let Goal { what, value, .. } = goal;
    format!("  {:<14}{what:<44}{value:>8.2}   ({wanted})", goal.verdict())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_goal_has_one_line_that_says_whether_it_is_met() {
        let text = table(&Run::default());
        let lines: Vec<&str> = text.lines().skip_while(|line| *line != "Goals").skip(1).collect();
        assert_eq!(lines.len(), 6, "{text}");
        let first_word = |line: &&str| line.split_whitespace().next().map(str::to_owned);
        let verdicts: Vec<_> = lines.iter().filter_map(first_word).collect();
        assert_eq!(verdicts, ["UNCLEAR", "UNCLEAR", "UNCLEAR", "UNCLEAR", "UNCLEAR", "met"]);
    }
}
