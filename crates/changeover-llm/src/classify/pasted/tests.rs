use changeover_domain::FailureClass as Class;

use super::*;

fn judged(provider: &str, body: &str) -> (Class, Option<Class>, Whose) {
    let answer = HttpAnswer {
        provider,
        status: None,
        headers: &[],
        content_type: None,
        body,
        in_stream: false,
    };
    let found = judge(&answer).unwrap_or_else(|| panic!("not known: {body}"));
    (found.class, found.inner, found.whose)
}

#[test]
fn every_library_has_its_own_words_for_the_same_trouble() {
    let rows: [(&str, Class, Whose); 28] = [
        ("getaddrinfo EAI_AGAIN api.vendor.example", Class::Dns, Whose::OurNetwork),
        ("curl: (6) Could not resolve host: api.x", Class::Dns, Whose::OurNetwork),
        ("Temporary failure in name resolution", Class::Dns, Whose::OurNetwork),
        ("dial tcp: lookup api.x: no such host", Class::Dns, Whose::OurNetwork),
        ("error sending request: client error (Connect): dns error", Class::Dns, Whose::OurNetwork),
        ("invalid peer certificate: UnknownIssuer", Class::Tls, Whose::OurNetwork),
        ("invalid peer certificate: Expired", Class::Tls, Whose::Theirs),
        ("certificate not valid for name \"api.x\"", Class::Tls, Whose::OurConfiguration),
        ("x509: certificate signed by unknown authority", Class::Tls, Whose::OurNetwork),
        ("unable_to_get_issuer_cert_locally", Class::Tls, Whose::OurNetwork),
        ("received fatal alert: HandshakeFailure", Class::Tls, Whose::OurNetwork),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", Class::Tls, Whose::OurNetwork),
        ("connect ETIMEDOUT 10.0.0.1:443", Class::TimeoutConnect, Whose::OurNetwork),
        (
            "tcp connect error: Connection timed out (os error 110)",
            Class::TimeoutConnect,
            Whose::OurNetwork,
        ),
        ("dial tcp 10.0.0.1:443: i/o timeout", Class::TimeoutConnect, Whose::OurNetwork),
        ("HeadersTimeoutError: Headers Timeout Error", Class::TimeoutFirstToken, Whose::Theirs),
        ("no first token within 30s", Class::TimeoutFirstToken, Whose::Theirs),
        ("BodyTimeoutError: Body Timeout Error", Class::TimeoutStall, Whose::Theirs),
        (
            "httpx.ReadTimeout: The read operation timed out",
            Class::TimeoutTotal,
            Whose::OurConfiguration,
        ),
        ("context deadline exceeded", Class::TimeoutTotal, Whose::OurConfiguration),
        ("connect ECONNREFUSED 127.0.0.1:443", Class::Connect, Whose::OurNetwork),
        ("network is unreachable (os error 101)", Class::Connect, Whose::OurNetwork),
        ("read ECONNRESET", Class::Connect, Whose::Theirs),
        ("connection closed before message completed", Class::Connect, Whose::Theirs),
        (
            "httpx.RemoteProtocolError: Server disconnected without sending a response.",
            Class::Connect,
            Whose::Theirs,
        ),
        ("AbortError: The user aborted a request.", Class::ClientCancelled, Whose::Caller),
        ("TypeError: Failed to fetch", Class::Unknown, Whose::OurNetwork),
        ("Tunnel connection failed: 403 Forbidden", Class::GatewayError, Whose::OurNetwork),
    ];
    for (body, class, whose) in rows {
        assert_eq!(judged("openai", body), (class, None, whose), "{body}");
    }
}

#[test]
fn a_server_of_ones_own_that_refuses_is_not_running() {
    let body = "dial tcp 127.0.0.1:11434: connect: connection refused";
    assert_eq!(judged("ollama", body).2, Whose::OurConfiguration);
    assert_eq!(judged("anthropic", body).2, Whose::OurNetwork);
}

#[test]
fn a_transfer_that_broke_had_begun() {
    for body in
        ["IncompleteRead(512 bytes read)", "TypeError: terminated", "ERR_STREAM_PREMATURE_CLOSE"]
    {
        let (class, inner, whose) = judged("openai", body);
        assert_eq!((class, inner), (Class::ErrorInStream, Some(Class::Connect)), "{body}");
        assert_eq!(whose, Whose::Theirs);
    }
}

#[test]
fn the_status_stands_at_the_beginning_or_nowhere() {
    assert_eq!(status("429 You exceeded"), Some(429));
    assert_eq!(status("Error code: 400 - {'error'"), Some(400));
    assert_eq!(status("API error (503): busy"), Some(503));
    assert_eq!(status("API Error: 529 {}"), Some(529));
    assert_eq!(status("unexpected status 502 Bad Gateway"), Some(502));
    assert_eq!(status("exceeded retry limit, last status: 429 Too Many Requests"), Some(429));
    assert_eq!(status("request req_429abc took 429 ms"), None);
    assert_eq!(status("42991 tokens"), None);
}
