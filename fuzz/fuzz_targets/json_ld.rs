//! Structured data inside a page.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut page = b"<!doctype html><script type=application/ld+json>".to_vec();
    page.extend_from_slice(bytes);
    page.extend_from_slice(b"</script><title>Bread</title>");
    toaster_fuzz::read(&page, Some("text/html; charset=utf-8"));
});
