//! What a process and its children have used, from `/proc`.

use std::fs;
use std::time::Duration;

use crate::error::BenchError;

/// The kernel counts processors' time in hundredths of a second for everybody who asks; it has been
/// so on every architecture since `USER_HZ` was fixed.
const TICK: Duration = Duration::from_millis(10);

/// The processors' time that a process and its living children have used.
///
/// # Errors
/// When it is not there (any more).
pub(crate) fn cpu_time(pid: u32) -> Result<Duration, BenchError> {
    let mut total = Duration::ZERO;
    for pid in family(pid) {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok();
        let ticks = stat.as_deref().and_then(ticks_of).ok_or(BenchError::Usage { pid })?;
        total += TICK.saturating_mul(ticks);
    }
    Ok(total)
}

/// The memory that a process and its living children have in RAM, in bytes.
///
/// # Errors
/// When it is not there (any more).
pub(crate) fn resident_bytes(pid: u32) -> Result<u64, BenchError> {
    let mut total = 0;
    for pid in family(pid) {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok();
        total += status.as_deref().and_then(resident_of).ok_or(BenchError::Usage { pid })?;
    }
    Ok(total)
}

/// The process and its children; nothing here has grandchildren.
fn family(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let children = children.unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    std::iter::once(pid).chain(children).collect()
}

/// `utime` and `stime`. The name in parentheses may hold blanks, so fields count from its end.
fn ticks_of(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u32>);
    Some(times.next()?.ok()? + times.next()?.ok()?)
}

fn resident_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_parentheses_does_not_shift_the_fields() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 100 0 0 0 250 30 0 0 20 0 1 0 55 1000 200";
        assert_eq!(ticks_of(stat), Some(280));
    }

    #[test]
    fn resident_memory_is_read_in_bytes() {
        assert_eq!(resident_of("Name:\tx\nVmRSS:\t   2048 kB\n"), Some(2 * 1024 * 1024));
        assert_eq!(resident_of("Name:\tkernel thread\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_used_something() {
        assert!(resident_bytes(std::process::id()).unwrap() > 0);
        assert!(cpu_time(std::process::id()).is_ok());
    }
}
