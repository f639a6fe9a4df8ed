//! HTML to plain text, in one pass and bounded: nothing of a page's mark-up reaches the screen.
//!
//! Tags go, text stays; blocks become lines; script, style and the like vanish with their content.
//! Own code because the crates at hand take seconds on a hundred kilobytes of hostile mark-up.
//! Not a parser: only what is a tag of HTML by its name is one, so "(<1% of users)", `<model>` and
//! `<https://example.com>` stay what they are, text.

mod entity;
mod tag;

use tag::Tag;

/// The most bytes of one entry's mark-up that are looked at.
pub(crate) const MAX_HTML_BYTES: usize = 64 * 1024;

/// Elements whose content is never text for a reader.
const SILENT: [&str; 8] =
    ["script", "style", "template", "iframe", "object", "svg", "noscript", "textarea"];
/// Elements that begin or end a line.
const BLOCKS: [&str; 20] = [
    "br",
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "tr",
    "table",
    "hr",
    "pre",
    "blockquote",
    "section",
    "article",
    "dd",
];

/// What is left of mark-up that was escaped once too often: an end of something, for a text may speak
/// of a single tag.
const LEFT_OVER: [&str; 6] = ["</p>", "</strong>", "</small>", "</b>", "</li>", "</div>"];

/// The text of a piece of HTML: lines without leading, trailing or doubled white space, no empty
/// lines, no control characters.
pub(crate) fn to_text(html: &str) -> String {
    if is_plain(html) { html.to_owned() } else { once(html) }
}

/// The same of a feed's entry, where mark-up that was escaped twice is taken off twice.
pub(crate) fn entry_text(html: &str) -> String {
    let text = to_text(html);
    let is_left_over = text.contains('<') && LEFT_OVER.iter().any(|tag| text.contains(tag));
    if is_left_over { once(&text) } else { text }
}

/// Whether there is nothing to do: printable ASCII without mark-up or references, with single spaces
/// between words. JSON's texts mostly are.
fn is_plain(html: &str) -> bool {
    let mut before = b' ';
    let fits = |byte: u8| {
        let is_text = (byte.is_ascii_graphic() && byte != b'<' && byte != b'&')
            || (byte == b' ' && before != b' ');
        before = byte;
        is_text
    };
    html.len() <= MAX_HTML_BYTES && html.bytes().all(fits) && !html.ends_with(' ')
}

fn once(html: &str) -> String {
    // Without any mark-up the line ends are the author's own.
    let mut rest = cut(html, MAX_HTML_BYTES);
    let mut page = Page { keeps_lines: !tag::any(rest), ..Page::default() };
    page.text.reserve(rest.len());
    while let Some((text, after)) = rest.split_once('<') {
        page.push_text(text);
        rest = page.markup(after);
    }
    page.push_text(rest);
    page.finish()
}

/// One line of text out of HTML: for titles and names.
pub(crate) fn to_line(html: &str) -> String {
    to_text(html).replace('\n', " ")
}

/// The longest start of `text` of at most `limit` bytes.
fn cut(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

#[derive(Default)]
struct Page {
    text: String,
    keeps_lines: bool,
    space_due: bool,
    line_due: bool,
    /// No `>` follows any more: not looked for again at each `<`.
    nothing_closes: bool,
    /// No end of a comment follows any more.
    no_comment_closes: bool,
}

impl Page {
    /// Takes what stands after a `<` and answers what is left to read.
    fn markup<'a>(&mut self, after: &'a str) -> &'a str {
        let is_comment = after.starts_with("!--");
        let is_vain = self.nothing_closes || (is_comment && self.no_comment_closes);
        let tag = if is_vain { None } else { tag::at_start(after) };
        let Some(Tag { name, is_end, is_empty, rest }) = tag else {
            self.no_comment_closes |= is_comment;
            self.nothing_closes = self.nothing_closes || !after.contains('>');
            self.push_text("<");
            return after;
        };
        let is_one_of = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is_one_of(&BLOCKS) {
            self.line_due = true;
        }
        if !is_end && !is_empty && is_one_of(&SILENT) {
            return past_closing(rest, name);
        }
        rest
    }

    fn push_text(&mut self, text: &str) {
        let decoded = entity::decode(text);
        let mut rest = decoded.as_ref();
        while !rest.is_empty() {
            // Most of every text is runs of plain letters, which go over whole.
            let run = rest.bytes().position(|byte| !byte.is_ascii_graphic()).unwrap_or(rest.len());
            let (plain, after) = rest.split_at_checked(run).unwrap_or((rest, ""));
            if !plain.is_empty() {
                self.break_or_space();
                self.text.push_str(plain);
            }
            let mut characters = after.chars();
            if let Some(character) = characters.next() {
                self.push(character);
            }
            rest = characters.as_str();
        }
    }

    /// Takes a character that is no plain letter.
    fn push(&mut self, character: char) {
        if character.is_whitespace() || character.is_control() {
            self.space_due = true;
            self.line_due |= self.keeps_lines && character == '\n';
        } else if !is_invisible(character) {
            self.break_or_space();
            self.text.push(character);
        }
    }

    fn break_or_space(&mut self) {
        if !self.text.is_empty() {
            if self.line_due {
                self.text.push('\n');
            } else if self.space_due {
                self.text.push(' ');
            }
        }
        self.line_due = false;
        self.space_due = false;
    }

    fn finish(self) -> String {
        self.text
    }
}

