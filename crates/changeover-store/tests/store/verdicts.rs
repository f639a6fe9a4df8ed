//! Verdicts over time, what they were made from, and episodes.

use changeover_domain::{Episode, EpisodeId, ProviderId, UnixMs, Verdict, VerdictKind};

use crate::fresh;
use crate::samples::{at, episode, target, verdict};

fn since(seconds: i64, kind: VerdictKind) -> Verdict {
    Verdict { since: at(seconds), kind, ..verdict() }
}

#[tokio::test]
async fn a_timeline_begins_with_the_verdict_that_already_held() {
    let store = fresh().await;
    let all = [
        since(0, VerdictKind::Unknown),
        since(10, VerdictKind::Operating),
        since(100, VerdictKind::TheirOutage),
        since(200, VerdictKind::Operating),
    ];
    for verdict in &all {
        store.writer.verdict_append(verdict, verdict.since, None).await.unwrap();
    }
    let opus = target("claude-opus");
    let between =
        async |from, to| store.reader.verdicts_between(&opus, at(from)..at(to)).await.unwrap();
    assert_eq!(between(50, 200).await, all[1..3]);
    assert_eq!(between(100, 150).await, all[2..3], "it began right at the start");
    assert_eq!(between(-50, 5).await, all[..1], "nothing held before the first");
    assert_eq!(between(-50, 0).await, []);
    let newest = store.reader.verdicts_newest(&opus, UnixMs(i64::MAX), 2).await.unwrap();
    let verdicts: Vec<Verdict> = newest.into_iter().map(|stored| stored.verdict).collect();
    assert_eq!(verdicts, [all[3].clone(), all[2].clone()]);
    let none = store.reader.verdicts_newest(&target("gpt-main"), at(900), 2).await.unwrap();
    assert_eq!(none, []);
}

#[tokio::test]
async fn a_verdict_that_became_surer_is_one_stretch_as_it_was_said_last() {
    let store = fresh().await;
    let outage = since(100, VerdictKind::TheirOutage);
    let surer = Verdict { sentence: "surer".to_owned(), ..outage.clone() };
    let over = since(200, VerdictKind::Operating);
    for (verdict, said) in [(&outage, 100), (&surer, 110), (&over, 200)] {
        store.writer.verdict_append(verdict, at(said), None).await.unwrap();
    }
    let opus = target("claude-opus");
    let between = store.reader.verdicts_between(&opus, at(0)..at(900)).await.unwrap();
    assert_eq!(between, [surer, over]);
}

#[tokio::test]
async fn a_change_is_found_by_its_number_and_by_the_time_at_which_it_was_said() {
    let store = fresh().await;
    let opus = target("claude-opus");
    let outage = since(100, VerdictKind::TheirOutage);
    store.writer.verdict_append(&since(0, VerdictKind::Operating), at(5), None).await.unwrap();
    store.writer.verdict_append(&outage, at(140), Some("{\"n\":1}")).await.unwrap();
    let held = async |seconds| {
        let mut newest = store.reader.verdicts_newest(&opus, at(seconds), 1).await.unwrap();
        newest.pop().map(|stored| stored.verdict.kind)
    };
    assert_eq!(held(4).await, None);
    assert_eq!(held(139).await, Some(VerdictKind::Operating), "not said yet");
    assert_eq!(held(140).await, Some(VerdictKind::TheirOutage));
    let newest = store.reader.verdicts_newest(&opus, at(900), 9).await.unwrap();
    assert_eq!((newest[0].has_inputs, newest[1].has_inputs), (true, false));
    let change = newest[0].change;
    let same = store.reader.verdict_change(&opus, change).await.unwrap().unwrap();
    assert_eq!((same.verdict, same.said_at), (outage, at(140)));
    let inputs = store.reader.verdict_inputs(change).await.unwrap();
    assert_eq!(inputs.as_deref(), Some("{\"n\":1}"));
    assert_eq!(store.reader.verdict_change(&target("gpt-main"), change).await.unwrap(), None);
    assert_eq!(store.reader.verdict_change(&opus, u64::MAX).await.unwrap(), None);
    assert_eq!(store.reader.verdict_inputs(newest[1].change).await.unwrap(), None);
}

#[tokio::test]
async fn inputs_of_long_ago_are_let_go_of_and_their_verdicts_stay() {
    let store = fresh().await;
    store.writer.verdict_append(&verdict(), at(0), Some("{}")).await.unwrap();
    // So many changes later, without writing each of them.
    let path = store.dir.path().join(changeover_store::DATABASE_FILE);
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&format!(
        "sqlite:{}",
        path.display()
    ))
    .await
    .unwrap();
    sqlx::raw_sql(
        "INSERT INTO verdict_changes (id, target, kind, since_ms, sentence, verdict)
        SELECT 10000, target, kind, since_ms, sentence, verdict FROM verdict_changes",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    store.writer.verdict_append(&verdict(), at(9), Some("{}")).await.unwrap();
    assert_eq!(store.reader.verdict_inputs(1).await.unwrap(), None);
    assert!(store.reader.verdict_inputs(10_001).await.unwrap().is_some());
    assert!(store.reader.verdict_change(&verdict().target, 1).await.unwrap().is_some());
}

#[tokio::test]
async fn an_episode_is_kept_as_it_grows_and_listed_newest_first() {
    let store = fresh().await;
    let open = Episode { ended_at: None, ..episode() };
    store.writer.episode_record(&open).await.unwrap();
    assert_eq!(store.reader.episodes_open().await.unwrap(), [open]);
    store.writer.episode_record(&episode()).await.unwrap();
    let own = Episode {
        id: EpisodeId::try_new("own-network-1").unwrap(),
        provider: None,
        started_at: at(900),
        ..episode()
    };
    store.writer.episode_record(&own).await.unwrap();
    let store = store.reopened().await;
    assert_eq!(store.reader.episodes_open().await.unwrap(), []);
    let listed = async |provider: Option<&str>, before| {
        let provider = provider.map(|id| ProviderId::try_new(id).unwrap());
        store.reader.episodes_list(provider.as_ref(), before, 9).await.unwrap()
    };
    assert_eq!(listed(None, None).await, [own, episode()]);
    assert_eq!(listed(None, Some(at(900))).await, [episode()]);
    assert_eq!(listed(Some("anthropic"), None).await, [episode()]);
    assert_eq!(listed(Some("openai"), None).await, []);
}
