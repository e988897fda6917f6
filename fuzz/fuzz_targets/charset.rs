//! A page under any label its server may send, chosen by its last byte.

#![no_main]

const LABELS: [&str; 16] = [
    "utf-8", "utf-16", "utf-16be", "euc-kr", "ks_c_5601-1987", "shift_jis", "iso-2022-jp",
    "euc-jp", "gb18030", "gbk", "big5", "windows-1252", "koi8-r", "x-user-defined",
    "replacement", "no such charset",
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((last, page)) = bytes.split_last() else { return };
    let label = LABELS[*last as usize % LABELS.len()];
    toaster_fuzz::read(page, Some(&format!("text/html; charset={label}")));
    toaster_fuzz::read(page, Some("text/plain"));
});
