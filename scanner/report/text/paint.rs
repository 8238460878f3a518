//! Colour, only where it is wanted, and broken lines.

use anstyle::{AnsiColor, Style};

use crate::report::clean::{clip, width};
use crate::rule::Severity;

/// Styles text, or leaves it as it is.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    pub(super) on: bool,
}

pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
pub(super) const QUIET: Style = Style::new().dimmed();
pub(super) const PLAIN: Style = Style::new();
const HEADING: Style = Style::new().bold().underline();
const STRONG: Style = Style::new().bold();

impl Paint {
    pub(super) fn style(self, style: Style, text: &str) -> String {
        if self.on && style != PLAIN { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(super) fn heading(self, text: &str) -> String {
        self.style(HEADING, text)
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.style(STRONG, text)
    }
}

pub(super) fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => BAD,
        Severity::Medium => DOUBTFUL,
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Info => QUIET,
    }
}

pub(super) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

/// Cleaned text in lines of at most `columns`, broken at spaces, and inside of a word only when the word is longer.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(10);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word = clip(word, columns);
        let needed = width(&word);
        if used > 0 && used + 1 + needed > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(&word);
        used += needed;
    }
    if used > 0 {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_spaces() {
        assert_eq!(wrap("one two three four", 10), ["one two", "three four"]);
        assert_eq!(wrap("", 10), Vec::<String>::new());
        assert_eq!(wrap("averyveryverylongword x", 10), ["averyvery…", "x"]);
    }

    #[test]
    fn no_colour_means_no_codes() {
        assert_eq!(Paint { on: false }.style(BAD, "x"), "x");
        assert!(Paint { on: true }.style(BAD, "x").starts_with('\u{1b}'));
    }
}
