//! What is left to read when everything has run.

use super::steps::Step;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Passed,
    Failed,
    NotBegun { need: Step },
}

/// One step's line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) step: Step,
    pub(super) state: State,
    pub(super) seconds: f64,
}

/// The table, a line per step.
pub(super) fn table(lines: &[Line]) -> String {
    let mut text = String::from("\n── summary\n");
    for line in lines {
        let (name, seconds) = (line.step.name(), line.seconds);
        let row = match line.state {
            State::Passed => format!("{name:<12} ok      {seconds:>7.1} s"),
            State::Failed => format!("{name:<12} failed  {seconds:>7.1} s"),
            State::NotBegun { need } => {
                format!("{name:<12} failed    not begun: needs {}", need.name())
            }
        };
        text.push_str(&row);
        text.push('\n');
    }
    text
}

/// How many passed and how many did not.
pub(super) fn count(lines: &[Line]) -> (usize, usize) {
    let passed = lines.iter().filter(|line| line.state == State::Passed).count();
    (passed, lines.len() - passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_begin_is_no_pass_and_says_why() {
        let line = |step, state, seconds| Line { step, state, seconds };
        let lines = [
            line(Step::Format, State::Passed, 1.25),
            line(Step::UiBuild, State::Failed, 10.0),
            line(Step::Build, State::NotBegun { need: Step::UiBuild }, 0.0),
        ];
        assert_eq!(count(&lines), (1, 2));
        let table = table(&lines);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "format       ok          1.2 s",
                "ui-build     failed     10.0 s",
                "build        failed    not begun: needs ui-build"
            ]
        );
    }
}
