//! Reads JSON that is nearly right: cut by an intermediary, with raw line breaks inside texts, as
//! events of a stream, or one document a line.

mod python;

use serde_json::Value;

/// Bodies longer than this are judged by their beginning.
const JUDGED_BYTES: usize = 256 * 1024;
const MAX_DOCUMENTS: usize = 64;
const MAX_DEPTH: usize = 64;

/// The documents of a body.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Documents {
    /// In order; none when the body is not JSON in any of these forms.
    pub(super) values: Vec<Value>,
    /// It was broken: good enough to find an error in, not to be an answer.
    pub(super) mended: bool,
}

pub(super) fn documents(body: &str) -> Documents {
    let body = head(body).trim();
    match serde_json::from_str(body) {
        // A body that was written as a JSON text once too often.
        Ok(Value::String(text)) if text.trim_start().starts_with(['{', '[']) => {
            return within(text.trim());
        }
        // A text is no document.
        Ok(Value::String(_)) => return Documents { values: Vec::new(), mended: true },
        Ok(value) => return Documents { values: vec![value], mended: false },
        Err(_) => {}
    }
    within(body)
}

fn within(body: &str) -> Documents {
    if let Ok(value) = serde_json::from_str(body) {
        return Documents { values: vec![value], mended: false };
    }
    let values: Vec<Value> = payloads(body)
        .filter(|line| line.starts_with(['{', '[']))
        .filter_map(|line| serde_json::from_str(line).ok())
        .take(MAX_DOCUMENTS)
        .collect();
    if !values.is_empty() {
        return Documents { values, mended: false };
    }
    let joined = payloads(body).collect::<Vec<_>>().join("\n");
    let value = repaired(body)
        .or_else(|| repaired(joined.trim()))
        .or_else(|| embedded(body).filter(Value::is_object));
    Documents { values: value.into_iter().collect(), mended: true }
}

/// The lines of a body without what frames them in a stream of events.
fn payloads(body: &str) -> impl Iterator<Item = &str> {
    body.lines()
        .filter(|line| !line.starts_with("event:") && !line.starts_with(':'))
        .map(|line| line.strip_prefix("data:").unwrap_or(line).trim())
}

/// The first JSON document inside a text, as an SDK's message that quotes a body: as JSON, as an
/// escaped text, or as Python prints an object.
pub(super) fn embedded(text: &str) -> Option<Value> {
    let (_, rest) = head(text).split_once('{')?;
    let from_brace = format!("{{{rest}");
    first_document(&from_brace)
        .or_else(|| first_document(&from_brace.replace("\\n", " ").replace("\\\"", "\"")))
        .or_else(|| first_document(&python::as_json(&from_brace)))
        .or_else(|| repaired(&from_brace))
}

fn first_document(text: &str) -> Option<Value> {
    serde_json::Deserializer::from_str(text).into_iter::<Value>().next().and_then(Result::ok)
}

fn head(text: &str) -> &str {
    text.get(..text.floor_char_boundary(JUDGED_BYTES)).unwrap_or(text)
}

/// A broken document, mended: raw control characters in texts are escaped, and what is still open
/// at the end is closed; when that does not do, from the last complete member.
fn repaired(body: &str) -> Option<Value> {
    if !body.starts_with(['{', '[']) {
        return None;
    }
    let scan = Scan::over(body)?;
    serde_json::from_str(&scan.closed())
        .ok()
        .or_else(|| serde_json::from_str(&scan.closed_at_last_member()?).ok())
}

#[derive(Default)]
struct Scan {
    text: String,
    open: Vec<char>,
    in_text: bool,
    /// Length and open brackets before the last comma outside a text.
    last_member: Option<(usize, Vec<char>)>,
}

impl Scan {
    /// `None` when it nests deeper than any vendor does.
    fn over(body: &str) -> Option<Self> {
        let mut scan = Self::default();
        let mut escaped = false;
        for c in body.chars() {
            if scan.in_text {
                scan.inside_text(c, escaped);
                escaped = c == '\\' && !escaped;
            } else {
                scan.outside_text(c);
            }
            if scan.open.len() > MAX_DEPTH {
                return None;
            }
        }
        Some(scan)
    }

    fn inside_text(&mut self, c: char, escaped: bool) {
        if c == '"' && !escaped {
            self.in_text = false;
        }
        match c {
            '\n' => self.text.push_str("\\n"),
            c if c.is_ascii_control() => self.text.push(' '),
            c => self.text.push(c),
        }
    }

    fn outside_text(&mut self, c: char) {
        match c {
            '"' => self.in_text = true,
            '{' => self.open.push('}'),
            '[' => self.open.push(']'),
            '}' | ']' => drop(self.open.pop()),
            ',' => self.last_member = Some((self.text.len(), self.open.clone())),
            _ => {}
        }
        self.text.push(c);
    }

    fn closed(&self) -> String {
        let quote = self.in_text.then_some('"');
        self.text.chars().chain(quote).chain(self.open.iter().rev().copied()).collect()
    }

    fn closed_at_last_member(&self) -> Option<String> {
        let (length, open) = self.last_member.as_ref()?;
        let kept = self.text.get(..*length)?;
        Some(kept.chars().chain(open.iter().rev().copied()).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn values(body: &str) -> Vec<Value> {
        documents(body).values
    }

    #[test]
    fn a_body_cut_in_a_text_is_closed() {
        assert_eq!(
            values(r#"{"error":{"code":500,"message":"it bro"#),
            [json!({"error": {"code": 500, "message": "it bro"}})]
        );
    }

    #[test]
    fn a_body_cut_in_a_name_loses_only_that_member() {
        assert_eq!(
            values(r#"{"error":{"code":400,"type":"x","n_pro"#),
            [json!({"error": {"code": 400, "type": "x"}})]
        );
    }

    #[test]
    fn a_raw_line_break_in_a_text_is_borne() {
        assert_eq!(values("{\"message\":\"a\nb\"}"), [json!({"message": "a\nb"})]);
    }

    #[test]
    fn events_and_lines_are_documents_of_their_own() {
        assert_eq!(
            values("event: error\ndata: {\"a\":1}\n\n{\"b\":2}\n[DONE]"),
            [json!({"a": 1}), json!({"b": 2})]
        );
    }

    #[test]
    fn a_text_is_no_document() {
        assert!(values("upstream connect error").is_empty());
        assert!(values(&"[".repeat(100_000)).is_empty());
    }

    #[test]
    fn a_quoted_body_is_found_in_an_sdks_message() {
        assert_eq!(embedded("Error - b'{\"a\": 1}' again"), Some(json!({"a": 1})));
        assert_eq!(
            embedded("Error: {'a': 'it\\'s', 'b': None}"),
            Some(json!({"a": "it's", "b": null}))
        );
        assert_eq!(embedded("b'{\\n \\\"a\\\": 1}'"), Some(json!({"a": 1})));
        assert_eq!(embedded("no body"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            let _documents = values(&text);
            let _embedded = embedded(&text);
        }

        #[test]
        fn every_cut_of_an_error_is_read_or_refused(cut in 0_usize..90) {
            let whole = r#"{"error":{"message":"a \"quoted\" word","list":[1,{"x":"y"}],"code":"last"}}"#;
            for value in values(whole.get(..cut).unwrap_or(whole)) {
                prop_assert!(value.is_object());
            }
        }
    }
}
