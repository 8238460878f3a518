//! The configuration of an MCP client is a target of several servers: which they are, and how each is started.

use std::ops::Range;

use crate::manifest::document::{self, Item};

/// A server that a configuration names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The program and its arguments.
    pub(crate) command: Vec<String>,
    /// Where the server is reached, when it runs elsewhere.
    pub(crate) url: Option<String>,
    /// Directory in which it is started.
    pub(crate) directory: Option<String>,
    /// Where its code lies, when the configuration says that outright.
    pub(crate) path: Option<String>,
    /// Where it stands in the file.
    pub(crate) span: Range<usize>,
}

/// Keys below which clients keep their servers, and the way there. `*` is any key.
const WAYS: &[&[&str]] = &[
    &["mcpServers"],
    &["mcp_servers"],
    &["context_servers"],
    &["managedMcpServers"],
    &["servers"],
    &["mcp", "servers"],
    &["mcp"],
    &["extensions"],
    &["settings", "mcp", "servers"],
    &["customizations", "vscode", "mcp", "servers"],
    &["projects", "*", "mcpServers"],
];

const COMMAND: &[&str] = &["command", "cmd"];
const URL: &[&str] = &["url", "serverUrl", "httpUrl", "uri"];
const DIRECTORY: &[&str] = &["cwd", "workingDirectory"];
const PATH: &[&str] = &["path", "directory"];

/// No more servers of one configuration are looked at.
const MAX_SERVERS: usize = 200;

/// Whether a file of this name can be one.
pub(crate) fn may_be_one(file: &str) -> bool {
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["json", "jsonc", "json5", "code-workspace", "toml", "yaml", "yml"].iter().any(|known| known.eq_ignore_ascii_case(ending))
}

/// The servers that a file names; `None` when it is no configuration of a client.
pub(crate) fn read(file: &str, text: &str) -> Option<Vec<Entry>> {
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let node = match ending.as_str() {
        "json" | "jsonc" | "json5" | "code-workspace" => document::json(text).ok()?,
        "toml" => document::toml(text).0,
        "yaml" | "yml" => document::yaml(text).ok()?,
        _ => return None,
    };
    let root = Item::root(&node);
    let mut found = Vec::new();
    let mut is_one = false;
    for way in WAYS {
        for servers in follow(&root, way) {
            // Other files have such keys too; only the first is of clients alone.
            let certain = matches!(way, ["mcpServers" | "mcp_servers"]);
            if let Some(entries) = entries(&servers, certain) {
                is_one = true;
                for entry in entries {
                    if found.len() < MAX_SERVERS && !found.contains(&entry) {
                        found.push(entry);
                    }
                }
            }
        }
    }
    if !is_one && file.ends_with(".mcp.json") {
        // Plugins leave out the key.
        found = entries(&root, false)?;
        is_one = true;
    }
    is_one.then_some(found)
}

fn follow<'d>(root: &Item<'d>, way: &[&str]) -> Vec<Item<'d>> {
    let mut at = vec![root.clone()];
    for key in way {
        at = match *key {
            "*" => at.iter().flat_map(Item::entries).take(1_000).collect(),
            key => at.iter().filter_map(|item| item.get(key)).collect(),
        };
    }
    at
}

/// Every server of a map by name, or of a list of named ones. All of them must look like servers unless this is `certain` to be
/// the place for them.
fn entries(servers: &Item<'_>, certain: bool) -> Option<Vec<Entry>> {
    let named: Vec<(String, Item<'_>)> = if servers.is_list() {
        servers.items().into_iter().filter_map(|item| Some((item.text_at("name")?.to_owned(), item))).collect()
    } else if servers.is_map() {
        servers.entries().into_iter().filter_map(|item| Some((item.key?.to_owned(), item))).collect()
    } else {
        return None;
    };
    let likely = |item: &Item<'_>| item.is_map() && [COMMAND, URL, PATH].iter().any(|keys| item.any(keys).is_some());
    if !certain && (named.is_empty() || !named.iter().all(|(_, item)| likely(item))) {
        return None;
    }
    Some(named.into_iter().filter(|(_, item)| item.is_map()).map(|(name, item)| entry(name, &item)).collect())
}

