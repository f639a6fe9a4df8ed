//! Addresses that are secrets themselves, as Slack's are.

use changeover_http::Secret;
use reqwest::Url;

/// A part of an address shorter than this is no secret: `/x` stands in any text.
const SECRET_BYTES: usize = 4;

/// Why an address is not sent to. It never repeats the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("this is no address; expected one that begins with `https://`")]
    Form,
    #[error(
        "what is sent there would travel in clear; use `https://`, or an address of this machine"
    )]
    Clear,
    #[error("an address holds no user or password")]
    Credentials,
}

/// An address that nobody may read, nor the part of it behind the host: an answer may quote the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretAddress {
    whole: Secret,
    /// What a server is told of it, and the end of that; the longer first.
    parts: Vec<Secret>,
}

impl SecretAddress {
    /// Takes an address that is encrypted or of this machine.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn try_new(secret: Secret) -> Result<Self, AddressError> {
        let url = checked(secret.expose())?;
        let path = url.path();
        let told = url.query().map(|query| format!("{path}?{query}"));
        let end = path.trim_end_matches('/').rsplit('/').next();
        let parts = told.iter().map(String::as_str).chain([path]).chain(end).chain(url.query());
        let parts = parts.filter(|part| part.len() >= SECRET_BYTES).map(Secret::new).collect();
        Ok(Self { whole: secret, parts })
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.whole
    }

    /// What no text may hold.
    pub(crate) fn hidden(&self) -> Vec<&Secret> {
        [&self.whole].into_iter().chain(&self.parts).collect()
    }
}

/// Whether messages may be sent there.
pub(crate) fn check(text: &str) -> Result<(), AddressError> {
    checked(text).map(|_| ())
}

fn checked(text: &str) -> Result<Url, AddressError> {
    let url = Url::parse(text).map_err(|_| AddressError::Form)?;
    let host = url.host_str().ok_or(AddressError::Form)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Credentials);
    }
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let is_here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        "http" => Err(AddressError::Clear),
        _ => Err(AddressError::Form),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<(), AddressError> {
        SecretAddress::try_new(Secret::new(text)).map(|_| ())
    }

    #[test]
    fn messages_go_out_encrypted_or_stay_on_this_machine() {
        for fine in ["https://hooks.example/T0/B0/x", "http://127.0.0.1:9/x", "http://[::1]:9"] {
            assert_eq!(checked(fine), Ok(()), "{fine}");
        }
        assert_eq!(checked("http://10.0.0.7/x"), Err(AddressError::Clear));
        assert_eq!(checked("http://127.0.0.1.example/x"), Err(AddressError::Clear));
        assert_eq!(checked("https://mk:pw@hooks.example/"), Err(AddressError::Credentials));
        for none in ["", "hooks.example/x", "file:///etc/passwd", "gopher://x", "https://"] {
            assert_eq!(checked(none), Err(AddressError::Form), "{none}");
        }
    }

    #[test]
    fn an_address_is_not_printed() {
        let address =
            SecretAddress::try_new(Secret::new("https://hooks.example/T0SECRET")).unwrap();
        assert!(!format!("{address:?}").contains("T0SECRET"));
    }
}
