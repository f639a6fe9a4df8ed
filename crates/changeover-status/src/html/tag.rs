//! What a tag of HTML is: `<`, a name that HTML knows, and a `>`. Comments and declarations too.

/// The elements of HTML, in the order of the alphabet.
const NAMES: [&str; 107] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "applet",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "link",
    "main",
    "map",
    "mark",
    "meta",
    "nav",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "p",
    "param",
    "picture",
    "pre",
    "q",
    "s",
    "samp",
    "script",
    "section",
    "select",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// A tag, and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Empty for a comment and a declaration.
    pub(super) name: &'a str,
    pub(super) is_end: bool,
    /// It closes itself.
    pub(super) is_empty: bool,
    pub(super) rest: &'a str,
}

/// The tag that `after`, what follows a `<`, begins with.
pub(super) fn at_start(after: &str) -> Option<Tag<'_>> {
    if let Some(comment) = after.strip_prefix("!--") {
        return nameless(comment.split_once("-->")?.1);
    }
    let is_instruction =
        after.strip_prefix('?').is_some_and(|rest| rest.starts_with(char::is_alphabetic));
    let is_declaration = after.starts_with("![CDATA[") || after.get(..8).is_some_and(is_doctype);
    if is_instruction || is_declaration {
        return nameless(after.split_once('>')?.1);
    }
    let (is_end, inner) = after.strip_prefix('/').map_or((false, after), |inner| (true, inner));
    let length = inner.bytes().position(|byte| !byte.is_ascii_alphanumeric())?;
    let (name, behind) = inner.split_at_checked(length)?;
    if !is_known(name) || !behind.starts_with([' ', '\t', '\r', '\n', '/', '>']) {
        return None;
    }
    let (attributes, rest) = behind.split_once('>')?;
    Some(Tag { name, is_end, is_empty: attributes.ends_with('/'), rest })
}

/// Whether there is any in a text.
pub(super) fn any(text: &str) -> bool {
    // Without an end there is no tag, and nothing to look for at each beginning.
    let Some((text, _)) = text.rsplit_once('>') else { return false };
    text.match_indices('<').any(|(at, _)| {
        let after = text.get(at + 1..).unwrap_or_default();
        let name = after.strip_prefix(['/', '!', '?']).unwrap_or(after);
        let end = name.bytes().position(|byte| !byte.is_ascii_alphanumeric());
        is_known(name.get(..end.unwrap_or(name.len())).unwrap_or_default())
    })
}

fn nameless(rest: &str) -> Option<Tag<'_>> {
    Some(Tag { name: "", is_end: false, is_empty: true, rest })
}

fn is_doctype(start: &str) -> bool {
    start.eq_ignore_ascii_case("!doctype")
}

fn is_known(name: &str) -> bool {
    let lower = || name.bytes().map(|byte| byte.to_ascii_lowercase());
    NAMES.binary_search_by(|known| known.bytes().cmp(lower())).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_case_does_not_matter() {
        assert!(NAMES.is_sorted());
        for text in ["b>", "BR/>", "/Script >", "p class='x'>"] {
            assert!(at_start(text).is_some(), "{text}");
        }
        for text in ["model>", "https://s.test>", "b", "b and", "bold>", "/>", "1%>", ""] {
            assert_eq!(at_start(text), None, "{text}");
        }
    }
}
