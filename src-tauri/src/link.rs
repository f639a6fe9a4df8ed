//! Links out of the program: opened by the system's browser, never in the window.
//!
//! Not for the program's own pages. The rule it keeps: only https, without a name or a key in the
//! address, whatever a status page wrote.

use std::process::Command;
use std::thread;

use tauri::webview::Url;

/// What opens an address in the person's own browser.
const OPENER: &str = "xdg-open";

/// Hands the address to the system. What does not open is a line in the log: the person sees that
/// nothing came.
pub(crate) fn open_outside(url: &Url) {
    if !is_outward(url) {
        tracing::warn!(scheme = url.scheme(), "a link that is not https was not opened");
        return;
    }
    let address = url.as_str().to_owned();
    // A thread of its own, because the opener is waited for and may take as long as a browser.
    thread::spawn(move || match Command::new(OPENER).arg(address).status() {
        Ok(status) if status.success() => {}
        Ok(status) => tracing::warn!(%status, "{OPENER} did not open the link"),
        Err(error) => tracing::warn!(%error, "{OPENER} could not be run"),
    });
}

fn is_outward(url: &Url) -> bool {
    url.scheme() == "https" && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_without_a_name_in_it_is_handed_to_the_browser() {
        let outward = |text: &str| is_outward(&Url::parse(text).unwrap());
        assert!(outward("https://status.example.com/incidents/1"));
        assert!(!outward("http://status.example.com/"));
        assert!(!outward("javascript:alert(1)"));
        assert!(!outward("file:///etc/passwd"));
        assert!(!outward("https://someone@status.example.com/"));
    }
}
