//! Addresses in configuration: where they may point, and what may travel there.

use toml::Spanned;

use crate::{ConfigError, ConfigSource};

/// What is sent to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// Nothing that anybody on the way must not see.
    Nothing,
    /// A key or token: only encrypted, or on this machine.
    Secret,
}

/// Takes an address of a file: `https://` or `http://`, no user and password in it, and no secret
/// in clear over a network. A trailing slash is taken off.
///
/// # Errors
/// [`ConfigError`] at the address.
pub fn checked_url(
    url: &Spanned<String>,
    carries: Carries,
    source: &ConfigSource,
) -> Result<String, ConfigError> {
    let text = url.get_ref().trim_end_matches('/');
    let refuse = |problem: &str| Err(source.refused(&url.span(), problem));
    let (encrypted, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => {
            return refuse("expected an address that begins with `https://` or `http://`");
        }
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || text.contains(char::is_whitespace) {
        return refuse("expected an address that begins with `https://` or `http://`");
    }
    if authority.contains('@') {
        return refuse(
            "an address holds no user or password; name secrets with `env:` or `keychain:`",
        );
    }
    if carries == Carries::Secret && !encrypted && !is_loopback(authority) {
        return refuse(
            "a key would travel in clear; use `https://`, or an address of this machine",
        );
    }
    Ok(text.to_owned())
}

fn is_loopback(authority: &str) -> bool {
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn check(text: &str, carries: Carries) -> Result<String, String> {
        let source = ConfigSource::from_text(Path::new("a.toml"), "url = \"\"");
        let url = Spanned::new(6..8, text.to_owned());
        checked_url(&url, carries, &source).map_err(|error| error.to_string())
    }

    #[test]
    fn a_secret_travels_encrypted_or_stays_on_this_machine() {
        for fine in
            ["https://gw.example/", "http://127.0.0.1:80", "http://localhost:1", "http://[::1]:9"]
        {
            assert!(check(fine, Carries::Secret).is_ok(), "{fine}");
        }
        let clear = check("http://10.0.0.7:8081", Carries::Secret).unwrap_err();
        assert!(clear.contains("in clear"), "{clear}");
        assert!(
            check("http://127.0.0.1.example", Carries::Secret).is_err(),
            "a name is not an address"
        );
        assert!(check("http://status.example", Carries::Nothing).is_ok());
    }

    #[test]
    fn an_address_with_a_password_is_refused_without_repeating_it() {
        let error = check("https://mk:hunter2@gw.example", Carries::Secret).unwrap_err();
        assert!(error.contains("no user or password") && !error.contains("hunter2"), "{error}");
        for bad in ["ftp://x", "https://", "https:// x", "x"] {
            assert!(check(bad, Carries::Nothing).is_err(), "{bad}");
        }
    }
}
