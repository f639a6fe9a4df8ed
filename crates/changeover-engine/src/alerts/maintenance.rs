//! Our own maintenance windows: while one is open, what is the matter with its subject is shown and
//! told to nobody.

use changeover_domain::{AuditAction, GatewayId, MaintenanceWindow, Subject, UnixMs, WindowId};
use changeover_store::{AuditDraft, Reader, StoreError};

use crate::contract::{MaintenanceList, MaintenanceListed, MaintenancePut, MaintenanceRemove};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::lever::said;
use crate::setup::Setup;

/// The longest window: one that is forgotten must end.
const LONGEST_MS: i64 = 31 * 24 * 3_600_000;

/// How many windows one list holds at most, beside those of the configuration.
const MOST_LISTED: u32 = 1_000;

/// Windows that are open or to come: those of the configuration and those that people made.
pub(crate) async fn recall_windows(
    reader: &Reader,
    setup: &Setup,
    now: UnixMs,
) -> Result<Vec<MaintenanceWindow>, StoreError> {
    let mut windows = setup.windows.clone();
    windows.extend(reader.windows_after(now).await?);
    sort(&mut windows);
    Ok(windows)
}

/// Those that are open or to come.
pub(crate) fn open_or_to_come(
    windows: &[MaintenanceWindow],
    now: UnixMs,
) -> impl Iterator<Item = &MaintenanceWindow> {
    windows.iter().filter(move |window| window.until > now)
}

fn sort(windows: &mut [MaintenanceWindow]) {
    windows.sort_by(|a, b| (a.from, &a.id).cmp(&(b.from, &b.id)));
}

impl Engine {
    /// Our own windows, the earliest first.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub async fn maintenance_list(
        &self,
        list: MaintenanceList,
    ) -> Result<MaintenanceListed, EngineError> {
        let now = self.clock().now();
        if !list.past {
            let state = self.state();
            let windows = open_or_to_come(&state.windows, now).cloned().collect();
            return Ok(MaintenanceListed { windows, more: false });
        }
        let mut windows = self.reader().windows_latest(MOST_LISTED + 1).await?;
        let most = usize::try_from(MOST_LISTED).unwrap_or(usize::MAX);
        let too_many = windows.len().saturating_sub(most);
        windows.drain(..too_many);
        windows.extend(self.setup().windows.iter().cloned());
        sort(&mut windows);
        Ok(MaintenanceListed { windows, more: too_many > 0 })
    }

    /// Makes a window, or gives a known one another shape.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] for one that cannot be, [`EngineError::NotFound`] for a subject or
    /// a window that there is not, [`EngineError::Stale`] where somebody changed it meanwhile.
    pub async fn maintenance_put(
        &self,
        asked: MaintenancePut,
    ) -> Result<MaintenanceWindow, EngineError> {
        let engine = self.clone();
        self.whole(async move { engine.put_window(asked).await }).await
    }

    async fn put_window(&self, asked: MaintenancePut) -> Result<MaintenanceWindow, EngineError> {
        let _turn = self.alert_turn().await;
        let now = self.clock().now();
        self.check_subject(&asked.subject)?;
        check_times(asked.from, asked.until, now)?;
        let before = match &asked.id {
            None => None,
            Some(id) => Some(self.own_window(id)?),
        };
        if let Some(before) = &before {
            check_change(before, &asked, now)?;
        }
        let window = MaintenanceWindow {
            id: match asked.id {
                Some(id) => id,
                None => new_id()?,
            },
            subject: asked.subject,
            from: asked.from,
            until: asked.until,
            reason: said(&asked.reason, "reason")?,
            by: said(&asked.by, "name")?,
            configured: false,
        };
        let draft = AuditDraft {
            at: now,
            actor: window.by.clone(),
            action: AuditAction::MaintenancePut,
            subject: window.subject.to_string(),
            reason: window.reason.clone(),
            details: serde_json::json!({"before": before, "after": window}),
        };
        self.store().0.window_put(draft, &window).await?;
        self.change_windows(|windows| {
            windows.retain(|other| other.id != window.id);
            windows.push(window.clone());
        });
        Ok(window)
    }

    /// Takes a window away. One that has begun ends now.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], or [`EngineError::Invalid`] for one of the configuration.
    pub async fn maintenance_remove(
        &self,
        asked: MaintenanceRemove,
    ) -> Result<MaintenanceWindow, EngineError> {
        let engine = self.clone();
        self.whole(async move { engine.remove_window(asked).await }).await
    }

    async fn remove_window(
        &self,
        asked: MaintenanceRemove,
    ) -> Result<MaintenanceWindow, EngineError> {
        let _turn = self.alert_turn().await;
        let now = self.clock().now();
        let window = self.own_window(&asked.id)?;
        let draft = AuditDraft {
            at: now,
            actor: said(&asked.by, "name")?,
            action: AuditAction::MaintenanceRemoved,
            subject: window.subject.to_string(),
            reason: asked.reason.trim().chars().take(500).collect(),
            details: serde_json::json!({"before": window}),
        };
        self.store().0.window_remove(draft, &window.id, now).await?;
        self.change_windows(|windows| windows.retain(|other| other.id != window.id));
        Ok(window)
    }

    fn change_windows(&self, change: impl FnOnce(&mut Vec<MaintenanceWindow>)) {
        {
            let mut state = self.state();
            change(&mut state.windows);
            sort(&mut state.windows);
        }
        self.publish_now();
    }

    fn own_window(&self, id: &WindowId) -> Result<MaintenanceWindow, EngineError> {
        let state = self.state();
        let found = state.windows.iter().find(|window| window.id == *id);
        let known = || state.windows.iter().map(|window| window.id.clone());
        let window =
            found.ok_or_else(|| EngineError::not_found("maintenance window", id, known()))?;
        if window.configured {
            return Err(EngineError::invalid(
                format!("window `{id}` stands in the configuration"),
                "change it there and start again",
            ));
        }
        Ok(window.clone())
    }

    fn check_subject(&self, subject: &Subject) -> Result<(), EngineError> {
        let setup = self.setup();
        match missing(setup, subject) {
            None => Ok(()),
            Some((what, id, known)) => Err(EngineError::not_found(what, &id, known)),
        }
    }
}

