//! Files of every released version open, and released migrations stay as they are.
//!
//! A new migration comes with a line in [`RELEASED`] and a file in `fixtures/`: the rows of a
//! store of its version, as INSERT statements.

use std::fs;
use std::path::{Path, PathBuf};

use changeover_store::{AuditVerification, DATABASE_FILE, open, schema};
use sqlx::{Connection as _, SqliteConnection};

use crate::samples::assert_filled;

/// Version and SHA-384 of each migration, as databases in the world have them.
const RELEASED: &[(i64, &str)] = &[
    (
        1,
        "05e078705dd97ddb5913ddf3e4e9de8323a6f40ebde76162239af3293ddef3c1f36fe12c9f8f8d3329c31cce8d0410c8",
    ),
    (
        2,
        "ced92086eeacecf378883ee20657a6d825606fe01e6882d66fbe55eb5bc7b7a83d22adecc7282a1ce1a2ce8940b8c09d",
    ),
    (
        3,
        "30283523b552420f6fef9f29b9e18ab33d8e1b377fc56f551d3ef7587824c4b7a54934a98e8b1404df372389e260505a",
    ),
    (
        4,
        "dc21a00d352c75575449f726ccc467f07bb55ee06cc41f039557e8306dd815ef1fdef6cc96c64cdb003b44bc9d86f492",
    ),
    (
        5,
        "9d68a0ed9a78fd646b57def994161569a2dcc085dcb05f0fdbc3869a699e2e6fc04b579dd073e71320e7b5f7baa383c8",
    ),
    (
        6,
        "e7ef8ad79b83d78ad9db7f42e95af968c862c648cba618d1994c6d4877c12ffd4542c1157c921b16366f151302d2a6f3",
    ),
    (
        7,
        "aa8add07cf441b54e389fd64ecf91622b3251487a8c1bac7f7f3d38a34d21252e07d6f61b06a311e1b14386e20bcb57f",
    ),
    (
        8,
        "f35d02752830503315a380fe27432a0c3afcbe13927e424d1ee75e6507febadd510ff189285c9a25fe54110eb4624b42",
    ),
];

fn fixture(version: i64) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("store");
    tests.join("fixtures").join(format!("v{version}.sql"))
}

async fn connect(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap()
}

#[tokio::test]
async fn a_released_migration_is_never_edited() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("all.db");
    schema::create(&path, None).await.unwrap();
    let applied: Vec<(i64, String)> = sqlx::query_as(
        "SELECT version, lower(hex(checksum)) FROM _sqlx_migrations ORDER BY version",
    )
    .fetch_all(&mut connect(&path).await)
    .await
    .unwrap();
    let applied: Vec<_> = applied.iter().map(|(version, sum)| (*version, sum.as_str())).collect();
    assert_eq!(applied, RELEASED, "add a migration instead of editing one");
}

#[tokio::test]
async fn a_file_of_every_version_opens_with_all_its_rows() {
    for (version, _) in RELEASED {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(DATABASE_FILE);
        schema::create(&path, Some(*version)).await.unwrap();
        let rows = fs::read_to_string(fixture(*version)).expect("every version has its rows");
        let mut connection = connect(&path).await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(rows)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let (_writer, reader) = open(dir.path()).await.unwrap();
        assert_filled(&reader).await;
        let intact = AuditVerification::Intact { entries: 1 };
        assert_eq!(reader.audit_verify().await.unwrap(), intact, "version {version}");
    }
}
