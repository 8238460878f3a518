//! What the texts of a server whisper to a model.
//!
//! A text is read as it is and as it decodes to ([`layer`]); in each reading, classes of words and forms are found
//! ([`reading`]), patterns of them are evidence ([`pattern`], data in `rules/words/`), and a check says which evidence together, within
//! how many sentences, is a finding. All of it is linear in the length of the texts.

use serde_json::Value as Json;

use crate::analysis::facts::{Offer, Place, Tool};

use super::check::{TextPlace, WordsEvidence, WordsMatch};
use super::draft::{Draft, shorten};
use super::source::Sources;
use super::text::visible;
use super::{Confidence, Evidence};

mod channel;
mod layer;
mod lexicon;
mod normal;
mod pattern;
pub(super) mod raw;
mod reading;
mod shape;
mod token;

use channel::Channel;
use lexicon::Id;
pub use lexicon::Lexicon;
use pattern::Mark;
use reading::{Names, Reading, plain_name};
pub(super) use shape::Shape;

/// A text is read in pieces of this many bytes.
const PIECE: usize = 1 << 15;
/// And one piece begins this many bytes before the last one ends, so that nothing is cut in two.
const OVERLAP: usize = 1 << 10;

/// The findings of each matcher, in their order.
pub(super) fn find(matchers: &[&WordsMatch], evidence: Evidence, lexicon: &Lexicon) -> Vec<Vec<Draft>> {
    let mut drafts: Vec<Vec<Draft>> = matchers.iter().map(|_| Vec::new()).collect();
    if matchers.is_empty() {
        return drafts;
    }
    let facts = evidence.facts;
    let judges: Vec<Judge> = matchers.iter().map(|matcher| Judge::new(matcher, lexicon)).collect();
    let names = names_of(&facts.tools, facts.tools_complete);
    let sources = Sources::of(evidence);
    let server: String = facts.tools.iter().take(400).map(|tool| channel::apart(&tool.name) + "\n").collect();
    let about_server = Reading::of(lexicon, &server, &Names::default(), "");

    let mut take = |channels: &[Channel], own: &str, owner: &str, tools: &[String], place: &dyn Fn(&str) -> Place| {
        let about_tool = Reading::of(lexicon, &channel::apart(own), &Names::default(), "");
        let about = |id: Id| !about_tool.marks.of(id).is_empty() || !about_server.marks.of(id).is_empty();
        let mut said: Vec<Vec<Said>> = judges.iter().map(|_| Vec::new()).collect();
        for channel in channels.iter().filter(|channel| !channel.raw.is_empty()) {
            for piece in pieces(&channel.raw) {
                let direct = Reading::of(lexicon, piece, &names, own);
                let layers = layer::decode(piece);
                let decoded: Vec<(Reading, &layer::Layer)> =
                    layers.iter().map(|layer| (Reading::of(lexicon, &layer.text, &names, own), layer)).collect();
                let apart = channel.words.as_deref().map(|words| Reading::of(lexicon, words, &names, own));
                for (judge, said) in judges.iter().zip(&mut said) {
                    judge.shapes(lexicon, channel, piece, &direct, &layers, said);
                    judge.words(channel, &direct, None, &about, said);
                    for (reading, layer) in &decoded {
                        judge.words(channel, reading, Some(layer), &about, said);
                    }
                    if let Some(reading) = &apart {
                        judge.words(channel, reading, None, &about, said);
                    }
                }
            }
        }
        for (into, said) in drafts.iter_mut().zip(said) {
            into.extend(draft(said, owner, own, place).map(|mut draft| {
                draft.tools = tools.to_vec();
                draft
            }));
        }
    };

    for tool in &facts.tools {
        let place = |quote: &str| match &tool.location {
            Some(owner) => sources.below(owner, quote),
            None => sources.in_list(&tool.name, quote),
        };
        let owner = format!("the tool `{}`", shorten(&visible(&tool.name), 80));
        take(&channel::of_tool(tool), &tool.name, &owner, std::slice::from_ref(&tool.name), &place);
    }
    if judges.iter().any(Judge::reads_results) {
        for (deed, text) in channel::results(facts) {
            let tool = deed.tools.first().map(String::as_str).unwrap_or_default();
            let owner = format!("the tool `{}`", shorten(&visible(tool), 80));
            take(&[channel::plain(TextPlace::Result, "answer", text)], tool, &owner, &deed.tools, &|_| deed.location.clone());
        }
    }
    let offer = |offer: &Offer| {
        [
            channel::plain(TextPlace::Offer, "name", &offer.name),
            channel::plain(TextPlace::Offer, "description", offer.description.as_deref().unwrap_or_default()),
        ]
    };
    for one in facts.prompts.iter().chain(&facts.resources) {
        let place = |quote: &str| match &one.location {
            Some(owner) => sources.below(owner, quote),
            None => sources.anywhere(quote),
        };
        let owner = format!("`{}`", shorten(&visible(&one.name), 80));
        take(&offer(one), &one.name, &owner, &[], &place);
    }
    if let Some(instructions) = &facts.instructions {
        take(&[channel::plain(TextPlace::Instructions, "instructions", instructions)], "", "the server", &[], &|quote| sources.anywhere(quote));
    }
    drafts
}

