//! Classes of words in many languages, and patterns of them, as data.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use rustc_hash::FxHashMap;

use super::raw::RawWords;
use crate::rules;

/// A class of words, a kind of name, or evidence: what patterns are made of.
pub(super) type Id = u16;

/// Classes that are told by form and by what the server has, not by words.
pub(super) const FORMS: &[&str] = &[
    "TOOL", "NAME", "SIBLING", "SELF", "PARAM", "QUOTE", "PATH", "URL", "EMAIL", "NUMBER", "SIGN", "TAG", "COMMENT", "SHELL", "START", "ROLE", "TURN",
];

pub(super) const TOOL: Id = 0;
pub(super) const NAME: Id = 1;
pub(super) const SIBLING: Id = 2;
pub(super) const SELF: Id = 3;
pub(super) const PARAM: Id = 4;
pub(super) const QUOTE: Id = 5;
pub(super) const PATH: Id = 6;
pub(super) const URL: Id = 7;
pub(super) const EMAIL: Id = 8;
pub(super) const NUMBER: Id = 9;
pub(super) const SIGN: Id = 10;
pub(super) const TAG: Id = 11;
pub(super) const COMMENT: Id = 12;
pub(super) const SHELL: Id = 13;
pub(super) const START: Id = 14;
pub(super) const ROLE: Id = 15;
pub(super) const TURN: Id = 16;

/// Classes whose words the reader of names needs to know.
/// Small words between a verb and a name.
pub(super) const LINKS: &str = "link";
/// What is said of a tool that is called.
pub(super) const PASSIVE: &str = "is-called";
pub(super) const SECRET_PLACE: &str = "secret-place";
pub(super) const CALL_ONLY: &str = "call-only";
/// Words for what a call is made with.
pub(super) const VALUE_WORDS: &str = "param-word";
pub(super) const CALL_STRONG: &str = "call-strong";
pub(super) const CALL_WORDS: &str = "call";
pub(super) const TOOL_WORDS: &str = "tool-word";

/// Words or text with the class they belong to.
#[derive(Debug)]
pub(super) struct Phrase {
    pub(super) text: String,
    /// Any ending may follow.
    pub(super) open: bool,
    pub(super) class: Id,
}

/// One step of a pattern: one of these, at most `gap` tokens after the step before.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) any: Vec<Id>,
    pub(super) gap: usize,
}

#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) parts: Vec<Part>,
    /// In any order, all within so many tokens.
    pub(super) within: Option<usize>,
    /// None of these within the match or in the three tokens after it.
    pub(super) without: Vec<Id>,
    /// None of these within the match or in the four tokens before it.
    pub(super) without_before: Vec<Id>,
}

#[derive(Debug)]
pub(super) struct Kind {
    pub(super) id: Id,
    pub(super) patterns: Vec<Pattern>,
    pub(super) unless: Vec<Id>,
}

/// So many characters tell most phrases apart.
const KEY: usize = 4;
/// Stands where a phrase has no more characters.
const NONE: char = '\0';

/// All words, pieces and evidence.
#[derive(Debug)]
pub struct Lexicon {
    names: Vec<String>,
    by_name: BTreeMap<String, Id>,
    /// By their first characters ([`KEY`]), of shorter ones all of them.
    phrases: FxHashMap<[char; KEY], Vec<Phrase>>,
    pub(super) pieces: Option<AhoCorasick>,
    pub(super) piece_classes: Vec<Id>,
    /// In an order in which each comes after those it is made of.
    pub(super) kinds: Vec<Kind>,
}

/// A pattern has at most so many tokens between its parts.
const LONGEST_GAP: usize = 40;

impl Lexicon {
    /// The embedded one.
    pub fn embedded() -> Result<&'static Lexicon, &'static str> {
        static LEXICON: LazyLock<Result<Lexicon, String>> = LazyLock::new(|| {
            let mut files = Vec::new();
            for (path, json) in rules::WORDS {
                files.push(serde_json::from_str(json).map_err(|error| format!("rules/{path}: {error}"))?);
            }
            Lexicon::new(files)
        });
        LEXICON.as_ref().map_err(String::as_str)
    }

