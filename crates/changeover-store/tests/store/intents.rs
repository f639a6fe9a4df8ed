//! What is wanted, and how far the gateways are.

use changeover_domain::{Convergence, ConvergenceStep, Generation};
use changeover_store::{Intent, IntentError};

use crate::fresh;
use crate::samples::{convergence, draft, intent, route};

#[tokio::test]
async fn an_intent_and_its_audit_entry_are_written_together_or_not_at_all() {
    let store = fresh().await;
    let entry = store.writer.intent_apply(draft("529s"), &intent(42)).await.unwrap();
    assert_eq!(entry.sequence, 1);
    let stale = store.writer.intent_apply(draft("again"), &intent(42)).await.unwrap_err();
    assert!(
        matches!(stale, IntentError::NotNewer { stored: Generation(42), .. }),
        "a generation is used once: {stale}"
    );
    assert_eq!(
        store.reader.audit_list(None, 10).await.unwrap(),
        [entry],
        "no entry without intent"
    );
    assert_eq!(store.reader.intents().await.unwrap(), [intent(42)]);
}

#[tokio::test]
async fn clearing_is_an_intent_too_and_undo_finds_what_was_before() {
    let store = fresh().await;
    let cleared = Intent { wanted: None, reason: "over".into(), ..intent(43) };
    store.writer.intent_apply(draft("529s"), &intent(42)).await.unwrap();
    store.writer.intent_apply(draft("over"), &cleared).await.unwrap();
    let store = store.reopened().await;
    assert_eq!(store.reader.intents().await.unwrap(), std::slice::from_ref(&cleared));
    assert!(cleared.is_cleared());
    let before = store.reader.intent_before(&route("chat"), Generation(43)).await.unwrap();
    assert_eq!(before, Some(intent(42)));
    let first = store.reader.intent_before(&route("chat"), Generation(42)).await.unwrap();
    assert_eq!(first, None);
}

#[tokio::test]
async fn routes_have_generations_of_their_own() {
    let store = fresh().await;
    let extract = Intent { route: route("extract"), ..intent(7) };
    store.writer.intent_apply(draft("529s"), &intent(42)).await.unwrap();
    store.writer.intent_apply(draft("529s"), &extract).await.unwrap();
    assert_eq!(store.reader.intents().await.unwrap(), [intent(42), extract]);
}

#[tokio::test]
async fn who_asked_and_why_is_what_the_audit_entry_says() {
    let store = fresh().await;
    let claimed = Intent { requested_by: "somebody".into(), reason: "other".into(), ..intent(42) };
    store.writer.intent_apply(draft("529s"), &claimed).await.unwrap();
    let kept = store.reader.intents().await.unwrap();
    assert_eq!((kept[0].requested_by.as_str(), kept[0].reason.as_str()), ("mk", "529s"));
}

#[tokio::test]
async fn news_of_an_earlier_generation_comes_too_late() {
    let store = fresh().await;
    let chat = route("chat");
    let settled =
        Convergence { step: ConvergenceStep::Settled, wanted: Generation(43), ..convergence() };
    store.writer.convergence_record(&chat, &convergence()).await.unwrap();
    store.writer.convergence_record(&chat, &settled).await.unwrap();
    store.writer.convergence_record(&chat, &convergence()).await.unwrap();
    assert_eq!(store.reader.convergences().await.unwrap(), [(chat, settled)]);
}
