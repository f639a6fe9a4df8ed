//! `FlashDuty`/Flashcat: the JSON behind its page with what is going on, and feeds whose entries
//! begin with `Status: …`. Names are written in two languages.

mod feed;
mod normalise;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use feed::findings as feed_findings;

use crate::findings::Findings;
use crate::{ReadError, json};

/// Reads the document.
pub(crate) fn findings(text: &str) -> Result<Findings, ReadError> {
    Ok(normalise::findings(json::parse(text)?))
}
