use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::analysis::facts::{
    Access, Capability, CapabilityKind, Coverage, Declared, Place, Reach, SkippedFile, TargetFrom, TargetKind, Tool, Unresolved, Weight,
};

fn finding(rule: &str, severity: Severity, confidence: Confidence) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity,
        confidence,
        cwe: Vec::new(),
        message: String::new(),
        location: place(7),
        related: Vec::new(),
        steps: Vec::new(),
        tools: Vec::new(),
        fingerprint: String::new(),
    }
}

fn place(line: u32) -> Place {
    Place { file: Arc::from("src/a.ts"), line, column: 1, end_line: line, end_column: 2 }
}

fn class(rule: &str) -> RuleClass {
    match rule.split('-').next() {
        Some("hygiene") => RuleClass::Hygiene,
        Some("malicious") => RuleClass::Malicious,
        _ => RuleClass::Ordinary,
    }
}

fn capability(kind: CapabilityKind, access: Access, target_kind: TargetKind, target_from: TargetFrom) -> Capability {
    Capability {
        id: 0,
        kind,
        access,
        target: if target_kind == TargetKind::Dynamic { "*" } else { "api.example.com" }.to_owned(),
        target_kind,
        target_from,
        secret: false,
        declared: Declared::Yes,
        reach: Reach::Tool,
        tools: Vec::new(),
        location: place(1),
        steps: Vec::new(),
        arguments: Vec::new(),
        variables: Vec::new(),
    }
}

fn tool() -> Tool {
    Tool {
        name: "t".to_owned(),
        title: None,
        description: None,
        annotations: serde_json::Map::new(),
        input_schema: serde_json::Value::Null,
        extra: serde_json::Value::Null,
        location: Some(place(1)),
        handler: Some(place(2)),
        conditional: false,
        capabilities: Vec::new(),
    }
}

/// A server of which everything was seen.
fn seen() -> ServerFacts {
    ServerFacts {
        tools: vec![tool()],
        tools_complete: true,
        speaks_mcp: true,
        coverage: Coverage { files_total: 1, files_parsed: 1, bytes_parsed: 1000, ..Coverage::default() },
        ..ServerFacts::default()
    }
}

fn unresolved(weight: Weight) -> ServerFacts {
    let mut facts = seen();
    facts.coverage.unresolved.push(Unresolved { location: place(3), what: "a call".to_owned(), weight });
    facts
}

fn unparseable() -> ServerFacts {
    let mut facts = seen();
    facts.coverage.files_parsed = 0;
    facts
}

fn grade_of(findings: &[Finding], facts: &ServerFacts) -> String {
    let score = score(findings, facts, class);
    check_ledger(&score);
    score.value.map_or("?".to_owned(), |value| format!("{value} {}", score.grade))
}

/// Every lost point is in the ledger, and its last line is their sum.
fn check_ledger(score: &Score) {
    let Some(value) = score.value else { return };
    let lost = 100 - u32::from(value);
    match score.ledger.split_last() {
        None => assert_eq!(lost, 0),
        Some((total, entries)) => {
            assert_eq!(total.rule, "total");
            assert_eq!(total.points, lost);
            assert_eq!(entries.iter().map(|entry| entry.points).sum::<u32>(), lost);
        }
    }
}

use Confidence::{High as Sure, Low as Unsure, Medium as Likely};
use Severity::{Critical, High, Info, Low, Medium};

#[test]
fn worked_examples() {
    let is = |findings: &[Finding], facts: &ServerFacts, expected: &str| assert_eq!(grade_of(findings, facts), expected);
    let injection = || finding("command-injection", Critical, Sure);

    is(&[], &seen(), "100 A");
    is(&[finding("hygiene-a", Low, Sure), finding("hygiene-b", Low, Sure)], &seen(), "92 A");
    is(&[finding("undeclared-environment", Medium, Sure)], &seen(), "88 B");
    is(&[finding("ssrf", High, Sure)], &seen(), "70 C");
    is(&[finding("path-traversal", High, Sure), finding("path-traversal", High, Sure)], &seen(), "59 D");
    is(&[injection()], &seen(), "39 F");
    let many = [injection(), injection(), injection(), injection(), injection(), finding("ssrf", High, Sure)];
    is(&many, &seen(), "14 F");
    is(&[finding("command-injection", Critical, Unsure)], &seen(), "85 B");
    is(&[finding("malicious-exfiltration", Critical, Sure)], &seen(), "5 F");
    is(&[finding("malicious-description", High, Likely)], &seen(), "5 F");
    is(&[], &unresolved(Weight::Partial), "89 B");
    is(&[], &unresolved(Weight::Poor), "59 D");
    is(&[], &unparseable(), "?");
    is(&[finding("malicious-description", High, Sure)], &unparseable(), "5 F");
}

