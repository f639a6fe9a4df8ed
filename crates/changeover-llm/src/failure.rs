//! Why an attempt failed, and what that means for the next one.

use std::time::Duration;

use changeover_domain::{FailureClass, TokenUsage, Whose};

use crate::answer::{Account, RateLimits};
use crate::canonical::FinishReason;
use crate::classify::Classified;

/// One failed attempt.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}: {why}", class.as_str())]
pub struct Failure {
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
    /// `None` when no HTTP answer came.
    pub http_status: Option<u16>,
    /// How long the vendor asks to wait. It is sometimes wrong, so obey it within limits.
    pub retry_after: Option<Duration>,
    /// In a box: most of the time nobody looks at it.
    pub vendor: Box<VendorMarks>,
    /// What the failed attempt used all the same, where the vendor says so.
    pub usage: Option<TokenUsage>,
    /// The answer broke off, so more may have been used than was counted by then.
    pub usage_is_partial: bool,
    /// The vendor answered, and this side's own demands on answers found fault with it. It may be
    /// the demands: nobody can fit a schema that contradicts itself. So it says nothing about whether
    /// the target works.
    pub is_verdict: bool,
}

/// What a vendor's answer tells beside the failure itself: by which names it is known there, and
/// how the vendor counts us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VendorMarks {
    /// What it calls it: its type and code. A name, never a sentence.
    pub code: Option<String>,
    /// The request's id there.
    pub request_id: Option<String>,
    /// What is left of its limits; a refusal is when that is asked for most. Empty where the client
    /// does not read them.
    pub rate_limits: RateLimits,
    pub account: Option<Box<Account>>,
}

impl Failure {
    /// A failure on this side of any HTTP answer.
    #[must_use]
    pub fn without_answer(class: FailureClass, why: impl Into<String>) -> Self {
        Self::from_classified(Classified::usual(class, why))
    }

    /// What the classifier found, still without its circumstances.
    #[must_use]
    pub fn from_classified(found: Classified) -> Self {
        Self {
            class: found.class,
            inner: found.inner,
            whose: found.whose,
            retryable: found.retryable,
            next_target_helps: found.next_target_helps,
            why: found.why,
            http_status: None,
            retry_after: found.retry_after,
            vendor: Box::new(VendorMarks { code: found.vendor_code, ..VendorMarks::default() }),
            usage: None,
            usage_is_partial: false,
            is_verdict: false,
        }
    }

    /// The failure in names and numbers only, for whoever may not read what was asked and answered:
    /// a vendor's sentence may repeat it, and so may a judge's.
    #[must_use]
    pub fn outline(&self) -> String {
        let mut outline = self.class.as_str().to_owned();
        if let Some(inner) = self.inner {
            outline.push_str(&format!(" ({})", inner.as_str()));
        }
        if let Some(status) = self.http_status {
            outline.push_str(&format!(", HTTP {status}"));
        }
        if let Some(code) = &self.vendor.code {
            outline.push_str(&format!(", vendor's code `{code}`"));
        }
        outline
    }

    /// The way a model's answer ends politely in an application's dialect, when this failure is
    /// about what the model wrote and not about the transport.
    #[must_use]
    pub fn finish_reason(&self) -> Option<FinishReason> {
        match self.class {
            FailureClass::ContentFilter => Some(FinishReason::ContentFilter),
            FailureClass::Refusal => Some(FinishReason::Refusal),
            FailureClass::Truncated => Some(FinishReason::Length),
            _ => None,
        }
    }
}
