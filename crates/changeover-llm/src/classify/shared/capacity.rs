//! The vendor is full: theirs, whatever they call it and whatever status they send it with.

use changeover_domain::FailureClass;

use crate::classify::envelope::ErrorBody;
use crate::classify::{Classified, HttpAnswer};

const CODES: [&str; 19] = [
    "server_is_overloaded",
    "overloaded_error",
    "overloaded",
    "provider_overloaded",
    "service_unavailable_error",
    "engine_overloaded",
    "engine_overloaded_error",
    "server_overloaded",
    "slow_down",
    "model_not_ready",
    "no_capacity",
    "capacity_exceeded",
    "flex_capacity_exceeded",
    "queue_exceeded",
    "model_overloaded",
    "deployment_scaling_up",
    "unavailable_error",
    "resource_unavailable",
    "model_capacity_exhausted",
];

const SAYINGS: [&str; 35] = [
    "overloaded",
    "over capacity",
    "at capacity",
    "capacity exceeded",
    "capacity temporarily exceeded",
    "no capacity available",
    "insufficient capacity",
    "not enough capacity",
    "out of capacity",
    "high demand",
    "high traffic",
    "high load",
    "heavy load",
    "heavy usage",
    "peak load",
    "too busy",
    "server busy",
    "processing too many requests",
    "server is busy",
    "system busy",
    "model busy",
    "model is busy",
    "currently busy",
    "temporarily unavailable",
    "temporarily overloaded",
    "loading model",
    "is currently loading",
    "is still loading",
    "model is loading",
    "no deployments available",
    "maximum pending requests",
    "queue is full",
    "deployment is scaling",
    "no slot available",
    "insufficient_system_resource",
];

pub(super) fn busy(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    // With this status no limit of ours is meant, even where the words could be read so.
    let shed = matches!(answer.status, Some(503 | 529)) && error.words.any(&["too many"]);
    let told = error.is_coded(&CODES) || error.words.any(&SAYINGS) || shed;
    told.then(|| Classified::usual(FailureClass::Overloaded, "the vendor has no capacity to spare"))
}
