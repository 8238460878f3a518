//! Scans every server in `fixtures/servers` with the program itself and holds the JSON report against the expectations
//! written in the code (the notation is in CONTRIBUTING.md): each one must be met, and nothing may be reported without one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

/// `// capability: network connect api.example.com tools=send declared=yes`, `// finding: undeclared-network` or `// tool: send`.
#[derive(Debug)]
struct Expectation {
    file: String,
    /// The line it is about.
    line: u64,
    about: About,
}

#[derive(Debug)]
enum About {
    Capability { kind: String, access: String, target: String, details: Vec<(String, String)> },
    Finding { rule: String },
    Tool { name: String },
}

#[test]
fn every_server_is_reported_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/servers");
    let mut servers: Vec<PathBuf> = fs::read_dir(&root).expect("fixtures/servers").map(|entry| entry.expect("an entry").path()).collect();
    servers.sort();
    assert!(servers.len() >= 4, "the fixtures are missing");
    let mut differences = Vec::new();
    for server in &servers {
        let name = server.file_name().expect("a name").to_string_lossy().into_owned();
        let report = scan(server);
        let expectations = expectations(server);
        assert!(!expectations.is_empty(), "{name} expects nothing");
        if report["server"]["tools_complete"] != true || report["score"]["coverage"] != "complete" {
            differences.push(format!(
                "{name}: not all of it was seen: {} {}",
                report["server"]["tools_incomplete_because"], report["coverage"]["unresolved"]
            ));
        }
        compare(&expectations, &report, &mut |difference| differences.push(format!("{name}/{difference}")));
    }
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
}

fn scan(server: &Path) -> Json {
    let output = Command::new(env!("CARGO_BIN_EXE_tidewaiter"))
        .args(["scan", "--no-config", "--exit-zero", "--format", "json"])
        .arg(server)
        .output()
        .expect("the program runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {} {errors}", server.display(), output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{}: {error}: {errors}", server.display()))
}

/// Matches reported items with expectations one to one, and reports what is left on either side.
fn compare(expectations: &[Expectation], report: &Json, differs: &mut dyn FnMut(String)) {
    let mut met = BTreeSet::new();
    let items = |section, json, key| list(json, key).map(move |item| (section, item));
    let reported = items("capability", report, "capabilities").chain(items("finding", report, "findings"));
    for (section, item) in reported.chain(items("tool", &report["server"], "tools")) {
        let place = (text(&item["location"], "file"), item["location"]["line"].as_u64().unwrap_or(0));
        let found = expectations.iter().enumerate().find(|(i, expected)| {
            !met.contains(i) && expected.file == place.0 && expected.line == place.1 && is_about(&expected.about, section, item)
        });
        match found {
            Some((i, expected)) => {
                met.insert(i);
                for difference in detail_differences(&expected.about, item) {
                    differs(format!("{}:{}: {difference}", place.0, place.1));
                }
            }
            None => differs(format!("{}:{}: not expected: {section}: {}", place.0, place.1, summary(section, item))),
        }
    }
    for (_, expected) in expectations.iter().enumerate().filter(|(i, _)| !met.contains(i)) {
        differs(format!("{}:{}: expected and not reported: {:?}", expected.file, expected.line, expected.about));
    }
}

fn is_about(about: &About, section: &str, item: &Json) -> bool {
    match about {
        About::Finding { rule } => section == "finding" && text(item, "rule") == *rule,
        About::Tool { name } => section == "tool" && text(item, "name") == *name,
        About::Capability { kind, access, target, .. } => {
            section == "capability" && text(item, "kind") == *kind && text(item, "access") == *access && text(item, "target") == *target
        }
    }
}

/// Where an item that is the expected one says something else about itself.
fn detail_differences(about: &About, item: &Json) -> Vec<String> {
    let About::Capability { target, details, .. } = about else { return Vec::new() };
    let mut tools: Vec<&str> = list(item, "tools").filter_map(Json::as_str).collect();
    tools.sort_unstable();
    let actual = |key: &str| if key == "tools" { tools.join(",") } else { text(item, key) };
    let unequal = details.iter().filter(|(key, value)| actual(key) != *value);
    unequal.map(|(key, value)| format!("{target}: {key} is {:?}, expected {value:?}", actual(key))).collect()
}

fn summary(section: &str, item: &Json) -> String {
    if section == "finding" {
        return text(item, "rule");
    }
    if section == "tool" {
        return text(item, "name");
    }
    let tools: Vec<&str> = list(item, "tools").filter_map(Json::as_str).collect();
    let tools = if tools.is_empty() { text(item, "reach") } else { format!("tools={}", tools.join(",")) };
    format!("{} {} {} {tools} declared={}", text(item, "kind"), text(item, "access"), text(item, "target"), text(item, "declared"))
}

fn list<'j>(json: &'j Json, key: &str) -> impl Iterator<Item = &'j Json> {
    json[key].as_array().into_iter().flatten()
}

