//! A vendor's API: reads what was asked, draws what becomes of it, writes the script of the answer.
//!
//! The script of a request is a function of the story's seed, the provider, the request's content,
//! how often that content has been sent in this story, and the faults in force. Nothing else.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use bytes::Bytes;
use changeover_domain::UnixMs;
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

use crate::chance::{generator, letters, log_normal, seconds};
use crate::compose::compose;
use crate::dialect::{Answer, Ask, Call, Dialect, Piece, Problem, Stamp, Streamed, Want};
use crate::fault::{Effects, ErrorKind, Fate, Manner};
use crate::profile::{ModelProfile, ProviderProfile};
use crate::script::{Frame, Header, Performance, Script, perform};
use crate::stage::Stage;

/// What the vendors' edges accept at most.
const BODY_LIMIT: usize = 20 * 1024 * 1024;
/// Counted contents before counting begins anew; weeks of traffic.
const CONTENTS_KEPT: usize = 1_000_000;
/// The part of the time to the first token after which the answer's head leaves.
const HEAD_SHARE: f64 = 0.6;
/// The part of the time to the first token after which an error leaves.
const ERROR_SHARE: f64 = 0.3;
/// After how many tokens an error in mid-stream comes.
const TOKENS_BEFORE_ERROR: usize = 9;

/// One simulated vendor.
pub(crate) struct Host {
    profile: &'static ProviderProfile,
    dialect: &'static dyn Dialect,
    stage: Stage,
    sent: Mutex<Sent>,
}

/// How often each content has been sent in the present story.
#[derive(Default)]
struct Sent {
    story: Option<(u64, UnixMs)>,
    times: HashMap<Vec<u8>, u64>,
}

/// The draws of one request.
struct Draws<'a> {
    seed: u64,
    name: [&'a [u8]; 3],
}

impl Draws<'_> {
    fn of(&self, what: &[u8]) -> ChaCha8Rng {
        let [provider, content, nth] = self.name;
        generator(self.seed, &[provider, content, nth, what])
    }
}

/// The API of `profile` as a router.
pub(crate) fn router(
    profile: &'static ProviderProfile,
    dialect: &'static dyn Dialect,
    stage: Stage,
) -> Router {
    let host = Host { profile, dialect, stage, sent: Mutex::default() };
    Router::new().fallback(serve).with_state(Arc::new(host))
}

async fn serve(State(host): State<Arc<Host>>, request: Request) -> Response<Body> {
    let clock = host.stage.clock.clone();
    let arrived = clock.moment();
    let (parts, body) = request.into_parts();
    let (body, fits) = match axum::body::to_bytes(body, BODY_LIMIT).await {
        Ok(body) => (body, true),
        Err(_) => (Bytes::new(), false),
    };
    let call = Call {
        method: &parts.method,
        uri: &parts.uri,
        headers: &parts.headers,
        body: &body,
        provider: host.profile,
    };
    let script = host.script(&call, fits);
    perform(clock, arrived, script).await
}

impl Host {
    fn script(&self, call: &Call<'_>, fits: bool) -> Script {
        let (seed, began) = self.stage.story();
        let content = [call.uri.path().as_bytes(), b"\n", call.body].concat();
        let content = Sha256::digest(&content);
        let nth = self.count(&content, (seed, began));
        let nth_bytes = nth.to_le_bytes();
        let draws = Draws { seed, name: [self.profile.id.as_bytes(), &content, &nth_bytes] };
        let stamp = stamp(&draws, began, nth);
        let asked = if fits {
            self.dialect.read(call)
        } else {
            Err(Problem::usual(ErrorKind::PayloadTooLarge))
        };
        let found = asked.and_then(|ask| self.model(&ask).map(|model| (ask, model)));
        match found {
            Ok((ask, model)) => self.play(&ask, model, &draws, stamp),
            // Whoever is turned away at the door hears it soon.
            Err(problem) => self.refuse(&problem, "", &stamp, Duration::from_millis(60)),
        }
    }

