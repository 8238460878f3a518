//! One [`Report`] → text, JSON, SARIF. A new output format is one file here and one row in [`FORMATS`].

pub mod clean;
mod escape;
mod json;
mod order;
mod sarif;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use crate::analysis::facts::{Coverage, ServerFacts};
use crate::manifest::Declaration;
use crate::rule::{Confidence, Finding, Severity, Trifecta};
use crate::score::Score;
use crate::together::Together;

/// Everything a scan of one server found.
#[derive(Clone, Debug)]
pub struct Report {
    pub target: Target,
    pub server: ServerFacts,
    pub declarations: Vec<Declaration>,
    pub findings: Vec<Finding>,
    pub score: Score,
    /// Which tools make a way from a stranger's text to private data and out.
    pub trifecta: Trifecta,
    /// What it is beside the other servers of the run, when those are used together.
    pub together: Option<Arc<Together>>,
    /// Files of the target, for showing source lines: path → text.
    pub sources: BTreeMap<String, Arc<str>>,
}

/// What was scanned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Target {
    /// As the user named it, when that says nothing of this machine; otherwise the directory's name.
    pub spec: String,
    /// `directory`, `file`, `tools` (a list of tools without code), …
    pub kind: String,
    pub name: Option<String>,
    /// What it is called in the configuration that names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configured_as: Option<String>,
    /// Other names by which it goes: that of its `server.json`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_named: Vec<String>,
    pub version: Option<String>,
    /// `sha256:…` over the sorted files.
    pub digest: String,
}

impl Target {
    /// The name a reader knows the server by.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.spec)
    }

    /// The name that a user of several servers knows it by.
    pub fn label(&self) -> &str {
        self.configured_as.as_deref().filter(|name| !name.is_empty()).unwrap_or_else(|| self.display_name())
    }
}

impl Report {
    pub fn coverage(&self) -> &Coverage {
        &self.server.coverage
    }
}

/// A check as the formats need it: what SARIF's rule table and the readers of a finding are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckInfo {
    pub id: String,
    /// Title of a few words.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// Plain text, a paragraph.
    pub description: String,
    pub help_markdown: String,
    pub severity: Severity,
    pub confidence: Confidence,
    /// `CWE-78`, the most specific first.
    pub cwe: Vec<String>,
    pub tags: Vec<String>,
}

/// What surrounds the reports: the scanner itself and the place the output goes to.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    pub scanner_name: &'a str,
    pub scanner_version: &'a str,
    /// `sha256:…` over every check and model.
    pub rules_digest: &'a str,
    /// Every check that was run, whether it fired or not.
    pub checks: &'a [CheckInfo],
    /// Whether the text report may use colour.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// The exit status, when it is known before the report is written.
    pub exit_code: Option<i32>,
    /// More than one target was asked for: the form of the output does not depend on how many could be scanned.
    pub several: bool,
}

impl Context<'_> {
    fn check(&self, id: &str) -> Option<&CheckInfo> {
        self.checks.iter().find(|check| check.id == id)
    }
}

/// Writes the reports of one scan.
pub type Render = fn(reports: &[Report], context: &Context<'_>, out: &mut dyn Write) -> io::Result<()>;

/// An output format.
pub struct Format {
    /// What the user types after `--format`.
    pub name: &'static str,
    pub summary: &'static str,
    pub render: Render,
}

/// Every output format; the first one is the default.
pub const FORMATS: &[Format] = &[
    Format { name: "text", summary: "a report for people", render: text::render },
    Format { name: "json", summary: "everything, in the tidewaiter-report/1 format", render: json::render },
    Format { name: "sarif", summary: "findings as SARIF 2.1.0, for code scanning", render: sarif::render },
];

/// The format of that name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// The JSON Schema (draft 2020-12) of the JSON report.
pub const JSON_SCHEMA: &str = include_str!("tidewaiter-report-1.schema.json");
