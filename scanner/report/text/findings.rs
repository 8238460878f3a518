//! The findings, worst first, each with its line and the steps that lead to it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::analysis::facts::{Place, Step};
use crate::report::clean::{clean_prose, clean_start, clip, name, width};
use crate::report::{Report, order};
use crate::rule::{Confidence, Finding};

use super::paint::{QUIET, severity_name, severity_style};
use super::{Page, count, snippet};

/// How many findings of one rule are shown in full.
const SIMILAR_LIMIT: usize = 5;
const PLACES_LIMIT: usize = 6;
const STEP_LIMIT: usize = 12;
const TOOL_LIMIT: usize = 8;
const MESSAGE_LIMIT: usize = 1_500;

pub(super) fn write(page: &Page<'_>, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.findings.is_empty() {
        return Ok(());
    }
    page.heading("Findings", out)?;
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let sorted = order::sorted(&report.findings);
    for (index, finding) in sorted.iter().enumerate() {
        let number = seen.entry(&finding.rule).or_default();
        *number += 1;
        if *number <= SIMILAR_LIMIT {
            if index > 0 {
                writeln!(out)?;
            }
            write_finding(page, report, finding, out)?;
        } else if *number == SIMILAR_LIMIT + 1 {
            let rest: Vec<&Finding> = sorted[index..].iter().copied().filter(|other| other.rule == finding.rule).collect();
            writeln!(out)?;
            write_similar(page, &rest, out)?;
        }
    }
    Ok(())
}

fn write_finding(page: &Page<'_>, report: &Report, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let severity = page.paint.style(severity_style(finding.severity), severity_name(finding.severity));
    let rule = clip(&clean_start(&finding.rule, 100), 38);
    let title = page.context.check(&finding.rule).map(|check| clean_prose(&check.name)).filter(|title| !title.is_empty());
    let confidence = match finding.confidence {
        Confidence::High => "",
        Confidence::Medium => ", medium confidence",
        Confidence::Low => ", low confidence",
    };
    let title = clip(title.as_deref().unwrap_or(&rule), page.width.saturating_sub(10));
    let label = format!("[{rule}{confidence}]");
    let fits = severity_name(finding.severity).len() + width(&title) + width(&label) + 3 <= page.width;
    let gap = if fits { " " } else { "\n  " };
    writeln!(out, "{severity}: {}{gap}{}", page.paint.strong(&title), page.paint.style(QUIET, &label))?;
    let message: String = finding.message.chars().take(MESSAGE_LIMIT).collect();
    page.prose(&clean_prose(&message), 2, out)?;
    snippet::write(page, report, &finding.location, finding.severity, out)?;
    write_steps(page, "steps", &finding.steps, out)?;
    write_steps(page, "see also", &finding.related, out)?;
    write_tools(page, &finding.tools, out)
}

fn write_steps(page: &Page<'_>, title: &str, steps: &[Step], out: &mut dyn Write) -> io::Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {title}:")?;
    for (index, step) in steps.iter().enumerate() {
        if steps.len() > STEP_LIMIT && (STEP_LIMIT / 2..steps.len() - STEP_LIMIT / 2).contains(&index) {
            if index == STEP_LIMIT / 2 {
                writeln!(out, "     … {}", count(steps.len() - STEP_LIMIT, "more step"))?;
            }
            continue;
        }
        let text = format!("{:>4}. {}  {}", index + 1, place(&step.place), clean_prose(&clean_start(&step.what, 300)));
        writeln!(out, "{}", clip(&text, page.width))?;
    }
    Ok(())
}

fn write_tools(page: &Page<'_>, tools: &[String], out: &mut dyn Write) -> io::Result<()> {
    if tools.is_empty() {
        return Ok(());
    }
    let mut names: Vec<String> = tools.iter().take(TOOL_LIMIT).map(|tool| name(tool)).collect();
    if tools.len() > TOOL_LIMIT {
        names.push(format!("and {} more", tools.len() - TOOL_LIMIT));
    }
    page.prose(&format!("tools: {}", names.join(", ")), 2, out)
}

fn write_similar(page: &Page<'_>, rest: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = rest.first() else { return Ok(()) };
    let mut places: Vec<String> = rest.iter().take(PLACES_LIMIT).map(|finding| place(&finding.location)).collect();
    if rest.len() > PLACES_LIMIT {
        places.push("…".to_owned());
    }
    let rule = clip(&clean_start(&first.rule, 100), 60);
    page.prose(&format!("and {} more of {rule}: {}", rest.len(), places.join(", ")), 2, out)
}

/// `src/api.ts:22`.
pub(super) fn place(place: &Place) -> String {
    let file = clip(&clean_start(&place.file, 400), 60);
    if place.line > 0 { format!("{file}:{}", place.line) } else { file }
}
