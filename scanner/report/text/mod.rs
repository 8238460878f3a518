//! The report for people: the verdict, what each tool can do, what is wrong, why the score is what it is, what was not
//! seen, and what to type next.

mod coverage;
mod findings;
mod ledger;
mod map;
mod paint;
mod snippet;
mod table;
mod verdict;

use std::io::{self, Write};

use super::clean::{clean_prose, clip};
use super::{Context, Report};
use paint::Paint;

/// Narrower than this nothing can be laid out; wider than this nobody can follow a line.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=200;
/// Prose is broken here even on a wider terminal.
const PROSE_WIDTH: usize = 110;

/// What the parts of the report share.
struct Page<'a> {
    context: &'a Context<'a>,
    paint: Paint,
    width: usize,
}

pub(super) fn render(reports: &[Report], context: &Context<'_>, out: &mut dyn Write) -> io::Result<()> {
    let width = context.width.clamp(*WIDTHS.start(), *WIDTHS.end());
    let page = Page { context, paint: Paint { on: context.color }, width };
    for (index, report) in reports.iter().enumerate() {
        if index > 0 {
            writeln!(out, "\n{}\n", "═".repeat(width))?;
        }
        page.report(report, out)?;
    }
    page.next_command(reports, out)
}

impl Page<'_> {
    fn report(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        verdict::write(self, report, out)?;
        map::write(self, report, out)?;
        findings::write(self, report, out)?;
        ledger::write(self, report, out)?;
        coverage::write(self, report, out)
    }

    /// The title of a part, with an empty line above it.
    fn heading(&self, title: &str, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n{}", self.paint.heading(title))
    }

    fn next_command(&self, reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
        let [report, ..] = reports else { return Ok(()) };
        let spec = clip(&clean_prose(&report.target.spec), 60);
        let name = self.context.scanner_name;
        self.heading("Next", out)?;
        writeln!(out, "  {name} scan {spec} --format sarif    for code scanning")?;
        writeln!(out, "  {name} scan {spec} --fail-on high    to stop a build")
    }

    /// Prose, broken at spaces, every line indented.
    fn prose(&self, text: &str, indent: usize, out: &mut dyn Write) -> io::Result<()> {
        for line in paint::wrap(text, self.width.min(PROSE_WIDTH).saturating_sub(indent)) {
            writeln!(out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }
}

/// `1 tool`, `3 tools`.
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
