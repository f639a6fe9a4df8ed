//! Over scripted connections: what is read, and whether the connection is used again.

use std::collections::VecDeque;

use std::future::Future as _;

use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use proptest::prelude::*;

use super::*;

/// The other side: says its pieces one by one, and closes after the last or falls silent.
#[derive(Debug, Default)]
struct Script {
    says: VecDeque<Vec<u8>>,
    closes: bool,
    /// Takes so many bytes of a request at once; none: it fails.
    takes: usize,
    heard: Vec<u8>,
}

impl Script {
    fn of(says: &str, cuts: &[usize], closes: bool) -> Self {
        let (mut rest, mut pieces) = (says.as_bytes(), VecDeque::new());
        for cut in cuts.iter().copied().chain([says.len()]) {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            rest = after;
            if !piece.is_empty() {
                pieces.push_back(piece.to_vec());
            }
        }
        Self { says: pieces, closes, takes: 7, heard: Vec::new() }
    }
}

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.heard.is_empty() && self.takes > 0 {
            // It speaks when it is spoken to.
            return Poll::Pending;
        }
        match self.says.pop_front() {
            Some(mut piece) => {
                let rest = piece.split_off(piece.len().min(buffer.remaining()));
                buffer.put_slice(&piece);
                if !rest.is_empty() {
                    self.says.push_front(rest);
                }
                Poll::Ready(Ok(()))
            }
            None if self.closes => Poll::Ready(Ok(())),
            None => Poll::Pending,
        }
    }
}

impl AsyncWrite for Script {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.takes == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let taken = &bytes[..self.takes.min(bytes.len())];
        self.heard.extend_from_slice(taken);
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

type Read = Result<(u16, Vec<u8>), Broken>;

/// Asks once; `None` where the other side leaves us waiting.
fn asked(lone: &mut Lone<Script>) -> Option<Read> {
    use futures::FutureExt as _;
    let to = Address::try_new("http://a.example:8080/v1/x?y=1").unwrap();
    let headers = [(hyper::header::ACCEPT, hyper::header::HeaderValue::from_static("*/*"))];
    let body = Bytes::from_static(b"{\"question\":1}");
    let answer = lone.ask(&Method::POST, &to, &headers, body).now_or_never()?;
    let answer = match answer {
        Ok(answer) => answer,
        Err(broken) => return Some(Err(broken)),
    };
    let mut whole = Vec::new();
    loop {
        match lone.poll_data(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => return None,
            Poll::Ready(None) => return Some(Ok((answer.0.as_u16(), whole))),
            Poll::Ready(Some(Ok(piece))) => whole.extend_from_slice(&piece),
            Poll::Ready(Some(Err(broken))) => return Some(Err(broken)),
        }
    }
}

fn text(says: &str, closes: bool) -> (Option<Read>, bool) {
    let mut lone = Lone::new(Script::of(says, &[], closes));
    (asked(&mut lone), lone.is_free())
}

fn but_last(text: &str) -> &str {
    text.split_at(text.len() - 1).0
}

#[test]
fn a_request_goes_out_whole_however_little_is_taken_at_once() {
    let mut lone =
        Lone::new(Script::of("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx", &[], false));
    // It answers before it has heard all.
    assert!(matches!(asked(&mut lone), Some(Ok((200, _)))));
    let wanted = "POST /v1/x?y=1 HTTP/1.1\r\nhost: a.example:8080\r\naccept: */*\r\n\
                  content-length: 14\r\n\r\n{\"question\":1}";
    assert_eq!(String::from_utf8(lone.stream.heard.clone()).unwrap(), wanted);
    assert!(lone.is_free());
}

#[test]
fn a_connection_is_used_again_only_after_an_end_that_was_found_and_nothing_behind_it() {
    let length = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab";
    let chunked =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n";
    for says in [length, chunked] {
        let (read, free) = text(says, false);
        assert!(matches!(read, Some(Ok((200, body))) if body == b"ab") && free, "{says}");
        let (read, free) = text(&format!("{says}!"), false);
        assert!(matches!(read, Some(Ok(_))) && !free, "something lies behind it: {says}");
        let (read, free) = text(says, true);
        assert!(matches!(read, Some(Ok(_))) && !free, "it was closed: {says}");
        let (read, free) = text(but_last(says), true);
        assert!(matches!(read, Some(Err(Broken::Closed))) && !free, "it was cut: {says}");
        let (read, free) = text(but_last(says), false);
        assert!(read.is_none() && !free, "the end has not come: {says}");
    }
    let (read, free) = text("HTTP/1.1 200 OK\r\n\r\nab", true);
    assert!(matches!(read, Some(Ok((200, body))) if body == b"ab") && !free);
}

#[test]
fn what_is_said_before_the_answer_is_passed_over() {
    let says = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n\
                HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab";
    for cuts in [vec![], vec![30, 40], vec![1; says.len()]] {
        let mut lone = Lone::new(Script::of(says, &cuts, false));
        assert!(matches!(asked(&mut lone), Some(Ok((200, body))) if body == b"ab"), "{cuts:?}");
    }
}

#[test]
fn who_refuses_before_it_has_taken_the_question_is_heard() {
    let mut script = Script::of("HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno", &[], true);
    script.takes = 0;
    let mut lone = Lone::new(script);
    assert!(matches!(asked(&mut lone), Some(Ok((413, body))) if body == b"no"));
    assert!(!lone.is_free());
    let mut lone = Lone::new(Script { closes: true, ..Script::default() });
    assert!(
        matches!(asked(&mut lone), Some(Err(Broken::Io(error))) if error.kind() == io::ErrorKind::BrokenPipe),
        "without an answer it is told why nothing could be sent"
    );
}

#[test]
fn an_endless_head_is_not_read_on() {
    let endless = format!("HTTP/1.1 200 OK\r\n{}", "x-a: bbbbbbbbbbbbbbbb\r\n".repeat(4_000));
    let (read, _) = text(&endless, false);
    assert!(matches!(read, Some(Err(Broken::Head(_)))), "{read:?}");
    let long = format!("HTTP/1.1 200 OK\r\nx-a: {}", "b".repeat(2 * MOST_HEAD_BYTES));
    let (read, _) = text(&long, false);
    assert!(matches!(read, Some(Err(Broken::Head(BadHead::TooLarge)))), "{read:?}");
}

#[test]
fn what_came_of_an_answer_that_nobody_reads_is_passed_over() {
    let says = "HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n";
    let says = format!("{says}{}", "x".repeat(40_000));
    let to = Address::try_new("http://a.example/").unwrap();
    let ask = |says: &str| {
        use futures::FutureExt as _;
        let mut lone = Lone::new(Script::of(says, &[], false));
        let answer = lone.ask(&Method::POST, &to, &[], Bytes::new()).now_or_never();
        assert!(matches!(answer, Some(Ok(_))));
        lone.is_free()
    };
    assert!(ask(&says), "all of it is there");
    assert!(!ask(but_last(&says)), "the end is not there");
    let much = says.replace("40000", "400000") + &"x".repeat(360_000);
    assert!(!ask(&much), "so much is not worth it");
}

/// What the field's own library reads of the same.
fn hyper_asked(script: Script) -> Option<Result<(u16, Vec<u8>), hyper::Error>> {
    let asked = async {
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(script)).await?;
        let request = hyper::Request::post("/").body(http_body_util::Full::new(Bytes::new()));
        let asking = async {
            let answer = sender.send_request(request.unwrap()).await?;
            let status = answer.status().as_u16();
            Ok((status, answer.into_body().collect().await?.to_bytes().to_vec()))
        };
        let (asked, _) = futures::future::join(asking, connection).await;
        asked
    };
    // Its halves wake each other, so it is polled until it has come to its end.
    let mut asked = std::pin::pin!(asked);
    (0..100).find_map(|_| match asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(asked) => Some(asked),
        Poll::Pending => None,
    })
}

