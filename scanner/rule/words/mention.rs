//! Where the texts of one server speak of the tools of another.

use std::collections::BTreeMap;

use crate::analysis::facts::{Place, ServerFacts};
use crate::rule::check::TextPlace;
use crate::rule::draft::shorten;
use crate::rule::text::visible;

use super::channel::{self, Channel};
use super::lexicon::{Id, Lexicon};
use super::names::plain_name;
use super::reading::Reading;
use super::{names_of, pieces};

/// Sentences around a name in which an order is about it.
const AROUND: u32 = 1;
/// No more are told of one server.
const MOST: usize = 200;

/// Evidence that makes a mention an order: any of `all`, and none of `none`, in the sentences around the name.
pub(in crate::rule) struct Listened<'l> {
    lexicon: &'l Lexicon,
    all: Vec<Id>,
    none: Vec<Id>,
}

impl<'l> Listened<'l> {
    pub(in crate::rule) fn new(lexicon: &'l Lexicon, all: &[String], none: &[String]) -> Self {
        let ids = |names: &[String]| names.iter().filter_map(|name| lexicon.known(name)).collect();
        Listened { lexicon, all: ids(all), none: ids(none) }
    }
}

/// Who speaks: a tool, a prompt, the server itself.
pub(in crate::rule) struct Speaker {
    /// Empty when it is no tool.
    pub(in crate::rule) tool: String,
    /// ``the tool `x` ``
    pub(in crate::rule) owner: String,
    pub(in crate::rule) location: Place,
}

pub(in crate::rule) struct Mention {
    pub(in crate::rule) speaker: Speaker,
    /// `description`, …
    pub(in crate::rule) called: String,
    /// As it is written, and the plain name by which the other tool is known.
    pub(in crate::rule) name: String,
    pub(in crate::rule) plain: String,
    pub(in crate::rule) quote: String,
    /// The words that make it an order.
    pub(in crate::rule) order: Option<String>,
}

/// `others`: tools of other servers, plain name → as they are called there.
pub(in crate::rule) fn mentions(facts: &ServerFacts, others: &BTreeMap<String, &str>, listened: &Listened) -> Vec<Mention> {
    let names = names_of(&facts.tools, facts.tools_complete);
    let mut found = Vec::new();
    let mut listen = |channels: &[Channel], own: &str, speaker: &dyn Fn() -> Speaker| {
        for channel in channels.iter().filter(|channel| channel.place != TextPlace::Name && may_name(&channel.raw)) {
            for piece in pieces(&channel.raw) {
                if found.len() >= MOST {
                    return;
                }
                let reading = Reading::of(listened.lexicon, piece, &names, own);
                for token in &reading.tokens.list {
                    let shown = reading.normal.text.get(token.start..token.end).unwrap_or_default();
                    let plain = plain_name(shown);
                    let Some(theirs) = others.get(&plain) else { continue };
                    let its_own = names.tools.contains(&plain) || names.words.contains(&plain);
                    if its_own || !(is_distinctive(theirs) && is_distinctive(shown) || token.quoted && shown == *theirs) {
                        continue;
                    }
                    let near = |id: &Id| reading.marks.of(*id).iter().find(|mark| mark.sentence.abs_diff(token.sentence) <= AROUND).copied();
                    let order = if listened.none.iter().any(|id| near(id).is_some()) { None } else { listened.all.iter().find_map(near) };
                    found.push(Mention {
                        speaker: speaker(),
                        called: channel.called.clone(),
                        name: visible(shown),
                        plain,
                        quote: visible(&shorten(around(&reading.normal.text, token.start, token.end), 200)),
                        order: order.map(|mark| visible(&shorten(reading.text_of(mark), 80))),
                    });
                    break;
                }
            }
        }
    };
    for tool in &facts.tools {
        let owner = format!("the tool `{}`", shorten(&visible(&tool.name), 80));
        let location = tool.location.clone().unwrap_or_default();
        let speaker = || Speaker { tool: tool.name.clone(), owner: owner.clone(), location: location.clone() };
        listen(&channel::of_tool(tool), &tool.name, &speaker);
    }
    for offer in facts.prompts.iter().chain(&facts.resources) {
        let owner = format!("`{}`", shorten(&visible(&offer.name), 80));
        let location = offer.location.clone().unwrap_or_default();
        listen(&channel::of_offer(offer), "", &|| Speaker { tool: String::new(), owner: owner.clone(), location: location.clone() });
    }
    if let Some(instructions) = &facts.instructions {
        let speaker = || Speaker { tool: String::new(), owner: "the server".to_owned(), location: Place::default() };
        listen(&[channel::plain(TextPlace::Instructions, "instructions", instructions)], "", &speaker);
    }
    found
}

/// Whether a text can hold the name of a tool at all: most cannot, and need not be read.
fn may_name(text: &str) -> bool {
    text.contains(['_', '-', '.', '`', '\'', '"']) || text.chars().zip(text.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase())
}

/// A name that is no word of a language: `create_issue`, `createIssue`.
fn is_distinctive(name: &str) -> bool {
    let inner = name.trim_matches(|letter: char| !letter.is_alphanumeric());
    inner.len() >= 5
        && (inner.contains(['_', '-', '.']) || inner.chars().zip(inner.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase()))
}

/// The text around a name.
fn around(text: &str, start: usize, end: usize) -> &str {
    let floor = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    &text[floor(start.saturating_sub(80))..floor((end + 120).min(text.len()))]
}
