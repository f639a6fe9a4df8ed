//! Whole answers in a closed loop, by `wrk`: every connection asks again as soon as it was answered.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

use super::{PATH, question};
use crate::error::BenchError;

const SCRIPT: &str = include_str!("whole.lua");

/// `wrk` with its script and its question on disk.
#[derive(Debug)]
pub(crate) struct Wrk {
    program: PathBuf,
    script: PathBuf,
    question: PathBuf,
}

/// How it is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: u32,
    pub(crate) time: Duration,
    /// Look at each answer and count who gave it.
    pub(crate) count: bool,
}

/// What `wrk` saw.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Seen {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    bad_status: u64,
    broken: u64,
    /// By answers, where they were counted.
    pub(crate) first: u64,
    pub(crate) second: u64,
}

impl Seen {
    pub(crate) fn failed(&self) -> u64 {
        self.bad_status + self.broken
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of seconds' worth of requests")]
    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }
}

impl Wrk {
    /// Writes what `wrk` needs into `work`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn new(program: &Path, work: &Path, model: &str) -> Result<Self, BenchError> {
        let write = |name: &str, text: &str| {
            let file = work.join(name);
            std::fs::write(&file, text)
                .map_err(|source| BenchError::File { file: file.clone(), source })?;
            Ok(file)
        };
        Ok(Self {
            program: program.to_owned(),
            script: write("whole.lua", SCRIPT)?,
            question: write("question.json", &question(model, false).to_string())?,
        })
    }

    /// Loads `base` for a while.
    ///
    /// # Errors
    /// When `wrk` fails or says something else than what its script prints.
    pub(crate) async fn run(&self, base: &str, load: Load) -> Result<Seen, BenchError> {
        let milliseconds = load.time.as_millis();
        let output = Command::new(&self.program)
            .args(["--threads", "1", "--timeout", "5s"])
            .arg(format!("--connections={}", load.connections))
            .arg(format!("--duration={}", seconds(milliseconds)))
            .arg("--script")
            .arg(&self.script)
            .arg(format!("{base}{PATH}"))
            .arg("--")
            .arg(&self.question)
            .args(load.count.then_some("count"))
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|source| BenchError::NotStarted { program: "wrk", source })?;
        read(&String::from_utf8_lossy(&output.stdout))
    }
}

/// `wrk` takes whole seconds only.
fn seconds(milliseconds: u128) -> String {
    format!("{}s", milliseconds.div_ceil(1_000).max(1))
}

fn read(output: &str) -> Result<Seen, BenchError> {
    let line = output.lines().find(|line| line.starts_with('{'));
    line.and_then(|line| serde_json::from_str(line).ok())
        .ok_or_else(|| BenchError::Wrk(output.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_found_among_wrks_own_words_and_every_kind_of_failure_counts() {
        let output = "Running 1s test\n  Requests/sec:  10\n\n{\"requests\":100,\"seconds\":2.0,\
            \"p50_us\":80,\"p99_us\":200,\"bad_status\":2,\"broken\":1,\"good\":98,\"first\":50,\
            \"second\":48}\n";
        let seen = read(output).unwrap();
        assert_eq!(seen.failed(), 3);
        assert!((seen.per_second() - 50.0).abs() < f64::EPSILON);
        assert!(read("unable to connect").is_err());
    }
}
