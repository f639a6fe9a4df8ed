//! Why a measurement could not be made.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error("{program} could not be started: {source}")]
    NotStarted { program: &'static str, source: std::io::Error },
    #[error("{program} ended or said nothing instead of serving; its words are above")]
    NotServing { program: &'static str },
    #[error("{} could not be written: {source}", file.display())]
    File { file: PathBuf, source: std::io::Error },
    #[error("no port of the loopback is free: {0}")]
    Port(std::io::Error),
    #[error("wrk answered strangely: {0}")]
    Wrk(String),
    #[error("what process {pid} has used cannot be read from /proc; this needs Linux")]
    Usage { pid: u32 },
    #[error("what processor {core} does cannot be read from /proc/stat; this needs Linux")]
    Core { core: usize },
    #[error("the gateway's admin API {0}")]
    Admin(String),
    #[error("{path}: {failed} of {asked} requests failed, so its figures mean nothing")]
    Failed { path: &'static str, failed: u64, asked: u64 },
    #[error("{missed} of the goals are missed, as said above")]
    Missed { missed: usize },
    #[error("a status page was not read as it should be: {0}")]
    Page(String),
    #[error("the upstream could not serve: {0}")]
    Upstream(std::io::Error),
}
