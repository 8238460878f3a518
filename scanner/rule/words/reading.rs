//! One text read: its tokens, and everything found among them.

use super::keeps::{KEEPS, keeps_secrets};
use super::lexicon::{EMAIL, Lexicon, NUMBER, PATH, QUOTE, SECRET_PLACE, SIGN, START, URL};
use super::names::Names;
use super::normal::Normal;
use super::pattern::{Mark, Marks};
use super::token::{Form, Token, Tokens, is_dense, read};

#[derive(Debug)]
pub(super) struct Reading {
    pub(super) normal: Normal,
    pub(super) tokens: Tokens,
    pub(super) marks: Marks,
}

impl Reading {
    /// `own` is the tool that the text describes.
    pub(super) fn of(lexicon: &Lexicon, raw: &str, names: &Names, own: &str) -> Self {
        let normal = Normal::of(raw);
        let tokens = read(&normal.text);
        let mut reading = Reading { normal, tokens, marks: Marks::new(lexicon.count()) };
        reading.words(lexicon);
        reading.pieces(lexicon);
        reading.forms(lexicon);
        reading.markup();
        reading.names(lexicon, names, own);
        reading.marks.sort();
        reading.marks.judge(lexicon);
        reading
    }

    pub(super) fn shown(&self, token: &Token) -> &str {
        self.normal.text.get(token.start..token.end).unwrap_or_default()
    }

    /// What a mark stands for in the text.
    pub(super) fn text_of(&self, mark: Mark) -> &str {
        let start = self.tokens.list.get(mark.start).map_or(0, |token| token.start);
        let end = self.tokens.list.get(mark.end.clamp(1, self.tokens.list.len().max(1)) - 1).map_or(start, |token| token.end);
        self.normal.text.get(start..end.max(start)).unwrap_or_default()
    }

    /// The first token that begins at or after a place.
    pub(super) fn token_at(&self, place: usize) -> usize {
        self.tokens.list.partition_point(|token| token.start < place)
    }

    fn words(&mut self, lexicon: &Lexicon) {
        let lower = self.normal.lower.as_str();
        let mut found = Vec::new();
        for (at, token) in self.tokens.list.iter().enumerate() {
            if matches!(token.form, Form::Sign | Form::Url | Form::Email) {
                continue;
            }
            let word = &lower[token.start..token.end];
            for start in beginnings(word).map(|offset| token.start + offset) {
                let rest = &lower[start..];
                for phrase in lexicon.phrases(rest) {
                    let Some(after) = rest.strip_prefix(phrase.text.as_str()) else { continue };
                    let dense = phrase.text.chars().next_back().is_some_and(|letter| is_dense(letter) || matches!(letter, '\u{ac00}'..='\u{d7af}'));
                    if !phrase.open && !dense && !ends_here(after) {
                        continue;
                    }
                    let last = start + phrase.text.len();
                    let end = self.tokens.list[at..].iter().position(|token| token.end >= last).map_or(at + 1, |more| at + more + 1);
                    found.push((phrase.class, Mark { start: at, end, sentence: token.sentence }));
                }
            }
        }
        for (class, mark) in found {
            self.marks.add(class, mark);
        }
    }

