//! One shape for JSON, TOML and YAML: a tree of values that know where they stand, read leniently.

use std::ops::Range;
use std::rc::Rc;

mod json;
mod toml;
mod yaml;

/// Deepest nesting of lists and maps that is kept; below it there are only empty values.
const MAX_DEPTH: usize = 64;

/// A value and its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// In the order written; of two equal keys the later one counts, as in every runtime that reads these files.
    Map(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) node: Node,
}

/// What is wrong with the syntax, and where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SyntaxError {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
}

impl Node {
    fn new(span: Range<usize>, value: Value) -> Self {
        Self { span, value }
    }
}

/// JSON with everything people put into it: comments, trailing commas.
pub(crate) fn json(text: &str) -> Result<Node, SyntaxError> {
    json::parse(text)
}

/// TOML. What stands outside the errors is there all the same.
pub(crate) fn toml(text: &str) -> (Node, Vec<SyntaxError>) {
    toml::parse(text)
}

/// The first document of a YAML file.
pub(crate) fn yaml(text: &str) -> Result<Node, SyntaxError> {
    yaml::parse(text)
}

/// A value and the way to it.
#[derive(Clone, Debug)]
pub(crate) struct Item<'d> {
    pub(crate) node: &'d Node,
    way: Option<Rc<Step<'d>>>,
    /// Where to point a reader: the key, when it has one, and the value.
    pub(crate) span: Range<usize>,
    /// The key under which it stands.
    pub(crate) key: Option<&'d str>,
}

/// One step down from the root, and the way to it. Pointers are written out only when something is said of a value: a
/// file can hold a million values under a key of a million letters.
#[derive(Debug)]
struct Step<'d> {
    name: Name<'d>,
    before: Option<Rc<Step<'d>>>,
}

#[derive(Debug)]
enum Name<'d> {
    Key(&'d str),
    Index(usize),
}

/// Keys are cut to this many characters in pointers.
const MAX_KEY: usize = 200;

impl<'d> Item<'d> {
    pub(crate) fn root(node: &'d Node) -> Self {
        Self { node, way: None, span: node.span.clone(), key: None }
    }

    /// JSON pointer.
    pub(crate) fn pointer(&self) -> String {
        let mut parts = Vec::new();
        let mut step = self.way.as_ref();
        while let Some(this) = step {
            parts.push(match this.name {
                Name::Key(key) => key.chars().take(MAX_KEY).collect::<String>().replace('~', "~0").replace('/', "~1"),
                Name::Index(at) => at.to_string(),
            });
            step = this.before.as_ref();
        }
        parts.iter().rev().fold(String::new(), |pointer, part| pointer + "/" + part)
    }

    fn below(&self, name: Name<'d>) -> Option<Rc<Step<'d>>> {
        Some(Rc::new(Step { name, before: self.way.clone() }))
    }

    fn child(&self, entry: &'d Entry) -> Self {
        let span = entry.key_span.start.min(entry.node.span.start)..entry.node.span.end.max(entry.key_span.end);
        Self { node: &entry.node, way: self.below(Name::Key(&entry.key)), span, key: Some(&entry.key) }
    }

    /// The value of a key; `null` is as good as nothing.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let Value::Map(entries) = &self.node.value else { return None };
        let entry = entries.iter().rev().find(|entry| entry.key == key)?;
        (entry.node.value != Value::Null).then(|| self.child(entry))
    }

    /// The value of the first key there is: `environmentVariables` or `environment_variables`.
    pub(crate) fn any(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// Follows keys down.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |item, key| item.get(key))
    }

    pub(crate) fn entries(&self) -> Vec<Self> {
        let Value::Map(entries) = &self.node.value else { return Vec::new() };
        let mut items: Vec<Self> = Vec::with_capacity(entries.len());
        let mut seen = rustc_hash::FxHashSet::default();
        for entry in entries.iter().rev() {
            if seen.insert(entry.key.as_str()) {
                items.push(self.child(entry));
            }
        }
        items.reverse();
        items
    }

