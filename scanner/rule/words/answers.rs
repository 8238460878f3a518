//! Texts of the code that a tool answers with, that it fails with, or that a prompt or resource is made of.

use std::collections::BTreeSet;

use crate::analysis::facts::{Deed, ServerFacts};
use crate::rule::draft::tool_names;

/// No more of them are read, each once.
const MOST: usize = 2_000;
/// Fewer words say nothing to anybody.
const WORDS: usize = 4;

/// The texts with the deed of which each is part.
pub(super) fn of(facts: &ServerFacts) -> impl Iterator<Item = (&Deed, &str)> {
    let mut seen = BTreeSet::new();
    facts
        .deeds
        .iter()
        .filter(|deed| deed.what == "answer" || (deed.what == "error" && !deed.tools.is_empty()))
        .filter_map(|deed| Some((deed, deed.texts.get("text")?.as_str())))
        .filter(|(_, text)| !text.is_ascii() || text.split_whitespace().nth(WORDS - 1).is_some())
        .filter(move |(_, text)| seen.len() < MOST && seen.insert(*text))
}

pub(super) fn called(deed: &Deed) -> &'static str {
    if deed.what == "error" { "error text" } else { "answer" }
}

/// The tool whose text it is, when it is that of one alone, and the owner in words.
pub(super) fn owner(deed: &Deed) -> (&str, String) {
    match deed.tools.as_slice() {
        [] => ("", "a prompt or resource".to_owned()),
        [tool] => (tool, tool_names(&deed.tools)),
        tools => ("", tool_names(tools)),
    }
}
