//! A table whose cells hold lines, fitted to a width.

use std::io::{self, Write};

use anstyle::Style;

use crate::report::clean::{clip, width};

use super::paint::Paint;

/// Cleaned text on one line of a cell.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) style: Style,
    /// A remark that may run over the columns to its right where they are empty.
    pub(super) runs_over: bool,
}

pub(super) type Cell = Vec<Line>;

const GAP: usize = 2;
const NARROWEST: usize = 8;
/// Columns cut below this say too little.
const READABLE: usize = 16;

/// Whether the rows can be read as a table of that width.
pub(super) fn fits(columns: usize, heads: &[&str], rows: &[Vec<Cell>]) -> bool {
    let natural = natural_widths(heads, rows);
    fit(&natural, columns).iter().zip(&natural).all(|(width, natural)| width >= natural || *width >= READABLE)
}

/// Writes the rows under their heads, the widest columns cut until all fit.
pub(super) fn write(paint: Paint, columns: usize, heads: &[&str], rows: &[Vec<Cell>], out: &mut dyn Write) -> io::Result<()> {
    let widths = fit(&natural_widths(heads, rows), columns);
    let mut head = String::from("  ");
    for (text, width) in heads.iter().zip(&widths) {
        head.push_str(&pad(&clip(text, *width), *width + GAP));
    }
    writeln!(out, "{}", paint.strong(head.trim_end()))?;
    for row in rows {
        let height = row.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for line in 0..height {
            let mut text = String::from("  ");
            let mut pending = 0;
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                match cell.get(line) {
                    Some(part) => {
                        let alone = part.runs_over && row.iter().skip(column + 1).all(|cell| cell.get(line).is_none());
                        let room = if alone { widths[column..].iter().map(|width| width + GAP).sum::<usize>() - GAP } else { *width };
                        let cut = clip(&part.text, room);
                        text.push_str(&" ".repeat(pending));
                        text.push_str(&paint.style(part.style, &cut));
                        pending = (width + GAP).saturating_sub(self::width(&cut));
                    }
                    None => pending += width + GAP,
                }
            }
            writeln!(out, "{text}")?;
        }
    }
    Ok(())
}

fn natural_widths(heads: &[&str], rows: &[Vec<Cell>]) -> Vec<usize> {
    let mut widths: Vec<usize> = heads.iter().map(|head| width(head)).collect();
    for row in rows {
        for (cell, needed) in row.iter().zip(&mut widths) {
            *needed = cell.iter().filter(|line| !line.runs_over).map(|line| width(&line.text)).fold(*needed, usize::max);
        }
    }
    widths
}

/// Takes from the widest column until the table fits.
fn fit(natural: &[usize], columns: usize) -> Vec<usize> {
    let available = columns.saturating_sub(2 + GAP * natural.len().saturating_sub(1));
    // Lower the limit on all columns until it fits: the narrow ones keep what they need.
    let capped = |limit: usize| natural.iter().map(|width| (*width).min(limit)).collect::<Vec<_>>();
    let mut limit = natural.iter().copied().max().unwrap_or(0);
    while limit > NARROWEST && capped(limit).iter().sum::<usize>() > available {
        limit -= 1;
    }
    capped(limit)
}

pub(super) fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn wide_columns_give_way() {
        assert_eq!(fit(&[10, 50, 10], 60), [10, 34, 10]);
        assert_eq!(fit(&[10, 5], 60), [10, 5]);
        assert_eq!(fit(&[100, 100, 100], 20), [8, 8, 8]);
    }
}
