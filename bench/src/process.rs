//! What a process and its children have used, from `/proc`.

use std::fs;
use std::time::{Duration, Instant};

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

/// The time that one processor has spent on anything at all since the machine began.
///
/// # Errors
/// When the machine has no such processor, or no `/proc`.
fn busy_time(core: usize) -> Result<Duration, BenchError> {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks = busy_ticks(&stat, core).ok_or(BenchError::Core { core })?;
    Ok(TICK.saturating_mul(ticks))
}

/// What a process uses of one core from now on, and what others do.
#[derive(Debug)]
pub(crate) struct Usage {
    pid: u32,
    core: usize,
    begun: Instant,
    cpu: Duration,
    busy: Duration,
}

/// What a process has used of its core, and what others have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    pub(crate) cpu: Duration,
    pub(crate) others_percent: u32,
}

impl Usage {
    /// # Errors
    /// When either cannot be read.
    pub(crate) fn begin(pid: u32, core: usize) -> Result<Self, BenchError> {
        Ok(Self { pid, core, begun: Instant::now(), cpu: cpu_time(pid)?, busy: busy_time(core)? })
    }

    /// # Errors
    /// As [`Self::begin`].
    pub(crate) fn end(self) -> Result<Used, BenchError> {
        let cpu = cpu_time(self.pid)?.saturating_sub(self.cpu);
        let others = busy_time(self.core)?.saturating_sub(self.busy).saturating_sub(cpu);
        let passed = self.begun.elapsed().as_millis().max(1);
        let others_percent = u32::try_from(others.as_millis() * 100 / passed).unwrap_or(u32::MAX);
        Ok(Used { cpu, others_percent })
    }
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

/// `user`, `nice`, `system`, `irq`, `softirq` and `steal`: all but the two kinds of rest.
fn busy_ticks(stat: &str, core: usize) -> Option<u32> {
    let name = format!("cpu{core} ");
    let fields = stat.lines().find_map(|line| line.strip_prefix(&name))?;
    let times: Vec<u32> = fields.split_whitespace().map_while(|time| time.parse().ok()).collect();
    let rest = [3, 4];
    let busy = times.iter().take(8).enumerate().filter(|(at, _)| !rest.contains(at));
    Some(busy.map(|(_, ticks)| ticks).sum())
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

    #[test]
    fn a_processors_rest_is_not_its_work() {
        let stat =
            "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 1000 500 4 5 6 70 80\ncpu1 1 1 1 1 1 1 1 1 0 0\n";
        assert_eq!(busy_ticks(stat, 0), Some(21), "what guests used is counted in the first two");
        assert_eq!(busy_ticks(stat, 7), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_used_something() {
        assert!(resident_bytes(std::process::id()).unwrap() > 0);
        assert!(cpu_time(std::process::id()).is_ok());
    }
}
