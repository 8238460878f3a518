//! Checks of text that a model reads: names, descriptions, schemas, instructions.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::analysis::facts::Place;

use super::check::{Pattern, TextEvidence, TextMatch, TextPlace};
use super::draft::{Draft, shorten};
use super::haystack::Haystack;
use super::source::Sources;
use super::{Confidence, Evidence};

/// Characters that a person does not see and a model reads, or that change what a person sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CharacterClass {
    /// U+E0000–E007F: a second, invisible alphabet.
    Tags,
    /// Embeddings, overrides and isolates, in a text that has no right-to-left letters to need them.
    Bidi,
    /// Spaces and joiners without width, invisible operators, fillers, byte-order marks.
    ZeroWidth,
    /// Those of them that no script and no emoji needs.
    ZeroWidthSpace,
    /// Variation selectors beyond the one that makes emoji: each can carry a byte.
    VariationSelectors,
    /// Control codes that a terminal obeys.
    Escape,
}

/// A text and where it stands.
struct Passage<'a> {
    place: TextPlace,
    /// `the description`, `the parameter text`, …
    called: &'static str,
    text: &'a str,
}

/// No more texts of one schema are looked at; no honest schema has as many.
const MAX_TEXTS: usize = 20_000;
/// No more of one text is looked at than this many bytes.
const MAX_TEXT: usize = 1 << 16;

pub(super) fn find(matcher: &TextMatch, evidence: Evidence) -> Vec<Draft> {
    let facts = evidence.facts;
    let own: BTreeSet<String> = facts.tools.iter().map(|tool| tool.name.to_lowercase()).collect();
    let own_tool = |name: &str| own.contains(&name.to_lowercase());
    let mut drafts = Vec::new();
    let sources = Sources::of(evidence);
    for tool in &facts.tools {
        let mut passages = vec![
            Passage { place: TextPlace::Name, called: "name", text: &tool.name },
            Passage { place: TextPlace::Title, called: "title", text: tool.title.as_deref().unwrap_or_default() },
            Passage { place: TextPlace::Description, called: "description", text: tool.description.as_deref().unwrap_or_default() },
        ];
        if let Some(Json::String(title)) = tool.annotations.get("title") {
            passages.push(Passage { place: TextPlace::Title, called: "title", text: title });
        }
        schema_texts(&tool.input_schema, &mut passages);
        schema_texts(&tool.extra, &mut passages);
        let parameters: BTreeSet<String> = passages.iter().filter(|p| p.place == TextPlace::Parameter).map(|p| p.text.to_lowercase()).collect();
        let known = |name: &str| own.contains(&name.to_lowercase()) || parameters.contains(&name.to_lowercase());
        let said = judge(matcher, &passages, facts.tools_complete.then_some(&known));
        let place = |quote: &str| match &tool.location {
            Some(owner) => sources.below(owner, quote),
            None => sources.in_list(&tool.name, quote),
        };
        drafts.extend(draft(said, &format!("the tool `{}`", shorten(&visible(&tool.name), 80)), &tool.name, place).map(|mut draft| {
            draft.tools = vec![tool.name.clone()];
            draft
        }));
    }
    for offer in facts.prompts.iter().chain(&facts.resources) {
        let mut passages = vec![
            Passage { place: TextPlace::Offer, called: "name", text: &offer.name },
            Passage { place: TextPlace::Offer, called: "title", text: offer.title.as_deref().unwrap_or_default() },
            Passage { place: TextPlace::Offer, called: "description", text: offer.description.as_deref().unwrap_or_default() },
            Passage { place: TextPlace::Offer, called: "address", text: offer.uri.as_deref().unwrap_or_default() },
        ];
        let before = passages.len();
        schema_texts(&offer.extra, &mut passages);
        passages[before..].iter_mut().for_each(|passage| passage.place = TextPlace::Offer);
        let said = judge(matcher, &passages, facts.tools_complete.then_some(&own_tool));
        let place = |quote: &str| match &offer.location {
            Some(owner) => sources.below(owner, quote),
            None => sources.anywhere(quote),
        };
        drafts.extend(draft(said, &format!("`{}`", shorten(&visible(&offer.name), 80)), &offer.name, place));
    }
    if let Some(instructions) = &facts.instructions {
        let passages = [Passage { place: TextPlace::Instructions, called: "instructions", text: instructions }];
        let said = judge(matcher, &passages, facts.tools_complete.then_some(&own_tool));
        let place = |quote: &str| sources.anywhere(quote);
        drafts.extend(draft(said, "the server", "", place));
    }
    drafts
}

