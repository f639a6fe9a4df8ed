//! Secrets are named in configuration, never written there: `env:NAME` or `keychain:NAME`.

use std::fmt;

use changeover_http::Secret;
use serde::Deserialize;

/// The name under which the operating system's keychain keeps our entries.
const KEYCHAIN_SERVICE: &str = "changeover";

/// Where a secret is to be found.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum SecretRef {
    Env(String),
    Keychain(String),
}

/// Why there is no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("use `env:NAME` or `keychain:NAME`; a key itself never stands in a file")]
    Form,
    #[error("the environment variable `{0}` is not set or empty: export it before starting")]
    EnvMissing(String),
    #[error("the keychain has no entry `{name}` under the service `{KEYCHAIN_SERVICE}`: {problem}")]
    Keychain { name: String, problem: String },
}

impl TryFrom<String> for SecretRef {
    type Error = SecretError;
    fn try_from(text: String) -> Result<Self, SecretError> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("keychain", name)) if !name.is_empty() => Ok(Self::Keychain(name.to_owned())),
            // The text may be a key that was pasted here: it is not repeated.
            _ => Err(SecretError::Form),
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::Keychain(name) => write!(f, "keychain:{name}"),
        }
    }
}

/// Fetches a secret. Asking the keychain may block while the system asks the user.
///
/// # Errors
/// [`SecretError`] saying where it was looked for.
pub fn resolve(reference: &SecretRef) -> Result<Secret, SecretError> {
    match reference {
        SecretRef::Env(name) => std::env::var(name)
            .ok()
            .map(|text| Secret::new(&text))
            .filter(|secret| !secret.expose().is_empty())
            .ok_or_else(|| SecretError::EnvMissing(name.clone())),
        SecretRef::Keychain(name) => keyring::Entry::new(KEYCHAIN_SERVICE, name)
            .and_then(|entry| entry.get_password())
            .map(|text| Secret::new(&text))
            .map_err(|error| SecretError::Keychain {
                name: name.clone(),
                problem: error.to_string(),
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_key_is_refused_without_being_repeated() {
        let error = SecretRef::try_from("sk-live-123".to_owned()).unwrap_err().to_string();
        assert!(!error.contains("sk-live"), "the key must not reach the error: {error}");
        assert!(SecretRef::try_from("env:".to_owned()).is_err());
    }

    #[test]
    fn a_missing_variable_is_named() {
        let reference = SecretRef::try_from("env:CHANGEOVER_NO_SUCH_VARIABLE".to_owned()).unwrap();
        let error = resolve(&reference).unwrap_err().to_string();
        assert!(error.contains("`CHANGEOVER_NO_SUCH_VARIABLE`"), "{error}");
    }
}
