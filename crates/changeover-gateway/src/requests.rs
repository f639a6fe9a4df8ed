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
