//! Certificates of an authority of the tests' own.

use std::path::{Path, PathBuf};

use changeover_gateway::{Tls, TlsFiles};
use changeover_http::{ClientPolicy, ClientTls, Secret, client};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Who issues certificates, and the folder in which they stand.
pub(crate) struct Authority {
    folder: tempfile::TempDir,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { folder: tempfile::tempdir().unwrap(), pem, issuer: Issuer::new(params, key) }
    }

    fn issued(&self, common_name: &str) -> (String, String) {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, common_name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a new certificate for a gateway; asked for again, another in the same files.
    pub(crate) fn server(&self, client_ca: Option<&Path>) -> TlsFiles {
        let (certificate, key) = self.issued("gateway");
        let files = TlsFiles {
            certificate: self.path("gateway.pem"),
            key: self.path("gateway.key"),
            client_ca: client_ca.map(Path::to_owned),
        };
        std::fs::write(&files.certificate, certificate).unwrap();
        std::fs::write(&files.key, key).unwrap();
        files
    }

    /// The authority's own certificate, in a file.
    pub(crate) fn certificate(&self) -> PathBuf {
        let path = self.path("authority.pem");
        std::fs::write(&path, &self.pem).unwrap();
        path
    }

    /// A client that believes this authority and shows what `shown` issued.
    pub(crate) fn client(&self, shown: Option<&Self>) -> reqwest::Client {
        let mut tls = ClientTls::default().believing(&self.pem).unwrap();
        if let Some(shown) = shown {
            let (certificate, key) = shown.issued("console");
            tls = tls.showing(&certificate, &Secret::new(&key)).unwrap();
        }
        client(&ClientPolicy { tls, ..ClientPolicy::default() }).unwrap()
    }
}

/// What a listener speaks TLS with.
pub(crate) fn tls(files: TlsFiles) -> Option<Tls> {
    Some(Tls::read(files).unwrap())
}
