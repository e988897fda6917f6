//! Taking times, and saying them so that they can be compared.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// How long `body` takes, and what it returns.
pub fn timed<T>(body: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let value = body();
    (start.elapsed(), value)
}

/// How long this thread was worked on, whatever else the machine does.
pub fn worked() -> Duration {
    spent(ClockId::ThreadCPUTime)
}

/// How long all threads of this process were worked on.
pub fn worked_by_all() -> Duration {
    spent(ClockId::ProcessCPUTime)
}

fn spent(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The times that many runs took.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// The times of `count` runs of `body`, which is told the run's number.
    pub fn of(count: usize, mut body: impl FnMut(usize)) -> Self {
        Self((0..count).map(|n| timed(|| body(n)).0).collect())
    }

    /// Adds one.
    pub fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// Adds those of others.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that `share` of all runs stayed within; zero when there were none.
    pub fn quantile(&mut self, share: f64) -> Duration {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        self.0.get((last as f64 * share).ceil() as usize).copied().unwrap_or_default()
    }

    /// The median, the 99th of a hundred and the longest.
    pub fn summary(&mut self) -> String {
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| ms(self.quantile(share)));
        format!("{p50:>9} {p99:>9} {max:>9}")
    }
}

/// A time in milliseconds, to two places.
pub fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

/// Microseconds with a decimal.
pub fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// How many a second that is.
pub fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// The middle one of some numbers.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// The memory of this process that is in use, in MiB; zero where the system does not say.
pub fn resident_mib() -> f64 {
    status_mib("VmRSS:")
}

/// The most that it was since [`forget_peak`].
pub fn peak_mib() -> f64 {
    status_mib("VmHWM:")
}

/// Has [`peak_mib`] begin anew, where the system lets us.
pub fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn status_mib(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}
