//! Objects as Python prints them: single quotes, `None`, `True`, `False`.

/// The text with Python's quotes and words written as JSON. What was JSON before stays readable
/// only by chance, so this is the last thing to try.
pub(super) fn as_json(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    let mut open: Option<char> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (open, c) {
            (None, '\'' | '"') => {
                open = Some(c);
                json.push('"');
            }
            (Some(mark), c) if c == mark => {
                open = None;
                json.push('"');
            }
            (Some(_), '"') => json.push_str("\\\""),
            (Some(_), '\\') => escaped(chars.next(), &mut json),
            _ => json.push(c),
        }
    }
    json.replace(": None", ": null").replace(": True", ": true").replace(": False", ": false")
}

/// Python's escapes that JSON does not know lose their backslash.
fn escaped(next: Option<char>, json: &mut String) {
    match next {
        Some('"') => json.push_str("\\\""),
        Some(c @ ('\\' | 'n' | 't' | 'r')) => json.extend(['\\', c]),
        Some(c) => json.push(c),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_object_becomes_json() {
        let printed = r#"{'error': {'message': "it's", 'code': None, 'ok': True}}"#;
        assert_eq!(as_json(printed), r#"{"error": {"message": "it's", "code": null, "ok": true}}"#);
    }
}