/// The names that the server's texts may use for what is its own.
fn names_of(tools: &[Tool], complete: bool) -> Names {
    let mut names = Names { complete, ..Names::default() };
    for tool in tools {
        names.tools.insert(plain_name(&tool.name));
        let mut open = vec![(&tool.input_schema, false), (&tool.extra, false)];
        while let Some((value, named)) = open.pop() {
            match value {
                Json::Object(fields) => {
                    for (key, value) in fields {
                        if named {
                            names.words.insert(plain_name(key));
                        }
                        open.push((value, !named && matches!(key.as_str(), "properties" | "$defs" | "definitions")));
                    }
                }
                Json::Array(items) => open.extend(items.iter().map(|item| (item, false))),
                Json::String(text) if text.len() < 60 => {
                    names.words.insert(plain_name(text));
                }
                _ => {}
            }
        }
    }
    names
}

/// A long text in overlapping pieces.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    let boundary = |mut at: usize| {
        while at < text.len() && !text.is_char_boundary(at) {
            at += 1;
        }
        at.min(text.len())
    };
    std::iter::from_fn(move || {
        if from >= text.len() {
            return None;
        }
        let end = boundary(from + PIECE);
        let piece = &text[from..end];
        from = if end == text.len() { end } else { boundary(end - OVERLAP) };
        Some(piece)
    })
}

/// One piece of evidence found.
pub(super) struct Said<'a> {
    called: String,
    says: &'a str,
    confidence: Confidence,
    /// What stands there, for showing.
    quote: String,
    /// Which words gave which evidence.
    because: String,
    /// As it stands in the text, for finding its line.
    raw: String,
}

/// A matcher with its names looked up.
struct Judge<'a> {
    matcher: &'a WordsMatch,
    rules: Vec<Rule<'a>>,
}

struct Rule<'a> {
    evidence: &'a WordsEvidence,
    all: Vec<Vec<Id>>,
    of: Vec<Vec<Id>>,
    none: Vec<Id>,
    not_about: Vec<Id>,
}

impl<'a> Judge<'a> {
    fn new(matcher: &'a WordsMatch, lexicon: &'a Lexicon) -> Self {
        let ids = |names: &String| names.split('|').filter_map(|name| lexicon.known(name.trim())).collect::<Vec<Id>>();
        let rules = matcher
            .evidence
            .iter()
            .filter(|evidence| evidence.shape.is_none())
            .map(|evidence| Rule {
                evidence,
                all: evidence.all.iter().map(ids).collect(),
                of: evidence.of.iter().map(ids).collect(),
                none: evidence.none.iter().flat_map(ids).collect(),
                not_about: evidence.not_about.iter().flat_map(ids).collect(),
            })
            .collect();
        Judge { matcher, rules }
    }

    fn reads_results(&self) -> bool {
        self.matcher.evidence.iter().any(|evidence| self.reads(evidence, TextPlace::Result))
    }

    fn reads(&self, evidence: &WordsEvidence, place: TextPlace) -> bool {
        evidence.r#where.as_ref().unwrap_or(&self.matcher.r#where).contains(&place)
    }

    fn shapes(&self, lexicon: &Lexicon, channel: &Channel, piece: &str, reading: &Reading, layers: &[layer::Layer], said: &mut Vec<Said<'a>>) {
        for evidence in &self.matcher.evidence {
            let Some(shape) = evidence.shape else { continue };
            if !self.reads(evidence, channel.place) {
                continue;
            }
            if let Some(found) = shape::find(shape, evidence, lexicon, channel, piece, reading, layers) {
                said.push(Said {
                    called: channel.called.clone(),
                    says: &evidence.says,
                    confidence: evidence.confidence.unwrap_or(Confidence::High),
                    quote: visible(&shorten(&found.shown, 200)),
                    because: found.because,
                    raw: found.raw,
                });
            }
        }
    }

