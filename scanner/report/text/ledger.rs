//! Why the score is what it is.

use std::io::{self, Write};

use crate::report::Report;
use crate::report::clean::{clean_prose, clean_start, clip};

use super::Page;
use super::paint::{BAD, QUIET};

const LINE_LIMIT: usize = 25;

pub(super) fn write(page: &Page<'_>, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let ledger = &report.score.ledger;
    if ledger.is_empty() {
        return Ok(());
    }
    page.heading("Score", out)?;
    for entry in ledger.iter().take(LINE_LIMIT) {
        let points = if entry.points > 0 { format!("-{}", entry.points) } else { String::new() };
        let mut text = clip(&clean_start(&entry.rule, 100), 40);
        if let Some(place) = &entry.place {
            text.push_str("  ");
            text.push_str(&clip(&clean_start(place, 400), 50));
        }
        text.push_str("  ");
        text.push_str(&clean_prose(&clean_start(&entry.what, 400)));
        let text = clip(&text, page.width.saturating_sub(8));
        writeln!(out, "  {}  {text}", page.paint.style(if entry.points > 0 { BAD } else { QUIET }, &format!("{points:>4}")))?;
    }
    if ledger.len() > LINE_LIMIT {
        writeln!(out, "        … {} more lines", ledger.len() - LINE_LIMIT)?;
    }
    match report.score.value {
        Some(value) => writeln!(out, "  {value:>4}  of 100"),
        None => writeln!(out, "     ?  no score"),
    }
}
