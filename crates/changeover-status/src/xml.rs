//! A look over an XML document before any parser sees it: refuses what status feeds never need
//! (document types, entities, depth, masses of elements) and says precisely what is broken.
//!
//! One pass, no copies, no recursion. Not a parser: names, attributes and text are left to `rss`
//! and `atom_syndication`, which get the document only when it is well-formed here. An entry that was
//! found sound before, byte for byte and inside the same tags, is passed over whole: what comes after
//! it is read from the same state as if it had been looked at again.

use std::ops::Range;

use crate::ReadError;

/// The deepest nesting of elements. Real feeds need six levels.
pub(crate) const MAX_DEPTH: usize = 64;
/// The most elements of one document.
pub(crate) const MAX_ELEMENTS: usize = 200_000;
/// The most items or entries of one feed. The largest real one seen has 504.
pub(crate) const MAX_ENTRIES: usize = 4_000;
/// The longest entity name looked for, with its `;`.
const MAX_REFERENCE: usize = 33;

/// What the pass has seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline<'a> {
    /// The root's name as written, prefix included.
    pub(crate) root: &'a str,
    /// Elements called `item` or `entry`, wherever they stand.
    pub(crate) entries: usize,
    /// Those of them that are in no other.
    pub(crate) places: Vec<Place>,
    /// The tags that the first of them stands in, as written.
    pub(crate) ancestry: Vec<&'a str>,
    /// Not all of them stand in the same element.
    is_scattered: bool,
}

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Tags included.
    pub(crate) span: Range<usize>,
    /// How many elements it is made of.
    pub(crate) elements: usize,
    /// Its number among those that were checked before.
    pub(crate) known: Option<usize>,
}

/// An entry that was checked before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CheckedEntry {
    pub(crate) number: usize,
    pub(crate) bytes: usize,
    pub(crate) elements: usize,
}

/// Entries that were checked before.
pub(crate) trait Checked {
    /// The one with which the text begins, if it stood in the same tags then.
    fn at_start(&mut self, text: &str, ancestry: &[&str]) -> Option<CheckedEntry>;
}

impl Outline<'_> {
    /// Whether all entries stand side by side, so that one can be taken out without the others.
    pub(crate) fn entries_are_alike(&self) -> bool {
        self.places.len() == self.entries && !self.is_scattered
    }
}

/// A name without its prefix.
pub(crate) fn local_name(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Checks the whole document.
pub(crate) fn outline(text: &str) -> Result<Outline<'_>, ReadError> {
    whole(Pass::new(text, None))
}

/// The same, past entries that were checked before.
pub(crate) fn outline_again<'a>(
    text: &'a str,
    checked: &mut dyn Checked,
) -> Result<Outline<'a>, ReadError> {
    whole(Pass::new(text, Some(checked)))
}

fn whole<'a>(mut pass: Pass<'a, '_>) -> Result<Outline<'a>, ReadError> {
    while pass.step()? {}
    match (pass.open.last(), pass.outline.root) {
        (Some(open), _) => Err(truncated(open.name)),
        (None, "") => Err(pass.malformed("no element")),
        (None, _) => Ok(pass.outline),
    }
}

/// The root's name as written, without a look at what follows it.
pub(crate) fn root(text: &str) -> Result<&str, ReadError> {
    let mut pass = Pass::new(text, None);
    while pass.outline.root.is_empty() && pass.step()? {}
    match pass.outline.root {
        "" => Err(pass.malformed("no element")),
        root => Ok(root),
    }
}

/// An element that is not closed yet.
struct Open<'a> {
    name: &'a str,
    /// What stands between its `<` and `>`.
    tag: &'a str,
    /// The how many-eth element it is.
    number: usize,
}

/// An entry that is not closed yet.
struct OpenEntry {
    start: usize,
    depth: usize,
    /// How many elements came before it.
    before: usize,
}

struct Pass<'a, 'k> {
    whole: &'a str,
    rest: &'a str,
    open: Vec<Open<'a>>,
    elements: usize,
    entry: Option<OpenEntry>,
    /// The element in which the first entry stands.
    parent: Option<usize>,
    checked: Option<&'k mut dyn Checked>,
    outline: Outline<'a>,
}

impl<'a, 'k> Pass<'a, 'k> {
    fn new(text: &'a str, checked: Option<&'k mut dyn Checked>) -> Self {
        Self {
            whole: text,
            rest: text,
            open: Vec::new(),
            elements: 0,
            entry: None,
            parent: None,
            checked,
            outline: Outline::default(),
        }
    }

