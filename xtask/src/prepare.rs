//! `cargo xtask prepare`: describes the store's queries anew, into `.sqlx`.
//!
//! What `cargo sqlx prepare` does, without having to install it: the `sqlx` macros write a
//! description of every query they check into `SQLX_OFFLINE_DIR` while they build against a live
//! database. The database is an empty one that the store's `schema` example makes of the
//! migrations; that example is built without the queries, so it also works while none fits.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{env, io};

const STORE: &str = "changeover-store";

/// Replaces `.sqlx` by descriptions of the store's queries as they stand, and says what changed.
pub(crate) fn prepare() -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    let work = root.join("target").join("prepare");
    let fresh = work.join("sqlx");
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: io::Error| format!("{what}: {error}")
    };
    if work.exists() {
        fs::remove_dir_all(&work).map_err(failed("target/prepare could not be emptied"))?;
    }
    fs::create_dir_all(&fresh).map_err(failed("target/prepare could not be made"))?;
    let database = work.join("schema.db");
    make_database(root, &database)?;
    describe_queries(root, &database, &fresh)?;
    replace(&fresh, &root.join(".sqlx")).map_err(failed(".sqlx could not be written"))
}

fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

fn make_database(root: &Path, database: &Path) -> Result<(), String> {
    let mut command = cargo(root);
    command.args(["run", "--quiet", "--package", STORE, "--no-default-features"]);
    command.args(["--example", "schema", "--"]).arg(database);
    run(&mut command, "the migrations do not make a database")
}

fn describe_queries(root: &Path, database: &Path, fresh: &Path) -> Result<(), String> {
    // Cargo does not know that the macros read the database: a newer source makes it ask again.
    let source = root.join("crates").join(STORE).join("src").join("lib.rs");
    #[expect(clippy::disallowed_methods, reason = "a file's time is the system's")]
    let now = SystemTime::now();
    File::options()
        .write(true)
        .open(&source)
        .and_then(|file| file.set_modified(now))
        .map_err(|error| format!("{} could not be touched: {error}", source.display()))?;
    let mut command = cargo(root);
    command.args(["check", "--quiet", "--package", STORE, "--lib"]);
    command.env("DATABASE_URL", format!("sqlite:{}", database.display()));
    command.env("SQLX_OFFLINE", "false");
    command.env("SQLX_OFFLINE_DIR", fresh);
    run(&mut command, "a query does not fit the database")
}

fn run(command: &mut Command, otherwise: &str) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("cargo did not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{otherwise}; see above")) }
}

/// Brings `kept` to hold exactly what `fresh` holds; files that are the same are left alone.
fn replace(fresh: &Path, kept: &Path) -> io::Result<String> {
    fs::create_dir_all(kept)?;
    let (new, old) = (descriptions(fresh)?, descriptions(kept)?);
    let mut written = 0_u32;
    for (name, content) in &new {
        if old.get(name) != Some(content) {
            fs::write(kept.join(name), content)?;
            written += 1;
        }
    }
    let stale: Vec<_> = old.keys().filter(|name| !new.contains_key(*name)).collect();
    for name in &stale {
        fs::remove_file(kept.join(name))?;
    }
    let (all, removed) = (new.len(), stale.len());
    Ok(format!(".sqlx describes {all} queries: {written} written, {removed} removed"))
}

fn descriptions(dir: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = PathBuf::from(entry.file_name());
        if name.extension().is_some_and(|extension| extension == "json") {
            found.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(found)
}
