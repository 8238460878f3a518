//! What the rest of the scanner takes for granted of the words and of the checks that use them.

use super::super::{check, verify};
use super::Lexicon;

/// A scan goes on without the words when they cannot be read; this is where it is found out.
#[test]
fn every_file_of_words_is_read() {
    let lexicon = Lexicon::embedded().unwrap_or_else(|error| panic!("{error}"));
    for (path, json) in crate::rules::WORDS {
        let file: super::raw::RawWords = serde_json::from_str(json).unwrap_or_else(|error| panic!("rules/{path}: {error}"));
        for name in file.classes.keys().chain(file.pieces.keys()).chain(file.evidence.keys()) {
            assert!(lexicon.has(name), "rules/{path}: `{name}` got lost");
        }
    }
    verify(check::load().unwrap_or_else(|error| panic!("{error}")), lexicon).unwrap();
}

/// Editions: OWASP MCP Top 10 and LLM Top 10 of 2025, Agentic Top 10 of 2026.
#[test]
fn every_check_of_descriptions_is_mapped() {
    let in_ten = |number: &str| matches!(number.parse::<u8>(), Ok(1..=10)) && number.len() == 2;
    let mut seen = 0;
    for check in check::load().unwrap_or_else(|error| panic!("{error}")).iter().filter(|check| check.family == "descriptions") {
        seen += 1;
        let id = &check.id;
        assert!(!check.cwe.is_empty(), "{id}: no CWE");
        let of = |prefix: &str| check.tags.iter().filter_map(|tag| tag.strip_prefix(prefix).map(str::to_owned)).collect::<Vec<String>>();
        for (list, edition) in [("OWASP-MCP", ":2025"), ("OWASP-LLM", ":2025"), ("OWASP-ASI", "")] {
            let tags = of(list);
            assert!(!tags.is_empty(), "{id}: nothing of {list}");
            assert!(tags.iter().all(|tag| tag.strip_suffix(edition).is_some_and(in_ten)), "{id}: {list}: {tags:?}");
        }
        let (atlas, safe) = (of("ATLAS-AML.T"), of("SAFE-T"));
        assert!(!atlas.is_empty() && !safe.is_empty(), "{id}: nothing of ATLAS or of SAFE-MCP");
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        assert!(atlas.iter().all(|tag| tag.len() >= 4 && tag.split('.').all(digits)), "{id}: {atlas:?}");
        assert!(safe.iter().all(|tag| tag.len() == 4 && digits(tag)), "{id}: {safe:?}");
    }
    assert!(seen >= 20, "{seen} checks of descriptions");
}
