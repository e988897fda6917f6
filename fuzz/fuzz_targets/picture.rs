//! A picture of any kind.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(small) = toaster::fetch::shrink(bytes) {
        assert!(small.width.max(small.height) <= 640 && small.bytes.len() <= 40 * 1024);
    }
});
