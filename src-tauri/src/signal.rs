//! The system's wish that the program ends: `SIGTERM`, `SIGINT`.

use tauri::AppHandle;
use tokio_util::sync::CancellationToken;

/// Waits for the wish, or for the end by other means. What follows is the same as by hand.
#[cfg(unix)]
pub(crate) async fn quit_when_asked(app: AppHandle, ending: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};

    let signals = signal(SignalKind::terminate())
        .and_then(|terminate| Ok((terminate, signal(SignalKind::interrupt())?)));
    let (mut terminate, mut interrupt) = match signals {
        Ok(signals) => signals,
        Err(error) => {
            tracing::warn!(%error, "the system's signals are not heard");
            return;
        }
    };
    tokio::select! {
        _ = terminate.recv() => app.exit(0),
        _ = interrupt.recv() => app.exit(0),
        () = ending.cancelled() => {}
    }
}

/// Waits for the wish, or for the end by other means. What follows is the same as by hand.
#[cfg(not(unix))]
pub(crate) async fn quit_when_asked(app: AppHandle, ending: CancellationToken) {
    match ending.run_until_cancelled(tokio::signal::ctrl_c()).await {
        None => {}
        Some(Ok(())) => app.exit(0),
        Some(Err(error)) => tracing::warn!(%error, "the system's signals are not heard"),
    }
}
