//! What is told of webhooks.

use changeover_webhook::PREFIX;

use crate::contract::{ReceiverPage, ReceiverRefusal, ReceiverView, WebhooksView};
use crate::setup::Setup;
use crate::state::State;

pub(super) fn view(setup: &Setup, state: &State) -> WebhooksView {
    WebhooksView {
        receiver: receiver(setup, state),
        hints: state.hints.values().cloned().collect(),
    }
}

fn receiver(setup: &Setup, state: &State) -> Option<ReceiverView> {
    let settings = setup.webhooks.as_ref()?;
    let now = &state.receiver;
    let pages = settings.doors.iter().map(|door| ReceiverPage {
        page: door.page().clone(),
        platform: door.platform(),
        signed: door.asks_for_signatures(),
    });
    Some(ReceiverView {
        address: format!("http://{}/{PREFIX}/", now.listening_at.unwrap_or(settings.listen)),
        listening: now.listening_at.is_some(),
        problem: now.problem.clone(),
        pages: pages.collect(),
        refused: now.refused,
        last_refusal: now.last_refusal.as_ref().map(|refusal| ReceiverRefusal {
            page: refusal.page.clone(),
            at: refusal.at,
            why: refusal.why.clone(),
        }),
    })
}
