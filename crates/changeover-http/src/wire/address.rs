//! Where a request goes, taken apart once.
//!
//! Every protocol wants another part of an address: HTTP/1 the path and a `Host`, HTTP/2 the whole,
//! the connections their origin. To cut them out anew for each request costs as much as to send it.

use std::fmt;

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper::http::uri::{Parts, PathAndQuery, Scheme};

use super::WireError;

/// An address that can be posted to.
pub(super) struct Address {
    whole: Uri,
    path: PathAndQuery,
    host: HeaderValue,
    origin: Uri,
}

impl Address {
    /// Takes an address apart: `https://host:port/path?query`.
    ///
    /// # Errors
    /// [`WireError::Address`] where the text is none, or one without a host.
    pub(super) fn try_new(text: &str) -> Result<Self, WireError> {
        let whole: Uri = text.parse().map_err(WireError::address)?;
        let host = HeaderValue::try_from(host(&whole)?).map_err(WireError::address)?;
        let Parts { scheme, authority, path_and_query, .. } = whole.clone().into_parts();
        let path = path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/"));
        let mut of_origin = Parts::default();
        (of_origin.scheme, of_origin.authority) = (scheme, authority);
        of_origin.path_and_query = Some(PathAndQuery::from_static("/"));
        let origin = Uri::from_parts(of_origin).map_err(WireError::address)?;
        Ok(Self { whole, path, host, origin })
    }

    /// As HTTP/2 has it.
    pub(super) fn whole(&self) -> Uri {
        self.whole.clone()
    }

    /// As HTTP/1 has it, beside [`Self::host`].
    pub(super) fn path(&self) -> &str {
        self.path.as_str()
    }

    pub(super) fn host(&self) -> &HeaderValue {
        &self.host
    }

    /// Whom a connection is made to.
    pub(super) fn origin(&self) -> &Uri {
        &self.origin
    }
}

impl fmt::Debug for Address {
    /// Without what may stand behind the host: some keep keys there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.origin)
    }
}

/// The host with its port, unless that is the usual one; without a user's name.
fn host(address: &Uri) -> Result<String, WireError> {
    let host = address.host().filter(|host| !host.is_empty()).ok_or_else(WireError::no_host)?;
    let usual = match address.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => 443,
        Some(scheme) if *scheme == Scheme::HTTP => 80,
        _ => return Err(WireError::no_host()),
    };
    Ok(match address.port_u16() {
        Some(port) if port != usual => format!("{host}:{port}"),
        _ => host.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_gets_the_part_that_it_wants() {
        let address = Address::try_new("https://user@a.example:8443/v1/x?y=1").unwrap();
        assert_eq!(address.host(), "a.example:8443");
        assert_eq!(address.path(), "/v1/x?y=1");
        assert_eq!(address.whole().host(), Some("a.example"));
        let usual = Address::try_new("http://[::1]:80").unwrap();
        assert_eq!((usual.host().to_str().unwrap(), usual.path()), ("[::1]", "/"));
    }

    #[test]
    fn what_names_no_host_is_no_address() {
        for none in ["no address", "/v1/messages", "ftp://a.example/", "a.example", ""] {
            assert!(matches!(Address::try_new(none), Err(WireError::Address(_))), "{none}");
        }
    }

    #[test]
    fn its_debug_form_tells_no_more_than_whom_it_is_to() {
        let address = Address::try_new("https://a.example/v1/models?key=secret").unwrap();
        assert!(!format!("{address:?}").contains("secret"));
    }
}
