//! The sandbox's webhooks: one simulated page calls our own receiver, unsigned, another one a gateway,
//! signed. Their secrets are made anew at each start, and known to nobody outside this process.

use std::net::{Ipv4Addr, SocketAddr};

use changeover_domain::{ProviderId, SourceId, WebhookPlatform};
use changeover_http::Secret;
use changeover_sandbox::{PageSubscriber, World};
use changeover_status::WebhookSettings;
use changeover_webhook::{Door, Doors, PREFIX};

use crate::start::StartError;

/// Calls us: the provider, and its page.
const TO_US: (&str, &str) = ("openai", "openai-status");
/// Calls a gateway.
const TO_RELAY: (&str, &str) = ("gemini", "gemini-status");

/// Who calls whom, and by which secrets.
pub(super) struct Calls {
    path: Secret,
    relay_path: Secret,
    relay_key: Secret,
    to_us: ProviderId,
    to_relay: ProviderId,
}

impl Calls {
    pub(super) fn new() -> Result<Self, StartError> {
        let random = || uuid::Uuid::new_v4().simple().to_string();
        Ok(Self {
            path: Secret::new(&random()),
            relay_path: Secret::new(&random()),
            // Its digits are Base64 too, of 24 bytes.
            relay_key: Secret::new(&format!("whsec_{}", random())),
            to_us: ProviderId::try_new(TO_US.0)?,
            to_relay: ProviderId::try_new(TO_RELAY.0)?,
        })
    }

    /// What our own receiver takes, on a port of loopback that is free.
    pub(super) fn received(&self) -> Result<WebhookSettings, StartError> {
        let page = SourceId::try_new(TO_US.1)?;
        let door = Door::try_new(page, WebhookPlatform::Statuspage, &self.path, &[])?;
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Ok(WebhookSettings { listen, doors: Doors::new(vec![door]) })
    }

    /// What the gateway takes that relays.
    pub(super) fn relayed(&self) -> Result<Doors, StartError> {
        let page = SourceId::try_new(TO_RELAY.1)?;
        let keys = std::slice::from_ref(&self.relay_key);
        let door = Door::try_new(page, WebhookPlatform::Other, &self.relay_path, keys)?;
        Ok(Doors::new(vec![door]))
    }

    pub(super) fn subscribe_receiver(&self, world: &World, at: SocketAddr) {
        world.subscribe(PageSubscriber {
            provider: self.to_us.clone(),
            url: format!("http://{at}/{PREFIX}/{}/{}", TO_US.1, self.path.expose()),
            signing: None,
        });
    }

    pub(super) fn subscribe_relay(&self, world: &World, base_url: &str) {
        world.subscribe(PageSubscriber {
            provider: self.to_relay.clone(),
            url: format!("{base_url}/{PREFIX}/{}/{}", TO_RELAY.1, self.relay_path.expose()),
            signing: Some(self.relay_key.clone()),
        });
    }
}
