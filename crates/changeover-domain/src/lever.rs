//! Overrides: what an operator wants for one route, for how long and why.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ForcedBreaker, Mode, RouteId, TargetId, UnixMs};

/// The number of an override's revision on one route. The writer chooses it, higher than any that
/// a gateway has; a gateway reports the one it has loaded.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(transparent)]
pub struct Generation(pub u64);

impl Generation {
    /// The revision after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What a gateway does when an override runs out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum OnExpiry {
    /// Back to auto, but only if the primary's breaker would let it through; else hold and raise
    /// the alarm.
    #[default]
    ReturnIfHealthy,
    /// Stay as it is until somebody decides.
    Hold,
}

/// What an operator wants for one route. An overlay: the gateway's own configuration stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Override {
    pub route: RouteId,
    /// `None` leaves the choice of the target to the gateway.
    pub target: Option<TargetId>,
    #[serde(default)]
    pub mode: Mode,
    #[serde(default)]
    pub forced_breakers: Vec<ForcedBreaker>,
    /// Who answers for it.
    pub holder: String,
    pub reason: String,
    /// When it runs out; every override does.
    pub until: UnixMs,
    #[serde(default)]
    pub on_expiry: OnExpiry,
}

/// The longest an override may last: a fallback that is meant to stay belongs into the
/// configuration.
pub const MAX_OVERRIDE: Duration = Duration::from_secs(7 * 24 * 3600);
/// The longest holder or reason, in characters.
pub const MAX_OVERRIDE_TEXT: usize = 500;

/// Why an override is refused before anything is asked of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverrideError {
    #[error("an override needs a holder: say who answers for it")]
    NoHolder,
    #[error("an override needs a reason: say why, for whoever reads it next")]
    NoReason,
    #[error("holder and reason hold at most {MAX_OVERRIDE_TEXT} characters each")]
    TextTooLong,
    #[error("`until` lies in the past: choose a time to come")]
    UntilPast,
    #[error("`until` lies more than seven days ahead: change the configuration instead")]
    UntilTooFar,
    #[error("the override changes nothing: choose a target, a mode or a breaker")]
    Nothing,
}

impl Override {
    /// Checks what can be checked without knowing the route.
    ///
    /// # Errors
    /// [`OverrideError`] naming the first rule that is broken.
    pub fn check(&self, now: UnixMs) -> Result<(), OverrideError> {
        if self.holder.trim().is_empty() {
            return Err(OverrideError::NoHolder);
        }
        if self.reason.trim().is_empty() {
            return Err(OverrideError::NoReason);
        }
        let longest = self.holder.chars().count().max(self.reason.chars().count());
        if longest > MAX_OVERRIDE_TEXT {
            return Err(OverrideError::TextTooLong);
        }
        if self.until <= now {
            return Err(OverrideError::UntilPast);
        }
        if self.until > now.plus(MAX_OVERRIDE) {
            return Err(OverrideError::UntilTooFar);
        }
        if self.target.is_none() && self.mode == Mode::Full && self.forced_breakers.is_empty() {
            return Err(OverrideError::Nothing);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Override {
        Override {
            route: RouteId::try_new("chat").unwrap(),
            target: Some(TargetId::try_new("gpt-main").unwrap()),
            mode: Mode::Full,
            forced_breakers: vec![],
            holder: "mk".into(),
            reason: "529s".into(),
            until: UnixMs(1_000),
            on_expiry: OnExpiry::default(),
        }
    }

    #[test]
    fn an_override_without_holder_reason_or_future_end_is_refused() {
        let now = UnixMs(0);
        assert_eq!(sample().check(now), Ok(()));
        assert_eq!(
            Override { holder: " ".into(), ..sample() }.check(now),
            Err(OverrideError::NoHolder)
        );
        assert_eq!(
            Override { reason: String::new(), ..sample() }.check(now),
            Err(OverrideError::NoReason)
        );
        assert_eq!(sample().check(UnixMs(1_000)), Err(OverrideError::UntilPast));
        let far = now.plus(MAX_OVERRIDE).plus_millis(1);
        assert_eq!(Override { until: far, ..sample() }.check(now), Err(OverrideError::UntilTooFar));
        assert_eq!(Override { target: None, ..sample() }.check(now), Err(OverrideError::Nothing));
    }
}
