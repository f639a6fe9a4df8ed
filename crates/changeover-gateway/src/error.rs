//! Why a gateway does not start.

use std::net::SocketAddr;
use std::path::PathBuf;

use changeover_config::ConfigError;
use changeover_domain::RouteId;
use changeover_http::wire::WireError;
use changeover_policy::routing::ChainProblem;

use crate::board::Misfit;
use crate::journal::JournalError;

/// Why a gateway does not start. Nothing is left running then.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(
        "the admin API listens on {0}, which other machines reach: use a loopback address, or TLS with certificates that consoles must show (`client_ca`)"
    )]
    RemoteAdmin(SocketAddr),
    #[error(
        "the route `{route}` has the mode `{mode}`, which this gateway does not serve: use {allowed}"
    )]
    UnservedMode { route: RouteId, mode: &'static str, allowed: String },
    #[error(
        "the template of the route `{route}` names `{{{name}}}`, which is not known: use {allowed}"
    )]
    TemplateVariable { route: RouteId, name: String, allowed: String },
    #[error("{0}")]
    Chain(ChainProblem),
    #[error("the address {address} cannot be listened on")]
    Listen {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    #[error("the gateway's state in {} cannot be used", directory.display())]
    State {
        directory: PathBuf,
        #[source]
        source: JournalError,
    },
    #[error(
        "an override of the route `{route}` (by {holder}: {reason}) is in force, but {misfit}: put that back into the configuration, or lift the override by starting once with `--drop-override {route}`"
    )]
    OverrideHeld { route: RouteId, holder: String, reason: String, misfit: Misfit },
    #[error("the HTTP client for the providers cannot be built")]
    Http(#[from] WireError),
}
