//! Failures below HTTP, known by the words of the libraries that report them.
//!
//! Order matters: a lookup that was refused is a lookup, a certificate that made a connection fail
//! is a certificate, and a time limit names its phase before it names itself. Operating systems
//! speak the user's language, so numbers and names of errors are looked for where they have any. A
//! name that also ends other words (`RemoteProtocolError`) is written with what stands before it.

use changeover_domain::{FailureClass, Whose};

use crate::classify::words::Words;

/// What went wrong below HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Dns,
    Certificate(Certificate),
    /// A proxy of the own network refused.
    Proxy,
    ConnectTimeout,
    FirstToken,
    Stall,
    Cancelled,
    /// The answer had begun.
    BrokenTransfer,
    Refused,
    Unreachable,
    /// Torn down, before or in the answer.
    Broken,
    Total,
    /// The words say that no connection was made and not why.
    Unnamed,
}

/// What is wrong with the trust in the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    Expired,
    WrongName,
    /// Unknown to us, or no handshake at all: something on the way speaks in the vendor's place.
    Untrusted,
}

impl Certificate {
    pub(crate) fn whose(self) -> Whose {
        match self {
            Self::Expired => Whose::Theirs,
            Self::WrongName => Whose::OurConfiguration,
            Self::Untrusted => Whose::OurNetwork,
        }
    }
}

impl Trouble {
    pub(crate) fn class(self) -> FailureClass {
        match self {
            Self::Dns => FailureClass::Dns,
            Self::Certificate(_) => FailureClass::Tls,
            Self::Proxy => FailureClass::GatewayError,
            Self::ConnectTimeout => FailureClass::TimeoutConnect,
            Self::FirstToken => FailureClass::TimeoutFirstToken,
            Self::Stall => FailureClass::TimeoutStall,
            Self::Cancelled => FailureClass::ClientCancelled,
            Self::BrokenTransfer | Self::Refused | Self::Unreachable | Self::Broken => {
                FailureClass::Connect
            }
            Self::Total => FailureClass::TimeoutTotal,
            Self::Unnamed => FailureClass::Unknown,
        }
    }
}

/// A short sentence for a class that has no HTTP answer.
pub(crate) fn sentence(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Dns => "the vendor's name could not be looked up",
        FailureClass::Tls => "no trusted connection to the vendor could be made",
        FailureClass::TimeoutConnect => "no connection to the vendor within the limit",
        FailureClass::TimeoutFirstToken => "the model wrote nothing within the limit",
        FailureClass::TimeoutStall => "the model stopped writing in the middle of its answer",
        FailureClass::TimeoutTotal => "the answer was not complete within the limit",
        FailureClass::ClientCancelled => "the request was given up on this side",
        FailureClass::Connect => "the connection to the vendor failed",
        _ => "no connection to the vendor was made, and the words do not say why",
    }
}

/// The trouble that the words name.
pub(crate) fn trouble(words: &Words) -> Option<Trouble> {
    TABLE.iter().find(|(_, sayings)| words.any(sayings)).map(|(trouble, _)| *trouble)
}

type Row = (Trouble, &'static [&'static str]);

const TABLE: [Row; 16] = [
    (Trouble::Proxy, PROXY),
    (Trouble::Dns, DNS),
    (Trouble::Certificate(Certificate::WrongName), WRONG_NAME),
    (Trouble::Certificate(Certificate::Expired), EXPIRED),
    (Trouble::Certificate(Certificate::Untrusted), UNTRUSTED),
    (Trouble::ConnectTimeout, CONNECT_TIMEOUT),
    (Trouble::FirstToken, FIRST_TOKEN),
    (Trouble::Stall, STALL),
    (Trouble::BrokenTransfer, BROKEN_TRANSFER),
    (Trouble::Refused, REFUSED),
    (Trouble::Unreachable, UNREACHABLE),
    (Trouble::ConnectTimeout, CONNECT_TIMEOUT_BY_NUMBER),
    (Trouble::Broken, BROKEN),
    (Trouble::Total, TOTAL),
    (Trouble::Cancelled, CANCELLED),
    (Trouble::Unnamed, UNNAMED),
];

