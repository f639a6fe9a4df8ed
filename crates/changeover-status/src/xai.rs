//! xAI's own RSS: one item per incident, its state and severity in front, its updates after that,
//! oldest first. The last update's heading is only `Updated`, so the state is told in front alone.

mod feed;
#[cfg(test)]
mod tests;

pub(crate) use feed::findings as feed_findings;
