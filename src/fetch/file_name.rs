//! The name a site gives to a file, which says more than an address like `/download?id=7`.

use percent_encoding::percent_decode_str;

use crate::extract;

/// The name in a `Content-Disposition` header, without any folders.
pub(super) fn read(value: &str) -> Option<String> {
    let name = extended(value).or_else(|| plain(value))?;
    let name = name.rsplit(['/', '\\']).next().unwrap_or("");
    extract::title(name)
}

/// `filename*=UTF-8''na%C3%AFve.pdf`, which is meant to be preferred.
fn extended(value: &str) -> Option<String> {
    let encoded = parameter(value, "filename*=")?;
    let (charset, rest) = encoded.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    let decoded = percent_decode_str(encoded).decode_utf8().ok()?;
    charset.eq_ignore_ascii_case("utf-8").then(|| decoded.into_owned())
}

fn plain(value: &str) -> Option<String> {
    parameter(value, "filename=").map(str::to_owned)
}

fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    // Lower-casing ASCII alone moves no byte.
    let at = value.to_ascii_lowercase().find(name)? + name.len();
    let rest = value[at..].trim_start();
    Some(match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or(""),
        None => rest.split(';').next().unwrap_or("").trim_end(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_read_in_each_form() {
        let cases = [
            ("attachment; filename=\"annual report.pdf\"", Some("annual report.pdf")),
            ("inline; FileName=report.pdf; size=3", Some("report.pdf")),
            (
                "attachment; filename=x.pdf; filename*=UTF-8''%EB%B3%B4%EA%B3%A0.pdf",
                Some("보고.pdf"),
            ),
            ("attachment; filename*=latin1''%E9; filename=e.pdf", Some("e.pdf")),
            ("attachment; filename=\"../../etc/passwd\"", Some("passwd")),
            ("attachment; filename=\"\"", None),
            ("attachment", None),
        ];
        for (value, expected) in cases {
            assert_eq!(read(value).as_deref(), expected, "{value}");
        }
    }
}
