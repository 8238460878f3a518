//! Fingerprints that stay when lines move.

use sha2::{Digest, Sha256};

use crate::analysis::facts::Place;
use crate::input::Tree;
use crate::rules::hex;

/// Hash over length-prefixed parts: no two different lists of parts give the same input.
pub(super) fn fingerprint(rule: &str, parts: &[String], ordinal: u32) -> String {
    let mut hash = Sha256::new();
    let ordinal = ordinal.to_string();
    for part in std::iter::once(rule).chain(parts.iter().map(String::as_str)).chain([ordinal.as_str()]) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut text = hex(&hash.finalize());
    text.truncate(32);
    format!("tidewaiter/1:{text}")
}

/// The text of the flagged line with white space collapsed; of a very long line (minified code), what lies around the place.
pub(super) fn snippet(tree: &Tree, place: &Place) -> String {
    const LIMIT: usize = 160;
    let Some(text) = tree.text(&place.file) else { return String::new() };
    let Some(line) = text.lines().nth((place.line as usize).saturating_sub(1)) else { return String::new() };
    let long = line.len() > 2 * LIMIT;
    let from = if long { (place.column as usize).saturating_sub(1) } else { 0 };
    let taken: String = line.chars().skip(from).take(if long { LIMIT } else { 2 * LIMIT }).collect();
    taken.split_whitespace().collect::<Vec<_>>().join(" ")
}
