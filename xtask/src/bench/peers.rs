//! Where nginx and wrk are.
//!
//! wrk is installed as a package like everything else. Debian's nginx would be started as a service
//! by its installation, so there the package is only fetched and unpacked into the target folder:
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
    let unpacked = folder.join("nginx");
    let program = unpacked.join("usr/sbin/nginx");
    if program.is_file() {
        return Ok(program);
    }
    if command::find_program(&["apt-get"]).is_none() {
        return Err(Failure::new(
            "nginx is needed to compare the gateway with: install the package nginx (it need not \
             be started), then run the same command again.",
        ));
    }
    println!("nginx is fetched with apt-get and unpacked into the target folder, not installed.");
    fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("The target folder cannot be written: {error}.")))?;
    command::run(Command::new("apt-get").args(["download", "nginx"]).current_dir(folder))?;
    command::run(Command::new("dpkg-deb").arg("--extract").arg(package(folder)?).arg(&unpacked))?;
    if program.is_file() && command::succeeds(Command::new(&program).arg("-V")) {
        return Ok(program);
    }
    Err(Failure::new(
        "The nginx that apt-get has fetched does not run here: install the package nginx, then run \
         the same command again.",
    ))
}

/// The package that was fetched; its name ends with a version that is not known before.
fn package(folder: &Path) -> Result<PathBuf, Failure> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut packages: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("nginx_") && name.ends_with(".deb")
        })
        .collect();
    packages.sort();
    packages.pop().ok_or_else(|| Failure::new("apt-get has fetched no package nginx."))
}
