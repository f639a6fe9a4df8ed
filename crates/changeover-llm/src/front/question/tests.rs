//! A question that is sent as it was written means what it would have meant taken apart.

use changeover_domain::ProviderKind;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::dialect::samples::provider;

/// Bodies that are plain, most of them: in the dialect's fields, in any order.
fn bodies() -> impl Strategy<Value = Map<String, Value>> {
    let text = || prop_oneof!["\\PC{1,20}", Just("line\n\"quoted\" \\ \u{1f600}".to_owned())];
    let role = prop::sample::select(vec!["system", "user", "assistant", "developer"]);
    let message =
        (role, text()).prop_map(|(role, content)| json!({"role": role, "content": content}));
    let maybe = |strategy: BoxedStrategy<Value>| prop::option::weighted(0.3, strategy);
    let length = (0_u32..5_000).prop_map(Value::from).boxed();
    let number = || (-2.0_f64..2.0).prop_map(Value::from).boxed();
    let settings = (
        (maybe(length.clone()), maybe(length)),
        (maybe(number()), maybe(number()), maybe(number()), maybe(number())),
        maybe(any::<i64>().prop_map(Value::from).boxed()),
        maybe(prop::collection::vec("[a-z]{1,4}", 1..3).prop_map(Value::from).boxed()),
        maybe("[a-z]{1,8}".prop_map(Value::from).boxed()),
        maybe(any::<bool>().prop_map(Value::from).boxed()),
        maybe(any::<bool>().prop_map(|told| json!({"include_usage": told})).boxed()),
    );
    (text(), prop::collection::vec(message, 1..5), settings).prop_map(
        |(model, messages, (lengths, numbers, seed, stop, user, stream, options))| {
            let fields = [
                ("model", Some(Value::from(model))),
                ("messages", Some(Value::from(messages))),
                ("max_tokens", lengths.0),
                ("max_completion_tokens", lengths.1),
                ("temperature", numbers.0),
                ("top_p", numbers.1),
                ("presence_penalty", numbers.2),
                ("frequency_penalty", numbers.3),
                ("seed", seed),
                ("stop", stop),
                ("user", user),
                ("stream", stream),
                ("stream_options", options),
            ];
            let there = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
            there.map(|(name, value)| (name.to_owned(), value)).collect()
        },
    )
}

/// A body as some writers write it: with room, in this order, with letters beyond ASCII escaped.
fn written(fields: &Map<String, Value>, shift: usize, roomy: bool, escaped: bool) -> String {
    let mut parts: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            let value = if roomy { format!("{value:#}") } else { value.to_string() };
            format!("{:?}{}:{value}", name, if roomy { " \n" } else { "" })
        })
        .collect();
    let most = parts.len().max(1);
    parts.rotate_left(shift % most);
    let body = format!("{{{}}}", parts.join(if roomy { " ,\t" } else { "," }));
    let body = if roomy { format!("\r\n{body}\n ") } else { body };
    if !escaped {
        return body;
    }
    let unit = |unit: &u16| format!("\\u{unit:04x}");
    body.chars()
        .map(|c| match c {
            ' '..='~' | '\n' | '\r' | '\t' => c.to_string(),
            _ => c.encode_utf16(&mut [0; 2]).iter().map(unit).collect(),
        })
        .collect()
}

/// What says nothing is left out, and every number is a number.
fn meant(mut body: Value) -> Value {
    let fields = body.as_object_mut().unwrap();
    fields.retain(|name, value| name != "stream" || *value == json!(true));
    for value in fields.values_mut() {
        if let Some(number) = value.as_f64().filter(|_| value.is_number()) {
            *value = json!(number);
        }
    }
    body
}

const VENDORS: [(ProviderKind, &str, &str); 6] = [
    (ProviderKind::Openai, "https://api.openai.com", "gpt-4.1"),
    (ProviderKind::Openai, "https://api.openai.com", "o3-mini"),
    (ProviderKind::OpenaiCompatible, "https://vendor.example", "a \"quoted\" model"),
    (ProviderKind::OpenaiCompatible, "https://api.mistral.ai/v1", "mistral-large"),
    (ProviderKind::AzureOpenai, "https://vendor.example", "deployment"),
    (ProviderKind::Anthropic, "https://api.anthropic.com", "claude-opus-4-6"),
];

proptest! {
    #[test]
    fn what_is_sent_as_it_was_written_means_what_is_sent_when_it_is_taken_apart(
        fields in bodies(),
        shift in 0_usize..20,
        roomy in any::<bool>(),
        escaped in any::<bool>(),
    ) {
        let body = written(&fields, shift, roomy, escaped);
        let question = Question::read(Door::OpenAi, Bytes::from(body.clone()));
        let parsed = Door::OpenAi.parse_request(body.as_bytes());
        let (question, front) = match (question, parsed) {
            (Ok(question), Ok(front)) => (question, front),
            (question, parsed) => {
                prop_assert_eq!(question.map(|_| ()), parsed.map(|_| ()), "refused alike");
                return Ok(());
            }
        };
        prop_assert_eq!(question.front(), &front);
        prop_assert_eq!((question.model(), question.stream()), (&*front.model, front.stream));
        prop_assert_eq!(question.needs(), Needs::of(&front.request));
        prop_assert_eq!(question.stops(), !front.request.stop.is_empty());
        for (kind, base, model) in VENDORS {
            let vendor = provider(kind, base);
            let endpoint = Endpoint { provider: &vendor, key: None, model };
            let dialect = dialect::of_kind(kind).unwrap();
            prop_assert_eq!(question.lost_at(&endpoint), losses::lost(&front, kind, model));
            let sent = question.wire_request(dialect, &endpoint).unwrap();
            let apart = dialect.request(&endpoint, &front.request, front.stream).unwrap();
            prop_assert_eq!(&sent.url, &apart.url);
            prop_assert_eq!(&sent.headers, &apart.headers);
            let read = |body: &[u8]| meant(serde_json::from_slice(body).unwrap());
            prop_assert_eq!(read(&sent.body), read(&apart.body), "{:?} {}", kind, body);
        }
    }
}

#[test]
fn a_plain_question_goes_out_in_its_own_words() {
    let body = r#"{ "model":"chat", "temperature": 0.20, "max_tokens": 9,
        "messages": [{"role":"user","content":"a \u0062"}], "stream": true }"#;
    let question = Question::read(Door::OpenAi, Bytes::from(body)).unwrap();
    let vendor = provider(ProviderKind::Openai, "https://api.openai.com");
    let endpoint = Endpoint { provider: &vendor, key: None, model: "gpt-4.1" };
    let dialect = dialect::of_kind(ProviderKind::Openai).unwrap();
    let sent = question.wire_request(dialect, &endpoint).unwrap();
    let wanted = body
        .replace("chat", "gpt-4.1")
        .replace("max_tokens", "max_completion_tokens")
        .replace(" }", r#" ,"stream_options":{"include_usage":true}}"#);
    assert_eq!(String::from_utf8(sent.body.to_vec()).unwrap(), wanted);
}
