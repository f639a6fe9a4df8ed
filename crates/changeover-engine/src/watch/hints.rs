//! Hints of webhooks, from the console's own receiver and from gateways that relay. Each is noted for
//! the screen and lets the page be read; none of them is the page's word.

use std::time::Duration;

use changeover_domain::{PageHint, SourceId};
use changeover_status::{WaitingHints, WebhookReceiver, WebhookSettings};
use changeover_webhook::SAID_CHARS;

use crate::contract::{HintView, HintWay};
use crate::engine::Engine;

/// Pages are cached for about 15 s, and stale ones are given out for 30 s more.
const READ_AGAIN: Duration = Duration::from_secs(50);

/// Receives until the engine is cancelled.
pub(crate) async fn receive(engine: Engine, settings: WebhookSettings) {
    let hints = WaitingHints::default();
    let receiver = WebhookReceiver::new(settings, engine.clock().clone(), hints.clone());
    let mut states = receiver.state();
    engine.tracker().spawn(receiver.run(engine.cancellation()));
    loop {
        tokio::select! {
            () = engine.cancelled() => return,
            waiting = hints.next() => {
                engine.take_hint(waiting.hint, waiting.count, HintWay::Receiver);
            }
            changed = states.changed() => match changed {
                Ok(()) => {
                    let state = states.borrow_and_update().clone();
                    if let Some((sandbox, at)) = engine.sandbox().zip(state.listening_at) {
                        sandbox.listening(at);
                    }
                    engine.state().receiver = state;
                }
                Err(_) => return,
            },
        }
    }
}

impl Engine {
    /// Notes a hint, the newest of so many, and lets its page be read now.
    pub(crate) fn take_hint(&self, hint: PageHint, count: u64, way: HintWay) {
        let Some(page) = self.setup().pages.iter().find(|page| page.id == hint.page) else {
            tracing::debug!(page = %hint.page, "a webhook came for a page that is not watched");
            return;
        };
        self.read_soon(&page.id);
        let now = self.clock().now();
        let view = HintView {
            source: page.id.clone(),
            provider: page.provider.clone(),
            platform: hint.platform,
            // A gateway's clock may be ahead of ours.
            at: hint.received_at.min(now),
            way,
            signed: hint.signed,
            said: hint.said.filter(|_| hint.signed).map(|said| bounded(&said)),
            count,
        };
        let hints = &mut self.state().hints;
        let noted = noted(hints.get(&page.id), view);
        hints.insert(page.id.clone(), noted);
    }

    /// Lets a page be read now, and once more when every cache in front of it has let go of what it
    /// was before: a webhook is often faster than the page that it speaks of.
    fn read_soon(&self, source: &SourceId) {
        if !self.hint_source(source) || !self.state().read_again.insert(source.clone()) {
            return;
        }
        let (engine, source) = (self.clone(), source.clone());
        self.tracker().spawn(async move {
            tokio::select! {
                () = engine.cancelled() => return,
                () = engine.clock().sleep(READ_AGAIN) => {}
            }
            engine.state().read_again.remove(&source);
            // A page is watched from start to stop.
            let _watched = engine.hint_source(&source);
        });
    }
}

/// A gateway's word for what was said, held to what our own receiver would have said.
fn bounded(said: &str) -> String {
    let one_line = said.replace(char::is_control, " ");
    one_line.chars().take(SAID_CHARS).collect()
}

/// What is shown of a page's hints after one more: the newest, and how many. One may be told late, by
/// a gateway that could not be read meanwhile.
fn noted(before: Option<&HintView>, hint: HintView) -> HintView {
    let Some(before) = before else { return hint };
    let count = before.count.saturating_add(hint.count);
    let newest = if before.at > hint.at { before.clone() } else { hint };
    HintView { count, ..newest }
}

#[cfg(test)]
mod tests {
    use changeover_domain::{GatewayId, ProviderId, UnixMs, WebhookPlatform};

    use super::*;

    fn hint(at: i64, gateway: &str) -> HintView {
        HintView {
            source: SourceId::try_new("page").unwrap(),
            provider: ProviderId::try_new("p").unwrap(),
            platform: WebhookPlatform::Instatus,
            at: UnixMs(at),
            way: HintWay::Gateway(GatewayId::try_new(gateway).unwrap()),
            signed: true,
            said: None,
            count: 1,
        }
    }

    #[test]
    fn the_newest_hint_is_shown_though_an_older_one_is_told_later() {
        let first = noted(None, hint(10, "eu-1"));
        let told_late = noted(Some(&first), hint(5, "eu-2"));
        assert_eq!(told_late, HintView { count: 2, ..hint(10, "eu-1") });
        let newer = noted(Some(&told_late), hint(11, "eu-2"));
        assert_eq!(newer, HintView { count: 3, ..hint(11, "eu-2") });
    }

    #[test]
    fn a_gateways_word_for_what_was_said_is_one_short_line() {
        let said = bounded(&format!("a\nb{}", "x".repeat(9_000)));
        assert!(said.starts_with("a bx") && said.chars().count() == SAID_CHARS);
    }
}
