//! The line of source that a finding is about.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::analysis::facts::Place;
use crate::report::Report;
use crate::report::clean::{clean_source, clean_start, clip, width};
use crate::rule::Severity;

use super::Page;

/// Writes `path:line:column` and, where the text is at hand, the line with the place underlined.
pub(super) fn write(page: &Page<'_>, report: &Report, place: &Place, severity: Severity, out: &mut dyn Write) -> io::Result<()> {
    let digits = place.line.to_string().len();
    let path = clip(&clean_start(&place.file, 400), page.width.saturating_sub(digits + 16).max(20));
    let position = if place.line > 0 { format!(":{}:{}", place.line, place.column.max(1)) } else { String::new() };
    let Some(line) = source_line(report, place) else {
        return writeln!(out, "  {} {path}{position}", page.paint.style(super::paint::QUIET, "-->"));
    };
    writeln!(out, "  {:digits$}{} {path}{position}", "", page.paint.style(super::paint::QUIET, "-->"))?;
    let shown = Shown::new(line, place, page.width.saturating_sub(digits + 8));
    let level = match severity {
        Severity::Critical | Severity::High => Level::ERROR,
        Severity::Medium => Level::WARNING,
        Severity::Low | Severity::Info => Level::NOTE,
    };
    let renderer = if page.context.color { Renderer::styled() } else { Renderer::plain() }.term_width(page.width.saturating_sub(2));
    let snippet = Snippet::source(&shown.text)
        .line_start(usize::try_from(place.line).unwrap_or(1))
        .annotation(AnnotationKind::Primary.span(shown.start..shown.end));
    for line in renderer.render(&[Group::with_level(level).element(snippet)]).lines() {
        writeln!(out, "  {}", line.trim_end())?;
    }
    Ok(())
}

fn source_line<'a>(report: &'a Report, place: &Place) -> Option<&'a str> {
    let index = usize::try_from(place.line.checked_sub(1)?).ok()?;
    let line = report.sources.get(&*place.file)?.split('\n').nth(index)?;
    (!line.trim().is_empty()).then(|| line.trim_end_matches('\r'))
}

/// A cleaned part of a line that fits, with the byte range of the place in it.
struct Shown {
    text: String,
    start: usize,
    end: usize,
}

impl Shown {
    fn new(line: &str, place: &Place, columns: usize) -> Self {
        let columns = columns.max(20);
        let start = byte_of_column(line, place.column);
        let end = if place.end_line > place.line { line.len() } else { byte_of_column(line, place.end_column).max(start) };
        let end = if end == start { line[start..].chars().next().map_or(start, |character| start + character.len_utf8()) } else { end };
        // Indentation says nothing about one line.
        let indent = line.len() - line.trim_start().len();
        let (before, marked, after) = (&line[indent.min(start)..start], &line[start..end], &line[end..]);
        let marked = clip(&clean_source(&head(marked, columns)), columns);
        let rest = columns.saturating_sub(width(&marked));
        let before = tail_fitting(before, rest / 2);
        let after = clip(&clean_source(&head(after, columns)), rest.saturating_sub(width(&before)).max(1));
        let start = before.len();
        let end = start + marked.len();
        Shown { text: format!("{before}{marked}{after}"), start, end }
    }
}

/// No more of the text than could fit: a minified line may have megabytes.
fn head(text: &str, columns: usize) -> String {
    text.chars().take(columns * 2).collect()
}

/// The end of the text, cleaned, in at most `columns`.
fn tail_fitting(text: &str, columns: usize) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut used = 0;
    for character in text.chars().rev() {
        let piece = clean_source(character.encode_utf8(&mut [0; 4]));
        let needed = width(&piece);
        if used + needed + 1 > columns {
            pieces.push("…".to_owned());
            break;
        }
        used += needed;
        pieces.push(piece);
    }
    pieces.into_iter().rev().collect()
}

/// The byte at a 1-based column of UTF-16 code units; the end of the line when it is shorter.
fn byte_of_column(line: &str, column: u32) -> usize {
    let mut units = 1;
    for (at, character) in line.char_indices() {
        if units >= column {
            return at;
        }
        units += u32::try_from(character.len_utf16()).unwrap_or(1);
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, column: u32, end_column: u32, columns: usize) -> (String, String) {
        let place = Place { file: "x".into(), line: 1, column, end_line: 1, end_column };
        let shown = Shown::new(line, &place, columns);
        (shown.text[shown.start..shown.end].to_owned(), shown.text)
    }

    #[test]
    fn columns_are_utf16_units() {
        assert_eq!(shown("😀é = exec(x)", 7, 11, 60).0, "exec");
        assert_eq!(shown("abc", 9, 12, 60).0, "");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let line = format!("{}exec(x){}", "a".repeat(100_000), "b".repeat(100_000));
        let (marked, text) = shown(&line, 100_001, 100_008, 60);
        assert_eq!(marked, "exec(x)");
        assert!(width(&text) <= 60 && text.starts_with('…') && text.ends_with('…'));
    }

    #[test]
    fn hidden_characters_are_shown() {
        let (marked, text) = shown("\tx = '\u{202e}' + run(y)", 12, 18, 60);
        assert_eq!(marked, "run(y)");
        assert!(text.contains("<U+202E>"));
    }
}
