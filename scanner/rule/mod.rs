//! Facts + declarations + checks → findings.

use serde::Serialize;

use crate::analysis::facts::{Place, Step};

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
