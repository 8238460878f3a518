//! Findings as results.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{CodeFlow, Location, Message, Result as SarifResult, ThreadFlow, ThreadFlowLocation};

use crate::analysis::facts::{Place, Step};
use crate::report::Report;
use crate::rule::{Finding, Severity};

use super::line_hash::line_hashes;
use super::rules::{Rules, confidence, level};
use super::{bag, message, place};

/// What GitHub keeps of a run.
const RESULT_LIMIT: usize = 5_000;
/// What GitHub shows of a flow.
const STEP_LIMIT: usize = 1_000;
const RELATED_LIMIT: usize = 100;
const TOOL_LIMIT: usize = 50;

/// A finding with what it is sorted and described by.
struct Item<'a> {
    target: usize,
    finding: &'a Finding,
    rule_index: usize,
    severity: Severity,
    uri: String,
}

/// The results, sorted by place, and how many were left out because only the worst fit.
pub(super) fn results(reports: &[Report], rules: &Rules, bases: &[String]) -> (Vec<SarifResult>, usize) {
    let mut items: Vec<Item<'_>> = Vec::new();
    for (target, report) in reports.iter().enumerate() {
        for finding in &report.findings {
            let Some((rule_index, severity)) = rules.find(&finding.rule) else { continue };
            items.push(Item { target, finding, rule_index, severity, uri: place::uri(&finding.location.file) });
        }
    }
    items.sort_by(|a, b| order(a).cmp(&order(b)));
    let dropped = items.len().saturating_sub(RESULT_LIMIT);
    if dropped > 0 {
        // Stable: among equals the first by place stay.
        items.sort_by_key(|item| Reverse((item.severity, item.finding.confidence)));
        items.truncate(RESULT_LIMIT);
        items.sort_by(|a, b| order(a).cmp(&order(b)));
    }
    let mut hashes = LineHashes::default();
    let results = items
        .iter()
        .filter_map(|item| {
            let report = reports.get(item.target)?;
            let base = bases.get(item.target)?;
            Some(result(item, report, base, hashes.of(item.target, report, &item.finding.location)))
        })
        .collect();
    (results, dropped)
}

fn order<'a>(item: &'a Item<'a>) -> impl Ord + 'a {
    let finding = item.finding;
    let place = &finding.location;
    (&item.uri, place.line, place.column, &finding.rule, item.target, &finding.message, &finding.fingerprint)
}

fn result(item: &Item<'_>, report: &Report, base: &str, line_hash: Option<String>) -> SarifResult {
    let finding = item.finding;
    let mut fingerprints = BTreeMap::new();
    if !finding.fingerprint.is_empty() {
        fingerprints.insert("tidewaiter/v1".to_owned(), finding.fingerprint.clone());
    }
    if let Some(hash) = line_hash {
        fingerprints.insert("primaryLocationLineHash".to_owned(), hash);
    }
    let mut result = SarifResult::builder()
        .rule_id(&finding.rule)
        .rule_index(i64::try_from(item.rule_index).unwrap_or(0))
        .level(level(item.severity))
        .message(message(&finding.message))
        .locations(vec![location(finding, report, base)])
        .properties(bag([("confidence", json!(confidence(finding.confidence))), ("target", json!(report.target.spec))]))
        .build();
    if !fingerprints.is_empty() {
        result.partial_fingerprints = Some(fingerprints);
    }
    if !finding.steps.is_empty() {
        result.code_flows = Some(vec![code_flow(finding, base)]);
    }
    if !finding.related.is_empty() {
        result.related_locations = Some(finding.related.iter().take(RELATED_LIMIT).zip(1..).map(|(step, id)| related(step, id, base)).collect());
    }
    result
}

fn location(finding: &Finding, report: &Report, base: &str) -> Location {
    let mut physical = place::physical(&finding.location, base);
    // Required of a result even when the finding is about a whole file.
    physical.region = Some(place::region(&finding.location));
    let tools = finding.tools.iter().filter(|name| !name.is_empty()).take(TOOL_LIMIT);
    let tools: Vec<_> = tools.map(|name| place::tool(report.target.display_name(), name)).collect();
    Location { physical_location: Some(physical), logical_locations: (!tools.is_empty()).then_some(tools), ..Default::default() }
}

fn related(step: &Step, id: i64, base: &str) -> Location {
    Location { id: Some(id), ..place::step(step, base) }
}

/// The way from the handler to the effect; it ends where the result is.
fn code_flow(finding: &Finding, base: &str) -> CodeFlow {
    let mut locations: Vec<Location> = finding.steps.iter().take(STEP_LIMIT).map(|step| place::step(step, base)).collect();
    let here = &finding.location;
    if finding.steps.last().is_none_or(|last| (&last.place.file, last.place.line) != (&here.file, here.line)) {
        let text = Message::builder().text("This is where it happens.").build();
        locations.push(Location { physical_location: Some(place::physical(here, base)), message: Some(text), ..Default::default() });
    }
    let locations: Vec<ThreadFlowLocation> =
        locations.into_iter().map(|location| ThreadFlowLocation { location: Some(location), ..Default::default() }).collect();
    CodeFlow::builder().thread_flows(vec![ThreadFlow::builder().locations(locations).build()]).build()
}

/// The line hashes of each file that has findings, computed once.
#[derive(Default)]
struct LineHashes {
    files: BTreeMap<(usize, String), Vec<String>>,
}

impl LineHashes {
    fn of(&mut self, target: usize, report: &Report, place: &Place) -> Option<String> {
        let text = report.sources.get(&*place.file)?;
        let hashes = self.files.entry((target, place.file.to_string())).or_insert_with(|| line_hashes(text));
        let index = usize::try_from(place.line.max(1)).ok()? - 1;
        hashes.get(index).cloned()
    }
}
