//! Names in a text: which are the server's own, and which are those of tools that it does not have.

use std::collections::BTreeSet;

use super::lexicon::{CALL_ONLY, CALL_STRONG, CALL_WORDS, Id, LINKS, Lexicon, NAME, PARAM, PASSIVE, SELF, SIBLING, TOOL, TOOL_WORDS, VALUE_WORDS};
use super::named::{Said, looks_like_name};
use super::pattern::Mark;
use super::reading::Reading;
use super::token::{Form, Token, is_dense};

/// Names that a server speaks of as its own, written in one way.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) tools: BTreeSet<String>,
    /// Parameters, values of enumerations and other words of the schemas.
    pub(super) words: BTreeSet<String>,
    /// Whether all tools are known; a name is foreign only then.
    pub(super) complete: bool,
}

/// `read-file`, `readFile` and `read_file` are one name.
pub(super) fn plain_name(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Reading {
    /// Whether one of the marks stands before a name, with nothing but small words between, or after it: at once, or, where verbs
    /// come last, within a few words.
    fn beside(&self, at: usize, marks: &[Mark], links: &[Mark], after: Option<usize>) -> bool {
        let Some(token) = self.tokens.list.get(at) else { return false };
        let ends_at = |end: usize| {
            marks[marks.partition_point(|mark| mark.start + 6 < end)..].iter().take_while(|mark| mark.start < end).any(|mark| mark.end == end)
        };
        let dense_before =
            self.normal.text[..token.start].trim_end_matches(['\'', '"', '`', '「', '『', '“', ' ']).chars().next_back().is_some_and(is_dense);
        let mut end = at;
        for _ in 0..if dense_before { 7 } else { 3 } {
            if ends_at(end) {
                return true;
            }
            let linked = dense_before
                || links[links.partition_point(|mark| mark.start + 4 < end)..].iter().take_while(|mark| mark.start < end).any(|mark| mark.end == end);
            if end == 0 || !linked {
                break;
            }
            end -= 1;
            if self.tokens.list.get(end).is_none_or(|before| before.sentence != token.sentence) {
                break;
            }
        }
        let rest = self.normal.text[token.end..].trim_start_matches(['\'', '"', '`', '」', '』', '”', ' ']);
        let reach = if rest.starts_with(is_script_with_late_verbs) { Some(8) } else { after };
        let Some(reach) = reach else { return false };
        marks[marks.partition_point(|mark| mark.start <= at)..]
            .iter()
            .take_while(|mark| mark.start <= at + 1 + reach)
            .any(|mark| mark.sentence == token.sentence)
    }

    /// Whether it is followed by a value: `limit=5`, `"limit": 5`.
    fn is_key(&self, token: &Token) -> bool {
        let after = &self.normal.text[token.end..];
        let after = if token.quoted { after.get(1..).unwrap_or_default() } else { after };
        after.starts_with('=') || (token.quoted && after.starts_with(':')) || after.starts_with(": ")
    }

    /// Which names are the server's own, and which are those of tools that it does not have.
    pub(super) fn names(&mut self, lexicon: &Lexicon, names: &Names, own: &str) {
        let own = plain_name(own);
        let mut sorted: Vec<(Id, Mark)> = Vec::new();
        let (call, tool_word) = (lexicon.known(CALL_WORDS), lexicon.known(TOOL_WORDS));
        let marks_of = |id: Option<Id>| id.map_or(&[][..], |id| self.marks.of(id));
        let mut calls: Vec<Mark> = marks_of(call).to_vec();
        let mut strong: Vec<Mark> = marks_of(lexicon.known(CALL_STRONG)).to_vec();
        let mut words: Vec<Mark> = marks_of(tool_word).to_vec();
        let mut links: Vec<Mark> = marks_of(lexicon.known(LINKS)).to_vec();
        let passive: Vec<Mark> = marks_of(lexicon.known(PASSIVE)).to_vec();
        let mut only: Vec<Mark> = marks_of(lexicon.known(CALL_ONLY)).to_vec();
        only.sort_unstable();
        let value_words: Vec<Mark> = marks_of(lexicon.known(VALUE_WORDS)).to_vec();
        links.extend(&words);
        links.sort_unstable();
        strong.sort_unstable();
        calls.sort_unstable();
        words.sort_unstable();
        for (at, token) in self.tokens.list.iter().enumerate() {
            let shown = self.shown(token);
            if !matches!(token.form, Form::Name | Form::Word) || shown.len() < 2 || shown.len() > 80 {
                continue;
            }
            let mark = Mark { start: at, end: at + 1, sentence: token.sentence };
            let plain = plain_name(shown);
            let known = names.tools.contains(&plain);
            let named = token.form == Form::Name || token.quoted;
            if known && (named || shown.contains(['-', '.'])) {
                sorted.push((if plain == own { SELF } else { SIBLING }, mark));
                continue;
            }
            if names.words.contains(&plain) {
                if named {
                    sorted.push((PARAM, mark));
                }
                continue;
            }
            if !looks_like_name(shown) || self.is_key(token) {
                continue;
            }
            let kebab = shown.contains('-');
            if named {
                if names.complete {
                    sorted.push((NAME, mark));
                }
            } else if !kebab {
                continue;
            }
            let value = at.checked_sub(1).and_then(|before| self.tokens.list.get(before)).is_some_and(|before| self.shown(before) == "=");
            if value || value_words.iter().any(|mark| mark.start == at + 1 && mark.sentence == token.sentence) {
                continue;
            }
            let said = Said {
                quoted: token.quoted,
                titled: self.beside(at, &words, &links, Some(0)),
                called: self.beside(at, &calls, &links, None),
                strongly: self.beside(at, &strong, &links, None),
                only_called: self.beside(at, &only, &links, None),
                passive: passive.iter().any(|mark| mark.sentence == token.sentence && mark.start > at && mark.start <= at + 2),
            };
            let plausible = said.is_tool(shown);
            if plausible && names.complete {
                sorted.push((TOOL, mark));
            }
        }
        for (id, mark) in sorted {
            self.marks.add(id, mark);
        }
    }
}

/// Korean, Japanese, Chinese and Hindi put the verb after the name.
fn is_script_with_late_verbs(letter: char) -> bool {
    is_dense(letter) || matches!(letter, '\u{ac00}'..='\u{d7af}' | '\u{900}'..='\u{97f}')
}
