//! How far one gateway has come towards a wanted generation.
//!
//! `asked → accepted → loaded → served → settled`. An API's yes is only `accepted`; a read-back
//! that shows the generation makes it `loaded`; a request that was served under it makes it
//! `served`, and only that is called done. A gateway that shows a *higher* generation was changed
//! by somebody else: that is never overwritten, only shown.

use changeover_domain::{Convergence, ConvergenceStep, GatewayId, Generation, UnixMs};

/// How long a change must have served, without a request under an older one, to be settled.
pub const SETTLE_MS: i64 = 60_000;

/// What the last push to the gateway came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushOutcome {
    Accepted { push_ms: u32 },
    Refused { detail: String },
    Stale { detail: String },
    Unreachable { detail: String },
}

/// What a read-back of the route shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadBack {
    pub generation: Generation,
    /// What is loaded is what is wanted, word for word: numbers alone prove nothing, because
    /// everybody takes the next one.
    pub same: bool,
    /// Who changed it last, where that is known.
    pub changed_by: Option<String>,
    /// A request was served under it as it was wanted.
    pub served: bool,
    /// A request was served under an older generation within [`SETTLE_MS`].
    pub older_lately: bool,
    pub at: UnixMs,
}

/// A gateway that has just been asked.
#[must_use]
pub fn asked(gateway: GatewayId, wanted: Generation, now: UnixMs) -> Convergence {
    Convergence {
        gateway,
        wanted,
        observed: None,
        step: ConvergenceStep::Asked,
        since: now,
        push_ms: None,
        read_back_at: None,
        detail: None,
    }
}

/// The convergence after a push.
#[must_use]
pub fn after_push(before: &Convergence, outcome: PushOutcome, now: UnixMs) -> Convergence {
    match outcome {
        PushOutcome::Accepted { push_ms } => {
            let push_ms = before.push_ms.or(Some(push_ms));
            // A read-back may have been quicker than the answer to the push.
            let step = if before.observed == Some(before.wanted) {
                before.step
            } else {
                ConvergenceStep::Accepted
            };
            moved(Convergence { push_ms, detail: None, ..before.clone() }, step, now)
        }
        PushOutcome::Refused { detail } => moved(
            Convergence { detail: Some(detail), ..before.clone() },
            ConvergenceStep::Refused,
            now,
        ),
        PushOutcome::Stale { detail } => moved(
            Convergence { detail: Some(detail), ..before.clone() },
            ConvergenceStep::LostUpdate,
            now,
        ),
        PushOutcome::Unreachable { detail } => moved(
            Convergence { detail: Some(detail), ..before.clone() },
            ConvergenceStep::Unreachable,
            now,
        ),
    }
}

/// The convergence after the gateway's state was read.
#[must_use]
pub fn after_read_back(before: &Convergence, read: &ReadBack, now: UnixMs) -> Convergence {
    let mut next = Convergence {
        observed: Some(read.generation),
        read_back_at: Some(read.at),
        ..before.clone()
    };
    let foreign =
        read.generation > before.wanted || (read.generation == before.wanted && !read.same);
    if foreign {
        let by = read.changed_by.as_deref().unwrap_or("somebody else");
        let generation = read.generation;
        next.detail = Some(format!(
            "changed by {by}, now generation {generation}; look at the route before changing it"
        ));
        let was_ours = is_loaded(before.step) && before.step != ConvergenceStep::LostUpdate;
        let step = if was_ours { ConvergenceStep::Drifted } else { ConvergenceStep::LostUpdate };
        return moved(next, step, now);
    }
    if read.generation < before.wanted {
        if is_loaded(before.step) {
            next.detail =
                Some(format!("shows generation {} again; it is asked once more", read.generation));
            return moved(next, ConvergenceStep::Drifted, now);
        }
        return next;
    }
    next.detail = None;
    let step = match before.step {
        ConvergenceStep::Settled => ConvergenceStep::Settled,
        ConvergenceStep::Served
            if now.millis_since(before.since) >= SETTLE_MS && !read.older_lately =>
        {
            ConvergenceStep::Settled
        }
        ConvergenceStep::Served => ConvergenceStep::Served,
        _ if read.served => ConvergenceStep::Served,
        _ => ConvergenceStep::Loaded,
    };
    moved(next, step, now)
}

/// The convergence after the gateway could not be read. What was proved stays proved; what was not
/// is shown as unreachable.
#[must_use]
pub fn after_silence(before: &Convergence, detail: &str, now: UnixMs) -> Convergence {
    if before.step.is_done() {
        return before.clone();
    }
    let next = Convergence {
        detail: Some(format!("{detail}; it is asked again when it answers")),
        ..before.clone()
    };
    moved(next, ConvergenceStep::Unreachable, now)
}

