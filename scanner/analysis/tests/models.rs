use super::*;

#[test]
fn annotations_are_spelled_as_in_the_protocol() {
    let report = python(
        r#"
@mcp.tool(annotations={'read_only_hint': True, 'open_world_hint': False})
def work() -> str:
    return ''
"#,
    );
    let annotations = &report.server.tools[0].annotations;
    assert_eq!(annotations.get("readOnlyHint"), Some(&serde_json::Value::Bool(true)));
    assert_eq!(annotations.get("openWorldHint"), Some(&serde_json::Value::Bool(false)));
}

#[test]
fn pieces_of_a_text_are_known() {
    let report = javascript(
        r#"const LIST = "api.example.com,cdn.example.com".split(",");"#,
        "async ({ path }) => { for (const host of LIST) await fetch(`https://${host}/${path}`); }",
    );
    assert_eq!(targets(&report, CapabilityKind::Network, Access::Connect), ["api.example.com", "cdn.example.com"]);
}

#[test]
fn subcommands_that_change_a_repository_write_it() {
    let report = python(
        r#"
import git

@mcp.tool()
def add(repo_path: str) -> str:
    git.Repo(repo_path).git.add('.')

@mcp.tool()
def status(repo_path: str) -> str:
    return git.Repo(repo_path).git.status()
"#,
    );
    let writers: Vec<_> =
        reached(&report).filter(|c| c.kind == CapabilityKind::Filesystem && c.access == Access::Write).flat_map(|c| c.tools.clone()).collect();
    assert_eq!(writers, ["add"]);
    let starters: Vec<_> = reached(&report).filter(|c| c.kind == CapabilityKind::Process).flat_map(|c| c.tools.clone()).collect();
    assert_eq!(starters, ["add", "status"]);
}

#[test]
fn a_client_that_is_made_has_not_connected() {
    let report = javascript(
        r#"import * as k8s from "@kubernetes/client-node";
           const config = new k8s.KubeConfig();
           const api = config.makeApiClient(k8s.CoreV1Api);"#,
        "async () => api.listNamespace()",
    );
    let tools: Vec<_> = reached(&report).filter(|c| c.kind == CapabilityKind::Network).map(|c| c.tools.clone()).collect();
    assert_eq!(tools, [vec!["work".to_owned()]]);
}
