//! A `tools/list` result in a file is a target of its own: tools without code.

use serde_json::{Map, Value as Json, json};

use crate::analysis::facts::{ServerFacts, Tool};
use crate::input::{self, FileKind, Tree};

/// Names under which such a list is kept beside other files; alone it may have any name.
const NAMES: &[&str] = &["tools.json", "tools-list.json", "tools_list.json"];

/// The tools of the list in the tree. `None` when there is none, or when there is code, which says more.
pub(crate) fn facts(tree: &Tree) -> Option<ServerFacts> {
    let is_code = |path: &str| matches!(input::kind::of(path), FileKind::Code | FileKind::OtherLanguage(_));
    let mut paths = tree.iter().map(|(path, _)| path).chain(tree.listed().map(|(path, _)| path));
    if paths.any(|path| is_code(path) && !input::is_dependency(path)) {
        return None;
    }
    let alone = tree.len() == 1;
    let named = |path: &str| alone && path.ends_with(".json") || NAMES.contains(&path.rsplit('/').next().unwrap_or(path));
    let tools = tree.iter().filter(|(path, _)| named(path) && !input::is_dependency(path)).find_map(|(path, _)| tools(&tree.text(path)?))?;
    Some(ServerFacts { tools, tools_complete: true, speaks_mcp: true, ..ServerFacts::default() })
}

/// A result (`{"tools": […]}`), the whole answer (`{"result": …}`), or the bare list.
fn tools(text: &str) -> Option<Vec<Tool>> {
    let json: Json = serde_json::from_str(text).ok()?;
    let answer = json.get("result").unwrap_or(&json);
    let (list, bare) = match answer.get("tools") {
        Some(list) => (list.as_array()?, false),
        None => (answer.as_array()?, true),
    };
    if bare && list.is_empty() {
        return None;
    }
    list.iter().map(tool).collect()
}

/// Whatever has no name is no tool, and the file no list of tools.
fn tool(item: &Json) -> Option<Tool> {
    let text = |key: &str| item.get(key).and_then(Json::as_str).map(str::to_owned);
    let schema = item.get("inputSchema").or_else(|| item.get("input_schema")).cloned();
    Some(Tool {
        name: text("name")?,
        title: text("title"),
        description: text("description"),
        annotations: item.get("annotations").and_then(Json::as_object).cloned().unwrap_or_default(),
        input_schema: schema.or_else(|| from_arguments(item.get("arguments")?)).unwrap_or_else(|| json!({})),
        location: None,
        handler: None,
        conditional: false,
        capabilities: Vec::new(),
    })
}

/// Catalogues write arguments as a list of names, types and descriptions.
fn from_arguments(arguments: &Json) -> Option<Json> {
    let mut properties = Map::new();
    for argument in arguments.as_array()? {
        let mut property = Map::new();
        for (key, names) in [("type", &["type"][..]), ("description", &["desc", "description"])] {
            if let Some(text) = names.iter().find_map(|name| argument.get(name)).filter(|value| value.is_string()) {
                property.insert(key.to_owned(), text.clone());
            }
        }
        properties.insert(argument.get("name")?.as_str()?.to_owned(), Json::Object(property));
    }
    Some(json!({"type": "object", "properties": properties}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(files: &[(&str, &str)]) -> Option<Vec<String>> {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.insert(*path, text.as_bytes());
        }
        facts(&tree).map(|facts| facts.tools.into_iter().map(|tool| tool.name).collect())
    }

    #[test]
    fn the_shapes_of_a_list() {
        let names = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(listed(&[("x.json", r#"{"tools": [{"name": "a"}, {"name": "b"}]}"#)]), names);
        assert_eq!(listed(&[("x.json", r#"{"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "a"}, {"name": "b"}]}}"#)]), names);
        assert_eq!(listed(&[("x.json", r#"[{"name": "a"}, {"name": "b"}]"#)]), names);
        assert_eq!(listed(&[("server.yaml", "name: x"), ("tools.json", r#"[{"name": "a"}, {"name": "b"}]"#)]), names);
        assert_eq!(listed(&[("x.json", r#"{"tools": []}"#)]), Some(vec![]));
    }

    #[test]
    fn what_is_no_list() {
        for text in ["[]", "{}", "7", "[1]", r#"{"tools": {}}"#, r#"[{"title": "a"}]"#, "not JSON", ""] {
            assert_eq!(listed(&[("x.json", text)]), None, "{text}");
        }
        assert_eq!(listed(&[("x.json", "[]"), ("y.json", r#"[{"name": "a"}]"#)]), None, "of several files, only one with the name of a list");
        assert_eq!(listed(&[("tools.json", r#"[{"name": "a"}]"#), ("server.py", "")]), None, "the code says what the tools are");
    }

    #[test]
    fn arguments_of_a_catalogue() {
        let tools = tools(r#"[{"name": "a", "arguments": [{"name": "q", "type": "string", "desc": "What to look for"}]}]"#).unwrap();
        assert_eq!(tools[0].input_schema, json!({"type": "object", "properties": {"q": {"type": "string", "description": "What to look for"}}}));
    }
}
