//! What a kept answer takes of the memory, near enough to hold a limit in bytes.
//!
//! Counted is what was allocated, not what is used, for that is what the process pays.

use changeover_domain::TargetId;
use changeover_llm::{ChatResponse, Image, Part};

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
    let ChatResponse { id, model, parts, finish: _, usage: _ } = response;
    let spread = parts.capacity() * size_of::<Part>();
    id.capacity() + model.capacity() + spread + parts.iter().map(of_part).sum::<usize>()
}

fn of_part(part: &Part) -> usize {
    match part {
        Part::Text(text) => text.capacity(),
        Part::Image(Image::Inline { media_type, base64 }) => {
            media_type.capacity() + base64.capacity()
        }
        Part::Image(Image::Url(url)) => url.capacity(),
        Part::ToolCall { id, name, arguments } => {
            id.capacity() + name.capacity() + arguments.capacity()
        }
        Part::ToolResult { call_id, text, is_error: _ } => call_id.capacity() + text.capacity(),
    }
}