/// One piece of evidence found.
struct Said<'a> {
    called: &'static str,
    rule: &'a TextEvidence,
    quote: String,
    /// As it stands in the text, for finding its line.
    raw: String,
}

/// `known`: the names that belong to this server; `None` when not all of them are known.
fn judge<'a>(matcher: &'a TextMatch, passages: &[Passage], known: Option<&dyn Fn(&str) -> bool>) -> Vec<Said<'a>> {
    let mut said: Vec<Said> = Vec::new();
    for passage in passages.iter().filter(|passage| matcher.r#where.contains(&passage.place) && !passage.text.is_empty()) {
        let text = head(passage.text);
        let mut prepared = None;
        for rule in &matcher.evidence {
            let quote = match rule.characters {
                Some(class) => characters(text, class, rule),
                None => words(rule, prepared.get_or_insert_with(|| Prepared::new(text)), known),
            };
            if let Some((raw, quote)) = quote {
                said.push(Said { called: passage.called, rule, quote, raw });
            }
        }
    }
    said
}

/// One finding per tool: the surest evidence speaks, the rest raises nothing but is counted.
fn draft(said: Vec<Said>, owner: &str, key: &str, place: impl Fn(&str) -> Place) -> Option<Draft> {
    let surest = |said: &Said| said.rule.confidence.unwrap_or(Confidence::High);
    let best = said.iter().map(surest).max()?;
    let first = said.iter().find(|one| surest(one) == best)?;
    let mut draft = Draft::at(place(&first.raw));
    draft.confidence = best;
    let mut says: Vec<&str> = Vec::new();
    for one in std::iter::once(first).chain(&said) {
        if !says.contains(&one.rule.says.as_str()) && says.len() < 3 {
            says.push(&one.rule.says);
        }
    }
    draft.words = vec![
        ("place", format!("the {} of {owner}", first.called)),
        ("says", says.join(", ")),
        ("quote", format!("“{}”", shorten(&first.quote, 160))),
    ];
    draft.key = vec![key.to_owned(), first.called.to_owned(), first.rule.says.clone()];
    Some(draft)
}

/// Every text in a schema, keys included, without recursion.
fn schema_texts<'a>(schema: &'a Json, into: &mut Vec<Passage<'a>>) {
    let mut open = vec![schema];
    let mut left = MAX_TEXTS;
    while let Some(value) = open.pop() {
        left = left.saturating_sub(1);
        if left == 0 {
            return;
        }
        match value {
            Json::String(text) => into.push(Passage { place: TextPlace::Parameter, called: "schema", text }),
            Json::Array(items) => open.extend(items.iter().rev()),
            Json::Object(fields) => {
                into.extend(fields.keys().map(|text| Passage { place: TextPlace::Parameter, called: "schema", text }));
                open.extend(fields.iter().rev().map(|(_, value)| value));
            }
            _ => {}
        }
    }
}

