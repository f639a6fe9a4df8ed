//! Why a target is, or was, judged as it is: a verdict with what it was made from, made again.

use changeover_domain::{UnixMs, Verdict};
use changeover_policy::verdict::{Tally, VerdictInputs, judge};
use changeover_store::StoredVerdict;

use super::checked_limit;
use crate::contract::{
    EpisodeList, EpisodeListed, VerdictChange, VerdictExplained, VerdictQuery, VerdictReplay,
};
use crate::engine::Engine;
use crate::error::EngineError;

/// How many changes before the explained one are listed.
const EARLIER: usize = 50;

impl Engine {
    /// Why a target is judged as it is, or was at an earlier time.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is no such target or change.
    pub async fn verdict_explain(
        &self,
        query: VerdictQuery,
    ) -> Result<VerdictExplained, EngineError> {
        self.known_target(&query.target)?;
        let past = match (query.change, query.at) {
            (Some(change), _) => Some(self.change(&query, change).await?),
            (None, Some(at)) => Some(self.held_at(&query, at).await?),
            (None, None) => None,
        };
        let until = past.as_ref().map_or(self.clock().now(), |past| past.said_at);
        let limit = u32::try_from(EARLIER + 1).unwrap_or(u32::MAX);
        let stored = self.reader().verdicts_newest(&query.target, until, limit).await?;
        let (verdict, inputs) = match past {
            Some(past) => (past.verdict.clone(), self.inputs_of(&past).await?),
            None => self.present(&query)?,
        };
        Ok(VerdictExplained {
            replay: replayed(&verdict, inputs.as_ref()),
            earlier: earlier(&stored, &verdict),
            changes: stored.iter().map(change_view).collect(),
            inputs: inputs.as_ref().map(explained).unwrap_or_default(),
            verdict,
        })
    }

    async fn change(
        &self,
        query: &VerdictQuery,
        change: u64,
    ) -> Result<StoredVerdict, EngineError> {
        let stored = self.reader().verdict_change(&query.target, change).await?;
        stored.ok_or_else(|| {
            let known = format!("`changes` of `verdict_explain` for `{}`", query.target);
            EngineError::not_found("change of that verdict", &change, [known])
        })
    }

    async fn held_at(
        &self,
        query: &VerdictQuery,
        at: UnixMs,
    ) -> Result<StoredVerdict, EngineError> {
        let mut newest = self.reader().verdicts_newest(&query.target, at, 1).await?;
        newest.pop().ok_or_else(|| EngineError::Unavailable {
            message: format!("no verdict on `{}` is kept from that time", query.target),
            hint: "choose a later time".to_owned(),
        })
    }

    /// The verdict of the last judgement, with its own inputs.
    fn present(
        &self,
        query: &VerdictQuery,
    ) -> Result<(Verdict, Option<VerdictInputs>), EngineError> {
        let state = self.state();
        let verdict = state.verdicts.get(&query.target).cloned();
        let verdict = verdict.ok_or_else(|| EngineError::Unavailable {
            message: format!("`{}` has not been judged yet", query.target),
            hint: "wait for the first probes".to_owned(),
        })?;
        Ok((verdict, state.verdict_inputs.get(&query.target).cloned()))
    }

    /// What a past verdict was made from, as far as this version can read it.
    async fn inputs_of(&self, past: &StoredVerdict) -> Result<Option<VerdictInputs>, EngineError> {
        let kept = self.reader().verdict_inputs(past.change).await?;
        Ok(kept.and_then(|inputs| serde_json::from_str(&inputs).ok()))
    }

    /// Episodes of trouble, newest first; open ones as they are now.
    ///
    /// # Errors
    /// [`EngineError::Store`] when they cannot be read.
    pub async fn episode_list(&self, list: EpisodeList) -> Result<EpisodeListed, EngineError> {
        let limit = checked_limit(list.limit)?;
        let provider = list.provider.as_ref();
        let most = limit.saturating_add(1).min(500);
        let mut episodes = self.reader().episodes_list(provider, list.before, most).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = episodes.len() > limit || (limit == 500 && episodes.len() == limit);
        episodes.truncate(limit);
        let state = self.state();
        for episode in episodes.iter_mut().filter(|episode| episode.ended_at.is_none()) {
            let open = state.episodes.open(episode.provider.as_ref());
            if let Some(open) = open.filter(|open| open.id == episode.id) {
                episode.clone_from(open);
            }
        }
        Ok(EpisodeListed { episodes, more })
    }
}

/// Verdicts before this one, newest first.
fn earlier(stored: &[StoredVerdict], verdict: &Verdict) -> Vec<Verdict> {
    let before = stored.iter().map(|stored| &stored.verdict);
    let mut earlier: Vec<Verdict> =
        before.filter(|past| past.since < verdict.since).cloned().collect();
    // One that was kept several times, as it became surer or reached further, is as it was last.
    earlier.dedup_by(|older, newer| (older.since, older.kind) == (newer.since, newer.kind));
    earlier.truncate(EARLIER);
    earlier
}

fn change_view(stored: &StoredVerdict) -> VerdictChange {
    VerdictChange {
        change: stored.change,
        kind: stored.verdict.kind,
        since: stored.verdict.since,
        said_at: stored.said_at,
        replayable: stored.has_inputs,
    }
}

/// Makes the verdict again and compares it, word for word.
fn replayed(said: &Verdict, inputs: Option<&VerdictInputs>) -> VerdictReplay {
    let Some(inputs) = inputs else {
        let sentence =
            "what it was made from is not kept any more, or not in a form that this version reads";
        return VerdictReplay { verdict: None, same: None, sentence: sentence.to_owned() };
    };
    let again = judge(inputs);
    let same = again == *said;
    let sentence = if same {
        "made again from its inputs: the same, word for word".to_owned()
    } else {
        format!("made again from its inputs by this version it reads: {}", again.sentence)
    };
    VerdictReplay { verdict: Some(again), same: Some(same), sentence }
}

/// The figures of a verdict, for people and scripts: the sums they would reckon first, and the
/// whole of what it was made from.
fn explained(inputs: &VerdictInputs) -> serde_json::Value {
    let tally = |tally: &Tally| {
        serde_json::json!({
            "probes": {"attempts": tally.probes.attempts(), "failed": tally.probes.failed()},
            "traffic": {"attempts": tally.traffic.attempts(), "failed": tally.traffic.failed()},
            "failed_share": tally.failed_share(),
            "commonest": tally.commonest(),
        })
    };
    let of = &inputs.of;
    serde_json::json!({
        "short_window": tally(&of.short),
        "long_window": tally(&of.long),
        "latency": of.latency,
        "slo": of.slo,
        "page": of.page,
        "everything_unreachable": inputs.around.everything_unreachable,
        "replay": inputs,
    })
}
