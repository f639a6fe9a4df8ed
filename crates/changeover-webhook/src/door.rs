//! Doors: the addresses at which one page's webhooks are taken, each with a secret of its own.

use std::fmt;

use changeover_domain::{PageHint, SourceId, UnixMs, WebhookPlatform};
use changeover_http::Secret;
use http::HeaderMap;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::replay::Seal;
use crate::said::said;
use crate::signature::{SignatureError, verify};
use crate::{KeyError, PREFIX, SigningKey};

/// The most doors of one receiver.
pub const MOST_DOORS: usize = 64;
/// The fewest characters of a secret: 24 hexadecimal ones have 96 bits.
const SECRET_CHARS: usize = 24;
/// The longest path that is looked at, in bytes.
const PATH_BYTES: usize = 1_024;
/// The most keys of one door: the one in use, the next, and room for a slip.
const MOST_KEYS: usize = 4;

/// Why there is no such door.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    #[error(
        "it becomes part of an address: use at least {SECRET_CHARS} of the characters A-Z, a-z, \
         0-9, `-` and `_`, drawn at random (`openssl rand -hex 24` makes some)"
    )]
    Secret,
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("at most {MOST_KEYS} signing keys: the one in use and those before and after it")]
    TooManyKeys,
}

/// One door. Its secret is kept as a digest only.
#[derive(Clone)]
pub struct Door {
    page: SourceId,
    platform: WebhookPlatform,
    address: [u8; 32],
    keys: Vec<SigningKey>,
    fingerprint: [u8; 32],
}

/// What came to a door.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    pub headers: &'a HeaderMap,
    /// As it came: a signature is over the bytes.
    pub body: &'a [u8],
    pub at: UnixMs,
}

/// A delivery whose signature fits, or of which none was asked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// `None` where no signature was asked for.
    pub(crate) seal: Option<Seal>,
    pub(crate) hint: PageHint,
}

impl Door {
    /// A door of `page`. With keys, only what one of them signed is let in.
    ///
    /// # Errors
    /// [`DoorError`] where a secret or a key could be guessed or is not in its form.
    pub fn try_new(
        page: SourceId,
        platform: WebhookPlatform,
        secret: &Secret,
        signing: &[Secret],
    ) -> Result<Self, DoorError> {
        let text = secret.expose();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if text.len() < SECRET_CHARS || text.len() > PATH_BYTES / 2 || !text.bytes().all(fits) {
            return Err(DoorError::Secret);
        }
        if signing.len() > MOST_KEYS {
            return Err(DoorError::TooManyKeys);
        }
        let keys = signing.iter().map(|secret| SigningKey::try_new(platform, secret));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let address = digest(&[page.as_str(), text]);
        let signing = signing.iter().map(Secret::expose);
        let parts: Vec<&str> = [platform.as_str(), text].into_iter().chain(signing).collect();
        Ok(Self { page, platform, address, keys, fingerprint: digest(&parts) })
    }

    /// Whose door it is.
    #[must_use]
    pub fn page(&self) -> &SourceId {
        &self.page
    }

    /// Who is expected to send.
    #[must_use]
    pub fn platform(&self) -> WebhookPlatform {
        self.platform
    }

    /// Whether only signed deliveries are let in.
    #[must_use]
    pub fn asks_for_signatures(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether both stand at one address, so that only one of them could ever be found.
    #[must_use]
    pub fn opens_as(&self, other: &Self) -> bool {
        self.address == other.address
    }

    /// Differs whenever anything about the door differs, and tells nothing of it.
    #[must_use]
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// Checks what came. The body of an unsigned delivery is not even looked into.
    ///
    /// # Errors
    /// [`SignatureError`] where a signature is asked for and none fits.
    pub fn check(&self, delivery: Delivery<'_>) -> Result<Checked, SignatureError> {
        let Delivery { headers, body, at } = delivery;
        let signed = self.asks_for_signatures();
        let seal = signed.then(|| verify(self.platform, &self.keys, headers, body, at));
        let seal = seal.transpose()?;
        let hint = PageHint {
            page: self.page.clone(),
            platform: self.platform,
            received_at: at,
            signed,
            said: signed.then(|| said(body)).flatten(),
        };
        Ok(Checked { seal, hint })
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Door({} {}, {} keys)", self.page, self.platform.as_str(), self.keys.len())
    }
}

impl PartialEq for Door {
    fn eq(&self, other: &Self) -> bool {
        self.page == other.page && self.fingerprint == other.fingerprint
    }
}

impl Eq for Door {}

/// All doors of one receiver; none is the usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doors(Vec<Door>);

impl Doors {
    /// Takes the doors. More than [`MOST_DOORS`] are for the configuration to refuse.
    #[must_use]
    pub fn new(doors: Vec<Door>) -> Self {
        Self(doors)
    }

