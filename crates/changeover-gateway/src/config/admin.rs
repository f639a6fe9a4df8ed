//! `[admin]`: where consoles ask, and who may.

use std::net::SocketAddr;

use changeover_config::{ConfigError, ConfigSource, SecretRef, Spanned, resolve};
use serde::Deserialize;

use crate::settings::{AdminToken, Role};

/// `[admin]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdminConfig {
    listen: Spanned<SocketAddr>,
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
    /// The address, if it is one that only this machine reaches.
    pub(super) fn checked_listen(&self, source: &ConfigSource) -> Result<SocketAddr, ConfigError> {
        let listen = *self.listen.get_ref();
        if listen.ip().is_loopback() {
            return Ok(listen);
        }
        let problem = "other machines reach this address, and the admin API speaks no TLS: use a \
                       loopback address such as `127.0.0.1:4001`, and put a proxy or tunnel that \
                       ends TLS in front of it for consoles elsewhere";
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
            tokens.push(AdminToken { name: name.clone(), secret, role: token.role });
        }
        Ok(tokens)
    }
}
