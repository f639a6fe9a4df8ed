//! `[webhooks]`: the console's own receiver.

use std::net::SocketAddr;

use changeover_config::{ConfigError, ConfigSource, Spanned, StatusPlatform};
use changeover_domain::{SourceId, WebhookPlatform};
use changeover_status::WebhookSettings;
use changeover_webhook::{DoorConfig, doors};
use serde::Deserialize;

use crate::setup::StatusPage;

/// `[webhooks]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhooksConfig {
    listen: Spanned<SocketAddr>,
    #[serde(default)]
    pages: Vec<DoorConfig>,
}

impl WebhooksConfig {
    /// The receiver, for pages that are watched.
    pub(super) fn checked(
        &self,
        watched: &[StatusPage],
        source: &ConfigSource,
    ) -> Result<WebhookSettings, ConfigError> {
        if self.pages.is_empty() {
            let problem = "a receiver without pages takes nothing: add `[[webhooks.pages]]`";
            return Err(source.refused(&self.listen.span(), problem));
        }
        let usual = |page: &SourceId| {
            let found = watched.iter().find(|watched| watched.id == *page);
            let usual = found.map(|page| Some(sent_by(page.platform)));
            usual.ok_or_else(|| {
                let known: Vec<&str> = watched.iter().map(|page| page.id.as_str()).collect();
                let known = known.join(", ");
                format!("no status page `{page}` is watched; watched are: {known}")
            })
        };
        let doors = doors(&self.pages, usual, source)?;
        Ok(WebhookSettings { listen: *self.listen.get_ref(), doors })
    }
}

/// Who sends the webhooks of a page on this platform.
fn sent_by(platform: StatusPlatform) -> WebhookPlatform {
    match platform {
        StatusPlatform::Statuspage => WebhookPlatform::Statuspage,
        StatusPlatform::IncidentIo => WebhookPlatform::IncidentIo,
        StatusPlatform::Instatus => WebhookPlatform::Instatus,
        StatusPlatform::BetterStack => WebhookPlatform::BetterStack,
        _ => WebhookPlatform::Other,
    }
}
