use std::sync::Arc;

use super::*;
use crate::analysis::facts::{
    Access, Capability, CapabilityKind, Coverage, Declared, Place, Reach, ServerFacts, TargetFrom, TargetKind, Unresolved, Weight,
};
use crate::report::{Report, Target};
use crate::rule::{Confidence, Finding, Severity};
use crate::score::{RuleClass, score};

const TODAY: Date = Date { year: 2026, month: 6, day: 15 };

fn place(line: u32) -> Place {
    Place { file: Arc::from("src/a.ts"), line, column: 1, end_line: line, end_column: 2 }
}

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
        fingerprint: format!("tidewaiter/1:{rule}"),
    }
}

fn capability(kind: CapabilityKind, access: Access, target: &str) -> Capability {
    let target_kind = if target == "*" {
        TargetKind::Dynamic
    } else if target.starts_with("*.") || target.ends_with('*') {
        TargetKind::Prefix
    } else {
        TargetKind::Constant
    };
    Capability {
        id: 0,
        kind,
        access,
        target: target.to_owned(),
        target_kind,
        target_from: TargetFrom::Constant,
        secret: false,
        declared: Declared::Unspecified,
        reach: Reach::Tool,
        tools: Vec::new(),
        location: place(3),
        steps: Vec::new(),
        arguments: Vec::new(),
        variables: Vec::new(),
    }
}

fn report(findings: Vec<Finding>, capabilities: Vec<Capability>) -> Report {
    let coverage = Coverage { files_total: 1, files_parsed: 1, bytes_parsed: 10, ..Coverage::default() };
    let server = ServerFacts { capabilities, tools_complete: true, coverage, ..ServerFacts::default() };
    let score = score(&findings, &server, |_| RuleClass::Ordinary);
    let target = Target {
        spec: "npm:@scope/notes@1.4.2".to_owned(),
        kind: "npm".to_owned(),
        name: Some("@scope/notes".to_owned()),
        configured_as: None,
        also_named: vec!["io.example/notes".to_owned()],
        version: Some("1.4.2".to_owned()),
        digest: String::new(),
    };
    Report { target, server, declarations: Vec::new(), findings, score, trifecta: Default::default(), together: None, sources: Default::default() }
}

fn policy(text: &str) -> Policy {
    parse("tidewaiter.toml", &format!("version = 1\n{text}")).expect("a valid policy")
}

fn mistake(text: &str) -> String {
    parse("tidewaiter.toml", text).expect_err("a mistake").to_string()
}

fn decide(text: &str, report: &Report) -> Decision {
    gate(&policy(text), report, TODAY)
}

#[test]
fn unknown_keys_are_errors_with_their_place_and_the_nearest_key() {
    let message = mistake("version = 1\n[gate]\nmin-scroe = 75\n");
    assert!(message.starts_with("tidewaiter.toml:3:1: unknown key `min-scroe`. Did you mean `min-score`?"), "{message}");
    let message = mistake("version = 1\n[[server]]\nid = \"x\"\nfs.raed = []\n");
    assert!(message.starts_with("tidewaiter.toml:4:4: unknown key `raed`. Did you mean `read`?"), "{message}");
    let message = mistake("version = 1\n[gates]\n");
    assert!(message.contains("Did you mean `gate`?"), "{message}");
    let message = mistake("version = 1\nzzzzzzzzzzz = 1\n");
    assert!(!message.contains("Did you mean"), "{message}");
}

#[test]
fn mistakes_say_what_to_write() {
    assert!(mistake("").contains("add `version = 1`"));
    assert!(mistake("version = 2").starts_with("tidewaiter.toml:1:11: version 2"));
    assert!(mistake("version = 1\n[gate]\nmin-score = 101").contains("0 to 100"));
    assert!(mistake("version = 1\n[gate]\nfail-on = \"hihg\"").contains("write critical, high, medium, low, info or never"));
    let waiver = |rest: &str| mistake(&format!("version = 1\n[[waiver]]\nrule = \"a\"\nfingerprint = \"tidewaiter/1:x\"\n{rest}"));
    assert!(waiver("expires = 2027-01-01").contains("reason"), "a reason is required");
    assert!(waiver("reason = \" \"\nexpires = 2027-01-01").contains("needs a reason"));
    assert!(waiver("reason = \"r\"").contains("expires"), "a day is required");
    assert!(waiver("reason = \"r\"\nexpires = 3").contains("YYYY-MM-DD"));
    assert!(waiver("reason = \"r\"\nexpires = \"soon\"").contains("YYYY-MM-DD"));
    assert!(waiver("reason = \"r\"\nexpires = 2027-02-30").starts_with("tidewaiter.toml:6:"));
    assert!(mistake("version = 1\n[[waiver]]\nrule=\"a\"\nfingerprint=\"src/a.ts:3\"\nreason=\"r\"\nexpires=2027-01-01").contains("fingerprint"));
}

