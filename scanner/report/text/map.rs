//! What each tool can do, against what is declared: the capability map.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::Style;

use crate::analysis::facts::{Access, Capability, CapabilityKind, Declared, Reach, TargetFrom, TargetKind, Tool};
use crate::report::Report;
use crate::report::clean::{clean_start, clip, name, width};

use super::paint::{BAD, DOUBTFUL, GOOD, PLAIN, QUIET, wrap};
use super::table::{self, Cell, Line, pad};
use super::{Page, count};

const COLUMNS: [&str; 6] = ["reads", "writes", "hosts", "env", "exec", "other"];
const OTHER: usize = 5;
/// Narrower terminals get a list instead of a table.
const TABLE_WIDTH: usize = 100;
const ROW_LIMIT: usize = 60;
const ITEM_LIMIT: usize = 8;
const NAMES_WIDTH: usize = 32;
const NAMES_LINES: usize = 4;

/// One effect as it stands in a cell; the order puts what is wrong first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    declared: u8,
    text: String,
}

/// The effects of one row, by column.
type Effects = [Vec<Item>; COLUMNS.len()];

struct Row {
    label: String,
    effects: Effects,
    /// Why nothing can be said.
    unknown: Option<&'static str>,
}

pub(super) fn write(page: &Page<'_>, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let rows = rows(report);
    let capabilities = &report.server.capabilities;
    if rows.is_empty() && capabilities.is_empty() {
        page.heading("What it can do", out)?;
        return page.prose("No tool and no effect was found.", 2, out);
    }
    page.heading("What it can do", out)?;
    let (heads, cells) = cells(&rows);
    if page.width >= TABLE_WIDTH && table::fits(page.width, &heads, &cells) {
        table::write(page.paint, page.width, &heads, &cells, out)?;
    } else {
        write_list(page, &rows, out)?;
    }
    if rows.len() > ROW_LIMIT {
        writeln!(out, "  … {} more", count(rows.len() - ROW_LIMIT, "row"))?;
    }
    if let Some(line) = unreached(capabilities) {
        page.prose(&line, 2, out)?;
    }
    // A mark stays on the line of its meaning.
    let legend = legend(capabilities).iter().map(|part| part.replace(' ', "\u{a0}")).collect::<Vec<_>>().join(", ");
    for line in wrap(&legend, page.width - 2) {
        writeln!(out, "  {}", page.paint.style(QUIET, &line.replace('\u{a0}', " ")))?;
    }
    Ok(())
}

fn rows(report: &Report) -> Vec<Row> {
    let capabilities = &report.server.capabilities;
    let mut rows = Vec::new();
    for (reach, label) in [(Reach::Startup, "(start-up)"), (Reach::Dependency, "(dependencies)")] {
        let effects = effects(capabilities.iter().filter(|capability| capability.reach == reach));
        if effects.iter().any(|items| !items.is_empty()) {
            rows.push(Row { label: label.to_owned(), effects, unknown: None });
        }
    }
    rows.extend(tool_rows(&report.server.tools, capabilities, report.coverage().files_total > 0));
    rows
}

/// Tools with the same effects share a row; those with the most undeclared effects come first.
fn tool_rows(tools: &[Tool], capabilities: &[Capability], code: bool) -> Vec<Row> {
    type Key = (Effects, Option<&'static str>);
    let mut groups: BTreeMap<Key, Vec<String>> = BTreeMap::new();
    let by_tool = by_tool(tools, capabilities);
    for (tool, reached) in tools.iter().zip(by_tool) {
        let effects = effects(reached.into_iter());
        groups.entry((effects, unknown(tool, code))).or_default().push(name(&tool.name));
    }
    let mut rows: Vec<Row> = groups
        .into_iter()
        .map(|((effects, unknown), mut names)| {
            names.sort();
            let label = if names.len() == 1 { names.concat() } else { format!("{}: {}", count(names.len(), "tool"), names.join(", ")) };
            Row { label, effects, unknown }
        })
        .collect();
    rows.sort_by_key(|row| {
        let all = || row.effects.iter().flatten();
        let wrong = all().filter(|item| item.declared == rank(Declared::No)).count();
        (std::cmp::Reverse(wrong), std::cmp::Reverse(all().count()), row.label.clone())
    });
    rows
}

/// The capabilities of each tool, whether the tool names them or they name the tool.
fn by_tool<'a>(tools: &[Tool], capabilities: &'a [Capability]) -> Vec<Vec<&'a Capability>> {
    let mut named: BTreeMap<&str, Vec<&Capability>> = BTreeMap::new();
    for capability in capabilities.iter().filter(|capability| capability.reach == Reach::Tool) {
        for tool in &capability.tools {
            named.entry(tool).or_default().push(capability);
        }
    }
    let of = |tool: &Tool| {
        let mut reached = named.get(tool.name.as_str()).cloned().unwrap_or_default();
        reached.extend(tool.capabilities.iter().filter_map(|id| capabilities.get(usize::try_from(*id).ok()?)));
        reached.sort_by_key(|capability| capability.id);
        reached.dedup_by_key(|capability| capability.id);
        reached
    };
    tools.iter().map(of).collect()
}

