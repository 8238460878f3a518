//! Checks of the tools of one server beside each other, and beside those of servers that everybody knows.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::analysis::facts::{Capability, Place, ServerFacts, Step, Tool};
use crate::rules;

use super::check::{Filter, Pattern};
use super::draft::{Draft, shorten};
use super::text::visible;
use super::vocabulary::Words;
use super::{Confidence, Evidence, Severity, capability};

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sibling {
    /// Two tools under one name.
    SameName,
    /// Two names that only differ in letters that look alike, or in case and separators.
    NearName,
    /// The title of a tool is the name of another.
    BorrowedTitle,
    /// The name of a tool that everybody knows, on one that does something else.
    KnownName,
}

pub(super) fn find(sign: Sibling, evidence: Evidence) -> Vec<Draft> {
    let tools = &evidence.facts.tools;
    match sign {
        Sibling::SameName => same_name(tools),
        Sibling::NearName => near_name(tools),
        Sibling::BorrowedTitle => borrowed_title(tools),
        Sibling::KnownName => tools.iter().filter_map(|tool| known_name(tool, evidence.facts)).collect(),
    }
}

/// `read-file`, `readFile` and `read_file` are one name.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a name looks like: the same for names that a person cannot tell apart.
pub(super) fn looks(name: &str) -> String {
    let apart: String = name.chars().filter(|letter| letter.is_alphanumeric()).collect();
    unicode_security::skeleton(&apart).flat_map(char::to_lowercase).collect()
}

/// How many letters of a name look like others.
pub(super) fn disguised(name: &str) -> usize {
    let mut units = [0; 4];
    name.chars()
        .filter(|letter| letter.is_alphanumeric() && *letter != 'm' && *letter != 'M')
        .filter(|letter| unicode_security::skeleton(letter.encode_utf8(&mut units)).flat_map(char::to_lowercase).ne(letter.to_lowercase()))
        .count()
}

fn place(tool: &Tool) -> Place {
    tool.location.clone().unwrap_or_default()
}

pub(super) fn shown(name: &str) -> String {
    format!("`{}`", shorten(&visible(name), 80))
}

fn draft(tool: &Tool, other: &Tool, says: String) -> Draft {
    let mut draft = Draft::at(place(tool));
    if let Some(location) = &other.location {
        draft.related = vec![Step { place: location.clone(), what: "the other one is here".to_owned() }];
    }
    draft.tools = vec![tool.name.clone(), other.name.clone()];
    draft.tools.sort();
    draft.tools.dedup();
    draft.key = vec![tool.name.clone(), other.name.clone()];
    draft.words = vec![("tool", shown(&tool.name)), ("other", shown(&other.name)), ("says", says)];
    draft
}

fn same_name(tools: &[Tool]) -> Vec<Draft> {
    let mut first: BTreeMap<&str, &Tool> = BTreeMap::new();
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    let mut drafts = Vec::new();
    for tool in tools {
        let Some(known) = first.get(tool.name.as_str()) else {
            first.insert(&tool.name, tool);
            continue;
        };
        let differs = [
            ("description", known.description != tool.description),
            ("input", known.input_schema != tool.input_schema),
            ("annotations", known.annotations != tool.annotations),
        ];
        let differs: Vec<&str> = differs.iter().filter(|(_, differs)| *differs).map(|(what, _)| *what).collect();
        if std::mem::replace(told.entry(&tool.name).or_default(), 1) > 0 && differs.is_empty() {
            continue;
        }
        let says = if differs.is_empty() { "word for word".to_owned() } else { format!("with another {}", differs.join(" and another ")) };
        drafts.push(draft(tool, known, says));
    }
    drafts
}

fn near_name(tools: &[Tool]) -> Vec<Draft> {
    let mut first: BTreeMap<String, &Tool> = BTreeMap::new();
    let mut drafts = Vec::new();
    for tool in tools {
        let looks = looks(&tool.name);
        let Some(known) = first.get(&looks) else {
            first.insert(looks, tool);
            continue;
        };
        if known.name == tool.name {
            continue;
        }
        let spelt = plain(&known.name) == plain(&tool.name);
        // The one that only looks like the other is what the finding is about.
        let (tool, known) = if !spelt && disguised(&known.name) > disguised(&tool.name) { (*known, tool) } else { (tool, *known) };
        let says = if spelt { "in case and separators only" } else { "in letters that look alike" };
        let mut draft = draft(tool, known, says.to_owned());
        if spelt {
            draft.severity = Some(Severity::Low);
        }
        drafts.push(draft);
    }
    drafts
}

