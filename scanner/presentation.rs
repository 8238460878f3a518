//! What the command line needs of the checks and the formats.

use std::io::{self, Write};

use crate::report::{self, CheckInfo, Context, Report};
use crate::rule::{self, Check};
use crate::rules;

/// How a report is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// The exit status the run will have.
    pub exit_code: u8,
    /// More than one target was asked for.
    pub several: bool,
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

/// Names of the output formats; the first is the default.
pub fn formats() -> Vec<&'static str> {
    report::FORMATS.iter().map(|format| format.name).collect()
}

/// Writes the reports in one format.
pub fn render(format: &str, reports: &[Report], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let checks: Vec<CheckInfo> = loaded().iter().map(info).collect();
    let context = Context {
        scanner_name: "tidewaiter",
        scanner_version: env!("CARGO_PKG_VERSION"),
        rules_digest: rules::digest(),
        checks: &checks,
        color: style.color,
        width: style.width,
        exit_code: Some(i32::from(style.exit_code)),
        several: style.several,
    };
    let format = report::format(format).ok_or_else(|| io::Error::other(format!("there is no format `{format}`")))?;
    (format.render)(reports, &context, out)
}

/// Every check, sorted by id.
pub fn checks() -> Vec<CheckText> {
    let mut all: Vec<CheckText> = loaded()
        .iter()
        .map(|check| CheckText {
            text: markdown(check),
            severity: crate::score::severity_name(check.severity).to_owned(),
            id: check.id.clone(),
            title: check.title.clone(),
        })
        .collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// The checks of this build. They are tested when it is made; a scan reports the error if they cannot be read all the same.
fn loaded() -> &'static [Check] {
    rule::load().unwrap_or_default()
}

fn markdown(check: &Check) -> String {
    format!(
        "# {}\n\n## What it finds\n\n{}\n\n## Why it matters\n\n{}\n\n## What to do\n\n{}\n",
        check.title,
        check.finds.trim(),
        check.matters.trim(),
        check.remedy.trim()
    )
}

fn info(check: &Check) -> CheckInfo {
    CheckInfo {
        id: check.id.clone(),
        name: check.title.clone(),
        summary: check.title.clone(),
        description: check.finds.trim().replace('\n', " "),
        help_markdown: markdown(check),
        severity: check.severity,
        confidence: check.confidence,
        cwe: check.cwe.clone(),
        tags: check.tags.clone(),
    }
}

/// The JSON Schema of the JSON report.
pub fn report_schema() -> &'static str {
    report::JSON_SCHEMA
}
