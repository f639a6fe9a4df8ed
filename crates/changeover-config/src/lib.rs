//! Configuration in TOML, as the console and the gateways share it: providers, targets, routes.
//!
//! A file is read in two steps: the text into structs that refuse unknown keys, then those into the
//! checked [`Catalogue`]. Both speak of the same place: file, line and key. Nothing starts half; one
//! error is enough to refuse the file.
//!
//! Not for: what only one program needs (its own crate adds that), and not for holding secrets:
//! they are named here and fetched at the rim.

mod address;
mod catalogue;
mod client_tls;
mod day;
mod day_zone;
mod fingerprint;
mod known;
mod secret_ref;
mod source;

pub use address::{Carries, checked_url};
pub use catalogue::{
    Catalogue, CatalogueFile, Credential, ModelNameConfig, PriceConfig, ProviderAccess,
    ProviderConfig, RouteConfig, SloConfig, StatusComponentConfig, StatusPageConfig,
    StatusPlatform, TargetConfig,
};
pub use client_tls::ClientTlsConfig;
pub use day::Day;
pub use day_zone::{DaySpan, DayZone};
pub use fingerprint::{account, fingerprint};
pub use known::{KnownPage, KnownProvider, KnownProviders};
pub use secret_ref::{SecretError, SecretRef, resolve};
pub use source::{ConfigError, ConfigSource};
pub use toml::Spanned;
