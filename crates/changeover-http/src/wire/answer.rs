//! An answer's head as it came: looked up where somebody asks, and not sorted for those who do not.
//!
//! Of the ten or twenty headers that a vendor sends with each answer, two are looked at. To sort all of
//! them into a map cost as much as to read them.

use hyper::StatusCode;
use hyper::header::HeaderMap;

use super::exchange::Answering;

/// An answer whose head has come.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: Headers,
    /// The body, which has to be waited for.
    pub body: Answering,
}

/// The headers of an answer.
#[derive(Debug, Clone)]
pub struct Headers(Kept);

#[derive(Debug, Clone)]
enum Kept {
    Lines(Lines),
    Map(HeaderMap),
}

/// Headers in the order in which they came; names in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    text: Vec<u8>,
    /// The lengths of each name and of the value behind it.
    lengths: Vec<(usize, usize)>,
}

impl Lines {
    /// Room for so many headers, so many bytes long.
    pub(super) fn with_capacity(lines: usize, bytes: usize) -> Self {
        Self { text: Vec::with_capacity(bytes), lengths: Vec::with_capacity(lines) }
    }

    pub(super) fn push(&mut self, name: &str, value: &[u8]) {
        let begin = self.text.len();
        self.text.extend_from_slice(name.as_bytes());
        if let Some(name) = self.text.get_mut(begin..) {
            name.make_ascii_lowercase();
        }
        self.text.extend_from_slice(value);
        self.lengths.push((name.len(), value.len()));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = self.text.as_slice();
        self.lengths.iter().map_while(move |(name, value)| {
            let (name, behind) = rest.split_at_checked(*name)?;
            let (value, behind) = behind.split_at_checked(*value)?;
            rest = behind;
            Some((name, value))
        })
    }

    /// All values of a name, which is in lower case.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let named = move |(other, _): &(&[u8], &[u8])| *other == name.as_bytes();
        self.iter().filter(named).map(|(_, value)| value)
    }
}

/// A value that is a text: visible ASCII. What may stand in a header otherwise has no known coding.
fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().filter(|text| text.is_ascii())
}

impl Headers {
    /// The first value of a name, if that is a text. The name is in lower case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match &self.0 {
            Kept::Lines(lines) => text(lines.all(name).next()?),
            Kept::Map(map) => map.get(name)?.to_str().ok(),
        }
    }

    /// All that are texts, by their names in lower case.
    #[must_use]
    pub fn texts(&self) -> Vec<(&str, &str)> {
        match &self.0 {
            Kept::Lines(lines) => {
                let texts = lines.iter().map(|(name, value)| Some((text(name)?, text(value)?)));
                texts.flatten().collect()
            }
            Kept::Map(map) => {
                let texts =
                    map.iter().map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
                texts.flatten().collect()
            }
        }
    }
}

impl Default for Headers {
    /// None.
    fn default() -> Self {
        Lines::default().into()
    }
}

impl From<Lines> for Headers {
    fn from(lines: Lines) -> Self {
        Self(Kept::Lines(lines))
    }
}

impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        Self(Kept::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_found_by_its_name_whichever_way_it_came() {
        let mut lines = Lines::default();
        let mut map = HeaderMap::new();
        for (name, value) in
            [("X-Id", "one"), ("X-Id", "two"), ("x-empty", ""), ("x-odd", "\u{e9}")]
        {
            lines.push(name, value.as_bytes());
            let name: hyper::header::HeaderName = name.parse().unwrap();
            map.append(name, hyper::header::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        assert_eq!(lines.all("x-id").collect::<Vec<_>>(), [b"one", b"two"]);
        for headers in [Headers::from(lines), Headers::from(map)] {
            assert_eq!((headers.get("x-id"), headers.get("x-empty")), (Some("one"), Some("")));
            assert_eq!((headers.get("x-odd"), headers.get("x-none")), (None, None));
            let texts = [("x-id", "one"), ("x-id", "two"), ("x-empty", "")];
            assert_eq!(headers.texts(), texts);
        }
    }
}
