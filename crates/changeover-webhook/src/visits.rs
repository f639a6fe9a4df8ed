//! What a receiver remembers of each page's webhooks: how often they came, and which.

use std::collections::BTreeMap;

use changeover_domain::{PageHint, SourceId, UnixMs};

use crate::door::{Checked, Door};
use crate::rate::{Limited, Rate};
use crate::replay::Replays;

/// The memory of one receiver. As large as its doors are many.
#[derive(Debug, Default)]
pub struct Visits {
    pages: BTreeMap<SourceId, Visited>,
}

#[derive(Debug, Default)]
struct Visited {
    rate: Rate,
    replays: Replays,
}

impl Visits {
    /// Lets one more request of a door in, before its body is read.
    ///
    /// # Errors
    /// [`Limited`] when its page sent too many.
    pub fn admit(&mut self, door: &Door, now: UnixMs) -> Result<(), Limited> {
        self.page(door).rate.take(now)
    }

    /// The hint, unless the same signed delivery came before. Unsigned ones cannot be told apart.
    pub fn news(&mut self, door: &Door, checked: Checked) -> Option<PageHint> {
        let Checked { seal, hint } = checked;
        let replays = &mut self.page(door).replays;
        let is_new = seal.is_none_or(|seal| replays.note(seal, hint.received_at));
        is_new.then_some(hint)
    }

    fn page(&mut self, door: &Door) -> &mut Visited {
        self.pages.entry(door.page().clone()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::WebhookPlatform;
    use changeover_http::Secret;
    use http::HeaderMap;

    use super::*;
    use crate::{Delivery, SigningKey, sign};

    const NOW: UnixMs = UnixMs(1_790_000_000_000);
    const BODY: &[u8] = br#"{"incident": {"name": "Errors", "status": "identified"}}"#;

    fn door(page: &str, signing: &[Secret]) -> Door {
        let page = SourceId::try_new(page).unwrap();
        let secret = Secret::new("0123456789abcdef01234567");
        Door::try_new(page, WebhookPlatform::Other, &secret, signing).unwrap()
    }

    fn signing() -> Secret {
        Secret::new("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3")
    }

    fn signed(id: &str) -> HeaderMap {
        let key = SigningKey::try_new(WebhookPlatform::Other, &signing()).unwrap();
        let signature = sign(&key, id, NOW, BODY);
        let pairs = [
            ("webhook-id", id),
            ("webhook-timestamp", "1790000000"),
            ("webhook-signature", signature.as_str()),
        ];
        pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .into_iter()
            .collect()
    }

    fn came(visits: &mut Visits, door: &Door, headers: &HeaderMap, at: UnixMs) -> Option<PageHint> {
        let checked = door.check(Delivery { headers, body: BODY, at }).ok()?;
        visits.news(door, checked)
    }

    #[test]
    fn an_unsigned_delivery_is_a_hint_and_its_body_is_not_looked_into() {
        let mut visits = Visits::default();
        let door = door("claude", &[]);
        for at in [NOW, NOW] {
            let hint = came(&mut visits, &door, &signed("m"), at).unwrap();
            assert_eq!((hint.signed, hint.said), (false, None));
        }
    }

    #[test]
    fn a_signed_delivery_is_news_once_and_told_as_received() {
        let mut visits = Visits::default();
        let door = door("claude", &[signing()]);
        let hint = came(&mut visits, &door, &signed("m"), NOW).unwrap();
        assert_eq!(hint.said.as_deref(), Some("incident: Errors (identified)"));
        assert!(hint.signed && hint.received_at == NOW);
        assert_eq!(came(&mut visits, &door, &signed("m"), NOW.plus_millis(5)), None, "a replay");
        assert!(came(&mut visits, &door, &signed("n"), NOW).is_some());
        assert_eq!(came(&mut visits, &door, &HeaderMap::new(), NOW), None, "not signed");
    }

    #[test]
    fn one_page_that_sends_too_much_does_not_shut_another_out() {
        let mut visits = Visits::default();
        let (loud, calm) = (door("loud", &[]), door("calm", &[]));
        while visits.admit(&loud, NOW).is_ok() {}
        assert_eq!(visits.admit(&calm, NOW), Ok(()));
    }
}
