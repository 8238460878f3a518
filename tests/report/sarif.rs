use std::collections::BTreeSet;

use serde_json::Value;
use tidewaiter::report::Report;
use tidewaiter::rule::Severity;

use crate::samples::{all, bad_server, clean_server, finding, render, render_json, unreadable_server};

fn snapshot(name: &str, reports: &[Report]) {
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(format!("sarif_{name}"), render("sarif", reports));
    });
}

fn many() -> Report {
    let mut report = clean_server();
    for line in 1..=6_000 {
        let (rule, severity) = if line % 2 == 0 { ("overdeclared-network", Severity::Info) } else { ("command-injection", Severity::Critical) };
        report.findings.push(finding(rule, severity, line));
    }
    report
}

fn inputs() -> Vec<Vec<Report>> {
    vec![vec![clean_server()], vec![bad_server()], vec![unreadable_server()], all(), Vec::new(), vec![many()]]
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

#[test]
fn snapshots() {
    snapshot("clean", &[clean_server()]);
    snapshot("bad", &[bad_server()]);
    snapshot("unreadable", &[unreadable_server()]);
}

#[test]
fn the_official_schema_accepts_it() {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    let schema: Value = serde_json::from_str(include_str!("../schemas/sarif-schema-2.1.0.json")).expect("the schema is JSON");
    compiler.add_resource("sarif.json", schema).expect("the schema is added");
    let schema = compiler.compile("sarif.json", &mut schemas).expect("the schema is a schema");
    for reports in inputs() {
        let log = render_json("sarif", &reports);
        if let Err(error) = schemas.validate(&log, schema) {
            panic!("{error}");
        }
    }
    let mut log = render_json("sarif", &[bad_server()]);
    log["runs"][0]["results"][0]["level"] = Value::from("critical");
    assert!(schemas.validate(&log, schema).is_err(), "a level that does not exist is not noticed");
}

#[test]
fn same_bytes_twice() {
    assert_eq!(render("sarif", &all()), render("sarif", &all()));
}

#[test]
fn what_consumers_ask_of_rules() {
    for reports in inputs() {
        let log = render_json("sarif", &reports);
        assert_eq!(list(&log, "/runs").len(), 1);
        let rules = list(&log, "/runs/0/tool/driver/rules");
        assert_eq!(rules.len(), 5, "every check is listed, once");
        let ids: BTreeSet<&str> = rules.iter().map(|rule| text(rule, "/id")).collect();
        assert_eq!(ids.len(), rules.len());
        for rule in rules {
            assert!(text(rule, "/name").chars().count() <= 255);
            for pointer in ["/shortDescription/text", "/fullDescription/text"] {
                assert!((1..=1024).contains(&text(rule, pointer).chars().count()), "{pointer}");
            }
            assert!(!text(rule, "/help/text").is_empty() && !text(rule, "/help/markdown").is_empty());
            let tags = list(rule, "/properties/tags");
            assert!(tags.len() <= 10);
            match rule.pointer("/properties/security-severity") {
                Some(number) => {
                    assert!(number.as_str().and_then(|number| number.parse::<f64>().ok()).is_some_and(|number| (0.1..10.0).contains(&number)));
                    assert_eq!(tags.first().and_then(Value::as_str), Some("security"));
                }
                None => assert_eq!(text(rule, "/properties/problem.severity"), "recommendation"),
            }
            for relationship in list(rule, "/relationships") {
                let taxon = usize::try_from(number(relationship, "/target/index")).expect("fits");
                assert_eq!(text(&list(&log, "/runs/0/taxonomies/0/taxa")[taxon], "/id"), text(relationship, "/target/id"));
            }
        }
    }
}

#[test]
fn what_consumers_ask_of_results() {
    for reports in inputs() {
        let log = render_json("sarif", &reports);
        let rules = list(&log, "/runs/0/tool/driver/rules");
        let results = log.pointer("/runs/0/results").and_then(Value::as_array).expect("there is a list of results");
        assert!(results.len() <= 5_000);
        let mut keys = Vec::new();
        for result in results {
            let rule = &rules[usize::try_from(number(result, "/ruleIndex")).expect("fits")];
            assert_eq!(text(rule, "/id"), text(result, "/ruleId"));
            assert_eq!(text(rule, "/defaultConfiguration/level"), text(result, "/level"));
            assert!(!text(result, "/message/text").is_empty());
            let place = result.pointer("/locations/0/physicalLocation").expect("there is a place");
            let region = |name: &str| number(place, &format!("/region/{name}"));
            let (start, end) = ((region("startLine"), region("startColumn")), (region("endLine"), region("endColumn")));
            assert!(start.0 >= 1 && start.1 >= 1 && start <= end);
            assert!(!list(result, "/partialFingerprints").is_empty() || result.get("partialFingerprints").is_some());
            assert!(result.get("rank").is_none());
            keys.push((text(place, "/artifactLocation/uri"), start, text(result, "/ruleId")));
        }
        assert!(keys.is_sorted());
    }
}

#[test]
fn uris_are_relative() {
    fn uris<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match (name.as_str(), value) {
                        ("uri", Value::String(uri)) => found.push(uri),
                        _ => uris(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| uris(item, found)),
            _ => {}
        }
    }
    let mut report = bad_server();
    report.findings[0].location.file = "../../etc/pass wd".into();
    let log = render_json("sarif", &[report]);
    let mut found = Vec::new();
    uris(&log, &mut found);
    assert!(found.len() > 10);
    for uri in found {
        assert!(!uri.starts_with('/') && !uri.contains([':', '\\', ' ']) && !uri.split('/').any(|part| part == ".."), "{uri}");
    }
}