    pub(crate) fn items(&self) -> Vec<Self> {
        let Value::List(nodes) = &self.node.value else { return Vec::new() };
        let item = |(at, node): (usize, &'d Node)| Self { node, way: self.below(Name::Index(at)), span: node.span.clone(), key: None };
        nodes.iter().enumerate().map(item).collect()
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self.node.value, Value::Map(_))
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    pub(crate) fn text(&self) -> Option<&'d str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar: ports and versions are often written without quotes.
    pub(crate) fn scalar(&self) -> Option<String> {
        match &self.node.value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// `true`, also when it is written as a text.
    pub(crate) fn is_true(&self) -> bool {
        match &self.node.value {
            Value::Bool(value) => *value,
            Value::Text(text) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    pub(crate) fn text_at(&self, key: &str) -> Option<&'d str> {
        self.get(key)?.text()
    }

    pub(crate) fn truth_at(&self, keys: &[&str]) -> bool {
        self.any(keys).is_some_and(|item| item.is_true())
    }

    /// What kind of value it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self.node.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "an object",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_of_two_keys_counts() {
        let node = json(r#"{"a": 1, "b": null, "a": "two"}"#).unwrap();
        let root = Item::root(&node);
        assert_eq!(root.text_at("a"), Some("two"));
        assert!(root.get("b").is_none());
        assert_eq!(root.entries().len(), 2);
    }

    #[test]
    fn pointers_are_escaped() {
        let node = json(r#"{"a/b~": [{"c": 1}]}"#).unwrap();
        let item = Item::root(&node).get("a/b~").unwrap().items()[0].get("c").unwrap();
        assert_eq!(item.pointer(), "/a~1b~0/0/c");
        assert_eq!(item.span, 11..17);
    }

    #[test]
    fn the_three_languages_agree() {
        let values = |node: &Node| {
            let root = Item::root(node);
            let list = root.get("list").unwrap().items();
            (root.at(&["map", "key"]).and_then(|i| i.scalar()), list.len(), list[0].text().map(str::to_owned), root.truth_at(&["yes"]))
        };
        let json = json("{\"map\": {\"key\": 7}, // why\n \"list\": [\"x\", \"y\",], \"yes\": true}").unwrap();
        let (toml, errors) = toml("list = [\"x\", \"y\"]\nyes = true\n[map]\nkey = 7\n");
        let yaml = yaml("map:\n  key: 7\nlist: [x, y]\nyes: true\n").unwrap();
        assert!(errors.is_empty());
        assert_eq!(values(&json), values(&toml));
        assert_eq!(values(&json), values(&yaml));
    }

    #[test]
    fn yaml_knows_places() {
        let text = "a: é\nlist:\n  - name: X\n";
        let node = yaml(text).unwrap();
        let item = Item::root(&node).get("list").unwrap().items()[0].get("name").unwrap();
        assert_eq!(&text[item.span], "name: X");
    }

    #[test]
    fn nesting_ends_somewhere() {
        for depth in [60, 200, 5000, 200_000] {
            let _ = json(&"[".repeat(depth));
            let _ = json(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
            let _ = json(&"{\"a\":".repeat(depth));
            let _ = toml(&format!("a = {}{}", "[".repeat(depth), "]".repeat(depth)));
            let _ = toml(&format!("a{} = 1", ".a".repeat(depth)));
            let _ = yaml(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
            let _ = yaml(&"- ".repeat(depth));
        }
    }

    #[test]
    fn yaml_aliases_do_not_explode() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            text.push_str(&format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", ")));
        }
        let _ = yaml(&text);
    }

    #[test]
    fn broken_toml_keeps_the_rest() {
        let (node, errors) = toml("[project]\nname = \"x\"\nversion = = 1\n[project.scripts]\nrun = \"x:main\"\n");
        assert!(!errors.is_empty());
        assert_eq!(Item::root(&node).at(&["project", "scripts", "run"]).and_then(|i| i.text()), Some("x:main"));
    }
}
