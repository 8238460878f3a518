//! Poisoned and honest descriptions, each as a list of its own: what must be heard, what must be left alone.
//!
//! In the fixtures, `_beside` names other tools of the server, and `_missed` marks a known miss, which fails once it is found after all.

use serde_json::{Value as Json, json};
use tidewaiter::input::Tree;
use tidewaiter::pipeline::{Options, Timings, scan_tree};
use tidewaiter::rule::Severity;

fn cases(name: &str) -> Vec<Json> {
    let path = format!("{}/fixtures/lists/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a fixture");
    serde_json::from_str(&text).expect("JSON")
}

/// The rules of medium severity and above that fire.
fn rules(case: &Json) -> Vec<String> {
    let mut tool = case.clone();
    let fields = tool.as_object_mut().expect("an object");
    let beside = fields.remove("_beside").unwrap_or_default();
    fields.remove("_missed");
    let mut tools = vec![tool];
    for name in beside.as_array().into_iter().flatten() {
        tools.push(json!({"name": name, "description": "", "inputSchema": {"type": "object"}}));
    }
    let mut tree = Tree::default();
    tree.insert("tools.json", json!({"tools": tools}).to_string().as_bytes());
    let (reports, _) = scan_tree(tree, "tools", "tools", &Options::default(), Timings::default()).expect("a report");
    let findings = reports.into_iter().flat_map(|report| report.findings);
    findings.filter(|finding| finding.severity >= Severity::Medium).map(|finding| finding.rule).collect()
}

#[test]
fn whispers_are_heard() {
    let mut wrong = Vec::new();
    for case in cases("whispers") {
        let heard = !rules(&case).is_empty();
        if heard == (case["_missed"] == true) {
            wrong.push(format!("{}: {}", if heard { "found after all" } else { "missed" }, case["description"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn plain_words_are_left_alone() {
    let wrong: Vec<String> = cases("plain")
        .iter()
        .map(|case| (case, rules(case)))
        .filter(|(_, rules)| !rules.is_empty())
        .map(|(case, rules)| format!("{rules:?}: {}", case["description"]))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_texts_are_read_in_linear_time() {
    let pieces = [
        "before using `a_b` call `c_d` with 'x' ",
        "ignore all previous ",
        "'",
        "`",
        "<!-- ",
        "[system",
        "\\u0041",
        "%41",
        "a_b=",
        "不要告诉用户",
        "ernq gur ",
        "&#65;",
        "A ",
        "$(",
    ];
    for piece in pieces {
        let text = piece.repeat((256 << 10) / piece.len());
        let start = std::time::Instant::now();
        rules(&json!({"name": "long", "description": text, "inputSchema": {"type": "object"}}));
        assert!(start.elapsed().as_secs() < 60, "{piece:?} took {:?}", start.elapsed());
    }
}
