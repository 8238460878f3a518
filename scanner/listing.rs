//! A `tools/list` result in a file is a target of its own: tools without code.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::analysis::facts::{Coverage, Offer, Place, ServerFacts, Tool, Unresolved, Weight};
use crate::input::{self, FileKind, LineIndex, Tree};
use crate::manifest::document::{self, Item, Node, Value};

/// Names under which such a list is kept beside other files; alone it may have any name.
const NAMES: &[&str] = &["tools.json", "tools-list.json", "tools_list.json"];

/// What each tool of a bare list has besides its name, or the list is one of something else.
const SIGNS: &[&str] = &["description", "inputSchema", "input_schema", "arguments", "annotations"];

/// A list of tools in the target.
pub(crate) struct Listing {
    /// Directory of the file, empty for the root.
    pub(crate) directory: String,
    pub(crate) facts: ServerFacts,
}

/// The lists of the tree, one for each directory. None when there is code, which says more.
pub(crate) fn find(tree: &Tree) -> Vec<Listing> {
    let is_code = |path: &str| matches!(input::kind::of(path), FileKind::Code | FileKind::OtherLanguage(_));
    let mut paths = tree.iter().map(|(path, _)| path).chain(tree.listed().map(|(path, _)| path));
    if paths.any(|path| is_code(path) && !input::is_dependency(path)) {
        return Vec::new();
    }
    let alone = tree.iter().filter(|(path, _)| !is_prose(path)).count() == 1;
    let mut found: Vec<Listing> = Vec::new();
    for (path, _) in tree.iter().filter(|(path, _)| !input::is_dependency(path)) {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !(alone && name.ends_with(".json") || NAMES.contains(&name)) || found.last().is_some_and(|known| known.directory == directory) {
            continue;
        }
        if let Some(facts) = tree.text(path).and_then(|text| read(path, &text)) {
            found.push(Listing { directory: directory.to_owned(), facts });
        }
    }
    found
}

fn is_prose(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    [".md", ".mdx", ".rst"].iter().any(|ending| name.ends_with(ending))
        || ["readme", "license", "licence"].iter().any(|start| name.starts_with(start))
}

/// A result (`{"tools": […]}`), the whole answer (`{"result": …}`), or the bare list. `None` when it is something else.
fn read(path: &str, text: &str) -> Option<ServerFacts> {
    let document = document::json(text).ok()?;
    let root = Item::root(&document);
    let answer = root.get("result").unwrap_or(root);
    let (list, bare) = match answer.get("tools") {
        Some(list) => (list, false),
        None => (answer.clone(), true),
    };
    if !list.is_list() {
        return None;
    }
    let items = list.items();
    let file: Arc<str> = path.into();
    let lines = LineIndex::new(text);
    let place = |item: &Item<'_>| lines.place(&file, item.span.clone());
    let tools: Vec<Tool> = items.iter().filter_map(|item| tool(item, place(item))).collect();
    let plausible =
        if bare { tools.len() == items.len() && items.iter().any(|item| item.any(SIGNS).is_some()) } else { items.is_empty() || !tools.is_empty() };
    if !plausible {
        return None;
    }
    let mut missing: Vec<(Place, String)> = Vec::new();
    if let Some(nameless) = items.iter().find(|item| item.text_at("name").is_none()) {
        missing.push((place(nameless), format!("{} of {} entries of the list have no name", items.len() - tools.len(), items.len())));
    }
    if let Some(cursor) = answer.get("nextCursor") {
        missing.push((place(&cursor), "the list is one page of several: there is a nextCursor".to_owned()));
    }
    let reasons = missing.iter().map(|(place, what)| format!("{what} ({}:{})", place.file, place.line)).collect();
    let unresolved = missing.into_iter().map(|(location, what)| Unresolved { location, what, weight: Weight::Partial }).collect();
    Some(ServerFacts {
        tools_complete: Vec::is_empty(&unresolved),
        tools,
        tools_incomplete_because: reasons,
        coverage: Coverage { unresolved, ..Coverage::default() },
        instructions: answer.text_at("instructions").map(str::to_owned).or_else(|| root_text(&document, "instructions")),
        prompts: offers(&answer, &["prompts"], &place),
        resources: offers(&answer, &["resources", "resourceTemplates"], &place),
        speaks_mcp: true,
        ..ServerFacts::default()
    })
}

