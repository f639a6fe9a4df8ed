//! Whether an answer is what its request asked for: after a 200 everything can still be wrong.
//!
//! A [`Judge`] is made from the request, before any provider is asked, because that is when a
//! schema that cannot be used is found out, and it is the caller's to mend. It then judges whole
//! answers, or streamed ones that were [`Gathered`]: once bytes have gone out there is nothing left
//! to judge, so a route that wants streams checked holds them back.
//!
//! What counts as wrong, in the order in which it is looked for:
//!
//! 1. *refusal*, *content filter*: the vendor's own sign first, then the route's [`RefusalPatterns`];
//! 2. *empty*: neither text nor a tool call;
//! 3. *truncated*: cut at a length limit, and what was cut is of no use: JSON, a tool's arguments,
//!    or text for which the request set no limit. Text that was cut at the request's own
//!    `max_tokens` is what was asked for, and both dialects have a word for it;
//! 4. *malformed tool call*: a tool that was not offered, arguments that do not fit its schema, no
//!    call where one was demanded or one where none was allowed;
//! 5. *malformed output*: text that is not the JSON of `response_format`. JSON inside a Markdown
//!    fence is malformed too: the caller hands the text to a parser, and a gateway that cut fences
//!    off would have to guess where an answer begins. Beside a tool call the text is free.
//!
//! Not for an answer's transport and form, which the client has judged by then, and not for what to
//! do about a failure. The rule it keeps: schemas and answers are both hostile, so the work of a
//! check is bounded before it begins (`bounds`), and a reason names the place, never the content.

mod answer;
mod bounds;
mod compiled;
mod explain;
mod gathered;
mod refusal;
pub(crate) mod subschemas;

pub use answer::Judge;
pub(crate) use compiled::Compiled;
pub use compiled::{InvalidSchema, SchemaField, Validators};
pub use gathered::{Gathered, TooLarge, events_of};
pub use refusal::{BadPattern, PatternScope, RefusalPatterns};

#[cfg(test)]
mod tests;
