//! `cargo xtask test`: everything that has to hold, in order, with one summary at the end.
//!
//! A failed step does not stop those that do not need it. Each step can be repeated by itself with
//! `--only`. The last line is always `N passed, N failed`; a step that could not begin, because one
//! it needs has failed, counts as failed: it has not passed.

mod steps;
mod summary;

use std::process::ExitCode;
use std::time::Instant;

use crate::workspace::Workspace;
use steps::Step;
use summary::{Line, State};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Leave out what takes longest: documentation, SDKs, browser and window
    #[arg(long, conflicts_with = "only")]
    fast: bool,
    /// Only this step; may be given several times
    #[arg(long, value_name = "STEP", value_enum)]
    only: Vec<Step>,
}

impl Options {
    /// The steps asked for, in their order.
    fn steps(&self) -> Vec<Step> {
        let is_wanted = |step: &Step| {
            if self.only.is_empty() {
                !(self.fast && step.is_slow())
            } else {
                self.only.contains(step)
            }
        };
        Step::ALL.into_iter().filter(is_wanted).collect()
    }
}

/// Runs the steps and prints the summary. Failures have been told by then; the code is what is left.
pub(crate) fn test(workspace: &Workspace, options: &Options) -> ExitCode {
    let mut lines: Vec<Line> = Vec::new();
    for step in options.steps() {
        let line = match failed_need(step, &lines) {
            Some(need) => Line { step, state: State::NotBegun { need }, seconds: 0.0 },
            None => perform(step, workspace),
        };
        lines.push(line);
    }
    println!("{}", summary::table(&lines));
    let (passed, failed) = summary::count(&lines);
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A step that this one needs and that has not passed. One that was not asked for does not count:
/// it is taken to have passed before.
fn failed_need(step: Step, done: &[Line]) -> Option<Step> {
    let failed = done.iter().filter(|line| line.state != State::Passed);
    failed.map(|line| line.step).find(|failed| step.needs().contains(failed))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a step took is told to a person, by the system's clock"
)]
fn perform(step: Step, workspace: &Workspace) -> Line {
    println!("\n── {}: {}", step.name(), step.purpose());
    let begun = Instant::now();
    let outcome = step.perform(workspace);
    let seconds = begun.elapsed().as_secs_f64();
    let state = match outcome {
        Ok(()) => State::Passed,
        Err(failure) => {
            let name = step.name();
            println!("\n{failure}\nTo repeat just this: cargo xtask test --only {name}");
            State::Failed
        }
    };
    Line { step, state, seconds }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(step: Step, state: State) -> Line {
        Line { step, state, seconds: 0.0 }
    }

    #[test]
    fn a_step_waits_for_none_but_those_it_needs() {
        let done = [line(Step::Format, State::Failed)];
        assert_eq!(failed_need(Step::Clippy, &done), None);
        let done = [line(Step::UiBuild, State::Failed)];
        assert_eq!(
            failed_need(Step::Clippy, &done),
            Some(Step::UiBuild),
            "the window embeds the built UI"
        );
        assert_eq!(failed_need(Step::Clippy, &[]), None, "with --only");
    }

    #[test]
    fn what_could_not_begin_holds_up_what_needs_it() {
        let state = State::NotBegun { need: Step::UiBuild };
        let done = [line(Step::Build, state)];
        assert_eq!(failed_need(Step::Desktop, &done), Some(Step::Build));
    }

    #[test]
    fn steps_stand_after_those_they_need() {
        for (index, step) in Step::ALL.iter().enumerate() {
            let before = &Step::ALL[..index];
            assert!(step.needs().iter().all(|need| before.contains(need)), "{step:?}");
        }
    }

    #[test]
    fn fast_leaves_out_the_slow_ones_and_only_keeps_the_order() {
        let fast = Options { fast: true, only: Vec::new() };
        assert!(fast.steps().contains(&Step::Rust));
        assert!(!fast.steps().contains(&Step::Desktop));
        let only = Options { fast: false, only: vec![Step::Desktop, Step::Format] };
        assert_eq!(only.steps(), [Step::Format, Step::Desktop]);
    }
}
