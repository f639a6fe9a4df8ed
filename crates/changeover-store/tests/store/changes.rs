//! Copies of gateways' chains.

use changeover_store::ChangesError;

use crate::fresh;
use crate::samples::{at, chain, gateway};

#[tokio::test]
async fn a_page_that_comes_twice_or_overlaps_is_taken_once() {
    let store = fresh().await;
    let (eu, entries) = (gateway("eu-1"), chain(5, "529s"));
    assert_eq!(store.reader.changes_cursor(&eu).await.unwrap(), 0);
    store.writer.changes_record(&eu, &entries[..3]).await.unwrap();
    store.writer.changes_record(&eu, &entries[1..]).await.unwrap();
    assert_eq!(store.reader.changes_cursor(&eu).await.unwrap(), 5);
    let kept = store.reader.changes_between(at(0)..at(100)).await.unwrap();
    assert_eq!(kept.into_iter().map(|kept| kept.entry).collect::<Vec<_>>(), entries);
}

#[tokio::test]
async fn a_gap_or_another_chain_is_refused_whole() {
    let store = fresh().await;
    let (eu, entries) = (gateway("eu-1"), chain(5, "529s"));
    store.writer.changes_record(&eu, &entries[..2]).await.unwrap();
    let gap = store.writer.changes_record(&eu, &entries[3..]).await.unwrap_err();
    assert!(matches!(gap, ChangesError::DoesNotFollow { sequence: 4, .. }), "{gap}");
    let mut altered = entries.clone();
    altered[3].reason = "other".into();
    let refused = store.writer.changes_record(&eu, &altered).await.unwrap_err();
    assert!(matches!(refused, ChangesError::DoesNotFollow { sequence: 4, .. }), "{refused}");
    assert_eq!(store.reader.changes_cursor(&eu).await.unwrap(), 2, "nothing of it was kept");
    let other = store.writer.changes_record(&eu, &chain(2, "other")).await.unwrap_err();
    assert!(matches!(other, ChangesError::DoesNotFollow { sequence: 1, .. }), "{other}");
}

#[tokio::test]
async fn a_gateway_that_lost_its_disk_begins_again_beside_what_is_known() {
    let store = fresh().await;
    let eu = gateway("eu-1");
    store.writer.changes_record(&eu, &chain(4, "before")).await.unwrap();
    store.writer.changes_restart(&eu, &chain(2, "after")).await.unwrap();
    assert_eq!(store.reader.changes_cursor(&eu).await.unwrap(), 2);
    store.writer.changes_record(&eu, &chain(3, "after")).await.unwrap();
    assert_eq!(store.reader.changes_between(at(0)..at(100)).await.unwrap().len(), 7);
}

#[tokio::test]
async fn gateways_do_not_share_a_cursor() {
    let store = fresh().await;
    store.writer.changes_record(&gateway("eu-1"), &chain(4, "529s")).await.unwrap();
    assert_eq!(store.reader.changes_cursor(&gateway("us-1")).await.unwrap(), 0);
}