fn borrowed_title(tools: &[Tool]) -> Vec<Draft> {
    let names: BTreeMap<String, &Tool> = tools.iter().map(|tool| (plain(&tool.name), tool)).collect();
    let borrowed = |tool: &Tool| {
        let titles = tool.title.as_deref().into_iter().chain(tool.annotations.get("title").and_then(|title| title.as_str()));
        let (title, other) = titles.filter_map(|title| Some((title.to_owned(), *names.get(&plain(title))?))).next()?;
        // One name inside of the other is how families of tools are called: `list` and `list_all`.
        (plain(&tool.name) != plain(&other.name)).then(|| draft(tool, other, shown(&title)))
    };
    tools.iter().filter_map(borrowed).collect()
}

/// A tool that everybody knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    names: Vec<String>,
    of: String,
    words: Pattern,
    #[serde(default)]
    does: Vec<Filter>,
    never: Vec<Filter>,
}

static KNOWN: LazyLock<Result<Vec<Known>, String>> =
    LazyLock::new(|| serde_json::from_str(rules::KNOWN_TOOLS).map_err(|error| format!("rules/known-tools.yml: {error}")));

/// Fewer words of a description say nothing of what a tool is for.
const WORDS: usize = 5;

fn known_name(tool: &Tool, facts: &ServerFacts) -> Option<Draft> {
    let name = plain(&tool.name);
    let known = KNOWN.as_ref().ok()?.iter().find(|known| known.names.iter().any(|known| plain(known) == name))?;
    let capabilities: Vec<&Capability> = tool.capabilities.iter().filter_map(|id| facts.capabilities.get(*id as usize)).collect();
    let all_seen = facts.coverage.files_total > 0 && tool.handler.is_some() && facts.coverage.unresolved.is_empty();
    let passes = |filters: &[Filter], capability: &Capability| filters.iter().any(|filter| capability::passes(filter, capability));
    let mut draft = Draft::at(place(tool));
    let says;
    if let Some(wrong) = capabilities.iter().find(|capability| passes(&known.never, capability))
        && all_seen
        && !capabilities.iter().any(|capability| passes(&known.does, capability) && !passes(&known.never, capability))
    {
        says = format!("{}, and does nothing of what such a tool is for", capability::does(wrong));
        draft.steps = wrong.steps.clone();
    } else {
        // Without its name: what else does it say?
        let nameless = Tool { name: String::new(), ..tool.clone() };
        let description = tool.description.as_deref().unwrap_or_default();
        let latin = description.chars().filter(|letter| letter.is_alphabetic()).all(|letter| letter.is_ascii());
        if !latin || description.split_whitespace().nth(WORDS - 1).is_none() || Words::of_tool(&nameless).matches(std::slice::from_ref(&known.words))
        {
            return None;
        }
        says = format!("says of itself “{}”", shorten(&visible(description), 120));
        draft.severity = Some(Severity::Low);
        draft.confidence = Confidence::Medium;
    }
    draft.tools = vec![tool.name.clone()];
    draft.key = vec![tool.name.clone()];
    draft.words = vec![("tool", shown(&tool.name)), ("other", known.of.clone()), ("says", says)];
    Some(draft)
}

/// Whether the data can be used; what is wrong with it, otherwise.
#[cfg(test)]
fn check_known_tools() -> Result<(), String> {
    let known = KNOWN.as_ref().map_err(Clone::clone)?;
    known.iter().try_for_each(|known| known.words.compile().map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_can_be_used() {
        check_known_tools().unwrap();
    }

    #[test]
    fn names_that_look_alike() {
        assert_eq!(looks("read_fi1e"), looks("read_file"));
        assert_eq!(looks("readFile"), looks("read-file"));
        assert_eq!(looks("r\u{435}ad"), looks("read"));
        assert_ne!(looks("read_file"), looks("read_files"));
        assert!(disguised("read_fi1e") > disguised("read_file"));
        assert_eq!(disguised("move_item"), 0);
    }
}
