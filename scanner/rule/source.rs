//! Where a text that a model reads stands in the files.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value as Json;

use crate::analysis::facts::Place;

use super::Evidence;

/// A text is looked for in so many lines after the place where its owner stands, …
const LINES: usize = 200;
/// … and in so many bytes: a list may stand in one line.
const BYTES: usize = 1 << 16;

/// The files in which texts are looked for, decoded once however many findings there are.
pub(super) struct Sources<'e> {
    evidence: Evidence<'e>,
    files: RefCell<BTreeMap<String, Rc<Source<'e>>>>,
    /// Tools without code: name as JSON → the file and the offset in it.
    listed: OnceCell<BTreeMap<String, (String, usize)>>,
}

struct Source<'e> {
    text: Cow<'e, str>,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl Source<'_> {
    /// The first line, from the one at `offset` on, in which one of the needles stands.
    fn find(&self, offset: usize, needles: &[String]) -> Option<usize> {
        let end = (offset.saturating_add(BYTES)..self.text.len()).find(|end| self.text.is_char_boundary(*end)).unwrap_or(self.text.len());
        find_line(self.text.get(offset..end)?, LINES, needles).map(|line| self.line(offset) + line)
    }

    fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }
}

impl<'e> Sources<'e> {
    pub(super) fn of(evidence: Evidence<'e>) -> Self {
        Sources { evidence, files: RefCell::default(), listed: OnceCell::new() }
    }

    fn file(&self, path: &str) -> Rc<Source<'e>> {
        if let Some(known) = self.files.borrow().get(path) {
            return known.clone();
        }
        let text = self.evidence.tree.text(path).unwrap_or_default();
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let source = Rc::new(Source { text, starts });
        self.files.borrow_mut().insert(path.to_owned(), source.clone());
        source
    }

    /// The line in which the text stands, at or after the place where its owner is registered; that place when the text is
    /// not written there as it is read.
    pub(super) fn below(&self, owner: &Place, quote: &str) -> Place {
        let source = self.file(&owner.file);
        let start = source.starts.get((owner.line as usize).saturating_sub(1)).copied().unwrap_or(source.text.len());
        source.find(start, &needles(quote)).map_or_else(|| owner.clone(), |line| line_place(&owner.file, line))
    }

    /// The first line of any file in which the text stands.
    pub(super) fn anywhere(&self, quote: &str) -> Place {
        let needles = needles(quote);
        let paths = self.evidence.tree.iter().map(|(path, _)| path);
        let mut found = paths.filter_map(|path| Some(line_place(path, find_line(&self.file(path).text, usize::MAX, &needles)?)));
        found.next().unwrap_or(Place { line: 1, column: 1, end_line: 1, end_column: 1, ..Place::default() })
    }

    /// Where the text of a tool without code stands in its list.
    pub(super) fn in_list(&self, tool: &str, quote: &str) -> Place {
        let Some((path, at)) = self.listed.get_or_init(|| self.listed()).get(&Json::from(tool).to_string()) else { return self.anywhere(quote) };
        let source = self.file(path);
        line_place(path, source.find(*at, &needles(quote)).unwrap_or_else(|| source.line(*at)))
    }

    fn listed(&self) -> BTreeMap<String, (String, usize)> {
        let tools = self.evidence.facts.tools.iter().filter(|tool| tool.location.is_none());
        let wanted: BTreeSet<String> = tools.map(|tool| Json::from(tool.name.as_str()).to_string()).collect();
        let wanted: Vec<String> = wanted.into_iter().collect();
        let mut found = BTreeMap::new();
        let Ok(automaton) = aho_corasick::AhoCorasick::new(&wanted) else { return found };
        for (path, _) in self.evidence.tree.iter().filter(|(path, _)| path.ends_with(".json") || path.ends_with(".jsonc")) {
            for name in automaton.find_iter(&*self.file(path).text) {
                found.entry(wanted[name.pattern().as_usize()].clone()).or_insert_with(|| (path.to_owned(), name.start()));
            }
        }
        found
    }
}

/// How the beginning of a text may be written in a file: as it is, or, when nobody would see it, as an escape.
fn needles(quote: &str) -> Vec<String> {
    let start: String = quote.lines().next().unwrap_or_default().chars().take(24).collect();
    let mut needles = Vec::new();
    if let Some(first) = start.chars().next()
        && (first.is_control() || !first.is_ascii())
    {
        let mut units = [0; 2];
        let escaped = |units: &[u16]| units.iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
        let code = first as u32;
        needles.push(escaped(first.encode_utf16(&mut units)));
        needles.extend([format!("\\u{{{code:x}}}"), format!("\\U{code:08x}"), format!("\\x{code:02x}"), format!("\\{code:03o}")]);
        needles
            .extend(needles.clone().iter().map(|needle| needle.to_uppercase().replace("\\U0", "\\u0").replace("\\UD", "\\uD").replace("\\X", "\\x")));
    }
    needles.push(start);
    needles.retain(|needle| !needle.is_empty());
    needles
}

fn find_line(text: &str, lines: usize, needles: &[String]) -> Option<usize> {
    text.lines().enumerate().take(lines).find(|(_, line)| needles.iter().any(|needle| line.contains(needle.as_str()))).map(|(at, _)| at)
}

fn line_place(file: &str, index: usize) -> Place {
    let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
    Place { file: file.into(), line, column: 1, end_line: line, end_column: 1 }
}
