//! The icon in the tray: what is worst now, and the way back to the window.

use tauri::menu::{Menu, MenuId, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Wry};

use crate::window;

const OPEN: &str = "open";
const QUIT: &str = "quit";

/// The icon's line of text. It stands in the menu, because not every desktop shows a tooltip.
pub(crate) struct Tray {
    headline: MenuItem<Wry>,
}

impl Tray {
    /// Puts the icon into the tray.
    ///
    /// # Errors
    /// When the system has no tray or refuses the icon.
    pub(crate) fn build(app: &AppHandle) -> tauri::Result<Self> {
        let headline = MenuItem::with_id(app, "headline", "Starting", false, None::<&str>)?;
        let line = PredefinedMenuItem::separator(app)?;
        let open = MenuItem::with_id(app, OPEN, "Open Changeover", true, None::<&str>)?;
        let quit = MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?;
        let menu = Menu::with_items(app, &[&headline, &line, &open, &quit])?;
        let mut tray = TrayIconBuilder::with_id("main")
            .tooltip("Changeover")
            .menu(&menu)
            .on_menu_event(|app, event| chosen(app, event.id()));
        if let Some(icon) = app.default_window_icon() {
            tray = tray.icon(icon.clone());
        }
        tray.build(app)?;
        Ok(Self { headline })
    }

    /// Says what is worst now.
    pub(crate) fn say(&self, sentence: &str) {
        if let Err(error) = self.headline.set_text(sentence) {
            tracing::warn!(%error, "the tray's line could not be changed");
        }
    }
}

fn chosen(app: &AppHandle, entry: &MenuId) {
    match entry.as_ref() {
        OPEN => window::bring_to_front(app),
        QUIT => app.exit(0),
        _ => {}
    }
}
