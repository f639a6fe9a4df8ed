//! What an answer was found to be, and how a rule says it.

use std::time::Duration;

use changeover_domain::{FailureClass, Whose};

use super::envelope::ErrorBody;
use super::words::excerpt;

/// No sentence is longer: it stands in a list, a log line and a header.
const LONGEST_WHY: usize = 300;

/// What an answer was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classified {
    pub class: FailureClass,
    /// With [`FailureClass::ErrorInStream`]: what broke the stream.
    pub inner: Option<FailureClass>,
    pub whose: Whose,
    /// The same request at the same target may succeed after a short wait.
    pub retryable: bool,
    /// The same request at another target may succeed.
    pub next_target_helps: bool,
    /// A short sentence without secrets.
    pub why: String,
    /// What the vendor calls it: its type and code, one of them, or nothing that is a name.
    pub vendor_code: Option<String>,
    /// How long the vendor asks to wait.
    pub retry_after: Option<Duration>,
}

impl Classified {
    /// The class with what usually goes with it.
    #[must_use]
    pub fn usual(class: FailureClass, why: impl Into<String>) -> Self {
        Self {
            class,
            inner: None,
            whose: class.usually_whose(),
            retryable: usually_retryable(class),
            next_target_helps: usually_next_target_helps(class),
            why: why.into(),
            vendor_code: None,
            retry_after: None,
        }
    }

    pub(crate) fn whose(mut self, whose: Whose) -> Self {
        self.whose = whose;
        self
    }

    pub(crate) fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    pub(crate) fn next_target_helps(mut self, helps: bool) -> Self {
        self.next_target_helps = helps;
        self
    }

    /// The same, having broken a stream that had begun well.
    pub(crate) fn in_stream(self) -> Self {
        Self { inner: Some(self.class), class: FailureClass::ErrorInStream, ..self }
    }

    /// Adds the vendor's own words, masked and cut, and what it calls the error.
    pub(super) fn quoting(mut self, error: &ErrorBody) -> Self {
        self.vendor_code = error.code_name();
        let quote = excerpt(&error.message);
        if !quote.is_empty() {
            self.why = format!("{}: {quote}", self.why).chars().take(LONGEST_WHY).collect();
        }
        self
    }
}

fn usually_retryable(class: FailureClass) -> bool {
    matches!(
        class,
        FailureClass::Connect
            | FailureClass::Dns
            | FailureClass::TimeoutConnect
            | FailureClass::TimeoutFirstToken
            | FailureClass::TimeoutStall
            | FailureClass::TimeoutTotal
            | FailureClass::RateLimited
            | FailureClass::ConcurrencyLimited
            | FailureClass::Overloaded
            | FailureClass::ServerError
            | FailureClass::GatewayError
            | FailureClass::MalformedOutput
            | FailureClass::MalformedToolCall
            | FailureClass::Empty
            | FailureClass::ErrorInStream
    )
}

fn usually_next_target_helps(class: FailureClass) -> bool {
    !matches!(
        class,
        FailureClass::InvalidRequest
            | FailureClass::PayloadTooLarge
            | FailureClass::Truncated
            | FailureClass::ClientCancelled
    )
}
