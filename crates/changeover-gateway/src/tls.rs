//! TLS of both listeners, with rustls: certificate and key from files, and where it is asked for,
//! callers who must show a certificate of their own.
//!
//! Not for the gateway's own calls to providers; those are `changeover-http`'s, on the same stack.
//! The rule it keeps: what is wrong with a file is said before anything listens, with the file's
//! name, and nothing of a key is ever in an error.

mod validity;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ServerConfig, WebPkiClientVerifier};
use tokio_rustls::rustls::{self, RootCertStore};

pub(crate) use validity::Validity;

/// The largest file that is read, in bytes: a bundle of authorities has a few hundred kB.
const FILE_LIMIT: u64 = 1024 * 1024;

/// Why TLS cannot be spoken with these files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{} cannot be read", file.display())]
    Unreadable {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} has more than {FILE_LIMIT} bytes, which no {what} has", file.display())]
    TooLarge { file: PathBuf, what: &'static str },
    #[error("{} holds no {what} in PEM form: expected `-----BEGIN {begins}-----`", file.display())]
    NotPem { file: PathBuf, what: &'static str, begins: &'static str },
    #[error("the key in {} does not belong to the certificate in {}", key.display(), certificate.display())]
    KeyMismatch { certificate: PathBuf, key: PathBuf },
    #[error("the certificate in {} cannot be used: {problem}", file.display())]
    Unusable { file: PathBuf, problem: String },
}

impl TlsError {
    /// The file that is to be mended.
    #[must_use]
    pub fn file(&self) -> &PathBuf {
        match self {
            Self::Unreadable { file, .. }
            | Self::TooLarge { file, .. }
            | Self::NotPem { file, .. }
            | Self::Unusable { file, .. }
            | Self::KeyMismatch { key: file, .. } => file,
        }
    }
}

/// Where certificate and key stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate first, then those between it and its authority.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Authorities whose certificates callers must show. `None`: callers show none.
    pub client_ca: Option<PathBuf>,
}

/// What a listener speaks TLS with.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    /// The certificate first, then what stands between it and its authority.
    chain: Vec<CertificateDer<'static>>,
    /// Those whose certificates callers must show.
    authorities: Vec<CertificateDer<'static>>,
    files: TlsFiles,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Two are the same if they show the same certificates to the same callers, whatever the files are
/// called: what was renewed in place is another.
impl PartialEq for Tls {
    fn eq(&self, other: &Self) -> bool {
        (&self.chain, &self.authorities, &self.files)
            == (&other.chain, &other.authorities, &other.files)
    }
}

impl Tls {
    /// Reads and checks the files.
    ///
    /// # Errors
    /// [`TlsError`] naming the file and what is wrong with it.
    pub fn read(files: TlsFiles) -> Result<Self, TlsError> {
        let chain = certificates(&files.certificate)?;
        let key = private_key(&files.key)?;
        let authorities = match &files.client_ca {
            Some(file) => certificates(file)?,
            None => Vec::new(),
        };
        let unusable = |error: &rustls::Error| TlsError::Unusable {
            file: files.certificate.clone(),
            problem: error.to_string(),
        };
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error))?;
        let builder = match &files.client_ca {
            Some(file) => builder.with_client_cert_verifier(client_verifier(&authorities, file)?),
            None => builder.with_no_client_auth(),
        };
        let mut config =
            builder.with_single_cert(chain.clone(), key).map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => TlsError::KeyMismatch {
                    certificate: files.certificate.clone(),
                    key: files.key.clone(),
                },
                error => unusable(&error),
            })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), chain, authorities, files })
    }

    /// Whether callers must show a certificate.
    #[must_use]
    pub fn asks_for_certificates(&self) -> bool {
        self.files.client_ca.is_some()
    }

    /// The files it was read from.
    #[must_use]
    pub fn files(&self) -> &TlsFiles {
        &self.files
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// From when until when the certificate may be shown.
    pub(crate) fn validity(&self) -> Validity {
        let first = self.chain.first();
        first.map_or_else(Validity::default, |first| Validity::of(first, &provider()))
    }
}

/// The one implementation of cryptography in the product: reqwest's.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn client_verifier(
    trusted: &[CertificateDer<'static>],
    file: &Path,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, TlsError> {
    let unusable = |problem: String| TlsError::Unusable { file: file.to_owned(), problem };
    let mut authorities = RootCertStore::empty();
    for certificate in trusted {
        authorities.add(certificate.clone()).map_err(|error| unusable(error.to_string()))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), provider())
        .build()
        .map_err(|error| unusable(error.to_string()))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = contents(file, "certificate")?;
    let found: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or_else(|| no_certificate(file))
}

fn no_certificate(file: &Path) -> TlsError {
    TlsError::NotPem { file: file.to_owned(), what: "certificate", begins: "CERTIFICATE" }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = contents(file, "key")?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| TlsError::NotPem {
        file: file.to_owned(),
        what: "private key without a password",
        begins: "PRIVATE KEY",
    })
}

fn contents(file: &Path, what: &'static str) -> Result<Vec<u8>, TlsError> {
    let unreadable = |source| TlsError::Unreadable { file: file.to_owned(), source };
    if std::fs::metadata(file).map_err(unreadable)?.len() > FILE_LIMIT {
        return Err(TlsError::TooLarge { file: file.to_owned(), what });
    }
    std::fs::read(file).map_err(unreadable)
}

#[cfg(test)]
mod tests;
