//! The rule table: every check, whether it fired or not, so that an alert is closed by a scan that no longer sees it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor, ReportingDescriptorReference,
    ReportingDescriptorRelationship, ResultLevel, ToolComponent, ToolComponentReference,
};

use crate::report::{CheckInfo, Report};
use crate::rule::{Confidence, Finding, Severity};

use super::{TAXONOMY, cut};

/// Limits of GitHub code scanning.
const NAME_LIMIT: usize = 255;
const DESCRIPTION_LIMIT: usize = 1024;
const TAG_LIMIT: usize = 10;

/// The rules of a run, by id.
pub(super) struct Rules {
    rules: BTreeMap<String, CheckInfo>,
    /// Every CWE that a rule names, in order.
    weaknesses: Vec<String>,
}

impl Rules {
    /// The checks, and for a finding of an unknown check what the finding says of it.
    pub(super) fn new(checks: &[CheckInfo], reports: &[Report]) -> Self {
        let mut rules = BTreeMap::new();
        for check in checks {
            rules.entry(check.id.clone()).or_insert_with(|| check.clone());
        }
        for finding in reports.iter().flat_map(|report| &report.findings) {
            if !rules.contains_key(&finding.rule) {
                rules.insert(finding.rule.clone(), from_finding(finding));
            }
        }
        let weaknesses: BTreeSet<(u64, String)> =
            rules.values().flat_map(|rule| &rule.cwe).filter_map(|id| weakness_number(id).map(|number| (number, format!("CWE-{number}")))).collect();
        Rules { rules, weaknesses: weaknesses.into_iter().map(|(_, id)| id).collect() }
    }

    /// The position of a rule in the table, and its severity, which is that of all its results.
    pub(super) fn find(&self, id: &str) -> Option<(usize, Severity)> {
        self.rules.iter().enumerate().find(|(_, (other, _))| *other == id).map(|(index, (_, rule))| (index, rule.severity))
    }

    pub(super) fn descriptors(&self) -> Vec<ReportingDescriptor> {
        self.rules.values().map(|rule| self.descriptor(rule)).collect()
    }

    /// The weaknesses that the rules refer to, as a taxonomy.
    pub(super) fn taxonomy(&self) -> Option<ToolComponent> {
        if self.weaknesses.is_empty() {
            return None;
        }
        let taxa: Vec<ReportingDescriptor> = self
            .weaknesses
            .iter()
            .map(|id| {
                let number = id.trim_start_matches("CWE-");
                ReportingDescriptor::builder().id(id).help_uri(format!("https://cwe.mitre.org/data/definitions/{number}.html")).build()
            })
            .collect();
        Some(
            ToolComponent::builder()
                .name(TAXONOMY)
                .organization("MITRE")
                .short_description(text("The MITRE Common Weakness Enumeration"))
                .information_uri("https://cwe.mitre.org/")
                .is_comprehensive(false)
                .taxa(taxa)
                .build(),
        )
    }

    fn descriptor(&self, rule: &CheckInfo) -> ReportingDescriptor {
        let name = first_filled([&rule.name, &rule.id]);
        let summary = first_filled([&rule.summary, &rule.name, &rule.id]);
        let description = first_filled([&rule.description, &rule.summary, &rule.name, &rule.id]);
        let markdown = first_filled([&rule.help_markdown, description]);
        let mut descriptor = ReportingDescriptor::builder()
            .id(&rule.id)
            .name(cut(name, NAME_LIMIT))
            .short_description(text(&cut(summary, DESCRIPTION_LIMIT)))
            .full_description(text(&cut(description, DESCRIPTION_LIMIT)))
            .help(MultiformatMessageString { text: description.to_owned(), markdown: Some(markdown.to_owned()), properties: None })
            .default_configuration(ReportingConfiguration { level: Some(json!(level(rule.severity))), ..Default::default() })
            .properties(properties(rule))
            .build();
        // Readers that keep one weakness keep the last.
        let relationships: Vec<ReportingDescriptorRelationship> = rule.cwe.iter().rev().filter_map(|id| self.relationship(id)).collect();
        if !relationships.is_empty() {
            descriptor.relationships = Some(relationships);
        }
        descriptor
    }

    fn relationship(&self, cwe: &str) -> Option<ReportingDescriptorRelationship> {
        let id = format!("CWE-{}", weakness_number(cwe)?);
        let index = self.weaknesses.iter().position(|other| *other == id)?;
        let target = ReportingDescriptorReference::builder()
            .id(id)
            .index(i64::try_from(index).ok()?)
            .tool_component(ToolComponentReference::builder().name(TAXONOMY).index(0).build())
            .build();
        Some(ReportingDescriptorRelationship::builder().target(target).kinds(vec!["superset".to_owned()]).build())
    }
}

/// The level of a rule and of all its results.
pub(super) fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low | Severity::Info => ResultLevel::Note,
    }
}

pub(super) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

/// Away from the edges of the bands that consumers cut the number into.
fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}

fn properties(rule: &CheckInfo) -> PropertyBag {
    let mut entries: BTreeMap<String, Value> = BTreeMap::new();
    entries.insert("precision".to_owned(), json!(confidence(rule.confidence)));
    let mut tags = Vec::new();
    match security_severity(rule.severity) {
        Some(number) => {
            entries.insert("security-severity".to_owned(), json!(number));
            tags.push("security".to_owned());
        }
        None => {
            entries.insert("problem.severity".to_owned(), json!("recommendation"));
        }
    }
    let weaknesses = rule.cwe.iter().filter_map(|id| weakness_number(id)).map(|number| format!("external/cwe/cwe-{number}"));
    for tag in weaknesses.chain(rule.tags.iter().cloned()) {
        if tags.len() < TAG_LIMIT && !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    PropertyBag { tags: (!tags.is_empty()).then_some(tags), additional_properties: entries }
}

fn from_finding(finding: &Finding) -> CheckInfo {
    CheckInfo {
        id: finding.rule.clone(),
        name: finding.rule.clone(),
        summary: String::new(),
        description: String::new(),
        help_markdown: String::new(),
        severity: finding.severity,
        confidence: finding.confidence,
        cwe: finding.cwe.clone(),
        tags: Vec::new(),
    }
}

fn weakness_number(id: &str) -> Option<u64> {
    let digits = id.strip_prefix("CWE-").or_else(|| id.strip_prefix("cwe-")).unwrap_or(id);
    digits.parse().ok()
}

fn first_filled<const N: usize>(texts: [&str; N]) -> &str {
    texts.into_iter().map(str::trim).find(|text| !text.is_empty()).unwrap_or("unnamed")
}

pub(super) fn text(text: &str) -> MultiformatMessageString {
    MultiformatMessageString { text: text.to_owned(), markdown: None, properties: None }
}
