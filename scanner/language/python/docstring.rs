//! Docstrings, cleaned as `inspect.cleandoc` does.

/// Removes the common indentation of all lines but the first, and blank lines at both ends.
pub(super) fn clean(text: &str) -> String {
    let expanded = text.replace('\t', "        ");
    let mut lines: Vec<&str> = expanded.split('\n').map(|line| line.trim_end_matches('\r')).collect();
    let indent = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let margin = lines.iter().skip(1).filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    for (i, line) in lines.iter_mut().enumerate() {
        *line = if i == 0 { line.trim_start() } else { line.get(margin..).unwrap_or("").trim_end() };
    }
    let start = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(start, |last| last + 1);
    lines[start..end].join("\n").trim_end().to_owned()
}
