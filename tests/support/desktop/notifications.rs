//! The desktop's notifications, on the test's own bus: taken from the program, kept, and clicked.
//!
//! The rule it keeps: it does what the freedesktop specification says and no more, so that a program
//! that works here works on a desktop.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use changeover_clock::Clock;
use zbus::names::BusName;
use zbus::{Connection, OwnedVariant, connection};

use super::{DesktopError, LOOK_EVERY};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// What a click on the notification itself is called.
const CLICK: &str = "default";
/// An alert has to be sure of itself before it is told.
const PATIENCE: Duration = Duration::from_mins(2);

/// One notification as the program asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub number: u32,
    pub title: String,
    pub text: String,
    /// Whether a click on it is of any use.
    pub clickable: bool,
}

type Kept = Arc<Mutex<Vec<Shown>>>;

/// All that were shown; later ones of a number have taken the place of earlier ones.
#[derive(Debug)]
pub struct Notifications {
    bus: Connection,
    kept: Kept,
    clock: Clock,
}

impl Notifications {
    pub(super) async fn serve(bus_address: &str, clock: Clock) -> Result<Self, DesktopError> {
        let kept = Kept::default();
        let server = Server { kept: Arc::clone(&kept), last: 0 };
        let builder = connection::Builder::address(bus_address).name(NAME);
        let bus = builder.serve_at(PATH, server).build().await.map_err(DesktopError::Bus)?;
        Ok(Self { bus, kept, clock })
    }

    /// Waits for one that is such.
    ///
    /// # Errors
    /// [`DesktopError::NotNotified`], with what was shown instead.
    pub async fn see(&self, is_such: impl Fn(&Shown) -> bool) -> Result<Shown, DesktopError> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let seen = async {
            loop {
                if let Some(shown) = kept().into_iter().find(&is_such) {
                    return shown;
                }
                self.clock.sleep(LOOK_EVERY).await;
            }
        };
        let seen = self.clock.timeout(PATIENCE, seen).await;
        seen.map_err(|_| DesktopError::NotNotified { instead: kept() })
    }

    /// Clicks on it, as a person would.
    ///
    /// # Errors
    /// [`DesktopError::Bus`] when the bus is gone.
    pub async fn click(&self, shown: &Shown) -> Result<(), DesktopError> {
        let clicked = (shown.number, CLICK);
        let everybody = None::<BusName<'_>>;
        self.bus
            .emit_signal(everybody, PATH, NAME, "ActionInvoked", &clicked)
            .await
            .map_err(DesktopError::Bus)
    }
}

struct Server {
    kept: Kept,
    last: u32,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[expect(
        clippy::too_many_arguments,
        clippy::needless_pass_by_value,
        reason = "the specification has as many, and the bus hands them over"
    )]
    fn notify(
        &mut self,
        _app_name: &str,
        replaces: u32,
        _icon: &str,
        summary: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedVariant>,
        _expires_ms: i32,
    ) -> u32 {
        let number = if replaces == 0 { self.last + 1 } else { replaces };
        self.last = self.last.max(number);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|shown| shown.number != number);
        // Actions come in pairs: what is sent back, and what stands on the button.
        let clickable = actions.iter().step_by(2).any(|action| action == CLICK);
        kept.push(Shown { number, title: summary, text: body, clickable });
        number
    }

    fn close_notification(&self, number: u32) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|shown| shown.number != number);
    }

    fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body"].map(str::to_owned).to_vec()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let [name, vendor, version, specification] =
            ["journeys", "changeover", "1", "1.2"].map(str::to_owned);
        (name, vendor, version, specification)
    }
}
