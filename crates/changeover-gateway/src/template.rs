//! The texts of mode `template`: plain text with a few variables in braces.
//!
//! Only `{name}` of small letters and underscores is a variable; other braces are text, so that a
//! template may be JSON. An unknown name is refused at start and not found out by a caller.

use changeover_domain::time::MINUTE_MS;
use changeover_domain::{RequestId, RouteId, UnixMs};

/// The variables a template may name.
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
}

/// The first name in braces that is not known.
pub(crate) fn unknown_variable(template: &str) -> Option<&str> {
    pieces(template).find_map(|piece| match piece {
        Piece::Variable(name) if !VARIABLES.contains(&name) => Some(name),
        Piece::Variable(_) | Piece::Text(_) => None,
    })
}

/// The template with its values, without white space at its ends.
pub(crate) fn filled(template: &str, values: &Values<'_>) -> String {
    let text: String = pieces(template)
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Variable(name) => values.of(name),
        })
        .collect();
    text.trim().to_owned()
}

impl Values<'_> {
    fn of(&self, name: &str) -> String {
        match name {
            "route" => self.route.to_string(),
            "request_id" => self.request_id.to_string(),
            "time" => time_of_day(self.now),
            _ => self.retry_minutes().to_string(),
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

fn variable_at_start(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('{')?.split_once('}')?;
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_name.then_some((name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str, until: Option<UnixMs>) -> String {
        filled(
            template,
            &Values {
                route: &RouteId::try_new("chat").unwrap(),
                request_id: &RequestId::try_new("r1").unwrap(),
                now: UnixMs(3_600_000 * 25 + 60_000 * 7),
                until,
            },
        )
    }

    #[test]
    fn variables_are_filled_and_other_braces_are_text() {
        assert_eq!(
            fill("{\"route\": \"{route}\", \"n\": {}} {request_id} {time}\n", None),
            "{\"route\": \"chat\", \"n\": {}} r1 01:07"
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
    fn an_unknown_name_is_found_and_the_shipped_template_has_none() {
        assert_eq!(unknown_variable("a {rout} b"), Some("rout"));
        assert_eq!(unknown_variable("a { rout } {}"), None);
        assert_eq!(unknown_variable(crate::settings::DEFAULT_TEMPLATE), None);
    }
}
