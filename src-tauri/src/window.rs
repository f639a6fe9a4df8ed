//! The one window: made, and brought to the front.

use tauri::webview::{NewWindowResponse, Url};
use tauri::{AppHandle, Manager as _, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use crate::link;

/// The window's label; the capability file names it too.
pub(crate) const MAIN: &str = "main";

/// The development server's port, which a build without `custom-protocol` loads from.
const DEVELOPMENT_PORT: u16 = 5173;

/// Opens it.
///
/// # Errors
/// When the system's web view cannot be had.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Changeover")
        .inner_size(1440.0, 900.0)
        .min_inner_size(1100.0, 700.0)
        .on_navigation(is_ours)
        .on_new_window(|url, _| {
            link::open_outside(&url);
            NewWindowResponse::Deny
        })
        .build()
}

/// Shows it and brings it to the front. A window that will not come is not worth more than a line
/// in the log: the person clicks again.
pub(crate) fn bring_to_front(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window did not come to the front");
    }
}

/// Brings the window to the front and leads it to an alert. Nothing is done about the alert.
pub(crate) fn open_alert(app: &AppHandle, key: &str) {
    let Some(script) = lead_to(key) else { return };
    let handle = app.clone();
    let asked = app.run_on_main_thread(move || {
        bring_to_front(&handle);
        let led = handle.get_webview_window(MAIN).map(|window| window.eval(script));
        if let Some(Err(error)) = led {
            tracing::debug!(%error, "the window was not led to the alert");
        }
    });
    if let Err(error) = asked {
        tracing::debug!(%error, "the window was not asked to come");
    }
}

/// The page's own address of an alert. A key is written as JSON, so that it stays a text.
fn lead_to(key: &str) -> Option<String> {
    let key = serde_json::to_string(key).ok()?;
    Some(format!("window.location.hash = '#/alerts/' + encodeURIComponent({key})"))
}

/// The page never leaves itself: whatever a status page or a gateway says, no link of theirs opens
/// where the contract can be called.
fn is_ours(url: &Url) -> bool {
    let host = url.host_str();
    let is_embedded = url.scheme() == "tauri" || host == Some("tauri.localhost");
    let is_development = host == Some("localhost") && url.port() == Some(DEVELOPMENT_PORT);
    is_embedded || (cfg!(not(feature = "custom-protocol")) && is_development)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_a_text_in_the_page() {
        let script = lead_to("a/b\"); alert(1); (\"").unwrap();
        let expected =
            r#"window.location.hash = '#/alerts/' + encodeURIComponent("a/b\"); alert(1); (\"")"#;
        assert_eq!(script, expected);
    }

    #[test]
    fn a_link_out_of_the_program_does_not_open_in_its_window() {
        let ours = |text: &str| is_ours(&Url::parse(text).unwrap());
        assert!(ours("tauri://localhost/index.html"));
        assert!(ours("http://tauri.localhost/"), "as it is called on Windows");
        assert!(!ours("https://status.example.com/"));
        assert!(!ours("https://tauri.localhost.example.com/"));
        assert!(!ours("data:text/html,hello"));
    }
}
