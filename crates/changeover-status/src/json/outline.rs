//! One pass over the bytes of a JSON document: depth, number of values, whether it ends where it
//! should, and where the incidents of its list stand. Not a parser: what is inside is left to
//! `serde_json`, which gets the document only when it is bounded here.
//!
//! An incident that was read before, byte for byte, is passed over whole. It is taken out of the
//! document only with the comma before it, and only behind another one: what is left is JSON exactly
//! where the whole is, and a list's first element, by which platforms are told apart, always stays.

use std::ops::Range;

use crate::ReadError;

/// The deepest nesting. Real pages need eight levels.
const MAX_DEPTH: usize = 64;
/// The most objects and lists of one document. Google's file of 157 incidents has 20,000.
const MAX_CONTAINERS: usize = 200_000;
/// The most values of any kind, as their commas tell.
const MAX_COMMAS: usize = 500_000;
/// The key of the list whose elements are noted; a document that is a list has no key.
const LIST: &str = "incidents";

/// What a piece of a document counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    containers: usize,
    commas: usize,
}

/// Where an incident stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) span: Range<usize>,
    pub(crate) weight: Weight,
    /// The comma before it, where it can be taken out.
    comma_at: usize,
    /// Its number among those that were read before.
    pub(crate) known: Option<usize>,
}

/// An incident that was read before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CheckedElement {
    pub(crate) number: usize,
    pub(crate) bytes: usize,
    pub(crate) weight: Weight,
}

/// Incidents that were read before.
pub(crate) trait Checked {
    /// The one with which the text begins.
    fn at_start(&mut self, text: &str) -> Option<CheckedElement>;
}

/// Refuses what is too deep, too much, or cut.
pub(super) fn check(text: &str) -> Result<(), ReadError> {
    Pass::new(text, None).whole().map(drop)
}

/// The same, past incidents that were read before; gives all of them in their order.
pub(crate) fn elements(text: &str, checked: &mut dyn Checked) -> Result<Vec<Element>, ReadError> {
    Pass::new(text, Some(checked)).whole()
}

/// The document without the incidents that are known.
pub(crate) fn without_known(text: &str, elements: &[Element]) -> Option<String> {
    let (mut rest, mut copied) = (String::new(), 0);
    for element in elements.iter().filter(|element| element.known.is_some()) {
        rest.push_str(text.get(copied..element.comma_at)?);
        copied = element.span.end;
    }
    rest.push_str(text.get(copied..)?);
    Some(rest)
}

/// The list of incidents, on the way through the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Ahead,
    /// Its elements stand at this depth.
    Within(usize),
    Past,
}

/// An element that is not closed yet.
#[derive(Debug, Clone, Copy)]
struct Open {
    start: usize,
    comma_at: usize,
    before: Weight,
}

struct Pass<'a, 'k> {
    text: &'a str,
    /// How far it is read.
    at: usize,
    depth: usize,
    weight: Weight,
    /// The last text at the top level.
    key: &'a str,
    /// The last byte that is no white space.
    last: u8,
    list: List,
    comma_at: usize,
    element: Option<Open>,
    checked: Option<&'k mut dyn Checked>,
    elements: Vec<Element>,
}