fn unknown(tool: &Tool, code: bool) -> Option<&'static str> {
    match &tool.handler {
        Some(_) => None,
        None if code => Some("? handler not found"),
        None => Some("? no code seen"),
    }
}

fn effects<'a>(capabilities: impl Iterator<Item = &'a Capability>) -> Effects {
    let mut effects = Effects::default();
    for capability in capabilities {
        let (column, prefix) = column(capability);
        let item = Item { declared: rank(capability.declared), text: format!("{prefix}{}", target(capability)) };
        effects[column].push(item);
    }
    for items in &mut effects {
        items.sort();
        items.dedup();
    }
    effects
}

/// The column an effect stands in, and what is said before its target there.
fn column(capability: &Capability) -> (usize, &'static str) {
    match (capability.kind, capability.access) {
        (CapabilityKind::Filesystem | CapabilityKind::Credential, Access::Read) => (0, ""),
        (CapabilityKind::Filesystem | CapabilityKind::Credential, Access::Delete) => (1, "delete "),
        (CapabilityKind::Filesystem | CapabilityKind::Credential, _) => (1, ""),
        (CapabilityKind::Network, Access::Listen) => (OTHER, "listen "),
        (CapabilityKind::Network, _) => (2, ""),
        (CapabilityKind::Environment, Access::Read) => (3, ""),
        (CapabilityKind::Environment, _) => (3, "set "),
        (CapabilityKind::Process, _) => (4, ""),
        (CapabilityKind::Code, Access::Load) => (OTHER, "load "),
        (CapabilityKind::Code, _) => (OTHER, "eval "),
        (CapabilityKind::Database, _) => (OTHER, "database "),
        (CapabilityKind::Native, _) => (OTHER, "native "),
    }
}

fn target(capability: &Capability) -> String {
    let text = clean_start(&capability.target, 200);
    match capability.target_kind {
        TargetKind::Constant => text,
        TargetKind::Prefix if text.contains('*') => text,
        TargetKind::Prefix => format!("{text}…"),
        TargetKind::Dynamic => match origin(capability.target_from) {
            Some(origin) => format!("? {origin}"),
            None => "?".to_owned(),
        },
    }
}

/// Who chooses a target at run time.
fn origin(from: TargetFrom) -> Option<&'static str> {
    match from {
        TargetFrom::Argument => Some("tool argument"),
        TargetFrom::Environment => Some("environment"),
        TargetFrom::Config => Some("configuration"),
        TargetFrom::Library => Some("library"),
        TargetFrom::Parameter => Some("caller"),
        TargetFrom::Constant => None,
    }
}

fn rank(declared: Declared) -> u8 {
    match declared {
        Declared::No => 0,
        Declared::Unspecified => 1,
        Declared::Yes => 2,
    }
}

fn mark(declared: u8) -> (char, Style) {
    match declared {
        0 => ('!', BAD),
        1 => ('·', DOUBTFUL),
        _ => ('✓', GOOD),
    }
}

/// The items of one column as lines, the last of which counts what is left out.
fn lines(items: &[Item]) -> Cell {
    let mut lines: Cell = Vec::new();
    for item in items.iter().take(ITEM_LIMIT) {
        let (mark, style) = mark(item.declared);
        lines.push(Line { text: format!("{mark} {}", item.text), style, runs_over: false });
    }
    if items.len() > ITEM_LIMIT {
        lines.push(Line { text: format!("+ {} more", items.len() - ITEM_LIMIT), style: QUIET, runs_over: false });
    }
    lines
}

fn label_lines(label: &str, columns: usize, limit: usize) -> Cell {
    let mut lines = wrap(label, columns);
    if lines.len() > limit {
        lines.truncate(limit);
        if let Some(last) = lines.last_mut() {
            *last = clip(&format!("{} …", last.trim_end_matches(',')), columns);
        }
    }
    lines.into_iter().map(|text| Line { text, style: PLAIN, runs_over: false }).collect()
}

