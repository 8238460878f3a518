//! Byte offset → line and column, the way editors and SARIF count them.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use crate::analysis::facts::Place;

/// How far apart the remembered column counts are: looking one up never reads more text than this, however long the
/// line is (minified files are one line of megabytes).
const STRIDE: usize = 1024;

/// Lines and UTF-16 columns of a text. Nothing is computed until the first question.
#[derive(Debug)]
pub struct LineIndex<'t> {
    text: &'t str,
    tables: OnceCell<Tables>,
}

#[derive(Debug)]
struct Tables {
    /// Offset of the first byte of every line.
    starts: Vec<usize>,
    /// Offset of a character, and the UTF-16 code units before it; about one for every [`STRIDE`] bytes.
    units: Vec<(usize, usize)>,
}

impl<'t> LineIndex<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, tables: OnceCell::new() }
    }

    /// 1-based line and 1-based UTF-16 column. An offset inside a character means the character; one behind the end
    /// means the end.
    pub fn position(&self, offset: usize) -> (u32, u32) {
        let tables = self.tables.get_or_init(|| Tables::of(self.text));
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = tables.starts.partition_point(|start| *start <= offset).max(1);
        let start = tables.starts.get(line - 1).copied().unwrap_or(0);
        let column = match self.text.get(start..offset) {
            Some(near) if near.len() <= STRIDE => units(near),
            _ => self.units_before(tables, offset) - self.units_before(tables, start),
        } + 1;
        (line.try_into().unwrap_or(u32::MAX), column.try_into().unwrap_or(u32::MAX))
    }

    /// The place of a byte range.
    pub fn place(&self, file: &Arc<str>, span: Range<usize>) -> Place {
        let (line, column) = self.position(span.start);
        let (end_line, end_column) = self.position(span.end.max(span.start));
        Place { file: file.clone(), line, column, end_line, end_column }
    }

    /// The offset at which a line begins (`line` is 1-based), if there is such a line.
    pub fn line_start(&self, line: u32) -> Option<usize> {
        let tables = self.tables.get_or_init(|| Tables::of(self.text));
        tables.starts.get((line as usize).checked_sub(1)?).copied()
    }

    fn units_before(&self, tables: &Tables, offset: usize) -> usize {
        let mark = tables.units.partition_point(|(at, _)| *at <= offset);
        let (at, units) = mark.checked_sub(1).and_then(|i| tables.units.get(i)).copied().unwrap_or((0, 0));
        units + self.text.get(at..offset).map_or(0, self::units)
    }
}

/// UTF-16 code units of a text.
fn units(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

impl Tables {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = Vec::with_capacity(text.len() / 32 + 1);
        starts.push(0);
        for (at, byte) in bytes.iter().enumerate() {
            // A carriage return ends a line unless the line feed behind it does.
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(at + 1);
            }
        }
        let mut units = vec![(0, 0)];
        if text.is_ascii() {
            units.extend((STRIDE..text.len()).step_by(STRIDE).map(|at| (at, at)));
            return Self { starts, units };
        }
        let (mut count, mut next) = (0, STRIDE);
        for (at, character) in text.char_indices() {
            if at >= next {
                units.push((at, count));
                next = at + STRIDE;
            }
            count += character.len_utf16();
        }
        Self { starts, units }
    }
}

/// The place of a byte range of one text. For more than one question keep a [`LineIndex`].
pub fn place(file: &Arc<str>, text: &str, span: Range<usize>) -> Place {
    LineIndex::new(text).place(file, span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_every_kind_of_line_end() {
        let index = LineIndex::new("a\nb\r\nc\rd");
        assert_eq!(index.position(0), (1, 1));
        assert_eq!(index.position(1), (1, 2));
        assert_eq!(index.position(2), (2, 1));
        assert_eq!(index.position(4), (2, 3), "the line feed of CRLF still belongs to its line");
        assert_eq!(index.position(5), (3, 1));
        assert_eq!(index.position(7), (4, 1));
        assert_eq!(index.position(8), (4, 2));
        assert_eq!(index.line_start(4), Some(7));
        assert_eq!(index.line_start(5), None);
        assert_eq!(index.line_start(0), None);
    }

    #[test]
    fn counts_utf16_units() {
        let text = "é😀x";
        let index = LineIndex::new(text);
        assert_eq!(index.position(0), (1, 1));
        assert_eq!(index.position(1), (1, 1), "inside a character");
        assert_eq!(index.position(2), (1, 2));
        assert_eq!(index.position(4), (1, 2));
        assert_eq!(index.position(6), (1, 4), "an astral character is two units");
        assert_eq!(index.position(99), (1, 5));
    }

    #[test]
    fn long_lines_agree_with_counting() {
        let text = format!("{}\n{}", "añ😀".repeat(3000), "x😀".repeat(3000));
        let index = LineIndex::new(&text);
        let second = text.find('\n').unwrap() + 1;
        for (offset, _) in text.char_indices().step_by(97) {
            let (line, start) = if offset < second { (1, 0) } else { (2, second) };
            let column = text[start..offset].encode_utf16().count() as u32 + 1;
            assert_eq!(index.position(offset), (line, column), "at {offset}");
        }
    }

    #[test]
    fn empty_text_has_one_place() {
        let place = place(&"f".into(), "", 0..10);
        assert_eq!((place.line, place.column, place.end_line, place.end_column), (1, 1, 1, 1));
    }
}
