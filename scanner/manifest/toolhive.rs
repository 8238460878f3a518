//! ToolHive: permission profiles, entries of its registry (`spec.yaml`), and the same inside `server.json`.
//!
//! A profile is whole: what it does not list is denied.

use super::document::{self, Item};
use super::writer::{Writer, file_name};
use super::{DeclaredKind, Manifests, pattern};
use crate::analysis::facts::Access;
use crate::input::Tree;

pub(super) fn matches_spec(path: &str) -> bool {
    let name = file_name(path);
    name.ends_with("spec.yaml") || name.ends_with("spec.yml")
}

pub(super) fn matches_profile(path: &str) -> bool {
    path.ends_with(".json")
}

pub(super) fn read_spec(_: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let mut w = Writer::new("toolhive", path, text, into);
    let node = match document::yaml(text) {
        Ok(node) => node,
        Err(error) => {
            let claims = ["\npermissions:", "\nimage:", "\ntransport:"].iter().all(|key| text.contains(key));
            if claims {
                w.syntax(&error, "nothing in it was read as a declaration");
            }
            return claims;
        }
    };
    let root = Item::root(&node);
    let has_text = |key: &str| root.text_at(key).is_some();
    let has_content = root.get("permissions").is_some_and(|item| item.is_map())
        || ["tools", "env_vars", "tool_definitions"].iter().any(|key| root.get(key).is_some_and(|item| item.is_list()));
    if !(has_text("image") || has_text("url")) || !has_text("transport") || !has_content {
        return false;
    }
    read_entry(&mut w, &root);
    true
}

/// An entry of the registry.
pub(super) fn read_entry(w: &mut Writer<'_>, entry: &Item<'_>) {
    if let Some(permissions) = w.map(entry, &["permissions"]) {
        read_permissions(w, &permissions);
    }
    let variables = w.list(entry, &["env_vars", "envVars"]);
    for variable in &variables {
        match variable.text_at("name") {
            Some(name) => {
                w.environment(variable, name, variable.truth_at(&["secret"]), variable.truth_at(&["required"]));
                if let Some(default) = variable.get("default") {
                    super::registry::implied_endpoint(w, &default, name);
                }
            }
            None => w.problem(variable, format!("{} has no “name”; it was ignored", variable.pointer())),
        }
    }
    if !variables.is_empty() {
        w.specify(DeclaredKind::Environment, None);
    }
    for header in w.list(entry, &["headers"]) {
        if header.truth_at(&["secret"]) {
            let declaration = w.declare(&header, DeclaredKind::Credential, None, header.text_at("name").unwrap_or_default());
            declaration.secret = true;
            declaration.required = header.truth_at(&["required"]);
        }
    }
    if let Some(url) = entry.get("url") {
        w.implied_host(&url, Access::Connect, url.text().unwrap_or_default());
    }
    read_tools(w, entry);
}

/// Names alone, or definitions; usually both, and then every tool counts once.
fn read_tools(w: &mut Writer<'_>, entry: &Item<'_>) {
    let definitions = w.list(entry, &["tool_definitions", "toolDefinitions"]);
    let names = w.list(entry, &["tools"]);
    if definitions.is_empty() && names.is_empty() {
        return;
    }
    let mut seen = rustc_hash::FxHashSet::default();
    for tool in definitions.iter().chain(&names) {
        match tool.text().or_else(|| tool.text_at("name")) {
            Some(name) if seen.insert(name) => drop(w.declare(tool, DeclaredKind::Tool, None, name)),
            Some(_) => {}
            None => w.expected(tool, "the name of a tool"),
        }
    }
    w.tool_list(true);
    w.specify(DeclaredKind::Tool, None);
}

pub(super) fn read_profile(_: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    if text.len() > 256 * 1024 || !["\"outbound\"", "\"inbound\""].iter().any(|key| text.contains(key)) {
        return false;
    }
    let mut w = Writer::new("toolhive", path, text, into);
    let node = match document::json(text) {
        Ok(node) => node,
        Err(error) => {
            let claims = ["\"allow_host\"", "\"allowHost\"", "\"insecure_allow_all\"", "\"insecureAllowAll\""].iter().any(|key| text.contains(key));
            if claims {
                w.syntax(&error, "nothing in it was read as a permission");
            }
            return claims;
        }
    };
    let root = Item::root(&node);
    let only_these = ["$schema", "name", "description", "read", "write", "network", "privileged"];
    let known = root.entries().iter().all(|entry| entry.key.is_some_and(|key| only_these.contains(&key)));
    let network = root.get("network").is_some_and(|network| ["outbound", "inbound"].iter().any(|key| network.get(key).is_some()));
    if !known || !network {
        return false;
    }
    read_permissions(&mut w, &root);
    true
}

fn read_permissions(w: &mut Writer<'_>, profile: &Item<'_>) {
    w.specify(DeclaredKind::Network, Some(Access::Connect));
    w.specify(DeclaredKind::Filesystem, None);
    for (key, accesses) in [("read", &[Access::Read][..]), ("write", &[Access::Read, Access::Write, Access::Delete])] {
        for mount in w.list(profile, &[key]) {
            let Some(text) = w.text(&mount) else { continue };
            for access in accesses {
                w.path(&mount, Some(*access), inside(text));
            }
        }
    }
    let Some(network) = w.map(profile, &["network"]) else { return };
    if let Some(outbound) = w.map(&network, &["outbound"]) {
        read_hosts(w, &outbound, Access::Connect);
    }
    if let Some(inbound) = w.map(&network, &["inbound"]) {
        w.specify(DeclaredKind::Network, Some(Access::Listen));
        read_hosts(w, &inbound, Access::Listen);
    }
}