    /// Goes past one piece of text and the mark-up after it; false at the end.
    fn step(&mut self) -> Result<bool, ReadError> {
        let Some((text, after)) = self.rest.split_once('<') else {
            self.text(self.rest)?;
            return Ok(false);
        };
        self.text(text)?;
        if self.pass_checked(text.len())? {
            return Ok(true);
        }
        self.rest = after;
        if let Some(after) = after.strip_prefix("!--") {
            self.skip(after, "-->", "a comment")?;
        } else if let Some(after) = after.strip_prefix("![CDATA[") {
            if self.open.is_empty() {
                return Err(self.malformed("text outside the root"));
            }
            self.skip(after, "]]>", "a CDATA section")?;
        } else if let Some(after) = after.strip_prefix('?') {
            self.skip(after, "?>", "a processing instruction")?;
        } else if after.starts_with('!') {
            return Err(ReadError::DocumentType);
        } else if let Some(after) = after.strip_prefix('/') {
            self.close(after)?;
        } else {
            self.open(after)?;
        }
        Ok(true)
    }

    fn skip(&mut self, after: &'a str, end: &str, what: &str) -> Result<(), ReadError> {
        let (_, rest) = after.split_once(end).ok_or_else(|| truncated(what))?;
        self.rest = rest;
        Ok(())
    }

    fn text(&self, text: &str) -> Result<(), ReadError> {
        if self.open.is_empty() && !text.trim().is_empty() {
            return Err(self.malformed("text outside the root"));
        }
        self.references(text)
    }

    /// Every `&` must begin one of the five entities of XML or a number.
    fn references(&self, text: &str) -> Result<(), ReadError> {
        for (index, _) in text.match_indices('&') {
            let (before, after) = text.split_at(index);
            let line = || self.line() + lines(before);
            let name =
                reference_name(after).ok_or_else(|| ReadError::BareAmpersand { line: line() })?;
            let known = matches!(name, "amp" | "lt" | "gt" | "quot" | "apos");
            if !known && !name.starts_with('#') {
                return Err(ReadError::UnknownEntity { name: name.to_owned(), line: line() });
            }
        }
        Ok(())
    }

    fn close(&mut self, after: &'a str) -> Result<(), ReadError> {
        let (name, rest) = after.split_once('>').ok_or_else(|| truncated("a closing tag"))?;
        let name = name.trim_end();
        match self.open.pop() {
            Some(open) if open.name == name => {}
            open => {
                return Err(ReadError::Mismatched {
                    open: short(open.map_or("nothing", |open| open.name)),
                    closed: short(name),
                    line: self.line(),
                });
            }
        }
        self.rest = rest;
        self.end_entry();
        Ok(())
    }

    /// Goes past an entry that was checked before, where one begins after `skip` bytes.
    fn pass_checked(&mut self, skip: usize) -> Result<bool, ReadError> {
        let Some(here) = self.rest.get(skip..) else { return Ok(false) };
        let is_entry = ["<item", "<entry", "<atom:entry"].iter().any(|tag| here.starts_with(tag));
        if self.checked.is_none() || self.entry.is_some() || self.open.is_empty() || !is_entry {
            return Ok(false);
        }
        let ancestry: Vec<&str> = self.open.iter().map(|open| open.tag).collect();
        let checked = self.checked.as_mut().and_then(|known| known.at_start(here, &ancestry));
        let Some(CheckedEntry { number, bytes, elements }) = checked else { return Ok(false) };
        self.note_parent();
        self.add(elements, 1)?;
        self.rest = here.get(bytes..).unwrap_or_default();
        let start = self.whole.len() - here.len();
        let span = start..start + bytes;
        self.outline.places.push(Place { span, elements, known: Some(number) });
        Ok(true)
    }

    /// Notes in which element an entry stands.
    fn note_parent(&mut self) {
        let parent = self.open.last().map_or(0, |open| open.number);
        if let Some(first) = self.parent {
            self.outline.is_scattered |= first != parent;
        } else {
            self.parent = Some(parent);
            self.outline.ancestry = self.open.iter().map(|open| open.tag).collect();
        }
    }

    /// Notes where an entry ends, when it is the one that is open.
    fn end_entry(&mut self) {
        if let Some(entry) = self.entry.take_if(|entry| entry.depth == self.open.len()) {
            let span = entry.start..self.whole.len() - self.rest.len();
            let elements = self.elements - entry.before;
            self.outline.places.push(Place { span, elements, known: None });
        }
    }

