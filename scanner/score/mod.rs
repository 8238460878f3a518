//! Findings + coverage → score `mts-1`, exposure, and the ledger that explains every point lost.

use serde::Serialize;

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
    /// Every deduction and cap, in the order applied.
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
    /// Check that costs points, or `coverage` / `cap`.
    pub rule: String,
    /// `src/api.ts:22`, when there is a place.
    pub place: Option<String>,
    /// What happened, for a reader.
    pub what: String,
    /// Points (of 100) lost here, rounded down; the ledger's last line gives the exact total.
    pub points: u32,
}
