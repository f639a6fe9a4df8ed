//! The vendors' own SDKs, unchanged, pointed at the gateway: every wish through every kind of
//! vendor, every failure in the SDK's own words, and every mode.
//!
//! The tests stand in `sdk/node` and `sdk/python`, in the languages of the SDKs; here is only what
//! they run against. `cargo xtask test --only sdks` installs the packages and runs this.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use changeover_journeys::stand::{STAND_VARIABLE, Stand};
use tokio::process::Command;

/// Names the built gateway.
const GATEWAY: &str = "CHANGEOVER_GATEWAY";
/// Names the Python into which the SDKs are installed.
const PYTHON: &str = "CHANGEOVER_SDK_PYTHON";
/// Set where the packages of `sdk/node` are installed.
const NODE: &str = "CHANGEOVER_SDK_NODE";

#[tokio::test(flavor = "multi_thread")]
async fn the_sdks_for_node_work_unchanged() -> Result<(), Box<dyn Error>> {
    let (Some(gateway), Some(node)) = (named(GATEWAY), named(NODE)) else { return Ok(()) };
    let stand = Stand::start(Path::new(&gateway)).await?;
    let mut command = Command::new(node);
    command.args(["--test", "--test-reporter=spec", "journeys/"]);
    succeeds(command, "sdk/node", &stand).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdks_for_python_work_unchanged() -> Result<(), Box<dyn Error>> {
    let (Some(gateway), Some(python)) = (named(GATEWAY), named(PYTHON)) else { return Ok(()) };
    let stand = Stand::start(Path::new(&gateway)).await?;
    let mut command = Command::new(python);
    command.args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider", "journeys"]);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    succeeds(command, "sdk/python", &stand).await
}

/// What a variable names, or a sentence on the terminal why the test is left out.
#[expect(
    clippy::print_stderr,
    reason = "a test that is left out has to say so to whoever reads its output"
)]
fn named(variable: &str) -> Option<OsString> {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    if value.is_none() {
        eprintln!(
            "left out: {variable} is not set. `cargo xtask test --only sdks` runs this test."
        );
    }
    value
}

/// Runs a suite to its end; it prints itself what failed.
async fn succeeds(mut command: Command, folder: &str, stand: &Stand) -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let status = command
        .current_dir(folder)
        .env(STAND_VARIABLE, stand.description())
        .kill_on_drop(true)
        .status()
        .await?;
    assert!(status.success(), "checks of the suite above have failed: {status}");
    Ok(())
}
