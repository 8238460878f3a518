//! Attributes: which code ships, what a field is called outside, and what macros make of an item.

use tree_sitter::Node;

use super::kind::Kind;
use super::lower::{Child, Lowering, of_kind};
use crate::program::{Argument, Call, Entry, Expr, ExprId, Key, Spread};

/// Attributes of the language, and those by which derived traits are told about an item: they stand for no code.
const INERT: &[&str] = &[
    "allow",
    "arg",
    "async_trait",
    "automatically_derived",
    "bench",
    "builder",
    "cfg",
    "cfg_attr",
    "clap",
    "clippy",
    "cold",
    "command",
    "debug",
    "default",
    "deny",
    "deprecated",
    "derivative",
    "derive",
    "diesel",
    "display",
    "doc",
    "envconfig",
    "error",
    "expect",
    "export_name",
    "forbid",
    "from",
    "garde",
    "global_allocator",
    "group",
    "ignore",
    "inline",
    "instrument",
    "link",
    "link_name",
    "macro_export",
    "macro_use",
    "main",
    "must_use",
    "no_mangle",
    "non_exhaustive",
    "path",
    "proc_macro",
    "proc_macro_attribute",
    "proc_macro_derive",
    "prost",
    "pyclass",
    "recursion_limit",
    "repr",
    "rustfmt",
    "schemars",
    "serde",
    "serde_as",
    "should_panic",
    "source",
    "sqlx",
    "structopt",
    "strum",
    "target_feature",
    "test",
    "test_case",
    "tokio",
    "track_caller",
    "type_length_limit",
    "unsafe",
    "used",
    "validate",
    "value",
    "warn",
];

/// The attributes before an item, its documentation among them.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes<'t> {
    pub nodes: Vec<Node<'t>>,
    pub doc: Option<String>,
}

impl<'t> Attributes<'t> {
    pub(super) fn document(&mut self, line: &str) {
        match &mut self.doc {
            Some(doc) => {
                doc.push('\n');
                doc.push_str(line);
            }
            None => self.doc = Some(line.to_owned()),
        }
    }

    /// What was gathered, for the item that follows; the next one starts anew.
    pub(super) fn take(&mut self) -> Self {
        let mut taken = std::mem::take(self);
        taken.doc = taken.doc.map(|doc| doc.trim().to_owned()).filter(|doc| !doc.is_empty());
        taken
    }
}

