//! Webhooks of status pages, as the screen tells them. Secrets are in none of it.

use changeover_domain::{GatewayId, ProviderId, SourceId, UnixMs, WebhookPlatform};
use serde::Serialize;
use ts_rs::TS;

/// How webhooks come in, and which came last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct WebhooksView {
    /// The console's own receiver; `None` where none is configured, which is the usual.
    pub receiver: Option<ReceiverView>,
    /// The last hint of each page that had any since the start, by the page's id.
    pub hints: Vec<HintView>,
}

/// The console's own receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ReceiverView {
    /// `http://127.0.0.1:4180/hooks/`; the page's id and its secret are to be added.
    pub address: String,
    /// Whether it takes webhooks now.
    pub listening: bool,
    /// Why not, and what to do.
    pub problem: Option<String>,
    pub pages: Vec<ReceiverPage>,
    /// Deliveries that knew the path and whose signature did not fit.
    pub refused: u64,
    pub last_refusal: Option<ReceiverRefusal>,
}

/// A page whose webhooks the receiver takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ReceiverPage {
    pub page: SourceId,
    pub platform: WebhookPlatform,
    /// Only signed ones are taken.
    pub signed: bool,
}

/// A delivery that was turned away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ReceiverRefusal {
    pub page: SourceId,
    pub at: UnixMs,
    pub why: String,
}

/// "Hinted at 14:02:31 by eu-1": a reason to read the page, and never the page's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct HintView {
    pub source: SourceId,
    pub provider: ProviderId,
    pub platform: WebhookPlatform,
    pub at: UnixMs,
    pub way: HintWay,
    /// A signature was asked for, and it fitted.
    pub signed: bool,
    /// What a signed one said of itself, as received and not as believed.
    pub said: Option<String>,
    /// How many came for this page since the start.
    pub count: u64,
}

/// By which way a hint came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case", tag = "kind", content = "gateway")]
pub enum HintWay {
    /// The console's own receiver.
    Receiver,
    /// A gateway that relays.
    Gateway(GatewayId),
}
