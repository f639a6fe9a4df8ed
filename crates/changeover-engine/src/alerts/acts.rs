//! What people do with alerts: look, take one on, put one off. Each act is audited in the transaction
//! that carries it out.

use changeover_domain::{AlertState, AuditAction, NoticeKind, UnixMs};
use changeover_store::AuditDraft;

use super::raise::{Step, notice};
use super::record::AlertRecord;
use super::view;
use crate::contract::{
    Acknowledgement, AlertAcknowledge, AlertList, AlertListed, AlertSnooze, AlertView, Snooze, Told,
};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::lever::said;

/// The longest note, in characters.
const LONGEST_NOTE: usize = 500;
/// How far ahead an alert may be put off.
const LONGEST_SNOOZE_MS: i64 = 30 * 24 * 3_600_000;

impl Engine {
    /// Alerts, what needs somebody first.
    ///
    /// # Errors
    /// Never; the signature is the contract's.
    #[expect(clippy::unused_async, reason = "every command is called in the same way")]
    pub async fn alert_list(&self, list: AlertList) -> Result<AlertListed, EngineError> {
        let state = self.state();
        let wanted =
            |record: &AlertRecord| list.normal || record.matter.alert.state() != AlertState::Normal;
        let alerts = state.alerts.iter().filter(|(_, record)| wanted(record));
        let mut alerts: Vec<AlertView> =
            alerts.map(|(key, record)| view::view(key, record, &self.setup().alerts)).collect();
        view::sort(&mut alerts);
        Ok(AlertListed { alerts })
    }

    /// Somebody takes an alert on. Only worse, and its end, is told from then on.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown key, [`EngineError::Invalid`] where nothing fires.
    pub async fn alert_acknowledge(
        &self,
        asked: AlertAcknowledge,
    ) -> Result<AlertView, EngineError> {
        let by = said(&asked.by, "name")?;
        let note = checked_note(&asked.note)?;
        let now = self.clock().now();
        let draft = AuditDraft {
            at: now,
            actor: by.clone(),
            action: AuditAction::AlertAcknowledged,
            subject: asked.key.clone(),
            reason: note.clone(),
            details: serde_json::json!({}),
        };
        self.act(asked.key, draft, move |record| {
            needs_somebody(record)?;
            record.matter.acknowledged = Some(Acknowledgement { by, at: now, note });
            Ok(record.matter.telling.is_known().then_some(NoticeKind::Acknowledged))
        })
        .await
    }

    /// Puts an alert off until a time, or ends that. It stays on the board meanwhile; what still
    /// fires then is told again.
    ///
    /// # Errors
    /// As [`Self::alert_acknowledge`], and [`EngineError::Invalid`] for a time that cannot be.
    pub async fn alert_snooze(&self, asked: AlertSnooze) -> Result<AlertView, EngineError> {
        let by = said(&asked.by, "name")?;
        let note = checked_note(&asked.note)?;
        let now = self.clock().now();
        check_snooze(asked.until, now)?;
        let draft = AuditDraft {
            at: now,
            actor: by.clone(),
            action: AuditAction::AlertSnoozed,
            subject: asked.key.clone(),
            reason: note,
            details: serde_json::json!({"until": asked.until}),
        };
        self.act(asked.key, draft, move |record| {
            if asked.until.is_some() {
                needs_somebody(record)?;
            }
            // A snooze that ends now ends like one whose time has come: what fires is told again.
            let until = asked.until.unwrap_or(now);
            let held = asked.until.is_some() || record.matter.snoozed.is_some();
            record.matter.snoozed = held.then_some(Snooze { by, at: now, until });
            Ok(None)
        })
        .await
    }

    /// Changes one alert, audited, and tells of it where that is a notice.
    async fn act(
        &self,
        key: String,
        draft: AuditDraft,
        change: impl FnOnce(&mut AlertRecord) -> Result<Option<NoticeKind>, EngineError>
        + Send
        + 'static,
    ) -> Result<AlertView, EngineError> {
        let engine = self.clone();
        self.whole(async move { engine.act_whole(&key, draft, change).await }).await
    }

    async fn act_whole(
        &self,
        key: &str,
        draft: AuditDraft,
        change: impl FnOnce(&mut AlertRecord) -> Result<Option<NoticeKind>, EngineError>,
    ) -> Result<AlertView, EngineError> {
        let _turn = self.alert_turn().await;
        let mut records = self.state().alerts.clone();
        let Some(record) = records.get_mut(key) else {
            let known: Vec<String> = records.keys().take(20).cloned().collect();
            return Err(EngineError::not_found("alert", key, known));
        };
        let mut notices = Vec::new();
        if let Some(kind) = change(record)? {
            record.matter.told = Some(Told { kind, at: draft.at, on_desktop: false });
            let mut told = notice(key, record, kind, draft.at);
            told.by = Some(draft.actor.clone());
            told.severity = record.matter.telling.severity().unwrap_or(told.severity);
            notices.push(told.bounded());
        }
        let answer = view::view(key, record, &self.setup().alerts);
        let step = Step { records, moved: vec![key.to_owned()], gone: Vec::new(), notices };
        self.keep_step(step, Some(draft)).await?;
        Ok(answer)
    }
}

fn needs_somebody(record: &AlertRecord) -> Result<(), EngineError> {
    if record.matter.alert.state() == AlertState::Normal {
        return Err(EngineError::invalid(
            "the alert is well: there is nothing to take on or put off",
            "for what is to come, make a maintenance window",
        ));
    }
    Ok(())
}

fn check_snooze(until: Option<UnixMs>, now: UnixMs) -> Result<(), EngineError> {
    let ahead = until.map_or(1, |until| until.millis_since(now));
    if (1..=LONGEST_SNOOZE_MS).contains(&ahead) {
        return Ok(());
    }
    Err(EngineError::invalid(
        "`until` must lie ahead, by 30 days at most",
        "choose a time to come; without one, the snooze ends now",
    ))
}

fn checked_note(note: &str) -> Result<String, EngineError> {
    let note = note.trim();
    if note.chars().count() > LONGEST_NOTE {
        return Err(EngineError::invalid(
            "a note has 500 characters at most",
            "say the rest where you keep such things, and put a link here",
        ));
    }
    Ok(note.to_owned())
}