fn answers() -> impl Strategy<Value = String> {
    let body = "[ -~]{0,40}";
    let lengths = (body, -1_i32..2).prop_map(|(body, off)| {
        let length = i32::try_from(body.len()).unwrap() + off;
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")
    });
    let chunks = prop::collection::vec("[ -~]{1,20}", 0..4).prop_map(|chunks| {
        let chunks: String =
            chunks.iter().map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len())).collect();
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
    });
    let closed = body.prop_map(|body| format!("HTTP/1.0 404 Not Found\r\nx-a: b\r\n\r\n{body}"));
    prop_oneof![lengths, chunks, closed]
}

proptest! {
    #[test]
    fn what_is_taken_for_an_answer_the_fields_own_library_reads_alike(
        answer in answers(),
        at in any::<prop::sample::Index>(),
        with in prop::option::of(prop::sample::select(b"\r\n:;, 0aZ\x7f".to_vec())),
        cuts in prop::collection::vec(1_usize..30, 0..10),
    ) {
        let mut says = answer.into_bytes();
        if let Some(byte) = with {
            let at = at.index(says.len());
            says[at] = byte;
        }
        let says = String::from_utf8(says).unwrap();
        let script = || Script::of(&says, &cuts, true);
        let ours = asked(&mut Lone::new(script())).expect("it is closed in the end");
        if let Ok(ours) = ours {
            let theirs = hyper_asked(script());
            prop_assert!(matches!(theirs, Some(Ok(ref theirs)) if *theirs == ours), "{theirs:?} {ours:?}");
        }
    }
}
