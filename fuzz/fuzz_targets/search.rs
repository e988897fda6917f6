//! What people type into the search, and the texts that it is looked for in.

#![no_main]

use toaster::model::search::{self, Query};

libfuzzer_sys::fuzz_target!(|input: (&str, &str)| {
    let (typed, text) = input;
    let Query::Of(node) = search::parse(typed) else { return };
    let folded = search::fold(text);
    let needles = node.needles();
    for needle in &needles {
        let mut known = Vec::new();
        search::grams_of_text(&folded, |gram| known.push(gram));
        let may_match = search::grams_of_needle(needle).0.iter().all(|gram| known.contains(gram));
        assert!(may_match || needle.closeness(&folded).is_none(), "the index would lose it");
    }
    for html in [search::marked(text, &needles), search::snippet(text, &needles)].into_iter().flatten() {
        let bare = html.replace("<mark>", "").replace("</mark>", "");
        assert!(!bare.contains(['<', '>', '"']), "something is not escaped");
    }
});
