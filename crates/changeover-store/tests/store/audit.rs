//! The chain holds under everything that is thrown at it, and shows what was done to it.

use std::sync::Arc;

use changeover_domain::AuditEntry;
use changeover_store::{AuditVerification, DATABASE_FILE, open};
use proptest::prelude::*;
use sqlx::{Connection as _, SqliteConnection};

use crate::samples::draft;
use crate::{Fresh, fresh};

#[tokio::test]
async fn entries_written_side_by_side_are_one_chain_without_gaps() {
    let Fresh { writer, reader, dir: _dir } = fresh().await;
    let writer = Arc::new(writer);
    let tasks: Vec<_> = (0..40)
        .map(|number| {
            let writer = Arc::clone(&writer);
            async move { writer.audit_append(draft(&number.to_string())).await.unwrap() }
        })
        .collect();
    let mut set = tokio::task::JoinSet::new();
    tasks.into_iter().for_each(|task| {
        set.spawn(task);
    });
    let mut sequences: Vec<u64> = set.join_all().await.iter().map(|entry| entry.sequence).collect();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=40).collect::<Vec<u64>>());
    let intact = AuditVerification::Intact { entries: 40 };
    assert_eq!(reader.audit_verify().await.unwrap(), intact);
}

#[tokio::test]
async fn the_record_is_read_in_pages_newest_first() {
    let store = fresh().await;
    for number in 1..=7 {
        store.writer.audit_append(draft(&number.to_string())).await.unwrap();
    }
    let sequences =
        |page: Vec<AuditEntry>| -> Vec<u64> { page.iter().map(|entry| entry.sequence).collect() };
    assert_eq!(sequences(store.reader.audit_list(None, 3).await.unwrap()), [7, 6, 5]);
    assert_eq!(sequences(store.reader.audit_list(Some(5), 3).await.unwrap()), [4, 3, 2]);
    assert_eq!(sequences(store.reader.audit_list(Some(2), 3).await.unwrap()), [1]);
}

#[tokio::test]
async fn an_entry_that_could_not_be_read_back_is_refused_and_leaves_no_trace() {
    let store = fresh().await;
    let mut deep = draft("deep");
    for _ in 0..200 {
        deep.details = serde_json::json!([deep.details]);
    }
    let refused = store.writer.audit_append(deep).await.unwrap_err();
    assert_eq!(refused.to_string(), "the store cannot hold this details");
    assert_eq!(store.writer.audit_append(draft("next")).await.unwrap().sequence, 1);
}

/// Does to the file what the store itself never does.
async fn tamper(dir: &tempfile::TempDir, statement: &'static str) {
    let url = format!("sqlite:{}", dir.path().join(DATABASE_FILE).display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    for trigger in ["audit_is_never_changed", "audit_is_never_deleted"] {
        let drop = sqlx::AssertSqlSafe(format!("DROP TRIGGER IF EXISTS {trigger}"));
        sqlx::query(drop).execute(&mut connection).await.unwrap();
    }
    sqlx::query("PRAGMA foreign_keys = OFF").execute(&mut connection).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn verified_after(statement: &'static str) -> AuditVerification {
    let Fresh { writer, reader, dir } = fresh().await;
    for number in 1..=600 {
        writer.audit_append(draft(&number.to_string())).await.unwrap();
    }
    drop((writer, reader));
    tamper(&dir, statement).await;
    let (_writer, reader) = open(dir.path()).await.unwrap();
    reader.audit_verify().await.unwrap()
}

#[tokio::test]
async fn a_changed_missing_or_unreadable_entry_is_found_where_it_is() {
    let broken = |sequence| AuditVerification::Broken { entries: sequence - 1, sequence };
    let changed = verified_after("UPDATE audit SET reason = 'other' WHERE sequence = 550").await;
    assert_eq!(changed, broken(550), "beyond the first page");
    let missing = verified_after("DELETE FROM audit WHERE sequence = 3").await;
    assert_eq!(missing, broken(3));
    let foreign = verified_after("UPDATE audit SET action = 'nonsense' WHERE sequence = 5").await;
    assert_eq!(foreign, broken(5));
    let json = verified_after("UPDATE audit SET details = '{' WHERE sequence = 1").await;
    assert_eq!(json, broken(1));
    let moved = verified_after("UPDATE audit SET sequence = 0 WHERE sequence = 1").await;
    assert_eq!(moved, broken(1), "an entry before the first is not skipped");
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_or_delete_an_entry() {
    let store = fresh().await;
    store.writer.audit_append(draft("kept")).await.unwrap();
    let url = format!("sqlite:{}", store.dir.path().join(DATABASE_FILE).display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    for statement in ["UPDATE audit SET reason = ''", "DELETE FROM audit"] {
        let refused = sqlx::query(statement).execute(&mut other).await.unwrap_err();
        assert!(refused.to_string().contains("never"), "{refused}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_is_a_valid_chain_after_it_was_read_again(
        entries in proptest::collection::vec((any::<f64>(), ".{0,40}", any::<i64>()), 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = fresh().await;
            for (float, text, integer) in &entries {
                let mut draft = draft(text);
                draft.details = serde_json::json!({ "f": float, "t": text, "i": integer });
                store.writer.audit_append(draft).await.unwrap();
            }
            let length = u64::try_from(entries.len()).unwrap();
            let found = store.reader.audit_verify().await.unwrap();
            assert_eq!(found, AuditVerification::Intact { entries: length });
        });
    }
}