    fn count(&self, content: &[u8], story: (u64, UnixMs)) -> u64 {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.story != Some(story) || sent.times.len() > CONTENTS_KEPT {
            sent.story = Some(story);
            sent.times.clear();
        }
        let times = sent.times.entry(content.to_vec()).or_default();
        *times += 1;
        *times
    }

    fn model(&self, ask: &Ask) -> Result<&'static ModelProfile, Problem> {
        let unknown = || self.dialect.unknown_model(&ask.model);
        let model = match ask.want {
            Want::Embeddings(_) => self.profile.embedding_model(&ask.model),
            _ => self.profile.model(&ask.model),
        };
        let model = model.ok_or_else(unknown)?;
        if ask.input_tokens > u64::from(model.context_tokens) {
            return Err(self.dialect.too_long(ask.input_tokens, model.context_tokens));
        }
        Ok(model)
    }

    fn play(
        &self,
        ask: &Ask,
        model: &'static ModelProfile,
        draws: &Draws<'_>,
        mut stamp: Stamp,
    ) -> Script {
        let effects = self.stage.effects(self.profile.id, Some(model.name), ask.input_tokens);
        stamp.headroom = effects.headroom.unwrap_or(stamp.headroom);
        let swapped = effects.model_swap.as_deref();
        let answering = swapped.and_then(|name| self.profile.model(name)).unwrap_or(model);
        let pace = Pace::draw(answering, &effects, &mut draws.of(b"pace"));
        stamp.processing_ms = u64::try_from(pace.first_token.as_millis()).unwrap_or(u64::MAX);
        let manner = match effects.fate(&mut draws.of(b"fate")) {
            Fate::Hang => return Script::Hang,
            Fate::Error(ErrorKind::ErrorInStream) if ask.stream => {
                let answer = compose(ask, answering, Manner::default(), &mut draws.of(b"answer"));
                return self.break_off(ask, &answer, &pace, &stamp);
            }
            Fate::Error(kind) => {
                let after = pace.first_token.mul_f64(ERROR_SHARE);
                return self.refuse(&Problem::usual(kind), &ask.model, &stamp, after);
            }
            Fate::Answer(manner) => manner,
        };
        if let Want::Embeddings(wanted) = &ask.want {
            let body = Bytes::from(self.dialect.vectors(wanted, ask));
            let headers = self.head(&stamp, "application/json");
            return Script::Answer(at_once(200, headers, pace.first_token, body));
        }
        let answer = compose(ask, answering, manner, &mut draws.of(b"answer"));
        // Broken JSON was put into the answer where JSON was asked for, else it is on the wire.
        let broken = manner.malformed && !matches!(ask.want, Want::Json(_));
        if ask.stream {
            let mut streamed = self.dialect.streamed(ask, &answer, &stamp);
            if broken {
                break_middle(&mut streamed.pieces);
            }
            self.stream(streamed, manner.stall_after, &pace, &stamp)
        } else {
            let mut body = Bytes::from(self.dialect.whole(&answer, &stamp));
            if broken {
                body.truncate(body.len() / 5 * 3);
            }
            if manner.stall_after.is_some() {
                return Script::Hang;
            }
            let after = pace.token(answer.tokens.len());
            let headers = self.head(&stamp, "application/json");
            Script::Answer(at_once(200, headers, after, body))
        }
    }

    fn stream(
        &self,
        streamed: Streamed,
        stall_after: Option<usize>,
        pace: &Pace,
        stamp: &Stamp,
    ) -> Script {
        let head_after = pace.first_token.mul_f64(HEAD_SHARE);
        let last = streamed.pieces.last().map_or(0, |piece| piece.upto);
        let mut frames = VecDeque::new();
        if !streamed.opening.is_empty() {
            frames.push_back(Frame { after: head_after, bytes: streamed.opening });
        }
        let limit = stall_after.unwrap_or(usize::MAX);
        let told = streamed.pieces.into_iter().take_while(|piece| piece.upto <= limit);
        frames
            .extend(told.map(|piece| Frame { after: pace.token(piece.upto), bytes: piece.bytes }));
        if stall_after.is_none() {
            frames.push_back(Frame { after: pace.token(last), bytes: streamed.closing });
        }
        Script::Answer(Performance {
            status: 200,
            headers: self.head(stamp, self.dialect.stream_type()),
            head_after,
            frames,
            then_silence: stall_after.is_some(),
        })
    }

    /// A stream that begins well and ends in an error.
    fn break_off(&self, ask: &Ask, answer: &Answer, pace: &Pace, stamp: &Stamp) -> Script {
        let mut streamed = self.dialect.streamed(ask, answer, stamp);
        streamed.pieces.retain(|piece| piece.upto <= TOKENS_BEFORE_ERROR);
        streamed.closing = self.dialect.error_event(stamp);
        self.stream(streamed, None, pace, stamp)
    }

    fn refuse(&self, problem: &Problem, model: &str, stamp: &Stamp, after: Duration) -> Script {
        let refusal = self.dialect.refuse(problem, model, stamp);
        let mut headers = refusal.headers;
        headers.push(("date", http_date(stamp.created)));
        headers.push(("content-type", refusal.content_type.to_owned()));
        Script::Answer(at_once(refusal.status, headers, after, Bytes::from(refusal.body)))
    }

    fn head(&self, stamp: &Stamp, content_type: &str) -> Vec<Header> {
        let mut headers = self.dialect.headers(stamp);
        headers.push(("date", http_date(stamp.created)));
        headers.push(("content-type", content_type.to_owned()));
        headers
    }
}

