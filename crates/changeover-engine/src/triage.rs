//! The triage sheet: everything the console knows of one target's trouble, on one page.
//!
//! Not for judging (policy) and not for doing anything: the levers on it are suggestions, and each
//! is pulled through its own plan. The rule it keeps: the sheet is of one moment, and what is not
//! known stands on it as not known.

mod call;
mod lever;
mod markdown;
mod no_lever;
mod timeline;
mod words;

use changeover_domain::{Target, VerdictKind};
use changeover_policy::score::health;
use changeover_policy::verdict::{Excluded, Fix, VerdictInputs, excluded, fix};

use crate::contract::{ExcludedView, FixView, Triage, TriageGet};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::setup::Setup;
use crate::state::State;
use crate::view::score;

/// How far back the sheet looks.
const LOOK_BACK_MS: i64 = 30 * 60_000;

impl Engine {
    /// All that somebody who was just woken up needs to know of one target.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when there is no such target, [`EngineError::Unavailable`] before
    /// it was first judged.
    pub fn triage_get(&self, get: &TriageGet) -> Result<Triage, EngineError> {
        let target = self.known_target(&get.target)?;
        let state = self.state();
        let Some(inputs) = state.verdict_inputs.get(&target.id) else {
            return Err(EngineError::Unavailable {
                message: format!("`{}` has not been judged yet", target.id),
                hint: "wait for the first probes".to_owned(),
            });
        };
        let mut sheet = sheet(self.setup(), &state, target, inputs)?;
        drop(state);
        sheet.markdown = markdown::written(&sheet);
        Ok(sheet)
    }

    /// The target of this id.
    pub(crate) fn known_target(
        &self,
        id: &changeover_domain::TargetId,
    ) -> Result<&Target, EngineError> {
        let all = self.setup().catalogue.targets.iter().map(|target| &target.id);
        self.setup().target(id).ok_or_else(|| EngineError::not_found("target", id, all))
    }
}

fn sheet(
    setup: &Setup,
    state: &State,
    target: &Target,
    inputs: &VerdictInputs,
) -> Result<Triage, EngineError> {
    let verdict = state.verdicts.get(&target.id).cloned();
    let verdict = verdict.ok_or_else(|| EngineError::Unavailable {
        message: format!("`{}` has not been judged yet", target.id),
        hint: "wait for the first probes".to_owned(),
    })?;
    let provider_name = setup.provider_name(&target.provider);
    let now = inputs.at;
    let from = now.plus_millis(-LOOK_BACK_MS);
    let own = verdict.kind == VerdictKind::OurNetwork;
    let levers = lever::suggested(setup, state, target, &verdict);
    Ok(Triage {
        target: target.id.clone(),
        provider: target.provider.clone(),
        model: target.model.clone(),
        region: target.region.clone(),
        at: now,
        title: words::title(setup, target, &verdict),
        score: Some(score::view(health(&inputs.of))),
        excluded: excluded(inputs).into_iter().map(excluded_view).collect(),
        timeline: timeline::of_target(setup, state, target, from, now),
        timeline_from: from,
        no_lever: no_lever::why(setup, state, target, &verdict).filter(|_| levers.is_empty()),
        levers,
        fix: fix(inputs, &provider_name).map(fix_view),
        failing_call: call::failing(setup, state, target, from),
        episode: state.episodes.open((!own).then_some(&target.provider)).cloned(),
        markdown: String::new(),
        provider_name,
        verdict,
    })
}

fn excluded_view(excluded: Excluded) -> ExcludedView {
    let Excluded { kind, ruled_out, reason } = excluded;
    ExcludedView { kind, ruled_out, reason }
}

fn fix_view(fix: Fix) -> FixView {
    FixView { title: fix.title, steps: fix.steps }
}

#[cfg(test)]
mod tests;
