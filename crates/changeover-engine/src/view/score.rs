//! A target's health score, as the screen unfolds it.

use changeover_policy::score::{Addend, AddendName, HealthScore};

use crate::contract::{AddendView, ScoreView};

pub(crate) fn view(score: HealthScore) -> ScoreView {
    ScoreView {
        score: score.score,
        confidence: score.confidence,
        addends: score.addends.into_iter().map(addend).collect(),
    }
}

fn addend(addend: Addend) -> AddendView {
    let (name, label) = words(addend.name);
    AddendView {
        name: name.to_owned(),
        label: label.to_owned(),
        points: addend.points,
        weight: addend.weight,
        figure: addend.figure,
    }
}

/// The name as it is on the wire, and as people read it.
fn words(name: AddendName) -> (&'static str, &'static str) {
    match name {
        AddendName::Start => ("start", "to begin with"),
        AddendName::Failures => ("failures", "failed attempts"),
        AddendName::FirstToken => ("first_token", "slow first tokens"),
        AddendName::TotalTime => ("total_time", "slow answers"),
        AddendName::Throughput => ("throughput", "slower writing"),
        AddendName::Refusals => ("refusals", "more refusals"),
        AddendName::StatusPage => ("status_page", "what the page says"),
        AddendName::Headroom => ("headroom", "scarce limits"),
        AddendName::Floor => ("floor", "never below zero"),
    }
}
