//! What a client would rather have, as its `Accept-...` headers weigh it.

/// The choices of such a header with their weights, 1 where none is said and 0 where it cannot be
/// read (RFC 9110, section 12.4.2).
pub fn weighed(header: &str) -> impl Iterator<Item = (&str, f32)> {
    header.split(',').map(|part| {
        let (choice, rest) = part.split_once(';').unwrap_or((part, ""));
        let weight =
            rest.trim().strip_prefix("q=").map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
        (choice.trim(), weight)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_choice_has_its_weight() {
        let check = |header, expected: &[(&str, f32)]| {
            assert_eq!(super::weighed(header).collect::<Vec<_>>(), expected, "{header}");
        };
        check("ko", &[("ko", 1.0)]);
        check("de-DE, ja;q=0.8 ,en; q=0", &[("de-DE", 1.0), ("ja", 0.8), ("en", 0.0)]);
        check("gzip;q=x,*;other", &[("gzip", 0.0), ("*", 1.0)]);
        check("", &[("", 1.0)]);
    }
}