/// What a subject names that there is not: its kind, its id, and what there is.
pub(crate) fn missing(
    setup: &Setup,
    subject: &Subject,
) -> Option<(&'static str, String, Vec<String>)> {
    let (what, id, known): (_, _, Vec<String>) = match subject {
        Subject::Everything => return None,
        Subject::Provider(id) => {
            let known =
                setup.catalogue.providers.iter().map(|access| access.provider.id.to_string());
            ("provider", id.to_string(), known.collect())
        }
        Subject::Target(id) => {
            let known = setup.catalogue.targets.iter().map(|target| target.id.to_string());
            ("target", id.to_string(), known.collect())
        }
        Subject::Route(id) => {
            let known = setup.catalogue.routes.iter().map(|route| route.id.to_string());
            ("route", id.to_string(), known.collect())
        }
        Subject::Gateway(id) => {
            let known: Vec<GatewayId> =
                setup.gateways.iter().map(|access| access.id.clone()).collect();
            ("gateway", id.to_string(), known.iter().map(ToString::to_string).collect())
        }
    };
    (!known.contains(&id)).then_some((what, id, known))
}

fn check_times(from: UnixMs, until: UnixMs, now: UnixMs) -> Result<(), EngineError> {
    let length = until.millis_since(from);
    if until > now && (1..=LONGEST_MS).contains(&length) {
        return Ok(());
    }
    Err(EngineError::invalid(
        "a window ends after it begins, ahead of now, and lasts 31 days at most",
        "choose another `from` and `until`",
    ))
}

/// Whether a window may become what is asked for. What has been silenced stays on record: a window that
/// is over, and the beginning of one that is open, are as they are.
fn check_change(
    before: &MaintenanceWindow,
    asked: &MaintenancePut,
    now: UnixMs,
) -> Result<(), EngineError> {
    if asked.expected.as_ref().is_some_and(|expected| expected != before) {
        let message = format!("the window of {} was changed by {}", before.subject, before.by);
        return Err(EngineError::Stale { message });
    }
    if before.until <= now {
        let message = "the window is over, and stays on record as it was";
        return Err(EngineError::invalid(message, "make a new one"));
    }
    if before.is_open(now) && (before.from, &before.subject) != (asked.from, &asked.subject) {
        return Err(EngineError::invalid(
            "the window has begun: what it silences, and since when, stays on record",
            "change its end or its reason; for anything else take it away and make a new one",
        ));
    }
    Ok(())
}

fn new_id() -> Result<WindowId, EngineError> {
    let id = format!("w-{}", uuid::Uuid::now_v7().simple());
    WindowId::try_new(id).map_err(|error| EngineError::invalid(error.to_string(), "ask again"))
}

#[cfg(test)]
mod tests;
