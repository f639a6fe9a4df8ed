//! Deliveries that were seen before. A sender that got no answer sends again, and so does somebody
//! who recorded one: both are answered as before, and neither is news.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use changeover_domain::UnixMs;
use sha2::{Digest as _, Sha256};

use crate::signature::WINDOW;

/// A signature's time may be as far after ours as before it, so the same one fits for twice that.
const REMEMBERED: Duration = Duration::from_secs(2 * WINDOW.as_secs());
/// The most that are remembered. More than the rate lets in while they are: none is ever forgotten
/// before its time.
const MOST: usize = 512;

/// Which delivery it is: a digest, so that every seal takes the same room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Seal([u8; 32]);

impl Seal {
    pub(crate) fn of(identity: &[u8]) -> Self {
        Self(Sha256::digest(identity).into())
    }
}

/// The seals of the last minutes.
#[derive(Debug, Default)]
pub(crate) struct Replays {
    seen: HashSet<Seal>,
    /// In the order in which they came.
    order: VecDeque<(UnixMs, Seal)>,
}

impl Replays {
    /// Notes a seal; `false` when it was noted before.
    pub(crate) fn note(&mut self, seal: Seal, now: UnixMs) -> bool {
        let oldest = now.minus(REMEMBERED);
        while let Some((at, old)) = self.order.front().copied() {
            if at >= oldest && self.order.len() < MOST {
                break;
            }
            self.order.pop_front();
            self.seen.remove(&old);
        }
        let is_new = self.seen.insert(seal);
        if is_new {
            self.order.push_back((now, seal));
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::Rate;

    #[test]
    fn nothing_is_forgotten_before_its_time_however_fast_a_page_may_send() {
        let (mut replays, mut rate) = (Replays::default(), Rate::default());
        let first = Seal::of(b"first");
        replays.note(first, UnixMs(0));
        let until = UnixMs(0).plus(REMEMBERED).0;
        let let_in = (0..until).step_by(100).filter(|at| rate.take(UnixMs(*at)).is_ok());
        for at in let_in {
            replays.note(Seal::of(&at.to_be_bytes()), UnixMs(at));
        }
        assert!(!replays.note(first, UnixMs(until)), "{} were noted since", replays.order.len());
    }

    #[test]
    fn a_seal_is_news_once_for_as_long_as_it_would_fit() {
        let mut replays = Replays::default();
        let seal = Seal::of(b"msg_1");
        assert!(replays.note(seal, UnixMs(0)));
        assert!(!replays.note(seal, UnixMs(1)));
        assert!(replays.note(Seal::of(b"msg_2"), UnixMs(2)));
        assert!(!replays.note(seal, UnixMs(600_000)), "twice the window is not over");
        assert!(replays.note(seal, UnixMs(600_001)), "now its time would not fit any more");
    }

    #[test]
    fn memory_is_bounded_however_many_come() {
        let mut replays = Replays::default();
        for n in 0_u32..10_000 {
            replays.note(Seal::of(&n.to_be_bytes()), UnixMs(0));
        }
        assert!(replays.order.len() <= MOST && replays.seen.len() == replays.order.len());
    }
}
