//! Names and texts made to break the output.

use tidewaiter::report::{FORMATS, Report, clean};
use tidewaiter::rule::Severity;

use crate::samples::{bad_server, finding, render_at, render_json};

const NAMES: &[&str] = &[
    "",
    "\u{1b}[2J\u{1b}]0;title\u{7}",
    "\u{202e}gnp.exe",
    "\u{9b}31m",
    "](http://evil.example)[",
    "a\nb\r\nc\u{2028}d",
    "\u{E0049}\u{E0067}\u{E006E}",
    "\u{200b}\u{200d}\u{feff}",
    "../../etc/passwd",
    "C:\\dir\\[x]\\",
    "日本語の名前がとても長いのでどこかで切らなければならないはずです",
    "\0",
];

fn hostile(name: &str) -> Report {
    let mut report = bad_server();
    report.target.name = Some(name.to_owned());
    report.target.version = Some(name.to_owned());
    report.target.spec = name.to_owned();
    report.server.tools[0].name = name.to_owned();
    report.server.capabilities[0].target = name.to_owned();
    report.server.capabilities[0].tools = vec![name.to_owned()];
    report.server.tools_incomplete_because = vec![name.to_owned()];
    report.server.coverage.files_skipped[0].file = name.to_owned();
    report.server.coverage.files_skipped[0].reason = name.to_owned();
    report.server.coverage.unresolved[0].what = name.to_owned();
    report.server.coverage.unresolved[0].location.file = name.into();
    report.score.ledger[0].what = name.to_owned();
    report.score.ledger[0].place = Some(name.to_owned());
    report.sources.insert(name.to_owned(), format!("{name} {name}\n{name}").into());
    for (index, finding) in report.findings.iter_mut().take(3).enumerate() {
        finding.message = name.to_owned();
        finding.tools = vec![name.to_owned()];
        if index == 0 {
            finding.location.file = name.into();
            finding.location.line = 1;
        }
        for step in &mut finding.steps {
            step.what = name.to_owned();
            step.place.file = name.into();
        }
    }
    report
}

fn names() -> Vec<String> {
    let mut names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    names.push("x".repeat(10_000));
    names.push("\u{202e}".repeat(10_000));
    names.push("[](".repeat(3_000));
    names
}

#[test]
fn nothing_invisible_gets_through() {
    for name in names() {
        let report = hostile(&name);
        for format in FORMATS {
            for width in [0, 60, 160, usize::MAX] {
                let text = render_at(format.name, std::slice::from_ref(&report), width, false);
                let found = text.chars().find(|character| *character != '\n' && (character.is_control() || clean::is_invisible(*character)));
                assert_eq!(found, None, "{} of {:?}", format.name, name.chars().take(20).collect::<String>());
            }
        }
    }
}

#[test]
fn lines_of_the_text_stay_short() {
    for name in names() {
        for line in render_at("text", &[hostile(&name)], 60, false).lines() {
            assert!(clean::width(line) <= 60, "{line}");
        }
    }
}

#[test]
fn sarif_brackets_are_escaped() {
    let log = render_json("sarif", &[hostile("](http://evil.example)[")]);
    let results = log.pointer("/runs/0/results").and_then(serde_json::Value::as_array).expect("there are results");
    assert!(results.iter().any(|result| result.pointer("/message/text").and_then(|text| text.as_str()) == Some("\\](http://evil.example)\\[")));
}

#[test]
fn places_that_do_not_exist_do_no_harm() {
    let mut report = bad_server();
    for (line, column, end_line, end_column) in
        [(0, 0, 0, 0), (1, 0, 0, 0), (9, 9, 1, 1), (u32::MAX, u32::MAX, u32::MAX, u32::MAX), (4, u32::MAX, 4, 1)]
    {
        let mut odd = finding("command-injection", Severity::Critical, line);
        odd.location.file = "src/git.ts".into();
        odd.location.column = column;
        odd.location.end_line = end_line;
        odd.location.end_column = end_column;
        report.findings.push(odd);
    }
    for format in FORMATS {
        render_at(format.name, std::slice::from_ref(&report), 80, true);
    }
}