fn read_hosts(w: &mut Writer<'_>, direction: &Item<'_>, access: Access) {
    if let Some(all) = direction.any(&["insecure_allow_all", "insecureAllowAll"]).filter(Item::is_true) {
        w.declare(&all, DeclaredKind::Network, Some(access), "*");
    }
    for host in w.list(direction, &["allow_host", "allowHost"]) {
        let Some(text) = w.text(&host) else { continue };
        match pattern::canonical_host(text) {
            Some(pattern) => drop(w.declare(&host, DeclaredKind::Network, Some(access), pattern)),
            None => w.problem(&host, format!("{} is not a host; it was ignored; write a name like “.example.org”", host.pointer())),
        }
    }
}

/// `path`, `host:container` or `scheme://resource:container`: the server sees what stands last.
fn inside(mount: &str) -> &str {
    let after_scheme = mount.find("://").map_or(0, |at| at + 3);
    let rest = mount.get(after_scheme..).unwrap_or(mount);
    match rest.rsplit_once(':') {
        // `C:\x` is one path.
        Some((_, path)) if path.starts_with('\\') => mount,
        Some((_, container)) if !container.is_empty() => container,
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    fn read(path: &str, text: &str) -> Manifests {
        let mut tree = Tree::default();
        tree.insert(path, text.as_bytes());
        manifest::read(&tree)
    }

    fn said(manifests: &Manifests) -> Vec<(DeclaredKind, Option<Access>, &str)> {
        manifests.declarations.iter().map(|d| (d.kind, d.access, d.target.as_str())).collect()
    }

    fn specified(manifests: &Manifests) -> Vec<(DeclaredKind, Option<Access>)> {
        manifests.specified.iter().map(|s| (s.kind, s.access)).collect()
    }

    #[test]
    fn profiles_are_whole() {
        for (host, port) in [("allow_host", "allow_port"), ("allowHost", "allowPort")] {
            let text = format!(
                r#"{{"name": "p", "read": ["/charts", "/host/x:/inside"], "write": ["volume://v:/data"],
                "network": {{"outbound": {{"{host}": [".example.org", "api.example.com:443"], "{port}": [443]}}, "inbound": {{"{host}": ["localhost"]}}}}}}"#
            );
            let manifests = read("profile.json", &text);
            let (network, files) = (DeclaredKind::Network, DeclaredKind::Filesystem);
            assert_eq!(
                said(&manifests),
                [
                    (files, Some(Access::Read), "/charts"),
                    (files, Some(Access::Read), "/inside"),
                    (files, Some(Access::Read), "/data"),
                    (files, Some(Access::Write), "/data"),
                    (files, Some(Access::Delete), "/data"),
                    (network, Some(Access::Connect), ".example.org"),
                    (network, Some(Access::Connect), "api.example.com"),
                    (network, Some(Access::Listen), "localhost"),
                ]
            );
            assert_eq!(specified(&manifests), [(network, Some(Access::Connect)), (files, None), (network, Some(Access::Listen))]);
        }
    }

    #[test]
    fn everything_and_nothing() {
        let all = read("p.json", r#"{"network": {"outbound": {"insecure_allow_all": true}}}"#);
        assert_eq!(said(&all), [(DeclaredKind::Network, Some(Access::Connect), "*")]);
        let none = read("p.json", r#"{"network": {"outbound": {}}}"#);
        assert!(none.declarations.is_empty());
        assert_eq!(none.specified.len(), 2);
    }

    #[test]
    fn entries_of_the_registry() {
        let text = "# an entry\nname: harbour\ntransport: stdio\nimage: ghcr.io/acme/harbour:1\ntools:\n  - moor\n  - cast_off\npermissions:\n  network:\n    outbound:\n      allow_host: [\".example.org\"]\nenv_vars:\n  - name: HARBOUR_LOGIN\n    secret: true\n    required: true\n";
        let manifests = read("registry/harbour/spec.yaml", text);
        assert_eq!(
            said(&manifests),
            [
                (DeclaredKind::Network, Some(Access::Connect), ".example.org"),
                (DeclaredKind::Environment, Some(Access::Read), "HARBOUR_LOGIN"),
                (DeclaredKind::Tool, None, "moor"),
                (DeclaredKind::Tool, None, "cast_off"),
            ]
        );
        let lines: Vec<_> = manifests.declarations.iter().map(|d| d.location.line).collect();
        assert_eq!(lines, [11, 13, 6, 7]);
        assert!(manifests.declarations[1].secret && manifests.declarations[1].required);
        assert!(manifests.tool_lists[0].complete);
    }

    #[test]
    fn other_files_are_not_ours() {
        assert_eq!(read("spec.yaml", "openapi: 3.0.0\ntools: []\n"), Manifests::default());
        assert_eq!(read("spec.yaml", "a: [\n"), Manifests::default());
        assert_eq!(read("x.json", r#"{"outbound": 1, "network": {"outbound": {}}, "other": 1}"#), Manifests::default());
        assert_eq!(read("x.json", r#"{"inbound": 1"#), Manifests::default());
    }

    #[test]
    fn broken_files_are_problems() {
        assert_eq!(read("x.json", r#"{"network": {"outbound": {"allow_host": ["#).problems.len(), 1);
        let manifests =
            read("x.json", r#"{"read": 1, "write": [1], "network": {"outbound": {"allow_host": [1, "a b", "ok.example"]}, "inbound": []}}"#);
        assert_eq!(manifests.problems.len(), 5, "{:#?}", manifests.problems);
        assert_eq!(manifests.declarations.len(), 1);
        let spec = read("spec.yaml", "name: x\npermissions: {\nimage: y\ntransport: stdio\n");
        assert_eq!(spec.problems.len(), 1);
    }
}
