//! Sentences with places for values, read backwards: from the whole to what stands in the places.

/// What stands in the places of a pattern, such as `{found} is not a day`, by their names; `None`
/// where the text is no such sentence.
pub(super) fn read<'a>(pattern: &'a str, text: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let (head, mut pattern) = pattern.split_once('{')?;
    let mut text = text.strip_prefix(head)?;
    let mut values = Vec::new();
    loop {
        let (name, after) = pattern.split_once('}')?;
        let (value, rest) = match after.split_once('{') {
            Some((between, rest)) => {
                let (value, after) = text.split_once(between)?;
                text = after;
                (value, Some(rest))
            }
            None => (text.strip_suffix(after)?, None),
        };
        values.push((name, value));
        match rest {
            _ if value.is_empty() => return None,
            Some(rest) => pattern = rest,
            None => return Some(values),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn values_are_read_off_a_sentence_of_that_kind_only() {
        let check = |pattern, text, expected: Option<&[(&str, &str)]>| {
            assert_eq!(read(pattern, text).as_deref(), expected, "{text}");
        };
        check("{found} is not a day", "\"x\" is not a day", Some(&[("found", "\"x\"")]));
        check("{found} is not a day", " is not a day", None);
        check("{found} is not a day", "\"x\" is not a day, or is it", None);
        let two = "{n} of them, expected at most {most}";
        check(two, "9 of them, expected at most 5", Some(&[("n", "9"), ("most", "5")]));
        check(two, "9 of them", None);
        check("no place at all", "no place at all", None);
        check(
            "row {number}: {what}",
            "row 2: {x} }{",
            Some(&[("number", "2"), ("what", "{x} }{")]),
        );
        check("{open", "{open", None);
    }
}
