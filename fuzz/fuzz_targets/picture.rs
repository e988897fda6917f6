//! A picture of any kind, as the picture of a page and as its icon.

#![no_main]

use std::sync::LazyLock;

use toaster::clock::{SharedClock, SystemClock};
use toaster::fetch::picture::{shrink, shrink_icon};

static CLOCK: LazyLock<SharedClock> = LazyLock::new(SystemClock::shared);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(small) = shrink(bytes, &**CLOCK) {
        assert!(small.width.max(small.height) <= 640 && small.bytes.len() <= 40 * 1024);
    }
    if let Ok(small) = shrink_icon(bytes, &**CLOCK) {
        assert!(small.width.max(small.height) <= 64 && small.bytes.len() <= 10 * 1024);
    }
});
