//! A configuration file's text, and errors that point into it.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// A configuration that is refused: where, what and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file itself cannot be had.
    #[error("{}: {problem}", file.display())]
    Unreadable { file: PathBuf, problem: String },
    /// The file says something that cannot be.
    #[error("{}, line {line}, key `{key}`: {problem}", file.display())]
    Refused { file: PathBuf, line: usize, key: String, problem: String },
}

/// The text of one configuration file.
#[derive(Debug, Clone)]
pub struct ConfigSource {
    file: PathBuf,
    text: String,
}

impl ConfigSource {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`] when it is missing, not allowed or not UTF-8.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError::Unreadable {
            file: file.to_owned(),
            problem: format!("the configuration cannot be read: {error}"),
        })?;
        Ok(Self { file: file.to_owned(), text })
    }

    /// Takes a text as if it had been read from `file`.
    #[must_use]
    pub fn from_text(file: &Path, text: &str) -> Self {
        Self { file: file.to_owned(), text: text.to_owned() }
    }

    /// The file, for paths that are relative to it.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Parses the text.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] with the line and key of the first thing that does not fit.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml::from_str(&self.text)
            .map_err(|error| self.refused(&error.span().unwrap_or(0..0), plain(error.message())))
    }

    /// An error at a place of the text.
    #[must_use]
    pub fn refused(&self, span: &Range<usize>, problem: impl Into<String>) -> ConfigError {
        let (line, key) = self.place(span);
        ConfigError::Refused { file: self.file.clone(), line, key, problem: problem.into() }
    }

    /// The line (from 1) at which a span begins, and the key that is set there or, where nothing is
    /// set on that line, the table it opens.
    fn place(&self, span: &Range<usize>) -> (usize, String) {
        let start = (0..=span.start.min(self.text.len()))
            .rev()
            .find(|at| self.text.is_char_boundary(*at))
            .unwrap_or(0);
        let (before, _) = self.text.split_at(start);
        let index = before.matches('\n').count();
        let key_in = |line: &str| match line.split_once('=') {
            Some((key, _)) if !line.trim_start().starts_with('#') => Some(key.trim().to_owned()),
            _ => None,
        };
        let lines: Vec<&str> = self.text.lines().collect();
        let here = lines.get(index).copied().unwrap_or_default();
        // A value of several lines: the key stands further up, before any table begins.
        let key = key_in(here).or_else(|| {
            let above = lines.iter().take(index + 1).rev();
            above
                .take_while(|line| !line.trim_start().starts_with("[["))
                .find_map(|line| key_in(line))
        });
        let opened = || here.trim().trim_matches(['[', ']']).to_owned();
        let key =
            if here.trim_start().starts_with('[') { opened() } else { key.unwrap_or_else(opened) };
        (index + 1, key)
    }
}

/// The parser's message on one line.
fn plain(message: &str) -> String {
    message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[expect(dead_code, reason = "only parsed")]
        listen: u16,
    }

    #[test]
    fn an_unknown_key_names_file_line_key_and_what_is_allowed() {
        let source = ConfigSource::from_text(Path::new("a.toml"), "# é\nlisten = 1\nlisen = 2\n");
        let error = source.parse::<File>().unwrap_err().to_string();
        assert_eq!(error, "a.toml, line 3, key `lisen`: unknown field `lisen`, expected `listen`");
    }

    #[test]
    fn a_wrong_type_names_line_and_key() {
        let source = ConfigSource::from_text(Path::new("a.toml"), "listen = \"x\"");
        let error = source.parse::<File>().unwrap_err().to_string();
        assert!(error.starts_with("a.toml, line 1, key `listen`: invalid type"), "{error}");
    }
}
