//! What can come of asking a gateway, other than an answer.

use std::fmt;
use std::time::Duration;

use changeover_domain::admin::Problem;
use changeover_domain::{ConvergenceStep, GatewayId, UnixMs};

/// Which gateway was asked for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub gateway: GatewayId,
    /// What was being done, as in "reading the state".
    pub operation: &'static str,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of gateway `{}`", self.operation, self.gateway)
    }
}

/// Why there is no answer to go on with. Texts hold no secrets, and a gateway's own words only
/// shortened and redacted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdminError {
    /// No connection, or one that broke off.
    #[error("{asked}: it cannot be reached ({why})")]
    Unreachable { asked: Asked, why: String },
    /// The gateway understood and said no.
    #[error("{}", refusal(.0))]
    Refused(Box<Problem>),
    /// Somebody changed the route since it was read.
    #[error("{}", staleness(.0))]
    Stale(Box<Problem>),
    /// Something answered, but not in the words of the admin API.
    #[error("{asked}: the answer was not understood ({why})")]
    NotUnderstood { asked: Asked, why: String },
    #[error("{asked}: the answer is larger than {limit} bytes and was not read on")]
    TooLarge { asked: Asked, limit: usize },
    /// In the console's own time.
    #[error("{asked}: no answer within {} s", .after.as_secs_f32())]
    Timeout { asked: Asked, after: Duration },
}

impl AdminError {
    /// Whether the same question may be answered a little later. For a change it also means that
    /// nobody knows whether it took effect.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } => true,
            Self::Refused(problem) => problem.status >= 500 || problem.status == 429,
            Self::Stale(_) | Self::NotUnderstood { .. } | Self::TooLarge { .. } => false,
        }
    }

    /// Where a push that ended so leaves the gateway.
    #[must_use]
    pub fn step(&self) -> ConvergenceStep {
        match self {
            Self::Stale(_) => ConvergenceStep::LostUpdate,
            Self::Refused(_) if !self.is_transient() => ConvergenceStep::Refused,
            Self::Refused(_)
            | Self::Unreachable { .. }
            | Self::Timeout { .. }
            | Self::NotUnderstood { .. }
            | Self::TooLarge { .. } => ConvergenceStep::Unreachable,
        }
    }
}

fn refusal(problem: &Problem) -> String {
    let mut text = format!("refused: {}", problem.title);
    if !problem.detail.is_empty() {
        text.push_str(": ");
        text.push_str(&problem.detail);
    }
    for check in problem.interlocks.iter().filter(|check| !check.holds) {
        text.push_str(&format!("; interlock `{}`: {}", check.name, check.detail));
    }
    text
}

fn staleness(problem: &Problem) -> String {
    let who = problem.changed_by.as_deref().unwrap_or("somebody");
    let when = problem.changed_at.and_then(clock_time);
    let when = when.map_or_else(String::new, |time| format!(" at {time}"));
    format!("changed by {who}{when} since you looked: look again and decide anew")
}

fn clock_time(at: UnixMs) -> Option<String> {
    let time = jiff::Timestamp::from_millisecond(at.0).ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use changeover_domain::admin::{InterlockCheck, ProblemKind};

    use super::*;

    fn problem(kind: ProblemKind) -> Box<Problem> {
        Box::new(Problem {
            r#type: kind.urn(),
            title: "an interlock does not hold".into(),
            status: kind.status(),
            detail: String::new(),
            changed_by: None,
            changed_at: None,
            interlocks: vec![],
        })
    }

    #[test]
    fn a_refusal_names_the_interlocks_that_do_not_hold_and_only_those() {
        let check = |name: &str, holds| InterlockCheck {
            name: name.into(),
            holds,
            detail: "no target left".into(),
            breakable: true,
        };
        let refused = AdminError::Refused(Box::new(Problem {
            interlocks: vec![check("must_succeed", false), check("ladder", true)],
            ..*problem(ProblemKind::Interlock)
        }));
        assert_eq!(
            refused.to_string(),
            "refused: an interlock does not hold; interlock `must_succeed`: no target left"
        );
    }

    #[test]
    fn a_stale_write_says_who_and_when() {
        let by_ana = AdminError::Stale(Box::new(Problem {
            changed_by: Some("ana".into()),
            changed_at: Some(UnixMs(1_780_272_000_000)),
            ..*problem(ProblemKind::Stale)
        }));
        assert_eq!(
            by_ana.to_string(),
            "changed by ana at 2026-06-01 00:00:00 UTC since you looked: look again and decide anew"
        );
        let by_nobody_known = AdminError::Stale(problem(ProblemKind::Stale));
        assert!(by_nobody_known.to_string().starts_with("changed by somebody since"));
    }

    #[test]
    fn only_what_may_pass_by_itself_is_transient() {
        let refused = |kind| AdminError::Refused(problem(kind));
        assert!(refused(ProblemKind::StorageFailed).is_transient(), "a full disk may be emptied");
        assert_eq!(refused(ProblemKind::StorageFailed).step(), ConvergenceStep::Unreachable);
        assert!(!refused(ProblemKind::Interlock).is_transient());
        assert_eq!(refused(ProblemKind::Interlock).step(), ConvergenceStep::Refused);
        let stale = AdminError::Stale(problem(ProblemKind::Stale));
        assert!(!stale.is_transient());
        assert_eq!(stale.step(), ConvergenceStep::LostUpdate);
    }
}
