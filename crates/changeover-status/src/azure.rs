//! Azure status: RSS of what is going on, and only that. An empty channel is good news; the end of
//! an incident is that its item is gone, which a feed that could not be read never says.

mod feed;
#[cfg(test)]
mod tests;

pub(crate) use feed::findings as feed_findings;
