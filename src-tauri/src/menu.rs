//! The native menu, where the system wants one.
//!
//! On macOS the menu bar is what makes copying, pasting and quitting by keyboard work at all.
//! Elsewhere it would only take height from the board: what can be done stands in the window, in
//! its palette and in the tray.

use tauri::menu::Menu;
use tauri::{AppHandle, Wry};

/// The menu for this system.
///
/// # Errors
/// When the system refuses it.
pub(crate) fn build(app: &AppHandle) -> tauri::Result<Menu<Wry>> {
    if cfg!(target_os = "macos") { Menu::default(app) } else { Menu::new(app) }
}
