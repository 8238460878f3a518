//! The formula `mts-1`. Integers only, in basis points (10 000 = 100 points), rounded down at each step, in a fixed order:
//!
//! ```text
//! p(finding) = W[severity] × C[confidence] / 100
//! keep(rule) = Π (10000 − (p_i >> i)) / 10000    the second hit of a rule counts half, the third a quarter, …
//! raw        = 10000 × Π keep(rule) × (10000 − min(Σ p(hygiene), 1000)) / 10000
//! score      = min(raw, caps) / 100
//! ```
//!
//! Caps (findings of medium or high confidence): malicious behaviour 5, a critical finding 39, a high finding 74;
//! coverage partial 89, poor 59, none: no score, unless a malicious or critical finding caps it anyway.

use std::collections::BTreeMap;

use super::{CoverageLevel, LedgerEntry, RuleClass, confidence_name, severity_name};
use crate::analysis::facts::Place;
use crate::rule::{Confidence, Finding, Severity};

/// Id of the formula; a change of weights, caps or arithmetic is a new id.
pub const FORMULA: &str = "mts-1";

const WHOLE: u32 = 10_000;
const HYGIENE_LIMIT: u32 = 1_000;
const CAP_MALICIOUS: u32 = 500;
const CAP_CRITICAL: u32 = 3_900;
const CAP_HIGH: u32 = 7_400;
const CAP_PARTIAL: u32 = 8_900;
const CAP_POOR: u32 = 5_900;

fn weight(severity: Severity) -> u32 {
    match severity {
        Severity::Critical => 6_000,
        Severity::High => 3_000,
        Severity::Medium => 1_200,
        Severity::Low => 400,
        Severity::Info => 0,
    }
}

fn percent(confidence: Confidence) -> u32 {
    match confidence {
        Confidence::High => 100,
        Confidence::Medium => 60,
        Confidence::Low => 25,
    }
}

fn penalty(finding: &Finding) -> u32 {
    weight(finding.severity) * percent(finding.confidence) / 100
}

/// The part of `raw` that is left after losing `p` basis points of it.
fn keep(raw: u32, p: u32) -> u32 {
    // Both are at most 10 000, so the product fits.
    raw * (WHOLE - p.min(WHOLE)) / WHOLE
}

/// The running score and the ledger of what moved it.
struct Account {
    raw: u32,
    ledger: Vec<LedgerEntry>,
}

impl Account {
    fn fall_to(&mut self, raw: u32, rule: &str, place: Option<String>, what: String) {
        if raw < self.raw {
            let points = self.raw / 100 - raw / 100;
            self.raw = raw;
            self.ledger.push(LedgerEntry { rule: rule.to_owned(), place, what, points });
        }
    }
}

pub(super) fn apply(
    findings: &[Finding],
    coverage: CoverageLevel,
    coverage_reasons: &[String],
    class: impl Fn(&str) -> RuleClass,
) -> (Option<u8>, Vec<LedgerEntry>) {
    let (groups, hygiene) = group(findings, &class);
    let mut account = Account { raw: WHOLE, ledger: Vec::new() };

    for (rule, hits) in &groups {
        for (i, finding) in hits.iter().enumerate() {
            let p = u32::try_from(i).ok().and_then(|i| penalty(finding).checked_shr(i)).unwrap_or(0);
            let raw = keep(account.raw, p);
            account.fall_to(raw, rule, place(&finding.location), hit(finding, i));
        }
    }

    // Hygiene is one deduction with a limit; the ledger takes it apart again, finding by finding.
    let before = account.raw;
    let mut spent = 0;
    for finding in hygiene {
        spent = (spent + penalty(finding)).min(HYGIENE_LIMIT);
        let raw = keep(before, spent);
        account.fall_to(raw, &finding.rule, place(&finding.location), format!("{}, hygiene", grading(finding)));
    }

    let cap = worst_cap(findings, &class);
    if let Some((limit, finding, why)) = cap {
        let what = format!("{why}: at most {} ({})", limit / 100, finding.rule);
        account.fall_to(account.raw.min(limit), "cap", place(&finding.location), what);
    }

    let reason = coverage_reasons.first().map_or(String::new(), |reason| format!(": {reason}"));
    match coverage {
        CoverageLevel::Complete => {}
        CoverageLevel::Partial => account.fall_to(account.raw.min(CAP_PARTIAL), "coverage", None, format!("partial, at most 89{reason}")),
        CoverageLevel::Poor => account.fall_to(account.raw.min(CAP_POOR), "coverage", None, format!("poor, at most 59{reason}")),
        CoverageLevel::None => {
            if !matches!(cap, Some((limit, ..)) if limit <= CAP_CRITICAL) {
                let what = format!("none, so there is no score{reason}");
                return (None, vec![LedgerEntry { rule: "coverage".to_owned(), place: None, what, points: 0 }]);
            }
        }
    }

    let value = account.raw / 100;
    if !account.ledger.is_empty() {
        let lost = 100 - value;
        let what = format!("{lost} of 100 points lost");
        account.ledger.push(LedgerEntry { rule: "total".to_owned(), place: None, what, points: lost });
    }
    // `raw` never exceeds 10 000.
    (Some(u8::try_from(value).unwrap_or(100)), account.ledger)
}

