//! The shortest text that an expression takes, or one that is nearly so.
//!
//! Anchors and word boundaries are passed over: what comes of it is checked like everything else.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The longest text that is written.
const LONGEST: usize = 4 * 1024;
/// The characters that are liked best, where a class leaves the choice.
const LIKED: [char; 6] = ['a', '0', 'A', '-', '_', ' '];

/// A text that matches `pattern`.
pub(super) fn shortest(pattern: &str) -> Option<String> {
    let parsed = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    write(&parsed, &mut text)?;
    Some(text)
}

fn write(part: &Hir, text: &mut String) -> Option<()> {
    if text.len() > LONGEST {
        return None;
    }
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(()),
        HirKind::Literal(literal) => {
            text.push_str(std::str::from_utf8(&literal.0).ok()?);
            Some(())
        }
        HirKind::Class(class) => {
            text.push(one_of(class)?);
            Some(())
        }
        HirKind::Repetition(repeated) => (0..repeated.min).try_for_each(|_| {
            write(&repeated.sub, text)?;
            (text.len() <= LONGEST).then_some(())
        }),
        HirKind::Capture(group) => write(&group.sub, text),
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, text)),
        HirKind::Alternation(ways) => write(ways.first()?, text),
    }
}

fn one_of(class: &Class) -> Option<char> {
    match class {
        Class::Unicode(class) => {
            let has = |one: &char| {
                class.ranges().iter().any(|range| (range.start()..=range.end()).contains(one))
            };
            let first = || class.ranges().first().map(|range| range.start());
            LIKED.into_iter().find(has).or_else(first)
        }
        Class::Bytes(class) => class.ranges().first().map(|range| char::from(range.start())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_matches() {
        let patterns = [
            "^[A-Z]{2}$",
            r"^\d{4}-\d{2}-\d{2}$",
            "^(red|green)+$",
            "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
            r"^\S+@\S+\.\w{2,}$",
            "^[^a0A_ -]+$",
            "",
        ];
        for pattern in patterns {
            let text = shortest(pattern).unwrap();
            assert!(regex::Regex::new(pattern).unwrap().is_match(&text), "{pattern}: {text}");
        }
    }

    #[test]
    fn what_would_be_long_or_cannot_be_is_not_written() {
        assert_eq!(shortest("(a{900}){90}"), None);
        assert_eq!(shortest("("), None);
        assert_eq!(shortest(r"[^\s\S]"), None);
    }
}
