//! What is done after a failed attempt: the table from failure classes to actions, per route.
//!
//! Not for what has begun to reach the caller (a broken answer is ended, never continued by
//! another provider), not for how long a retry waits ([`crate::retry`]) nor for which mode is the
//! next ([`crate::ladder`]).
//!
//! # What an entry says
//!
//! How often more the same target is asked while another one follows ([`Rule::retries`]), how
//! often when none does ([`Rule::retries_alone`]), how such a retry waits ([`Rule::wait`]), and
//! where the request goes when that is used up ([`Rule::then`]). Two numbers, because a standby
//! changes what a retry is worth: with one, a second attempt at a sick target only costs the
//! caller time; without one, it is all there is. A rate limit shows it best: the standby at once,
//! and only where there is none the wait that the vendor asks for.
//!
//! # What bounds the entry
//!
//! The class is the table's key, but the classifier read the vendor's own words and knows more of
//! this one failure. It never widens an entry, it bounds it:
//!
//! - what is not *retryable* is not retried, whatever the table says;
//! - no target is asked next of which it is known that it will say the same;
//! - a caller is not told off for what is not the caller's: where the usual table says "to the
//!   caller" and the failure is ours or theirs, the next target is asked first. A route that says
//!   `to_caller` in so many words gets it.
//!
//! Whoever cannot go where the entry points goes one step further down: next target, next mode,
//! caller. The end is always the caller, so every request gets an answer.
//!
//! A stream that broke with an error the vendor named counts as that error: the inner class is
//! looked up, and the entry of `error_in_stream` is for those that name none.

use std::collections::BTreeMap;

use changeover_domain::{FailureClass, Whose};
use serde::Deserialize;

/// The most retries at one target that a route may ask for.
pub const MOST_RETRIES: u32 = 5;

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// The same target again, after a pause of this kind, if time and budget allow one. If they
    /// do not, [`Matrix::onward`] says where to go instead.
    RetryHere(Wait),
    /// The next target, at once.
    NextTarget,
    /// The next lower mode of the route's ladder.
    NextMode,
    /// No provider and no mode will do better: tell the caller.
    ToCaller,
}

/// How a retry waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wait {
    /// Exponential backoff with full jitter, which may be next to nothing.
    Backoff,
    /// As the limit that was hit states, and never next to nothing.
    Throttle,
}

/// Where a request goes when no retry is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    NextTarget,
    NextMode,
    ToCaller,
}

/// One entry of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Further attempts at the same target while another target follows.
    pub retries: u32,
    /// Further attempts at the same target when no other follows.
    pub retries_alone: u32,
    pub wait: Wait,
    pub then: Then,
}

/// What a route's configuration changes in an entry; what is left out stays as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleChange {
    /// Holds without a standby too, unless `retries_alone` says otherwise.
    pub retries: Option<u32>,
    pub retries_alone: Option<u32>,
    pub then: Option<Then>,
}

/// Why a route's change cannot stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    #[error(
        "`{}` asks for {asked} retries at one target; at most {MOST_RETRIES} are allowed",
        class.as_str()
    )]
    TooManyRetries { class: FailureClass, asked: u32 },
    #[error(
        "`{}` is an answer that the same target gives again: allowed are 0 retries, or none named",
        class.as_str()
    )]
    RefusedForGood { class: FailureClass },
    #[error("`client_cancelled` has no caller left to serve: it cannot be changed, leave it out")]
    CallerGone,
}

impl RuleError {
    /// The entry that is meant.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        match self {
            Self::TooManyRetries { class, .. } | Self::RefusedForGood { class } => *class,
            Self::CallerGone => FailureClass::ClientCancelled,
        }
    }
}

/// A failure as the classifier describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedAttempt {
    pub class: FailureClass,
    /// With `error_in_stream`: what broke the stream.
    pub inner: Option<FailureClass>,
    /// The same request at the same target may succeed.
    pub retryable: bool,
    /// The same request at another target may succeed.
    pub next_target_helps: bool,
    pub whose: Whose,
}

/// Where the request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Attempts at this target so far, the failed one included.
    pub attempts_here: u32,
    /// A further target of the route lets through and fits the request.
    pub target_follows: bool,
    /// The route steps down by itself, and a lower mode is left.
    pub mode_follows: bool,
}

/// The table of one route: total over all classes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matrix {
    changed: BTreeMap<FailureClass, Changed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Changed {
    rule: Rule,
    /// The route itself named where the request goes.
    then_is_explicit: bool,
}

impl Matrix {
    /// The usual table with a route's changes.
    ///
    /// # Errors
    /// [`RuleError`] for a change that would ask a provider for the same refusal again, or too
    /// often.
    pub fn with_changes(changes: &BTreeMap<FailureClass, RuleChange>) -> Result<Self, RuleError> {
        let changed = changes
            .iter()
            .map(|(class, change)| Ok((*class, changed(*class, *change)?)))
            .collect::<Result<_, RuleError>>()?;
        Ok(Self { changed })
    }

    /// The entry of a class.
    #[must_use]
    pub fn rule(&self, class: FailureClass) -> Rule {
        self.entry(class).rule
    }

    fn entry(&self, class: FailureClass) -> Changed {
        let usual = || Changed { rule: usual_rule(class), then_is_explicit: false };
        self.changed.get(&class).copied().unwrap_or_else(usual)
    }

