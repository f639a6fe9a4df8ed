//! What people do with messages: look, send one again, try a sink.

use std::time::Duration;

use changeover_domain::{
    AuditAction, Notice, NoticeKind, OutgoingId, OutgoingMessage, OutgoingState, Severity, Subject,
};
use changeover_store::{AlertMoves, AuditDraft};
use tokio::sync::watch;

use super::{WatchedSink, message};
use crate::contract::{OutgoingList, OutgoingListed, OutgoingRetry, SinkTest};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::lever::said;
use crate::review::checked_limit;
use crate::watch::paced;

/// How long a test is waited for. It goes on after that.
const PATIENCE: Duration = Duration::from_secs(12);
/// The least of the system's time.
const PATIENCE_FLOOR: Duration = Duration::from_secs(6);

impl Engine {
    /// Messages to sinks, newest first.
    ///
    /// # Errors
    /// [`EngineError::Store`], or [`EngineError::Invalid`] for a limit that cannot be.
    pub async fn outgoing_list(&self, list: OutgoingList) -> Result<OutgoingListed, EngineError> {
        let limit = checked_limit(list.limit)?;
        let sink = list.sink.as_ref();
        let asked = self.reader().outgoing_list(sink, list.undelivered, limit + 1).await?;
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = asked.len() > shown;
        Ok(OutgoingListed { messages: asked.into_iter().take(shown).collect(), more })
    }

    /// Queues a message that was given up, or waits for its time, for one attempt now.
    ///
    /// # Errors
    /// [`EngineError::NotFound`], or [`EngineError::Invalid`] where sending it would tell what is
    /// over.
    pub async fn outgoing_retry(
        &self,
        asked: OutgoingRetry,
    ) -> Result<OutgoingMessage, EngineError> {
        let by = self.actor(asked.by.as_deref())?;
        let found = self.reader().outgoing(&asked.id).await?;
        let known = ["see `outgoing_list`"];
        let found = found.ok_or_else(|| EngineError::not_found("message", &asked.id, known))?;
        self.check_retry(&found).await?;
        let now = self.clock().now();
        let queued = OutgoingMessage {
            state: OutgoingState::Queued,
            next_try_at: Some(now),
            begun_at: None,
            done_at: None,
            ..found
        };
        let draft = AuditDraft {
            at: now,
            actor: by,
            action: AuditAction::OutgoingRetried,
            subject: queued.sink.to_string(),
            reason: "asked for".to_owned(),
            details: serde_json::json!({"message": queued.id, "title": queued.notice.title}),
        };
        let (engine, settled, message) = (self.clone(), self.settled(), queued.clone());
        self.whole(async move {
            engine.store().0.outgoing_requeue(draft, &message).await?;
            engine.hurry_sinks(&[message]).await;
            Ok(())
        })
        .await?;
        self.tried_once(&queued, settled).await
    }

    async fn check_retry(&self, found: &OutgoingMessage) -> Result<(), EngineError> {
        let refuse = |message: &str, hint: &str| Err(EngineError::invalid(message, hint));
        if found.state == OutgoingState::Delivered {
            return refuse("the message has been delivered", "`sink_test` tries the sink");
        }
        self.known_sink(&found.sink)?;
        if self.reader().outgoing_is_overtaken(&found.id).await? {
            return refuse(
                "the sink has a later message about the same alert: this one would tell what is over",
                "look at the alert as it stands now",
            );
        }
        Ok(())
    }

    /// Sends a message that says that nothing is the matter, and waits for what becomes of it.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for a sink that is not configured.
    pub async fn sink_test(&self, asked: SinkTest) -> Result<OutgoingMessage, EngineError> {
        let by = self.actor(asked.by.as_deref())?;
        let keeps = self.known_sink(&asked.sink)?.sink.setup().keeps_incidents();
        let now = self.clock().now();
        let notice = test_notice(&asked, &by, now);
        let unnamed = || EngineError::invalid("the message got no id", "ask again");
        let test = message(&asked.sink, notice.clone(), now).ok_or_else(unnamed)?;
        let draft = AuditDraft {
            at: now,
            actor: by,
            action: AuditAction::SinkTested,
            subject: asked.sink.to_string(),
            reason: "test".to_owned(),
            details: serde_json::json!({"message": test.id}),
        };
        let mut messages = vec![test.clone()];
        if keeps {
            // What is opened for the test is closed after it; their order is kept.
            let over = Notice { kind: NoticeKind::Resolved, ..notice };
            messages.push(message(&asked.sink, over, now).ok_or_else(unnamed)?);
        }
        let moves = AlertMoves { messages, ..AlertMoves::default() };
        let (engine, settled) = (self.clone(), self.settled());
        self.whole(async move {
            engine.store().0.alerts_move(&moves, Some(draft)).await?;
            engine.hurry_sinks(&moves.messages).await;
            Ok(())
        })
        .await?;
        self.tried_once(&test, settled).await
    }

    /// The message when it has been tried once more, or as it is when that takes too long.
    async fn tried_once(
        &self,
        queued: &OutgoingMessage,
        mut settled: watch::Receiver<u64>,
    ) -> Result<OutgoingMessage, EngineError> {
        let tried = async {
            loop {
                let now = self.outgoing(&queued.id).await?;
                if now.attempts > queued.attempts || settled.changed().await.is_err() {
                    return Ok(now);
                }
            }
        };
        let patience = paced(self.clock(), PATIENCE, PATIENCE_FLOOR);
        match self.clock().timeout(patience, tried).await {
            Ok(answer) => answer,
            Err(_) => self.outgoing(&queued.id).await,
        }
    }

    async fn outgoing(&self, id: &OutgoingId) -> Result<OutgoingMessage, EngineError> {
        let found = self.reader().outgoing(id).await?;
        found.ok_or_else(|| EngineError::not_found("message", id, ["see `outgoing_list`"]))
    }

    fn known_sink(&self, id: &changeover_domain::SinkId) -> Result<&WatchedSink, EngineError> {
        let found = self.sinks().iter().find(|watched| watched.sink.setup().id == *id);
        let known = self.sinks().iter().map(|watched| &watched.sink.setup().id);
        found.ok_or_else(|| EngineError::not_found("sink", id, known))
    }

    fn actor(&self, by: Option<&str>) -> Result<String, EngineError> {
        by.map_or_else(|| Ok(self.setup().operator.clone()), |by| said(by, "name"))
    }
}

fn test_notice(asked: &SinkTest, by: &str, now: changeover_domain::UnixMs) -> Notice {
    Notice {
        kind: NoticeKind::Test,
        key: format!("changeover/test/{}", asked.sink),
        rule: "test".to_owned(),
        subject: Subject::Everything,
        severity: Severity::Info,
        title: "Changeover reaches this place".to_owned(),
        text: "Nothing is the matter: somebody tries whether notices arrive.".to_owned(),
        children: Vec::new(),
        at: now,
        since: now,
        by: Some(by.to_owned()),
    }
}
