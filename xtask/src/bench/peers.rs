//! Where nginx, wrk and prometheus-blackbox-exporter are.
//!
//! wrk is installed as a package like everything else. Debian's nginx and exporter would be started as
//! services by their installation, so there the packages are only fetched and unpacked into the target folder:
//! nothing of the system changes, and nobody has to be root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{self, Failure};
use crate::workspace::Workspace;

/// The programs beside which the gateway is measured, and that load it.
#[derive(Debug)]
pub(crate) struct Peers {
    pub(crate) nginx: PathBuf,
    pub(crate) wrk: PathBuf,
}

/// Finds both; fetches nginx where it is not installed and can be had.
///
/// # Errors
/// When one of them is not to be had, with what to install.
pub(crate) fn ensure(workspace: &Workspace) -> Result<Peers, Failure> {
    let wrk = command::find_program(&["wrk"]).ok_or_else(|| {
        Failure::new("wrk is needed to load the gateway: install the package wrk.")
    })?;
    let nginx = match installed_nginx() {
        Some(nginx) => nginx,
        None => fetched_nginx(&workspace.target().join("bench"))?,
    };
    Ok(Peers { nginx, wrk })
}

/// It often lies where only root searches.
fn installed_nginx() -> Option<PathBuf> {
    let usual = Path::new("/usr/sbin/nginx");
    command::find_program(&["nginx"]).or_else(|| usual.is_file().then(|| usual.to_owned()))
}

/// Debian's nginx, unpacked under `folder`.
fn fetched_nginx(folder: &Path) -> Result<PathBuf, Failure> {
    fetched(folder, "nginx", "usr/sbin/nginx", "-V")
}

/// The exporter beside which the prober is measured; fetched where it is not installed.
///
/// # Errors
/// When it is not to be had, with what to install.
pub(crate) fn blackbox(workspace: &Workspace) -> Result<PathBuf, Failure> {
    const NAME: &str = "prometheus-blackbox-exporter";
    match command::find_program(&[NAME]) {
        Some(found) => Ok(found),
        None => {
            let program = format!("usr/bin/{NAME}");
            fetched(&workspace.target().join("bench"), NAME, &program, "--version")
        }
    }
}

/// A program of Debian's, unpacked under `folder` and tried with `trial`.
fn fetched(folder: &Path, name: &str, program: &str, trial: &str) -> Result<PathBuf, Failure> {
    let unpacked = folder.join(name);
    let program = unpacked.join(program);
    if program.is_file() {
        return Ok(program);
    }
    if command::find_program(&["apt-get"]).is_none() {
        return Err(Failure::new(format!(
            "{name} is needed to compare with: install the package {name} (it need not be \
             started), then run the same command again."
        )));
    }
    println!("{name} is fetched with apt-get and unpacked into the target folder, not installed.");
    fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("The target folder cannot be written: {error}.")))?;
    command::run(Command::new("apt-get").args(["download", name]).current_dir(folder))?;
    let package = package(folder, name)?;
    command::run(Command::new("dpkg-deb").arg("--extract").arg(package).arg(&unpacked))?;
    if program.is_file() && command::succeeds(Command::new(&program).arg(trial)) {
        return Ok(program);
    }
    Err(Failure::new(format!(
        "The {name} that apt-get has fetched does not run here: install the package {name}, then \
         run the same command again."
    )))
}

/// The package that was fetched; its name ends with a version that is not known before.
fn package(folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let start = format!("{name}_");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut packages: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            file.starts_with(&start) && file.ends_with(".deb")
        })
        .collect();
    packages.sort();
    packages.pop().ok_or_else(|| Failure::new(format!("apt-get has fetched no package {name}.")))
}