    /// What to do after this failure.
    #[must_use]
    pub fn action(&self, failed: &FailedAttempt, standing: &Standing) -> Action {
        let rule = self.rule(failed.cause());
        let elsewhere = standing.target_follows && failed.next_target_helps;
        let retries = if elsewhere { rule.retries } else { rule.retries_alone };
        if failed.retryable && standing.attempts_here <= retries {
            return Action::RetryHere(rule.wait);
        }
        self.onward(failed, standing)
    }

    /// What to do after this failure when the same target cannot be asked again: its retries are
    /// used up, its breaker has opened, or neither time nor budget is left for a pause.
    #[must_use]
    pub fn onward(&self, failed: &FailedAttempt, standing: &Standing) -> Action {
        let Changed { rule, then_is_explicit } = self.entry(failed.cause());
        let elsewhere = standing.target_follows && failed.next_target_helps;
        let not_the_callers = !then_is_explicit && !failed.is_the_callers();
        let down = if standing.mode_follows { Action::NextMode } else { Action::ToCaller };
        match rule.then {
            Then::NextTarget if elsewhere => Action::NextTarget,
            Then::NextTarget => down,
            Then::NextMode if standing.mode_follows => Action::NextMode,
            Then::NextMode if elsewhere && !failed.is_the_callers() => Action::NextTarget,
            Then::NextMode => Action::ToCaller,
            Then::ToCaller if not_the_callers && elsewhere => Action::NextTarget,
            Then::ToCaller if not_the_callers => down,
            Then::ToCaller => Action::ToCaller,
        }
    }
}

impl FailedAttempt {
    /// The class that decides: what broke a stream, if the vendor said so.
    #[must_use]
    pub fn cause(&self) -> FailureClass {
        self.inner.unwrap_or(self.class)
    }

    /// Whether this target has nothing more to say to this request, in a lower mode neither: who
    /// tries the targets again there leaves it out.
    #[must_use]
    pub fn rules_out_target(&self) -> bool {
        !self.retryable || is_refused_for_good(self.cause())
    }

    fn is_the_callers(&self) -> bool {
        self.whose == Whose::Caller || self.cause() == FailureClass::ClientCancelled
    }
}

fn changed(class: FailureClass, change: RuleChange) -> Result<Changed, RuleError> {
    if class == FailureClass::ClientCancelled {
        return Err(RuleError::CallerGone);
    }
    let usual = usual_rule(class);
    let retries = change.retries.unwrap_or(usual.retries);
    let alone = change.retries_alone.or(change.retries).unwrap_or(usual.retries_alone);
    let asked = retries.max(alone);
    if asked > MOST_RETRIES {
        return Err(RuleError::TooManyRetries { class, asked });
    }
    if asked > 0 && is_refused_for_good(class) {
        return Err(RuleError::RefusedForGood { class });
    }
    let then = change.then.unwrap_or(usual.then);
    let rule = Rule { retries, retries_alone: alone, then, ..usual };
    Ok(Changed { rule, then_is_explicit: change.then.is_some() })
}

/// Whether a provider that answered so gives the same answer to the same request: 400, 401, 403,
/// 404, 413 and 422 reach it exactly once, and so do an empty account and a used-up day.
#[must_use]
pub fn is_refused_for_good(class: FailureClass) -> bool {
    use FailureClass as Class;
    matches!(
        class,
        Class::InvalidRequest
            | Class::Authentication
            | Class::Permission
            | Class::ModelNotFound
            | Class::ContextLength
            | Class::PayloadTooLarge
            | Class::QuotaExhausted
            | Class::SpendCap
    )
}

/// The entry of a class where a route says nothing else.
///
/// A time-out is not repeated where it happened: it has cost enough. A connection that was refused
/// at once has cost nothing, and is. What the caller has to mend goes to the caller.
#[must_use]
pub fn usual_rule(class: FailureClass) -> Rule {
    use FailureClass as Class;
    let rule =
        |retries, retries_alone, then| Rule { retries, retries_alone, wait: Wait::Backoff, then };
    match class {
        Class::InvalidRequest
        | Class::ContextLength
        | Class::PayloadTooLarge
        | Class::ContentFilter
        | Class::Refusal
        | Class::Truncated
        | Class::ClientCancelled => rule(0, 0, Then::ToCaller),
        Class::Authentication
        | Class::Permission
        | Class::ModelNotFound
        | Class::QuotaExhausted
        | Class::SpendCap
        | Class::Tls
        | Class::TimeoutFirstToken
        | Class::TimeoutStall
        | Class::TimeoutTotal => rule(0, 0, Then::NextTarget),
        Class::Dns | Class::TimeoutConnect => rule(0, 1, Then::NextTarget),
        Class::RateLimited | Class::ConcurrencyLimited => {
            Rule { wait: Wait::Throttle, ..rule(0, 2, Then::NextTarget) }
        }
        Class::Connect | Class::Overloaded | Class::ServerError | Class::GatewayError => {
            rule(1, 2, Then::NextTarget)
        }
        Class::MalformedOutput
        | Class::MalformedToolCall
        | Class::Empty
        | Class::ErrorInStream
        | Class::Unknown => rule(1, 1, Then::NextTarget),
    }
}

#[cfg(test)]
#[path = "actions/tests.rs"]
mod tests;
