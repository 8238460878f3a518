//! Files that ship with the program and that it reads: an OpenAPI document, a table of tools, settings.

use serde_json::Value as Json;

use super::{Engine, MAX_ITEMS, ObjectKind};
use crate::analysis::value::{Source, Value, union};

/// The directory of the target, as a part of paths.
pub(crate) const TARGET: &str = "<target>";
/// Bytes of one file that is taken in.
const MAX_FILE: usize = 4 << 20;
/// Values made from all files together.
const MAX_VALUES: u32 = 300_000;
const MAX_DEPTH: u32 = 64;

impl Engine<'_> {
    /// The path of the module that asks for it (`__file__`, `import.meta.url`).
    pub(crate) fn module_path(&self, module: crate::program::ModuleId) -> Value {
        Value::text(format!("{TARGET}/{}", self.module(module).path))
    }

    /// The content of a file of the target; of any other file, something from outside.
    pub(crate) fn file_content(&mut self, path: &Value) -> Value {
        let mut all = Vec::new();
        for text in path.texts() {
            let content = text.constant().and_then(|path| {
                let path = path.strip_prefix("file://").unwrap_or(&path);
                // The working directory is taken for the package's own.
                let inside = path.strip_prefix(TARGET).or_else(|| path.strip_prefix("<cwd>")).unwrap_or(path);
                let inside = inside.trim_start_matches("./").trim_start_matches('/');
                if path.starts_with('/') && !inside.is_empty() { None } else { self.places.file(inside) }
            });
            all.push(match content {
                Some(content) if content.len() <= MAX_FILE => Value::text(content),
                _ => Value::Unknown(Source::File(self.reading).into()),
            });
        }
        union(all)
    }

    /// A JSON text as the value it stands for.
    pub(crate) fn parse_data(&mut self, value: &Value) -> Value {
        let mut all = Vec::new();
        for value in value.alternatives() {
            all.push(match value {
                Value::Text(text) => match text.constant().and_then(|text| serde_json::from_str::<Json>(&text).ok()) {
                    Some(json) => self.data(&json, 0),
                    None => Value::Unknown(text.holes().next().unwrap_or(Source::Config.into())),
                },
                Value::Unknown(origin) => Value::Unknown(*origin),
                // A file object: its content.
                Value::Api(api) => match api.call.as_ref().and_then(|call| call.arguments.get(0)) {
                    Some(path) => {
                        let content = self.file_content(&path);
                        if matches!(content, Value::Text(_)) { self.parse_data(&content) } else { Value::Unknown(Source::File(api.read).into()) }
                    }
                    None => Value::Unknown(api.read.map_or(Source::Config, |read| Source::Remote(Some(read))).into()),
                },
                // What stands for the text already is the structure.
                Value::Object(_) => value.clone(),
                _ => Value::UNKNOWN,
            });
        }
        union(all)
    }

    fn data(&mut self, json: &Json, depth: u32) -> Value {
        self.data_values += 1;
        if depth > MAX_DEPTH || self.data_values > MAX_VALUES {
            return Value::Unknown(Source::Config.into());
        }
        match json {
            Json::Null => Value::Null,
            Json::Bool(b) => Value::Bool(*b),
            Json::Number(n) => n.as_f64().map_or(Value::UNKNOWN, Value::Number),
            Json::String(text) => Value::text(text.as_str()),
            Json::Array(items) => {
                let values = items.iter().take(MAX_ITEMS).map(|item| self.data(item, depth + 1)).collect();
                self.list(values, items.len() > MAX_ITEMS, None)
            }
            Json::Object(map) => {
                let id = self.new_object(ObjectKind::Plain, None);
                for (name, value) in map.iter().take(MAX_ITEMS) {
                    let value = self.data(value, depth + 1);
                    let name = self.symbol(name);
                    self.object_mut(id).fields.insert(name, value);
                }
                self.object_mut(id).open = map.len() > MAX_ITEMS;
                Value::Object(id)
            }
        }
    }
}
