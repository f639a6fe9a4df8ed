//! From a vendor's answer to the class of the failure, whose it is and what helps.
//!
//! A status is only a hint: 429 alone stands for an empty account, a busy vendor, a minute's limit,
//! a day's limit and a request that can never fit. So the evidence is read in this order, and the
//! first that decides wins:
//!
//! 1. who wrote the body: pages and texts of proxies and edges are known by their first bytes,
//!    whatever the status and content type say (`intermediary`);
//! 2. texts that SDKs print when no answer came (`pasted`);
//! 3. the error object, freed from the envelopes that gateways and SDKs wrap around it (`envelope`);
//! 4. the vendor's own codes and details (each dialect's `errors`, and `vendors` for those that
//!    speak a borrowed dialect);
//! 5. codes and words that mean the same everywhere (`shared`), money before windows before the rest;
//! 6. the status.
//!
//! Words are looked for only in the error's message, never in the whole text: request ids hold
//! digits, and other fields hold what users and models wrote.

pub(crate) mod content;
pub(crate) mod envelope;
mod found;
mod intermediary;
mod lenient;
mod pasted;
mod shared;
mod status;
mod vendors;
mod wait;
pub(crate) mod words;

pub use found::Classified;
pub(crate) use pasted::below_http;
pub(crate) use wait::duration as wait_of;

use changeover_domain::FailureClass;
use envelope::ErrorBody;

/// An answer as it came, to be judged. Nothing of it is trusted.
#[derive(Debug, Clone, Copy)]
pub struct HttpAnswer<'a> {
    /// The vendor: a provider kind's name (`anthropic`, `openai_compatible`) or, where known, the
    /// vendor's own (`groq`, `openrouter`). An unknown name is judged by the body's shape alone.
    pub provider: &'a str,
    /// `None` when it is not known.
    pub status: Option<u16>,
    pub headers: &'a [(String, String)],
    pub content_type: Option<&'a str>,
    pub body: &'a str,
    /// The body is one event, or the events, of a stream that had begun with status 200.
    pub in_stream: bool,
}

impl HttpAnswer<'_> {
    /// The value of a header, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    fn claims_success(&self) -> bool {
        self.status.is_none_or(|status| (200..300).contains(&status))
    }
}

/// Judges an answer. Pure. A body in which nothing is wrong is [`FailureClass::Unknown`].
#[must_use]
pub fn classify(answer: &HttpAnswer<'_>) -> Classified {
    if let Some(found) = intermediary::judge(answer) {
        let is_event = answer.body.trim_start().starts_with(['{', 'd', 'e']);
        return if answer.in_stream && is_event { found.in_stream() } else { found };
    }
    let documents = lenient::documents(answer.body);
    if let Some(error) = documents.values.iter().find_map(ErrorBody::find) {
        let found = error_object(answer, &error);
        return if answer.in_stream { found.in_stream() } else { found };
    }
    if documents.values.is_empty()
        && let Some(found) = plain_text(answer)
    {
        return found;
    }
    if answer.claims_success()
        && let Some(found) = content::whole(answer, &documents)
    {
        return found;
    }
    status::judge(answer)
}

/// Judges a body that is no document: an SDK's words, or a refusal without any form.
fn plain_text(answer: &HttpAnswer<'_>) -> Option<Classified> {
    let mut error = ErrorBody::of_text(answer)?;
    // What an SDK prints names the status that the SDK has seen.
    let answer =
        &HttpAnswer { status: answer.status.or_else(|| pasted::status(answer.body)), ..*answer };
    let below = pasted::judge(answer);
    let refused = answer.status.is_none_or(|status| status >= 400);
    if below.is_none() && !refused && !answer.in_stream {
        return None;
    }
    error.upstream = None;
    let named = || vendors::judge(answer, &error).or_else(|| shared::judge(answer, &error));
    let found = match below {
        // An SDK reports so what an error event in the stream said.
        Some(cut) if cut.class == FailureClass::ErrorInStream => {
            named().map_or(cut, Classified::in_stream)
        }
        Some(below) => below,
        None if answer.in_stream && answer.claims_success() => named()?.in_stream(),
        None => named().unwrap_or_else(|| intermediary::text(answer)),
    };
    Some(wait::temper(found, wait::stated(answer, &error)).quoting(&error))
}

/// Judges an error object with its answer's headers.
fn error_object(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Classified {
    // An object that stands where an answer should be brings its own status.
    let status = match answer.status {
        None => status::stated(error).or_else(|| pasted::status(answer.body)),
        Some(200..300) => status::stated(error).or(answer.status),
        status => status,
    };
    let answer = &HttpAnswer { status, ..*answer };
    let stated = wait::stated(answer, error);
    let mut found = vendors::judge(answer, error)
        .or_else(|| shared::judge(answer, error))
        .unwrap_or_else(|| status::judge_error(answer, error));
    // The vendor knows that it will not help.
    found.retryable &= answer.header("x-should-retry") != Some("false");
    wait::temper(found, stated).quoting(error)
}

#[cfg(test)]
mod tests;
