//! Verdicts over time.

use changeover_domain::{Verdict, VerdictKind};

use crate::fresh;
use crate::samples::{at, target, verdict};

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
        store.writer.verdict_append(verdict).await.unwrap();
    }
    let opus = target("claude-opus");
    let between =
        async |from, to| store.reader.verdicts_between(&opus, at(from)..at(to)).await.unwrap();
    assert_eq!(between(50, 200).await, all[1..3]);
    assert_eq!(between(100, 150).await, all[2..3], "it began right at the start");
    assert_eq!(between(-50, 5).await, all[..1], "nothing held before the first");
    assert_eq!(between(-50, 0).await, []);
    assert_eq!(
        store.reader.verdicts_newest(&opus, 2).await.unwrap(),
        [all[3].clone(), all[2].clone()]
    );
    assert_eq!(store.reader.verdicts_newest(&target("gpt-main"), 2).await.unwrap(), []);
}
