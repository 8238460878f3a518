//! `primaryLocationLineHash`, as GitHub computes it for files it has at hand. It must be the same value, or GitHub warns
//! and alerts are opened twice.
//!
//! The hash of a line covers the first hundred characters (UTF-16 code units, without spaces and tabs) from its start,
//! running on into the lines below: Σ cᵢ·37^(99−i) mod 2⁶⁴. Every line break is one `\n`; the end of the file is the
//! code unit 65535, followed by zeros. `:n` tells apart equal lines of one file, in order.

use std::collections::HashMap;

const WINDOW: usize = 100;
const BASE: u64 = 37;
const END_OF_FILE: u16 = u16::MAX;
const LINE_FEED: u16 = b'\n' as u16;

/// The hashes of all lines of a text; the first is that of line 1.
pub(super) fn line_hashes(text: &str) -> Vec<String> {
    let (units, starts) = units(text);
    // What the oldest unit of a full window weighs once it is pushed out.
    let leaving = (0..WINDOW).fold(1u64, |power, _| power.wrapping_mul(BASE));
    let unit = |at: usize| units.get(at).map_or(0, |&unit| u64::from(unit));
    let mut counts: HashMap<u64, u32> = HashMap::new();
    let mut hashes = Vec::with_capacity(starts.len());
    let mut next_start = starts.iter().copied().peekable();
    let mut hash = (0..WINDOW).fold(0u64, |hash, at| hash.wrapping_mul(BASE).wrapping_add(unit(at)));
    for at in 0..units.len() {
        if next_start.next_if_eq(&at).is_some() {
            let count = counts.entry(hash).or_insert(0);
            *count += 1;
            hashes.push(format!("{hash:x}:{count}"));
        }
        hash = hash.wrapping_mul(BASE).wrapping_add(unit(at + WINDOW)).wrapping_sub(leaving.wrapping_mul(unit(at)));
    }
    hashes
}

/// The code units that count, and the positions among them at which lines start.
fn units(text: &str) -> (Vec<u16>, Vec<usize>) {
    let mut units = Vec::with_capacity(text.len() + 1);
    let mut starts = Vec::new();
    let mut line_start = true;
    let mut after_return = false;
    for unit in text.encode_utf16().map(Some).chain([None]) {
        let unit = match unit {
            Some(0x20 | 0x09) => {
                after_return = false;
                continue;
            }
            Some(LINE_FEED) if after_return => {
                after_return = false;
                continue;
            }
            Some(0x0d) => {
                after_return = true;
                LINE_FEED
            }
            Some(unit) => {
                after_return = false;
                unit
            }
            None => END_OF_FILE,
        };
        if line_start {
            starts.push(units.len());
        }
        line_start = unit == LINE_FEED;
        units.push(unit);
    }
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    /// The definition, without a rolling window.
    fn by_definition(text: &str) -> Vec<String> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace([' ', '\t'], "");
        let lines: Vec<&str> = text.split('\n').collect();
        let mut seen: Vec<u64> = Vec::new();
        let mut hashes = Vec::new();
        for at in 0..lines.len() {
            let units = lines[at..].join("\n").encode_utf16().chain([u16::MAX]).chain(std::iter::repeat(0)).take(100).collect::<Vec<_>>();
            let hash = units.iter().fold(0u64, |hash, unit| hash.wrapping_mul(37).wrapping_add(u64::from(*unit)));
            seen.push(hash);
            hashes.push(format!("{hash:x}:{}", seen.iter().filter(|other| **other == hash).count()));
        }
        hashes
    }

    #[test]
    fn agrees_with_the_definition() {
        for text in ["", "\n", " a\nb\n  \t\tc\n d", "a\r\nb\rc\n\n\n", "x\nx\nx\n", "é😀\n日本\n", &"line of text\n".repeat(60), &"y".repeat(500)]
        {
            assert_eq!(line_hashes(text), by_definition(text), "{text:?}");
        }
    }

    #[test]
    fn known_values() {
        assert_eq!(line_hashes(" a\nb\n  \t\tc\n d"), ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]);
    }

    #[test]
    fn indentation_and_line_ends_do_not_matter() {
        assert_eq!(line_hashes("if x:\n\ty()\n"), line_hashes("if x:\r\n    y()\r\n"));
    }
}
