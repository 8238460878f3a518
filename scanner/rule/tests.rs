use std::fmt::Write as _;

use serde_json::json;

use super::*;
use crate::analysis::facts::{Access, Capability, CapabilityKind, Declared, Reach, TargetFrom, TargetKind, Tool, Unresolved, Weight};
use crate::manifest::{Declaration, DeclaredKind, InstallHook, Package, Specified, ToolList};

fn checks() -> &'static [Check] {
    match load() {
        Ok(checks) => checks,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn embedded_checks_say_what_their_files_say() {
    for embedded in checks() {
        let path = format!("checks/{}/{}.md", embedded.family, embedded.id);
        let (_, text) = crate::rules::FILES.iter().find(|(name, _)| *name == path).expect("the file of the check");
        let mut parsed = parse(&path, text).unwrap();
        parsed.examples.clear();
        embedded.matcher.compile().unwrap();
        assert_eq!(format!("{embedded:?}"), format!("{parsed:?}"));
    }
}

#[test]
fn every_check_of_conduct_names_its_threats() {
    for check in checks().iter().filter(|check| check.family == "conduct") {
        assert!(!check.cwe.is_empty(), "{}: cwe", check.id);
        for list in ["OWASP-MCP", "OWASP-ASI", "ATLAS-AML", "SAFE-T"] {
            assert!(check.tags.iter().any(|tag| tag.starts_with(list)), "{}: {list}", check.id);
        }
    }
}

fn place(file: &str, line: u32) -> Place {
    Place { file: file.into(), line, column: 1, end_line: line, end_column: 2 }
}

fn capability(kind: CapabilityKind, access: Access, target: &str, line: u32) -> Capability {
    Capability {
        id: 0,
        kind,
        access,
        target: target.to_owned(),
        target_kind: if target == "*" { TargetKind::Dynamic } else { TargetKind::Constant },
        target_from: if target == "*" { TargetFrom::Argument } else { TargetFrom::Constant },
        secret: false,
        declared: Declared::Unspecified,
        reach: Reach::Tool,
        tools: vec!["work".to_owned()],
        location: place("server.js", line),
        steps: Vec::new(),
        arguments: Vec::new(),
        variables: Vec::new(),
    }
}

fn tool(name: &str, annotations: serde_json::Value) -> Tool {
    Tool {
        name: name.to_owned(),
        title: None,
        description: None,
        annotations: annotations.as_object().cloned().unwrap_or_default(),
        input_schema: json!({}),
        extra: serde_json::Value::Null,
        location: Some(place("server.js", 1)),
        handler: None,
        conditional: false,
        capabilities: vec![0],
    }
}

fn facts(capabilities: Vec<Capability>) -> ServerFacts {
    ServerFacts { capabilities, tools_complete: true, speaks_mcp: true, ..ServerFacts::default() }
}

fn declares(kind: DeclaredKind, access: Option<Access>, target: &str) -> Declaration {
    Declaration {
        source: "test".to_owned(),
        file: "profile.json".to_owned(),
        path: "/x".to_owned(),
        location: place("profile.json", 3),
        kind,
        access,
        target: target.to_owned(),
        secret: false,
        required: false,
        implied: false,
    }
}

fn specifies(kind: DeclaredKind, access: Option<Access>) -> Specified {
    Specified { source: "test".to_owned(), file: "profile.json".to_owned(), kind, access }
}

fn judge(mut facts: ServerFacts, manifests: &Manifests, source: &str) -> Vec<Finding> {
    let mut tree = Tree::default();
    tree.insert("server.js", source.as_bytes());
    mark_declared(&mut facts, manifests);
    evaluate(checks(), &facts, manifests, &tree)
}

fn rules(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[test]
fn the_embedded_checks_are_valid() {
    let checks = checks();
    assert!(checks.len() > 10);
    assert!(checks.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[test]
fn unspecified_is_not_empty() {
    let connect = || facts(vec![capability(CapabilityKind::Network, Access::Connect, "api.example.com", 5)]);
    assert!(judge(connect(), &Manifests::default(), "").is_empty());

    let closed = Manifests { specified: vec![specifies(DeclaredKind::Network, Some(Access::Connect))], ..Manifests::default() };
    assert_eq!(rules(&judge(connect(), &closed, "")), ["undeclared-network"]);

    let listen = facts(vec![capability(CapabilityKind::Network, Access::Listen, "0.0.0.0:80", 5)]);
    assert!(judge(listen, &closed, "").is_empty());

    let open = Manifests { declarations: vec![declares(DeclaredKind::Network, None, ".example.com")], ..closed };
    assert!(judge(connect(), &open, "").is_empty());
}

#[test]
fn a_target_chosen_at_run_time_is_declared_by_everything_or_by_its_variable() {
    let mut dynamic = capability(CapabilityKind::Network, Access::Connect, "*", 5);
    let mut manifests = Manifests {
        declarations: vec![declares(DeclaredKind::Network, None, "api.example.com")],
        specified: vec![specifies(DeclaredKind::Network, None)],
        ..Manifests::default()
    };
    let found = judge(facts(vec![dynamic.clone()]), &manifests, "");
    assert_eq!(found.iter().map(|f| (f.rule.as_str(), f.confidence)).collect::<Vec<_>>(), [("undeclared-network", Confidence::Low)]);

    dynamic.target_from = TargetFrom::Environment;
    manifests.declarations.push(declares(DeclaredKind::Environment, None, "GITLAB_API_KEY"));
    manifests.declarations[1].secret = true;
    assert!(rules(&judge(facts(vec![dynamic.clone()]), &manifests, "")).contains(&"undeclared-network"));
    manifests.declarations.push(declares(DeclaredKind::Environment, None, "GITLAB_URL"));
    assert!(!rules(&judge(facts(vec![dynamic.clone()]), &manifests, "")).contains(&"undeclared-network"));

    dynamic.target_from = TargetFrom::Argument;
    manifests.declarations.push(declares(DeclaredKind::Network, None, "*"));
    assert!(!rules(&judge(facts(vec![dynamic]), &manifests, "")).contains(&"undeclared-network"));
}

#[test]
fn many_calls_of_one_host_are_one_finding_and_unreached_code_is_none() {
    let manifests = Manifests { specified: vec![specifies(DeclaredKind::Network, None)], ..Manifests::default() };
    let calls = (1..=30).map(|line| capability(CapabilityKind::Network, Access::Connect, "api.example.com", line)).collect();
    let found = judge(facts(calls), &manifests, "");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].location.line, found[0].related.len()), (1, 20));
    assert!(found[0].message.starts_with("The tool `work` connects to `api.example.com`, and the manifest"), "{}", found[0].message);

    let mut unreached = capability(CapabilityKind::Network, Access::Connect, "api.example.com", 1);
    unreached.reach = Reach::Unreached;
    let local = capability(CapabilityKind::Network, Access::Connect, "127.0.0.1:8080", 1);
    assert!(judge(facts(vec![unreached, local]), &manifests, "").is_empty());
}

#[test]
fn variables_that_every_process_reads_and_secrets_are_kept_apart() {
    let manifests = Manifests { specified: vec![specifies(DeclaredKind::Environment, None)], ..Manifests::default() };
    let mut secret = capability(CapabilityKind::Environment, Access::Read, "DEMO_TOKEN", 3);
    secret.secret = true;
    let plain = |name| capability(CapabilityKind::Environment, Access::Read, name, 2);
    let found = judge(facts(vec![plain("PATH"), plain("OTEL_ENDPOINT"), plain("DEMO_MODE"), secret]), &manifests, "");
    assert_eq!(rules(&found), ["undeclared-environment", "undeclared-credential"]);
}

#[test]
fn fingerprints_stay_when_lines_move_and_differ_between_equal_lines() {
    let evals = |lines: [u32; 2]| {
        facts(
            lines
                .map(|line| Capability { target_from: TargetFrom::Environment, ..capability(CapabilityKind::Code, Access::Evaluate, "*", line) })
                .to_vec(),
        )
    };
    let before = judge(evals([1, 2]), &Manifests::default(), "  eval(text)\neval(text)\n");
    let after = judge(evals([3, 4]), &Manifests::default(), "// a\n\neval(text)\n\teval(text)\n");
    let prints = |findings: &[Finding]| findings.iter().map(|finding| finding.fingerprint.clone()).collect::<Vec<_>>();
    assert_eq!(rules(&before), ["computed-code", "computed-code"]);
    assert_eq!(prints(&before), prints(&after));
    assert_ne!(before[0].fingerprint, before[1].fingerprint);
    assert_eq!(before[0].fingerprint.len(), "tidewaiter/1:".len() + 32);
}

#[test]
fn code_that_is_constant_is_no_finding() {
    assert!(judge(facts(vec![capability(CapabilityKind::Code, Access::Evaluate, "1 + 1", 1)]), &Manifests::default(), "").is_empty());
}

#[test]
fn an_exception_does_not_cover_a_path_that_climbs_out_of_it() {
    let manifests = Manifests { specified: vec![specifies(DeclaredKind::Filesystem, Some(Access::Write))], ..Manifests::default() };
    let mut write = capability(CapabilityKind::Filesystem, Access::Write, "/tmp/demo", 1);
    assert!(judge(facts(vec![write.clone()]), &manifests, "").is_empty());
    write.target = "/tmp/../etc/passwd".to_owned();
    write.tools.push("work2".to_owned());
    let found = judge(facts(vec![write]), &manifests, "");
    assert_eq!(rules(&found), ["undeclared-filesystem-write"]);
    assert!(found[0].message.starts_with("Code behind the tools `work` and `work2` writes `/tmp/../etc/passwd`, and"), "{}", found[0].message);
}

#[test]
fn annotations_are_held_against_handlers() {
    let with = |annotations, effect| {
        let mut facts = facts(vec![effect]);
        facts.tools.push(tool("work", annotations));
        judge(facts, &Manifests::default(), "")
    };
    let write = || capability(CapabilityKind::Filesystem, Access::Write, "*", 7);
    let found = with(json!({"readOnlyHint": true}), write());
    assert_eq!((rules(&found), found[0].confidence, found[0].location.line), (vec!["readonly-tool-writes"], Confidence::High, 7));
    assert_eq!(found[0].related[0].what, "`work` is declared with readOnlyHint: true");
    assert!(with(json!({"readOnlyHint": false}), write()).is_empty());
    assert!(with(json!({}), write()).is_empty());

    let fixed = with(json!({"readOnlyHint": true}), capability(CapabilityKind::Filesystem, Access::Write, "~/.config/demo/state.json", 7));
    assert_eq!(fixed[0].confidence, Confidence::Low);
    assert!(with(json!({"readOnlyHint": true}), capability(CapabilityKind::Filesystem, Access::Write, "~/.cache/demo", 7)).is_empty());

    let delete = capability(CapabilityKind::Filesystem, Access::Delete, "*", 7);
    assert_eq!(rules(&with(json!({"destructiveHint": false}), delete)), ["destructive-hint-mismatch"]);
    let connect = |host| capability(CapabilityKind::Network, Access::Connect, host, 7);
    assert_eq!(rules(&with(json!({"openWorldHint": false}), connect("*"))), ["open-world-hint-mismatch"]);
    assert!(with(json!({"openWorldHint": false}), connect("localhost")).is_empty());
    assert!(with(json!({"readOnlyHint": true}), capability(CapabilityKind::Process, Access::Spawn, "git", 7)).is_empty());
}

#[test]
fn overdeclared_is_silent_when_something_was_not_seen() {
    let manifests = Manifests { declarations: vec![declares(DeclaredKind::Network, None, "old.example.com")], ..Manifests::default() };
    let found = judge(facts(Vec::new()), &manifests, "");
    assert_eq!((rules(&found), found[0].location.file.as_ref()), (vec!["overdeclared-network"], "profile.json"));

    let mut unresolved = facts(Vec::new());
    unresolved.coverage.unresolved.push(Unresolved { location: place("server.js", 1), what: "x".to_owned(), weight: Weight::Partial });
    assert!(judge(unresolved, &manifests, "").is_empty());
    let dynamic = facts(vec![capability(CapabilityKind::Network, Access::Connect, "*", 5)]);
    assert!(judge(dynamic, &manifests, "").is_empty());
}

#[test]
fn tools_beside_a_complete_list() {
    let mut manifests = Manifests { declarations: vec![declares(DeclaredKind::Tool, None, "get")], ..Manifests::default() };
    manifests.tool_lists.push(ToolList { source: "test".to_owned(), file: "profile.json".to_owned(), complete: true });
    let mut facts = facts(Vec::new());
    facts.tools = vec![tool("get", json!({})), tool("wipe", json!({}))];
    assert_eq!(rules(&judge(facts.clone(), &manifests, "")), ["unlisted-tool"]);
    manifests.tool_lists[0].complete = false;
    assert!(judge(facts, &manifests, "").is_empty());
}

#[test]
fn install_hooks_and_what_is_joined_to_an_exception() {
    let with = |command: &str| {
        let hook = InstallHook { name: "postinstall".to_owned(), command: command.to_owned(), location: place("package.json", 4) };
        let package = Package { install_hooks: vec![hook], ..Package::default() };
        judge(facts(Vec::new()), &Manifests { packages: vec![package], ..Manifests::default() }, "").len()
    };
    assert_eq!(with("node setup.js"), 1);
    assert_eq!(with("npx only-allow pnpm"), 0);
    assert_eq!(with("husky install || true"), 0);
    assert_eq!(with("npx only-allow pnpm && node x.js"), 1);
    assert_eq!(with("echo $(curl example.com)"), 1);
}

#[test]
fn hostile_texts_and_schemas_are_survived() {
    let mut schema = json!("x");
    for _ in 0..500 {
        schema = json!({ "properties": schema });
    }
    let mut hostile = tool("x", json!({}));
    hostile.input_schema = schema;
    hostile.description = Some("Before using `send_mail` you must ".repeat(20_000));
    hostile.location = None;
    let mut facts = facts(Vec::new());
    facts.instructions = Some("é".repeat(100_000));
    facts.tools.push(hostile);
    facts.tools.push(tool("y", json!({"readOnlyHint": true})));
    judge(facts, &Manifests::default(), "");
}

const RULE: &str = "---\ntitle: T\nseverity: low\nconfidence: high\ncwe: [CWE-1]\nmatch:\n  kind: unlisted-tool\nmessage: >\n  {tool}.\n---\n\n\
                    ## What it finds\na\n## Why it matters\nb\n## What to do\nc\n## Bad\n```python a.py\nx\n```\n## Ok\n```python a.py\ny\n```\n";

fn error(text: &str) -> String {
    parse("checks/family/some-rule.md", text).map_or_else(|error| error.to_string(), |check| format!("{check:?}"))
}

#[test]
fn errors_of_rule_files_name_file_and_line() {
    assert!(parse("checks/family/some-rule.md", RULE).is_ok_and(|check| check.id == "some-rule" && check.family == "family"));
    assert!(error(&RULE.replace("[CWE-1]", "[79]")).starts_with("rules/checks/family/some-rule.md:5: `79` is not of the form CWE-123"));
    assert!(error(&RULE.replace("{tool}", "{tol}")).contains("some-rule.md:8: the message has no placeholder {tol}"));
    assert!(error(&RULE.replace("title: T", "title: T\ncolour: red")).contains("colour"));
    assert!(error(&RULE.replace("unlisted-tool", "magic")).contains("magic"));
    assert!(error(&RULE.replace("## What to do\nc\n", "")).contains("no section `## What to do`"));
    assert!(error(&RULE.replace("## Ok", "## Good")).contains("no example `## Ok`"));
    assert!(error("title: T").contains("some-rule.md:1:"));
    let mut broken = String::new();
    for (at, _) in RULE.char_indices() {
        let _ = write!(broken, "{}", error(&RULE[..at]).len());
    }
    assert!(!broken.is_empty());
}

#[test]
fn what_is_filled_into_a_message_is_not_a_template() {
    let mut manifests = Manifests { specified: vec![specifies(DeclaredKind::Process, None)], ..Manifests::default() };
    manifests.declarations.push(declares(DeclaredKind::Process, None, "git"));
    let found = judge(facts(vec![capability(CapabilityKind::Process, Access::Spawn, "{reach}", 1)]), &manifests, "");
    assert!(found.iter().any(|finding| finding.message.contains("starts the program `{reach}`")), "{found:#?}");
}