fn text(json: &Json, key: &str) -> String {
    json[key].as_str().unwrap_or_default().to_owned()
}

fn expectations(server: &Path) -> Vec<Expectation> {
    let mut found = Vec::new();
    let mut folders = vec![server.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| ["ts", "tsx", "js", "mjs", "cjs", "py"].iter().any(|code| e == *code)) {
                let name = path.strip_prefix(server).expect("below the server").to_string_lossy().replace('\\', "/");
                read_expectations(&name, &fs::read_to_string(&path).expect("a text file"), &mut found);
            }
        }
    }
    found
}

/// An expectation is about the line it ends, or, in a line of its own, about the next line that is not a comment.
fn read_expectations(file: &str, code: &str, found: &mut Vec<Expectation>) {
    let mut waiting = Vec::new();
    for (number, line) in (1u64..).zip(code.lines()) {
        let line = line.trim();
        let alone = line.starts_with("//") || line.starts_with('#');
        for mark in ["// ", "# "] {
            // The last mark: an address in the code has `//` too.
            if let Some((_, comment)) = line.rsplit_once(mark)
                && let Some(about) = read_expectation(comment, file, number)
            {
                waiting.push(about);
            }
        }
        if !alone && !line.is_empty() {
            found.extend(waiting.drain(..).map(|about| Expectation { file: file.to_owned(), line: number, about }));
        }
    }
    assert!(waiting.is_empty(), "{file}: the last expectation is about no line");
}

fn read_expectation(comment: &str, file: &str, line: u64) -> Option<About> {
    if let Some(rule) = comment.strip_prefix("finding: ") {
        return Some(About::Finding { rule: rule.trim().to_owned() });
    }
    if let Some(name) = comment.strip_prefix("tool: ") {
        return Some(About::Tool { name: name.trim().to_owned() });
    }
    let mut words = comment.strip_prefix("capability: ")?.split_whitespace().map(str::to_owned);
    let mut next = || words.next().unwrap_or_else(|| panic!("{file}:{line}: a capability has a kind, an access and a target"));
    let (kind, access, target) = (next(), next(), next());
    let details = words.map(|word| match word.split_once('=') {
        Some((key @ ("tools" | "declared" | "target_kind" | "target_from"), value)) => (key.to_owned(), value.to_owned()),
        None if ["startup", "dependency", "unreached"].contains(&word.as_str()) => ("reach".to_owned(), word),
        _ => panic!("{file}:{line}: `{word}` is no detail of a capability"),
    });
    Some(About::Capability { kind, access, target, details: details.collect() })
}

#[test]
fn the_notation_of_expectations() {
    let mut found = Vec::new();
    let code = "// capability: network connect a.example tools=x,y declared=no\n\n// Why it does so.\n// finding: undeclared-network\nfetch('https://a.example'); \
                // finding: other\nconst u = 'https://b.example';\nos.getenv('A')  # capability: environment read A startup\n";
    read_expectations("a.ts", code, &mut found);
    let lines: Vec<u64> = found.iter().map(|expectation| expectation.line).collect();
    assert_eq!(lines, [5, 5, 5, 7], "{found:?}");
    let item = serde_json::json!({"kind": "network", "access": "connect", "target": "a.example", "tools": ["y", "x"], "declared": "yes"});
    assert!(is_about(&found[0].about, "capability", &item) && !is_about(&found[3].about, "capability", &item));
    assert_eq!(detail_differences(&found[0].about, &item), ["a.example: declared is \"yes\", expected \"no\""]);
}