/// Findings by rule, worst first, and the hygiene findings, worst first. Independent of the order of the findings.
fn group<'f>(findings: &'f [Finding], class: &impl Fn(&str) -> RuleClass) -> (BTreeMap<&'f str, Vec<&'f Finding>>, Vec<&'f Finding>) {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by(|a, b| {
        let key = |f: &'f Finding| (std::cmp::Reverse(penalty(f)), &f.rule, &f.location, &f.fingerprint, &f.message);
        key(a).cmp(&key(b))
    });
    let mut groups: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    let mut hygiene = Vec::new();
    for finding in sorted {
        match class(&finding.rule) {
            RuleClass::Hygiene => hygiene.push(finding),
            RuleClass::Ordinary | RuleClass::Malicious => groups.entry(&finding.rule).or_default().push(finding),
        }
    }
    (groups, hygiene)
}

/// The lowest cap that a finding sets, with the finding that sets it.
fn worst_cap<'f>(findings: &'f [Finding], class: &impl Fn(&str) -> RuleClass) -> Option<(u32, &'f Finding, &'static str)> {
    findings
        .iter()
        .filter(|finding| finding.confidence >= Confidence::Medium)
        .filter_map(|finding| {
            let (limit, why) = match (class(&finding.rule), finding.severity) {
                (RuleClass::Hygiene, _) => return None,
                (RuleClass::Malicious, _) => (CAP_MALICIOUS, "malicious behaviour"),
                (RuleClass::Ordinary, Severity::Critical) => (CAP_CRITICAL, "a critical finding"),
                (RuleClass::Ordinary, Severity::High) => (CAP_HIGH, "a high finding"),
                (RuleClass::Ordinary, _) => return None,
            };
            Some((limit, finding, why))
        })
        .min_by(|(a, x, _), (b, y, _)| (a, &x.rule, &x.location).cmp(&(b, &y.rule, &y.location)))
}

fn place(location: &Place) -> Option<String> {
    (!location.file.is_empty()).then(|| if location.line == 0 { location.file.to_string() } else { format!("{}:{}", location.file, location.line) })
}

/// `high severity, medium confidence`.
fn grading(finding: &Finding) -> String {
    format!("{} severity, {} confidence", severity_name(finding.severity), confidence_name(finding.confidence))
}

fn hit(finding: &Finding, i: usize) -> String {
    match i {
        0 => grading(finding),
        1 => format!("{}; second of its kind, counts half", grading(finding)),
        2 => format!("{}; third of its kind, counts a quarter", grading(finding)),
        _ => format!("{}; number {} of its kind, counts 1/{}", grading(finding), i + 1, 1u64.checked_shl(i as u32).unwrap_or(u64::MAX)),
    }
}
