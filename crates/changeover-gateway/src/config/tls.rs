//! `[tls]` and `admin.tls`: the files that TLS is spoken with.

use std::path::PathBuf;

use changeover_config::{ConfigError, ConfigSource, Spanned};
use serde::Deserialize;

use super::beside;
use crate::tls::{Tls, TlsFiles};

/// `[tls]`, `[admin.tls]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TlsConfig {
    certificate: Spanned<PathBuf>,
    key: Spanned<PathBuf>,
    client_ca: Option<Spanned<PathBuf>>,
}

impl TlsConfig {
    /// Reads the files.
    pub(super) fn read(&self, source: &ConfigSource) -> Result<Tls, ConfigError> {
        let files = TlsFiles {
            certificate: beside(source, self.certificate.get_ref()),
            key: beside(source, self.key.get_ref()),
            client_ca: self.client_ca.as_ref().map(|file| beside(source, file.get_ref())),
        };
        Tls::read(files.clone()).map_err(|error| {
            // Told at the setting whose file it is about.
            let at = match error.file() {
                file if *file == files.key => &self.key,
                file if Some(file) == files.client_ca.as_ref() => {
                    self.client_ca.as_ref().unwrap_or(&self.certificate)
                }
                _ => &self.certificate,
            };
            source.refused(&at.span(), changeover_http::error_chain(&error))
        })
    }
}
