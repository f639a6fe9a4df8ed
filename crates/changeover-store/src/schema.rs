//! The shape of the file: its migrations, and making an empty database of them.

use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

/// `PRAGMA application_id` of our files: "CHGO".
pub const APPLICATION_ID: i64 = 0x4348_474F;

/// All migrations, oldest first.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!();

/// The version of the newest migration: what a database has after it was opened.
#[must_use]
pub fn newest_version() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Why a database could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the database {path} could not be made")]
pub struct SchemaError {
    path: String,
    #[source]
    source: sqlx::Error,
}

/// Makes the database `path` with the migrations up to `version` and nothing in it; `None` takes
/// all. For checking queries, and for testing that files of earlier versions open.
///
/// # Errors
/// [`SchemaError`] when the file cannot be written or a migration fails.
pub async fn create(path: &Path, version: Option<i64>) -> Result<(), SchemaError> {
    let failed = |source| SchemaError { path: path.display().to_string(), source };
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = options.connect().await.map_err(failed)?;
    let migrated = match version {
        Some(version) => MIGRATIONS.run_to(version, &mut connection).await,
        None => MIGRATIONS.run(&mut connection).await,
    };
    migrated.map_err(|error| failed(error.into()))?;
    connection.close().await.map_err(failed)
}
