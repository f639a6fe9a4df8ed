//! Opening the file: whose it is, what shape it has, and what a person does when it does not open.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use crate::connection::{Reader, Writer};
use crate::data_dir::DataDirLock;
use crate::schema::{APPLICATION_ID, MIGRATIONS, newest_version};

/// The database's name within the data directory.
pub const DATABASE_FILE: &str = "changeover.db";

/// How long a connection waits for another, such as a backup tool's.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Why the store does not open. Each says what to do next; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "another Changeover already works in {}: use that one, or choose another folder with --data-dir",
        dir.display()
    )]
    InUse { dir: PathBuf },
    #[error(
        "the data directory {} cannot be used: check that it can be written, or choose another with --data-dir",
        dir.display()
    )]
    DirUnusable {
        dir: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "{} is damaged or not a database: move it away and put a backup in its place, or start anew without it",
        path.display()
    )]
    NotADatabase {
        path: PathBuf,
        #[source]
        source: sqlx::Error,
    },
    #[error(
        "{} belongs to another program: choose another folder with --data-dir",
        path.display()
    )]
    Foreign { path: PathBuf },
    #[error(
        "{} was written by a newer Changeover (its schema is {found}, this program knows up to {known}): start that version, or choose another folder with --data-dir",
        path.display()
    )]
    NewerSchema { path: PathBuf, found: i64, known: i64 },
    #[error(
        "{} has a shape that no released Changeover gave it (migration {version} differs): put a backup in its place",
        path.display()
    )]
    AlteredSchema { path: PathBuf, version: i64 },
    #[error(
        "{} could not be opened: check the disk's free space and the file's permissions",
        path.display()
    )]
    Failed {
        path: PathBuf,
        #[source]
        source: sqlx::Error,
    },
}

/// Opens the store in `data_dir`, which is made where it is missing, and brings the file to the
/// present shape. The directory stays locked until the [`Writer`] is dropped.
///
/// # Errors
/// [`OpenError`], with the path and the next step.
pub async fn open(data_dir: &Path) -> Result<(Writer, Reader), OpenError> {
    let lock = DataDirLock::acquire(data_dir)?;
    let path = data_dir.join(DATABASE_FILE);
    let mut connection = connect_to_write(&path).await?;
    bring_up_to_date(&mut connection, &path).await?;
    let mut lanes = Vec::with_capacity(Reader::LANES);
    for _ in 0..Reader::LANES {
        lanes.push(connect_to_read(&path).await?);
    }
    Ok((Writer::new(connection, lock), Reader::new(lanes)))
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .disable_statement_logging()
}

async fn connect_to_write(path: &Path) -> Result<SqliteConnection, OpenError> {
    // Whose file it is is looked at before anything is set, because setting WAL writes to it.
    let plain = options(path).create_if_missing(true).connect().await;
    let mut plain = plain.map_err(|source| failed(path, source))?;
    check_owner(&mut plain, path).await?;
    plain.close().await.map_err(|source| failed(path, source))?;
    options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await
        .map_err(|source| failed(path, source))
}

async fn connect_to_read(path: &Path) -> Result<SqliteConnection, OpenError> {
    let connected = options(path).read_only(true).connect().await;
    connected.map_err(|source| failed(path, source))
}

async fn check_owner(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let application_id: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await
        .map_err(|source| failed(path, source))?;
    // A file that was cut off before its first migration has at most the migrations' own table.
    let content: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> '_sqlx_migrations'",
    )
    .fetch_one(connection)
    .await
    .map_err(|source| failed(path, source))?;
    let ours = application_id == APPLICATION_ID || (application_id == 0 && content == 0);
    if ours { Ok(()) } else { Err(OpenError::Foreign { path: path.to_path_buf() }) }
}

async fn bring_up_to_date(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let path_buf = || path.to_path_buf();
    MIGRATIONS.run(connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => {
            OpenError::NewerSchema { path: path_buf(), found, known: newest_version() }
        }
        MigrateError::VersionMismatch(version) => {
            OpenError::AlteredSchema { path: path_buf(), version }
        }
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
            failed(path, source)
        }
        other => failed(path, other.into()),
    })
}

/// SQLite's own codes for "this is not a database" and "this one is broken".
const CORRUPT: &str = "11";
const NOT_A_DATABASE: &str = "26";

fn failed(path: &Path, source: sqlx::Error) -> OpenError {
    let path = path.to_path_buf();
    let code = source.as_database_error().and_then(|error| error.code());
    match code.as_deref() {
        Some(CORRUPT | NOT_A_DATABASE) => OpenError::NotADatabase { path, source },
        _ => OpenError::Failed { path, source },
    }
}
