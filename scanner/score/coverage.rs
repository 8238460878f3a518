//! How much of a server was seen: the level is that of the worst thing unseen, never an average.

use super::CoverageLevel;
use crate::analysis::facts::{ServerFacts, Weight};

/// More than one byte in five inside syntax errors means that the file was not understood.
const ERROR_SHARE: u64 = 5;

/// The coverage level of a server.
pub fn level(facts: &ServerFacts) -> CoverageLevel {
    shortcomings(facts).into_iter().map(|(level, _)| level).min().unwrap_or(CoverageLevel::Complete)
}

/// Why the coverage is not complete, the worst first.
pub fn reasons(facts: &ServerFacts) -> Vec<String> {
    shortcomings(facts).into_iter().map(|(_, reason)| reason).collect()
}

fn shortcomings(facts: &ServerFacts) -> Vec<(CoverageLevel, String)> {
    use CoverageLevel::{None, Partial, Poor};
    let coverage = &facts.coverage;
    let mut found = Vec::new();

    if coverage.files_total == 0 && !facts.tools.is_empty() {
        // A list says what a client is told, and nothing of what is done.
        found.push((None, "a list of tools without code: nothing is known of what they do".to_owned()));
        return found;
    }
    if coverage.files_parsed == 0 {
        found.push((None, "no file of code could be read".to_owned()));
    }
    let offers_nothing = facts.tools.is_empty() && facts.prompts.is_empty() && facts.resources.is_empty();
    if facts.speaks_mcp && offers_nothing && facts.tools_elsewhere {
        // As much as of a server whose tools run a dependency that is not here: what is here was seen.
        found.push((Partial, "its tools are those of another package or server, which is not part of the target".to_owned()));
    } else if facts.speaks_mcp && offers_nothing {
        found.push((Poor, "the code speaks MCP and no tool was found".to_owned()));
    }
    let unread = coverage.files_total.saturating_sub(coverage.files_parsed);
    if unread > 0 {
        let level = if unread > coverage.files_parsed { Poor } else { Partial };
        found.push((level, format!("{unread} of {} files of code were not read", coverage.files_total)));
    }
    for item in &coverage.unresolved {
        let level = match item.weight {
            Weight::Note => continue,
            Weight::Partial => Partial,
            Weight::Poor => Poor,
        };
        found.push((level, format!("{} ({}:{})", item.what, item.location.file, item.location.line)));
    }
    if !facts.tools_complete {
        let why = facts.tools_incomplete_because.first().map_or(String::new(), |why| format!(": {why}"));
        found.push((Partial, format!("the list of tools is not complete{why}")));
    }
    for tool in facts.tools.iter().filter(|tool| tool.location.is_some() && tool.handler.is_none()) {
        found.push((Partial, format!("the handler of the tool {} was not found", tool.name)));
    }
    if coverage.bytes_in_errors > 0 && coverage.bytes_in_errors > coverage.bytes_parsed / ERROR_SHARE {
        found.push((Partial, format!("{} of {} bytes of code lie in syntax errors", coverage.bytes_in_errors, coverage.bytes_parsed)));
    }
    found.sort_by_key(|(level, _)| *level); // stable: the order above within a level
    found
}
