//! `tls = { ca, certificate, key }` of a server that is asked: which authorities are believed there,
//! and what is shown to it. The files stand beside the configuration.

use std::path::PathBuf;

use changeover_http::{ClientTls, Secret};
use serde::Deserialize;
use toml::Spanned;

use crate::{ConfigError, ConfigSource};

/// The largest file that is read, in bytes.
const FILE_LIMIT: u64 = 1024 * 1024;

/// The files, all of them PEM.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientTlsConfig {
    /// The only authorities that are believed; the system's where it is left out.
    pub ca: Option<Spanned<PathBuf>>,
    /// What is shown to a server that asks, with what stands between it and its authority.
    pub certificate: Option<Spanned<PathBuf>>,
    pub key: Option<Spanned<PathBuf>>,
}

impl ClientTlsConfig {
    /// Reads the files.
    ///
    /// # Errors
    /// [`ConfigError`] at the first file that is not what it should be.
    pub fn read(&self, source: &ConfigSource) -> Result<ClientTls, ConfigError> {
        let mut tls = ClientTls::default();
        if let Some(ca) = &self.ca {
            tls = tls
                .believing(&text(ca, source)?)
                .map_err(|error| source.refused(&ca.span(), error.to_string()))?;
        }
        match (&self.certificate, &self.key) {
            (None, None) => Ok(tls),
            (Some(certificate), Some(key)) => {
                let shown = text(certificate, source)?;
                let secret = Secret::new(&text(key, source)?);
                tls.showing(&shown, &secret)
                    .map_err(|error| source.refused(&certificate.span(), error.to_string()))
            }
            (Some(alone), None) | (None, Some(alone)) => {
                let problem = "`certificate` and `key` are set together or not at all";
                Err(source.refused(&alone.span(), problem))
            }
        }
    }
}

fn text(file: &Spanned<PathBuf>, source: &ConfigSource) -> Result<String, ConfigError> {
    let folder = source.file().parent();
    let path = folder.map_or_else(|| file.get_ref().clone(), |folder| folder.join(file.get_ref()));
    let refused = |problem: String| source.refused(&file.span(), problem);
    let unreadable =
        |error: std::io::Error| refused(format!("{} cannot be read: {error}", path.display()));
    if std::fs::metadata(&path).map_err(unreadable)?.len() > FILE_LIMIT {
        return Err(refused(format!("{} has more than {FILE_LIMIT} bytes", path.display())));
    }
    std::fs::read_to_string(&path).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        tls: ClientTlsConfig,
    }

    fn read(text: &str) -> Result<ClientTls, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("prose.pem"), "no certificate").unwrap();
        let source = ConfigSource::from_text(&folder.path().join("c.toml"), text);
        let file: File = source.parse().unwrap();
        file.tls.read(&source).map_err(|error| error.to_string())
    }

    #[test]
    fn each_slip_is_refused_at_its_file() {
        for (text, expected) in [
            ("tls = { ca = \"none.pem\" }", "none.pem cannot be read"),
            ("tls = { ca = \"prose.pem\" }", "it holds no certificate in PEM form"),
            ("tls = { certificate = \"prose.pem\" }", "are set together or not at all"),
            (
                "tls = { certificate = \"prose.pem\", key = \"prose.pem\" }",
                "must be in PEM form, and the key without a password",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains("line 1, key `tls`") && error.contains(expected), "{error}");
        }
        assert!(read("tls = {}").is_ok(), "the system's authorities, and nothing to show");
    }
}
