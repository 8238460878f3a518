//! A text as a model understands it: without what nobody sees, with letters that only look different made one.

use crate::rule::text::{CharacterClass, belongs};

/// A text made ready for reading words.
#[derive(Debug, Default)]
pub(super) struct Normal {
    /// For showing. Lines that are only wrapped are joined; `\n` ends a paragraph or an item.
    pub(super) text: String,
    /// The same in lower case; offsets are those of `text`.
    pub(super) lower: String,
    /// Longest run of white space that was taken out.
    pub(super) padding: usize,
}

impl Normal {
    pub(super) fn of(raw: &str) -> Self {
        let mut normal = Normal::default();
        let mut word = String::new();
        let mut letters = raw.chars().peekable();
        // White space since the last word: how much, how many lines.
        let (mut blank, mut lines) = (0_usize, 0_usize);
        while let Some(letter) = letters.next() {
            if letter == '\u{1b}' && letters.peek() == Some(&'[') {
                skip_escape(&mut letters);
                continue;
            }
            if invisible(letter) {
                continue;
            }
            if letter.is_whitespace() || letter.is_control() {
                normal.take(&mut word);
                blank += 1;
                lines += usize::from(letter == '\n' || letter == '\u{2028}' || letter == '\u{2029}');
                continue;
            }
            if word.is_empty() && blank > 0 {
                normal.padding = normal.padding.max(if normal.text.is_empty() { 0 } else { blank });
                normal.separate(lines, letter);
                (blank, lines) = (0, 0);
            }
            fold(letter, &mut word);
        }
        normal.take(&mut word);
        normal.lower = lower(&normal.text);
        normal
    }

    fn separate(&mut self, lines: usize, next: char) {
        if self.text.is_empty() {
            return;
        }
        let item = lines > 0 && (matches!(next, '-' | '*' | '•' | '#' | '<' | '–') || next.is_ascii_digit() || self.text.ends_with([':', '>']));
        self.text.push(if lines > 1 || item { '\n' } else { ' ' });
    }

    /// Adds a word; one in which Latin letters are mixed with letters that look like them is written in Latin.
    fn take(&mut self, word: &mut String) {
        if !word.is_ascii() && word.bytes().any(|byte| byte.is_ascii_alphabetic()) && word.chars().any(is_lookalike_script) {
            for letter in word.chars() {
                if is_lookalike_script(letter) {
                    self.text.extend(prototype(letter));
                } else {
                    self.text.push(letter);
                }
            }
        } else {
            self.text.push_str(word);
        }
        word.clear();
    }
}

fn skip_escape(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    letters.next();
    while let Some(letter) = letters.next_if(|letter| letter.is_ascii_digit() || matches!(letter, ';' | '?' | ':')) {
        let _ = letter;
    }
    letters.next_if(|letter| letter.is_ascii_alphabetic());
}

fn invisible(letter: char) -> bool {
    letter == '\u{ad}'
        || letter == '\u{fe0f}'
        || [CharacterClass::Tags, CharacterClass::Bidi, CharacterClass::ZeroWidth, CharacterClass::VariationSelectors]
            .iter()
            .any(|class| belongs(letter, *class))
}

/// Letters of these scripts are used to write Latin words that a filter does not know.
pub(super) fn is_lookalike_script(letter: char) -> bool {
    matches!(letter, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{530}'..='\u{58f}' | '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' | '\u{1d00}'..='\u{1d7f}' | '\u{250}'..='\u{2af}')
}

/// What a letter looks like.
pub(super) fn prototype(letter: char) -> Option<char> {
    let mut units = [0; 4];
    unicode_security::skeleton(letter.encode_utf8(&mut units)).next()
}

/// Forms of a letter that differ in style only.
fn fold(letter: char, into: &mut String) {
    match letter {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' => into.push('\''),
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{2033}' => into.push('"'),
        '\u{2010}'..='\u{2012}' => into.push('-'),
        // Full-width forms stand 0xFEE0 above ASCII; the punctuation of East Asian texts keeps its own.
        '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' | '\u{ff3f}' => {
            into.extend(char::from_u32(letter as u32 - 0xfee0))
        }
        '\u{24b6}'..='\u{24cf}' => into.extend(char::from_u32(letter as u32 - 0x24b6 + 0x41)),
        '\u{24d0}'..='\u{24e9}' => into.extend(char::from_u32(letter as u32 - 0x24d0 + 0x61)),
        // Thirteen alphabets of 26 large and 26 small letters, then Greek, then five times ten digits.
        '\u{1d400}'..='\u{1d6a3}' => {
            let at = (letter as u32 - 0x1d400) % 52;
            into.extend(char::from_u32(if at < 26 { 0x41 + at } else { 0x61 + at - 26 }));
        }
        '\u{1d7ce}'..='\u{1d7ff}' => into.extend(char::from_digit((letter as u32 - 0x1d7ce) % 10, 10)),
        _ => into.push(letter),
    }
}

/// Lower case with the same offsets: letters whose small form has another length stay.
fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut small = String::with_capacity(text.len());
    for letter in text.chars() {
        let mut lowered = letter.to_lowercase();
        match (lowered.next(), lowered.next()) {
            (Some(one), None) if one.len_utf8() == letter.len_utf8() => small.push(one),
            _ => small.push(letter),
        }
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_are_joined_and_paragraphs_kept() {
        let normal = Normal::of("  One\n   two \n\n Three\n - four");
        assert_eq!(normal.text, "One two\nThree\n- four");
    }

    #[test]
    fn letters_that_look_alike_are_one() {
        assert_eq!(Normal::of("p\u{430}ss \u{ff41}\u{ff42}c \u{1d41a}b\u{200b}c it\u{2019}s").text, "pass abc abc it's");
        assert_eq!(Normal::of("\u{441}\u{43b}\u{43e}\u{432}\u{43e}").text, "\u{441}\u{43b}\u{43e}\u{432}\u{43e}", "a Russian word stays one");
        assert_eq!(Normal::of("a\u{1b}[31mred\u{1b}[0m").text, "ared");
    }

    #[test]
    fn offsets_stay_when_case_goes() {
        let normal = Normal::of("\u{130}X \u{1e9e} ABC");
        assert_eq!(normal.text.len(), normal.lower.len());
    }
}
