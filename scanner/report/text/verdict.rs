//! The first lines: which server, how it did, what it could do, how much of it was seen.

use std::io::{self, Write};

use crate::report::Report;
use crate::report::clean::{clean_prose, clip, name, width};
use crate::rule::Severity;
use crate::score::{CoverageLevel, Exposure};

use super::paint::{BAD, DOUBTFUL, GOOD, PLAIN, severity_name, severity_style};
use super::{Page, count};

pub(super) fn write(page: &Page<'_>, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut parts = verdict(report);
    for (text, _) in &mut parts {
        *text = clip(text, page.width);
    }
    let total: usize = parts.iter().map(|(text, _)| width(text) + 2).sum();
    // On one line where it fits; otherwise the name has a line of its own and the rest flows.
    let mut used = 0;
    for (index, (text, style)) in parts.iter().enumerate() {
        let needed = width(text) + 2;
        if used > 0 && (used + needed > page.width + 2 || (index == 1 && total > page.width + 2)) {
            writeln!(out)?;
            used = 0;
        }
        if used > 0 {
            write!(out, "  ")?;
        }
        let painted = if index == 0 { page.paint.strong(text) } else { page.paint.style(*style, text) };
        write!(out, "{painted}")?;
        used += needed;
    }
    writeln!(out)?;
    if report.findings.is_empty() { page.prose(&nothing_found(page, report), 0, out) } else { writeln!(out, "{}", counts(page, report)) }
}

fn verdict(report: &Report) -> Vec<(String, anstyle::Style)> {
    let target = &report.target;
    let version = target.version.as_deref().filter(|version| !version.is_empty());
    // In a configuration a server goes by the name it has there.
    let called = match target.configured_as.as_deref().filter(|called| *called != target.display_name() && target.name.is_some()) {
        Some(called) => format!("{}: {}", name(called), name(target.display_name())),
        None => name(target.label()),
    };
    let who = match version {
        Some(version) => format!("{called} {}", clip(&name(version), 20)),
        None => called,
    };
    let score = &report.score;
    let (value, style) = match score.value {
        Some(value) => (format!("{value}/100 {}", score.grade), grade_style(value)),
        None => ("?".to_owned(), DOUBTFUL),
    };
    let coverage = format!("coverage {} ({})", coverage_name(score.coverage), tools_seen(report));
    let coverage_style = if score.coverage == CoverageLevel::Complete { PLAIN } else { DOUBTFUL };
    vec![
        (who, PLAIN),
        (value, style),
        (format!("exposure {}", exposure_name(score.exposure)), PLAIN),
        (coverage, coverage_style),
        (format!("formula {}", score.formula), PLAIN),
    ]
}

fn grade_style(value: u8) -> anstyle::Style {
    match value {
        75.. => GOOD,
        40.. => DOUBTFUL,
        _ => BAD,
    }
}

/// `12/12 tools`: those whose handler was found among those known; `+` when there may be more.
fn tools_seen(report: &Report) -> String {
    let tools = &report.server.tools;
    let more = if report.server.tools_complete { "" } else { "+" };
    if tools.is_empty() || report.coverage().files_total == 0 {
        return format!("{}{more} {}", tools.len(), if tools.len() == 1 && more.is_empty() { "tool" } else { "tools" });
    }
    let found = tools.iter().filter(|tool| tool.handler.is_some()).count();
    format!("{found}/{}{more} tools", tools.len())
}

/// Never more than the checks can say.
fn nothing_found(page: &Page<'_>, report: &Report) -> String {
    if report.score.coverage == CoverageLevel::None {
        return "too little of it was seen to say anything".to_owned();
    }
    let checks = count(page.context.checks.len(), "check");
    let ruleset = short_digest(page.context.rules_digest);
    format!("no issue found by the {checks} of ruleset {ruleset}; coverage {}", coverage_name(report.score.coverage))
}

/// The findings, counted by severity.
fn counts(page: &Page<'_>, report: &Report) -> String {
    let mut by_severity = Vec::new();
    for severity in [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info] {
        let number = report.findings.iter().filter(|finding| finding.severity == severity).count();
        if number > 0 {
            by_severity.push(page.paint.style(severity_style(severity), &format!("{number} {}", severity_name(severity))));
        }
    }
    format!("{}: {}", count(report.findings.len(), "finding"), by_severity.join(", "))
}

fn short_digest(digest: &str) -> String {
    clip(&clean_prose(digest.trim_start_matches("sha256:")).chars().take(12).collect::<String>(), 12)
}

fn coverage_name(level: CoverageLevel) -> &'static str {
    match level {
        CoverageLevel::None => "none",
        CoverageLevel::Poor => "poor",
        CoverageLevel::Partial => "partial",
        CoverageLevel::Complete => "complete",
    }
}

fn exposure_name(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::None => "NONE",
        Exposure::Low => "LOW",
        Exposure::Medium => "MEDIUM",
        Exposure::High => "HIGH",
        Exposure::Critical => "CRITICAL",
    }
}