#[test]
fn unparseable_says_why() {
    let score = score(&[], &unparseable(), class);
    assert_eq!((score.value, score.grade.as_str(), score.coverage), (None, "?", CoverageLevel::None));
    assert_eq!(score.ledger.len(), 1);
    assert!(score.ledger[0].what.contains("no file of code could be read"), "{:?}", score.ledger);
}

#[test]
fn hygiene_costs_ten_points_at_most_and_caps_nothing() {
    let untidy: Vec<Finding> = (0..50).map(|_| finding("hygiene-a", Critical, Sure)).collect();
    assert_eq!(grade_of(&untidy, &seen()), "90 A");
}

#[test]
fn what_is_only_noted_costs_nothing() {
    assert_eq!(grade_of(&[finding("a", Info, Sure)], &unresolved(Weight::Note)), "100 A");
}

#[test]
fn ledger_names_rule_and_place() {
    let score = score(&[finding("ssrf", High, Sure), finding("b", Critical, Likely)], &seen(), class);
    let lines: Vec<(&str, Option<&str>, u32)> = score.ledger.iter().map(|e| (e.rule.as_str(), e.place.as_deref(), e.points)).collect();
    let place = Some("src/a.ts:7");
    // b: 36 of 100; ssrf: 30 % of the remaining 64, rounded down to 44; the critical finding caps at 39.
    assert_eq!(lines, [("b", place, 36), ("ssrf", place, 20), ("cap", place, 5), ("total", None, 61)]);
}

#[test]
fn coverage_levels() {
    let level = |change: fn(&mut ServerFacts)| {
        let mut facts = seen();
        change(&mut facts);
        coverage_level(&facts)
    };
    assert_eq!(level(|_| {}), CoverageLevel::Complete);
    assert_eq!(level(|f| f.tools[0].handler = None), CoverageLevel::Partial);
    assert_eq!(level(|f| f.tools_complete = false), CoverageLevel::Partial);
    assert_eq!(level(|f| f.coverage.bytes_in_errors = 200), CoverageLevel::Complete);
    assert_eq!(level(|f| f.coverage.bytes_in_errors = 201), CoverageLevel::Partial);
    assert_eq!(level(|f| f.tools.clear()), CoverageLevel::Poor);
    assert_eq!(level(|f| f.coverage.files_total = 2), CoverageLevel::Partial);
    assert_eq!(level(|f| f.coverage.files_total = 3), CoverageLevel::Poor);
    assert_eq!(level(|f| f.coverage.files_parsed = 0), CoverageLevel::None);
    // A file that was left out and is no code (too large an image, a link) hides nothing.
    let skipped = SkippedFile { file: "logo.png".to_owned(), reason: "too large".to_owned() };
    let mut facts = seen();
    facts.coverage.files_skipped.push(skipped);
    assert_eq!(coverage_level(&facts), CoverageLevel::Complete);
}

#[test]
fn exposure_is_the_highest_capability_reached() {
    use Access::{Connect, Delete, Evaluate, Listen, Load, Read, Spawn, Write};
    use CapabilityKind::{Code, Database, Environment, Filesystem, Native, Network, Process};
    use TargetFrom::{Argument, Environment as FromEnvironment};
    use TargetKind::{Constant, Dynamic, Prefix};
    let rows = [
        (capability(Network, Connect, Constant, TargetFrom::Constant), Exposure::Low),
        (capability(Network, Connect, Prefix, Argument), Exposure::Low),
        (capability(Network, Connect, Dynamic, FromEnvironment), Exposure::Medium),
        (capability(Network, Connect, Dynamic, Argument), Exposure::High),
        (capability(Network, Listen, Dynamic, FromEnvironment), Exposure::Medium),
        (capability(Environment, Read, Constant, TargetFrom::Constant), Exposure::Low),
        (capability(Filesystem, Read, Constant, TargetFrom::Constant), Exposure::Low),
        (capability(Filesystem, Read, Dynamic, Argument), Exposure::Medium),
        (capability(Filesystem, Write, Prefix, Argument), Exposure::Medium),
        (capability(Filesystem, Write, Dynamic, Argument), Exposure::High),
        (capability(Filesystem, Delete, Dynamic, Argument), Exposure::High),
        (capability(Database, Connect, Constant, TargetFrom::Constant), Exposure::Medium),
        (capability(Process, Spawn, Constant, TargetFrom::Constant), Exposure::Medium),
        (Capability { arguments: vec!["branch".to_owned()], ..capability(Process, Spawn, Constant, TargetFrom::Constant) }, Exposure::High),
        (capability(Process, Spawn, Dynamic, FromEnvironment), Exposure::Critical),
        (capability(Code, Evaluate, Constant, TargetFrom::Constant), Exposure::Critical),
        (capability(Code, Load, Constant, TargetFrom::Constant), Exposure::Medium),
        (capability(Code, Load, Dynamic, Argument), Exposure::Critical),
        (capability(Native, Load, Constant, TargetFrom::Constant), Exposure::High),
    ];
    for (capability, expected) in rows {
        let mut facts = seen();
        facts.capabilities.push(capability.clone());
        assert_eq!(exposure(&[], &facts), expected, "{capability:?}");
        facts.capabilities[0].reach = Reach::Unreached;
        assert_eq!(exposure(&[], &facts), Exposure::None);
    }
    assert_eq!(exposure(&[finding("install-script", Low, Sure)], &seen()), Exposure::Medium);
}

