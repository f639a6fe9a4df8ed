//! What nobody should be able to do to a reader: documents without end, of masses, of depth, with
//! bombs in them. Each is asked for by a process of its own over the loopback, so that its memory and
//! time are what a user's would be.

use std::convert::Infallible;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use changeover_status::{Platform, PollError, PollOutcome};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream::{self, BoxStream, StreamExt as _};
use http_body_util::{Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::process::Command;

use super::poller;
use crate::error::BenchError;

/// Processes per document; the median of their times counts, and the most of their memory.
const PROCESSES: usize = 5;
const CASES: [(&str, &str); 10] = [
    ("50 MB, announced", "/announced"),
    ("50 MB, not announced", "/unannounced"),
    ("XML without end", "/endless"),
    ("XML, deep", "/deep"),
    ("JSON, deep", "/deep-json"),
    ("XML, masses of elements", "/masses"),
    ("JSON, masses of values", "/masses-json"),
    ("an entity bomb", "/bomb"),
    ("a gzip bomb, 50 MB unpacked", "/gzip"),
    ("UTF-16, masses of elements", "/utf-16"),
];
const LARGE: u64 = 50 * 1024 * 1024;

type Body = Either<Full<Bytes>, StreamBody<BoxStream<'static, Result<Frame<Bytes>, Infallible>>>>;

/// How one document was refused.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    pub(super) name: String,
    pub(super) ms: f64,
    pub(super) kilobytes: u64,
    pub(super) reason: String,
}

/// Serves the documents and has each of them refused.
pub(super) async fn measure(program: &Path) -> Result<Vec<Refusal>, BenchError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(BenchError::Port)?;
    let address = listener.local_addr().map_err(BenchError::Port)?;
    LazyLock::force(&ZIPPED);
    let server = tokio::spawn(serve(listener));
    let mut refusals = Vec::new();
    for (name, path) in CASES {
        let mut all = Vec::new();
        for _ in 0..PROCESSES {
            all.push(one(program, &format!("http://{address}{path}")).await?);
        }
        all.sort_by(|a, b| a.ms.total_cmp(&b.ms));
        let kilobytes = all.iter().map(|one| one.kilobytes).max().unwrap_or_default();
        if let Some(median) = all.into_iter().nth(PROCESSES / 2) {
            refusals.push(Refusal { name: name.to_owned(), kilobytes, ..median });
        }
    }
    server.abort();
    Ok(refusals)
}

async fn one(program: &Path, url: &str) -> Result<Refusal, BenchError> {
    let output = Command::new(program)
        .args(["status-refuse", url])
        .stderr(Stdio::inherit())
        .output()
        .await
        .map_err(|source| BenchError::NotStarted { program: "a reader", source })?;
    serde_json::from_slice(&output.stdout)
        .map_err(|error| BenchError::Page(format!("a reader answered strangely: {error}")))
}

/// In a process of its own: asks for one document, and prints how it was refused.
///
/// # Errors
/// When it is not refused.
pub(crate) async fn refuse(url: &str) -> Result<String, BenchError> {
    let calm = url.rsplit_once('/').map_or(url, |(host, _)| host);
    let mut first = poller(Platform::Statuspage, &format!("{calm}/calm"), Duration::from_secs(60))?;
    first.poll().await;
    let mut poller = poller(Platform::Statuspage, url, Duration::from_secs(60))?;
    let before = peak_kilobytes()?;
    let at = Instant::now();
    let outcome = poller.poll().await;
    let ms = at.elapsed().as_secs_f64() * 1e3;
    // A connection that failed is no refusal.
    let PollOutcome::Failed(PollError::Unreadable(problem)) = outcome else {
        let outcome = format!("{outcome:?}").chars().take(200).collect::<String>();
        return Err(BenchError::Page(format!("{url} was not refused but {outcome}")));
    };
    let kilobytes = peak_kilobytes()?.saturating_sub(before);
    let refusal = Refusal { name: String::new(), ms, kilobytes, reason: problem.to_string() };
    serde_json::to_string(&refusal).map_err(|error| BenchError::Page(error.to_string()))
}

/// The most memory that this process has had.
fn peak_kilobytes() -> Result<u64, BenchError> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse().ok());
    peak.ok_or(BenchError::Usage { pid: std::process::id() })
}

async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = service_fn(|request: Request<Incoming>| async move {
            Ok::<_, Infallible>(answer(request.uri().path()))
        });
        tokio::spawn(async move {
            // A reader that has had enough breaks off.
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

fn answer(path: &str) -> Response<Body> {
    let whole = |text: String| Response::new(Either::Left(Full::new(Bytes::from(text))));
    match path {
        "/announced" => {
            let mut response = Response::new(pieces(LARGE));
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(LARGE));
            response
        }
        "/unannounced" => Response::new(pieces(LARGE)),
        "/endless" => Response::new(pieces(u64::MAX)),
        "/deep" => whole("<a>".repeat(1_000_000)),
        "/deep-json" => whole("[".repeat(1_000_000)),
        "/masses" => whole(format!("<rss>{}</rss>", "<x/>".repeat(1_200_000))),
        "/masses-json" => whole(format!("[{}1]", "1,".repeat(2_400_000))),
        "/gzip" => {
            let mut response = Response::new(Either::Left(Full::new(ZIPPED.clone())));
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        }
        "/utf-16" => {
            let text = format!("\u{feff}<rss>{}</rss>", "<x/>".repeat(240_000));
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            Response::new(Either::Left(Full::new(Bytes::from(bytes))))
        }
        "/bomb" => whole(format!(
            "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><rss>&b;&b;&b;</rss>",
            "lol".repeat(100_000)
        )),
        _ => whole(
            r#"{"page":{},"status":{"indicator":"none"},"components":[],"incidents":[]}"#
                .to_owned(),
        ),
    }
}

/// Packed before anybody asks: what is measured is the reader.
static ZIPPED: LazyLock<Bytes> = LazyLock::new(|| zipped(LARGE));

/// So many spaces, packed into a thousandth of that.
fn zipped(bytes: u64) -> Bytes {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    std::io::copy(&mut std::io::repeat(b' ').take(bytes), &mut packer).ok();
    Bytes::from(packer.finish().unwrap_or_default())
}

/// A feed that goes on for so many bytes.
fn pieces(bytes: u64) -> Body {
    const PIECE: usize = 64 * 1024;
    let piece =
        Bytes::from("<rss><channel><title>so on and on</title></channel> ".repeat(PIECE / 52));
    let length = u64::try_from(piece.len()).unwrap_or(1);
    let state = (piece, bytes);
    let pieces = stream::unfold(state, move |(piece, left)| async move {
        let now = piece.slice(..usize::try_from(left.min(length)).unwrap_or(0));
        (left > 0).then(|| (Ok(Frame::data(now)), (piece, left.saturating_sub(length))))
    });
    Either::Right(StreamBody::new(pieces.boxed()))
}