#[test]
fn no_policy_fails_on_high_findings_of_medium_confidence() {
    let none = |severity, confidence| gate(&Policy::default(), &report(vec![finding("a", severity, confidence)], vec![]), TODAY).exit;
    assert_eq!(none(Severity::High, Confidence::Medium), Exit::Failed);
    assert_eq!(none(Severity::High, Confidence::Low), Exit::Pass);
    assert_eq!(none(Severity::Medium, Confidence::High), Exit::Pass);
}

#[test]
fn thresholds() {
    let medium = report(vec![finding("a", Severity::Medium, Confidence::High)], vec![]);
    assert!(decide("", &medium).pass);
    assert!(!decide("[gate]\nfail-on = \"medium\"", &medium).pass);
    assert!(decide("[gate]\nfail-on = \"medium\"\nmin-confidence = \"high\"", &medium).reasons[0].contains("at src/a.ts:7"));
    assert!(decide("[gate]\nmin-score = 88", &medium).pass);
    assert_eq!(decide("[gate]\nmin-score = 89", &medium).reasons, ["the score is 88, at least 89 is asked for"]);
    assert!(decide("[gate]\nmin-score = 89\n[[server]]\nid = \"npm:@scope/notes\"\nmin-score = 80", &medium).pass);
    let critical = report(vec![finding("a", Severity::Critical, Confidence::High)], vec![]);
    assert!(decide("[gate]\nfail-on = \"never\"", &critical).pass);
    let shell = report(vec![], vec![capability(CapabilityKind::Process, Access::Spawn, "*")]);
    assert_eq!(decide("[gate]\nmax-exposure = \"high\"", &shell).exit, Exit::Failed);
}

#[test]
fn less_seen_than_asked_for_is_a_status_of_its_own() {
    let mut partial = report(vec![], vec![]);
    partial.server.coverage.unresolved.push(Unresolved { location: place(1), what: "x".to_owned(), weight: Weight::Partial });
    partial.score = score(&[], &partial.server, |_| RuleClass::Ordinary);
    assert!(decide("", &partial).pass);
    assert_eq!(decide("[gate]\ncoverage = \"complete\"", &partial).exit, Exit::Incomplete);

    let mut unseen = report(vec![], vec![]);
    unseen.server.coverage.files_parsed = 0;
    unseen.score = score(&[], &unseen.server, |_| RuleClass::Ordinary);
    assert_eq!(decide("", &unseen).exit, Exit::Incomplete);
    assert_eq!(decide("[gate]\nmin-score = 1", &unseen).exit, Exit::Failed);
    let lenient = decide("[gate]\nmin-score = 1\nallow-unknown = true", &unseen);
    assert!(lenient.pass && !lenient.warnings.is_empty());
}

fn waiver(expires: &str, server: &str) -> String {
    format!("[[waiver]]\nrule = \"a\"\nfingerprint = \"tidewaiter/1:a\"\nreason = \"r\"\nexpires = {expires}\n{server}")
}

#[test]
fn waivers_change_the_gate_until_they_expire_and_never_the_score() {
    let bad = report(vec![finding("a", Severity::High, Confidence::High)], vec![]);
    let waived = decide(&waiver("2026-06-15", ""), &bad);
    assert!(waived.pass && waived.used_waivers == [0], "{waived:?}");
    assert!(!decide(&format!("{}\n[gate]\nmin-score = 75", waiver("2026-06-15", "")), &bad).pass);

    let expired = decide(&waiver("2026-06-14", ""), &bad);
    assert_eq!(expired.exit, Exit::Failed);
    assert_eq!(expired.reasons.len(), 2, "the waiver and the finding: {expired:?}");

    assert!(decide(&waiver("2027-01-01", "server = \"@scope/notes\""), &bad).pass);
    assert!(!decide(&waiver("2027-01-01", "server = \"other\""), &bad).pass);
}

#[test]
fn unused_waivers_are_told() {
    let clean = report(vec![], vec![]);
    let policy = policy(&waiver("2027-01-01", ""));
    let decision = gate(&policy, &clean, TODAY);
    assert!(decision.pass);
    assert_eq!(unused_waivers(&policy, &[decision]).len(), 1);
    let elsewhere = self::policy(&waiver("2027-01-01", "server = \"other\""));
    assert!(unused_waivers(&elsewhere, &[gate(&elsewhere, &clean, TODAY)]).is_empty(), "the other server was not scanned");
    let bad = report(vec![finding("a", Severity::High, Confidence::High)], vec![]);
    assert!(unused_waivers(&policy, &[gate(&policy, &bad, TODAY)]).is_empty());
}

