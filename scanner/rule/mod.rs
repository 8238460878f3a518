//! Facts + declarations + checks → findings.
//!
//! A check is one Markdown file below `rules/checks/`; a new *kind* of check is a variant of [`Matcher`], one file here and
//! one row in [`evaluate`].

use std::cell::OnceCell;

use serde::Serialize;

use crate::analysis::facts::{Place, ServerFacts, Step};
use crate::input::Tree;
use crate::manifest::Manifests;

mod annotation;
mod between;
mod capability;
mod check;
mod conduct;
mod declared;
mod draft;
mod fingerprint;
mod flow;
mod haystack;
mod hook;
mod markdown;
mod matching;
mod overdeclared;
mod service;
mod siblings;
mod source;
mod text;
mod tool_list;
mod trifecta;
mod vocabulary;
mod words;

pub use between::{Member, between, collisions};
pub use check::{Check, CheckError, Example, ExampleFile, Matcher, load, parse};
pub use declared::mark_declared;
pub use trifecta::{Trifecta, Witness, trifecta};
pub use words::Lexicon;

use draft::Draft;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// One difference between what is declared and what is done, or one thing no server should do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Id of the check.
    pub rule: String,
    pub severity: Severity,
    pub confidence: Confidence,
    pub cwe: Vec<String>,
    /// What was seen, why it matters, what to do.
    pub message: String,
    pub location: Place,
    pub related: Vec<Step>,
    pub steps: Vec<Step>,
    /// Names of the tools concerned, sorted.
    pub tools: Vec<String>,
    /// `tidewaiter/1:<hex>`: survives moved lines.
    pub fingerprint: String,
}

/// Everything a check may look at.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    pub facts: &'a ServerFacts,
    pub manifests: &'a Manifests,
    /// For the text of the lines that findings are about.
    pub tree: &'a Tree,
}

/// Judges one server by all checks. The findings come worst first, then by place and rule.
///
/// Capabilities must have been marked by [`mark_declared`] before.
pub fn evaluate(checks: &[Check], facts: &ServerFacts, manifests: &Manifests, tree: &Tree) -> Vec<Finding> {
    let lexicon = Lexicon::embedded().ok();
    evaluate_with(checks, lexicon, facts, manifests, tree)
}

/// The same with other words than the embedded ones.
pub fn evaluate_with(checks: &[Check], lexicon: Option<&Lexicon>, facts: &ServerFacts, manifests: &Manifests, tree: &Tree) -> Vec<Finding> {
    let evidence = Evidence { facts, manifests, tree };
    let mut findings = Vec::new();
    // All of them at once: each text is read only once.
    let word_checks: Vec<_> =
        checks.iter().filter_map(|check| if let Matcher::Words(matcher) = &check.matcher { Some(matcher) } else { None }).collect();
    let mut words = lexicon.map(|lexicon| words::find(&word_checks, evidence, lexicon)).unwrap_or_default().into_iter();
    let doings = OnceCell::new();
    for check in checks {
        let drafts: Vec<Draft> = match &check.matcher {
            Matcher::Undeclared(matcher) => capability::undeclared(matcher, evidence),
            Matcher::Capability(matcher) => capability::present(matcher, evidence),
            Matcher::Flow(matcher) => flow::find(matcher, evidence),
            Matcher::Overdeclared(matcher) => overdeclared::find(matcher, evidence),
            Matcher::InstallHook(matcher) => hook::find(matcher, evidence),
            Matcher::Annotation(matcher) => annotation::find(matcher, evidence),
            Matcher::UnlistedTool(_) => tool_list::unlisted(evidence),
            Matcher::Text(matcher) => text::find(matcher, evidence),
            // What is only guessed from one kind of evidence is no grave finding.
            Matcher::Words(_) => {
                let mut drafts: Vec<Draft> = words.next().unwrap_or_default();
                for draft in drafts.iter_mut().filter(|draft| draft.confidence == Confidence::Low) {
                    draft.severity = Some(check.severity.min(Severity::Medium));
                }
                drafts
            }
            Matcher::Siblings(matcher) => siblings::find(matcher.sign, evidence),
            // Those look at several servers: [`between`].
            Matcher::Between(_) => Vec::new(),
            Matcher::Service(matcher) => service::find(matcher, evidence),
            Matcher::ListingGap(_) => service::listing_gaps(evidence),
            Matcher::Setting(matcher) => service::settings(matcher, evidence),
            Matcher::Conduct(matcher) => conduct::find(matcher, evidence, doings.get_or_init(|| conduct::Doings::of(facts))),
        };
        findings.extend(draft::finish(check, drafts, tree));
    }
    sort(&mut findings);
    findings
}

/// Worst first, then by place and rule.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        b.severity.cmp(&a.severity).then_with(|| (&a.location, &a.rule, &a.fingerprint).cmp(&(&b.location, &b.rule, &b.fingerprint)))
    });
}

/// Whether every name that a check uses is one of the lexicon's; the first that is not, otherwise.
pub fn verify(checks: &[Check], lexicon: &Lexicon) -> Result<(), String> {
    for check in checks {
        let mut names: Vec<&str> = match &check.matcher {
            Matcher::Words(matcher) => matcher.evidence.iter().flat_map(|evidence| evidence.names()).collect(),
            Matcher::Between(matcher) => matcher.evidence.iter().chain(&matcher.none).map(String::as_str).collect(),
            _ => continue,
        };
        names.retain(|name| !lexicon.has(name));
        if let Some(name) = names.first() {
            return Err(format!("rule `{}`: `rules/words/` has no `{name}`", check.id));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