fn at_once(status: u16, headers: Vec<Header>, after: Duration, body: Bytes) -> Performance {
    Performance {
        status,
        headers,
        head_after: after,
        frames: VecDeque::from([Frame { after, bytes: body }]),
        then_silence: false,
    }
}

/// Created so many seconds into the story as the content has been sent: it moves, and is no clock.
fn stamp(draws: &Draws<'_>, began: UnixMs, nth: u64) -> Stamp {
    let mut rng = draws.of(b"stamp");
    let seconds = i64::try_from(nth).unwrap_or(i64::MAX);
    Stamp {
        created: began.plus_millis(seconds.saturating_mul(1_000)),
        request: letters(&mut rng, 24),
        message: letters(&mut rng, 24),
        call: letters(&mut rng, 24),
        headroom: rng.random_range(0.55..0.98),
        processing_ms: 0,
    }
}

/// When the tokens of one answer come.
struct Pace {
    first_token: Duration,
    tokens_per_second: f64,
}

impl Pace {
    fn draw(model: &ModelProfile, effects: &Effects, rng: &mut ChaCha8Rng) -> Self {
        let first = log_normal(rng, model.first_token_ms, model.first_token_sigma);
        let speed = log_normal(rng, model.tokens_per_second, 0.12);
        Self {
            first_token: seconds(first * effects.latency_factor / 1_000.0),
            tokens_per_second: (speed * effects.throughput_factor).max(0.1),
        }
    }

    /// When the token of this number, counted from 1, is out.
    fn token(&self, number: usize) -> Duration {
        let after_first = u32::try_from(number.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first_token + seconds(f64::from(after_first) / self.tokens_per_second)
    }
}

/// Cuts an event in the middle of the stream short.
fn break_middle(pieces: &mut [Piece]) {
    let middle = pieces.len() / 2;
    if let Some(piece) = pieces.get_mut(middle) {
        let mut bytes = piece.bytes.to_vec();
        bytes.truncate(bytes.len() / 5 * 3);
        bytes.extend_from_slice(b"\n\n");
        piece.bytes = Bytes::from(bytes);
    }
}

/// A time as HTTP headers have it.
pub(crate) fn http_date(at: UnixMs) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}
