//! Taking turns: who holds a name for how long, and what the holder notes for the others.
//!
//! For consoles that would otherwise do the same work twice; nothing of the gateway's own depends on
//! it, and so it is kept in memory only: after a restart everybody asks again. The rule it keeps: a
//! lease that is held is given to nobody else before it has run out, and everything is bounded.

use std::collections::{BTreeMap, VecDeque};

use changeover_domain::UnixMs;
use changeover_domain::admin::{Lease, LeaseNote, LeaseNotes, LeasePut};

/// The most leases that are remembered.
const MOST_LEASES: usize = 64;
/// The most notes of one lease that are remembered, and that are taken at once.
const MOST_NOTES: usize = 256;
const MOST_AT_ONCE: usize = 64;
/// The longest note and the longest holder, in bytes.
const LONGEST_NOTE: usize = 4 * 1024;
const LONGEST_HOLDER: usize = 200;
const LONGEST_NAME: usize = 100;
const TTL_MS: std::ops::RangeInclusive<u32> = 1_000..=600_000;

/// All leases.
#[derive(Debug, Default)]
pub(crate) struct Leases(BTreeMap<String, Held>);

#[derive(Debug)]
struct Held {
    holder: String,
    since: UnixMs,
    expires_at: UnixMs,
    notes: VecDeque<LeaseNote>,
    /// The number of the last note. It begins with the time, so that a reader's cursor from before
    /// a restart does not lie ahead.
    last: u64,
}

/// Why a lease was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// Another holds it.
    Held { holder: String, since: UnixMs },
    /// The request is out of bounds.
    Unfit(&'static str),
    /// Too many leases are held.
    Full,
}

impl Leases {
    /// Takes, keeps or gives back the lease `name`, as of `now`.
    pub(crate) fn put(
        &mut self,
        name: &str,
        put: LeasePut,
        now: UnixMs,
    ) -> Result<Lease, NotTaken> {
        fits(name, &put).map_err(NotTaken::Unfit)?;
        if let Some(held) = self.0.get(name).filter(|held| held.expires_at > now)
            && held.holder != put.holder
        {
            return Err(NotTaken::Held { holder: held.holder.clone(), since: held.since });
        }
        if !self.0.contains_key(name) {
            self.make_room(now)?;
        }
        let held = self.0.entry(name.to_owned()).or_insert_with(|| Held::new(&put.holder, now));
        if held.holder != put.holder || held.expires_at <= now {
            held.holder = put.holder;
            held.since = now;
        }
        held.expires_at = now.plus_millis(i64::from(put.ttl_ms));
        if put.ttl_ms > 0 {
            held.note(put.notes, now);
        }
        Ok(held.as_lease(name, now))
    }

    /// The notes of the lease `name` after number `after`; `None` where it is not known.
    pub(crate) fn notes(&self, name: &str, after: u64, now: UnixMs) -> Option<LeaseNotes> {
        let held = self.0.get(name)?;
        let later = held.notes.iter().filter(|note| note.sequence > after);
        Some(LeaseNotes {
            lease: held.as_lease(name, now),
            notes: later.cloned().collect(),
            next: held.last,
        })
    }

    /// The lease that ran out first goes when there is no room.
    fn make_room(&mut self, now: UnixMs) -> Result<(), NotTaken> {
        if self.0.len() < MOST_LEASES {
            return Ok(());
        }
        let over = self.0.iter().filter(|(_, held)| held.expires_at <= now);
        let oldest = over.min_by_key(|(_, held)| held.expires_at).map(|(name, _)| name.clone());
        let oldest = oldest.ok_or(NotTaken::Full)?;
        self.0.remove(&oldest);
        Ok(())
    }
}

impl Held {
    fn new(holder: &str, now: UnixMs) -> Self {
        Self {
            holder: holder.to_owned(),
            since: now,
            expires_at: now,
            notes: VecDeque::new(),
            last: u64::try_from(now.0).unwrap_or(0),
        }
    }

    fn note(&mut self, notes: Vec<String>, now: UnixMs) {
        for note in notes {
            // A holder that heard no answer says it once more.
            if self.notes.iter().any(|kept| kept.note == note) {
                continue;
            }
            self.last = self.last.saturating_add(1);
            self.notes.push_back(LeaseNote { sequence: self.last, at: now, note });
        }
        while self.notes.len() > MOST_NOTES {
            self.notes.pop_front();
        }
    }

    fn as_lease(&self, name: &str, now: UnixMs) -> Lease {
        let live = self.expires_at > now;
        Lease {
            name: name.to_owned(),
            holder: live.then(|| self.holder.clone()),
            expires_at: live.then_some(self.expires_at),
            now,
        }
    }
}