/// What some dumps keep beside the answer.
fn root_text(document: &Node, key: &str) -> Option<String> {
    Item::root(document).text_at(key).map(str::to_owned)
}

/// Prompts and resources that stand beside the tools.
fn offers(answer: &Item<'_>, keys: &[&str], place: &dyn Fn(&Item<'_>) -> Place) -> Vec<Offer> {
    let lists = keys.iter().filter_map(|key| answer.get(key)).filter(Item::is_list);
    let items: Vec<Item<'_>> = lists.flat_map(|list| list.items()).collect();
    let offer = |item: &Item<'_>| {
        let text = |key: &str| item.text_at(key).map(str::to_owned);
        let uri = text("uri").or_else(|| text("uriTemplate"));
        Some(Offer {
            name: text("name").or_else(|| uri.clone())?,
            title: text("title"),
            uri,
            description: text("description"),
            extra: besides(item, &["name", "title", "uri", "uriTemplate", "description"]),
            location: Some(place(item)),
        })
    };
    items.iter().filter_map(offer).collect()
}

/// Whatever has no name is no tool.
fn tool(item: &Item<'_>, location: Place) -> Option<Tool> {
    let annotations = match item.get("annotations").map(|annotations| plain(annotations.node)) {
        Some(Json::Object(annotations)) => annotations,
        _ => Map::new(),
    };
    let title = item.text_at("title").or_else(|| annotations.get("title").and_then(Json::as_str)).map(str::to_owned);
    let schema = item.any(&["inputSchema", "input_schema"]).map(|schema| plain(schema.node));
    Some(Tool {
        name: item.text_at("name")?.to_owned(),
        title,
        description: item.text_at("description").map(str::to_owned),
        annotations,
        extra: extra(item),
        input_schema: schema.or_else(|| from_arguments(&item.get("arguments")?)).unwrap_or_else(|| json!({})),
        location: Some(location),
        handler: None,
        conditional: false,
        capabilities: Vec::new(),
    })
}

/// What the entry holds besides.
fn extra(item: &Item<'_>) -> Json {
    besides(item, &["name", "title", "description", "annotations", "inputSchema", "input_schema", "arguments"])
}

/// What an entry holds under other keys; `null` when that is nothing.
fn besides(item: &Item<'_>, read: &[&str]) -> Json {
    match plain(item.node) {
        Json::Object(fields) => {
            let rest: Map<String, Json> = fields.into_iter().filter(|(key, _)| !read.contains(&key.as_str())).collect();
            if rest.is_empty() { Json::Null } else { Json::Object(rest) }
        }
        _ => Json::Null,
    }
}

/// Catalogues write arguments as a list of names, types and descriptions.
fn from_arguments(arguments: &Item<'_>) -> Option<Json> {
    if !arguments.is_list() {
        return None;
    }
    let arguments: Vec<Item<'_>> = arguments.items().into_iter().filter(|argument| argument.text_at("name").is_some()).collect();
    // What is optional is marked, in the catalogues that tell the two apart.
    let marked = arguments.iter().any(|argument| argument.get("optional").is_some());
    let mut properties = Map::new();
    let mut required = Vec::new();
    for argument in &arguments {
        let Some(name) = argument.text_at("name") else { continue };
        let mut property = Map::new();
        for (key, names) in [
            ("type", &["type"][..]),
            ("description", &["desc", "description"]),
            ("items", &["items"]),
            ("enum", &["enum"]),
            ("default", &["default"]),
        ] {
            if let Some(value) = argument.any(names) {
                property.insert(key.to_owned(), plain(value.node));
            }
        }
        properties.insert(name.to_owned(), Json::Object(property));
        if argument.truth_at(&["required"]) || (marked && !argument.truth_at(&["optional"])) {
            required.push(Json::from(name));
        }
    }
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), Json::Object(properties));
    if !required.is_empty() {
        schema.insert("required".to_owned(), Json::Array(required));
    }
    Some(Json::Object(schema))
}