    /// Pieces of paths, names and addresses.
    fn pieces(&mut self, lexicon: &Lexicon) {
        let Some(pieces) = &lexicon.pieces else { return };
        let lower = self.normal.lower.as_str();
        let mut found = Vec::new();
        for piece in pieces.find_overlapping_iter(lower) {
            let text = &lower[piece.start()..piece.end()];
            let edge = |letter: Option<char>, own: Option<char>| {
                !letter.is_some_and(|letter| letter.is_alphanumeric() && !is_dense(letter)) || !own.is_some_and(char::is_alphanumeric)
            };
            // What begins with a dot is not the ending of a name.
            let joined = text.starts_with('.') && lower[..piece.start()].ends_with(|letter: char| letter.is_alphanumeric());
            if joined
                || !edge(lower[..piece.start()].chars().next_back(), text.chars().next())
                || !edge(lower[piece.end()..].chars().next(), text.chars().next_back())
            {
                continue;
            }
            let at = self.tokens.list.partition_point(|token| token.end <= piece.start());
            if let Some(token) = self.tokens.list.get(at).filter(|token| token.start < piece.end()) {
                let end = self.tokens.list[at..].iter().position(|token| token.end >= piece.end()).map_or(at + 1, |more| at + more + 1);
                let class = lexicon.piece_classes.get(piece.pattern().as_usize()).copied();
                // A word that gives a host away is one only in an address.
                let class = class.filter(|class| {
                    !lexicon.name_of(*class).ends_with("-host") || matches!(token.form, Form::Url | Form::Email) || self.shown(token).contains('.')
                });
                found.extend(class.map(|class| (class, Mark { start: at, end, sentence: token.sentence })));
            }
        }
        for (class, mark) in found {
            self.marks.add(class, mark);
        }
    }

    fn forms(&mut self, lexicon: &Lexicon) {
        let secret = lexicon.known(SECRET_PLACE);
        let mut sentence = u32::MAX;
        for (at, token) in self.tokens.list.iter().enumerate() {
            let mark = Mark { start: at, end: at + 1, sentence: token.sentence };
            match token.form {
                Form::Url => {
                    self.marks.add(URL, mark);
                    let address = &self.normal.lower[token.start..token.end];
                    let local = !["http", "ws", "ftp"].iter().any(|scheme| address.starts_with(scheme));
                    if let Some(id) = secret.filter(|_| local && KEEPS.iter().any(|word| address.contains(word))) {
                        self.marks.add(id, mark);
                    }
                }
                Form::Email => self.marks.add(EMAIL, mark),
                Form::Path => {
                    self.marks.add(PATH, mark);
                    if let Some(id) = secret.filter(|_| keeps_secrets(&self.normal.lower[token.start..token.end])) {
                        self.marks.add(id, mark);
                    }
                }
                Form::Number => self.marks.add(NUMBER, mark),
                Form::Sign => self.marks.add(SIGN, mark),
                Form::Word | Form::Name => {}
            }
            if token.quoted {
                self.marks.add(QUOTE, mark);
            }
            if token.sentence != sentence {
                sentence = token.sentence;
                // Stands before the first word, so that a part may follow it without a gap.
                self.marks.add(START, Mark { start: at, end: at, sentence });
            }
        }
        for &(start, end) in &self.tokens.quotes {
            let sentence = self.tokens.list[start].sentence;
            self.marks.add(QUOTE, Mark { start, end, sentence });
        }
    }
}

/// Where words may begin in what is written as one: after Arabic prefixes, and after the parts of a name.
fn beginnings(word: &str) -> impl Iterator<Item = usize> {
    let mut starts = vec![0];
    let mut rest = word;
    for prefixes in [&["و", "ف"][..], &["ب", "ل", "ك", "س"], &["ال", "ل"]] {
        if let Some(prefix) = prefixes.iter().find(|prefix| rest.starts_with(**prefix)) {
            rest = &rest[prefix.len()..];
            starts.push(word.len() - rest.len());
        }
    }
    // `l'outil`, `d'appeler`: the article belongs to the word in writing only.
    if let Some(at) = word.find('\'').filter(|at| *at <= 4 && *at + 1 < word.len()) {
        starts.push(at + 1);
    }
    starts.into_iter()
}

/// Whether a word ends where this begins.
fn ends_here(after: &str) -> bool {
    let mut letters = after.chars();
    match letters.next() {
        None => true,
        Some('\'') => letters.next() == Some('s') || !letters.next().is_some_and(char::is_alphanumeric),
        // `Write-Log` is a name.
        Some('-') => !letters.next().is_some_and(char::is_uppercase),
        Some(letter) => {
            !letter.is_alphanumeric() && letter != '_' && (!matches!(letter, '\u{900}'..='\u{97f}') || matches!(letter, '।' | '॥'))
                || is_dense(letter)
        }
    }
}
