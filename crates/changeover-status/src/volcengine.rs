//! Volcengine: RSS per service and region, one item per update, without ids, all with one link and
//! one title; `(已恢复)` says that it is over.

mod feed;
#[cfg(test)]
mod tests;

pub(crate) use feed::findings as feed_findings;