    /// Every door.
    pub fn iter(&self) -> impl Iterator<Item = &Door> {
        self.0.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The door to which a path leads: `/hooks/{page}/{secret}`, and slashes may be doubled, as some
    /// senders make them. Every door is compared in full, so that the time taken tells nothing
    /// about how much of a guess was right, or whether there is such a page.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Door> {
        if self.0.is_empty() || path.len() > PATH_BYTES {
            return None;
        }
        let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let [prefix, page, secret] = segments.as_slice() else { return None };
        if *prefix != PREFIX {
            return None;
        }
        let shown = digest(&[page, secret]);
        self.0.iter().fold(None, |found, door| {
            if bool::from(shown.ct_eq(&door.address)) { Some(door) } else { found }
        })
    }
}

/// A digest of several texts, each with its length, so that none flows over into the next.
fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef01234567";
    const OTHER: &str = "fedcba98-76543210_FEDCBA98";

    fn door(page: &str, secret: &str) -> Result<Door, DoorError> {
        let page = SourceId::try_new(page).unwrap();
        Door::try_new(page, WebhookPlatform::Statuspage, &Secret::new(secret), &[])
    }

    fn doors() -> Doors {
        Doors::new(vec![door("claude", SECRET).unwrap(), door("openai", OTHER).unwrap()])
    }

    fn found(path: &str) -> Option<String> {
        doors().find(path).map(|door| door.page().to_string())
    }

    #[test]
    fn a_door_opens_to_its_own_secret_only() {
        assert_eq!(found(&format!("/hooks/claude/{SECRET}")).as_deref(), Some("claude"));
        assert_eq!(found(&format!("/hooks/openai/{OTHER}")).as_deref(), Some("openai"));
        assert_eq!(found(&format!("/hooks/openai/{SECRET}")), None, "another page's secret");
        for wrong in ["/", "/hooks", "/hooks/claude", "/hooks/claude/", "/hooks/claude/x", "*", ""]
        {
            assert_eq!(found(wrong), None, "{wrong}");
        }
        let (short, _) = SECRET.split_at(23);
        assert_eq!(found(&format!("/hooks/claude/{short}")), None);
        assert_eq!(found(&format!("/hooks/claude/{SECRET}/more")), None);
        assert_eq!(found(&format!("/hooks/claude/{SECRET}{}", "/".repeat(2_000))), None, "bounded");
        assert_eq!(found(&format!("/hook/claude/{SECRET}")), None);
        assert!(Doors::default().find(&format!("/hooks/claude/{SECRET}")).is_none());
    }

    #[test]
    fn doubled_slashes_lead_to_the_same_door() {
        assert_eq!(found(&format!("//hooks//claude/{SECRET}/")).as_deref(), Some("claude"));
    }

    #[test]
    fn a_secret_that_can_be_guessed_or_is_no_path_is_refused_and_not_repeated() {
        for secret in
            ["", "hunter2hunter2hunter2", "with/slash/in/it/and/long", "späße-in-einem-pfad-drin"]
        {
            let refused = door("claude", secret).unwrap_err();
            assert_eq!(refused, DoorError::Secret, "{secret}");
            assert!(!refused.to_string().contains("hunter2"));
        }
        let shown = format!("{:?}", doors());
        assert!(!shown.contains("0123") && shown.contains("claude"), "{shown}");
    }

    #[test]
    fn any_difference_shows_in_the_fingerprint() {
        let page = || SourceId::try_new("p").unwrap();
        let keys = ["0123456789abcdef", "fedcba9876543210"].map(Secret::new);
        let make = |platform, secret: &str, keys: &[Secret]| {
            Door::try_new(page(), platform, &Secret::new(secret), keys).unwrap()
        };
        let platform = WebhookPlatform::Instatus;
        let [first, second] = &keys;
        let all = [
            make(platform, SECRET, &[]),
            make(WebhookPlatform::Other, SECRET, &[]),
            make(platform, OTHER, &[]),
            make(platform, SECRET, std::slice::from_ref(first)),
            make(platform, SECRET, std::slice::from_ref(second)),
            make(platform, SECRET, &keys),
        ];
        for (n, one) in all.iter().enumerate() {
            assert!(all.iter().skip(n + 1).all(|other| one != other), "{n}");
            assert_eq!(one, &one.clone());
        }
    }
}
