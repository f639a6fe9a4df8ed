//! Notifications of the desktop's: shown, replaced, and clicked.
//!
//! A click opens the window on the alert. It does nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use changeover_clock::Clock;
use notify_rust::Notification;
use tauri::AppHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::news::Note;
use crate::window;

/// A desktop that does not take it within this is not waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a click is waited for.
const CLICKABLE: Duration = Duration::from_secs(30 * 60);
/// What desktops call a click on the notification itself.
const CLICK: &str = "default";

/// The desktop's notifications.
#[derive(Clone)]
pub(crate) struct Desktop {
    app: AppHandle,
    ending: CancellationToken,
    tasks: TaskTracker,
    /// By alert: the number that the desktop gave its notification.
    shown: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Desktop {
    pub(crate) fn new(app: AppHandle, ending: CancellationToken, tasks: TaskTracker) -> Self {
        Self { app, ending, tasks, shown: Arc::default() }
    }

    /// Shows a note, in place of an earlier one of the same alert. Where the desktop takes none, the
    /// board has it all the same: a line in the log.
    pub(crate) fn show(&self, note: Note) {
        let desktop = self.clone();
        self.tasks.spawn(async move {
            let ending = desktop.ending.clone();
            ending.run_until_cancelled(desktop.show_and_wait(note)).await;
        });
    }

    async fn show_and_wait(&self, note: Note) {
        let mut notification = Notification::new();
        notification.appname("Changeover").summary(&note.title).body(&note.text);
        if let Some(number) = self.number(&note.key) {
            notification.id(number);
        }
        let clock = Clock::system();
        let shown = match clock.timeout(PATIENCE, platform::send(notification)).await {
            Ok(Ok(shown)) => shown,
            Ok(Err(problem)) => {
                tracing::debug!(problem, "the desktop took no notification");
                return;
            }
            Err(_) => {
                tracing::debug!("the desktop did not answer a notification");
                return;
            }
        };
        self.remember(&note.key, &shown);
        // A click that never comes is no failure.
        if let Ok(true) = clock.timeout(CLICKABLE, platform::is_clicked(shown)).await {
            window::open_alert(&self.app, &note.key);
        }
    }

    fn number(&self, key: &str) -> Option<u32> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    fn remember(&self, key: &str, shown: &platform::Shown) {
        if let Some(number) = platform::number(shown) {
            let mut numbers = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            numbers.insert(key.to_owned(), number);
        }
    }
}

/// Desktops of the freedesktop kind: a number to replace by, and a click to wait for.
#[cfg(all(unix, not(target_os = "macos")))]
mod platform {
    use notify_rust::{Notification, NotificationHandle, NotificationResponse};

    use super::CLICK;

    pub(super) type Shown = NotificationHandle;

    pub(super) async fn send(mut notification: Notification) -> Result<Shown, String> {
        notification.action(CLICK, "Show");
        notification.show_async().await.map_err(|error| error.to_string())
    }

    pub(super) fn number(shown: &Shown) -> Option<u32> {
        Some(shown.id())
    }

    pub(super) async fn is_clicked(shown: Shown) -> bool {
        let mut clicked = false;
        let note = |action: &NotificationResponse| {
            clicked = matches!(action, NotificationResponse::Default);
        };
        shown.wait_for_action_async(note).await;
        clicked
    }
}

/// Other desktops: shown, and no more.
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod platform {
    use notify_rust::Notification;

    pub(super) type Shown = ();

    pub(super) async fn send(notification: Notification) -> Result<Shown, String> {
        let shown = tokio::task::spawn_blocking(move || notification.show().map(drop)).await;
        shown.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    pub(super) fn number(_: &Shown) -> Option<u32> {
        None
    }

    #[expect(clippy::unused_async, reason = "it is waited for where there are clicks")]
    pub(super) async fn is_clicked(_: Shown) -> bool {
        false
    }
}
