//! Why bytes could not be read as a status feed, said so that a person knows what it is instead.
//!
//! Not for transport: what goes wrong before a body is there belongs to [`crate::PollError`].

use crate::{Format, Platform};

/// Why a body is not a reading. The text names what was found, never a guess at its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("the body is empty")]
    Empty,
    #[error("the body has more than {limit} bytes and was not read")]
    TooLarge { limit: usize },
    #[error(
        "the bytes are not valid {declared}, which the document {}",
        if *.stated { "declares" } else { "must be where it declares none" }
    )]
    WrongEncoding { declared: String, stated: bool },
    #[error("the encoding `{declared}` is not one this version knows")]
    UnknownEncoding { declared: String },
    #[error("an HTML page{} instead of a feed", .title.as_ref().map(|title| format!(" titled “{title}”")).unwrap_or_default())]
    HtmlPage { title: Option<String> },
    #[error(
        "refused: it carries a document type (DTD), which can hide entity bombs; status feeds need none"
    )]
    DocumentType,
    #[error("not well-formed XML: line {line} has the entity `&{name};`, which XML does not know")]
    UnknownEntity { name: String, line: usize },
    #[error("not well-formed XML: line {line} has a bare `&`")]
    BareAmpersand { line: usize },
    #[error("truncated: it ends inside {inside}")]
    Truncated { inside: String },
    #[error("not well-formed XML: line {line} closes `{closed}` where `{open}` is open")]
    Mismatched { open: String, closed: String, line: usize },
    #[error("not well-formed XML: line {line} has {what}")]
    Malformed { what: &'static str, line: usize },
    #[error("nested deeper than {limit} levels and was not read")]
    TooDeep { limit: usize },
    #[error("it has more than {limit} {what} and was not read")]
    TooMany { what: &'static str, limit: usize },
    #[error("{seen} entries stand in it but only {read} where the format has them")]
    LostEntries { seen: usize, read: usize },
    #[error("the XML parser refused it: {0}")]
    Xml(String),
    #[error("not valid JSON for this format at line {line}, column {column}: {what}")]
    Json { line: usize, column: usize, what: String },
    #[error(
        "expected {expected}, but it is {format} of {found}; if the page has moved, set its platform"
    )]
    WrongPlatform { expected: Platform, found: Platform, format: Format },
    #[error("it is {format}, which no page answers when it is asked")]
    NotAPage { format: Format },
    #[error("not a format this version reads: looks like {looks_like}")]
    NotAFormat { looks_like: String },
}

impl ReadError {
    /// The same, with its line counted from the top of a document of which so many lines were taken off.
    pub(crate) fn below(mut self, lines: usize) -> Self {
        match &mut self {
            Self::UnknownEntity { line, .. }
            | Self::BareAmpersand { line }
            | Self::Mismatched { line, .. }
            | Self::Malformed { line, .. }
            | Self::Json { line, .. } => *line += lines,
            Self::Empty
            | Self::TooLarge { .. }
            | Self::WrongEncoding { .. }
            | Self::UnknownEncoding { .. }
            | Self::HtmlPage { .. }
            | Self::DocumentType
            | Self::Truncated { .. }
            | Self::TooDeep { .. }
            | Self::TooMany { .. }
            | Self::LostEntries { .. }
            | Self::Xml(_)
            | Self::WrongPlatform { .. }
            | Self::NotAPage { .. }
            | Self::NotAFormat { .. } => {}
        }
        self
    }

    /// What the JSON parser found; the text of the document is not repeated beyond its excerpt.
    pub(crate) fn of_json(error: &serde_json::Error) -> Self {
        if error.is_eof() {
            return Self::Truncated { inside: "the JSON document".to_owned() };
        }
        Self::Json {
            line: error.line(),
            column: error.column(),
            what: without_place(&error.to_string()).chars().take(160).collect(),
        }
    }
}

/// The parser's words without the place that it writes behind them, which is told apart.
fn without_place(words: &str) -> &str {
    words.rsplit_once(" at line ").map_or(words, |(words, _)| words)
}