fn entry(name: String, item: &Item<'_>) -> Entry {
    let texts = |item: Item<'_>| match item.text() {
        Some(text) => vec![text.to_owned()],
        None => item.items().iter().filter_map(Item::scalar).collect(),
    };
    let text = |keys: &[&str]| item.any(keys).and_then(|item| item.text()).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut command = match item.any(COMMAND) {
        // `{"command": {"path": …, "args": […]}}`, as one editor has it.
        Some(given) if given.is_map() => {
            given.text_at("path").map(str::to_owned).into_iter().chain(given.get("args").into_iter().flat_map(texts)).collect()
        }
        Some(given) => texts(given),
        None => Vec::new(),
    };
    command.extend(item.get("args").into_iter().flat_map(texts));
    Entry { name, command, url: text(URL), directory: text(DIRECTORY), path: text(PATH), span: item.span.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(file: &str, text: &str) -> Option<Vec<String>> {
        let say = |entry: Entry| format!("{}: {}", entry.name, entry.url.or(entry.path).unwrap_or_else(|| entry.command.join(" ")));
        read(file, text).map(|entries| entries.into_iter().map(say).collect())
    }

    #[test]
    fn each_client_keeps_them_elsewhere() {
        let both = Some(vec!["a: node a.js".to_owned(), "b: https://b.example/mcp".to_owned()]);
        let servers = r#"{"a": {"command": "node", "args": ["a.js"]}, "b": {"url": "https://b.example/mcp"}}"#;
        for (file, text) in [
            ("claude_desktop_config.json", format!(r#"{{"theme": "dark", "mcpServers": {servers}}}"#)),
            ("mcp.json", format!("{{// VS Code\n\"inputs\": [], \"servers\": {servers},}}")),
            ("settings.json", format!(r#"{{"context_servers": {servers}}}"#)),
            ("settings.json", format!(r#"{{"mcp": {{"servers": {servers}}}}}"#)),
            (".claude.json", format!(r#"{{"projects": {{"/work": {{"mcpServers": {servers}}}}}}}"#)),
            ("plugin.mcp.json", servers.to_owned()),
            (
                "opencode.json",
                r#"{"mcp": {"a": {"type": "local", "command": ["node", "a.js"]}, "b": {"type": "remote", "url": "https://b.example/mcp"}}}"#
                    .to_owned(),
            ),
            (
                "mcp_config.json",
                r#"{"mcpServers": {"a": {"command": "node", "args": ["a.js"]}, "b": {"serverUrl": "https://b.example/mcp"}}}"#.to_owned(),
            ),
            ("config.toml", "[mcp_servers.a]\ncommand = 'node'\nargs = ['a.js']\n[mcp_servers.b]\nurl = 'https://b.example/mcp'\n".to_owned()),
            (
                "config.yaml",
                "mcpServers:\n  - name: a\n    command: node\n    args: [a.js]\n  - name: b\n    url: https://b.example/mcp\n".to_owned(),
            ),
            ("config.yaml", "extensions:\n  a:\n    cmd: node\n    args: [a.js]\n  b:\n    uri: https://b.example/mcp\n".to_owned()),
        ] {
            assert_eq!(said(file, &text), both, "{file}: {text}");
        }
    }

    #[test]
    fn what_is_no_configuration() {
        let texts = [
            "{}",
            "[]",
            "not JSON",
            r#"{"tools": [{"name": "a"}]}"#,
            r#"{"servers": [{"url": "https://api.example"}]}"#,
            r#"{"servers": {"production": {"port": 1}}}"#,
            r#"{"mcp": true}"#,
            r#"{"extensions": {"x": 1}}"#,
        ];
        for text in texts {
            assert_eq!(said("x.json", text), None, "{text}");
        }
        assert_eq!(said("x.txt", r#"{"mcpServers": {}}"#), None);
        assert_eq!(said("x.json", r#"{"mcpServers": {}}"#), Some(vec![]), "a configuration without servers");
    }
}
