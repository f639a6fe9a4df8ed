//! How long an answer may take and how large it may be.

use std::time::Duration;

/// How long one question may take, in the console's time.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(10);
/// The least that a question is given of the system's time, however fast the console's runs.
pub(crate) const TIME_FLOOR: Duration = Duration::from_secs(2);

/// The largest answer that is read, in bytes after decompression. A state of a hundred routes has
/// about 200 kB.
pub(crate) const STATE_LIMIT: usize = 4 << 20;
/// The largest page of traffic: sketches are its bulk.
pub(crate) const TRAFFIC_LIMIT: usize = 16 << 20;
/// The largest page of hints: a thousand of them with their one line.
pub(crate) const HINTS_LIMIT: usize = 512 << 10;
/// The longest text of a gateway's own that is taken into an error, in characters.
pub(crate) const TEXT_LIMIT: usize = 500;
/// The most interlocks that are taken over from one refusal.
pub(crate) const INTERLOCKS_LIMIT: usize = 32;
