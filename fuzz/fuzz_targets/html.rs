//! A page, in the encoding it says it is in.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    toaster_fuzz::read(bytes, Some("text/html"));
    // Without a header it may be taken for a file of any kind.
    toaster_fuzz::read(bytes, None);
});