const PROXY: &[&str] = &[
    "proxy authentication required",
    "proxy authorization required",
    "status code 407",
    "response 407",
    "tunnel connection failed",
    "connect tunnel failed",
    "unsuccessful tunnel",
    "proxyconnect",
];
const DNS: &[&str] = &[
    "dns error",
    "failed to lookup address",
    "dial tcp: lookup",
    "no such host",
    "getaddrinfo",
    "name or service not known",
    "nodename nor servname",
    "name resolution",
    "nameresolution",
    "could not resolve host",
    "no address associated with hostname",
    "unknownhost",
    " enotfound",
    "'enotfound",
    "\"enotfound",
    "eai_again",
    "eai_noname",
];
const WRONG_NAME: &[&str] = &[
    "altname",
    "not valid for name",
    "notvalidforname",
    "hostname mismatch",
    "doesn't match the host",
    "certificate is valid for",
    "cannot validate certificate for",
    "certificate is not valid for",
];
const EXPIRED: &[&str] = &[
    "certificate has expired",
    "certificate expired",
    "cert_has_expired",
    "invalid peer certificate: expired",
    "certificate is not yet valid",
    "certificate not valid yet",
    "expired or is not yet valid",
];
const UNTRUSTED: &[&str] = &[
    "certificate",
    "self signed",
    "self-signed",
    "self_signed",
    "unknownissuer",
    "unknown issuer",
    "unable_to_verify_leaf_signature",
    "unable_to_get_issuer_cert",
    "x509:",
    "handshake",
    "fatal alert",
    "sslv3 alert",
    "tlsv1 alert",
    "corrupt message",
    "invalidcontenttype",
    "wrong version number",
    "wrong_version_number",
    "unexpected_eof_while_reading",
    "sslerror",
    "ssl_error",
    "err_ssl",
    " eproto",
    "'eproto",
    "schannel",
    "tls: first record does not look like",
    "tls connect error",
];
const CONNECT_TIMEOUT: &[&str] = &[
    "connect timeout",
    "connecttimeout",
    "connect_timeout",
    "connection timeout",
    "connection timed out",
    "connect timed out",
    "connect etimedout",
    "timed out while connecting",
    "timeout while connecting",
    "timed out trying to connect",
    "deadline has elapsed",
];
/// Read after resets, because numbers are less telling than words.
const CONNECT_TIMEOUT_BY_NUMBER: &[&str] = &[
    "winerror 10060",
    "os error 10060",
    "errno 110]",
    "os error 110)",
    "os error 60)",
    "errno 60]",
    "etimedout",
    "i/o timeout",
];
const FIRST_TOKEN: &[&str] = &[
    "first token",
    "first-token",
    "first_token",
    "first byte",
    "headers timeout",
    "headerstimeout",
    "headers_timeout",
    "awaiting headers",
    "awaiting response headers",
];
const STALL: &[&str] = &[
    "idle timeout",
    "idle for",
    "body timeout",
    "bodytimeout",
    "body_timeout",
    " stalled",
    "no chunk",
    "chunk timeout",
    "timeout on reading data from socket",
    "stream timeout",
    "timed out reading the stream",
    "while reading the response body",
];
const BROKEN_TRANSFER: &[&str] = &[
    "incomplete chunked read",
    "error decoding response body",
    "error reading a body",
    "stream disconnected",
    "premature close",
    "premature_close",
    "premature end",
    "incompleteread",
    "incomplete read",
    "chunkedencoding",
    "payload is not completed",
    "transfer closed with",
    "typeerror: terminated",
    "http2_stream_error",
    "stream closed before",
    "stream ended before",
    "stream ended without",
    "without a terminal",
    "without finish_reason",
    "before response.completed",
    "incomplete terminal response",
    "unexpected eof during chunk",
];
const REFUSED: &[&str] = &[
    "connection refused",
    "connectionrefused",
    "econnrefused",
    "actively refused",
    "winerror 10061",
    "os error 10061",
    "errno 111]",
    "os error 111)",
];
const UNREACHABLE: &[&str] = &[
    "network is unreachable",
    "network unreachable",
    "no route to host",
    "host is down",
    "enetunreach",
    "ehostunreach",
    "enetdown",
    "err_internet_disconnected",
    "unable to connect",
    "failed to connect",
    "all connection attempts failed",
    "tcp connect error",
    "client error (connect)",
];
const BROKEN: &[&str] = &[
    "connection reset",
    "econnreset",
    "forcibly closed",
    "error 10054",
    "broken pipe",
    " epipe",
    "socket hang up",
    "other side closed",
    "und_err_socket",
    "connection closed",
    "connection aborted",
    "econnaborted",
    "connection lost",
    "remote end closed",
    "server disconnected",
    "remoteprotocolerror",
    "message completed",
    "unexpected eof",
    "unexpected end of file",
    "goaway",
    "http2 error",
    "stream error received",
    "stream closed",
    "empty reply from server",
];
const TOTAL: &[&str] =
    &["timed out", "timeout", "deadline exceeded", "deadline expired", "time limit"];
const CANCELLED: &[&str] = &[
    "aborterror",
    "was aborted",
    "aborted a request",
    "operation aborted",
    "context canceled",
    "context cancelled",
    "cancellederror",
    "request canceled",
    "request cancelled",
    "request was cancelled",
    "request was canceled",
    "cancelled by the user",
    "canceled by the user",
    "client disconnected",
    "client closed",
    "keyboardinterrupt",
];
const UNNAMED: &[&str] = &[
    "connection error",
    "connectionerror",
    "fetch failed",
    "error sending request",
    "failed to fetch",
    "network error",
    "networkerror",
    "connecterror",
];
