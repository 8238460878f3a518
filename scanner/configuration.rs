//! The configuration of a client as a target: every server in it is found on this machine and scanned, or said to be elsewhere.

use std::path::Path;

use crate::analysis::facts::{Coverage, Place, ServerFacts, Unresolved, Weight};
use crate::client::{self, Entry};
use crate::input::{Limits, LineIndex, Located, Surroundings, home};
use crate::pipeline::{Options, ScanError, Timings, scan_path};
use crate::report::{Report, Target};
use crate::score::{self, RuleClass};

/// Larger files are no configurations.
const MAX_BYTES: u64 = 4 << 20;

/// The servers that a file configures; `None` when it is something else.
pub(crate) fn read(path: &Path, limits: &Limits) -> Option<(Vec<Entry>, String)> {
    let metadata = std::fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= MAX_BYTES.min(limits.file_bytes))?;
    let _ = metadata;
    let name = path.file_name()?.to_string_lossy().into_owned();
    if !client::may_be_one(&name) {
        return None;
    }
    let text = std::fs::read_to_string(path).ok()?;
    client::read(&name, &text).map(|entries| (entries, text))
}

/// A report for every server of a configuration, in its order.
pub(crate) fn scan(path: &Path, entries: &[Entry], text: &str, options: &Options) -> Result<(Vec<Report>, Timings), ScanError> {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if entries.is_empty() {
        return Err(ScanError::NoServer(format!("{}: a configuration without servers: there is nothing to scan", path.display())));
    }
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let home = home();
    let surroundings = Surroundings { directory: full.parent().unwrap_or(Path::new(".")), home: home.as_deref() };
    let lines = LineIndex::new(text);
    let mut reports = Vec::new();
    let mut timings = Timings::default();
    for entry in entries {
        let spec = format!("{file}#{}", entry.name);
        let place = lines.place(&file.as_str().into(), entry.span.clone());
        let outcome = match locate(&surroundings, entry) {
            Located::Here { root, script } => scan_path(&root, options).map(|(found, took)| {
                timings.add(took);
                started(found, script.as_deref().and_then(|script| script.strip_prefix(&root).ok()))
            }),
            Located::Elsewhere(why) => Err(ScanError::NoServer(why)),
        };
        match outcome {
            Ok(found) => {
                let several = found.len() > 1;
                for mut report in found {
                    let part = report.target.spec.rsplit_once('/').filter(|_| several).map(|(_, part)| part.to_owned());
                    report.target.configured_as = Some(part.map_or_else(|| entry.name.clone(), |part| format!("{}/{part}", entry.name)));
                    report.target.spec = spec.clone();
                    reports.push(report);
                }
            }
            Err(ScanError::Rules(error)) => return Err(ScanError::Rules(error)),
            Err(error) => reports.push(unseen(spec, entry, place, &error.to_string())),
        }
    }
    Ok((reports, timings))
}

fn locate(surroundings: &Surroundings<'_>, entry: &Entry) -> Located {
    match (&entry.path, &entry.url) {
        (Some(path), _) if entry.command.is_empty() => surroundings.at(path),
        (_, Some(url)) if entry.command.is_empty() => {
            Located::Elsewhere(format!("it runs elsewhere, at {url}: scan its source, or a file with its answer to tools/list"))
        }
        _ => surroundings.locate(&entry.command, entry.directory.as_deref()),
    }
}

/// Of several servers in one package those whose directory the script lies in.
fn started(mut found: Vec<Report>, script: Option<&Path>) -> Vec<Report> {
    let Some(script) = script.map(|script| script.to_string_lossy().replace('\\', "/")) else { return found };
    let holds = |report: &Report| {
        let directory = report.target.spec.split_once('/').map_or("", |(_, directory)| directory);
        directory.is_empty() || script.starts_with(&format!("{directory}/"))
    };
    if found.len() > 1 && found.iter().any(holds) {
        found.retain(holds);
    }
    found
}

/// A server of which there is nothing to read here.
fn unseen(spec: String, entry: &Entry, place: Place, why: &str) -> Report {
    let what = format!("its code is not here: {why}");
    let server = ServerFacts {
        tools_incomplete_because: vec![what.clone()],
        coverage: Coverage { unresolved: vec![Unresolved { location: place, what, weight: Weight::Poor }], ..Coverage::default() },
        speaks_mcp: true,
        ..ServerFacts::default()
    };
    let score = score::score(&[], &server, |_| RuleClass::Ordinary);
    let target = Target { spec, kind: "config".to_owned(), configured_as: Some(entry.name.clone()), ..Target::default() };
    Report {
        target,
        score,
        server,
        declarations: Vec::new(),
        findings: Vec::new(),
        trifecta: Default::default(),
        together: None,
        sources: Default::default(),
    }
}
