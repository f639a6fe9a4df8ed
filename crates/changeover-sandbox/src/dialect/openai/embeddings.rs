//! `POST /v1/embeddings`: what is taken, and the vectors.
//!
//! A vector is a function of its text alone, of length one as the vendor's are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::read::{characters, size, text};
use super::super::{Ask, Embeddings, Problem, Want};
use super::request::invalid;
use crate::prose::estimate;

/// The model's own length of a vector, and so the longest.
const DIMENSIONS: usize = 1_536;
/// The most texts of one request.
const MOST_INPUTS: usize = 2_048;

pub(super) fn ask(body: &Value) -> Result<Ask, Problem> {
    let refused = |problem: &str, param, code| invalid(problem.to_owned(), param, code);
    let model = text(body, "model").ok_or_else(|| {
        refused("you must provide a model parameter", "model", "missing_required_parameter")
    })?;
    let inputs: Vec<&Value> = match body.get("input") {
        Some(one @ Value::String(_)) => vec![one],
        Some(Value::Array(list)) => list.iter().collect(),
        _ => Vec::new(),
    };
    if !(1..=MOST_INPUTS).contains(&inputs.len()) || !inputs.iter().all(|input| input.is_string()) {
        let problem = "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.";
        return Err(refused(problem, "input", "invalid_value"));
    }
    let dimensions = body.get("dimensions").and_then(size).unwrap_or(DIMENSIONS);
    if !(1..=DIMENSIONS).contains(&dimensions) {
        let problem = format!(
            "Invalid value for 'dimensions' = {dimensions}. Must be less than or equal to {DIMENSIONS}."
        );
        return Err(refused(&problem, "dimensions", "invalid_value"));
    }
    let length = inputs.iter().map(|input| characters(input)).sum();
    let digest = |input: &&Value| Sha256::digest(input.as_str().unwrap_or_default()).to_vec();
    Ok(Ask {
        model: model.to_owned(),
        stream: false,
        input_tokens: estimate(length, 0),
        max_tokens: None,
        stop: Vec::new(),
        question: String::new(),
        want: Want::Embeddings(Embeddings {
            digests: inputs.iter().map(digest).collect(),
            dimensions,
            base64: text(body, "encoding_format") == Some("base64"),
        }),
        include_usage: true,
        events: false,
    })
}

pub(super) fn answer(wanted: &Embeddings, ask: &Ask) -> String {
    let data = wanted.digests.iter().enumerate().map(|(index, digest)| {
        let vector = vector(digest, wanted.dimensions);
        let embedding = if wanted.base64 {
            let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            json!(STANDARD.encode(bytes))
        } else {
            json!(vector)
        };
        json!({ "object": "embedding", "index": index, "embedding": embedding })
    });
    let usage = json!({ "prompt_tokens": ask.input_tokens, "total_tokens": ask.input_tokens });
    let data: Vec<Value> = data.collect();
    json!({ "object": "list", "data": data, "model": ask.model, "usage": usage }).to_string()
}

/// Every byte of the digest in turn is a direction; together they have length one.
fn vector(digest: &[u8], dimensions: usize) -> Vec<f32> {
    let numbers = digest.iter().cycle().take(dimensions).map(|byte| f32::from(*byte) - 127.5);
    let numbers: Vec<f32> = numbers.collect();
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    numbers.into_iter().map(|number| number / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(body: &Value) -> Value {
        let ask = ask(body).unwrap();
        let Want::Embeddings(wanted) = &ask.want else { panic!("no vectors: {ask:?}") };
        serde_json::from_str(&answer(wanted, &ask)).unwrap()
    }

    #[test]
    fn texts_that_are_alike_have_the_same_vector_of_length_one() {
        let body =
            json!({ "model": "m", "input": ["order", "invoice", "order"], "dimensions": 40 });
        let data = vectors(&body)["data"].clone();
        assert_eq!(data[0]["embedding"], data[2]["embedding"]);
        assert_ne!(data[0]["embedding"], data[1]["embedding"]);
        let numbers: Vec<f64> = serde_json::from_value(data[1]["embedding"].clone()).unwrap();
        let length: f64 = numbers.iter().map(|number| number * number).sum();
        assert!(numbers.len() == 40 && (length - 1.0).abs() < 1e-5, "{length}");
    }

    #[test]
    fn base64_holds_the_same_numbers() {
        let numbers = vectors(&json!({ "model": "m", "input": "order", "dimensions": 3 }));
        let encoded = vectors(
            &json!({ "model": "m", "input": "order", "dimensions": 3, "encoding_format": "base64" }),
        );
        let bytes = STANDARD.decode(encoded["data"][0]["embedding"].as_str().unwrap()).unwrap();
        let (floats, _) = bytes.as_chunks::<4>();
        let floats: Vec<f32> = floats.iter().map(|float| f32::from_le_bytes(*float)).collect();
        assert_eq!(json!(floats), numbers["data"][0]["embedding"]);
    }

    #[test]
    fn what_is_no_text_and_what_is_too_long_is_refused() {
        for body in [
            json!({ "model": "m" }),
            json!({ "model": "m", "input": [] }),
            json!({ "model": "m", "input": [1, 2] }),
            json!({ "model": "m", "input": "x", "dimensions": 100_000 }),
        ] {
            assert!(ask(&body).is_err(), "{body}");
        }
    }
}
