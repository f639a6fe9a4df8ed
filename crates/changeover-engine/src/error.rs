//! What a command can end in, other than its answer. Kinds are those a caller acts on.

use changeover_store::StoreError;

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The request cannot be; asking again does not help.
    #[error("{message}")]
    Invalid { message: String, hint: String },
    /// There is no such thing.
    #[error("there is no {what} `{id}`")]
    NotFound { what: &'static str, id: String, known: String },
    /// Somebody changed the route since it was looked at.
    #[error("{message}")]
    Stale { message: String },
    /// A safety rule forbids it.
    #[error("{message}")]
    Interlock { message: String, names: Vec<String> },
    /// Nobody who could do it answers.
    #[error("{message}")]
    Unavailable { message: String, hint: String },
    /// What was asked could not be put on disk or read from it; nothing was changed.
    #[error("the history could not be read or written")]
    Store(#[from] StoreError),
}

impl EngineError {
    pub(crate) fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), hint: hint.into() }
    }

    pub(crate) fn not_found(
        what: &'static str,
        id: &(impl ToString + ?Sized),
        known: impl IntoIterator<Item = impl ToString>,
    ) -> Self {
        let known: Vec<String> = known.into_iter().map(|id| id.to_string()).collect();
        Self::NotFound { what, id: id.to_string(), known: known.join(", ") }
    }
}
