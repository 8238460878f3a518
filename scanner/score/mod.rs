//! Findings + coverage → score `mts-1`, exposure, and the ledger that explains every point lost.
//!
//! Three answers are kept apart: *conduct* (the score: what the server does badly or hides), *exposure* (what it can do
//! when everything is declared) and *coverage* (how much of it was seen). Waivers and policies change none of them.

mod coverage;
mod exposure;
mod formula;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::analysis::facts::ServerFacts;
use crate::rule::{Confidence, Finding, Severity};

pub use coverage::{level as coverage_level, reasons as coverage_reasons};
pub use exposure::exposure;
pub use formula::FORMULA;

/// The trust score of one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Id of the formula: `mts-1`.
    pub formula: String,
    /// 0–100, `None` when too little was seen to say.
    pub value: Option<u8>,
    /// `A` to `F`, `?` for none.
    pub grade: String,
    pub exposure: Exposure,
    pub coverage: CoverageLevel,
    /// Every deduction and cap, in the order applied. The points of all entries but the last (`total`) add up to the
    /// points of the last, which is 100 minus the score. Empty for a score of 100.
    pub ledger: Vec<LedgerEntry>,
}

/// What the server can do when everything is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exposure {
    None,
    Low,
    Medium,
    High,
    Critical,
}

/// How much of the server was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CoverageLevel {
    None,
    Poor,
    Partial,
    Complete,
}

/// One line of the score's arithmetic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    /// Check that costs points, `cap`, `coverage`, or `total` (the last line).
    pub rule: String,
    /// `src/api.ts:22`, when there is a place.
    pub place: Option<String>,
    /// What happened, for a reader.
    pub what: String,
    /// Points (of 100) lost here: the fall of the rounded-down score at this step.
    pub points: u32,
}

/// What kind of check a rule is, as far as the score cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleClass {
    /// Costs points by severity and confidence.
    Ordinary,
    /// Untidiness: all hygiene findings together cost at most ten points and never cap the score.
    Hygiene,
    /// Behaviour no honest server has (poisoned descriptions, hidden exfiltration): caps the score at 5.
    Malicious,
}

/// Scores one server. `class` tells what kind of check a rule id is.
pub fn score(findings: &[Finding], facts: &ServerFacts, class: impl Fn(&str) -> RuleClass) -> Score {
    let coverage = coverage::level(facts);
    let (value, ledger) = formula::apply(findings, coverage, &coverage::reasons(facts), class);
    Score { formula: FORMULA.to_owned(), value, grade: grade(value).to_owned(), exposure: exposure(findings, facts), coverage, ledger }
}

/// The grade of a score that is already rounded down: 59.5 is 59 and D, never "60" and D.
pub fn grade(value: Option<u8>) -> &'static str {
    match value {
        None => "?",
        Some(90..) => "A",
        Some(75..) => "B",
        Some(60..) => "C",
        Some(40..) => "D",
        Some(_) => "F",
    }
}

macro_rules! display_lowercase {
    ($type:ty { $($variant:ident => $text:literal),* }) => {
        impl $type {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
display_lowercase!(Exposure { None => "none", Low => "low", Medium => "medium", High => "high", Critical => "critical" });
display_lowercase!(CoverageLevel { None => "none", Poor => "poor", Partial => "partial", Complete => "complete" });

/// A severity as the report writes it.
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// A confidence as the report writes it.
pub fn confidence_name(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}
