//! Hints: that a status page may have something new to say. Never what it says.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{SourceId, UnixMs};

/// Who sends a webhook: it decides how one is signed and how its body is told in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WebhookPlatform {
    /// Never signs.
    Statuspage,
    /// Signs as Standard Webhooks says.
    IncidentIo,
    /// Signs in a way of its own, without a time.
    Instatus,
    /// Never signs.
    BetterStack,
    /// A forwarder of one's own, or a platform that is not named here.
    Other,
}

impl WebhookPlatform {
    /// All of them, for lists of what is allowed.
    pub const ALL: [Self; 5] =
        [Self::Statuspage, Self::IncidentIo, Self::Instatus, Self::BetterStack, Self::Other];

    /// As it stands in configuration and documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Statuspage => "statuspage",
            Self::IncidentIo => "incident_io",
            Self::Instatus => "instatus",
            Self::BetterStack => "better_stack",
            Self::Other => "other",
        }
    }
}

/// A webhook came for a page. It is a reason to read the page now and nothing more: the page's own
/// address is what is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PageHint {
    /// The page's id in the console's configuration.
    pub page: SourceId,
    pub platform: WebhookPlatform,
    /// By the clock of whoever received it.
    pub received_at: UnixMs,
    /// A signature was asked for, and it fitted.
    pub signed: bool,
    /// What a signed one says of itself, in one short line of plain text. `None` for an unsigned
    /// one, whose body nobody looks into.
    pub said: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_written_as_it_is_read() {
        for platform in WebhookPlatform::ALL {
            let written = serde_json::to_value(platform).unwrap();
            assert_eq!(written, platform.as_str());
        }
    }
}