/// The value without its places. (How deep it can be is limited where it is read.)
fn plain(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(text) => serde_json::from_str::<serde_json::Number>(text).map_or_else(|_| Json::String(text.clone()), Json::Number),
        Value::Text(text) => Json::String(text.clone()),
        Value::List(nodes) => nodes.iter().map(plain).collect(),
        Value::Map(entries) => Json::Object(entries.iter().map(|entry| (entry.key.clone(), plain(&entry.node))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(files: &[(&str, &str)]) -> Option<Vec<String>> {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.insert(*path, text.as_bytes());
        }
        let found = find(&tree);
        assert!(found.len() <= 1);
        found.into_iter().next().map(|listing| listing.facts.tools.into_iter().map(|tool| tool.name).collect())
    }

    const LIST: &str = r#"[{"name": "a", "description": "A"}, {"name": "b"}]"#;

    #[test]
    fn the_shapes_of_a_list() {
        let names = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(listed(&[("x.json", r#"{"tools": [{"name": "a"}, {"name": "b"}]}"#)]), names);
        assert_eq!(listed(&[("x.json", r#"{"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "a"}, {"name": "b"}]}}"#)]), names);
        assert_eq!(listed(&[("x.json", LIST)]), names);
        assert_eq!(listed(&[("README.md", "# x"), ("x.json", LIST), ("LICENSE", "")]), names);
        assert_eq!(listed(&[("server.yaml", "name: x"), ("tools.json", LIST)]), names);
        assert_eq!(listed(&[("x.json", r#"{"tools": []}"#)]), Some(vec![]));
    }

    #[test]
    fn what_is_no_list() {
        let people = r#"[{"name": "Ada"}, {"name": "Grace"}]"#;
        let mixed = r#"[{"name": "a", "description": "A"}, {"title": "b"}]"#;
        let texts = ["[]", "{}", "7", "[1]", r#"{"tools": {}}"#, r#"{"tools": ["a"]}"#, r#"[{"title": "a"}]"#, people, mixed, "not JSON", ""];
        for text in texts {
            assert_eq!(listed(&[("x.json", text)]), None, "{text}");
        }
        assert_eq!(listed(&[("x.json", "[]"), ("y.json", LIST)]), None, "of several files, only one with the name of a list");
        assert_eq!(listed(&[("tools.json", LIST), ("server.py", "")]), None, "the code says what the tools are");
    }

    #[test]
    fn each_directory_has_its_own() {
        let mut tree = Tree::default();
        for path in ["one/tools.json", "one/tools_list.json", "two/tools.json"] {
            tree.insert(path, LIST.as_bytes());
        }
        let directories: Vec<String> = find(&tree).into_iter().map(|listing| listing.directory).collect();
        assert_eq!(directories, ["one", "two"]);
    }

    #[test]
    fn a_tool_is_as_its_list_says() {
        let text = "{\"tools\": [\n  {\"name\": \"a\", \"annotations\": {\"title\": \"The A\", \"readOnlyHint\": true},\n   \"inputSchema\": {\"type\": \"object\", \"maxProperties\": 1.5}}]}";
        let facts = read("x.json", text).unwrap();
        let tool = &facts.tools[0];
        assert_eq!((tool.title.as_deref(), &tool.annotations["readOnlyHint"]), (Some("The A"), &json!(true)));
        assert_eq!(tool.input_schema, json!({"type": "object", "maxProperties": 1.5}));
        let place = tool.location.as_ref().unwrap();
        assert_eq!((&*place.file, place.line, place.column, place.end_line), ("x.json", 2, 3, 3));
        assert!(facts.tools_complete);
    }

    #[test]
    fn part_of_a_list_is_not_all_of_it() {
        let nameless = read("x.json", r#"{"tools": [{"name": "a"}, {"description": "b"}]}"#).unwrap();
        assert_eq!((nameless.tools.len(), nameless.tools_complete), (1, false));
        assert_eq!(nameless.tools_incomplete_because, ["1 of 2 entries of the list have no name (x.json:1)"]);
        let page = read("x.json", r#"{"result": {"tools": [{"name": "a"}], "nextCursor": "2"}}"#).unwrap();
        assert!(!page.tools_complete);
    }

    #[test]
    fn arguments_of_a_catalogue() {
        let facts = |text| read("x.json", text).unwrap().tools.remove(0).input_schema;
        let described = facts(r#"[{"name": "a", "arguments": [{"name": "q", "type": "string", "desc": "What to look for"}]}]"#);
        assert_eq!(described, json!({"type": "object", "properties": {"q": {"type": "string", "description": "What to look for"}}}));
        let marked = facts(r#"[{"name": "a", "arguments": [{"name": "q", "type": "string"}, {"name": "n", "type": "integer", "optional": true}]}]"#);
        assert_eq!(marked["required"], json!(["q"]));
    }
}