fn fits(name: &str, put: &LeasePut) -> Result<(), &'static str> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(plain) {
        return Err("a lease is named by up to 100 small letters, digits and hyphens");
    }
    if put.holder.trim().is_empty() || put.holder.len() > LONGEST_HOLDER {
        return Err("a lease needs a holder, of at most 200 bytes");
    }
    if put.ttl_ms != 0 && !TTL_MS.contains(&put.ttl_ms) {
        return Err("`ttl_ms` must be 1000 to 600000, or 0 to give the lease back");
    }
    if put.notes.len() > MOST_AT_ONCE || put.notes.iter().any(|note| note.len() > LONGEST_NOTE) {
        return Err("at most 64 notes at once, of at most 4096 bytes each");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    fn put(holder: &str, ttl_ms: u32, notes: &[&str]) -> LeasePut {
        let notes = notes.iter().map(|note| (*note).to_owned()).collect();
        LeasePut { holder: holder.into(), ttl_ms, notes }
    }

    #[test]
    fn a_lease_is_one_holders_until_it_runs_out_or_is_given_back() {
        let mut leases = Leases::default();
        let first = leases.put("probes", put("a", 10_000, &[]), NOW).unwrap();
        assert_eq!(first.holder.as_deref(), Some("a"));
        let late = NOW.plus_millis(9_999);
        let held = NotTaken::Held { holder: "a".into(), since: NOW };
        assert_eq!(leases.put("probes", put("b", 10_000, &[]), late), Err(held));
        leases.put("probes", put("a", 10_000, &[]), late).unwrap();
        assert!(leases.put("probes", put("b", 10_000, &[]), NOW.plus_millis(10_001)).is_err());
        leases.put("probes", put("a", 0, &[]), NOW.plus_millis(10_002)).unwrap();
        let taken = leases.put("probes", put("b", 10_000, &[]), NOW.plus_millis(10_002)).unwrap();
        assert_eq!(taken.holder.as_deref(), Some("b"), "given back is free at once");
        let over = leases.put("probes", put("c", 10_000, &[]), NOW.plus_millis(20_002)).unwrap();
        assert_eq!(over.holder.as_deref(), Some("c"), "run out is free too");
    }

    #[test]
    fn notes_are_read_once_each_and_outlive_their_holder() {
        let mut leases = Leases::default();
        leases.put("probes", put("a", 10_000, &["one", "two"]), NOW).unwrap();
        let read = leases.notes("probes", 0, NOW).unwrap();
        let texts: Vec<&str> = read.notes.iter().map(|note| note.note.as_str()).collect();
        assert_eq!(texts, ["one", "two"]);
        assert_eq!(leases.notes("probes", read.next, NOW).unwrap().notes, []);
        let later = NOW.plus_millis(20_000);
        leases.put("probes", put("b", 10_000, &["three"]), later).unwrap();
        let read = leases.notes("probes", read.next, later).unwrap();
        assert_eq!(read.notes.len(), 1);
        assert_eq!(read.lease.holder.as_deref(), Some("b"));
        assert_eq!(leases.notes("other", 0, later), None);
    }

    #[test]
    fn a_note_that_is_said_again_because_its_answer_was_lost_stands_once() {
        let mut leases = Leases::default();
        leases.put("probes", put("a", 10_000, &["one"]), NOW).unwrap();
        leases.put("probes", put("a", 10_000, &["one", "two"]), NOW.plus_millis(5_000)).unwrap();
        let read = leases.notes("probes", 0, NOW.plus_millis(5_000)).unwrap();
        let texts: Vec<&str> = read.notes.iter().map(|note| note.note.as_str()).collect();
        assert_eq!(texts, ["one", "two"]);
    }

    #[test]
    fn nothing_grows_without_bound() {
        let mut leases = Leases::default();
        for round in 0..10 {
            let texts: Vec<String> = (0..64).map(|number| format!("{round}-{number}")).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            leases.put("probes", put("a", 10_000, &texts), NOW).unwrap();
        }
        assert_eq!(leases.notes("probes", 0, NOW).unwrap().notes.len(), MOST_NOTES);
        for number in 1..MOST_LEASES {
            leases.put(&format!("l-{number}"), put("a", 10_000, &[]), NOW).unwrap();
        }
        assert_eq!(leases.put("more", put("a", 10_000, &[]), NOW), Err(NotTaken::Full));
        let later = NOW.plus_millis(10_000);
        assert!(leases.put("more", put("a", 10_000, &[]), later).is_ok(), "what ran out goes");
        let long = "x".repeat(LONGEST_NOTE + 1);
        for (name, wrong) in [
            ("Upper", put("a", 5_000, &[])),
            ("", put("a", 5_000, &[])),
            ("x", put(" ", 5_000, &[])),
            ("x", put("a", 1, &[])),
            ("x", put("a", 5_000, &[&long])),
            ("x", put("a", 5_000, &["n"; 65])),
        ] {
            let refused = leases.put(name, wrong, later);
            assert!(matches!(refused, Err(NotTaken::Unfit(_))), "{name}");
        }
    }
}
