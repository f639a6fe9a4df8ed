//! The contract, carried by the window: one command in, one channel of events out.
//!
//! The only file of the shell that calls the engine.

#![expect(
    clippy::let_underscore_must_use,
    reason = "it stands in what Tauri's macro writes beside the command"
)]

use changeover_api::{ApiError, Engine, Event, StartError};
use changeover_engine::contract::Change;
use serde_json::Value;
use tauri::{AppHandle, Emitter as _, Manager as _, State};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::command_line::CommandLine;
use crate::news::News;
use crate::notification::Desktop;
use crate::tray::Tray;

/// The channel on which every event reaches the page.
const CHANNEL: &str = "changeover://event";

/// Starts the engine as the command line says.
///
/// # Errors
/// [`StartError`] saying what to mend; nothing runs then.
pub(crate) async fn start(command_line: &CommandLine) -> Result<Engine, StartError> {
    Box::pin(Engine::start(command_line.engine_options())).await
}

/// The one command: carries out any command of the contract.
///
/// # Errors
/// The contract's own error, as the page expects it.
#[tauri::command]
pub(crate) async fn invoke_api(
    engine: State<'_, Engine>,
    command: String,
    payload: Value,
) -> Result<Value, ApiError> {
    changeover_api::handle(&engine, &command, payload).await
}

/// Hands every event to page, tray and notifications until the program ends. Whoever is too slow
/// loses events: the page sees it by their numbers and fetches the snapshot again, and so do tray and
/// notifications.
pub(crate) async fn attend(
    app: AppHandle,
    engine: Engine,
    desktop: Desktop,
    ending: CancellationToken,
) {
    let mut events = engine.events();
    let snapshot = engine.snapshot();
    let mut news = News::since(&snapshot.alerts);
    say(&app, snapshot.headline.sentence);
    while let Some(next) = ending.run_until_cancelled(events.recv()).await {
        let event = match next {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => {
                // What the lost events said stands in the snapshot.
                let snapshot = engine.snapshot();
                say(&app, snapshot.headline.sentence);
                let notes = snapshot.alerts.iter().filter_map(|alert| news.of(alert));
                notes.for_each(|note| desktop.show(note));
                continue;
            }
            Err(RecvError::Closed) => return,
        };
        for change in &event.changes {
            match change {
                Change::Headline(headline) => say(&app, headline.sentence.clone()),
                Change::Alert(alert) => {
                    if let Some(note) = news.of(alert) {
                        desktop.show(note);
                    }
                }
                _ => {}
            }
        }
        if let Err(error) = app.emit(CHANNEL, Event::engine_changed(event)) {
            tracing::debug!(%error, "an event did not reach the window");
        }
    }
}

/// Sets the tray's line without waiting for it: at the end nobody is left to answer.
fn say(app: &AppHandle, sentence: String) {
    let handle = app.clone();
    let asked = app.run_on_main_thread(move || {
        if let Some(tray) = handle.try_state::<Tray>() {
            tray.say(&sentence);
        }
    });
    if let Err(error) = asked {
        tracing::debug!(%error, "the tray was not told");
    }
}
