//! What a simulated model answers: prose, JSON or a call, as it was asked, cut where it was to end.
//!
//! Not for its form on the wire, nor for when it leaves.

use rand::rngs::ChaCha8Rng;

use crate::dialect::{Answer, Ask, Stop, Want};
use crate::fault::Manner;
use crate::profile::ModelProfile;
use crate::{known, plausible, prose};

/// What a model answers to `ask`.
pub(crate) fn compose(
    ask: &Ask,
    model: &'static ModelProfile,
    manner: Manner,
    rng: &mut ChaCha8Rng,
) -> Answer {
    let refused = manner.refused;
    let (mut tokens, tool) = match &ask.want {
        _ if refused => (Vec::new(), None),
        Want::Embeddings(_) => (Vec::new(), None),
        Want::Text => (known::answer(&ask.question).unwrap_or_else(|| prose::answer(rng)), None),
        Want::Json(schema) => (prose::json_as_tokens(&json(ask, schema, manner, rng)), None),
        Want::Tool { name, schema } => {
            let arguments = value(ask, schema, rng).to_string();
            (prose::json_as_tokens(&arguments), Some(name.clone()))
        }
    };
    let limit = ask.max_tokens.unwrap_or(usize::MAX);
    let cut = tokens.len() > limit;
    tokens.truncate(limit);
    // A call's arguments are no text in which a stop could be found.
    let stop_sequence = if tool.is_none() { stop_early(&mut tokens, &ask.stop) } else { None };
    let stop = match (refused, &stop_sequence, cut, &tool) {
        (true, ..) => Stop::Refusal,
        (_, Some(_), ..) => Stop::Sequence,
        (_, _, true, _) => Stop::MaxTokens,
        (_, _, _, Some(_)) => Stop::Tool,
        _ => Stop::End,
    };
    Answer { model, tokens, tool, stop, stop_sequence, input_tokens: ask.input_tokens }
}

/// Ends the answer before the first of these texts, and says which it was.
fn stop_early(tokens: &mut Vec<String>, stops: &[String]) -> Option<String> {
    let text = tokens.concat();
    let found = stops.iter().filter(|stop| !stop.is_empty());
    let found = found.filter_map(|stop| text.find(stop).map(|at| (at, stop)));
    let (at, stop) = found.min_by_key(|(at, _)| *at)?;
    let mut left = at;
    tokens.retain_mut(|token| {
        let kept = token.len().min(left);
        token.truncate(kept);
        left -= kept;
        kept > 0
    });
    Some(stop.clone())
}

/// A value that fits the schema, with what the question tells in its fields.
fn value(ask: &Ask, schema: &serde_json::Value, rng: &mut ChaCha8Rng) -> serde_json::Value {
    let mut value = plausible::value(&object(schema), rng);
    known::tell(&ask.question, &mut value);
    value
}

fn json(ask: &Ask, schema: &serde_json::Value, manner: Manner, rng: &mut ChaCha8Rng) -> String {
    let mut text = value(ask, schema, rng).to_string();
    if manner.malformed {
        // An answer that forgets its end is the slip that models make most.
        let keep = text.chars().count() / 3 * 2;
        text = text.chars().take(keep).chain([',', ' ']).collect();
    }
    text
}

/// A schema that asks for nothing in particular gets a small object.
fn object(schema: &serde_json::Value) -> serde_json::Value {
    if schema.is_null() {
        let text = serde_json::json!({ "type": "string" });
        return serde_json::json!({ "type": "object", "properties": { "status": text, "summary": text } });
    }
    schema.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &[&str]) -> Vec<String> {
        text.iter().map(|token| (*token).to_owned()).collect()
    }

    #[test]
    fn an_answer_ends_before_the_first_stop_that_comes() {
        let mut answer = tokens(&["One", " two", ".", " Three", "."]);
        let stops = tokens(&["Thr", "o.", ""]);
        assert_eq!(stop_early(&mut answer, &stops).as_deref(), Some("o."));
        assert_eq!(answer, tokens(&["One", " tw"]), "in the middle of a token too");
        assert_eq!(stop_early(&mut answer, &stops), None);
        assert_eq!(answer.concat(), "One tw", "what has no stop in it stays whole");
    }
}
