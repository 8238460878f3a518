use super::super::{DeclaredKind, Manifests, Specified};
use crate::analysis::facts::Access;
use crate::input::Tree;
use crate::manifest;

fn read(text: &str) -> Manifests {
    let mut tree = Tree::default();
    tree.insert("server.json", text.as_bytes());
    manifest::read(&tree)
}

/// kind, access, target, and marks: s(ecret) r(equired) i(mplied)
fn said(manifests: &Manifests) -> Vec<String> {
    let mark = |on: bool, mark: &'static str| if on { mark } else { "" };
    let line = |d: &manifest::Declaration| {
        let access = d.access.map_or("any".to_owned(), |access| format!("{access:?}").to_lowercase());
        let marks = [mark(d.secret, "s"), mark(d.required, "r"), mark(d.implied, "i")].concat();
        format!("{:?} {access} {} {marks}", d.kind, d.target).trim_end().to_lowercase()
    };
    manifests.declarations.iter().map(line).collect()
}

const ENVIRONMENT: DeclaredKind = DeclaredKind::Environment;

#[test]
fn the_present_shape() {
    let text = r#"{
  "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
  "name": "io.github.acme/harbour",
  "packages": [{
    "registryType": "npm", "identifier": "harbour", "transport": {"type": "streamable-http", "url": "http://127.0.0.1:{port}/mcp"},
    "environmentVariables": [
      {"name": "HARBOUR_SEED", "isRequired": true, "isSecret": true},
      {"name": "HARBOUR_URL", "default": "https://api.harbour.example/v2"},
      {"name": "CHARTS", "format": "filepath", "default": "${HOME}/charts"}
    ],
    "packageArguments": [{"type": "positional", "value": "https://charts.{region}.example.org/x"}]
  }],
  "remotes": [
    {"type": "sse", "url": "https://{tenant}.harbour.example/mcp", "headers": [{"name": "X-Pass-Phrase", "isSecret": true}]},
    {"type": "sse", "url": "{base}/mcp"}
  ]
}"#;
    let manifests = read(text);
    assert_eq!(
        said(&manifests),
        [
            "environment read harbour_seed sr",
            "environment read harbour_url",
            "network connect api.harbour.example i",
            "environment read charts",
            "filesystem any ~/charts i",
            "network connect charts.*.example.org i",
            "network listen 127.0.0.1 i",
            "network connect *.harbour.example i",
            "credential any x-pass-phrase s",
        ]
    );
    let first = &manifests.declarations[0];
    assert_eq!(first.path, "/packages/0/environmentVariables/0");
    assert_eq!((first.location.line, first.location.column, &*first.location.file), (7, 7, "server.json"));
    assert_eq!(manifests.specified, [Specified { source: "server.json".into(), file: "server.json".into(), kind: ENVIRONMENT, access: None }]);
    assert!(manifests.problems.is_empty());
}

#[test]
fn the_old_shapes() {
    let text = r#"{"name": "io.github.acme/harbour", "version_detail": {"version": "1"},
      "packages": [{"registry_name": "npm", "name": "harbour", "version": "1",
        "package_arguments": [{"type": "positional", "value": "-s", "is_required": true}],
        "environment_variables": [{"name": "HARBOUR_API_KEY", "is_required": true}]}],
      "remotes": [{"transport_type": "sse", "url": "https://harbour.example/sse"}]}"#;
    let manifests = read(text);
    assert_eq!(said(&manifests), ["environment read harbour_api_key sr", "network connect harbour.example i"]);
    assert_eq!(manifests.specified.len(), 1);
}

#[test]
fn the_answer_of_the_registry() {
    let text = r#"{"server": {"name": "org.example/x", "packages": []}, "_meta": {"io.modelcontextprotocol.registry/publisher-provided":
      {"io.github.stacklok": {"x": {"permissions": {"network": {"outbound": {"allow_host": [".example.org"]}}}}}}}}"#;
    let manifests = read(text);
    assert_eq!(said(&manifests), ["network connect .example.org"]);
}

#[test]
fn secrets_and_places_in_arguments_of_the_runner() {
    let text = r#"{"name": "org.example/x", "packages": [{"registryType": "oci", "runtimeArguments": [
      {"type": "named", "name": "-e", "value": "HARBOUR_LOGIN={word}", "variables": {"word": {"isSecret": true, "isRequired": true}}},
      {"type": "positional", "value": "--env"}, {"type": "positional", "value": "DECK=3"},
      {"type": "named", "name": "--env=MAST", "value": ""},
      {"type": "named", "name": "-v", "value": "{charts}:/charts:ro", "isRequired": true},
      {"type": "named", "name": "--mount", "value": "type=bind,src={d},dst=/projects"},
      {"type": "named", "name": "-p", "value": "127.0.0.1:8085:8085"},
      {"type": "named", "name": "--rm"}
    ]}]}"#;
    let manifests = read(text);
    assert_eq!(
        said(&manifests),
        [
            "environment read harbour_login s",
            "environment read deck",
            "environment read mast",
            "filesystem read /charts r",
            "filesystem read /projects",
            "filesystem write /projects",
            "network listen 127.0.0.1 i",
        ]
    );
    assert!(manifests.specified.is_empty(), "there is no list of variables");
}

#[test]
fn steps_after_installation() {
    let text = r#"{"name": "org.example/x", "packages": [{"postInstallInstructions": [
      {"command": "harbour login --device"}, {"command": ["playwright", "install"], "optional": true}]}]}"#;
    assert_eq!(said(&read(text)), ["process spawn harbour r", "process spawn playwright"]);
}

#[test]
fn other_files_of_this_name() {
    for text in ["{\"users\": []}", "[]", "7", "{\"name\": \"x\", \"packages\": []}", "{ broken", "", "{\"server\": {\"port\": 1}}"] {
        let manifests = read(text);
        assert_eq!(manifests, Manifests::default(), "{text}");
    }
}

#[test]
fn broken_files_that_claim_to_be_one() {
    let broken = read("{\"$schema\": \"https://static.modelcontextprotocol.io/schemas/x/server.schema.json\",\n \"name\": }");
    assert_eq!(broken.problems.len(), 1);
    assert_eq!((broken.problems[0].0.line, broken.problems[0].0.column), (2, 10));

    let text = r#"{"name": "org.example/x", "packages": [7, {"environmentVariables": {"a": 1}, "transport": []},
      {"environmentVariables": [3, {}, {"name": 4}, {"name": "bad name"}, {"name": "GOOD"}], "runtimeArguments": [[], {}, 7, "-e", "-v"]}],
      "remotes": [null, {"url": 7, "headers": "x", "variables": []}]}"#;
    let manifests = read(text);
    assert_eq!(said(&manifests), ["environment read good"]);
    assert_eq!(manifests.problems.len(), 11, "{:#?}", manifests.problems);
}

#[test]
fn access_of_the_listening_side() {
    let text = r#"{"name": "org.example/x", "packages": [{"transport": {"type": "sse", "url": "http://{host}:{port}/sse"}}]}"#;
    let manifests = read(text);
    assert_eq!(manifests.declarations[0].access, Some(Access::Listen));
    assert_eq!(manifests.declarations[0].target, "*");
}
