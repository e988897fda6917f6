//! What the benches share: a server's store without the server, a library to fill it with,
//! and clocks and tables for what came of it.

// Each bench is a crate of its own and uses a part of this.
#![allow(dead_code, reason = "no bench needs all of it")]

pub mod asking;
pub mod crowd;
pub mod disk;
pub mod library;
pub mod measure;
pub mod server;

/// Whether a short run is wanted, which shows that the benches work and little more:
/// `TOASTER_BENCH_QUICK=1`, or any way of starting them but `cargo bench`.
pub fn is_quick() -> bool {
    let asked = std::env::var_os("TOASTER_BENCH_QUICK").is_some_and(|value| value != "0");
    asked || !std::env::args().any(|argument| argument == "--bench")
}

/// The sizes that were asked for on the command line, else the usual ones; a hundredth of each in
/// a short run.
pub fn asked_sizes(usual: &[usize]) -> Vec<usize> {
    let asked: Vec<usize> = std::env::args().filter_map(|size| size.parse().ok()).collect();
    let sizes = if asked.is_empty() { usual.to_vec() } else { asked };
    sizes.into_iter().map(|size| sized(size, size / 100)).collect()
}

/// `whole`, or `short` in a short run.
pub fn sized<T>(whole: T, short: T) -> T {
    if is_quick() { short } else { whole }
}
