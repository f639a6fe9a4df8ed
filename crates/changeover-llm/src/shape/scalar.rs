//! Strings and numbers that say as little as their schema lets them.

use serde_json::{Map, Number, Value};

use super::make::DeadEnd;
use super::pattern;
use super::place::Place;

/// The longest string that is made because it must be.
const LONGEST: usize = 10_000;

/// A keyword's value as a count.
pub(super) fn count(flat: &Map<String, Value>, keyword: &str) -> Option<usize> {
    // Schemas write 2 as 2.0 too; what is too large for a count is too large for anything here.
    let value = flat.get(keyword)?;
    let whole = value.as_u64().or_else(|| {
        value.as_f64().filter(|value| value.fract() == 0.0 && (0.0..1e9).contains(value)).map(
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be whole and in range"
            )]
            |value| value as u64,
        )
    })?;
    usize::try_from(whole).ok()
}

/// The room for a text, where a string may be any. A pattern may let it through; that is tried.
pub(super) fn free_string(flat: &Map<String, Value>) -> Option<Place> {
    let bound = ["format", "contentEncoding", "contentMediaType"];
    if bound.iter().any(|keyword| flat.contains_key(*keyword)) {
        return None;
    }
    let shortest = count(flat, "minLength").unwrap_or(0);
    let longest = count(flat, "maxLength");
    (shortest <= LONGEST).then(|| Place { pointer: String::new(), shortest, longest })
}

/// A string; with `nth`, another one than the others.
pub(super) fn string(flat: &Map<String, Value>, nth: usize) -> Result<Value, DeadEnd> {
    let text = |keyword: &str| flat.get(keyword).and_then(Value::as_str);
    if let Some(sample) = text("format").and_then(sample) {
        return Ok(sample.into());
    }
    if let Some(pattern) = text("pattern") {
        return pattern::shortest(pattern).map(Value::String).ok_or(DeadEnd);
    }
    let shortest = count(flat, "minLength").unwrap_or(0);
    if shortest > LONGEST {
        return Err(DeadEnd);
    }
    if nth == 0 {
        return Ok("-".repeat(shortest).into());
    }
    Ok(format!("{nth:-<shortest$}").into())
}

/// A value of a format that nobody takes for a real one.
fn sample(format: &str) -> Option<&'static str> {
    Some(match format {
        "date-time" => "1970-01-01T00:00:00Z",
        "date" => "1970-01-01",
        "time" => "00:00:00Z",
        "duration" => "PT0S",
        "email" | "idn-email" => "nobody@example.invalid",
        "hostname" | "idn-hostname" => "example.invalid",
        "ipv4" => "192.0.2.0",
        "ipv6" => "2001:db8::",
        "uuid" => "00000000-0000-0000-0000-000000000000",
        "uri" | "iri" | "uri-reference" | "iri-reference" | "uri-template" => {
            "https://example.invalid/"
        }
        "json-pointer" => "/",
        "relative-json-pointer" => "0",
        _ => return None,
    })
}

/// A number: zero where it may be, else the one nearest to it.
pub(super) fn number(flat: &Map<String, Value>, whole: bool, nth: usize) -> Result<Value, DeadEnd> {
    let bound = |keyword: &str| flat.get(keyword).and_then(Value::as_f64);
    let step = bound("multipleOf").filter(|step| *step > 0.0);
    let grain = match step {
        Some(step) => step,
        None if whole => 1.0,
        // Small enough for a share between 0 and 1.
        None => 0.001,
    };
    let up = |limit: f64| (limit / grain).ceil() * grain;
    let down = |limit: f64| (limit / grain).floor() * grain;
    let beyond = |limit: f64| if up(limit) > limit { up(limit) } else { limit + grain };
    let below = |limit: f64| if down(limit) < limit { down(limit) } else { limit - grain };
    let exact = step.is_some() || whole;
    let lowest = [
        bound("minimum").map(|limit| if exact { up(limit) } else { limit }),
        bound("exclusiveMinimum").map(beyond),
    ];
    let highest = [
        bound("maximum").map(|limit| if exact { down(limit) } else { limit }),
        bound("exclusiveMaximum").map(below),
    ];
    let lowest = lowest.into_iter().flatten().reduce(f64::max);
    let highest = highest.into_iter().flatten().reduce(f64::min);
    let nearest = 0.0_f64.max(lowest.unwrap_or(f64::MIN)).min(highest.unwrap_or(f64::MAX));
    // Of several that must differ, those below where there is a ceiling and no floor.
    let apart = u32::try_from(nth).map_or(0.0, f64::from) * grain;
    let downwards = highest.is_some() && lowest.is_none();
    written(if downwards { nearest - apart } else { nearest + apart })
}

/// Whole numbers without a point, as most parsers of integers want them.
fn written(number: f64) -> Result<Value, DeadEnd> {
    // Beyond 2^53 not every whole number is one of these.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
        return Ok(Value::from(number as i64));
    }
    Number::from_f64(number).map(Value::Number).ok_or(DeadEnd)
}
