//! The native adapter: gateways that speak `/admin/v1`, the reference gateway first of all.

mod adapter;
mod config;
mod handshake;
mod wire;

#[cfg(test)]
mod tests;

pub use adapter::native;
