//! The texts of mode `template`, and notices: text with a few variables in braces.
//!
//! Only `{name}` of small letters and underscores is a variable; other braces are text, so that a
//! template may be JSON. In one that is, values are escaped as JSON wants them inside quotes, whatever
//! they hold. An unknown name is refused at start and not found out by a caller: once a template has
//! been taken, filling it cannot fail.
//!
//! Not for the shape that a caller asks for; that is `changeover_llm::shape`'s, which takes a filled
//! template as it is when it is already a fitting document.

use std::borrow::Cow;
use std::collections::BTreeMap;

use changeover_domain::time::MINUTE_MS;
use changeover_domain::{RequestId, RouteId, UnixMs};

/// The variables that every template may name.
pub(crate) const VARIABLES: [&str; 4] = ["route", "request_id", "time", "retry_minutes"];
/// What `retry_minutes` says when nobody knows.
const USUAL_MINUTES: i64 = 5;
const MOST_MINUTES: i64 = 60;

/// What is put in.
#[derive(Debug)]
pub(crate) struct Values<'a> {
    pub(crate) route: &'a RouteId,
    pub(crate) request_id: &'a RequestId,
    pub(crate) now: UnixMs,
    /// When the mode is due to end.
    pub(crate) until: Option<UnixMs>,
    /// The route's own variables, from its configuration.
    pub(crate) own: &'a BTreeMap<String, String>,
}

/// The first name in braces that is known neither to every template nor to the route.
pub(crate) fn unknown_variable<'a>(
    template: &'a str,
    own: &BTreeMap<String, String>,
) -> Option<&'a str> {
    pieces(template).find_map(|piece| match piece {
        Piece::Variable(name) if !VARIABLES.contains(&name) && !own.contains_key(name) => {
            Some(name)
        }
        Piece::Variable(_) | Piece::Text(_) => None,
    })
}

/// All names that a template of the route may use, for the refusal of another.
pub(crate) fn known_variables(own: &BTreeMap<String, String>) -> String {
    let names = VARIABLES.into_iter().chain(own.keys().map(String::as_str));
    names.map(|name| format!("`{{{name}}}`")).collect::<Vec<_>>().join(", ")
}

/// The template with its values, without white space at its ends.
pub(crate) fn filled(template: &str, values: &Values<'_>) -> String {
    let template = template.trim();
    if template.starts_with(['{', '[']) {
        let document = put_in(template, values, within_quotes);
        if serde_json::from_str::<serde::de::IgnoredAny>(&document).is_ok() {
            return document;
        }
    }
    put_in(template, values, |value| value.into_owned())
}

fn put_in(template: &str, values: &Values<'_>, write: impl Fn(Cow<'_, str>) -> String) -> String {
    pieces(template)
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Variable(name) => write(values.of(name)),
        })
        .collect()
}

/// A value as it stands between the quotes of a JSON text. Numbers are the same without quotes.
fn within_quotes(value: Cow<'_, str>) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

impl Values<'_> {
    fn of(&self, name: &str) -> Cow<'_, str> {
        match name {
            "route" => self.route.as_str().into(),
            "request_id" => self.request_id.as_str().into(),
            "time" => time_of_day(self.now).into(),
            "retry_minutes" => self.retry_minutes().to_string().into(),
            // Unknown names were refused at start.
            _ => self.own.get(name).map(String::as_str).unwrap_or_default().into(),
        }
    }

    fn retry_minutes(&self) -> i64 {
        let left = self.until.map(|until| until.millis_since(self.now));
        let minutes = left.map_or(USUAL_MINUTES, |left| (left + MINUTE_MS - 1) / MINUTE_MS);
        minutes.clamp(1, MOST_MINUTES)
    }
}

/// Hours and minutes of the day, UTC.
fn time_of_day(at: UnixMs) -> String {
    let minutes = at.0.div_euclid(MINUTE_MS);
    format!("{:02}:{:02}", minutes.div_euclid(60).rem_euclid(24), minutes.rem_euclid(60))
}

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((name, after)) = variable_at_start(rest) {
            rest = after;
            return Some(Piece::Variable(name));
        }
        let begins = |at: &usize| {
            rest.is_char_boundary(*at) && variable_at_start(rest.split_at(*at).1).is_some()
        };
        let end = rest
            .match_indices('{')
            .map(|(at, _)| at)
            .filter(|at| *at > 0)
            .find(begins)
            .unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

/// Whether a variable may be called so.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

fn variable_at_start(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('{')?.split_once('}')?;
    is_name(name).then_some((name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> BTreeMap<String, String> {
        [("support", "https://help.example.com/?a=\"b\"\n")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    fn fill(template: &str, until: Option<UnixMs>) -> String {
        filled(
            template,
            &Values {
                route: &RouteId::try_new("chat").unwrap(),
                request_id: &RequestId::try_new("r1").unwrap(),
                now: UnixMs(3_600_000 * 25 + 60_000 * 7),
                until,
                own: &own(),
            },
        )
    }

    #[test]
    fn variables_are_filled_and_other_braces_are_text() {
        assert_eq!(
            fill("{\"route\": \"{route}\", \"n\": {}} {request_id} {time}\n", None),
            "{\"route\": \"chat\", \"n\": {}} r1 01:07"
        );
        assert_eq!(fill("see {support}", None), "see https://help.example.com/?a=\"b\"\n");
    }

    #[test]
    fn values_cannot_break_a_template_that_is_json() {
        let template =
            "\n{\"status\": \"down\", \"see\": \"{support}\", \"in\": {retry_minutes}}\n";
        let document: serde_json::Value = serde_json::from_str(&fill(template, None)).unwrap();
        assert_eq!(document["see"], own()["support"].as_str());
        assert_eq!(document["in"], 5);
        // What only begins like JSON is text, and its values stay as they are.
        assert_eq!(
            fill("[{route}] {support}.", None),
            "[chat] https://help.example.com/?a=\"b\"\n."
        );
    }

    #[test]
    fn retry_minutes_are_what_is_left_rounded_up() {
        let now = UnixMs(3_600_000 * 25 + 60_000 * 7);
        assert_eq!(fill("{retry_minutes}", Some(now.plus_millis(61_000))), "2");
        assert_eq!(fill("{retry_minutes}", Some(now)), "1");
        assert_eq!(fill("{retry_minutes}", None), "5");
    }

    #[test]
    fn an_unknown_name_is_found_and_the_shipped_templates_have_none() {
        let none = BTreeMap::new();
        assert_eq!(unknown_variable("a {rout} b", &own()), Some("rout"));
        assert_eq!(unknown_variable("a {support} b", &none), Some("support"));
        assert_eq!(unknown_variable("a {support} { rout } {}", &own()), None);
        assert!(known_variables(&own()).ends_with("`{retry_minutes}`, `{support}`"));
        let shipped = [
            crate::settings::DEFAULT_TEMPLATE,
            include_str!("../../../assets/templates/chat.txt"),
            include_str!("../../../assets/templates/extract.txt"),
        ];
        for template in shipped {
            assert_eq!(unknown_variable(template, &none), None);
        }
    }
}
