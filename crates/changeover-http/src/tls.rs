//! What a client shows and believes in a TLS handshake, where the system's roots are not enough.

use std::fmt;

use super::Secret;

/// Why texts are no certificates. They are not repeated: one of them holds a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientTlsError {
    #[error("it holds no certificate in PEM form")]
    Authorities,
    #[error("certificate and key must be in PEM form, and the key without a password")]
    Identity,
}

/// Authorities of one's own, and a certificate of one's own. The default is neither.
#[derive(Clone, Default)]
pub struct ClientTls {
    authorities: Vec<reqwest::Certificate>,
    identity: Option<reqwest::Identity>,
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTls")
            .field("authorities", &self.authorities.len())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

impl ClientTls {
    /// Believes these authorities (PEM) and no others.
    ///
    /// # Errors
    /// [`ClientTlsError::Authorities`]
    pub fn believing(mut self, authorities: &str) -> Result<Self, ClientTlsError> {
        self.authorities = reqwest::Certificate::from_pem_bundle(authorities.as_bytes())
            .ok()
            .filter(|found| !found.is_empty())
            .ok_or(ClientTlsError::Authorities)?;
        Ok(self)
    }

    /// Shows this certificate with its chain (PEM) to servers that ask for one.
    ///
    /// # Errors
    /// [`ClientTlsError::Identity`]
    pub fn showing(mut self, certificate: &str, key: &Secret) -> Result<Self, ClientTlsError> {
        let both = format!("{certificate}\n{}\n", key.expose());
        let identity = reqwest::Identity::from_pem(both.as_bytes());
        self.identity = Some(identity.map_err(|_| ClientTlsError::Identity)?);
        Ok(self)
    }

    /// Whether there is nothing of one's own, so that one client does for many servers.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        self.authorities.is_empty() && self.identity.is_none()
    }

    /// Puts it into a client that is being built.
    pub(super) fn apply(&self, mut builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        if !self.authorities.is_empty() {
            builder = builder.tls_certs_only(self.authorities.iter().cloned());
        }
        if let Some(identity) = &self.identity {
            builder = builder.identity(identity.clone());
        }
        builder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused_without_being_repeated() {
        let refused = ClientTls::default().believing("roots").unwrap_err();
        assert_eq!(refused, ClientTlsError::Authorities);
        let key = Secret::new("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----");
        let refused = ClientTls::default().showing("certificate", &key).unwrap_err();
        assert_eq!(refused, ClientTlsError::Identity);
        assert!(!refused.to_string().contains("c2VjcmV0"), "{refused}");
    }
}
