//! One [`Report`] → text, JSON, SARIF. A new output format is one file here and one row in [`FORMATS`].

use serde::Serialize;

use crate::analysis::facts::{Coverage, ServerFacts};
use crate::manifest::Declaration;
use crate::rule::Finding;
use crate::score::Score;

/// Everything a scan of one server found.
#[derive(Clone, Debug)]
pub struct Report {
    pub target: Target,
    pub server: ServerFacts,
    pub declarations: Vec<Declaration>,
    pub findings: Vec<Finding>,
    pub score: Score,
    /// Files of the target, for showing source lines: path → text.
    pub sources: std::collections::BTreeMap<String, std::sync::Arc<str>>,
}

/// What was scanned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Target {
    /// As the user named it, when that says nothing of this machine; otherwise the directory's name.
    pub spec: String,
    /// `directory`, `archive`, `tools`, …
    pub kind: String,
    pub name: Option<String>,
    pub version: Option<String>,
    /// `sha256:…` over the sorted files.
    pub digest: String,
}

impl Report {
    pub fn coverage(&self) -> &Coverage {
        &self.server.coverage
    }
}
