//! A notification of the desktop's.

use std::time::Duration;

use changeover_clock::Clock;
use notify_rust::Notification;

use crate::news::Note;

/// A desktop that does not take it within this does not hold up the window.
const PATIENCE: Duration = Duration::from_secs(3);

/// Shows it. Where the desktop takes none, the board has it all the same: a line in the log.
pub(crate) async fn show(note: Note) {
    let shown = Clock::system().timeout(PATIENCE, send(note)).await;
    match shown {
        Ok(Ok(())) => {}
        Ok(Err(problem)) => tracing::debug!(problem, "the desktop took no notification"),
        Err(_) => tracing::debug!("the desktop did not answer a notification"),
    }
}

fn notification(note: &Note) -> Notification {
    let mut notification = Notification::new();
    notification.appname("Changeover").summary(&note.title).body(&note.text);
    notification
}

#[cfg(all(unix, not(target_os = "macos")))]
async fn send(note: Note) -> Result<(), String> {
    let shown = notification(&note).show_async().await;
    shown.map(drop).map_err(|error| error.to_string())
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
async fn send(note: Note) -> Result<(), String> {
    let shown = tokio::task::spawn_blocking(move || notification(&note).show().map(drop)).await;
    shown.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}
