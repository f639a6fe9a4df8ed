//! `GET /events`: what moves, as it moves.
//!
//! A reader that is too slow to follow is cut off instead of being told half: it connects again
//! and reads the state.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use changeover_domain::admin::GatewayEvent;
use futures::StreamExt as _;
use tokio_stream::wrappers::BroadcastStream;

use crate::shared::Shared;

/// `GET /events`
pub(super) async fn events(State(shared): State<Arc<Shared>>) -> Response {
    let closing = shared.closing.clone();
    let moves = BroadcastStream::new(shared.events.subscribe())
        .take_while(|event| futures::future::ready(event.is_ok()))
        .filter_map(|event| futures::future::ready(event.ok().as_ref().and_then(sent)))
        .map(Ok::<_, Infallible>)
        .take_until(closing.cancelled_owned());
    Sse::new(moves).keep_alive(KeepAlive::default()).into_response()
}

fn sent(event: &GatewayEvent) -> Option<Event> {
    let name = match event {
        GatewayEvent::StateChanged { .. } => "state_changed",
        GatewayEvent::BreakerMoved { .. } => "breaker_moved",
        GatewayEvent::PeriodOpened { .. } => "period_opened",
        GatewayEvent::PeriodClosed { .. } => "period_closed",
    };
    Event::default().event(name).json_data(event).ok()
}
