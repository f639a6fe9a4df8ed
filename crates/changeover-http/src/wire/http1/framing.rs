//! Where an answer's body ends: by its length, by chunks, or with the connection.
//!
//! Pure: it is given what was read and says which of it is the body. However the bytes were cut on
//! their way, the body is the same. What is neither the body's nor needed to find its end (extensions
//! of chunks, trailers) is passed over up to a cap.

/// Of extensions and trailers together, the bytes that are passed over.
const MOST_PASSED_OVER: u32 = 16 * 1024;
/// A chunk's size has at most this many digits, which are 64 bits.
const MOST_DIGITS: u8 = 16;

/// How much of the body is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes.
    Length(u64),
    Chunked(Chunked),
    /// As much as comes.
    UntilClose,
}

/// A body that cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadChunk {
    #[error("a chunk's size cannot be read")]
    Size,
    #[error("a chunk does not end where it says")]
    End,
    #[error("more than {MOST_PASSED_OVER} bytes of extensions and trailers")]
    PassedOver,
}

/// Between which bytes of a chunked body the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunked {
    state: State,
    passed_over: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size {
        digits: u8,
        size: u64,
    },
    /// Blanks behind the size.
    Blank {
        size: u64,
    },
    Extension {
        size: u64,
    },
    SizeLf {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataCr,
    DataLf,
    /// At the beginning of a line behind the last chunk.
    Trailer,
    TrailerLine,
    TrailerLf,
    LastLf,
    Over,
}

impl Framing {
    /// By chunks, of which none has come.
    pub(super) fn chunked() -> Self {
        let state = State::Size { digits: 0, size: 0 };
        Self::Chunked(Chunked { state, passed_over: 0 })
    }

    /// Nothing more belongs to the body.
    pub(super) fn is_over(self) -> bool {
        match self {
            Self::Length(left) => left == 0,
            Self::Chunked(chunked) => chunked.state == State::Over,
            Self::UntilClose => false,
        }
    }

    /// Nothing more comes: whether the body is whole.
    pub(super) fn is_whole_at_close(self) -> bool {
        self.is_over() || self == Self::UntilClose
    }

    /// Takes the next piece of the body off the front of `input`. `None` when there is none in it:
    /// then all of it has been taken, or the body is over and what is left is not the body's.
    pub(super) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<&'a [u8]>, BadChunk> {
        let piece = match self {
            Self::Length(left) => taken(input, left),
            Self::Chunked(chunked) => return chunked.next(input),
            Self::UntilClose => std::mem::take(input),
        };
        Ok((!piece.is_empty()).then_some(piece))
    }
}

/// As much of `input` as is left to be taken.
fn taken<'a>(input: &mut &'a [u8], left: &mut u64) -> &'a [u8] {
    let most = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
    let (piece, rest) = input.split_at(most);
    *input = rest;
    *left = left.saturating_sub(u64::try_from(most).unwrap_or(u64::MAX));
    piece
}

impl Chunked {
    fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<&'a [u8]>, BadChunk> {
        loop {
            match &mut self.state {
                State::Over => return Ok(None),
                State::Data { left } => {
                    let piece = taken(input, left);
                    if *left == 0 {
                        self.state = State::DataCr;
                    }
                    if !piece.is_empty() {
                        return Ok(Some(piece));
                    }
                    if input.is_empty() {
                        return Ok(None);
                    }
                }
                _ => {
                    let Some((byte, rest)) = input.split_first() else { return Ok(None) };
                    self.state = self.after(*byte)?;
                    *input = rest;
                }
            }
        }
    }

    /// Where the reader stands behind a byte that is not data.
    fn after(&mut self, byte: u8) -> Result<State, BadChunk> {
        Ok(match (self.state, byte) {
            (State::Size { digits, size }, _) => return sized(digits, size, byte),
            (State::Blank { size } | State::Extension { size }, b'\r') => State::SizeLf { size },
            (State::Blank { size }, b' ' | b'\t') => {
                self.pass_over()?;
                State::Blank { size }
            }
            (State::Blank { size }, b';') => State::Extension { size },
            // A line feed alone ends a line for some and not for others: nobody shall choose.
            (State::Blank { .. }, _) | (State::Extension { .. }, b'\n') => {
                return Err(BadChunk::Size);
            }
            (State::Extension { size }, _) => {
                self.pass_over()?;
                State::Extension { size }
            }
            (State::SizeLf { size: 0 }, b'\n') => State::Trailer,
            (State::SizeLf { size }, b'\n') => State::Data { left: size },
            (State::SizeLf { .. }, _) => return Err(BadChunk::Size),
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::Size { digits: 0, size: 0 },
            (State::Trailer, b'\r') => State::LastLf,
            (State::TrailerLine, b'\r') => State::TrailerLf,
            (State::Trailer | State::TrailerLine, byte) if byte != b'\n' => {
                self.pass_over()?;
                State::TrailerLine
            }
            (State::TrailerLf, b'\n') => State::Trailer,
            (State::LastLf, b'\n') => State::Over,
            _ => return Err(BadChunk::End),
        })
    }

    fn pass_over(&mut self) -> Result<(), BadChunk> {
        self.passed_over += 1;
        if self.passed_over > MOST_PASSED_OVER { Err(BadChunk::PassedOver) } else { Ok(()) }
    }
}

/// Behind another byte of a chunk's size.
fn sized(digits: u8, size: u64, byte: u8) -> Result<State, BadChunk> {
    if let Some(digit) = char::from(byte).to_digit(16) {
        if digits == MOST_DIGITS {
            return Err(BadChunk::Size);
        }
        return Ok(State::Size { digits: digits + 1, size: size << 4 | u64::from(digit) });
    }
    match byte {
        _ if digits == 0 => Err(BadChunk::Size),
        b'\r' => Ok(State::SizeLf { size }),
        b' ' | b'\t' => Ok(State::Blank { size }),
        b';' => Ok(State::Extension { size }),
        _ => Err(BadChunk::Size),
    }
}

#[cfg(test)]
mod tests;
