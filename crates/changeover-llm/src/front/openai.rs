//! The `OpenAI` Chat Completions dialect as a server speaks it: what applications send us and what
//! they get back. Not for speaking to `OpenAI`; that is the adapter's.

pub(super) mod errors;
pub(crate) mod plain;
pub(super) mod request;
pub(super) mod response;
pub(super) mod stream;

#[cfg(test)]
mod tests;