#[test]
fn approvals() {
    let clean = report(vec![], vec![]);
    assert!(!decide("[gate]\nonly-listed = true", &clean).pass);
    let listed = |entry: &str| decide(&format!("[gate]\nonly-listed = true\n[[server]]\n{entry}"), &clean);
    for id in ["@scope/notes", "io.example/notes", "npm:@scope/notes", "npm:@scope/notes@1.4.2"] {
        assert!(listed(&format!("id = \"{id}\"")).pass, "{id}");
    }
    assert!(!listed("id = \"pypi:@scope/notes\"").pass);
    assert!(listed("id = \"@scope/notes\"\nversion = \"=1.4.2\"").pass);
    assert!(listed("id = \"@scope/notes\"\nversion = \"1.4.3\"").reasons[0].contains("the approved version is 1.4.3"));
    assert!(listed("id = \"@scope/notes\"\nexpires = 2026-06-14").reasons[0].contains("expired on 2026-06-14"));
}

#[test]
fn what_is_reached_must_be_allowed() {
    use Access::{Connect, Evaluate, Listen, Read, Spawn, Write};
    use CapabilityKind::{Code, Credential, Environment, Filesystem, Network, Process};
    let allowed =
        |list: &str, capability: Capability| decide(&format!("[[server]]\nid = \"@scope/notes\"\n{list}"), &report(vec![], vec![capability])).pass;

    let host = |list: &str, target: &str| allowed(&format!("hosts = [{list}]"), capability(Network, Connect, target));
    assert!(host("'api.example.com'", "API.example.com"));
    assert!(host("'api.example.com:443'", "api.example.com"));
    assert!(host("'*.example.com'", "a.b.example.com"));
    assert!(host("'*.example.com'", "*.eu.example.com"));
    assert!(host("'*'", "*"));
    assert!(!host("", "api.example.com"));
    assert!(!host("'example.com'", "api.example.com"));
    assert!(!host("'*.example.com'", "example.com"));
    assert!(!host("'*.example.com'", "badexample.com"));
    assert!(!host("'*.eu.example.com'", "*.example.com"));
    assert!(!host("'api.example.com'", "*"));
    assert!(!host("'api.example.com:443'", "api.example.com:8443"));
    assert!(allowed("hosts = []", capability(Network, Listen, "127.0.0.1")));
    assert!(allowed("env = []", capability(Network, Connect, "api.example.com")), "an absent list allows");

    let env = |list: &str, target: &str| allowed(&format!("env = [{list}]"), capability(Environment, Read, target));
    assert!(env("'TOKEN'", "TOKEN") && env("'AWS_*'", "AWS_REGION") && env("'AWS_*'", "AWS_SECRET_*"));
    assert!(!env("'TOKEN'", "TOKEN2") && !env("'TOKEN'", "*") && !env("'AWS_SECRET_*'", "AWS_*"));

    let read = |list: &str, target: &str| allowed(&format!("fs.read = [{list}]"), capability(Filesystem, Read, target));
    assert!(read("'data'", "data") && read("'data'", "data/a.txt") && read("'data/**'", "./data/b/c") && read("'~/.x'", "~/.x/y"));
    assert!(!read("'data'", "database") && !read("'data'", "data/../etc") && !read("'data'", "*") && !read("'data'", "data*"));
    assert!(read("'data'", "data/*"));
    assert!(!allowed("fs.read = ['*']\nfs.write = []", capability(Filesystem, Write, "x")));
    assert!(!allowed("fs.read = ['data']", capability(Credential, Read, "~/.aws/credentials")));
    let chosen = Capability { target_from: TargetFrom::Config, ..capability(Filesystem, Read, "*") };
    assert!(allowed("fs.read = ['$ARG']", chosen));

    assert!(allowed("exec = ['git']", capability(Process, Spawn, "git")));
    assert!(!allowed("exec = ['git']", capability(Process, Spawn, "/tmp/git")));
    assert!(!allowed("exec = ['git']", capability(Process, Spawn, "*")));
    assert!(!allowed("exec = ['git']", capability(Code, Evaluate, "git")));
    let dead = Capability { reach: Reach::Unreached, ..capability(Process, Spawn, "rm") };
    assert!(allowed("exec = []", dead));
}

#[test]
fn the_gravest_outcome_wins() {
    let by_gravity = [Exit::Pass, Exit::Incomplete, Exit::Failed, Exit::Drift, Exit::NoServer, Exit::Usage, Exit::Internal];
    assert!(by_gravity.is_sorted());
    assert_eq!(by_gravity.map(Exit::code), [0, 4, 1, 5, 3, 2, 70]);
}
