use serde_json::Value;
use tidewaiter::report::{Context, JSON_SCHEMA, Report, format};

use crate::samples::{all, bad_server, clean_server, context, render, render_json, unreadable_server};

fn snapshot(name: &str, reports: &[Report]) {
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(format!("json_{name}"), render("json", reports));
    });
}

#[test]
fn snapshots() {
    snapshot("clean", &[clean_server()]);
    snapshot("bad", &[bad_server()]);
    snapshot("unreadable", &[unreadable_server()]);
}

#[test]
fn one_target_is_an_object_and_several_an_array() {
    assert!(render_json("json", &[clean_server()]).is_object());
    assert_eq!(render_json("json", &all()).as_array().map(Vec::len), Some(3));
    assert_eq!(render_json("json", &[]).as_array().map(Vec::len), Some(0));
    let asked_for_two = Context { several: true, ..context(&[], 100, false) };
    let mut out = Vec::new();
    (format("json").expect("a format").render)(&[clean_server()], &asked_for_two, &mut out).expect("it is written");
    assert!(out.starts_with(b"["), "one of two is an array of one");
}

#[test]
fn same_bytes_twice() {
    assert_eq!(render("json", &all()), render("json", &all()));
}

/// Names that the contract with users promises; none may go within version 1.
#[test]
fn the_contract_is_kept() {
    let report = render_json("json", &[bad_server()]);
    for pointer in [
        "/format",
        "/scanner/name",
        "/scanner/version",
        "/scanner/rules_digest",
        "/target/spec",
        "/target/kind",
        "/target/name",
        "/target/version",
        "/target/digest",
        "/server/languages",
        "/server/transports",
        "/server/instructions",
        "/server/tools/0/name",
        "/server/tools/0/title",
        "/server/tools/0/description",
        "/server/tools/0/annotations",
        "/server/tools/0/input_schema",
        "/server/tools/0/location/file",
        "/server/tools/0/handler/line",
        "/server/tools/0/conditional",
        "/server/tools/0/capabilities",
        "/server/tools_complete",
        "/server/tools_incomplete_because",
        "/server/prompts",
        "/server/resources",
        "/capabilities/0/id",
        "/capabilities/0/target_from",
        "/capabilities/0/location/end_column",
        "/declarations",
        "/findings/0/rule",
        "/findings/0/location/end_line",
        "/findings/0/steps/0/what",
        "/findings/0/steps/0/file",
        "/findings/0/fingerprint",
        "/score/value",
        "/score/ledger/0/points",
        "/coverage/files_total",
        "/coverage/files_parsed",
        "/coverage/files_skipped/0/reason",
        "/coverage/unresolved/0/location/file",
        "/coverage/unresolved/0/what",
    ] {
        assert!(report.pointer(pointer).is_some(), "{pointer} is missing");
    }
    assert!(report.get("sources").is_none());
}

#[test]
fn the_schema_accepts_every_sample_and_is_not_empty() {
    let mut schemas = boon::Schemas::new();
    let mut compiler = boon::Compiler::new();
    let schema: Value = serde_json::from_str(JSON_SCHEMA).expect("the schema is JSON");
    compiler.add_resource("report.json", schema).expect("the schema is added");
    let schema = compiler.compile("report.json", &mut schemas).expect("the schema is a schema");
    for reports in [vec![clean_server()], vec![bad_server()], vec![unreadable_server()], all(), Vec::new()] {
        let report = render_json("json", &reports);
        if let Err(error) = schemas.validate(&report, schema) {
            panic!("{error}");
        }
    }
    for pointer in ["/format", "/score/value", "/findings/0/location", "/coverage/files_total", "/server/tools/0/handler"] {
        let mut report = render_json("json", &[bad_server()]);
        *report.pointer_mut(pointer).expect("it is there") = Value::Bool(true);
        assert!(schemas.validate(&report, schema).is_err(), "{pointer} is not checked");
    }
}
