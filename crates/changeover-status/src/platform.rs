//! The formats this version reads, how one is told from another, and the one door to all.
//!
//! The platform is a setting; sniffing checks it, so that a provider's move to another platform is
//! an error with a name and not wrong data.

use std::fmt;

use changeover_domain::{ProviderId, SourceId, TargetId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ReadError, Reading, atom, body, rss, sniff, statuspage};

/// A format of status pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Statuspage JSON v2: `summary.json`, `incidents.json` and their kin.
    Statuspage,
    Rss,
    Atom,
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Statuspage => "Statuspage JSON",
            Self::Rss => "an RSS feed",
            Self::Atom => "an Atom feed",
        })
    }
}

/// Whose page is read, and the words by which it may name our targets.
#[derive(Debug, Clone, Copy)]
pub struct ReadContext<'a> {
    pub source: &'a SourceId,
    pub provider: &'a ProviderId,
    /// Model words in lower case with the target each means.
    pub names: &'a [(String, TargetId)],
}

/// Reads one body in the given format. Pure: the same bytes give the same reading.
///
/// # Errors
/// [`ReadError`] says what the bytes are instead.
pub fn read(
    platform: Platform,
    context: ReadContext<'_>,
    bytes: &[u8],
) -> Result<Reading, ReadError> {
    let text = body::decode(bytes)?;
    let found = sniff::platform(&text)?;
    if found != platform {
        return Err(ReadError::WrongPlatform { expected: platform, found });
    }
    read_text(found, context, &text)
}

/// Reads one body in whichever format it is in.
///
/// # Errors
/// [`ReadError`] says what the bytes are instead.
pub fn read_any(context: ReadContext<'_>, bytes: &[u8]) -> Result<(Platform, Reading), ReadError> {
    let text = body::decode(bytes)?;
    let platform = sniff::platform(&text)?;
    Ok((platform, read_text(platform, context, &text)?))
}

fn read_text(
    platform: Platform,
    context: ReadContext<'_>,
    text: &str,
) -> Result<Reading, ReadError> {
    match platform {
        Platform::Statuspage => statuspage::read(context, text),
        Platform::Rss => rss::read(context, text),
        Platform::Atom => atom::read(context, text),
    }
}
