//! The Anthropic Messages dialect as a server speaks it: what applications send us and what they get
//! back. Not for speaking to Anthropic; that is the adapter's.

pub(super) mod errors;
pub(super) mod request;
pub(super) mod response;
pub(super) mod stream;

#[cfg(test)]
mod tests;
