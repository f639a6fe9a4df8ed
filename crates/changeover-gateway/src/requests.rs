//! The paths of the latest requests, for `GET /requests/{id}`.
//!
//! A ring in memory: what was asked and answered is not in it, only which way it went.

use std::collections::VecDeque;

use changeover_domain::RequestId;
use changeover_domain::admin::RequestPath;

/// How many paths are kept.
const KEPT: usize = 2_000;

/// The latest paths, oldest first.
#[derive(Debug, Default)]
pub(crate) struct RequestLog(VecDeque<RequestPath>);

impl RequestLog {
    pub(crate) fn keep(&mut self, path: RequestPath) {
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        self.0.push_back(path);
    }

    pub(crate) fn get(&self, id: &RequestId) -> Option<&RequestPath> {
        self.0.iter().rev().find(|path| path.id == *id)
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::{Generation, Mode, Outcome, RouteId, UnixMs};

    use super::*;

    fn path(number: usize) -> RequestPath {
        RequestPath {
            id: RequestId::try_new(number.to_string()).unwrap(),
            route: RouteId::try_new("chat").unwrap(),
            mode: Mode::Full,
            generation: Generation::default(),
            started_at: UnixMs(0),
            total_ms: 0,
            outcome: Outcome::Ok,
            steps: Vec::new(),
        }
    }

    #[test]
    fn the_latest_are_kept_and_no_more() {
        let mut log = RequestLog::default();
        (0..KEPT + 2).for_each(|number| log.keep(path(number)));
        assert_eq!(log.0.len(), KEPT);
        let kept = |number| log.get(&path(number).id).is_some();
        assert!(!kept(0) && !kept(1) && kept(2) && kept(KEPT + 1));
    }
}
