//! Which regular expressions can match a text at all, told by the words that every match contains.

use crate::rules;

/// For one expression: of each inner list at least one text is in every match.
pub(super) type Required = &'static [&'static [&'static str]];

/// What is required by an expression of the embedded checks; nothing by any other.
pub(super) fn required_by(pattern: &str) -> Required {
    rules::REQUIRED.binary_search_by_key(&pattern, |(pattern, _)| *pattern).map_or(&[], |at| rules::REQUIRED[at].1)
}

/// A text in which words are looked for, many times.
pub(super) struct Haystack {
    /// Letters that are one when case does not count are one here.
    folded: String,
    /// One bit for each three bytes in a row, by their hash: most words are ruled out without reading the text.
    triples: [u64; 64],
}

impl Haystack {
    pub(super) fn new(text: &str) -> Self {
        let mut folded = text.to_ascii_lowercase();
        if !folded.is_ascii() {
            folded = folded.replace('\u{212a}', "k").replace('\u{17f}', "s");
        }
        let mut triples = [0; 64];
        for three in folded.as_bytes().windows(3) {
            let bit = hash(three);
            triples[bit / 64] |= 1 << (bit % 64);
        }
        Haystack { folded, triples }
    }

    /// Whether a match is not ruled out.
    pub(super) fn may_match(&self, required: Required) -> bool {
        required.iter().all(|list| list.iter().any(|word| self.contains(word)))
    }

    fn contains(&self, word: &str) -> bool {
        let seen = |three: &[u8]| {
            let bit = hash(three);
            self.triples[bit / 64] & (1 << (bit % 64)) != 0
        };
        word.as_bytes().windows(3).all(seen) && self.folded.contains(word)
    }
}

fn hash(three: &[u8]) -> usize {
    let number = three.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    (number.wrapping_mul(0x9e37_79b1) >> 20) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case() {
        let haystack = Haystack::new("Do NOT tell the u\u{17f}er; \u{212a}eep it.");
        assert!(haystack.may_match(&[&["inform", "tell"], &["user"], &["keep"]]));
        assert!(!haystack.may_match(&[&["tell"], &["human", "anyone"]]));
        assert!(haystack.may_match(&[]));
    }

    #[test]
    fn long_expressions_require_words() {
        let without = rules::REQUIRED.iter().filter(|(pattern, lists)| pattern.len() > 60 && lists.is_empty()).count();
        assert!(rules::REQUIRED.len() > 20 && without * 10 < rules::REQUIRED.len(), "{without} of {}", rules::REQUIRED.len());
    }
}
