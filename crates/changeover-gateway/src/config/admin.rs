//! `[admin]`: where consoles ask, and who may.

use std::net::SocketAddr;

use changeover_config::{ConfigError, ConfigSource, SecretRef, Spanned, resolve};
use serde::Deserialize;

use super::tls::TlsConfig;
use crate::settings::{AdminToken, Role};
use crate::tls::Tls;

/// `[admin]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdminConfig {
    listen: Spanned<SocketAddr>,
    tls: Option<TlsConfig>,
    tokens: Spanned<Vec<TokenConfig>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenConfig {
    name: Spanned<String>,
    secret: Spanned<SecretRef>,
    role: Role,
}

impl AdminConfig {
    /// What the admin API speaks TLS with, if it does.
    pub(super) fn read_tls(&self, source: &ConfigSource) -> Result<Option<Tls>, ConfigError> {
        self.tls.as_ref().map(|tls| tls.read(source)).transpose()
    }

    /// The address, if it is one that nobody reaches but this machine and who shows a certificate.
    pub(super) fn checked_listen(
        &self,
        tls: Option<&Tls>,
        source: &ConfigSource,
    ) -> Result<SocketAddr, ConfigError> {
        let listen = *self.listen.get_ref();
        if listen.ip().is_loopback() || tls.is_some_and(Tls::asks_for_certificates) {
            return Ok(listen);
        }
        let problem = "other machines reach this address: set `tls` with `certificate`, `key` and \
                       `client_ca`, so that consoles must show a certificate, or use a loopback \
                       address such as `127.0.0.1:4001`";
        Err(source.refused(&self.listen.span(), problem))
    }

    /// The tokens with their secrets.
    pub(super) fn checked_tokens(
        &self,
        source: &ConfigSource,
    ) -> Result<Vec<AdminToken>, ConfigError> {
        if self.tokens.get_ref().is_empty() {
            let problem = "the admin API needs at least one token";
            return Err(source.refused(&self.tokens.span(), problem));
        }
        let mut tokens: Vec<AdminToken> = Vec::new();
        for token in self.tokens.get_ref() {
            let name = token.name.get_ref();
            if name.trim().is_empty() || tokens.iter().any(|other| other.name == *name) {
                let problem = "each token needs a name of its own";
                return Err(source.refused(&token.name.span(), problem));
            }
            let secret = resolve(token.secret.get_ref())
                .map_err(|error| source.refused(&token.secret.span(), error.to_string()))?;
            if let Some(other) = tokens.iter().find(|other| other.secret == secret) {
                let problem = format!("`{}` has the same secret: each needs its own", other.name);
                return Err(source.refused(&token.secret.span(), problem));
            }
            tokens.push(AdminToken { name: name.clone(), secret, role: token.role });
        }
        Ok(tokens)
    }
}
