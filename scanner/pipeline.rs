//! Target → [`Report`], and everything else that the command line needs of the other rooms: the one place where they meet.

use std::io::{self, Write};
use std::path::Path;

use crate::report::Report;

/// What a scan may be told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The user's `tidewaiter.toml`, when it has a `[declare]` table: declarations that count like a manifest's.
    pub declare: Option<Declare>,
}

/// A policy file with a `[declare]` table, as text: declarations have places.
#[derive(Clone, Debug)]
pub struct Declare {
    /// Its name, for messages.
    pub file: String,
    pub text: String,
}

/// Why a target could not be scanned at all.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The target does not exist or cannot be opened: the user's mistake.
    #[error("{0}")]
    Target(String),
    /// The target was read and nothing in it is an MCP server.
    #[error("{0}")]
    NoServer(String),
}

/// How a report is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// The exit status the run will have.
    pub exit_code: u8,
}

/// A check as `tidewaiter checks` shows it.
#[derive(Clone, Debug)]
pub struct CheckText {
    pub id: String,
    pub severity: String,
    pub title: String,
    /// Markdown: what it is, why it matters, what to do.
    pub text: String,
}

/// Scans one target.
pub fn scan_path(path: &Path, _options: &Options) -> Result<Report, ScanError> {
    Err(ScanError::Target(format!("{}: the scan is not wired", path.display())))
}

/// What is wrong in a `[declare]` table; each of these is a mistake of the user.
pub fn declare_problems(_declare: &Declare) -> Vec<String> {
    Vec::new()
}

/// Names of the output formats; the first is the default.
pub fn formats() -> Vec<&'static str> {
    vec!["text", "json", "sarif"]
}

/// Writes the reports in one format.
pub fn render(_format: &str, _reports: &[Report], _style: Style, _out: &mut dyn Write) -> io::Result<()> {
    Err(io::Error::other("the report is not wired"))
}

/// Every check, sorted by id.
pub fn checks() -> Vec<CheckText> {
    Vec::new()
}

/// The JSON Schema of the JSON report.
pub fn report_schema() -> &'static str {
    "{}\n"
}
