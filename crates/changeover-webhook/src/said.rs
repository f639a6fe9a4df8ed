//! What a signed webhook says of itself, in one line for a person. Told as received, and believed
//! by nothing: what is so, the page says.

use serde_json::Value;

/// The longest line, in characters.
pub const SAID_CHARS: usize = 160;
/// The longest single word of it that is taken over.
const WORD_CHARS: usize = 120;

/// The line, where the body has one of the shapes that are known. Statuspage's and Instatus' have the
/// thing under its kind, incident.io's under the name of the event.
pub(crate) fn said(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let (kind, thing) = thing(&body)?;
    let name = word(thing.get("name").or_else(|| thing.get("title"))?)?;
    let state = state(&body, thing);
    let line = match state {
        Some(state) => format!("{kind}: {name} ({state})"),
        None => format!("{kind}: {name}"),
    };
    Some(line.chars().take(SAID_CHARS).collect())
}

fn thing(body: &Value) -> Option<(&'static str, &Value)> {
    let by_kind = ["incident", "maintenance", "component"]
        .into_iter()
        .find_map(|kind| Some((kind, body.get(kind).filter(|thing| thing.is_object())?)));
    by_kind.or_else(|| {
        let event = body.get("event_type")?.as_str()?;
        Some(("incident", body.get(event).filter(|thing| thing.is_object())?))
    })
}

fn state(body: &Value, thing: &Value) -> Option<String> {
    let of_component = body.pointer("/component_update/new_status");
    let of_thing = thing.get("status").filter(|state| state.is_string());
    let of_incident = thing.pointer("/incident_status/name");
    word(of_component.or(of_thing).or(of_incident)?)
}

/// A text of theirs on one line, without what would turn the line around, and bounded.
fn word(value: &Value) -> Option<String> {
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let text = changeover_http::redact(value.as_str()?).replace(is_odd, " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let text: String = words.join(" ").chars().take(WORD_CHARS).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(body: &str) -> Option<String> {
        said(body.as_bytes())
    }

    #[test]
    fn each_known_shape_is_told_in_a_line() {
        let incident =
            r#"{"page": {}, "incident": {"name": "Errors on the API", "status": "investigating"}}"#;
        assert_eq!(line(incident).unwrap(), "incident: Errors on the API (investigating)");
        let component =
            r#"{"component_update": {"new_status": "major_outage"}, "component": {"name": "API"}}"#;
        assert_eq!(line(component).unwrap(), "component: API (major_outage)");
        let maintenance = r#"{"maintenance": {"name": "New disks", "status": "NOTSTARTEDYET"}}"#;
        assert_eq!(line(maintenance).unwrap(), "maintenance: New disks (NOTSTARTEDYET)");
        let event = r#"{"event_type": "e_v2", "e_v2": {"name": "Slow", "incident_status": {"name": "Fixing"}}}"#;
        assert_eq!(line(event).unwrap(), "incident: Slow (Fixing)");
        assert_eq!(line(r#"{"incident": {"title": "x", "status": 7}}"#).unwrap(), "incident: x");
    }

    #[test]
    fn a_hostile_text_is_one_short_line_without_tricks() {
        let name = format!("a\\u202Eb\\n\\u0007c sk-abc123 {}", "x".repeat(9_000));
        let told =
            line(&format!(r#"{{"incident": {{"name": "{name}", "status": "{name}"}}}}"#)).unwrap();
        assert!(told.starts_with("incident: a b c sk-… xxx"), "{told}");
        assert_eq!(told.chars().count(), SAID_CHARS);
    }

    #[test]
    fn what_has_no_known_shape_says_nothing() {
        let deep = "[".repeat(100_000);
        for body in [
            "",
            "null",
            "[]",
            "{",
            r#"{"incident": []}"#,
            r#"{"incident": {"name": " "}}"#,
            r#"{"event_type": "incident"}"#,
            r#"{"event_type": "x", "x": "y"}"#,
            &deep,
        ] {
            assert_eq!(line(body), None, "{}", body.chars().take(40).collect::<String>());
        }
    }
}
