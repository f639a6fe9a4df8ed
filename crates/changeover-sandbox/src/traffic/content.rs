//! What callers ask: small requests in OpenAI's form, of three kinds.

use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use serde_json::{Value, json};

use super::RouteTraffic;
use crate::chance::pick;

/// The kind of work that a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficContent {
    /// A customer's question, answered in prose.
    Chat,
    /// A document, answered as JSON that fits a schema.
    Extract,
    /// A step of a task, answered by a tool call.
    Agent,
}

const QUESTIONS: &[&str] = &[
    "Where is my order, and can I still change the address?",
    "I was charged twice this month. What happened?",
    "How do I return the second item without the box?",
    "My subscription renewed although I cancelled it last week.",
    "Can you explain the delivery options for the islands?",
];
const DOCUMENTS: &[&str] = &[
    "Invoice. Bill to: Lindholm Trading. Three items, net 14 days, total due on receipt.",
    "Delivery note. Carrier confirmed two parcels, one was damaged on arrival.",
    "Order confirmation. Express shipping, gift wrap, paid by card.",
];
const TASKS: &[&str] = &[
    "Find the order and decide whether it can be refunded.",
    "Look the customer up and check the last three deliveries.",
    "Check the stock for a replacement and reserve it.",
];

/// The body of one request.
pub(super) fn body(traffic: &RouteTraffic, stream: bool, rng: &mut ChaCha8Rng) -> String {
    // The reference keeps contents apart, as callers' own words do. Customers ask much the same.
    let references = match traffic.content {
        TrafficContent::Chat => 100_000..100_020_u32,
        TrafficContent::Extract | TrafficContent::Agent => 100_000..999_999,
    };
    let reference = rng.random_range(references);
    let (system, user, limit) = match traffic.content {
        TrafficContent::Chat => ("You are a support agent. Answer briefly.", QUESTIONS, 220),
        TrafficContent::Extract => ("Extract the fields as JSON.", DOCUMENTS, 160),
        TrafficContent::Agent => ("Work step by step with the tools.", TASKS, 160),
    };
    let user = pick(rng, user).copied().unwrap_or_default();
    let mut body = json!({
        "model": traffic.route.as_str(),
        "messages": [
            { "role": "system", "content": system },
            { "role": "user", "content": format!("{user} (Reference {reference}.)") },
        ],
        "max_tokens": limit,
        "stream": stream,
    });
    if let Some(fields) = body.as_object_mut() {
        if stream {
            fields.insert("stream_options".to_owned(), json!({ "include_usage": true }));
        }
        for (name, value) in extras(traffic.content) {
            fields.insert(name.to_owned(), value);
        }
    }
    body.to_string()
}

fn extras(content: TrafficContent) -> Vec<(&'static str, Value)> {
    match content {
        TrafficContent::Chat => Vec::new(),
        TrafficContent::Extract => vec![(
            "response_format",
            json!({ "type": "json_schema", "json_schema": {
                "name": "document",
                "strict": true,
                "schema": {
                    "type": "object",
                    "properties": {
                        "kind": { "type": "string", "enum": ["invoice", "delivery", "order"] },
                        "customer": { "type": "string" },
                        "total": { "type": "number" },
                        "urgent": { "type": "boolean" },
                    },
                    "required": ["kind", "customer", "total", "urgent"],
                    "additionalProperties": false,
                },
            }}),
        )],
        TrafficContent::Agent => vec![
            (
                "tools",
                json!([{ "type": "function", "function": {
                    "name": "order_find",
                    "description": "Finds an order by its reference.",
                    "parameters": {
                        "type": "object",
                        "properties": {
                            "reference": { "type": "integer", "minimum": 1 },
                            "include_lines": { "type": "boolean" },
                        },
                        "required": ["reference", "include_lines"],
                    },
                }}]),
            ),
            ("tool_choice", json!("required")),
        ],
    }
}
