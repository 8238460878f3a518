//! What a matcher found, before it gets its check's words, its order and its fingerprint.

use std::collections::BTreeMap;

use crate::analysis::facts::{Place, Step};
use crate::input::Tree;

use super::fingerprint::{Lines, fingerprint};
use super::{Check, Confidence, Finding, Severity};

/// Other places shown with a finding.
const MAX_RELATED: usize = 20;

#[derive(Debug)]
pub(super) struct Draft {
    pub(super) location: Place,
    pub(super) related: Vec<Step>,
    pub(super) steps: Vec<Step>,
    pub(super) tools: Vec<String>,
    /// Worse, or not so bad, as its check says.
    pub(super) severity: Option<Severity>,
    /// At most this certain.
    pub(super) confidence: Confidence,
    /// What would decide was not seen: one step less severe.
    pub(super) unseen: bool,
    /// What the placeholders of the message stand for.
    pub(super) words: Vec<(&'static str, String)>,
    /// What makes this finding the same one in the next version.
    pub(super) key: Vec<String>,
    /// Whether the text of the flagged line is part of the key.
    pub(super) by_line: bool,
}

impl Draft {
    pub(super) fn at(location: Place) -> Self {
        Draft {
            location,
            related: Vec::new(),
            steps: Vec::new(),
            tools: Vec::new(),
            severity: None,
            confidence: Confidence::High,
            unseen: false,
            words: Vec::new(),
            key: Vec::new(),
            by_line: false,
        }
    }
}

/// Turns drafts into findings of `check`.
pub(super) fn finish(check: &Check, mut drafts: Vec<Draft>, tree: &Tree) -> Vec<Finding> {
    drafts.sort_by(|a, b| (&a.location, &a.key).cmp(&(&b.location, &b.key)));
    let mut lines = Lines::of(tree);
    let mut ordinals: BTreeMap<Vec<String>, u32> = BTreeMap::new();
    let mut findings = Vec::with_capacity(drafts.len());
    for mut draft in drafts {
        if draft.by_line {
            draft.key.push(lines.snippet(&draft.location));
        }
        let ordinal = ordinals.entry(draft.key.clone()).and_modify(|ordinal| *ordinal += 1).or_insert(0);
        draft.related.truncate(MAX_RELATED);
        findings.push(Finding {
            rule: check.id.clone(),
            severity: lowered(draft.severity.unwrap_or(check.severity), draft.unseen),
            confidence: check.confidence.min(draft.confidence),
            cwe: check.cwe.clone(),
            message: message(&check.message, &draft.words),
            fingerprint: fingerprint(&check.id, &draft.key, *ordinal),
            location: draft.location,
            related: draft.related,
            steps: draft.steps,
            tools: draft.tools,
        });
    }
    findings
}

fn lowered(severity: Severity, by_one: bool) -> Severity {
    match severity {
        Severity::Critical if by_one => Severity::High,
        Severity::High if by_one => Severity::Medium,
        severity => severity,
    }
}

/// Fills a template. What is filled in is not searched for placeholders again.
fn message(template: &str, words: &[(&'static str, String)]) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            text.push('{');
            rest = after;
            continue;
        };
        if let Some((_, word)) = words.iter().find(|(known, _)| *known == name) {
            text.push_str(word);
        }
        rest = after;
    }
    text.push_str(rest);
    // A sentence may begin with a placeholder.
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => text,
    }
}

/// `` the tool `a` ``, `` the tools `a`, `b` and 3 more ``; empty when there are none.
pub(super) fn tool_names(tools: &[String]) -> String {
    const SHOWN: usize = 3;
    match tools {
        [] => String::new(),
        [tool] => format!("the tool `{}`", shorten(tool, 80)),
        _ if tools.len() <= SHOWN + 1 => {
            let (last, first) = tools.split_last().map_or(("", &[][..]), |(last, first)| (last.as_str(), first));
            let first = first.iter().map(|tool| format!("`{}`", shorten(tool, 80))).collect::<Vec<_>>().join(", ");
            format!("the tools {first} and `{}`", shorten(last, 80))
        }
        _ => {
            let first = tools[..SHOWN].iter().map(|tool| format!("`{}`", shorten(tool, 80))).collect::<Vec<_>>().join(", ");
            format!("the tools {first} and {} more", tools.len() - SHOWN)
        }
    }
}

/// At most so many characters of a text, on one line.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
