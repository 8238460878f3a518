//! Evidence that is not in the words: how a text is written, and where.

use serde::Deserialize;

use crate::rule::check::WordsEvidence;

use super::channel::{Channel, SCHEMA_KEYS};
use super::layer::Layer;
use super::lexicon::Lexicon;
use super::normal::{is_lookalike_script, prototype};
use super::reading::Reading;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Sentences that are written in a code.
    Encoded,
    /// More than `least` characters of white space, and text behind them.
    Padding,
    /// A name with letters of another script that look like Latin ones.
    LookalikeName,
    /// A `type`, `format` or key of a schema that holds a sentence.
    SchemaSentence,
    /// An image of which the address is to be filled in.
    Image,
}

pub(super) struct Found {
    pub(super) shown: String,
    pub(super) because: String,
    pub(super) raw: String,
}

pub(super) fn find(
    shape: Shape,
    evidence: &WordsEvidence,
    _lexicon: &Lexicon,
    channel: &Channel,
    piece: &str,
    reading: &Reading,
    layers: &[Layer],
) -> Option<Found> {
    match shape {
        Shape::Encoded => {
            let layer = layers.first()?;
            Some(Found { shown: layer.text.clone(), because: format!("{}: “{}”", layer.how, layer.raw), raw: layer.raw.clone() })
        }
        Shape::Padding => {
            let least = evidence.least.unwrap_or(80);
            let at = padding(piece, least)?;
            let behind: String = piece[at..].trim_start().chars().take(120).collect();
            (behind.chars().count() > 8).then(|| Found {
                because: format!("white space of {} characters", reading.normal.padding),
                raw: behind.chars().take(40).collect(),
                shown: behind,
            })
        }
        Shape::LookalikeName => {
            let name = channel.raw.as_str();
            let latin = name.bytes().any(|byte| byte.is_ascii_alphabetic());
            let foreign: Vec<char> =
                name.chars().filter(|letter| is_lookalike_script(*letter) && prototype(*letter).is_some_and(|like| like.is_ascii())).collect();
            let all = name.chars().filter(|letter| letter.is_alphabetic()).all(|letter| letter.is_ascii() || is_lookalike_script(letter));
            let written: String =
                name.chars().map(|letter| if is_lookalike_script(letter) { prototype(letter).unwrap_or(letter) } else { letter }).collect();
            let wholly = !latin && foreign.len() >= 3 && written.is_ascii() && name.contains(['_', '-']);
            ((latin && !foreign.is_empty() && all) || wholly).then(|| Found {
                shown: written,
                because: foreign.iter().map(|letter| format!("U+{:04X}", *letter as u32)).collect::<Vec<_>>().join(", "),
                raw: name.to_owned(),
            })
        }
        Shape::SchemaSentence => {
            let structural = channel.called.starts_with("`type`")
                || channel.called.starts_with("`format`")
                || channel.called.starts_with("`required`")
                || channel.called.starts_with("parameter name")
                || channel.called.starts_with("schema key");
            let words = piece
                .split(|letter: char| letter.is_whitespace())
                .filter(|word| word.chars().filter(|letter| letter.is_alphabetic()).count() > 1)
                .count();
            (structural && words >= evidence.least.unwrap_or(5) && !SCHEMA_KEYS.contains(&piece)).then(|| Found {
                shown: piece.to_owned(),
                because: format!("{words} words where a name belongs"),
                raw: piece.chars().take(24).collect(),
            })
        }
        Shape::Image => {
            let (at, address) = image(piece)?;
            Some(Found {
                shown: address.to_owned(),
                because: "an image that is fetched when it is shown".to_owned(),
                raw: piece[at..].chars().take(24).collect(),
            })
        }
    }
}

/// Where a run of so much white space begins.
fn padding(text: &str, least: usize) -> Option<usize> {
    let mut start = None;
    let mut length = 0;
    for (at, letter) in text.char_indices() {
        if letter.is_whitespace() || matches!(letter, '\u{2800}' | '\u{3164}' | '\u{200b}') {
            start.get_or_insert(at);
            length += 1;
        } else {
            // White space at the beginning is how texts in code are indented.
            if length >= least && start.is_some_and(|start| start > 0) {
                return start;
            }
            start = None;
            length = 0;
        }
    }
    None
}

/// `![…](https://host/…{…}…)`, `<img src="https://host/?q=…">`: the address has a place to be filled in.
fn image(text: &str) -> Option<(usize, &str)> {
    for (at, _) in text.match_indices("![").chain(text.match_indices("<img")).take(1_000) {
        let mut end = (at + 400).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let rest = &text[at..end];
        let Some(address) = rest.find("http").map(|from| &rest[from..]) else { continue };
        let stop = address.find([')', '\n', '"']).unwrap_or(address.len());
        let address = &address[..stop];
        let query = address.split_once(['?', '#']).map_or("", |(_, query)| query);
        let path = address.splitn(4, '/').nth(3).unwrap_or_default();
        let filled = |part: &str| part.contains(['{', '<', '[', '$', '%']) && !part.contains("%20");
        if filled(query) || (filled(path) && !names_itself(path)) || query.contains("data=") || query.ends_with('=') {
            return Some((at, address));
        }
    }
    None
}

/// `/r/<id>.png`: what is filled in says which image it is, and nothing else.
fn names_itself(path: &str) -> bool {
    const IDENTITIES: &[&str] =
        &["id", "uuid", "hash", "key", "slug", "name", "file", "filename", "image_id", "chart_id", "token", "number", "sha", "digest"];
    let mut rest = path;
    while let Some(open) = rest.find(['{', '<', '[']) {
        let inner = &rest[open + 1..];
        let Some(close) = inner.find(['}', '>', ']']) else { return false };
        if !IDENTITIES.contains(&inner[..close].trim_matches(['{', '}', ' ']).to_ascii_lowercase().as_str()) {
            return false;
        }
        rest = &inner[close + 1..];
    }
    !path.contains(['$', '%'])
}
