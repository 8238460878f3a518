//! Checks of several servers that one model uses: names that collide, and texts that speak of another's tools.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::analysis::facts::{ServerFacts, Tool};
use crate::input::Tree;

use super::draft::{self, Draft};
use super::siblings::{disguised, looks, plain, shown};
use super::words::{Lexicon, Listened, Mention, mentions};
use super::{Check, Confidence, Finding, Matcher};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BetweenMatch {
    pub sign: Between,
    /// Names of `rules/words/` of which one must stand near the name of the other's tool: then it is an order.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// Names of which none may: then it is a mention.
    #[serde(default)]
    pub none: Vec<String>,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Between {
    /// The same name, but for case and separators.
    SameName,
    /// Names that look alike and are not the same.
    LookalikeName,
    /// A text gives an order about a tool of another server.
    Order,
    /// A text speaks of one.
    Mention,
}

/// One of the servers.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    /// What it is called among the others.
    pub label: &'a str,
    pub facts: &'a ServerFacts,
}

/// Names of tools in one message.
const NAMES: usize = 8;
/// Findings of one check about one server.
const MOST: usize = 50;

/// The findings about each server that come from the others, in the order of [`super::sort`].
pub fn between(checks: &[Check], servers: &[Member<'_>]) -> Vec<Vec<Finding>> {
    let mut all: Vec<Vec<Finding>> = servers.iter().map(|_| Vec::new()).collect();
    if servers.len() < 2 {
        return all;
    }
    let names = Names::of(servers);
    for check in checks {
        let Matcher::Between(matcher) = &check.matcher else { continue };
        for (at, into) in all.iter_mut().enumerate() {
            let mut drafts = match matcher.sign {
                Between::SameName => same_name(servers, at, &names),
                Between::LookalikeName => lookalikes(servers, at, &names),
                Between::Order | Between::Mention => spoken_of(servers, at, &names, matcher),
            };
            drafts.truncate(MOST);
            into.extend(draft::finish(check, drafts, &Tree::default()));
        }
    }
    all.iter_mut().for_each(|findings| super::sort(findings));
    all
}

/// All tools of all servers: by their plain names, and by what those look like.
struct Names<'a> {
    plain: BTreeMap<String, Vec<(usize, &'a Tool)>>,
    looks: BTreeMap<String, Vec<(usize, &'a Tool)>>,
}

impl<'a> Names<'a> {
    fn of(servers: &[Member<'a>]) -> Self {
        let mut names = Names { plain: BTreeMap::new(), looks: BTreeMap::new() };
        for (at, server) in servers.iter().enumerate() {
            for tool in server.facts.tools.iter().filter(|tool| !plain(&tool.name).is_empty()) {
                names.plain.entry(plain(&tool.name)).or_default().push((at, tool));
                names.looks.entry(looks(&tool.name)).or_default().push((at, tool));
            }
        }
        names
    }
}

/// The tools that more than one server offers, with the servers, by their positions.
pub fn collisions(servers: &[Member<'_>]) -> BTreeMap<String, BTreeSet<usize>> {
    let names = Names::of(servers);
    let shared = names.plain.into_values().filter_map(|tools| {
        let of: BTreeSet<usize> = tools.iter().map(|(at, _)| *at).collect();
        (of.len() > 1).then(|| (tools[0].1.name.clone(), of))
    });
    shared.collect()
}

/// One finding for each other server with tools of the same names.
fn same_name(servers: &[Member<'_>], at: usize, names: &Names<'_>) -> Vec<Draft> {
    let mut shared: BTreeMap<usize, Vec<&Tool>> = BTreeMap::new();
    for tool in &servers[at].facts.tools {
        let others: BTreeSet<usize> = names.plain.get(&plain(&tool.name)).into_iter().flatten().map(|(other, _)| *other).collect();
        for other in others.into_iter().filter(|other| *other != at) {
            if shared.len() < MOST || shared.contains_key(&other) {
                shared.entry(other).or_default().push(tool);
            }
        }
    }
    let draft = |(other, mut tools): (usize, Vec<&Tool>)| {
        tools.sort_by(|a, b| a.name.cmp(&b.name));
        tools.dedup_by(|a, b| a.name == b.name);
        let mut draft = Draft::at(tools[0].location.clone().unwrap_or_default());
        draft.tools = tools.iter().map(|tool| tool.name.clone()).collect();
        let more = tools.len().saturating_sub(NAMES);
        let mut listed: Vec<String> = tools.iter().take(NAMES).map(|tool| shown(&tool.name)).collect();
        if more > 0 {
            listed.push(format!("{more} more"));
        }
        draft.words =
            vec![("tools", listed.join(", ")), ("server", shown(servers[other].label)), ("quote", String::new()), ("because", String::new())];
        draft.key = std::iter::once(servers[other].label.to_owned()).chain(draft.tools.iter().cloned()).collect();
        draft
    };
    shared.into_iter().map(draft).collect()
}

fn lookalikes(servers: &[Member<'_>], at: usize, names: &Names<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for tool in &servers[at].facts.tools {
        let alike = names.looks.get(&looks(&tool.name)).into_iter().flatten();
        let other = alike.filter(|(other, theirs)| *other != at && plain(&theirs.name) != plain(&tool.name));
        // Only about the one that pretends.
        let Some((other, theirs)) = other.filter(|(_, theirs)| disguised(&tool.name) >= disguised(&theirs.name)).min_by_key(|(other, _)| *other)
        else {
            continue;
        };
        let mut draft = Draft::at(tool.location.clone().unwrap_or_default());
        draft.tools = vec![tool.name.clone()];
        draft.words =
            vec![("tools", shown(&tool.name)), ("server", shown(servers[*other].label)), ("quote", shown(&theirs.name)), ("because", String::new())];
        draft.key = vec![tool.name.clone(), servers[*other].label.to_owned()];
        drafts.push(draft);
    }
    drafts
}

fn spoken_of(servers: &[Member<'_>], at: usize, names: &Names<'_>, matcher: &BetweenMatch) -> Vec<Draft> {
    let Ok(lexicon) = Lexicon::embedded() else { return Vec::new() };
    let others: BTreeMap<String, &str> = names
        .plain
        .iter()
        .filter(|(_, tools)| tools.iter().all(|(owner, _)| *owner != at))
        .filter_map(|(plain, tools)| Some((plain.clone(), tools.first()?.1.name.as_str())))
        .collect();
    let facts = servers[at].facts;
    let wanted = |mention: &Mention| mention.order.is_some() == (matcher.sign == Between::Order);
    let found = mentions(facts, &others, &Listened::new(lexicon, &matcher.evidence, &matcher.none));
    let draft = |mention: Mention| {
        let owner = names.plain.get(&mention.plain)?.first()?.0;
        let mut draft = Draft::at(mention.speaker.location);
        if !facts.tools_complete {
            // It may be a tool of its own that was not seen.
            draft.confidence = Confidence::Medium;
        }
        draft.tools = Some(mention.speaker.tool.clone()).filter(|tool| !tool.is_empty()).into_iter().collect();
        draft.words = vec![
            ("tools", format!("the {} of {}", mention.called, mention.speaker.owner)),
            ("server", format!("`{}` of {}", mention.name, shown(servers[owner].label))),
            ("quote", format!("“{}”", mention.quote)),
            ("because", mention.order.map(|order| format!("“{order}”")).unwrap_or_default()),
        ];
        draft.key = vec![mention.speaker.owner, mention.called, mention.plain];
        Some(draft)
    };
    found.into_iter().filter(wanted).filter_map(draft).collect()
}
