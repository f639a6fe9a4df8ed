//! What a client shows and believes in a TLS handshake, where the system's roots are not enough.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt as _;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

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
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ClientTls {
    authorities: Vec<CertificateDer<'static>>,
    identity: Option<Arc<Identity>>,
}

#[derive(PartialEq, Eq)]
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    /// Both as they were read.
    pem: String,
}

impl fmt::Debug for ClientTls {
    /// Two of different certificates differ; of a key nothing is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = |certificates: &[CertificateDer<'static>]| {
            let mut hasher = DefaultHasher::new();
            certificates.hash(&mut hasher);
            format!("{}, {:016x}", certificates.len(), hasher.finish())
        };
        f.debug_struct("ClientTls")
            .field("authorities", &mark(&self.authorities))
            .field("identity", &self.identity.as_ref().map(|identity| mark(&identity.chain)))
            .finish()
    }
}

impl ClientTls {
    /// Believes these authorities (PEM) and no others.
    ///
    /// # Errors
    /// [`ClientTlsError::Authorities`]
    pub fn believing(mut self, authorities: &str) -> Result<Self, ClientTlsError> {
        self.authorities = certificates(authorities).ok_or(ClientTlsError::Authorities)?;
        self.roots().map_err(|_| ClientTlsError::Authorities)?;
        Ok(self)
    }

    /// Shows this certificate with its chain (PEM) to servers that ask for one.
    ///
    /// # Errors
    /// [`ClientTlsError::Identity`]
    pub fn showing(mut self, certificate: &str, key: &Secret) -> Result<Self, ClientTlsError> {
        let chain = certificates(certificate).ok_or(ClientTlsError::Identity)?;
        let private = PrivateKeyDer::from_pem_slice(key.expose().as_bytes());
        let private = private.map_err(|_| ClientTlsError::Identity)?;
        let pem = format!("{certificate}\n{}\n", key.expose());
        reqwest::Identity::from_pem(pem.as_bytes()).map_err(|_| ClientTlsError::Identity)?;
        self.identity = Some(Arc::new(Identity { chain, key: private, pem }));
        Ok(self)
    }

    /// Whether there is nothing of one's own, so that one client does for many servers.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        self.authorities.is_empty() && self.identity.is_none()
    }

    /// Whether authorities of one's own are believed in place of the system's.
    #[must_use]
    pub fn has_authorities(&self) -> bool {
        !self.authorities.is_empty()
    }

    /// Puts it into a client that is being built. What cannot be taken was refused before.
    pub(super) fn apply(&self, mut builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        if !self.authorities.is_empty() {
            let authorities = self.authorities.iter();
            let taken = authorities.filter_map(|der| reqwest::Certificate::from_der(der).ok());
            builder = builder.tls_certs_only(taken);
        }
        let identity = self.identity.as_ref().map(|own| own.pem.as_bytes());
        if let Some(Ok(identity)) = identity.map(reqwest::Identity::from_pem) {
            builder = builder.identity(identity);
        }
        builder
    }

    /// The same for a connection of the wire client.
    pub(super) fn config(&self) -> Result<ClientConfig, rustls::Error> {
        let builder = ClientConfig::builder();
        let builder = if self.authorities.is_empty() {
            builder.try_with_platform_verifier()?
        } else {
            builder.with_root_certificates(self.roots()?)
        };
        match &self.identity {
            None => Ok(builder.with_no_client_auth()),
            Some(own) => builder.with_client_auth_cert(own.chain.clone(), own.key.clone_key()),
        }
    }

    fn roots(&self) -> Result<RootCertStore, rustls::Error> {
        let mut roots = RootCertStore::empty();
        self.authorities.iter().try_for_each(|authority| roots.add(authority.clone()))?;
        Ok(roots)
    }
}

/// `None` where there is none, or one that is broken.
fn certificates(pem: &str) -> Option<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    found.ok().filter(|found| !found.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused_without_being_repeated() {
        let broken = "-----BEGIN CERTIFICATE-----\ncm9vdHM=\n-----END CERTIFICATE-----";
        for none in ["roots", "", broken] {
            let refused = ClientTls::default().believing(none).unwrap_err();
            assert_eq!(refused, ClientTlsError::Authorities, "{none}");
        }
        let key = Secret::new("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----");
        let refused = ClientTls::default().showing("certificate", &key).unwrap_err();
        assert_eq!(refused, ClientTlsError::Identity);
        assert!(!refused.to_string().contains("c2VjcmV0"), "{refused}");
    }
}
