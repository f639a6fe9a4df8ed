//! An answer's head: its status, its headers, and how its body is delimited.
//!
//! Hostile until read: no more than so many bytes and headers, one length and not two, and where a
//! body's end can be read in two ways the connection is not used again.

use hyper::{Method, StatusCode};

use super::framing::Framing;
use crate::wire::answer::Lines;

/// The largest head that is read.
pub(super) const MOST_HEAD_BYTES: usize = 64 * 1024;
/// The most headers.
const MOST_HEADERS: usize = 128;

/// A head that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadHead {
    #[error("the answer's head cannot be read: {0}")]
    Unreadable(httparse::Error),
    #[error("the answer's head is larger than {MOST_HEAD_BYTES} bytes")]
    TooLarge,
    #[error("the answer names several lengths, or one that is none")]
    Length,
    #[error("the answer is coded in a way that was not asked for")]
    Coding,
    #[error("the other side wants to speak another protocol")]
    Upgrade,
}

/// A head that is complete.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) lines: Lines,
    pub(super) framing: Framing,
    /// Whether the connection may be used again when the body is over.
    pub(super) keeps: bool,
}

/// What some bytes begin with, and how long it is.
#[derive(Debug)]
pub(super) enum Beginning {
    /// More has to come.
    Partial,
    /// One of the heads that may come before the answer's.
    Interim(usize),
    Answer(Head, usize),
}

/// Whether a head ends in `bytes`, of which the first `searched` have been looked through. For heads
/// that come in pieces: who sends one byte by byte shall not have it read anew for each.
pub(super) fn ends(bytes: &[u8], searched: usize) -> bool {
    // The blank line may have been cut into.
    let rest = bytes.get(searched.saturating_sub(3)..).unwrap_or_default();
    rest.windows(2).any(|two| two == b"\n\n") || rest.windows(3).any(|three| three == b"\n\r\n")
}

/// Reads a head; what was asked tells whether a body follows.
pub(super) fn read(bytes: &[u8], asked: &Method) -> Result<Beginning, BadHead> {
    let mut room = [const { std::mem::MaybeUninit::uninit() }; MOST_HEADERS];
    let mut parsed = httparse::Response::new(&mut []);
    let length = match httparse::ParserConfig::default()
        .parse_response_with_uninit_headers(&mut parsed, bytes, &mut room)
        .map_err(BadHead::Unreadable)?
    {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(Beginning::Partial),
    };
    let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or(BadHead::Unreadable(httparse::Error::Status))?;
    if status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(BadHead::Upgrade);
    }
    if status.is_informational() {
        return Ok(Beginning::Interim(length));
    }
    let lines = lines(parsed.headers, length);
    let (framing, sure) = framing(status, &lines, asked)?;
    let keeps = sure && framing != Framing::UntilClose && keeps(parsed.version, &lines);
    Ok(Beginning::Answer(Head { status, lines, framing, keeps }, length))
}

/// The headers, in memory of their own.
fn lines(parsed: &[httparse::Header<'_>], bytes: usize) -> Lines {
    let mut lines = Lines::with_capacity(parsed.len(), bytes);
    for header in parsed {
        lines.push(header.name, header.value);
    }
    lines
}

/// How the body is delimited, and whether everybody would read it so.
fn framing(status: StatusCode, lines: &Lines, asked: &Method) -> Result<(Framing, bool), BadHead> {
    if asked == Method::HEAD || matches!(status.as_u16(), 204 | 304) {
        return Ok((Framing::Length(0), true));
    }
    let length = length(lines)?;
    let mut codings = lines.all("transfer-encoding");
    let Some(coding) = codings.next() else {
        return Ok((length.map_or(Framing::UntilClose, Framing::Length), true));
    };
    if !coding.eq_ignore_ascii_case(b"chunked") || codings.next().is_some() {
        return Err(BadHead::Coding);
    }
    Ok((Framing::chunked(), length.is_none()))
}

fn length(lines: &Lines) -> Result<Option<u64>, BadHead> {
    let mut known = None;
    for value in lines.all("content-length") {
        for text in value.split(|byte| *byte == b',') {
            let text = std::str::from_utf8(text.trim_ascii()).map_err(|_| BadHead::Length)?;
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let length: u64 = text.parse().map_err(|_| BadHead::Length)?;
            if !digits || known.is_some_and(|known| known != length) {
                return Err(BadHead::Length);
            }
            known = Some(length);
        }
    }
    Ok(known)
}

/// What the connection is to be afterwards.
fn keeps(version: Option<u8>, lines: &Lines) -> bool {
    let named = |word: &[u8]| {
        let mut words = lines.all("connection").flat_map(|value| value.split(|byte| *byte == b','));
        words.any(|named| named.trim_ascii().eq_ignore_ascii_case(word))
    };
    if version == Some(1) { !named(b"close") } else { named(b"keep-alive") }
}

#[cfg(test)]
mod tests;