/// Whether the gateway should be asked (again) for the wanted generation.
#[must_use]
pub fn needs_push(convergence: &Convergence) -> bool {
    let behind = convergence.observed.is_none_or(|observed| observed < convergence.wanted);
    behind && !matches!(convergence.step, ConvergenceStep::Refused | ConvergenceStep::LostUpdate)
}

fn is_loaded(step: ConvergenceStep) -> bool {
    matches!(step, ConvergenceStep::Loaded | ConvergenceStep::Drifted) || step.is_done()
}

fn moved(mut convergence: Convergence, step: ConvergenceStep, now: UnixMs) -> Convergence {
    if convergence.step != step {
        convergence.step = step;
        convergence.since = now;
    }
    convergence
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    fn start() -> Convergence {
        asked(GatewayId::try_new("eu-1").unwrap(), Generation(42), NOW)
    }

    fn read(generation: u64, served: bool) -> ReadBack {
        ReadBack {
            generation: Generation(generation),
            changed_by: Some("jo".into()),
            same: true,
            older_lately: false,
            served,
            at: NOW,
        }
    }

    #[test]
    fn done_means_that_traffic_proved_it() {
        let accepted = after_push(&start(), PushOutcome::Accepted { push_ms: 38 }, NOW);
        assert_eq!((accepted.step, accepted.step.is_done()), (ConvergenceStep::Accepted, false));
        let loaded = after_read_back(&accepted, &read(42, false), NOW);
        assert_eq!((loaded.step, loaded.step.is_done()), (ConvergenceStep::Loaded, false));
        let served = after_read_back(&loaded, &read(42, true), NOW);
        assert!(served.step.is_done(), "a request was served under it");
        let settled = after_read_back(&served, &read(42, true), NOW.plus_millis(SETTLE_MS));
        assert_eq!(settled.step, ConvergenceStep::Settled);
    }

    #[test]
    fn a_read_back_that_overtakes_the_answer_is_not_undone_by_it() {
        let loaded = after_read_back(&start(), &read(42, true), NOW);
        let answered = after_push(&loaded, PushOutcome::Accepted { push_ms: 5 }, NOW);
        assert_eq!((answered.step, answered.push_ms), (ConvergenceStep::Served, Some(5)));
    }

    #[test]
    fn a_higher_generation_is_somebody_elses_and_never_overwritten() {
        let loaded = after_read_back(&start(), &read(42, true), NOW);
        let drifted = after_read_back(&loaded, &read(43, false), NOW);
        assert_eq!(drifted.step, ConvergenceStep::Drifted);
        assert!(drifted.detail.as_deref().unwrap().contains("changed by jo"));
        assert!(!needs_push(&drifted), "what another operator did is not pushed away");
        assert_eq!(
            after_read_back(&start(), &read(43, false), NOW).step,
            ConvergenceStep::LostUpdate
        );
    }

    #[test]
    fn the_same_number_with_other_words_is_somebody_elses_too() {
        let other = ReadBack { same: false, ..read(42, true) };
        let lost = after_read_back(&start(), &other, NOW);
        assert_eq!(lost.step, ConvergenceStep::LostUpdate, "both took the next number");
        assert!(!needs_push(&lost));
        let again = after_read_back(&lost, &other, NOW);
        assert_eq!(again.step, ConvergenceStep::LostUpdate, "a second look does not make it ours");
    }

    #[test]
    fn it_is_not_settled_while_older_requests_still_end() {
        let served = after_read_back(&start(), &read(42, true), NOW);
        let later = NOW.plus_millis(SETTLE_MS);
        let older = ReadBack { older_lately: true, ..read(42, true) };
        assert_eq!(after_read_back(&served, &older, later).step, ConvergenceStep::Served);
        assert_eq!(after_read_back(&served, &read(42, true), later).step, ConvergenceStep::Settled);
    }

    #[test]
    fn a_gateway_that_was_down_is_asked_again_when_it_returns_behind() {
        let down = after_silence(&start(), "connection refused", NOW);
        assert_eq!(down.step, ConvergenceStep::Unreachable);
        let back = after_read_back(&down, &read(41, false), NOW);
        assert!(needs_push(&back));
        let refused =
            after_push(&back, PushOutcome::Refused { detail: "one_path_open".into() }, NOW);
        assert!(!needs_push(&refused), "a refusal is a person's business");
    }

    #[test]
    fn a_proved_gateway_that_falls_silent_stays_proved() {
        let served = after_read_back(&start(), &read(42, true), NOW);
        assert_eq!(after_silence(&served, "connection refused", NOW), served);
    }
}
