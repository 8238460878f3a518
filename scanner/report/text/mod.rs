//! The report for people: the verdict, what each tool can do, what is wrong, why the score is what it is, what was not
//! seen, and what to type next.

mod coverage;
mod exposure;
mod findings;
mod ledger;
mod map;
mod paint;
mod snippet;
mod table;
mod verdict;

use std::io::{self, Write};

use super::clean;
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
    if let Some(together) = reports.iter().find_map(|report| report.together.as_deref()) {
        writeln!(out, "\n{}", "═".repeat(width))?;
        exposure::write_together(&page, together, out)?;
    }
    page.next_command(reports, out)
}

impl Page<'_> {
    fn report(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        if report.target.kind == "config" {
            return self.unseen(report, out);
        }
        verdict::write(self, report, out)?;
        map::write(self, report, out)?;
        exposure::write(self, report, out)?;
        findings::write(self, report, out)?;
        ledger::write(self, report, out)?;
        coverage::write(self, report, out)
    }

    /// A server of a configuration whose code is not here: there is nothing to tell but why.
    fn unseen(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}  {}", self.paint.strong(&clean::name(report.target.label())), self.paint.style(paint::DOUBTFUL, "? not seen"))?;
        for unresolved in &report.coverage().unresolved {
            self.prose(&clean::clean_prose(&unresolved.what), 2, out)?;
            let place = format!("   --> {}:{}", clean::clean_prose(&unresolved.location.file), unresolved.location.line);
            writeln!(out, "{}", clean::clip(&place, self.width))?;
        }
        Ok(())
    }

    /// The title of a part, with an empty line above it.
    fn heading(&self, title: &str, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n{}", self.paint.heading(title))
    }

    fn next_command(&self, reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
        let [report, ..] = reports else { return Ok(()) };
        // Servers of a configuration are scanned by its name.
        let spec = match report.target.configured_as {
            Some(_) => report.target.spec.split('#').next().unwrap_or_default(),
            None => &report.target.spec,
        };
        let spec = pasteable(spec, self.width / 3);
        let name = self.context.scanner_name;
        self.heading("Next", out)?;
        for (option, purpose) in [("--format sarif", "for code scanning"), ("--fail-on high", "to stop a build")] {
            let command = format!("  {name} scan {spec} {option}");
            let line = format!("{command}    {purpose}");
            writeln!(out, "{}", if clean::width(&line) <= self.width { line } else { command })?;
        }
        Ok(())
    }

    /// Prose, broken at spaces, every line indented.
    fn prose(&self, text: &str, indent: usize, out: &mut dyn Write) -> io::Result<()> {
        for line in paint::wrap(text, self.width.min(PROSE_WIDTH).saturating_sub(indent)) {
            writeln!(out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }
}

/// The target as it may be pasted into a shell; a name that a shell would act on is not repeated.
fn pasteable(spec: &str, columns: usize) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@:/._+-".contains(&byte);
    if !spec.is_empty() && spec.len() <= columns && !spec.starts_with('-') && spec.bytes().all(plain) { spec } else { "TARGET" }
}

/// `1 tool`, `3 tools`.
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::pasteable;

    #[test]
    fn commands_to_paste_hold_nothing_for_the_shell() {
        assert_eq!(pasteable("npm:@scope/x@1.2.3", 40), "npm:@scope/x@1.2.3");
        for spec in ["", "-rf", "x; rm -rf ~", "$(id)", "a b", "x\u{202e}", "far-too-long-for-it-all"] {
            assert_eq!(pasteable(spec, 20), "TARGET");
        }
    }
}
