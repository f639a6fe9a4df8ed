//! Verdicts made again from what was kept of them.

use changeover_engine::Engine;
use changeover_engine::contract::{VerdictExplained, VerdictQuery};
use changeover_journeys::journey::target;

/// Makes the present verdict on each target again, and every change that led to it; gives how many
/// changes there were.
pub(crate) async fn every_change(engine: &Engine, targets: &[&str]) -> usize {
    let mut changes = 0;
    for id in targets {
        let asked = |change| VerdictQuery { target: target(id), at: None, change };
        let present = engine.verdict_explain(asked(None)).await.unwrap();
        same(&present);
        for change in &present.changes {
            assert!(change.replayable, "{id}: {change:?}");
            let past = engine.verdict_explain(asked(Some(change.change))).await.unwrap();
            assert_eq!(past.verdict.kind, change.kind);
            same(&past);
            changes += 1;
        }
    }
    changes
}

fn same(explained: &VerdictExplained) {
    assert_eq!(explained.replay.same, Some(true), "{}", explained.replay.sentence);
}
