//! W3C trace context: which trace a request belongs to, and what providers are told of it.
//!
//! The gateway takes part as one span: callers' spans are its parent, its own is the parent of
//! whatever providers do, and its id stands in the log beside the request's. It exports no spans
//! itself. What a caller sends is read strictly, as the recommendation demands: a header that is
//! not well-formed is as good as none, so that a broken tracer cannot make the gateway repeat
//! arbitrary text to providers.

mod state;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use rand::RngExt as _;
use uuid::Uuid;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The flags that mean something: sampled, and random trace id. Others are to be set to zero.
const KNOWN_FLAGS: u8 = 0b11;
/// So many of a number's digits stand before those of its lower half.
const HIGHER_DIGITS: usize = 16;
/// The length of version 00, which later versions begin with.
const LENGTH: usize = 55;

/// One span of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceContext {
    trace_id: u128,
    span_id: u64,
    flags: u8,
    /// What tracing systems passed along, word for word.
    state: Option<HeaderValue>,
}

impl TraceContext {
    /// The gateway's own span: in the caller's trace, or in a new one where there is none.
    pub(crate) fn of_request(headers: &HeaderMap) -> Self {
        Self::from_headers(headers).map_or_else(Self::new, |callers| callers.child())
    }

    /// The span that a request's headers name.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let parent = parents.next()?.to_str().ok()?;
        if parents.next().is_some() {
            return None;
        }
        let state = state::joined(headers.get_all(TRACESTATE).iter());
        parsed(parent).map(|context| Self { state, ..context })
    }

    /// The first span of a new trace. Whether it is sampled is for somebody else to say.
    fn new() -> Self {
        let mut random = rand::rng();
        Self {
            trace_id: random.random_range(1..=u128::MAX),
            span_id: random.random_range(1..=u64::MAX),
            flags: 0,
            state: None,
        }
    }

    /// A span below this one.
    fn child(self) -> Self {
        Self { span_id: rand::rng().random_range(1..=u64::MAX), ..self }
    }

    /// The headers by which others hang their spans below this one.
    pub(crate) fn to_headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let parent = ["00", &self.trace_id(), &self.span_id(), self.flags_in_hex()].join("-");
        let parent = HeaderValue::try_from(parent).ok().map(|parent| (TRACEPARENT, parent));
        parent.into_iter().chain(self.state.clone().map(|state| (TRACESTATE, state)))
    }

    /// As it stands in headers and logs.
    pub(crate) fn trace_id(&self) -> String {
        hexadecimal(self.trace_id)
    }

    /// As it stands in headers and logs.
    pub(crate) fn span_id(&self) -> String {
        hexadecimal(u128::from(self.span_id)).split_off(HIGHER_DIGITS)
    }

    /// Only the known ones are kept.
    fn flags_in_hex(&self) -> &'static str {
        match self.flags & KNOWN_FLAGS {
            0 => "00",
            1 => "01",
            2 => "02",
            _ => "03",
        }
    }
}

/// All 32 digits. Every request needs some, and the usual way to write numbers costs ten times as much.
fn hexadecimal(number: u128) -> String {
    Uuid::from_u128(number).simple().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

fn parsed(text: &str) -> Option<TraceContext> {
    let (head, rest) = text.split_at_checked(LENGTH)?;
    let mut fields = head.split('-');
    let mut field = |length: usize| {
        let field = fields.next().filter(|field| field.len() == length)?;
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        field.bytes().all(is_hex).then_some(field)
    };
    let (version, trace_id, span_id, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
    let ends_well = match version {
        "ff" => false,
        "00" => rest.is_empty(),
        // A later version may say more, behind a dash.
        _ => rest.is_empty() || rest.starts_with('-'),
    };
    let context = TraceContext {
        trace_id: u128::from_str_radix(trace_id, 16).ok()?,
        span_id: u64::from_str_radix(span_id, 16).ok()?,
        flags: u8::from_str_radix(flags, 16).ok()? & KNOWN_FLAGS,
        state: None,
    };
    (ends_well && context.trace_id != 0 && context.span_id != 0).then_some(context)
}

#[cfg(test)]
mod tests;
