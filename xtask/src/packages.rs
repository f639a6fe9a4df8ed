//! What the system has to bring: each thing, why it is needed, how one sees that it is there, and
//! what it is called in which distribution.
//!
//! Not for: installing. The rule it keeps: what is there is not asked for, wherever it came from.

use std::process::Command;

use crate::command;

/// One thing the system has to bring.
#[derive(Debug)]
pub(crate) struct Need {
    /// Why, as the end of "is needed".
    pub(crate) why: &'static str,
    seen_by: Evidence,
    names: Names,
}

/// How one sees that it is there.
#[derive(Debug)]
enum Evidence {
    /// One of these programs is in the search path.
    Program(&'static [&'static str]),
    /// `pkg-config` knows this module.
    Module(&'static str),
    /// Python has this module.
    PythonModule(&'static str),
    /// The dynamic linker knows one of these libraries.
    Library(&'static [&'static str]),
}

/// Its name in each family of distributions.
#[derive(Debug)]
struct Names {
    debian: &'static str,
    fedora: &'static str,
    arch: &'static str,
}

/// A family of systems, told apart by how one installs there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    Debian,
    /// Like Debian, but Chromium is a snap there and not a package.
    Ubuntu,
    Fedora,
    Arch,
    OtherLinux,
    MacOs,
    Windows,
    Other,
}

/// To build and open the window.
pub(crate) const TO_RUN: [Need; 4] = [
    Need {
        why: "to compile and link",
        seen_by: Evidence::Program(&["cc"]),
        names: Names { debian: "build-essential", fedora: "gcc", arch: "base-devel" },
    },
    Need {
        why: "to find the system's libraries",
        seen_by: Evidence::Program(&["pkg-config", "pkgconf"]),
        names: Names { debian: "pkg-config", fedora: "pkgconf-pkg-config", arch: "pkgconf" },
    },
    Need {
        why: "to build the window: the system's web view",
        seen_by: Evidence::Module("webkit2gtk-4.1"),
        names: Names {
            debian: "libwebkit2gtk-4.1-dev",
            fedora: "webkit2gtk4.1-devel",
            arch: "webkit2gtk-4.1",
        },
    },
    Need {
        why: "to show the icon in the tray",
        seen_by: Evidence::Library(&["libayatana-appindicator3.so.1", "libappindicator3.so.1"]),
        names: Names {
            debian: "libayatana-appindicator3-1",
            fedora: "libayatana-appindicator-gtk3",
            arch: "libayatana-appindicator",
        },
    },
];

/// Besides, to test.
pub(crate) const TO_TEST: [Need; 6] = [
    Need {
        why: "to open the real window without a screen",
        seen_by: Evidence::Program(&["Xvfb"]),
        names: Names { debian: "xvfb", fedora: "xorg-x11-server-Xvfb", arch: "xorg-server-xvfb" },
    },
    Need {
        why: "to use the real window as a person would",
        seen_by: Evidence::Program(&["WebKitWebDriver"]),
        names: Names {
            debian: "webkit2gtk-driver",
            fedora: "/usr/bin/WebKitWebDriver",
            arch: "webkit2gtk-4.1",
        },
    },
    Need {
        why: "to give the window a message bus of its own",
        seen_by: Evidence::Program(&["dbus-daemon"]),
        names: Names { debian: "dbus-daemon", fedora: "dbus-daemon", arch: "dbus" },
    },
    Need {
        why: "to put the window away and see it come back",
        seen_by: Evidence::Program(&["xdotool"]),
        names: Names { debian: "xdotool", fedora: "xdotool", arch: "xdotool" },
    },
    Need {
        why: "to use the UI in an ordinary browser",
        seen_by: Evidence::Program(&BROWSERS),
        names: Names { debian: "chromium", fedora: "chromium", arch: "chromium" },
    },
    Need {
        why: "to install the vendors' SDKs for Python apart from the system's",
        // Debian's Python has the module `venv` without what it needs to work.
        seen_by: Evidence::PythonModule("ensurepip"),
        names: Names { debian: "python3-venv", fedora: "python3", arch: "python" },
    },
];

/// To measure the gateway; it needs no window.
pub(crate) const TO_BENCH: [Need; 2] = [
    Need {
        why: "to compile and link",
        seen_by: Evidence::Program(&["cc"]),
        names: Names { debian: "build-essential", fedora: "gcc", arch: "base-devel" },
    },
    Need {
        why: "to load the gateway with requests",
        seen_by: Evidence::Program(&["wrk"]),
        names: Names { debian: "wrk", fedora: "wrk", arch: "wrk" },
    },
];

