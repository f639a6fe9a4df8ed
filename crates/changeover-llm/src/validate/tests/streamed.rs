//! Streams that were gathered, and answers told as streams.

use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};

use super::*;

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let part = prop_oneof![
        "\\PC{1,80}".prop_map(Part::Text),
        ("\\PC{1,80}", "[a-z]{1,9}")
            .prop_map(|(text, proof)| Part::Thinking { text, signature: Some(proof) }),
        "[a-z]{1,9}".prop_map(Part::RedactedThinking),
        ("[a-z]{1,5}", "\\PC{0,80}").prop_map(|(name, arguments)| Part::ToolCall {
            id: format!("call-{name}"),
            name,
            arguments,
            signature: None,
        }),
    ];
    prop::collection::vec(part, 0..6).prop_map(|parts| {
        // Neighbouring texts are one text in a stream.
        let mut joined: Vec<Part> = Vec::new();
        for part in parts {
            match (joined.last_mut(), part) {
                (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
                (_, part) => joined.push(part),
            }
        }
        joined
    })
}

proptest! {
    #[test]
    fn an_answer_told_as_a_stream_and_gathered_is_the_same(parts in parts(), with_usage in any::<bool>()) {
        let mut response = answer(parts, FinishReason::Stop);
        response.usage = response.usage.filter(|_| with_usage);
        let mut gathered = Gathered::new(usize::MAX);
        for event in events_of(response.clone()) {
            gathered.push(event).unwrap();
        }
        assert_eq!(gathered.into_response(), Some(response));
    }
}

#[test]
fn a_long_text_is_told_in_pieces_at_character_boundaries() {
    let long = "ä€𝄞".repeat(2_000);
    let events = events_of(text(&long));
    let pieces: Vec<&String> = events
        .iter()
        .filter_map(|event| if let StreamEvent::Text(piece) = event { Some(piece) } else { None })
        .collect();
    assert!(pieces.len() > 1 && pieces.iter().all(|piece| piece.len() <= 4_096));
    assert_eq!(pieces.into_iter().cloned().collect::<String>(), long);
}

#[test]
fn calls_whose_arguments_come_interleaved_are_kept_apart() {
    let mut gathered = Gathered::new(1_000);
    let start = |index| StreamEvent::ToolCallStart {
        index,
        id: format!("c{index}"),
        name: "f".into(),
        signature: None,
    };
    let piece =
        |index, fragment: &str| StreamEvent::ToolCallArguments { index, fragment: fragment.into() };
    for event in
        [start(0), start(4), piece(4, "{\"b\""), piece(0, "{}"), piece(4, ": 1}"), piece(9, "lost")]
    {
        gathered.push(event).unwrap();
    }
    gathered.push(StreamEvent::Finish(FinishReason::ToolCalls)).unwrap();
    let arguments: Vec<String> = gathered
        .into_response()
        .unwrap()
        .parts
        .into_iter()
        .filter_map(|part| {
            if let Part::ToolCall { arguments, .. } = part { Some(arguments) } else { None }
        })
        .collect();
    assert_eq!(arguments, ["{}", "{\"b\": 1}"]);
}

#[test]
fn a_stream_without_its_finish_is_no_answer() {
    let mut gathered = Gathered::new(1_000);
    gathered.push(StreamEvent::Text("half".into())).unwrap();
    assert_eq!(gathered.into_response(), None);
}

#[test]
fn more_than_may_be_held_back_is_refused_and_the_rest_kept() {
    let most_bytes = size_of::<Part>() + 10;
    let mut gathered = Gathered::new(most_bytes);
    gathered.push(StreamEvent::Text("12345678".into())).unwrap();
    let refused = gathered.push(StreamEvent::Text("901".into()));
    assert_eq!(refused, Err(TooLarge { most_bytes }));
    gathered.push(StreamEvent::Finish(FinishReason::Stop)).unwrap();
    assert_eq!(gathered.into_response().unwrap().parts, [Part::Text("12345678".into())]);
}

#[test]
fn a_stream_of_nothings_is_not_held_back_for_ever() {
    let nothings = [
        StreamEvent::RedactedThinking(String::new()),
        StreamEvent::Text(String::new()),
        StreamEvent::Thinking(String::new()),
        StreamEvent::ThinkingSignature(String::new()),
    ];
    let mut gathered = Gathered::new(10_000);
    let taken =
        nothings.into_iter().cycle().take_while(|event| gathered.push(event.clone()).is_ok());
    assert!(taken.take(10_000).count() < 10_000);
}