fn head(text: &str) -> &str {
    if text.len() <= MAX_TEXT {
        return text;
    }
    let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

/// A text made ready for many searches.
struct Prepared {
    /// With white space collapsed, so that wrapped lines do not matter.
    text: String,
    haystack: Haystack,
    sentences: OnceCell<Vec<String>>,
}

impl Prepared {
    fn new(text: &str) -> Self {
        let mut collapsed = String::with_capacity(text.len());
        let shown: Cow<'_, str> =
            if text.is_ascii() { text.into() } else { text.chars().filter(|letter| !belongs(*letter, CharacterClass::ZeroWidthSpace)).collect() };
        for word in shown.split_whitespace() {
            if !collapsed.is_empty() {
                collapsed.push(' ');
            }
            collapsed.push_str(word);
        }
        Prepared { haystack: Haystack::new(&collapsed), text: collapsed, sentences: OnceCell::new() }
    }

    fn sentences(&self) -> &[String] {
        self.sentences.get_or_init(|| split(&self.text))
    }
}

fn split(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut previous = ' ';
    for (at, letter) in text.char_indices() {
        if letter == ' ' && matches!(previous, '.' | '!' | '?') {
            sentences.push(text[start..at].to_owned());
            start = at + 1;
        }
        previous = letter;
    }
    if start < text.len() {
        sentences.push(text[start..].to_owned());
    }
    sentences
}

fn matches(pattern: &Pattern, text: &str) -> bool {
    pattern.regex().is_some_and(|regex| regex.is_match(text))
}

/// Searches `window` sentences at a time. Returns the text found, raw and for showing.
fn words(rule: &TextEvidence, text: &Prepared, known: Option<&dyn Fn(&str) -> bool>) -> Option<(String, String)> {
    if !rule.all.iter().all(|pattern| pattern.may_match(&text.haystack)) {
        return None;
    }
    let sentences = text.sentences();
    let known: &dyn Fn(&str) -> bool = match known {
        Some(known) => known,
        None if rule.foreign => return None,
        None => &|_| true,
    };
    let first = rule.all.first()?;
    let count = sentences.len();
    for from in 0..count.saturating_sub(rule.window - 1).max(usize::from(count > 0)) {
        let until = (from + rule.window).min(count);
        let joined;
        let text = if until - from == 1 {
            sentences[from].as_str()
        } else {
            joined = sentences[from..until].join(" ");
            joined.as_str()
        };
        // Most sentences of a text with all the words have only some of them: for those nothing needs to be compiled.
        if count > 1 {
            let haystack = Haystack::new(text);
            if !rule.all.iter().all(|pattern| pattern.may_match(&haystack)) {
                continue;
            }
        }
        let first = first.regex()?;
        let found = first.find_iter(text).find(|found| {
            !rule.foreign || first.captures_at(text, found.start()).and_then(|groups| groups.name("tool")).is_some_and(|tool| !known(tool.as_str()))
        });
        let Some(found) = found else { continue };
        let rest = rule.all.iter().skip(1).all(|pattern| matches(pattern, text));
        if rest && !rule.none.iter().any(|pattern| matches(pattern, text)) {
            return Some((found.as_str().to_owned(), visible(around(text, found.start(), found.end()))));
        }
    }
    None
}

/// What is found with some words before and after it.
fn around(text: &str, start: usize, end: usize) -> &str {
    let from = text[..start].char_indices().rev().take(30).last().map_or(start, |(at, _)| at);
    let until = text[end..].char_indices().nth(70).map_or(text.len(), |(at, _)| end + at);
    text[from..until].trim()
}

/// The first run of a class that is long enough.
fn characters(text: &str, class: CharacterClass, rule: &TextEvidence) -> Option<(String, String)> {
    if text.is_ascii() && class != CharacterClass::Escape {
        return None;
    }
    if class == CharacterClass::Bidi && text.chars().any(is_right_to_left) {
        return None;
    }
    if rule.total > 1 && text.chars().filter(|letter| belongs(*letter, class)).count() < rule.total {
        return None;
    }
    let mut start = None;
    let mut length = 0;
    for (at, letter) in text.char_indices().chain([(text.len(), 'a')]) {
        if at < text.len() && belongs(letter, class) {
            start.get_or_insert(at);
            length += 1;
        } else if let Some(from) = start.take() {
            if length >= rule.run {
                return Some((text[from..at].to_owned(), visible(around(text, from, at))));
            }
            length = 0;
        }
    }
    None
}

pub(super) fn belongs(letter: char, class: CharacterClass) -> bool {
    match class {
        CharacterClass::Tags => matches!(letter, '\u{e0000}'..='\u{e007f}'),
        CharacterClass::Bidi => matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
        CharacterClass::ZeroWidth => {
            matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{180e}' | '\u{34f}')
        }
        CharacterClass::ZeroWidthSpace => matches!(letter, '\u{200b}' | '\u{2060}' | '\u{feff}'),
        CharacterClass::VariationSelectors => matches!(letter, '\u{fe00}'..='\u{fe0e}' | '\u{e0100}'..='\u{e01ef}'),
        CharacterClass::Escape => matches!(letter, '\u{1b}' | '\u{9b}' | '\u{8}'),
    }
}

fn is_right_to_left(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// The text with what cannot be seen written out: `U+200B`. Tag characters are shown as the letters they stand for.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        let hidden =
            [CharacterClass::Tags, CharacterClass::Bidi, CharacterClass::ZeroWidth, CharacterClass::VariationSelectors, CharacterClass::Escape]
                .iter()
                .any(|class| belongs(letter, *class));
        if hidden || (letter.is_control() && letter != '\n' && letter != '\t') {
            shown.push_str(&format!("<U+{:04X}>", letter as u32));
        } else {
            shown.push(letter);
        }
    }
    shown
}
