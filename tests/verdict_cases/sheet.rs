//! What a person reads who was just woken up, and whether it is true: the sheet, the replay, the
//! episode.

use changeover_domain::VerdictKind;
use changeover_engine::Engine;
use changeover_engine::contract::{EpisodeList, TriageGet, VerdictQuery};
use changeover_journeys::journey::{play, start, target, until, verdict};

use crate::replay;

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
    let changes = replay::every_change(&engine, &["claude-opus"]).await;
    assert!(changes >= 2, "it was well before: {changes}");
    at_a_time(&engine).await;
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
    for part in [
        "# Anthropic",
        "## Evidence",
        "## Last 30 minutes\n\n- status page: ",
        "- probes: ",
        "## What it is not",
        "## So far",
        "```sh",
        "## Health",
    ] {
        assert!(sheet.markdown.contains(part), "{part} is missing:\n{}", sheet.markdown);
    }
    let sum: i32 = sheet.score.iter().flat_map(|s| &s.addends).map(|addend| addend.points).sum();
    assert_eq!(sheet.score.map(|score| i32::from(score.score)), Some(sum));
}

/// What was said at a time is found again by that time.
async fn at_a_time(engine: &Engine) {
    let asked = |at| VerdictQuery { target: target("claude-opus"), at, change: None };
    let present = engine.verdict_explain(asked(None)).await.unwrap();
    let newest = present.changes.first().expect("a change");
    let then = engine.verdict_explain(asked(Some(newest.said_at))).await.unwrap();
    assert_eq!(then.verdict.kind, newest.kind);
}
