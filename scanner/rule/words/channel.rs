//! Everything of a tool that a model reads, and where it stands.

use serde_json::Value as Json;

use crate::analysis::facts::{Deed, ServerFacts, Tool};
use crate::rule::check::TextPlace;

/// A text and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) place: TextPlace,
    /// `the description`, `the parameter \`city\``, …
    pub(super) called: String,
    /// As it is.
    pub(super) raw: String,
    /// As words: names are taken apart.
    pub(super) words: Option<String>,
}

/// No more texts of one schema are looked at; no honest schema has as many.
const MAX_TEXTS: usize = 20_000;

/// Keys that belong to the language of schemas; every other one was made up by somebody.
pub(super) const SCHEMA_KEYS: &[&str] = &[
    "type",
    "properties",
    "required",
    "description",
    "title",
    "default",
    "enum",
    "items",
    "examples",
    "example",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "additionalProperties",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "$schema",
    "$ref",
    "$defs",
    "definitions",
    "const",
    "nullable",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "uniqueItems",
    "propertyNames",
    "patternProperties",
    "if",
    "then",
    "else",
    "$id",
    "$comment",
    "deprecated",
    "readOnly",
    "writeOnly",
    "multipleOf",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "prefixItems",
    "contains",
    "x-mcp-header",
    "contentEncoding",
    "contentMediaType",
    "dependencies",
    "dependentSchemas",
    "unevaluatedProperties",
    "discriminator",
    "optional",
    "properties",
    "$anchor",
    "examples",
    "ui:widget",
];

pub(super) fn of_tool(tool: &Tool) -> Vec<Channel> {
    let mut channels = vec![named(TextPlace::Name, "name", &tool.name)];
    if let Some(title) = &tool.title {
        channels.push(plain(TextPlace::Title, "title", title));
    }
    if let Some(description) = &tool.description {
        channels.push(plain(TextPlace::Description, "description", description));
    }
    for (key, value) in &tool.annotations {
        if let Json::String(text) = value
            && (key != "title" || tool.title.as_deref() != Some(text))
        {
            channels.push(plain(TextPlace::Title, &format!("annotation `{key}`"), text));
        }
    }
    schema(&tool.input_schema, "", &mut channels);
    if !tool.extra.is_null() {
        schema(&tool.extra, "", &mut channels);
    }
    channels
}

/// No more answers of one server are read, and none that is shorter than an order.
const MAX_RESULTS: usize = 400;
const LEAST_RESULT: usize = 24;

/// The answers of tools that have words of their own.
pub(super) fn results(facts: &ServerFacts) -> impl Iterator<Item = (&Deed, &str)> {
    let all = facts.deeds.iter().filter(|deed| deed.what == "result" && !deed.tools.is_empty());
    all.filter_map(|deed| Some((deed, deed.texts.get("text")?.as_str()))).filter(|(_, text)| text.len() >= LEAST_RESULT).take(MAX_RESULTS)
}

pub(super) fn plain(place: TextPlace, called: &str, text: &str) -> Channel {
    Channel { place, called: called.to_owned(), raw: text.to_owned(), words: None }
}

fn named(place: TextPlace, called: &str, name: &str) -> Channel {
    Channel { words: Some(apart(name)), ..plain(place, called, name) }
}

/// `contents_of_sshKey` → `contents of ssh key`.
pub(super) fn apart(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 8);
    let mut before = ' ';
    for letter in name.chars() {
        if matches!(letter, '_' | '-' | '.' | ':' | '/') {
            words.push(' ');
        } else {
            if letter.is_uppercase() && before.is_lowercase() {
                words.push(' ');
            }
            words.push(letter);
        }
        before = letter;
    }
    words
}

/// Every text in a schema, keys included, without recursion.
fn schema(root: &Json, path: &str, into: &mut Vec<Channel>) {
    // The value, the name of the parameter it belongs to, and whether its keys are names of parameters.
    let mut open: Vec<(&Json, String, &str, bool)> = vec![(root, path.to_owned(), "", false)];
    let mut left = MAX_TEXTS;
    while let Some((value, owner, key, names)) = open.pop() {
        left = left.saturating_sub(1);
        if left == 0 {
            return;
        }
        match value {
            Json::String(text) => {
                let of = if owner.is_empty() { String::new() } else { format!(" of the parameter `{owner}`") };
                let called = if key.is_empty() { format!("schema{of}") } else { format!("`{key}`{of}") };
                let words =
                    (matches!(key, "enum" | "required" | "default" | "const" | "examples" | "type") && !text.contains(' ')).then(|| apart(text));
                into.push(Channel { place: TextPlace::Parameter, called, raw: text.clone(), words });
            }
            Json::Array(items) => open.extend(items.iter().rev().map(|item| (item, owner.clone(), key, false))),
            Json::Object(fields) => {
                for (field, _) in fields.iter().filter(|(field, _)| names || !SCHEMA_KEYS.contains(&field.as_str())) {
                    into.push(named(TextPlace::Parameter, if names { "parameter name" } else { "schema key" }, field));
                }
                open.extend(fields.iter().rev().map(|(field, value)| {
                    let owner = if names { field.clone() } else { owner.clone() };
                    let inner = !names && matches!(field.as_str(), "properties" | "$defs" | "definitions" | "patternProperties");
                    (value, owner, if names { "" } else { field.as_str() }, inner)
                }));
            }
            _ => {}
        }
    }
}
