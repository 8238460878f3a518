//! The examples in every rule file are its tests: what is expected stands on the line of code it is about.
//!
//! `# finding: rule-id` (or `//`) at the end of a line or on the line above expects a finding there; where nothing is
//! written, none of that rule is allowed. `todo-finding: rule-id` marks a known miss: it is counted and does not fail, and
//! fails when it is found after all, so that it gets promoted.

#![allow(clippy::print_stdout)] // known misses are counted where a person sees them

use std::path::Path;

use tidewaiter::input::Tree;
use tidewaiter::pipeline::{Options, ScanError, Timings, scan_tree, side_by_side};
use tidewaiter::rule::{Example, load, parse};

datatest_stable::harness! {
    { test = examples_hold, root = "rules/checks", pattern = r"^[a-z-]+/[a-z-]+\.md$" },
}

/// What is written behind a comment sign.
struct Expectation {
    file: String,
    /// The line it stands on; the finding may be here or on the next line.
    line: u32,
    /// Nothing but the expectation stands on the line.
    alone: bool,
    rule: String,
    todo: bool,
}

fn examples_hold(path: &Path) -> datatest_stable::Result<()> {
    let text = std::fs::read_to_string(path)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let family = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let check = parse(&format!("checks/{family}/{name}"), &text)?;
    let known: Vec<String> = load()?.iter().map(|check| check.id.clone()).collect();

    let mut failures = Vec::new();
    let mut missed = 0;
    for example in &check.examples {
        let (files, expectations) = take_apart(example);
        for expectation in &expectations {
            if !known.contains(&expectation.rule) {
                failures.push(format!("line {}: there is no rule `{}`", example.line, expectation.rule));
            }
        }
        if example.bad != expectations.iter().any(|expectation| expectation.rule == check.id) {
            let word = if example.bad { "Bad expects no finding" } else { "Ok expects a finding" };
            failures.push(format!("line {}: {word} of {}", example.line, check.id));
        }
        let found = match findings(&files) {
            Ok(found) => found,
            Err(error) => {
                failures.push(format!("line {}: {error}", example.line));
                continue;
            }
        };
        let mut used = vec![false; expectations.len()];
        for (file, line, rule) in found.into_iter().filter(|(_, _, rule)| *rule == check.id || expectations.iter().any(|e| e.rule == *rule)) {
            let expected = expectations
                .iter()
                .position(|e| e.file == file && e.rule == rule && e.line + u32::from(e.alone) == line)
                .inspect(|at| used[*at] = true);
            if expected.is_none() {
                failures.push(format!("line {}: unexpected finding of {rule} at {file}:{line}", example.line));
            }
        }
        for (expectation, used) in expectations.iter().zip(used) {
            let Expectation { file, line, rule, .. } = expectation;
            match (expectation.todo, used) {
                (false, false) => failures.push(format!("line {}: no finding of {rule} at {file}:{line}", example.line)),
                (true, true) => {
                    failures.push(format!("line {}: {file}:{line} is found now: write `finding:` instead of `todo-finding:`", example.line))
                }
                (true, false) => missed += 1,
                (false, true) => {}
            }
        }
    }
    if missed > 0 {
        println!("{}: {missed} known misses", check.id);
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

/// The files of an example, with the comments taken out of JSON, and what is expected of them.
fn take_apart(example: &Example) -> (Vec<(String, String)>, Vec<Expectation>) {
    let mut expectations = Vec::new();
    let mut files = Vec::new();
    for file in &example.files {
        let json = Path::new(&file.name).extension().is_some_and(|extension| extension == "json");
        let mut text = String::new();
        for (line, number) in file.text.lines().zip(1..) {
            let marker = ["# finding: ", "// finding: ", "# todo-finding: ", "// todo-finding: "]
                .iter()
                .filter_map(|marker| line.rfind(marker).map(|at| (at, *marker)))
                .max();
            let Some((at, marker)) = marker else {
                text.push_str(line);
                text.push('\n');
                continue;
            };
            expectations.push(Expectation {
                file: file.name.clone(),
                line: number,
                alone: line[..at].trim().is_empty(),
                rule: line[at + marker.len()..].trim().to_owned(),
                todo: marker.contains("todo"),
            });
            // JSON has no comments; the other languages are left as a person would write them.
            text.push_str(if json { &line[..at] } else { line });
            text.push('\n');
        }
        files.push((file.name.clone(), text));
    }
    (files, expectations)
}

/// Scans the files and says where which rules fired.
fn findings(files: &[(String, String)]) -> Result<Vec<(String, u32, String)>, ScanError> {
    let mut tree = Tree::default();
    for (name, text) in files {
        tree.insert(name.clone(), text.as_bytes());
    }
    let (mut reports, _) = scan_tree(tree, "example", "directory", &Options::default(), Timings::default())?;
    // Several servers in one example are used together.
    side_by_side(&mut reports)?;
    Ok(reports
        .into_iter()
        .flat_map(|report| report.findings)
        .map(|finding| (finding.location.file.to_string(), finding.location.line, finding.rule))
        .collect())
}
