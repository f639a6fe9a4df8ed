//! What is stored is there after a restart, and only one console at a time has it.

use changeover_domain::UnixMs;
use changeover_store::{AuditVerification, OpenError, open};

use crate::samples::{assert_filled, at, draft, fill, probe};
use crate::{Fresh, fresh};

#[tokio::test]
async fn everything_reads_back_to_the_bit_before_and_after_a_restart() {
    let store = fresh().await;
    fill(&store.writer).await;
    assert_filled(&store.reader).await;
    let store = store.reopened().await;
    assert_filled(&store.reader).await;
    let intact = AuditVerification::Intact { entries: 1 };
    assert_eq!(store.reader.audit_verify().await.unwrap(), intact);
}

#[tokio::test]
async fn closing_leaves_one_file_and_the_same_content() {
    let Fresh { writer, reader, dir } = fresh().await;
    fill(&writer).await;
    drop(reader);
    writer.close().await.unwrap();
    let (_writer, reader) = open(dir.path()).await.unwrap();
    assert_filled(&reader).await;
}

#[tokio::test]
async fn a_second_console_is_told_to_use_another_folder_until_the_first_has_ended() {
    let store = fresh().await;
    let refused = open(store.dir.path()).await.unwrap_err();
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused:?}");
    let sentence = refused.to_string();
    assert!(sentence.contains("--data-dir"), "the sentence says what to do: {sentence}");
    let path = store.dir.path().display().to_string();
    assert!(sentence.contains(&path), "the sentence names the folder: {sentence}");
    let Fresh { writer, reader: _reader, dir } = store;
    drop(writer);
    assert!(open(dir.path()).await.is_ok(), "the lock goes with the writer");
}

#[tokio::test]
async fn the_last_time_is_the_newest_of_what_was_observed_or_done() {
    let store = fresh().await;
    assert_eq!(store.reader.last_time().await.unwrap(), None, "an empty store has no time");
    store.writer.probes_record(&[probe()]).await.unwrap();
    assert_eq!(store.reader.last_time().await.unwrap(), Some(probe().at));
    fill(&store.writer).await;
    let end_of_minute = at(60).plus_millis(59_999);
    assert_eq!(store.reader.last_time().await.unwrap(), Some(end_of_minute));
    let mut late = draft("later");
    late.at = UnixMs(at(9_000).0);
    store.writer.audit_append(late).await.unwrap();
    assert_eq!(store.reader.last_time().await.unwrap(), Some(at(9_000)));
}

#[tokio::test]
async fn readers_and_the_writer_work_side_by_side() {
    let store = fresh().await;
    let writes = async {
        for _ in 0..200 {
            store.writer.audit_append(draft("side by side")).await.unwrap();
        }
    };
    let reads = async {
        let mut seen = 0;
        while seen < 200 {
            let newest = store.reader.audit_list(None, 1).await.unwrap();
            let sequence = newest.first().map_or(0, |entry| entry.sequence);
            assert!(sequence >= seen, "what was once seen stays");
            seen = sequence;
        }
    };
    tokio::join!(writes, reads);
}