/// The browsers that serve for the browser journeys, the preferred first.
pub(crate) const BROWSERS: [&str; 3] = ["chromium", "google-chrome", "chromium-browser"];

/// What Python is called, the preferred first.
pub(crate) const PYTHONS: [&str; 2] = ["python3", "python"];

impl Need {
    pub(crate) fn is_met(&self) -> bool {
        match self.seen_by {
            Evidence::Program(names) => command::find_program(names).is_some(),
            Evidence::Module(module) => {
                command::succeeds(Command::new("pkg-config").args(["--exists", module]))
            }
            Evidence::PythonModule(module) => {
                command::find_program(&PYTHONS).is_some_and(|python| {
                    command::succeeds(
                        Command::new(python).args(["-c", &format!("import {module}")]),
                    )
                })
            }
            Evidence::Library(names) => {
                let known = known_libraries();
                names.iter().any(|name| known.contains(name))
            }
        }
    }

    /// The package to ask for on `system`; `None` where none has it.
    pub(crate) fn package(&self, system: System) -> Option<&'static str> {
        match system {
            System::Ubuntu if self.names.debian == "chromium" => None,
            System::Debian | System::Ubuntu => Some(self.names.debian),
            System::Fedora => Some(self.names.fedora),
            System::Arch => Some(self.names.arch),
            System::OtherLinux | System::MacOs | System::Windows | System::Other => None,
        }
    }

    /// What to look for where the package's name is not known.
    pub(crate) fn in_words(&self) -> String {
        format!("{} (as Debian calls it)", self.names.debian)
    }
}

/// What the dynamic linker lists. The tool is in a folder that not everybody searches.
fn known_libraries() -> String {
    ["ldconfig", "/sbin/ldconfig"]
        .into_iter()
        .find_map(|program| Command::new(program).arg("-p").output().ok())
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}

impl System {
    /// The system this runs on.
    pub(crate) fn here() -> Self {
        match std::env::consts::OS {
            "linux" => {
                Self::of_release(&std::fs::read_to_string("/etc/os-release").unwrap_or_default())
            }
            "macos" => Self::MacOs,
            "windows" => Self::Windows,
            _ => Self::Other,
        }
    }

    /// Reads `os-release(5)`: its own `ID` first, then those it is like.
    fn of_release(text: &str) -> Self {
        let field = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .map(|value| value.trim_matches(['"', '\'']).to_owned())
                .unwrap_or_default()
        };
        let (id, like) = (field("ID"), field("ID_LIKE"));
        std::iter::once(id.as_str())
            .chain(like.split_whitespace())
            .find_map(|name| match name {
                "debian" => Some(Self::Debian),
                "ubuntu" => Some(Self::Ubuntu),
                "fedora" | "rhel" | "centos" => Some(Self::Fedora),
                "arch" => Some(Self::Arch),
                _ => None,
            })
            .unwrap_or(Self::OtherLinux)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_known_by_its_id_or_by_what_it_is_like() {
        let of = System::of_release;
        assert_eq!(of("NAME=x\nID=debian\n"), System::Debian);
        assert_eq!(of("ID=ubuntu\nID_LIKE=debian\n"), System::Ubuntu);
        assert_eq!(of("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), System::Ubuntu);
        assert_eq!(of("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"), System::Fedora);
        assert_eq!(of("ID=manjaro\nID_LIKE=arch\n"), System::Arch);
        assert_eq!(of("ID=nixos\n"), System::OtherLinux);
        assert_eq!(of("VERSION_ID=12\n"), System::OtherLinux, "not ID, only its end");
    }

    #[test]
    fn ubuntus_chromium_is_not_asked_of_apt() {
        let browser = TO_TEST.iter().find(|need| need.names.debian == "chromium");
        let browser = browser.unwrap();
        assert_eq!(browser.package(System::Debian), Some("chromium"));
        assert_eq!(browser.package(System::Ubuntu), None);
    }

    #[test]
    fn a_program_that_is_there_is_not_asked_for() {
        let need = |program: &'static [&'static str]| Need {
            why: "",
            seen_by: Evidence::Program(program),
            names: Names { debian: "", fedora: "", arch: "" },
        };
        assert!(need(&["changeover-no-such-program", "cargo"]).is_met());
        assert!(!need(&["changeover-no-such-program"]).is_met());
    }
}
