//! A desktop of the test's own, and the real program on it.
//!
//! A private X server, a private message bus and `WebKitWebDriver`, each on an address that nobody
//! else has, with a home folder that is thrown away. Two tests can run side by side, and neither
//! sees the machine's own desktop.
//!
//! The rule it keeps: when a [`Desktop`] is dropped, also by a failing test, all it started ends.
//! The program itself is a child of the driver and not ours to kill; it ends with its X server.

mod browser;
mod notifications;
mod process;
mod screen;
mod window;

use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use changeover_clock::Clock;
use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

pub use browser::Browser;
pub use fantoccini::Locator;
pub use notifications::{Notifications, Shown};
use process::Running;
pub use screen::Screen;
pub use window::{Window, WindowError};

/// Names the built program, as `cargo xtask test` does.
pub const APP_VARIABLE: &str = "CHANGEOVER_APP";

/// Larger than the program's window, so that nothing is cut off.
const SCREEN: &str = "1600x1000x24";

/// A first start after a build reads everything from a cold disk and has taken 15 s.
const START_LIMIT: Duration = Duration::from_mins(1);

/// The X server, the bus and the driver start in a fraction of a second.
const SERVER_LIMIT: Duration = Duration::from_secs(20);

/// Between two looks at a state that is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Why there is no desktop or no window on it.
#[derive(Debug, thiserror::Error)]
pub enum DesktopError {
    #[error("{program} cannot be started; `cargo xtask test --only setup` installs it")]
    NotStarted {
        program: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("{program} ended or fell silent before it was ready")]
    NotReady { program: &'static str },
    #[error("no port or folder for the test")]
    Room(#[source] io::Error),
    #[error(
        "the program opened no window within {} s; what it said stands above, if it said anything",
        START_LIMIT.as_secs()
    )]
    NoWindow,
    #[error("the driver refused the program")]
    Refused(#[source] fantoccini::error::NewSessionError),
    #[error("the test's own message bus does not do it")]
    Bus(#[source] zbus::Error),
    #[error("no such notification came; these did: {instead:?}")]
    NotNotified { instead: Vec<Shown> },
    #[error("{address} was not opened outside; this was: {instead:?}")]
    NotOpened { address: String, instead: Vec<String> },
    #[error("a window `{title}` in sight: {} was waited for", if *wanted { "yes" } else { "no" })]
    NotInSight { title: String, wanted: bool },
}

/// The program under test, or a sentence on the terminal why there is none.
#[must_use]
#[expect(
    clippy::print_stderr,
    reason = "a test that is left out has to say so to whoever reads its output"
)]
pub fn app_under_test() -> Option<PathBuf> {
    let app = std::env::var_os(APP_VARIABLE).filter(|path| !path.is_empty());
    if app.is_none() {
        eprintln!(
            "left out: {APP_VARIABLE} does not name the program. `cargo xtask test --only \
             desktop` runs this test."
        );
    }
    app.map(PathBuf::from)
}

/// A desktop on which one program at a time is driven. What is dropped first stands first: the
/// driver lets go, then the X server takes the program with it.
#[derive(Debug)]
pub struct Desktop {
    _driver: Running,
    notifications: Notifications,
    _display: Running,
    _bus: Running,
    browser: Browser,
    screen: Screen,
    driver_url: String,
    home: TempDir,
    clock: Clock,
}

impl Desktop {
    /// Starts the servers and waits until they answer.
    ///
    /// # Errors
    /// When one is not installed or does not become ready.
    pub async fn start() -> Result<Self, DesktopError> {
        let clock = Clock::system();
        let home = TempDir::new().map_err(DesktopError::Room)?;
        let (display, number) = Running::announcing(
            "Xvfb",
            &["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"],
            &clock,
        )
        .await?;
        let (bus, bus_address) = Running::announcing(
            "dbus-daemon",
            &["--session", "--nofork", "--nopidfile", "--print-address=1"],
            &clock,
        )
        .await?;
        let notifications = Notifications::serve(&bus_address, clock.clone()).await?;
        let browser = Browser::install(home.path(), clock.clone()).map_err(DesktopError::Room)?;
        let search_path = browser.search_path().map_err(io::Error::other);
        let screen = Screen::new(format!(":{number}"), clock.clone());
        let port = free_port().await.map_err(DesktopError::Room)?;
        let mut command = driver_command(port, home.path());
        command
            .env("DISPLAY", format!(":{number}"))
            .env("DBUS_SESSION_BUS_ADDRESS", &bus_address)
            .env("PATH", search_path.map_err(DesktopError::Room)?);
        let mut driver = Running::start("WebKitWebDriver", command)?;
        driver.until_it_listens(port, &clock).await?;
        Ok(Self {
            _driver: driver,
            notifications,
            _display: display,
            _bus: bus,
            browser,
            screen,
            driver_url: format!("http://127.0.0.1:{port}"),
            home,
            clock,
        })
    }

    /// What the program showed the person beside its window.
    #[must_use]
    pub fn notifications(&self) -> &Notifications {
        &self.notifications
    }

    /// What the program had opened outside.
    #[must_use]
    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// The windows that are in sight.
    #[must_use]
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// The program's home folder on this desktop; its own data lies in it by default.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Starts `program` with `arguments` and waits for its window.
    ///
    /// # Errors
    /// [`DesktopError::NoWindow`] when none comes: the driver never answers for a program that ends
    /// at once.
    pub async fn open(&self, program: &Path, arguments: &[&str]) -> Result<Window, DesktopError> {
        let wanted = serde_json::json!({
            "webkitgtk:browserOptions": { "binary": program, "args": arguments },
        });
        let capabilities = wanted.as_object().cloned().unwrap_or_default();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let session = Box::pin(builder.connect(&self.driver_url));
        let client = self
            .clock
            .timeout(START_LIMIT, session)
            .await
            .map_err(|_| DesktopError::NoWindow)?
            .map_err(DesktopError::Refused)?;
        Ok(Window::new(client, self.clock.clone()))
    }
}

/// The driver hands its environment on to the program. Without the variable of Tauri's the program
/// does not let itself be driven, and the driver would wait for ever.
fn driver_command(port: u16, home: &Path) -> Command {
    let mut command = Command::new("WebKitWebDriver");
    command
        .arg(format!("--port={port}"))
        .arg("--host=127.0.0.1")
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("GDK_BACKEND", "x11")
        .env_remove("WAYLAND_DISPLAY")
        // Without its usual way of drawing the web view never answers when asked for a picture.
        .env_remove("WEBKIT_DISABLE_DMABUF_RENDERER")
        .env_remove("WEBKIT_DISABLE_COMPOSITING_MODE")
        .env("NO_AT_BRIDGE", "1")
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CACHE_HOME", home.join("cache"));
    command
}

/// The driver wants to be told a port. Between this and its start somebody else could take it; then
/// the driver ends and the test says so.
async fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    Ok(listener.local_addr()?.port())
}

/// Whether somebody listens on `port`.
async fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()
}
