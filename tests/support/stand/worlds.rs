//! The simulated worlds, one per thing that goes wrong.

use std::path::Path;

use changeover_clock::Clock;
use changeover_config::ConfigSource;
use changeover_sandbox::{Scenario, World, WorldSettings};

use super::StandError;

/// The vendors, as the sandbox calls them.
pub(super) const VENDORS: [&str; 3] = ["anthropic", "openai", "gemini"];

/// The world in which nothing goes wrong.
pub(super) const CALM: &str = "calm";
/// The world in which answers take as long as they would.
pub(super) const SLOW: &str = "slow";

/// What befalls every request to every vendor, in the words of a scenario's faults.
pub(super) const FAULTS: [(&str, &str); 7] = [
    ("overloaded", "errors = [{ status = 529, share = 1.0 }]"),
    ("erroring", "errors = [{ status = 500, share = 1.0 }]"),
    ("limited", "errors = [{ status = 429, share = 1.0 }]"),
    ("breaking", "errors = [{ class = \"error_in_stream\", share = 1.0 }]"),
    ("refusing", "refusal = 1.0"),
    ("hanging", "hang = 1.0"),
    ("down", "connection_refused = true"),
];

/// How many times as fast as the wall clock the vendors answer. A scenario's longest, a day, lasts
/// 24 minutes then.
const SPEED: f64 = 60.0;

/// All of them, with their names.
pub(super) async fn start_all() -> Result<Vec<(&'static str, World)>, StandError> {
    let fast = || Clock::scaled(Clock::system().now(), SPEED);
    let mut worlds = vec![
        (CALM, start(fast()).await?),
        // Long enough that a second request meets the first.
        (SLOW, start(Clock::system()).await?),
    ];
    for (name, fault) in FAULTS {
        let clock = fast();
        let begun = clock.now();
        let world = start(clock).await?;
        world.play(scenario(name, fault)?, begun);
        worlds.push((name, world));
    }
    Ok(worlds)
}

async fn start(clock: Clock) -> Result<World, StandError> {
    Ok(World::start(clock, WorldSettings { traffic: Vec::new(), ..WorldSettings::default() })
        .await?)
}

fn scenario(name: &str, fault: &str) -> Result<Scenario, StandError> {
    let faults =
        VENDORS.map(|vendor| format!("[[faults]]\nprovider = \"{vendor}\"\nfrom_s = 0\n{fault}\n"));
    let head = format!("title = \"{name}\"\ndescription = \"\"\nseed = 7\nduration_s = 86400\n");
    let text = format!("{head}{}", faults.concat());
    Ok(Scenario::from_source(&ConfigSource::from_text(Path::new(name), &text))?)
}
