//! Installs what is missing, or says exactly what to install.
//!
//! Debian and Ubuntu are served through apt-get, after saying what and why. On every other system
//! nothing is changed: the sentence names the packages and the command.

use std::process::Command;

use crate::Outcome;
use crate::command::{self, Failure};
use crate::packages::{Need, System, TO_BENCH, TO_RUN, TO_TEST};
use crate::ui;
use crate::workspace::Workspace;

/// What the machine shall be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Run,
    Test,
    Bench,
}

/// Makes sure of the system's packages.
///
/// # Errors
/// When something is missing and could not be installed.
pub(crate) fn ensure(purpose: Purpose) -> Outcome {
    let system = System::here();
    match system {
        System::MacOs => return ensure_mac(),
        System::Windows => {
            println!("{WINDOWS}");
            return Ok(());
        }
        System::Other => return Err(Failure::new(UNKNOWN_SYSTEM)),
        System::Debian | System::Ubuntu | System::Fedora | System::Arch | System::OtherLinux => {}
    }
    let (window, more): (&[Need], &[Need]) = match purpose {
        Purpose::Run => (&TO_RUN, &[]),
        Purpose::Test => (&TO_RUN, &TO_TEST),
        Purpose::Bench => (&[], &TO_BENCH),
    };
    let missing: Vec<&Need> = window.iter().chain(more).filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    match system {
        System::Debian | System::Ubuntu => install(system, &missing),
        _ => Err(Failure::new(advice(system, &missing))),
    }
}

/// What the tests need besides the system's packages: Node, and the compiler's companions.
///
/// # Errors
/// When one is missing.
pub(crate) fn ensure_tools(workspace: &Workspace) -> Outcome {
    ui::ensure_node()?;
    let has = |tool: &str| command::succeeds(&mut workspace.cargo(&[tool, "--version"]));
    if has("fmt") && has("clippy") {
        return Ok(());
    }
    Err(Failure::new(
        "rustfmt or clippy is missing. With rustup: `rustup component add rustfmt clippy`.",
    ))
}

/// Asks apt-get for what is missing, then looks whether it came.
fn install(system: System, missing: &[&Need]) -> Outcome {
    let (packaged, other): (Vec<&Need>, Vec<&Need>) =
        missing.iter().partition(|need| need.package(system).is_some());
    if !packaged.is_empty() {
        println!("These packages are missing and are installed now through apt-get:");
        for need in &packaged {
            let name = need.package(system).unwrap_or_default();
            println!("  {name:<28} {}", need.why);
        }
        let names = packaged.iter().filter_map(|need| need.package(system));
        command::run(&mut apt_get(&["update"])?)?;
        let mut call = apt_get(&["install", "--yes", "--no-install-recommends"])?;
        command::run(call.args(names))?;
    }
    let still: Vec<&Need> = packaged.into_iter().filter(|need| !need.is_met()).collect();
    if let Some(need) = still.first() {
        return Err(Failure::new(format!(
            "apt-get has installed {}, but it cannot be found yet. Open a new terminal and run \
             the same command again.",
            need.in_words()
        )));
    }
    if other.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(
            "A browser is needed to test the UI, and Ubuntu has none as a package. Install \
             Chromium (`sudo snap install chromium`) or Google Chrome \
             (https://www.google.com/chrome), then run the same command again.",
        ))
    }
}

/// `apt-get`, as root.
fn apt_get(args: &[&str]) -> Result<Command, Failure> {
    const QUIET: &str = "DEBIAN_FRONTEND=noninteractive";
    let mut command = if is_root() {
        Command::new("env")
    } else if command::find_program(&["sudo"]).is_some() {
        println!("(sudo may ask for your password.)");
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    } else {
        return Err(Failure::new(
            "To install packages one has to be root, and sudo is not here. Become root, install \
             the packages named above with apt-get, then run the same command again.",
        ));
    };
    command.args([QUIET, "apt-get"]).args(args);
    Ok(command)
}

fn is_root() -> bool {
    command::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn ensure_mac() -> Outcome {
    if command::succeeds(Command::new("xcode-select").arg("-p")) {
        return Ok(());
    }
    Err(Failure::new(
        "The Xcode command line tools are needed to compile and link. Install them with \
         `xcode-select --install`, then run the same command again.",
    ))
}

/// What to install where we do not install ourselves.
fn advice(system: System, missing: &[&Need]) -> String {
    let installer = match system {
        System::Fedora => "sudo dnf install",
        System::Arch => "sudo pacman -S --needed",
        _ => "",
    };
    let mut text = String::from("Some packages are missing:\n");
    for need in missing {
        let name = need.package(system).map_or_else(|| need.in_words(), str::to_owned);
        text.push_str(&format!("  {name:<40} {}\n", need.why));
    }
    let names: Vec<&str> = missing.iter().filter_map(|need| need.package(system)).collect();
    if names.is_empty() {
        text.push_str("Install what your system has in their place");
    } else {
        text.push_str(&format!("Install them with `{installer} {}`", names.join(" ")));
    }
    text.push_str(", then run the same command again.");
    text
}

const WINDOWS: &str = "On Windows the build needs the MSVC build tools (\"Desktop development with \
C++\" of https://visualstudio.microsoft.com/visual-cpp-build-tools) and the window needs WebView2, \
which Windows 11 has (Windows 10: https://developer.microsoft.com/microsoft-edge/webview2).";

const UNKNOWN_SYSTEM: &str = "Changeover's window runs on Linux, macOS and Windows; this is none \
of them. The same program without a window may build: `cargo run -p changeover-headless -- serve \
--sandbox`.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_we_do_not_install_the_command_is_named_word_by_word() {
        let missing: Vec<&Need> = TO_RUN.iter().skip(2).collect();
        let text = advice(System::Fedora, &missing);
        assert!(
            text.contains(
                "`sudo dnf install webkit2gtk4.1-devel libayatana-appindicator-gtk3`, then run"
            ),
            "{text}"
        );
        assert!(text.contains("to show the icon in the tray"), "{text}");
    }

    #[test]
    fn on_an_unknown_linux_debians_names_are_given_as_such() {
        let missing: Vec<&Need> = TO_RUN.iter().take(1).collect();
        let text = advice(System::OtherLinux, &missing);
        assert!(text.contains("build-essential (as Debian calls it)"), "{text}");
        assert!(!text.contains('`'), "no command is made up: {text}");
    }
}
