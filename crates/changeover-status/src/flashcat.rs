//! `FlashDuty`/Flashcat: the JSON behind its page with what is going on, and feeds whose entries
//! begin with `Status: …`. Names are written in two languages.

mod feed;
mod normalise;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use feed::findings as feed_findings;

use changeover_domain::MaintenanceState;

use crate::findings::Findings;
use crate::words::Label;
use crate::{ReadError, json, words};

/// The meaning of a word; `ongoing` is said of planned work alone, here and nowhere else.
fn label(word: &str) -> Option<Label> {
    let state = MaintenanceState::InProgress;
    if word.trim().eq_ignore_ascii_case("ongoing") {
        return Some(Label { state: Some(words::life_cycle(state)), maintenance: Some(state) });
    }
    words::label(word)
}

/// Reads the document.
pub(crate) fn findings(text: &str) -> Result<Findings, ReadError> {
    Ok(normalise::findings(json::parse(text)?))
}
