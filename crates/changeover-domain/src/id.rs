//! Names of things. An id is short, printable and safe in a URL path, a file name and a log line.
//! It is copied wherever something is counted or told, so its copies share one text.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The longest id that is accepted, in bytes.
pub const MAX_ID_LENGTH: usize = 96;

/// Why a text cannot be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` cannot be {kind}: use 1 to {MAX_ID_LENGTH} of the characters a-z, 0-9, `-`, `_`, `.` and `:`"
)]
pub struct IdError {
    kind: &'static str,
    text: String,
}

fn is_valid(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_ID_LENGTH
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.:".contains(&byte)
        })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(try_from = "String", into = "String")]
        #[ts(type = "string")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text as an id, or says which characters are allowed.
            ///
            /// # Errors
            /// [`IdError`] when the text is empty, too long or has other characters.
            pub fn try_new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                if is_valid(&text) {
                    Ok(Self(text.into()))
                } else {
                    let text = text.chars().take(MAX_ID_LENGTH).collect();
                    Err(IdError { kind: $kind, text })
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::try_new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::try_new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

id!(
    /// A vendor account: one fault domain.
    ProviderId, "a provider id"
);
id!(
    /// Provider, model and region: what can serve a request.
    TargetId, "a target id"
);
id!(
    /// A class of traffic.
    RouteId, "a route id"
);
id!(
    /// A process (or a fleet of replicas) that carries routes' traffic.
    GatewayId, "a gateway id"
);
id!(
    /// One stretch of trouble by our own judgement.
    EpisodeId, "an episode id"
);
id!(
    /// One page or feed that is polled.
    SourceId, "a source id"
);
id!(
    /// One request through a gateway.
    RequestId, "a request id"
);
id!(
    /// One fallback period in the ledger.
    PeriodId, "a fallback period id"
);
id!(
    /// A place to which notices are sent.
    SinkId, "a sink id"
);
id!(
    /// One notice to one sink.
    OutgoingId, "an outgoing message's id"
);
id!(
    /// A maintenance window of our own.
    WindowId, "a maintenance window id"
);

/// One incident of one source. The native part is the page's own and may be any text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub struct IncidentId {
    /// The page or feed that declared it.
    pub source: SourceId,
    /// The page's own id, guid or link; never interpreted.
    pub native: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_refuses_what_would_need_escaping_in_a_url_or_file_name() {
        for bad in ["", "Chat", "a b", "a/b", "../x", "é", &"x".repeat(97)] {
            assert!(RouteId::try_new(bad).is_err(), "{bad:?} must be refused");
        }
        assert_eq!(
            TargetId::try_new("claude-opus-4.5").map(|id| id.to_string()),
            Ok("claude-opus-4.5".into())
        );
    }

    #[test]
    fn an_id_is_checked_when_it_comes_from_json() {
        let refused = serde_json::from_str::<RouteId>("\"a/b\"").unwrap_err().to_string();
        assert!(refused.contains("a route id"), "the error names what was expected: {refused}");
    }
}
