//! What a person reads who was just woken up, and whether it is true: the sheet, the replay, the
//! episode.

use changeover_domain::VerdictKind;
use changeover_engine::Engine;
use changeover_engine::contract::{EpisodeList, TriageGet, VerdictExplained, VerdictQuery};
use changeover_journeys::journey::{play, start, target, until, verdict};

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_has_a_sheet_without_secrets_a_verdict_that_can_be_made_again_and_an_episode() {
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path()).await;
    until(&engine, "opus operating", |s| verdict(s, "claude-opus") == Some(VerdictKind::Operating))
        .await;
    play(&engine, "platform-outage").await;
    until(&engine, "their outage", |s| verdict(s, "claude-opus") == Some(VerdictKind::TheirOutage))
        .await;
    until(&engine, "an unfolded score that shows it", |s| {
        let opus = s.targets.iter().find(|opus| opus.id.as_str() == "claude-opus");
        opus.and_then(|opus| opus.score.as_ref()).is_some_and(|score| score.score < 60)
    })
    .await;
    sheet_is_whole(&engine);
    replays(&engine).await;
    let episodes = engine.episode_list(EpisodeList::default()).await.unwrap().episodes;
    let anthropic = |id: Option<&str>| id == Some("anthropic");
    let open = episodes.iter().find(|one| anthropic(one.provider.as_ref().map(|id| id.as_str())));
    let open = open.expect("an episode of Anthropic's");
    assert!(open.ended_at.is_none() && open.peak.is_some(), "{open:?}");
    engine.shutdown().await;
}

fn sheet_is_whole(engine: &Engine) {
    let sheet = engine.triage_get(&TriageGet { target: target("claude-opus") }).unwrap();
    assert_eq!(sheet.excluded.len(), 7, "every other kind has its reason");
    let chat = sheet.levers.iter().find(|lever| lever.route.as_str() == "chat");
    assert!(chat.is_none_or(|lever| lever.target != Some(target("claude-opus"))), "{chat:?}");
    assert!(sheet.fix.is_none(), "what is theirs is not ours to mend");
    let call = sheet.failing_call.as_ref().expect("a probe has failed");
    assert!(call.curl.contains("\"x-api-key: $ANTHROPIC_API_KEY\""), "{}", call.curl);
    assert!(!sheet.markdown.contains("sandbox-anthropic-key"), "no key leaves the console");
    for part in
        ["# Anthropic", "## Evidence", "## What it is not", "## So far", "```sh", "## Health"]
    {
        assert!(sheet.markdown.contains(part), "{part} is missing:\n{}", sheet.markdown);
    }
    let sum: i32 = sheet.score.iter().flat_map(|s| &s.addends).map(|addend| addend.points).sum();
    assert_eq!(sheet.score.map(|score| i32::from(score.score)), Some(sum));
}

/// The present verdict and each change that led to it, made again from what is kept.
async fn replays(engine: &Engine) {
    let asked = |change| VerdictQuery { target: target("claude-opus"), at: None, change };
    let present = engine.verdict_explain(asked(None)).await.unwrap();
    same(&present);
    assert!(present.changes.len() >= 2, "it was well before: {:?}", present.changes);
    for change in &present.changes {
        assert!(change.replayable);
        let past = engine.verdict_explain(asked(Some(change.change))).await.unwrap();
        assert_eq!(past.verdict.kind, change.kind);
        same(&past);
    }
    let newest = present.changes.first().expect("a change");
    let at = VerdictQuery { at: Some(newest.said_at), ..asked(None) };
    assert_eq!(engine.verdict_explain(at).await.unwrap().verdict.kind, newest.kind);
}

fn same(explained: &VerdictExplained) {
    assert_eq!(explained.replay.same, Some(true), "{}", explained.replay.sentence);
}