    fn words(&self, channel: &Channel, reading: &Reading, layer: Option<&layer::Layer>, about: &dyn Fn(Id) -> bool, said: &mut Vec<Said<'a>>) {
        for rule in &self.rules {
            let evidence = rule.evidence;
            if !self.reads(evidence, channel.place) || rule.not_about.iter().any(|id| about(*id)) {
                continue;
            }
            let Some(found) = rule.find(reading) else { continue };
            let (first, last) = found.iter().fold((usize::MAX, 0), |(first, last), mark| (first.min(mark.start), last.max(mark.end)));
            let sentence = found.iter().map(|mark| mark.sentence).min().unwrap_or(0);
            let whole = reading.text_of(Mark { start: first, end: last, sentence });
            let mut because: Vec<String> = found.iter().map(|mark| format!("“{}”", shorten(&visible(reading.text_of(*mark)), 60))).collect();
            because.dedup();
            let hidden = layer.map_or(String::new(), |layer| format!(" (decoded from {})", layer.how));
            said.push(Said {
                called: channel.called.clone(),
                says: &evidence.says,
                confidence: evidence.confidence.unwrap_or(Confidence::High),
                quote: format!("{}{hidden}", visible(&shorten(whole, 220))),
                because: because.join(" + "),
                raw: match layer {
                    Some(layer) => layer.raw.clone(),
                    // A name stands there as it is, not taken apart.
                    None if channel.words.is_some() => channel.raw.clone(),
                    None => reading.text_of(Mark { start: first, end: first + 6, sentence }).to_owned(),
                },
            });
        }
    }
}

impl Rule<'_> {
    /// One mark for each part, all within the window.
    fn find(&self, reading: &Reading) -> Option<Vec<Mark>> {
        let marks = &reading.marks;
        let least = self.evidence.least.unwrap_or(2);
        if self.all.iter().any(|ids| ids.iter().all(|id| marks.of(*id).is_empty())) {
            return None;
        }
        let window = u32::try_from(self.evidence.window).unwrap_or(1);
        if !self.of.is_empty() && self.of.iter().filter(|ids| ids.iter().any(|id| !marks.of(*id).is_empty())).count() < least {
            return None;
        }
        let mut starts: Vec<u32> = self.all.iter().chain(&self.of).flatten().flat_map(|id| marks.of(*id)).map(|mark| mark.sentence).collect();
        starts.sort_unstable();
        starts.dedup();
        starts.into_iter().find_map(|from| {
            let inside = |mark: &&Mark| mark.sentence >= from && mark.sentence < from + window;
            let in_window = |id: &Id| {
                let list = marks.of(*id);
                list[list.partition_point(|mark| mark.sentence < from)..].iter().find(inside).copied()
            };
            if self.none.iter().any(|id| in_window(id).is_some()) {
                return None;
            }
            let mut found: Vec<Mark> = self.all.iter().map(|ids| ids.iter().filter_map(&in_window).min()).collect::<Option<_>>()?;
            if !self.of.is_empty() {
                let some: Vec<Mark> = self.of.iter().filter_map(|ids| ids.iter().filter_map(&in_window).min()).collect();
                if some.len() < least {
                    return None;
                }
                found.extend(some);
            }
            Some(found)
        })
    }
}

/// One finding per owner: the surest evidence speaks, the rest is added to it.
fn draft(said: Vec<Said<'_>>, owner: &str, key: &str, place: &dyn Fn(&str) -> Place) -> Option<Draft> {
    let best = said.iter().map(|said| said.confidence).max()?;
    let first = said.iter().find(|one| one.confidence == best)?;
    let mut draft = Draft::at(place(&first.raw));
    draft.confidence = best;
    let mut says: Vec<&str> = Vec::new();
    for one in std::iter::once(first).chain(&said) {
        if !says.contains(&one.says) && says.len() < 3 {
            says.push(one.says);
        }
    }
    draft.words = vec![
        ("place", format!("the {} of {owner}", visible(&shorten(&first.called, 120)))),
        ("says", says.join(", ")),
        ("quote", format!("“{}”", first.quote)),
        ("because", first.because.clone()),
    ];
    draft.key = vec![key.to_owned(), first.called.clone(), first.says.to_owned()];
    Some(draft)
}
