use super::*;

fn head(text: &str) -> Result<Head, BadHead> {
    match read(text.as_bytes(), &Method::POST)? {
        Beginning::Answer(head, length) => {
            assert_eq!(length, text.len());
            Ok(head)
        }
        other => panic!("{other:?}"),
    }
}

fn framed(headers: &str) -> Result<(Framing, bool), BadHead> {
    head(&format!("HTTP/1.1 200 OK\r\n{headers}\r\n")).map(|head| (head.framing, head.keeps))
}

#[test]
fn a_body_ends_where_the_head_says() {
    let chunked = Framing::chunked();
    let cases = [
        ("content-length: 5\r\n", Framing::Length(5), true),
        ("Content-Length: 5\r\ncontent-length:5\r\n", Framing::Length(5), true),
        ("content-length: 5, 5\r\n", Framing::Length(5), true),
        ("content-length: 5\r\nconnection: close\r\n", Framing::Length(5), false),
        ("content-length: 5\r\nconnection: x, Close\r\n", Framing::Length(5), false),
        ("transfer-encoding: Chunked\r\n", chunked, true),
        ("transfer-encoding: chunked\r\ncontent-length: 5\r\n", chunked, false),
        ("", Framing::UntilClose, false),
    ];
    for (headers, framing, keeps) in cases {
        assert_eq!(framed(headers), Ok((framing, keeps)), "{headers:?}");
    }
    let old = |headers| head(&format!("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n{headers}\r\n"));
    assert!(!old("").unwrap().keeps && old("connection: keep-alive\r\n").unwrap().keeps);
}

#[test]
fn some_answers_have_no_body_whatever_they_say() {
    for line in ["204 No Content", "304 Not Modified"] {
        let head = head(&format!("HTTP/1.1 {line}\r\ncontent-length: 5\r\n\r\n")).unwrap();
        assert_eq!((head.framing, head.keeps), (Framing::Length(0), true));
    }
}

#[test]
fn a_head_that_can_be_read_in_two_ways_is_refused() {
    for length in ["5, 6", "-5", "+5", "", "5,", "0x5", "99999999999999999999"] {
        assert_eq!(
            framed(&format!("content-length: {length}\r\n")),
            Err(BadHead::Length),
            "{length}"
        );
    }
    for coding in ["gzip", "gzip, chunked", "chunked, chunked"] {
        let refused = framed(&format!("transfer-encoding: {coding}\r\n"));
        assert_eq!(refused, Err(BadHead::Coding), "{coding}");
    }
    let twice = "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n";
    assert_eq!(framed(twice), Err(BadHead::Coding));
    assert_eq!(head("HTTP/1.1 101 Switching\r\n\r\n").unwrap_err(), BadHead::Upgrade);
    for unreadable in ["HTTP/2 200 OK\r\n\r\n", "<html>", "HTTP/1.1 200 OK\r\na : b\r\n\r\n"] {
        let refused = read(unreadable.as_bytes(), &Method::POST);
        assert!(matches!(refused, Err(BadHead::Unreadable(_))), "{unreadable:?} {refused:?}");
    }
}

#[test]
fn headers_lie_apart_from_what_was_read_and_there_is_a_most_of_them() {
    let head = head("HTTP/1.1 200 OK\r\nx-a: one\r\nx-a: two\r\nx-empty:\r\n\r\n").unwrap();
    let all: Vec<_> = head.lines.all("x-a").collect();
    assert_eq!(all, [b"one", b"two"]);
    assert_eq!(head.lines.all("x-empty").collect::<Vec<_>>(), [b""]);
    let many = "x-a: b\r\n".repeat(MOST_HEADERS + 1);
    assert_eq!(framed(&many).unwrap_err(), BadHead::Unreadable(httparse::Error::TooManyHeaders));
}

#[test]
fn the_end_of_a_head_is_found_wherever_it_was_cut() {
    for text in ["HTTP/1.1 200 OK\r\na: b\r\n\r\nrest", "HTTP/1.1 200 OK\n\nrest"] {
        let end = text.find("rest").unwrap();
        for cut in 0..text.len() {
            let seen = &text.as_bytes()[..=cut];
            // Whoever looks further has not found it in what came before.
            if cut < end {
                assert_eq!(ends(seen, cut), cut + 1 == end, "{text:?} at {cut}");
            }
        }
    }
}