/// The heads and rows of a table with the columns that are used.
fn cells(rows: &[Row]) -> (Vec<&'static str>, Vec<Vec<Cell>>) {
    let used: Vec<usize> = (0..COLUMNS.len()).filter(|column| rows.iter().any(|row| !row.effects[*column].is_empty())).collect();
    let mut heads = vec!["tool"];
    heads.extend(used.iter().map(|column| COLUMNS[*column]));
    if used.is_empty() {
        heads.push("");
    }
    let mut cells = Vec::new();
    for row in rows.iter().take(ROW_LIMIT) {
        let columns = if width(&row.label) <= 40 { 40 } else { NAMES_WIDTH };
        let mut line = vec![label_lines(&row.label, columns, NAMES_LINES)];
        line.extend(used.iter().map(|column| lines(&row.effects[*column])));
        if used.is_empty() {
            line.push(Vec::new());
        }
        if let (Some(mut note), Some(cell)) = (nothing(row), line.get_mut(1)) {
            // Alone in its column, it is what the column is made for.
            note.runs_over &= !used.is_empty();
            cell.insert(0, note);
        }
        cells.push(line);
    }
    (heads, cells)
}

fn write_list(page: &Page<'_>, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    for row in rows.iter().take(ROW_LIMIT) {
        for line in label_lines(&row.label, page.width - 2, NAMES_LINES) {
            writeln!(out, "  {}", page.paint.strong(&line.text))?;
        }
        if let Some(note) = nothing(row) {
            writeln!(out, "    {}", page.paint.style(note.style, &note.text))?;
        }
        for (head, items) in COLUMNS.iter().zip(&row.effects).filter(|(_, items)| !items.is_empty()) {
            write_flow(page, head, &lines(items), out)?;
        }
    }
    Ok(())
}

/// Items one after another, on as many lines as they need.
fn write_flow(page: &Page<'_>, head: &str, items: &[Line], out: &mut dyn Write) -> io::Result<()> {
    const INDENT: usize = 12;
    let columns = page.width.saturating_sub(INDENT);
    write!(out, "    {}", pad(head, INDENT - 4))?;
    let mut used = 0;
    for item in items {
        let text = clip(&item.text, columns);
        let needed = width(&text);
        if used > 0 && used + 2 + needed > columns {
            write!(out, "\n{:INDENT$}", "")?;
            used = 0;
        }
        if used > 0 {
            write!(out, "  ")?;
            used += 2;
        }
        write!(out, "{}", page.paint.style(item.style, &text))?;
        used += needed;
    }
    writeln!(out)
}

/// What stands in a row that has no effect to show, or not all of them.
fn nothing(row: &Row) -> Option<Line> {
    match row.unknown {
        Some(text) => Some(Line { text: text.to_owned(), style: DOUBTFUL, runs_over: true }),
        None if row.effects.iter().all(Vec::is_empty) => Some(Line { text: "no effect found".to_owned(), style: QUIET, runs_over: true }),
        None => None,
    }
}

fn unreached(capabilities: &[Capability]) -> Option<String> {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for capability in capabilities.iter().filter(|capability| capability.reach == Reach::Unreached) {
        *kinds.entry(kind_name(capability.kind)).or_default() += 1;
    }
    if kinds.is_empty() {
        return None;
    }
    let parts: Vec<String> = kinds.iter().map(|(kind, number)| format!("{kind} ({number})")).collect();
    Some(format!("in code that no tool reaches: {}", parts.join(", ")))
}

fn kind_name(kind: CapabilityKind) -> &'static str {
    match kind {
        CapabilityKind::Network => "network",
        CapabilityKind::Environment => "environment",
        CapabilityKind::Credential => "credential",
        CapabilityKind::Filesystem => "filesystem",
        CapabilityKind::Process => "process",
        CapabilityKind::Code => "dynamic code",
        CapabilityKind::Database => "database",
        CapabilityKind::Native => "native code",
    }
}

/// The marks that occur, explained.
fn legend(capabilities: &[Capability]) -> Vec<&'static str> {
    let has = |declared: Declared| capabilities.iter().any(|capability| capability.declared == declared);
    let mut parts = Vec::new();
    if has(Declared::Yes) {
        parts.push("✓ declared");
    }
    if has(Declared::No) {
        parts.push("! not declared");
    }
    if has(Declared::Unspecified) {
        parts.push("· no manifest speaks of it");
    }
    if capabilities.iter().any(|capability| capability.target_kind == TargetKind::Dynamic) {
        parts.push("? chosen at run time");
    }
    parts
}
