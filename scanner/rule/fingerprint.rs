//! Fingerprints that stay when lines move.

use std::borrow::Cow;
use std::sync::Arc;

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

struct File<'a> {
    path: Arc<str>,
    text: Cow<'a, str>,
    /// Where each line begins and ends.
    lines: Vec<(usize, usize)>,
}

/// The lines of one file at a time: findings are asked for in the order of their files.
pub(super) struct Lines<'a> {
    tree: &'a Tree,
    file: Option<File<'a>>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(tree: &'a Tree) -> Self {
        Lines { tree, file: None }
    }

    /// The text of the flagged line with white space collapsed; of a very long line (minified code), what follows the place.
    pub(super) fn snippet(&mut self, place: &Place) -> String {
        const LIMIT: usize = 160;
        if self.file.as_ref().is_none_or(|file| file.path != place.file) {
            let text = self.tree.text(&place.file).unwrap_or_default();
            let mut at = 0;
            let mut lines = Vec::new();
            for line in text.split_inclusive('\n') {
                lines.push((at, at + line.len()));
                at += line.len();
            }
            self.file = Some(File { path: Arc::clone(&place.file), text, lines });
        }
        let Some(File { text, lines, .. }) = &self.file else { return String::new() };
        let Some((from, until)) = lines.get((place.line as usize).saturating_sub(1)) else { return String::new() };
        let line = &text[*from..*until];
        let taken: String = if line.len() > 4 * LIMIT {
            let mut at = (place.column as usize).saturating_sub(1).min(line.len());
            while !line.is_char_boundary(at) {
                at -= 1;
            }
            line[at..].chars().take(LIMIT).collect()
        } else {
            line.to_owned()
        };
        taken.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