    /// Of files as people write them.
    pub fn parse(files: &[(String, String)]) -> Result<Lexicon, String> {
        let read = |(path, text): &(String, String)| serde_saphyr::from_str(text).map_err(|error| format!("rules/{path}: {error}"));
        Lexicon::new(files.iter().map(read).collect::<Result<_, _>>()?)
    }

    fn new(files: Vec<RawWords>) -> Result<Lexicon, String> {
        let mut lexicon = Lexicon {
            names: Vec::new(),
            by_name: BTreeMap::new(),
            phrases: FxHashMap::default(),
            pieces: None,
            piece_classes: Vec::new(),
            kinds: Vec::new(),
        };
        for form in FORMS {
            lexicon.name(form);
        }
        let mut pieces = Vec::new();
        for file in &files {
            for (class, languages) in &file.classes {
                let class = lexicon.name(class);
                for phrase in languages.values().flat_map(|words| words.split(',')) {
                    lexicon.phrase(class, phrase)?;
                }
            }
            for (class, words) in &file.pieces {
                let class = lexicon.name(class);
                for piece in words.split(',').map(str::trim).filter(|piece| !piece.is_empty()) {
                    pieces.push(piece.to_lowercase());
                    lexicon.piece_classes.push(class);
                }
            }
        }
        if !pieces.is_empty() {
            let builder = aho_corasick::AhoCorasickBuilder::new().match_kind(aho_corasick::MatchKind::Standard).build(&pieces);
            lexicon.pieces = Some(builder.map_err(|error| error.to_string())?);
        }
        let mut open: Vec<_> = files.iter().flat_map(|file| &file.evidence).collect();
        let kinds: Vec<&String> = open.iter().map(|(name, _)| *name).collect();
        // What a kind is made of comes before it.
        while !open.is_empty() {
            let before = open.len();
            let mut later = Vec::new();
            for (name, raw) in open {
                let needs = raw.any.iter().flat_map(|pattern| words_of(pattern)).chain(raw.unless.iter().map(String::as_str));
                let ready = needs.into_iter().all(|word| !kinds.iter().any(|kind| *kind == word) || lexicon.by_name.contains_key(word));
                if ready && !lexicon.by_name.contains_key(name) {
                    let patterns = raw.any.iter().map(|text| lexicon.pattern(text).map_err(|what| format!("{name}: `{text}`: {what}")));
                    let patterns = patterns.collect::<Result<_, _>>()?;
                    let unless = raw.unless.iter().map(|word| lexicon.known(word).ok_or_else(|| format!("{name}: there is no `{word}`")));
                    let unless = unless.collect::<Result<_, _>>()?;
                    let kind = Kind { id: lexicon.name(name), patterns, unless };
                    lexicon.kinds.push(kind);
                } else {
                    later.push((name, raw));
                }
            }
            open = later;
            if open.len() == before {
                let names: Vec<&str> = open.iter().map(|(name, _)| name.as_str()).collect();
                return Err(format!("evidence that is made of itself, or is there twice: {}", names.join(", ")));
            }
        }
        Ok(lexicon)
    }

    fn name(&mut self, name: &str) -> Id {
        let next = Id::try_from(self.names.len()).unwrap_or(Id::MAX);
        let id = *self.by_name.entry(name.to_owned()).or_insert(next);
        if id == next {
            self.names.push(name.to_owned());
        }
        id
    }

    /// Whether there is a class or evidence of this name.
    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    pub(super) fn known(&self, name: &str) -> Option<Id> {
        self.by_name.get(name).copied()
    }

    pub(super) fn count(&self) -> usize {
        self.names.len()
    }

    pub(super) fn name_of(&self, id: Id) -> &str {
        self.names.get(usize::from(id)).map_or("", String::as_str)
    }

