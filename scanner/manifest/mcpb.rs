//! `manifest.json` of an MCPB (once DXT) bundle.

use rustc_hash::FxHashMap;

use super::document::{self, Item};
use super::registry::implied_endpoint;
use super::writer::{Writer, directory, file_name};
use super::{DeclaredKind, EntryPoint, Manifests, npm};
use crate::analysis::facts::Access;
use crate::input::Tree;

pub(super) fn matches(path: &str) -> bool {
    file_name(path).ends_with("manifest.json")
}

pub(super) fn read(tree: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool {
    let mut w = Writer::new("mcpb", path, text, into);
    let node = match document::json(text) {
        Ok(node) => node,
        Err(error) => {
            let claims = text.contains("\"dxt_version\"") || text.contains("\"mcp_config\"");
            if claims {
                w.syntax(&error, "nothing in it was read as a declaration");
            }
            return claims;
        }
    };
    let root = Item::root(&node);
    // Browser extensions and web apps have files of this name: theirs say the version as a number.
    let version = root.any(&["manifest_version", "dxt_version"]).and_then(|version| version.text());
    let Some(server) = root.get("server").filter(|_| version.is_some_and(|version| version.starts_with("0."))) else { return false };
    if server.get("entry_point").is_none() && server.get("mcp_config").is_none() {
        return false;
    }

    let config = w.map(&root, &["user_config"]);
    let settings: FxHashMap<&str, Item<'_>> = config.iter().flat_map(Item::entries).filter_map(|item| Some((item.key?, item))).collect();
    read_environment(&mut w, &server, &settings);
    for setting in config.iter().flat_map(Item::entries) {
        read_setting(&mut w, &setting);
    }
    read_tools(&mut w, &root);
    for url in w.list(&root, &["privacy_policies"]) {
        if let Some(text) = w.text(&url) {
            w.implied_host(&url, Access::Connect, text);
        }
    }

    let entry = server.get("entry_point").and_then(|item| w.text(&item));
    let file = entry.and_then(|entry| npm::resolve(tree, directory(path), entry.trim_start_matches("${__dirname}/")));
    let package = w.package("mcpb", directory(path), root.text_at("name"));
    package.version = root.text_at("version").map(str::to_owned);
    package.entry_points = file.map(EntryPoint::File).into_iter().collect();
    true
}

fn read_environment(w: &mut Writer<'_>, server: &Item<'_>, settings: &FxHashMap<&str, Item<'_>>) {
    let Some(launch) = w.map(server, &["mcp_config"]) else { return };
    w.specify(DeclaredKind::Environment, None);
    let platforms = w.map(&launch, &["platform_overrides"]);
    for place in std::iter::once(launch).chain(platforms.iter().flat_map(Item::entries)) {
        for variable in w.map(&place, &["env"]).iter().flat_map(Item::entries) {
            let value = variable.text().unwrap_or_default();
            let used: Vec<&Item<'_>> = settings_in(value).filter_map(|key| settings.get(key)).collect();
            let secret = used.iter().any(|setting| setting.truth_at(&["sensitive"]));
            let required = used.iter().any(|setting| setting.truth_at(&["required"]));
            let name = variable.key.unwrap_or_default();
            w.environment(&variable, name, secret, required);
            implied_endpoint(w, &variable, name);
        }
    }
}

/// Keys `K` of every `${user_config.K}` in a value.
fn settings_in(value: &str) -> impl Iterator<Item = &str> {
    value.split("${user_config.").skip(1).filter_map(|rest| rest.split('}').next())
}

fn read_setting(w: &mut Writer<'_>, setting: &Item<'_>) {
    let Some(kind) = setting.text_at("type") else { return };
    let default = setting.get("default");
    if !matches!(kind, "directory" | "file") {
        if let Some(default) = default {
            implied_endpoint(w, &default, setting.key.unwrap_or_default());
        }
        return;
    }
    // What the user chooses; the default shows where that will usually be.
    let mut paths: Vec<&str> = default.iter().flat_map(|list| list.items()).filter_map(|item| item.text()).collect();
    paths.extend(default.as_ref().and_then(Item::text));
    paths.retain(|path| !path.trim().is_empty());
    if paths.is_empty() {
        paths.push("*");
    }
    for path in paths {
        for access in [Access::Read, Access::Write] {
            w.path(setting, Some(access), path).required = setting.truth_at(&["required"]);
        }
    }
}

fn read_tools(w: &mut Writer<'_>, root: &Item<'_>) {
    let generated = root.truth_at(&["tools_generated"]);
    if root.get("tools").is_none() {
        if generated {
            w.tool_list(false);
        }
        return;
    }
    for tool in w.list(root, &["tools"]) {
        match tool.text_at("name") {
            Some(name) => drop(w.declare(&tool, DeclaredKind::Tool, None, name)),
            None => w.problem(&tool, format!("{} has no “name”; it was ignored", tool.pointer())),
        }
    }
    if root.get("tools").is_some_and(|tools| tools.is_list()) {
        w.tool_list(!generated);
        if !generated {
            w.specify(DeclaredKind::Tool, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::analysis::facts::Access;
    use crate::input::Tree;
    use crate::manifest::{self, DeclaredKind, EntryPoint, Manifests};

    fn read(text: &str) -> Manifests {
        let mut tree = Tree::default();
        tree.insert("manifest.json", text.as_bytes());
        tree.insert("server/index.js", &b""[..]);
        manifest::read(&tree)
    }

    #[test]
    fn reads_a_bundle() {
        let manifests = read(
            r#"{"manifest_version": "0.3", "name": "harbour", "version": "2.0.0",
  "server": {"type": "node", "entry_point": "server/index.js", "mcp_config": {"command": "node", "args": ["${__dirname}/server/index.js"],
    "env": {"HARBOUR_LOGIN": "${user_config.login}", "HARBOUR_BASE": "https://api.harbour.example", "DECK": "${user_config.deck}"},
    "platform_overrides": {"win32": {"env": {"SYSTEMDECK": "x"}}}}},
  "user_config": {
    "login": {"type": "string", "sensitive": true, "required": true},
    "deck": {"type": "number"},
    "charts": {"type": "directory", "multiple": true, "default": ["${HOME}/Charts", "${DOCUMENTS}"]},
    "log": {"type": "file", "required": true}},
  "tools": [{"name": "moor", "description": "Moors"}, {"description": "nameless"}],
  "privacy_policies": ["https://harbour.example/privacy"]}"#,
        );
        let environment: Vec<_> = manifests
            .declarations
            .iter()
            .filter(|d| d.kind == DeclaredKind::Environment)
            .map(|d| (d.target.as_str(), d.secret, d.required))
            .collect();
        assert_eq!(
            environment,
            [("HARBOUR_LOGIN", true, true), ("HARBOUR_BASE", false, false), ("DECK", false, false), ("SYSTEMDECK", false, false)]
        );
        let places: Vec<_> =
            manifests.declarations.iter().filter(|d| d.kind == DeclaredKind::Filesystem).map(|d| (d.target.as_str(), d.access)).collect();
        let (read, write) = (Some(Access::Read), Some(Access::Write));
        assert_eq!(places, [("~/Charts", read), ("~/Charts", write), ("~/Documents", read), ("~/Documents", write), ("*", read), ("*", write)]);
        let hosts: Vec<_> =
            manifests.declarations.iter().filter(|d| d.kind == DeclaredKind::Network).map(|d| (d.target.as_str(), d.implied)).collect();
        assert_eq!(hosts, [("api.harbour.example", true), ("harbour.example", true)]);
        assert!(manifests.tool_lists[0].complete);
        assert_eq!(manifests.specified.iter().map(|s| s.kind).collect::<Vec<_>>(), [DeclaredKind::Environment, DeclaredKind::Tool]);
        assert_eq!(manifests.packages[0].entry_points, [EntryPoint::File("server/index.js".into())]);
        assert_eq!(manifests.problems.len(), 1);
    }

    #[test]
    fn generated_tools_are_not_all() {
        let manifests = read(r#"{"dxt_version": "0.1", "server": {"entry_point": "x"}, "tools": [], "tools_generated": true}"#);
        assert!(!manifests.tool_lists[0].complete);
        assert!(manifests.specified.is_empty(), "nothing is said of how it is started");
    }

    #[test]
    fn other_manifests_are_not_ours() {
        for text in [
            r#"{"manifest_version": 3, "name": "extension", "server": {"entry_point": "x"}}"#,
            r#"{"manifest_version": "0.1", "server": "x"}"#,
            r#"{"short_name": "app", "icons": []}"#,
            "{",
        ] {
            assert_eq!(read(text), Manifests::default(), "{text}");
        }
    }

    #[test]
    fn broken_bundles_are_problems() {
        assert_eq!(read("{\"manifest_version\": \"0.2\", \"server\": {\"mcp_config\": {}").problems.len(), 1);
        let manifests = read(
            r#"{"manifest_version": "0.2", "server": {"mcp_config": 1, "entry_point": 2}, "tools": {}, "user_config": [], "privacy_policies": [1]}"#,
        );
        assert_eq!(manifests.problems.len(), 5, "{:#?}", manifests.problems);
    }
}
