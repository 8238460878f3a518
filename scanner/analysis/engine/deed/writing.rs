//! What values look like when they are written out, and which arguments of a tool are in them.

use super::{HOLE, MAX_BYTES, MAX_NESTING, MAX_TEXTS};
use crate::analysis::engine::{Engine, ObjectKind};
use crate::analysis::value::{Api, Origin, Segment, Source, Value};
use crate::program::Symbol;

impl Engine<'_> {
    /// Lines as a person would type them: a vector with spaces between its words.
    pub(super) fn command_lines(&mut self, values: &[Value]) -> Vec<String> {
        let mut lines = vec![String::new()];
        for value in values {
            let mut words: Vec<String> = Vec::new();
            for value in value.alternatives() {
                match value {
                    Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::List) => {
                        let items = self.object(*id).items.clone();
                        let mut line = items.iter().map(|item| self.renderings(item).join("|")).collect::<Vec<_>>().join(" ");
                        truncate(&mut line);
                        words.push(line);
                    }
                    other => words.extend(self.renderings(other)),
                }
            }
            let mut next = Vec::new();
            for line in &lines {
                for word in words.iter().take(MAX_TEXTS) {
                    next.push(if line.is_empty() { word.clone() } else { format!("{line} {word}") });
                }
            }
            next.truncate(MAX_TEXTS);
            if !next.is_empty() {
                lines = next;
            }
        }
        lines
    }

    /// What a value looks like when it is written out: one text for each alternative.
    pub(super) fn renderings(&mut self, value: &Value) -> Vec<String> {
        let alternatives: Vec<Value> = value.alternatives().iter().filter(|v| !v.is_absent()).take(MAX_TEXTS).cloned().collect();
        alternatives
            .iter()
            .map(|value| {
                let mut text = String::new();
                self.render(value, MAX_NESTING, false, &mut text);
                truncate(&mut text);
                text
            })
            .collect()
    }

    fn render(&self, value: &Value, nesting: u32, quoted: bool, into: &mut String) {
        if into.len() > MAX_BYTES {
            return;
        }
        match value {
            Value::Text(text) if quoted => {
                into.push('"');
                into.push_str(&text.render(HOLE));
                into.push('"');
            }
            Value::Text(text) => into.push_str(&text.render(HOLE)),
            Value::Regex(pattern, _) => into.push_str(pattern),
            Value::Number(number) => into.push_str(&format!("{number}")),
            Value::Bool(flag) => into.push_str(if *flag { "true" } else { "false" }),
            Value::Object(id) if nesting > 0 => {
                let object = self.object(*id);
                if matches!(object.kind, ObjectKind::List) {
                    into.push('[');
                    for (i, item) in object.items.iter().enumerate().take(200) {
                        if i > 0 {
                            into.push_str(", ");
                        }
                        self.render(item, nesting - 1, true, into);
                    }
                    into.push(']');
                } else {
                    into.push('{');
                    for (i, (name, item)) in object.fields.iter().enumerate().take(200) {
                        if i > 0 {
                            into.push_str(", ");
                        }
                        into.push('"');
                        into.push_str(&self.name(*name));
                        into.push_str("\": ");
                        self.render(item, nesting - 1, true, into);
                    }
                    into.push('}');
                }
            }
            Value::Union(all) if nesting > 0 => {
                for (i, item) in all.iter().enumerate() {
                    if i > 0 {
                        into.push_str(" | ");
                    }
                    self.render(item, nesting - 1, quoted, into);
                }
            }
            Value::Api(api) => match &api.meaning {
                Some(meaning) if nesting > 0 => self.render(meaning, nesting - 1, quoted, into),
                _ => match self.path_of(api) {
                    Some(path) => into.push_str(&path),
                    None => into.push_str(HOLE),
                },
            },
            _ => into.push_str(HOLE),
        }
    }

    /// `{process.env}`: something that a library holds ready, not what a call made.
    fn path_of(&self, api: &Api) -> Option<String> {
        let mut names = Vec::new();
        let mut at = Some(api);
        while let Some(here) = at {
            let (Segment::Module(name) | Segment::Global(name) | Segment::Member(name)) = here.segment else { return None };
            names.push(self.name(name));
            at = here.parent.as_deref();
            if names.len() > 4 {
                return None;
            }
        }
        names.reverse();
        Some(format!("{{{}}}", names.join(".")))
    }

    /// Arguments of the tool anywhere in a value.
    pub(super) fn arguments_in(&self, value: &Value, nesting: u32, into: &mut Vec<Symbol>) {
        let mut add = |origin: Origin| {
            if let Source::Argument(name) = origin.source
                && !into.contains(&name)
            {
                into.push(name);
            }
        };
        match value {
            Value::Unknown(origin) => add(*origin),
            Value::Text(text) => text.holes().for_each(add),
            Value::Object(id) if nesting > 0 => {
                let object = self.object(*id);
                for item in object.items.iter().take(200).chain(object.fields.values().take(200)).chain([&object.rest]) {
                    self.arguments_in(item, nesting - 1, into);
                }
            }
            Value::Union(all) if nesting > 0 => all.iter().for_each(|item| self.arguments_in(item, nesting - 1, into)),
            Value::Api(api) if nesting > 0 => {
                if let Some(meaning) = &api.meaning {
                    self.arguments_in(meaning, nesting - 1, into);
                }
            }
            _ => {}
        }
    }
}

pub(super) fn truncate(text: &mut String) {
    if text.len() > MAX_BYTES {
        let mut end = MAX_BYTES;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
}
