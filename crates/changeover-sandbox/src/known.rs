//! Questions that have one right answer, as health checks ask them: a model that is well knows it.
//!
//! Not for prose or for values that only have to fit a schema. What is not recognised is nobody's
//! business here.

use serde_json::Value;

/// The longest count that is written out.
const LONGEST_COUNT: u32 = 200;

/// The answer to a question of arithmetic, one entry per token; `None` for any other.
pub(crate) fn answer(question: &str) -> Option<Vec<String>> {
    count(question).or_else(|| sum(question))
}

/// "Count from 1 to 20": the numbers, and the spaces between them.
fn count(question: &str) -> Option<Vec<String>> {
    let (from, rest) = number(after(question, "count from ")?)?;
    let (to, _) = number(after(rest, "to ")?)?;
    let numbers = from..=to.min(from.saturating_add(LONGEST_COUNT));
    let tokens = numbers.flat_map(|number| [" ".to_owned(), number.to_string()]);
    Some(tokens.skip(1).collect())
}

/// "What is 17 plus 26?": the sum.
fn sum(question: &str) -> Option<Vec<String>> {
    let (one, rest) = number(after(question, "what is ")?)?;
    let (other, _) = number(after(rest, "plus ")?)?;
    Some(vec![one.checked_add(other)?.to_string()])
}

/// Puts what the question tells into the fields of an answer that has them.
pub(crate) fn tell(question: &str, answer: &mut Value) {
    let Some(fields) = answer.as_object_mut() else { return };
    for (field, value) in facts(question) {
        if let Some(there) = fields.get_mut(field) {
            *there = Value::String(value);
        }
    }
}

fn facts(question: &str) -> Vec<(&'static str, String)> {
    if after(question, "capital of france").is_some() {
        return vec![("city", "Paris".to_owned()), ("country", "France".to_owned())];
    }
    let word = |from: Option<&str>| {
        let letters = from?.trim_start().chars().take_while(|c| c.is_alphanumeric());
        Some(letters.collect::<String>()).filter(|word| !word.is_empty())
    };
    let gauge = word(after(question, "the gauge ")).map(|name| ("gauge", name));
    let reading = word(after(question, "the reading ")).map(|shown| ("reading", shown));
    gauge.into_iter().chain(reading).collect()
}

/// What stands behind these words, which are compared without regard to case.
fn after<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let at = text.to_ascii_lowercase().find(words)?;
    text.get(at + words.len()..)
}

/// The number at the beginning, and what follows it.
fn number(text: &str) -> Option<(u32, &str)> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text.get(..end)?.parse().ok()?, text.get(end..)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_has_one_answer_gets_it() {
        let count = answer("Count from 1 to 4, separated by single spaces.").unwrap();
        assert_eq!((count.concat().as_str(), count.len()), ("1 2 3 4", 7));
        assert_eq!(answer("What is 17 plus 26? Answer with the number.").unwrap(), ["43"]);
        for other in ["Where is my order?", "Count from here", "What is 4294967295 plus 9?"] {
            assert_eq!(answer(other), None, "{other}");
        }
        assert!(answer("count from 0 to 4000000000").unwrap().len() < 500);
    }

    #[test]
    fn fields_are_filled_with_what_the_question_tells_and_none_is_added() {
        let mut city = json!({"city": "amber", "country": "pending"});
        tell("Name the capital of France and its country, as JSON.", &mut city);
        assert_eq!(city, json!({"city": "Paris", "country": "France"}));
        let mut gauge = json!({"gauge": "amber", "reading": "x", "note": "y"});
        tell("Report that the gauge north shows the reading 21.", &mut gauge);
        assert_eq!(gauge, json!({"gauge": "north", "reading": "21", "note": "y"}));
        let mut other = json!({"status": "open"});
        tell("Report that the gauge north shows the reading 21.", &mut other);
        assert_eq!(other, json!({"status": "open"}));
    }
}