    fn phrase(&mut self, class: Id, text: &str) -> Result<(), String> {
        let text = text.trim().to_lowercase();
        let (text, open) = match text.strip_suffix('*') {
            Some(stem) => (stem.to_owned(), true),
            None => (text, false),
        };
        if text.is_empty() {
            return Ok(());
        }
        if text.contains('*') {
            return Err(format!("`{text}`: `*` stands at the end of a word"));
        }
        let mut key = [NONE; KEY];
        key.iter_mut().zip(text.chars()).for_each(|(place, letter)| *place = letter);
        self.phrases.entry(key).or_default().push(Phrase { text, open, class });
        Ok(())
    }

    /// The phrases that a text may begin with.
    pub(super) fn phrases(&self, text: &str) -> impl Iterator<Item = &Phrase> {
        let mut key = [NONE; KEY];
        let mut letters = text.chars();
        let found = (0..KEY).map_while(move |place| {
            key[place] = letters.next()?;
            Some(self.phrases.get(&key).map_or(&[][..], Vec::as_slice))
        });
        found.flatten()
    }

    fn pattern(&mut self, text: &str) -> Result<Pattern, String> {
        let mut pattern = Pattern { parts: Vec::new(), within: None, without: Vec::new(), without_before: Vec::new() };
        let mut gap = 1;
        for word in text.split_whitespace() {
            if let Some(number) = word.strip_prefix("..") {
                gap = number.parse().map_err(|_| format!("`{word}` is no distance"))?;
            } else if let Some(number) = word.strip_prefix('/') {
                pattern.within = Some(number.parse().map_err(|_| format!("`{word}` is no distance"))?);
            } else if let Some(names) = word.strip_prefix("!<") {
                pattern.without_before.extend(self.ids(names)?);
            } else if let Some(names) = word.strip_prefix('!') {
                pattern.without.extend(self.ids(names)?);
            } else {
                pattern.parts.push(Part { any: self.ids(word)?, gap });
                gap = 1;
            }
        }
        let longest = pattern.parts.iter().map(|part| part.gap).chain(pattern.within).max();
        match longest {
            None => Err("it is empty".to_owned()),
            Some(longest) if longest > LONGEST_GAP => Err(format!("distances are at most {LONGEST_GAP}")),
            Some(_) => Ok(pattern),
        }
    }

    fn ids(&mut self, names: &str) -> Result<Vec<Id>, String> {
        let mut ids = Vec::new();
        for name in names.split('|') {
            let id = match name.strip_prefix('=') {
                Some(word) => {
                    let id = self.name(name);
                    if usize::from(id) + 1 == self.names.len() {
                        self.phrase(id, &word.replace('_', " "))?;
                    }
                    id
                }
                None => self.known(name).ok_or_else(|| format!("there is no `{name}`"))?,
            };
            ids.push(id);
        }
        Ok(ids)
    }
}

fn words_of(pattern: &str) -> impl Iterator<Item = &str> {
    pattern
        .split_whitespace()
        .filter(|word| !word.starts_with("..") && !word.starts_with('/'))
        .flat_map(|word| word.trim_start_matches('!').trim_start_matches('<').split('|'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_words_are_well_formed() {
        let lexicon = Lexicon::embedded().unwrap();
        assert!(lexicon.kinds.len() > 20);
        assert!(lexicon.known(CALL_WORDS).is_some() && lexicon.known(TOOL_WORDS).is_some());
    }

    #[test]
    fn mistakes_are_named() {
        let of = |text: &str| Lexicon::parse(&[("x.yml".to_owned(), text.to_owned())]).map(|_| ()).unwrap_err();
        assert!(of("evidence: {a: {says: b, any: [nothing]}}").contains("there is no `nothing`"));
        assert!(of("evidence: {a: {says: b, any: [a]}}").contains("made of itself"));
        assert!(of("classes: {c: {en: 'x*y'}}").contains("at the end"));
    }
}
