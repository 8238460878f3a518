//! What was not seen.

use std::io::{self, Write};

use crate::analysis::facts::Weight;
use crate::report::Report;
use crate::report::clean::{clean_prose, clean_start, clip};

use super::Page;
use super::findings::place;
use super::paint::{DOUBTFUL, QUIET};

const ITEM_LIMIT: usize = 10;

pub(super) fn write(page: &Page<'_>, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let coverage = report.coverage();
    page.heading("What was not seen", out)?;
    let files = match coverage.files_total {
        0 => "there was no code to read".to_owned(),
        1 => format!("{} of 1 file of code was read", coverage.files_parsed),
        total => format!("{} of {total} files of code were read", coverage.files_parsed),
    };
    writeln!(out, "  {files}")?;
    if coverage.bytes_in_errors > 0 && coverage.bytes_parsed > 0 {
        let share = coverage.bytes_in_errors.saturating_mul(1000) / coverage.bytes_parsed;
        let share = if share == 0 { "less than 0.1".to_owned() } else { format!("{}.{}", share / 10, share % 10) };
        writeln!(out, "  {share} % of their text has errors of syntax")?;
    }
    let because = &report.server.tools_incomplete_because;
    write_items(page, because.len(), "reason why tools may be missing", "reasons why tools may be missing", out, |index| {
        because.get(index).map(|why| (clean_prose(&clean_start(why, 400)), true))
    })?;
    let skipped = &coverage.files_skipped;
    write_items(page, skipped.len(), "file skipped", "files skipped", out, |index| {
        let file = skipped.get(index)?;
        Some((format!("{}  {}", clip(&clean_start(&file.file, 400), 60), clean_prose(&clean_start(&file.reason, 400))), true))
    })?;
    // What weighs most first; the order within is that of the report.
    let mut unresolved: Vec<_> = coverage.unresolved.iter().collect();
    unresolved.sort_by_key(|item| std::cmp::Reverse(item.weight));
    write_items(page, unresolved.len(), "thing that could not be followed", "things that could not be followed", out, |index| {
        let item = unresolved.get(index)?;
        let what = clean_prose(&clean_start(&item.what, 400));
        let text = if item.location.file.is_empty() { what } else { format!("{}  {what}", place(&item.location)) };
        Some((text, item.weight > Weight::Note))
    })
}

fn write_items(
    page: &Page<'_>,
    number: usize,
    one: &str,
    several: &str,
    out: &mut dyn Write,
    item: impl Fn(usize) -> Option<(String, bool)>,
) -> io::Result<()> {
    if number == 0 {
        return Ok(());
    }
    writeln!(out, "  {number} {}:", if number == 1 { one } else { several })?;
    for (text, weighs) in (0..number.min(ITEM_LIMIT)).filter_map(item) {
        let mark = if weighs { page.paint.style(DOUBTFUL, "?") } else { page.paint.style(QUIET, "·") };
        writeln!(out, "    {mark} {}", clip(&text, page.width.saturating_sub(6)))?;
    }
    if number > ITEM_LIMIT {
        writeln!(out, "      … {} more", number - ITEM_LIMIT)?;
    }
    Ok(())
}
