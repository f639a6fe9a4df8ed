//! What a kept answer takes of the memory, near enough to hold a limit in bytes.
//!
//! Counted is what was allocated, not what is used, for that is what the process pays.

use changeover_domain::TargetId;
use changeover_llm::{ChatResponse, Image, ImageSource, Part};

use super::{CacheKey, CachedAnswer, Entry};

/// The map's links and slots, the allocator's headers, the counters of the shared answer.
const OVERHEAD: usize = 128;

pub(super) fn of_entry(answer: &CachedAnswer) -> usize {
    let CachedAnswer { response, target } = answer;
    let fixed = size_of::<CacheKey>() + size_of::<Entry>() + size_of::<CachedAnswer>() + OVERHEAD;
    fixed + of_target(target) + of_response(response)
}

fn of_target(target: &TargetId) -> usize {
    target.as_str().len()
}

fn of_response(response: &ChatResponse) -> usize {
    let ChatResponse { id, model, fingerprint, parts, finish: _, stop_sequence, usage: _ } =
        response;
    let spread = parts.capacity() * size_of::<Part>();
    let rare = of_optional(stop_sequence.as_ref()) + of_optional(fingerprint.as_ref());
    id.capacity() + model.capacity() + rare + spread + parts.iter().map(of_part).sum::<usize>()
}

fn of_part(part: &Part) -> usize {
    match part {
        Part::Text(text) | Part::RedactedThinking(text) => text.capacity(),
        Part::Image(Image { source, detail }) => of_source(source) + of_optional(detail.as_ref()),
        Part::Thinking { text, signature } => text.capacity() + of_optional(signature.as_ref()),
        Part::ToolCall { id, name, arguments, signature } => {
            let called = id.capacity() + name.capacity() + arguments.capacity();
            called + of_optional(signature.as_ref())
        }
        Part::ToolResult { call_id, parts, is_error: _ } => {
            let spread = parts.capacity() * size_of::<Part>();
            call_id.capacity() + spread + parts.iter().map(of_part).sum::<usize>()
        }
        Part::CacheMark(_) => 0,
    }
}

fn of_source(source: &ImageSource) -> usize {
    match source {
        ImageSource::Inline { media_type, base64 } => media_type.capacity() + base64.capacity(),
        ImageSource::Url(url) => url.capacity(),
    }
}

fn of_optional(text: Option<&String>) -> usize {
    text.map_or(0, String::capacity)
}