/// Characters that only reorder or hide text on a screen.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// What follows `</name …>`; nothing when it is never closed.
fn past_closing<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("</") {
        let found = after.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        if found {
            return after.split_once('>').map_or("", |(_, rest)| rest);
        }
        rest = after;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statuspage_block_becomes_lines() {
        let html = "<p> <small>Oct <var data-var='date'> 7</var>, <var data-var='time'>21:44</var> UTC</small><br> <strong>Monitoring</strong> - We&apos;ve mitigated errors (<1% of users).<br /><br />More &mdash; soon. </p><p>x</p>";
        assert_eq!(
            to_text(html),
            "Oct 7, 21:44 UTC\nMonitoring - We've mitigated errors (<1% of users).\nMore — soon.\nx"
        );
    }

    #[test]
    fn scripts_styles_and_attributes_leave_no_trace() {
        let html = "<p onclick=\"x()\">ok</p><SCRIPT>alert(1)</SCRIPT ><style>p{}</style><img src=x onerror=alert(1)><a href=\"javascript:alert(1)\">link</a><!-- <b>no</b> -->";
        assert_eq!(to_text(html), "ok\nlink");
        assert_eq!(to_text("a<script>never closed"), "a");
    }

    #[test]
    fn what_only_looks_like_markup_is_text() {
        for text in [
            "See <https://example.com/x> for details",
            "Errors with <model> & co",
            "a<b never closed",
            "`a<b` and `c>d`",
            "a <!-- never closed",
            "1 < 2 </ 3 <? 4",
            "</model> <p-x>",
        ] {
            assert_eq!(to_text(text), text);
        }
        assert_eq!(
            to_text("the literal <br> tag & `a<b` are affected"),
            "the literal\ntag & `a<b` are affected",
            "what is a tag of HTML is one, and takes nothing with it"
        );
    }

    #[test]
    fn a_text_that_speaks_of_a_tag_keeps_it() {
        for read in [to_text, entry_text] {
            assert_eq!(read("Responses contain &lt;br&gt; tags"), "Responses contain <br> tags");
        }
        let speaks = "<p>Responses contain &lt;br&gt; tags</p>";
        assert_eq!(entry_text(speaks), "Responses contain <br> tags");
        assert_eq!(to_text("&lt;/p&gt; is sent"), "</p> is sent", "JSON is escaped once");
    }

    #[test]
    fn lines_stay_where_a_sign_is_no_markup() {
        assert_eq!(to_text("first <https://s.test>\nsecond"), "first <https://s.test>\nsecond");
    }

    #[test]
    fn a_text_without_markup_keeps_its_lines() {
        assert_eq!(to_text("Summary: x \n\n Description: y"), "Summary: x\nDescription: y");
        assert_eq!(to_text("<p>one\nline</p>"), "one line");
    }

    #[test]
    fn markup_that_was_escaped_twice_is_taken_off_twice_and_no_more() {
        let twice = "&lt;p&gt;&lt;strong&gt;Resolved&lt;/strong&gt; - &lt;1% of users";
        assert_eq!(entry_text(twice), "Resolved - <1% of users");
        assert_eq!(
            entry_text("use &lt;code&gt; here"),
            "use <code> here",
            "a text may speak of tags"
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_plain_is_its_own_text(html in "([a-c<&;. >é\n]|&amp;|<b>){0,12}") {
            let is_plain = is_plain(&html);
            proptest::prop_assert!(!is_plain || once(&html) == html);
            proptest::prop_assert_eq!(is_plain, html == once(&html) && html.is_ascii()
                && !html.contains(['<', '&', '\n']));
        }
    }

    #[test]
    fn control_and_reordering_characters_do_not_reach_the_screen() {
        assert_eq!(to_text("a\u{1}b\u{202e}c&#x202e;d&#0;e"), "a bcd e");
    }

    #[test]
    fn the_text_ends_at_the_cap_and_never_inside_a_character() {
        let long = "é".repeat(MAX_HTML_BYTES);
        assert_eq!(to_text(&long).len(), MAX_HTML_BYTES);
    }
}