#[test]
fn declared_reach_costs_nothing() {
    let mut facts = seen();
    facts.capabilities.push(capability(CapabilityKind::Filesystem, Access::Write, TargetKind::Dynamic, TargetFrom::Argument));
    let score = score(&[], &facts, class);
    assert_eq!((score.value, score.exposure), (Some(100), Exposure::High));
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let rule = prop::sample::select(vec!["a", "b", "c", "hygiene-a", "hygiene-b", "malicious-a"]);
    let severity = prop::sample::select(vec![Info, Low, Medium, High, Critical]);
    let confidence = prop::sample::select(vec![Unsure, Likely, Sure]);
    (rule, severity, confidence, 1u32..40)
        .prop_map(|(rule, severity, confidence, line)| Finding { location: place(line), ..finding(rule, severity, confidence) })
}

fn facts_of(level: CoverageLevel) -> ServerFacts {
    match level {
        CoverageLevel::Complete => seen(),
        CoverageLevel::Partial => unresolved(Weight::Partial),
        CoverageLevel::Poor => unresolved(Weight::Poor),
        CoverageLevel::None => unparseable(),
    }
}

const LEVELS: [CoverageLevel; 4] = [CoverageLevel::None, CoverageLevel::Poor, CoverageLevel::Partial, CoverageLevel::Complete];

/// Whether `worse` is no better than `better`. "No score" is not comparable with a number, but a number that a server
/// without coverage gets anyway comes from a malicious or critical finding and is never a good one.
fn not_raised(worse: Option<u8>, better: Option<u8>) -> bool {
    match (worse, better) {
        (Some(worse), Some(better)) => worse <= better,
        (Some(worse), None) => worse <= 39,
        (None, _) => true,
    }
}

fn value(findings: &[Finding], level: CoverageLevel) -> Option<u8> {
    let score = score(findings, &facts_of(level), class);
    check_ledger(&score);
    score.value
}

fn severer(severity: Severity) -> Severity {
    match severity {
        Info => Low,
        Low => Medium,
        Medium => High,
        High | Critical => Critical,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_findings_never_raise(findings in prop::collection::vec(any_finding(), 0..30), more in any_finding(), level in 0usize..4) {
        let before = value(&findings, LEVELS[level]);
        let mut after = findings;
        after.push(more);
        let after = value(&after, LEVELS[level]);
        prop_assert!(not_raised(after, before), "{before:?} -> {after:?}");
        // A finding never turns a score into "no score".
        prop_assert!(after.is_some() || before.is_none());
    }

    #[test]
    fn worse_findings_never_raise(findings in prop::collection::vec(any_finding(), 1..30), at in any::<prop::sample::Index>(), level in 0usize..4) {
        let before = value(&findings, LEVELS[level]);
        let i = at.index(findings.len());
        let mut severe = findings.clone();
        severe[i].severity = severer(severe[i].severity);
        prop_assert!(not_raised(value(&severe, LEVELS[level]), before));
        let mut sure = findings;
        sure[i].confidence = Sure;
        prop_assert!(not_raised(value(&sure, LEVELS[level]), before));
    }

    #[test]
    fn less_coverage_never_raises(findings in prop::collection::vec(any_finding(), 0..30)) {
        for pair in LEVELS.windows(2) {
            prop_assert!(not_raised(value(&findings, pair[0]), value(&findings, pair[1])));
        }
        if let Some(unseen) = value(&findings, CoverageLevel::None) {
            prop_assert!(unseen <= 39);
        }
    }

    #[test]
    fn order_changes_nothing(findings in prop::collection::vec(any_finding(), 0..30).prop_shuffle(), seed in any::<u64>()) {
        let mut other = findings.clone();
        let n = other.len().max(1);
        other.rotate_left((seed as usize) % n);
        other.reverse();
        prop_assert_eq!(score(&findings, &seen(), class), score(&other, &seen(), class));
    }
}