impl<'a, 'k> Pass<'a, 'k> {
    fn new(text: &'a str, checked: Option<&'k mut dyn Checked>) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            weight: Weight::default(),
            key: "",
            last: b' ',
            list: if checked.is_some() { List::Ahead } else { List::Past },
            comma_at: 0,
            element: None,
            checked,
            elements: Vec::new(),
        }
    }

    fn whole(mut self) -> Result<Vec<Element>, ReadError> {
        while let Some(byte) = self.text.as_bytes().get(self.at).copied() {
            let here = self.at;
            self.at += 1;
            self.last = match byte {
                b'"' => {
                    self.pass_string()?;
                    byte
                }
                b'{' | b'[' => self.open(byte, here)?,
                b'}' | b']' => {
                    self.close(byte);
                    byte
                }
                b',' => {
                    self.comma_at = here;
                    self.add(Weight { containers: 0, commas: 1 })?;
                    byte
                }
                b' ' | b'\n' | b'\r' | b'\t' => self.last,
                _ => byte,
            };
        }
        if self.depth == 0 { Ok(self.elements) } else { Err(truncated()) }
    }

    /// Goes past a string whose first quote was read. Most of a page is in its strings.
    fn pass_string(&mut self) -> Result<(), ReadError> {
        let start = self.at;
        let mut rest = self.text.as_bytes().get(start..).unwrap_or_default();
        while let Some(length) = memchr::memchr2(b'"', b'\\', rest) {
            let is_end = rest.get(length) == Some(&b'"');
            let skip = if is_end { length + 1 } else { length + 2 };
            self.at += skip;
            rest = rest.get(skip..).ok_or_else(truncated)?;
            if is_end {
                if self.depth == 1 && self.list == List::Ahead {
                    self.key = self.text.get(start..self.at - 1).unwrap_or_default();
                }
                return Ok(());
            }
        }
        Err(truncated())
    }

    /// Opens a container, or passes over it whole. The byte with which what was read ends.
    fn open(&mut self, byte: u8, here: usize) -> Result<u8, ReadError> {
        if byte == b'{' && self.list == List::Within(self.depth) && self.element.is_none() {
            if self.pass_checked(here)? {
                return Ok(b'}');
            }
            let (comma_at, before) = (self.comma_at, self.weight);
            self.element = Some(Open { start: here, comma_at, before });
        }
        let is_named = self.depth == 1 && self.last == b':' && self.key == LIST;
        if byte == b'[' && self.list == List::Ahead && (self.depth == 0 || is_named) {
            self.list = List::Within(self.depth + 1);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ReadError::TooDeep { limit: MAX_DEPTH });
        }
        self.add(Weight { containers: 1, commas: 0 })?;
        Ok(byte)
    }

    /// Goes past an incident that was read before, where one stands right behind another one.
    fn pass_checked(&mut self, here: usize) -> Result<bool, ReadError> {
        let Some(before) = self.elements.last().map(|element| element.span.end) else {
            return Ok(false);
        };
        let is_blank = |range: Range<usize>| {
            self.text.get(range).is_some_and(|text| text.trim_ascii().is_empty())
        };
        let follows = self.last == b','
            && is_blank(before..self.comma_at)
            && is_blank(self.comma_at + 1..here);
        if !follows {
            return Ok(false);
        }
        let rest = self.text.get(here..).unwrap_or_default();
        let checked = self.checked.as_mut().and_then(|known| known.at_start(rest));
        let Some(CheckedElement { number, bytes, weight }) = checked else { return Ok(false) };
        self.add(weight)?;
        self.at = here + bytes;
        let (span, comma_at) = (here..self.at, self.comma_at);
        self.elements.push(Element { span, weight, comma_at, known: Some(number) });
        Ok(true)
    }

    fn close(&mut self, byte: u8) {
        self.depth = self.depth.saturating_sub(1);
        if byte == b'}' && self.list == List::Within(self.depth) {
            if let Some(Open { start, comma_at, before }) = self.element.take() {
                let weight = Weight {
                    containers: self.weight.containers - before.containers,
                    commas: self.weight.commas - before.commas,
                };
                let span = start..self.at;
                self.elements.push(Element { span, weight, comma_at, known: None });
            }
        } else if self.list == List::Within(self.depth + 1) {
            self.list = List::Past;
        }
    }

    fn add(&mut self, weight: Weight) -> Result<(), ReadError> {
        self.weight.containers += weight.containers;
        self.weight.commas += weight.commas;
        let too_many = |limit| Err(ReadError::TooMany { what: "values", limit });
        if self.weight.containers > MAX_CONTAINERS {
            return too_many(MAX_CONTAINERS);
        }
        if self.weight.commas > MAX_COMMAS {
            return too_many(MAX_COMMAS);
        }
        Ok(())
    }
}

fn truncated() -> ReadError {
    ReadError::Truncated { inside: "the JSON document".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert_eq!(check(r#"{"a":"[[[{\"","b":[]}"#), Ok(()));
    }

    #[test]
    fn depth_and_numbers_have_caps_and_a_cut_is_seen() {
        assert_eq!(check(&"[".repeat(1_000)), Err(ReadError::TooDeep { limit: MAX_DEPTH }));
        let many = format!("[{}[]]", "[],".repeat(MAX_CONTAINERS));
        assert!(matches!(check(&many), Err(ReadError::TooMany { limit: MAX_CONTAINERS, .. })));
        let numbers = format!("[{}1]", "1,".repeat(MAX_COMMAS + 1));
        assert!(matches!(check(&numbers), Err(ReadError::TooMany { limit: MAX_COMMAS, .. })));
        for cut in [r#"{"a":1"#, r#"{"a":"b"#, r#"["\"#] {
            assert!(matches!(check(cut), Err(ReadError::Truncated { .. })), "{cut}");
        }
    }
}
