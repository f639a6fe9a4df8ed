//! How many requests of each caller are under way, and no more than its entry allows.
//!
//! Not the gates of the targets, which bound what all callers together ask of one provider: here one
//! caller is kept from taking all of the gateway. A request takes its seat before its body is read
//! and holds it until it is over, a streamed one until its stream is. Nobody waits for a seat: who
//! sends more than it was given is told so at once, because it alone can mend it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use crate::settings::Caller;
use crate::shared::locked;

/// The seats that are taken, by caller. They are counted without a limit too, so that one that a
/// reload brings knows of those who are there. A caller that is no longer configured keeps its
/// count; it costs next to nothing, and what still runs has somewhere to end.
#[derive(Debug, Default)]
pub(crate) struct Seats(Mutex<HashMap<String, Arc<AtomicU32>>>);

/// A caller's place for one request. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Seat(Arc<AtomicU32>);

/// All of a caller's seats are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoSeat {
    pub(crate) caller: String,
    /// How many it has.
    pub(crate) most: u32,
}

impl Seats {
    pub(crate) fn take(&self, caller: &Caller) -> Result<Seat, NoSeat> {
        let taken = self.of(&caller.name);
        let most = caller.concurrency.unwrap_or(u32::MAX);
        let one_more = |taken: u32| (taken < most).then(|| taken.saturating_add(1));
        match taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more) {
            Ok(_) => Ok(Seat(taken)),
            Err(_) => Err(NoSeat { caller: caller.name.clone(), most }),
        }
    }

    /// How many are taken, by caller, for the metrics.
    pub(crate) fn taken(&self) -> Vec<(String, u32)> {
        let seats = locked(&self.0);
        let mut taken: Vec<_> = seats
            .iter()
            .map(|(caller, taken)| (caller.clone(), taken.load(Ordering::Acquire)))
            .collect();
        taken.sort();
        taken
    }

    fn of(&self, caller: &str) -> Arc<AtomicU32> {
        let mut seats = locked(&self.0);
        if let Some(taken) = seats.get(caller) {
            return Arc::clone(taken);
        }
        let taken = Arc::default();
        seats.insert(caller.to_owned(), Arc::clone(&taken));
        taken
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use changeover_http::Secret;

    use super::*;

    fn caller(name: &str, concurrency: Option<u32>) -> Caller {
        Caller { name: name.to_owned(), key: Secret::new("k"), routes: None, concurrency }
    }

    #[test]
    fn a_seat_is_free_again_when_its_request_is_over_and_others_have_their_own() {
        let seats = Seats::default();
        let shop = caller("shop", Some(1));
        let seat = seats.take(&shop).unwrap();
        let refused = seats.take(&shop).unwrap_err();
        assert_eq!(refused, NoSeat { caller: "shop".to_owned(), most: 1 });
        let _other = seats.take(&caller("batch", Some(1))).unwrap();
        drop(seat);
        let _again = seats.take(&shop).unwrap();
        assert_eq!(seats.taken(), [("batch".to_owned(), 1), ("shop".to_owned(), 1)]);
    }

    #[test]
    fn a_limit_that_comes_later_counts_those_who_are_there() {
        let seats = Seats::default();
        let held: Vec<Seat> = (0..5).map(|_| seats.take(&caller("shop", None)).unwrap()).collect();
        let limited = caller("shop", Some(3));
        let mut held = held.into_iter();
        for _ in 0..3 {
            assert!(seats.take(&limited).is_err());
            held.next();
        }
        assert!(seats.take(&limited).is_ok(), "two are left of three");
    }
}