    fn open(&mut self, after: &'a str) -> Result<(), ReadError> {
        let end = tag_end(after).ok_or_else(|| truncated("a tag"))?;
        let (tag, rest) = after.split_at(end);
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let name = tag.split_ascii_whitespace().next().unwrap_or_default();
        if !tag.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return Err(self.malformed("a `<` that begins no tag"));
        }
        self.references(tag)?;
        self.count(name)?;
        if is_entry(name) && self.entry.is_none() {
            self.note_parent();
            // The `<` was read already, and the element counted.
            let start = self.whole.len() - after.len() - 1;
            let (depth, before) = (self.open.len(), self.elements - 1);
            self.entry = Some(OpenEntry { start, depth, before });
        }
        if !is_empty {
            self.open.push(Open { name, tag, number: self.elements });
            if self.open.len() > MAX_DEPTH {
                return Err(ReadError::TooDeep { limit: MAX_DEPTH });
            }
        }
        self.rest = rest.strip_prefix('>').unwrap_or(rest);
        if is_empty {
            self.end_entry();
        }
        Ok(())
    }

    fn count(&mut self, name: &'a str) -> Result<(), ReadError> {
        if self.open.is_empty() {
            if !self.outline.root.is_empty() {
                return Err(self.malformed("a second root"));
            }
            self.outline.root = name;
        }
        self.add(1, usize::from(is_entry(name)))
    }

    fn add(&mut self, elements: usize, entries: usize) -> Result<(), ReadError> {
        self.elements += elements;
        self.outline.entries += entries;
        if self.outline.entries > MAX_ENTRIES {
            return Err(ReadError::TooMany { what: "entries", limit: MAX_ENTRIES });
        }
        if self.elements > MAX_ELEMENTS {
            return Err(ReadError::TooMany { what: "elements", limit: MAX_ELEMENTS });
        }
        Ok(())
    }

    fn line(&self) -> usize {
        let read = self.whole.len() - self.rest.len();
        lines(self.whole.get(..read).unwrap_or_default()) + 1
    }

    fn malformed(&self, what: &'static str) -> ReadError {
        ReadError::Malformed { what, line: self.line() }
    }
}

/// A prefixed `media:item` is another vocabulary's.
fn is_entry(name: &str) -> bool {
    matches!(name, "item" | "entry" | "atom:entry")
}

/// The name in a text that begins with `&name;`.
fn reference_name(text: &str) -> Option<&str> {
    let text = text.strip_prefix('&')?;
    let end = text.bytes().take(MAX_REFERENCE).position(|byte| byte == b';')?;
    let name = text.get(..end)?;
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#');
    is_name.then_some(name)
}

fn lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Where the tag's `>` stands, past quoted values.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    text.bytes().position(|byte| match quote {
        Some(open) => {
            if byte == open {
                quote = None;
            }
            false
        }
        None => {
            if byte == b'"' || byte == b'\'' {
                quote = Some(byte);
            }
            byte == b'>'
        }
    })
}

fn truncated(inside: &str) -> ReadError {
    ReadError::Truncated { inside: short(inside) }
}

fn short(name: &str) -> String {
    name.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        outline(text).unwrap_err().to_string()
    }

    #[test]
    fn a_sound_document_shows_its_root_and_entries() {
        let text = "<!-- <item> --><rss a='>'><channel><item/><item><![CDATA[a & <b>]]></item></channel></rss>\n";
        let seen = outline(text).unwrap();
        assert_eq!((seen.root, seen.entries, seen.entries_are_alike()), ("rss", 2, true));
        let spans: Vec<&str> =
            seen.places.iter().map(|place| text.get(place.span.clone()).unwrap()).collect();
        assert_eq!(spans, ["<item/>", "<item><![CDATA[a & <b>]]></item>"]);
        let apart = outline("<rss><channel><item/></channel><item/></rss>").unwrap();
        assert!(!apart.entries_are_alike(), "some in the channel and some beside it");
        let nested = outline("<r><item><item/></item></r>").unwrap();
        assert!(!nested.entries_are_alike(), "one in another");
    }

    #[test]
    fn entity_bombs_and_outside_entities_are_refused_before_parsing() {
        let bomb = "<!DOCTYPE r [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;\">]><r>&b;</r>";
        assert_eq!(outline(bomb), Err(ReadError::DocumentType));
        let outside = "<!DOCTYPE r SYSTEM \"http://127.0.0.1:9/x.dtd\"><r/>";
        assert_eq!(outline(outside), Err(ReadError::DocumentType));
        assert!(refusal("<r>\n&nbsp;</r>").contains("line 2 has the entity `&nbsp;`"));
    }

    #[test]
    fn what_is_broken_is_named_with_its_line() {
        assert!(refusal("<r>\nR&D</r>").contains("line 2 has a bare `&`"));
        assert!(refusal("<r a='x & y'/>").contains("bare `&`"));
        assert!(refusal("<r><i>x").contains("ends inside i"));
        assert!(refusal("<r><i").contains("ends inside a tag"));
        assert!(refusal("<r><![CDATA[x</r>").contains("ends inside a CDATA section"));
        assert!(refusal("<d>line<br>next</d>").contains("closes `d` where `br` is open"));
        assert!(refusal("<a/><b/>").contains("a second root"));
        assert!(refusal("hello").contains("text outside the root"));
        assert!(refusal("<r>1 < 2</r>").contains("begins no tag"));
    }

    #[test]
    fn depth_and_numbers_have_caps() {
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        assert_eq!(outline(&deep), Err(ReadError::TooDeep { limit: MAX_DEPTH }));
        let many = format!("<r>{}</r>", "<item/>".repeat(MAX_ENTRIES + 1));
        assert!(matches!(outline(&many), Err(ReadError::TooMany { what: "entries", .. })));
        let masses = format!("<r>{}</r>", "<x/>".repeat(MAX_ELEMENTS));
        assert!(matches!(outline(&masses), Err(ReadError::TooMany { what: "elements", .. })));
    }
}
