//! What the program takes on its command line.

use std::path::PathBuf;

use changeover_api::{EngineOptions, World};
use clap::Parser;

/// Without arguments the sandbox is watched.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "changeover",
    version,
    about = "Control room for products that depend on LLM APIs"
)]
pub(crate) struct CommandLine {
    /// Watches what this file says; without it the sandbox is watched
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where history is kept; the platform's own place where it is left out
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// How many times as fast as the wall clock the sandbox runs, 0.1 to 120
    #[arg(long, value_name = "N", default_value_t = 1.0, conflicts_with = "config")]
    speed: f64,
}

impl CommandLine {
    /// Whether this program keeps its things where all do.
    pub(crate) fn has_usual_data_dir(&self) -> bool {
        self.data_dir.is_none()
    }

    /// What the engine is told.
    pub(crate) fn engine_options(&self) -> EngineOptions {
        let world = match &self.config {
            Some(file) => World::Configured(file.clone()),
            None => World::Sandbox { speed: self.speed },
        };
        EngineOptions { world, data_dir: self.data_dir.clone() }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn without_arguments_the_sandbox_is_watched_at_the_wall_clocks_speed() {
        let parsed = CommandLine::try_parse_from(["changeover"]).unwrap();
        assert_eq!(parsed.engine_options().world, World::Sandbox { speed: 1.0 });
        assert!(parsed.has_usual_data_dir());
    }

    #[test]
    fn a_configuration_is_watched_in_its_place_and_at_no_other_speed() {
        let parsed = CommandLine::try_parse_from(["changeover", "--config", "a.toml"]).unwrap();
        assert_eq!(parsed.engine_options().world, World::Configured("a.toml".into()));
        let both = ["changeover", "--config", "a.toml", "--speed", "2"];
        assert!(CommandLine::try_parse_from(both).is_err());
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(CommandLine::try_parse_from(["changeover", "--sped", "2"]).is_err());
        assert!(CommandLine::try_parse_from(["changeover", "--speed", "fast"]).is_err());
    }
}
