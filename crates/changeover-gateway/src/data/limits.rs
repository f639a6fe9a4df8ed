//! How long one attempt may take, and whether that is as long as the configuration means it to be.
//!
//! A target that did not answer in the little time that was left, because its caller is in a hurry or
//! another target used up the rest, has not shown that it cannot answer.

use std::time::Duration;

use changeover_domain::FailureClass;
use changeover_llm::{Failure, Limits};
use changeover_policy::retry::is_cut_short;

use super::passage::Passage;
use crate::pace;

/// The least that the network is given of the system's time, however fast the clock runs.
const NETWORK_FLOOR: Duration = Duration::from_millis(250);

/// The limits of one attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttemptLimits {
    pub(super) wire: Limits,
    targets_following: u32,
    /// These are shorter than the configuration means them to be.
    connect_is_cut: bool,
    first_is_cut: bool,
    total_is_cut: bool,
}

impl AttemptLimits {
    /// Those of an attempt that begins now.
    pub(super) fn of(passage: &Passage, targets_following: u32, streaming: bool) -> Self {
        let limits = &passage.live.settings.limits;
        let real = |limit| pace::not_below(&passage.shared.clock, limit, NETWORK_FLOOR);
        let usual = if streaming { limits.first_token } else { limits.attempt };
        let connect = real(limits.connect);
        let elapsed = passage.elapsed();
        let first = passage.attempt_limit(elapsed, real(usual), targets_following);
        let is_cut = |usual: Duration| {
            let full = passage.full_attempt_limit(usual, targets_following);
            is_cut_short(passage.attempt_limit(elapsed, usual, targets_following), full)
        };
        Self {
            wire: Limits {
                connect: connect.min(first),
                first_token: first,
                stall: real(limits.stall),
                total: if streaming { limits.stream } else { first },
            },
            targets_following,
            connect_is_cut: is_cut(connect),
            first_is_cut: is_cut(real(usual)),
            total_is_cut: is_cut(real(limits.attempt)),
        }
    }

    /// How long the part of a stream may still take that the caller does not see.
    pub(super) fn held_back(&self, passage: &Passage) -> Duration {
        let usual = passage.live.settings.limits.attempt;
        let usual = pace::not_below(&passage.shared.clock, usual, NETWORK_FLOOR);
        passage.attempt_limit(passage.elapsed(), usual, self.targets_following)
    }

    /// Whether an attempt failed for want of time that it would usually have had.
    pub(super) fn cut_short(&self, failure: &Failure) -> bool {
        // A status of a refusal: the time ran out at the vendor's.
        let ours = failure.http_status.is_none_or(|status| status < 300);
        ours && match failure.class {
            FailureClass::TimeoutConnect => self.connect_is_cut,
            FailureClass::TimeoutFirstToken => self.first_is_cut,
            FailureClass::TimeoutTotal => self.total_is_cut,
            _ => false,
        }
    }
}
