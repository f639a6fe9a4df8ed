//! Whole ways through the house: what a caller writes, what each vendor is sent for it, what each
//! vendor answers, and what the caller reads.
//!
//! Where caller and vendor speak one dialect, what goes out is what came in, and the tests say so
//! outright. Where they do not, the translation is kept as a snapshot, to be read by whoever changes
//! it.

mod answers;
mod faithful;
mod properties;
mod requests;
mod usage;
mod vendors;

use changeover_domain::{ProviderKind, UnixMs};
use serde_json::Value;

use crate::canonical::{ChatResponse, StreamEvent};
use crate::classify::content::Ending;
use crate::dialect::{Step, of_kind, samples::provider};
use crate::endpoint::Endpoint;
use crate::front::{Door, FrontRequest};

/// Every vendor, with a model that takes most.
const TARGETS: [(ProviderKind, &str); 5] = [
    (ProviderKind::Anthropic, "claude-opus-4-6"),
    (ProviderKind::Openai, "gpt-5.1"),
    (ProviderKind::AzureOpenai, "deployment"),
    (ProviderKind::OpenaiCompatible, "llama"),
    (ProviderKind::Gemini, "gemini-3-flash"),
];

fn parse(door: Door, body: &Value) -> FrontRequest {
    door.parse_request(body.to_string().as_bytes()).unwrap()
}

/// What a vendor is sent for a request.
fn sent(kind: ProviderKind, model: &str, front: &FrontRequest) -> Value {
    let vendor = provider(kind, "https://vendor.example");
    let endpoint = Endpoint { provider: &vendor, key: None, model };
    let wire = of_kind(kind).unwrap().request(&endpoint, &front.request, front.stream).unwrap();
    serde_json::from_slice(&wire.body).unwrap()
}

/// A vendor's whole answer.
fn read(kind: ProviderKind, answer: &Value) -> ChatResponse {
    let read = of_kind(kind).unwrap().read_answer(answer.to_string().as_bytes()).unwrap();
    let Ending::Finished(finish) = read.ending else {
        panic!("a good answer, not {:?}", read.ending);
    };
    ChatResponse {
        id: read.id,
        model: read.model,
        fingerprint: read.fingerprint,
        parts: read.parts,
        finish,
        stop_sequence: read.stop_sequence,
        usage: read.usage,
    }
}

/// A vendor's streamed answer, as the client gives it out.
fn read_stream(kind: ProviderKind, documents: &[Value]) -> Vec<StreamEvent> {
    let mut decoder = of_kind(kind).unwrap().decoder();
    let mut steps: Vec<Step> = documents
        .iter()
        .flat_map(|document| decoder.decode(&document.to_string()).unwrap())
        .collect();
    steps.extend(decoder.ending_so_far().map(Step::End));
    let events = steps.into_iter().filter_map(|step| match step {
        Step::Event(event) => Some(event),
        Step::Progress => None,
        Step::End(Ending::Finished(finish)) => Some(StreamEvent::Finish(finish)),
        Step::End(Ending::Failed(found)) => panic!("a good answer, not {found:?}"),
    });
    events.collect()
}

/// What the caller reads of a whole answer.
fn told(front: &FrontRequest, response: &ChatResponse) -> Value {
    let body = front.door.encode_response(response, &front.model, UnixMs(1_700_000_000_000));
    serde_json::from_slice(&body).unwrap()
}

/// The documents of the events that the caller reads of a streamed answer.
fn told_stream(front: &FrontRequest, events: &[StreamEvent]) -> Vec<Value> {
    let mut encoder = front.stream_encoder(UnixMs(1_700_000_000_000));
    let mut frames: Vec<u8> = events.iter().flat_map(|event| encoder.encode(event)).collect();
    frames.extend(encoder.finish());
    let frames = String::from_utf8(frames).unwrap();
    let data = frames.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
}
