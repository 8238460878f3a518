//! Makes text that comes from the target safe to show: what a reader cannot see, or what would move, recolour or
//! reorder the rest of the line, is shown by its code point (`<U+202E>`).

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Marks (accents) that may stand on one character. Real scripts need up to four; more only smear over other lines.
const MARKS_PER_CHARACTER: u32 = 4;

/// Text on one line with every control, bidi, zero-width, tag and other invisible character made visible.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    let mut previous = ' ';
    for character in text.chars() {
        if is_shown_as_code(character, previous) {
            push_code(&mut out, character);
            marks = 0;
        } else if character.width() == Some(0) {
            marks += 1;
            if marks > MARKS_PER_CHARACTER {
                push_code(&mut out, character);
            } else {
                out.push(character);
            }
        } else {
            marks = 0;
            out.push(character);
        }
        previous = character;
    }
    out
}

/// [`clean`] for prose: line breaks and tabs become spaces, since sentences may be broken anywhere.
pub fn clean_prose(text: &str) -> String {
    let joined: Vec<&str> = text.split(['\n', '\r', '\t']).filter(|part| !part.is_empty()).collect();
    clean(&joined.join(" "))
}

/// [`clean`] for a line of source: tabs become four spaces, as indentation is no threat.
pub fn clean_source(text: &str) -> String {
    clean(&text.replace('\t', "    "))
}

/// Columns that text takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Cuts cleaned text to `columns`, the last of which shows that something was cut.
pub fn clip(text: &str, columns: usize) -> String {
    if text.len() <= columns || text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let mut out = String::new();
    for character in text.chars() {
        let columns_needed = character.width().unwrap_or(0);
        if used + columns_needed + 1 > columns {
            break;
        }
        used += columns_needed;
        out.push(character);
    }
    out.push('…');
    out
}

/// A name from the target, cleaned, of at most 40 columns.
pub fn name(text: &str) -> String {
    clip(&clean_start(text, 400), 40)
}

/// [`clean`] of no more than the first `limit` characters: for text that will be cut anyway.
pub fn clean_start(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => clean(&text[..end]) + "…",
        None => clean(text),
    }
}

fn push_code(out: &mut String, character: char) {
    out.push_str(&format!("<U+{:04X}>", u32::from(character)));
}

fn is_shown_as_code(character: char, previous: char) -> bool {
    match character {
        // A variation selector is ordinary after a pictograph (⚠️), and a hidden channel elsewhere.
        '\u{FE0E}' | '\u{FE0F}' => !is_pictograph(previous),
        _ => character.is_control() || is_invisible(character),
    }
}

fn is_pictograph(character: char) -> bool {
    matches!(character, '\u{2100}'..='\u{2BFF}' | '\u{3000}'..='\u{32FF}' | '\u{1F000}'..='\u{1FAFF}' | '#' | '*' | '0'..='9')
        && !is_invisible(character)
}

/// Characters without ink of their own or with power over others: Unicode's format characters (`Cf`),
/// default-ignorable code points, line and paragraph separators, and blanks that are not spaces.
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{0600}'..='\u{0605}'
            | '\u{061C}'
            | '\u{06DD}'
            | '\u{070F}'
            | '\u{0890}'..='\u{0891}'
            | '\u{08E2}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{110BD}'
            | '\u{110CD}'
            | '\u{13430}'..='\u{1343F}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
            | '\u{E000}'..='\u{F8FF}'
            | '\u{F0000}'..='\u{10FFFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in ["create_issue", "naïve café", "日本語のツール", "⚠️ danger", "emoji 🚀", "a\u{301}"] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        assert_eq!(clean("a\u{1b}[31mred"), "a<U+001B>[31mred");
        assert_eq!(clean("txt\u{202e}exe"), "txt<U+202E>exe");
        assert_eq!(clean("zero\u{200b}width"), "zero<U+200B>width");
        assert_eq!(clean("\u{E0041}\u{E0042}"), "<U+E0041><U+E0042>");
        assert_eq!(clean("c1\u{9b}31m"), "c1<U+009B>31m");
        assert_eq!(clean("two\nlines\r"), "two<U+000A>lines<U+000D>");
        assert_eq!(clean("a\u{FE0F}b"), "a<U+FE0F>b");
        assert_eq!(clean("line\u{2028}separator"), "line<U+2028>separator");
    }

    #[test]
    fn marks_do_not_pile_up() {
        let zalgo = format!("z{}", "\u{301}".repeat(50));
        let cleaned = clean(&zalgo);
        assert_eq!(cleaned.matches('\u{301}').count(), 4);
        assert_eq!(cleaned.matches("<U+0301>").count(), 46);
    }

    #[test]
    fn names_are_cut_by_columns() {
        let long = "x".repeat(10_000);
        assert_eq!(width(&name(&long)), 40);
        let wide = "日".repeat(100);
        assert!(width(&name(&wide)) <= 40);
        assert!(name(&wide).ends_with('…'));
        assert_eq!(name("short"), "short");
    }

    #[test]
    fn prose_flows_over_line_breaks() {
        assert_eq!(clean_prose("one\r\ntwo\tthree\n"), "one two three");
    }
}
