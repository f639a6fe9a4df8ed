//! Files that are not ours, are broken or come from the future, and disks that are full.

use std::fs;
use std::path::Path;

use changeover_store::{DATABASE_FILE, OpenError, StoreError, open};
use sqlx::{Connection as _, SqliteConnection};

use crate::samples::{at, draft, fill, incident, intent, target};
use crate::{Fresh, fresh};

async fn connect(dir: &Path) -> SqliteConnection {
    let url = format!("sqlite:{}?mode=rwc", dir.join(DATABASE_FILE).display());
    SqliteConnection::connect(&url).await.unwrap()
}

async fn alter(dir: &Path, statement: &'static str) {
    let mut connection = connect(dir).await;
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn assert_helps(error: &OpenError, dir: &Path, step: &str) {
    let sentence = error.to_string();
    let path = dir.join(DATABASE_FILE).display().to_string();
    assert!(sentence.contains(&path), "names the file: {sentence}");
    assert!(sentence.contains(step), "says what to do: {sentence}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let garbage = vec![b'x'; 8_192];
    fs::write(dir.path().join(DATABASE_FILE), &garbage).unwrap();
    let refused = open(dir.path()).await.unwrap_err();
    assert!(matches!(refused, OpenError::NotADatabase { .. }), "{refused:?}");
    assert_helps(&refused, dir.path(), "backup");
    assert_eq!(fs::read(dir.path().join(DATABASE_FILE)).unwrap(), garbage);
}

#[tokio::test]
async fn another_programs_database_is_not_written_to() {
    let dir = tempfile::tempdir().unwrap();
    alter(dir.path(), "CREATE TABLE bookmarks (url TEXT)").await;
    let before = fs::read(dir.path().join(DATABASE_FILE)).unwrap();
    let refused = open(dir.path()).await.unwrap_err();
    assert!(matches!(refused, OpenError::Foreign { .. }), "{refused:?}");
    assert_helps(&refused, dir.path(), "--data-dir");
    assert_eq!(fs::read(dir.path().join(DATABASE_FILE)).unwrap(), before);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_with_both_versions() {
    let Fresh { writer, reader, dir } = fresh().await;
    drop((writer, reader));
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9001, 'later', 1, x'00', 0)";
    alter(dir.path(), newer).await;
    let refused = open(dir.path()).await.unwrap_err();
    assert!(matches!(refused, OpenError::NewerSchema { found: 9_001, .. }), "{refused:?}");
    assert_helps(&refused, dir.path(), "9001");
}

#[tokio::test]
async fn a_file_whose_migrations_were_edited_is_refused() {
    let Fresh { writer, reader, dir } = fresh().await;
    drop((writer, reader));
    alter(dir.path(), "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1").await;
    let refused = open(dir.path()).await.unwrap_err();
    assert!(matches!(refused, OpenError::AlteredSchema { version: 1, .. }), "{refused:?}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("file");
    fs::write(&blocked, "").unwrap();
    let refused = open(&blocked.join("below")).await.unwrap_err();
    assert!(matches!(refused, OpenError::DirUnusable { .. }), "{refused:?}");
    assert!(refused.to_string().contains("--data-dir"));
}

#[tokio::test]
async fn pages_broken_after_the_header_are_an_error_and_no_panic() {
    let Fresh { writer, reader, dir } = fresh().await;
    fill(&writer).await;
    drop(reader);
    writer.close().await.unwrap();
    let path = dir.path().join(DATABASE_FILE);
    let mut bytes = fs::read(&path).unwrap();
    bytes[4_096..].fill(0xA5);
    fs::write(&path, &bytes).unwrap();
    match open(dir.path()).await {
        Err(error) => assert_helps(&error, dir.path(), "backup"),
        Ok((writer, reader)) => {
            assert!(reader.incidents_open().await.is_err());
            assert!(writer.audit_append(draft("broken")).await.is_err());
        }
    }
}

#[tokio::test]
async fn a_value_that_is_not_of_the_domain_is_an_error_that_names_its_column() {
    let store = fresh().await;
    fill(&store.writer).await;
    let mut other = connect(store.dir.path()).await;
    for statement in [
        "UPDATE status_incidents SET impact = 'apocalyptic'",
        "UPDATE probe_samples SET total_ms = -1",
        "UPDATE gateway_traffic SET latency = x'09'",
    ] {
        sqlx::query(statement).execute(&mut other).await.unwrap();
    }
    let all = at(-1_000)..at(1_000);
    let impact = store.reader.incidents_open().await.unwrap_err();
    assert!(matches!(impact, StoreError::Unreadable { column: "impact", .. }), "{impact}");
    let total = store.reader.probes_between(&target("claude-opus"), all.clone()).await.unwrap_err();
    assert!(matches!(total, StoreError::Unreadable { column: "total_ms", .. }), "{total}");
    let latency = store.reader.traffic_between(all).await.unwrap_err();
    assert!(matches!(latency, StoreError::Unreadable { column: "latency", .. }), "{latency}");
}

#[tokio::test]
async fn hostile_texts_are_kept_as_they_are() {
    let store = fresh().await;
    let mut hostile = incident();
    hostile.id.native = "'); DROP TABLE audit; --".into();
    hostile.title = "\u{0}\u{202e}<script>alert(1)</script>".into();
    store.writer.incidents_record(std::slice::from_ref(&hostile)).await.unwrap();
    assert_eq!(store.reader.incidents_open().await.unwrap(), [hostile]);
}

#[tokio::test]
async fn a_write_that_the_database_refuses_is_an_error_and_leaves_nothing_behind() {
    let store = fresh().await;
    let mut other = connect(store.dir.path()).await;
    let refuse = "CREATE TRIGGER full AFTER INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END";
    sqlx::query(refuse).execute(&mut other).await.unwrap();
    let refused = store.writer.audit_append(draft("refused")).await.unwrap_err();
    assert_eq!(refused.to_string(), "the store could not append to the audit record");
    let refused = store.writer.intent_apply(draft("refused"), &intent(1)).await.unwrap_err();
    assert_eq!(refused.to_string(), "the store could not append to the audit record");
    sqlx::query("DROP TRIGGER full").execute(&mut other).await.unwrap();
    assert_eq!(store.reader.intents().await.unwrap(), []);
    assert_eq!(store.writer.audit_append(draft("free")).await.unwrap().sequence, 1);
}