impl Lowering<'_> {
    /// Children of a node, each with the attributes before it.
    pub(super) fn attributed<'t>(&self, node: Node<'t>) -> Vec<(Child<'t>, Attributes<'t>)> {
        let mut all = Vec::new();
        let mut before = Attributes::default();
        let mut cursor = node.walk();
        let mut more = cursor.goto_first_child();
        while more {
            let child = cursor.node();
            let kind = self.kind(child);
            match kind {
                Kind::LineComment | Kind::BlockComment => {
                    if let Some(text) = self.doc_comment(child) {
                        text.lines().for_each(|line| before.document(line));
                        if text.is_empty() {
                            before.document("");
                        }
                    }
                }
                Kind::AttributeItem => self.note(child, &mut before),
                Kind::Error => {
                    // Attributes of parameters beyond the first are not in the grammar.
                    for kid in self.kids(child) {
                        if kid.kind == Kind::AttributeItem {
                            self.note(kid.node, &mut before);
                        }
                    }
                }
                Kind::InnerAttribute | Kind::Visibility => {}
                _ if child.is_named() => {
                    let field = cursor.field_id().map_or(super::kind::Field::None, |id| super::kind::GRAMMAR.field(id.get()));
                    all.push((Child { node: child, kind, field }, before.take()));
                }
                _ => {}
            }
            more = cursor.goto_next_sibling();
        }
        all
    }

    fn note<'t>(&self, item: Node<'t>, before: &mut Attributes<'t>) {
        let Some(attribute) = of_kind(&self.kids(item), Kind::Attribute) else { return };
        let kids = self.kids(attribute.node);
        if self.attribute_name(attribute.node) == "doc"
            && let Some(value) = kids.iter().find(|kid| matches!(kid.kind, Kind::String | Kind::RawString))
        {
            let text = self.string(value.node, value.kind);
            text.lines().for_each(|line| before.document(line.strip_prefix(' ').unwrap_or(line)));
        }
        before.nodes.push(attribute.node);
    }

    /// The text of a documentation comment (`///`, `/** */`).
    fn doc_comment(&self, node: Node<'_>) -> Option<String> {
        let text = self.text(node);
        if let Some(line) = text.strip_prefix("///") {
            let line = line.trim_end();
            return (!line.starts_with('/')).then(|| line.strip_prefix(' ').unwrap_or(line).to_owned());
        }
        let block = text.strip_prefix("/**")?.strip_suffix("*/")?;
        let lines: Vec<&str> = block.lines().map(|line| line.trim().trim_start_matches('*').trim()).collect();
        Some(lines.join("\n").trim().to_owned())
    }

    /// The last name of an attribute's path.
    pub(super) fn attribute_name(&self, attribute: Node<'_>) -> String {
        self.attribute_path(attribute).pop().unwrap_or_default()
    }

    fn attribute_path(&self, attribute: Node<'_>) -> Vec<String> {
        self.kids(attribute).first().map(|path| self.segments(path.node)).unwrap_or_default()
    }

    /// Whether an item is only there when tests are built.
    pub(super) fn is_for_tests(&self, attributes: &Attributes<'_>) -> bool {
        attributes.nodes.iter().any(|node| {
            let name = self.attribute_name(*node);
            match name.as_str() {
                "test" | "bench" | "rstest" | "proptest" | "test_case" => true,
                "cfg" => {
                    let text: String = self.text(*node).chars().filter(|c| !c.is_whitespace()).collect();
                    let words = |text: &str| text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '"')).any(|word| word == "test");
                    words(&text) && !text.contains("not(test") && !text.contains("feature=\"test\"")
                }
                _ => false,
            }
        })
    }

    /// Text of an attribute's named part: `rename = "x"` in `#[serde(rename = "x")]`.
    pub(super) fn setting(&self, attributes: &Attributes<'_>, of: &[&str], name: &str) -> Option<String> {
        attributes.nodes.iter().filter(|node| of.contains(&self.attribute_name(**node).as_str())).find_map(|node| {
            let tree = of_kind(&self.kids(*node), Kind::TokenTree)?;
            let tokens = self.tokens(tree.node);
            // Some names are keywords elsewhere (`default`): the text decides, not the kind.
            let at = tokens.iter().position(|token| self.text(token.node) == name)?;
            match tokens.get(at + 1).map(|token| token.kind) {
                Some(Kind::Assign) => {
                    let value = tokens.get(at + 2)?;
                    Some(self.string(value.node, value.kind))
                }
                _ => Some(String::new()),
            }
        })
    }

    /// Attributes that are macros, as expressions to be applied to the item.
    pub(super) fn decorators(&mut self, attributes: &Attributes<'_>) -> Vec<ExprId> {
        let mut all = Vec::new();
        for &node in &attributes.nodes {
            let path = self.attribute_path(node);
            let Some(last) = path.last() else { continue };
            if INERT.contains(&last.as_str()) || path.first().is_some_and(|first| matches!(first.as_str(), "rustfmt" | "clippy" | "diagnostic")) {
                continue;
            }
            let known = path.len() > 1 || self.uses.contains_key(&format!("{}{last}", self.prefix)) || self.uses.contains_key(last.as_str());
            if known || self.b.module().exports.iter().any(|export| matches!(export, crate::program::Export::All { .. })) {
                all.push(self.attribute_call(node));
            }
        }
        all
    }

    /// Every attribute as a call, whatever it is: what a field is annotated with.
    pub(super) fn attribute_calls(&mut self, attributes: &Attributes<'_>) -> Vec<ExprId> {
        let mut all = Vec::new();
        for &node in &attributes.nodes {
            if self.attribute_name(node) != "doc" {
                all.push(self.attribute_call(node));
            }
        }
        all
    }

    /// `#[tool(description = "…", annotations(read_only_hint = true))]` as a call with keyword arguments.
    fn attribute_call(&mut self, attribute: Node<'_>) -> ExprId {
        let span = self.span(attribute);
        let path = self.attribute_path(attribute);
        let callee = self.path(&path, span);
        let arguments = match of_kind(&self.kids(attribute), Kind::TokenTree) {
            Some(tree) => self.meta(tree.node),
            None => return callee,
        };
        self.b.expr(Expr::Call(Box::new(Call { callee, arguments: arguments.into(), construct: false, tagged: false })), span)
    }

    /// The parts of a token tree as arguments: `name = value` and `name(…)` are keyword arguments, a bare name is one that is set.
    fn meta(&mut self, tree: Node<'_>) -> Vec<Argument> {
        let mut arguments = Vec::new();
        for part in self.split(tree, Kind::Comma) {
            let Some(first) = part.first() else { continue };
            let span = self.span(first.node);
            let is_name = matches!(first.kind, Kind::Identifier | Kind::PrimitiveType | Kind::SelfWord | Kind::Crate);
            let (name, value) = match part.get(1).map(|second| second.kind) {
                Some(Kind::Assign) if is_name => {
                    let value = match part.as_slice() {
                        [_, _, one] if one.kind == Kind::TokenTree => self.meta_object(one.node),
                        [_, _, _, ..] => self.token_expr(&part[2..]),
                        _ => continue,
                    };
                    (Some(first.node), value)
                }
                Some(Kind::TokenTree) if is_name && part.len() == 2 => (Some(first.node), self.meta_object(part[1].node)),
                None if is_name => (Some(first.node), self.b.expr(Expr::Bool(true), span)),
                _ => (None, self.token_expr(&part)),
            };
            let name = name.map(|name| self.symbol(name));
            arguments.push(Argument { name, value, spread: Spread::No });
        }
        arguments
    }

    fn meta_object(&mut self, tree: Node<'_>) -> ExprId {
        let span = self.span(tree);
        match self.nested(tree, |l| l.meta(tree)) {
            Some(parts) => {
                let entry = |part: Argument| part.name.map(|name| Entry::Field { key: Key::Name(name), value: part.value });
                self.b.expr(Expr::Object(parts.into_iter().filter_map(entry).collect()), span)
            }
            None => self.b.expr(Expr::Unknown, span),
        }
    }
}

/// `rename_all` and the name of a field → the name it has outside.
pub(super) fn renamed(rule: &str, name: &str) -> String {
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    words_joined(rule, &words, name)
}

/// The same for the name of a variant.
pub(super) fn renamed_variant(rule: &str, name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if !c.is_uppercase() => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    words_joined(rule, &words, name)
}

fn words_joined(rule: &str, words: &[&str], name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    match rule {
        "camelCase" => words.iter().enumerate().map(|(at, word)| if at == 0 { (*word).to_owned() } else { capital(word) }).collect(),
        "PascalCase" => words.iter().map(|word| capital(word)).collect(),
        "kebab-case" => words.join("-"),
        "snake_case" => words.join("_"),
        "SCREAMING_SNAKE_CASE" => words.join("_").to_uppercase(),
        "SCREAMING-KEBAB-CASE" => words.join("-").to_uppercase(),
        "lowercase" => name.to_lowercase(),
        "UPPERCASE" => name.to_uppercase(),
        _ => name.to_owned(),
    }
}