#[test]
fn only_the_worst_are_kept_and_the_rest_is_counted() {
    let log = render_json("sarif", &[many()]);
    let results = list(&log, "/runs/0/results");
    assert_eq!(results.len(), 5_000);
    assert_eq!(results.iter().filter(|result| text(result, "/level") == "error").count(), 3_000);
    let notifications = list(&log, "/runs/0/invocations/0/toolExecutionNotifications");
    assert!(notifications.iter().any(|note| text(note, "/message/text").starts_with("1000 less severe results")));
}

#[test]
fn what_was_not_seen_is_notified() {
    let log = render_json("sarif", &[bad_server()]);
    let notifications = list(&log, "/runs/0/invocations/0/toolExecutionNotifications");
    let descriptors = list(&log, "/runs/0/tool/driver/notifications");
    assert_eq!(notifications.len(), 4);
    for note in notifications {
        let descriptor = &descriptors[usize::try_from(number(note, "/descriptor/index")).expect("fits")];
        assert_eq!(text(descriptor, "/id"), text(note, "/descriptor/id"));
        assert!(!text(descriptor, "/help/text").is_empty());
    }
}

#[test]
fn the_category_names_the_server_without_its_version() {
    assert_eq!(text(&render_json("sarif", &[bad_server()]), "/runs/0/automationDetails/id"), "tidewaiter/scope-notes-mcp/");
    let mut report = bad_server();
    report.target.version = Some("3.0.0".to_owned());
    assert_eq!(text(&render_json("sarif", &[report]), "/runs/0/automationDetails/id"), "tidewaiter/scope-notes-mcp/");
    assert_eq!(text(&render_json("sarif", &all()), "/runs/0/automationDetails/id"), "tidewaiter/servers/");
}

#[test]
fn fingerprints_survive_moved_lines() {
    let before = render_json("sarif", &[bad_server()]);
    let mut moved = bad_server();
    let text_before = moved.sources["src/git.ts"].clone();
    moved.sources.insert("src/git.ts".to_owned(), format!("// one\n// two\n{text_before}").into());
    moved.findings[1].location.line += 2;
    moved.findings[1].location.end_line += 2;
    let after = render_json("sarif", &[moved]);
    let prints = |log: &Value| {
        let result = list(log, "/runs/0/results").iter().find(|result| text(result, "/ruleId") == "command-injection").cloned();
        result.and_then(|result| result.get("partialFingerprints").cloned())
    };
    assert!(prints(&before).is_some_and(|prints| !text(&prints, "/primaryLocationLineHash").is_empty()));
    assert_eq!(prints(&before), prints(&after));
}
