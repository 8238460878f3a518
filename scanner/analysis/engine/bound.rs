//! What bounds a value that is chosen elsewhere: the hosts that the program checks it against, the defaults of a tool's
//! arguments.
//!
//! A test such as `url.startsWith("https://api.example.com/")` says nothing of the value itself; it says where the value leads on
//! the branch where it passes. The hosts are told besides the value, never instead of it: whether the test holds in every case
//! is not decided here.

use std::rc::Rc;

use super::{ContextId, Engine, Site};
use crate::analysis::alphabet::{self, Alphabet};
use crate::analysis::facts::TargetKind;
use crate::analysis::marks::Marks;
use crate::analysis::model::CheckModel;
use crate::analysis::target::{self, Aim, UrlHost};
use crate::analysis::value::{Source, Text, Value};
use crate::program::{Expr, ModuleId, Statement};

use super::intrinsic::Invocation;

/// Checks and bounds that are kept.
const MAX_CHECKS: usize = 2_000;

/// A value was compared with the address of a host.
#[derive(Clone, Debug)]
pub(super) struct Check {
    source: Source,
    host: Rc<str>,
    /// Being true means that the value does not match.
    negated: bool,
}

/// Hosts by the tool (or start) that runs and who chooses the value.
pub(super) type Bounds = rustc_hash::FxHashMap<(ContextId, Source), Vec<Rc<str>>>;

impl Engine<'_> {
    /// Notes that `value` is compared with `pattern`: a URL, the beginning of one or a regular expression for one.
    pub(super) fn note_check(&mut self, value: &Value, pattern: &Value, negated: bool) {
        let sources: Vec<Source> =
            value.texts().iter().filter_map(|t| t.holes().next()).map(|o| o.source).filter(|source| *source != Source::Unknown).collect();
        if sources.is_empty() || self.checks.len() >= MAX_CHECKS {
            return;
        }
        for pattern in pattern.alternatives() {
            let text = match pattern {
                Value::Regex(text, _) => text.clone(),
                other => match other.constant_text() {
                    Some(text) => text,
                    None => continue,
                },
            };
            if let Some(host) = host_of_pattern(&text) {
                let host: Rc<str> = host.into();
                self.checks.extend(sources.iter().map(|source| Check { source: *source, host: host.clone(), negated }));
            }
        }
    }

    /// A call that compares, as a model says.
    pub(super) fn model_check(&mut self, model: &CheckModel, call: &Invocation, site: Site) -> Option<Value> {
        let value = self.first(&model.text, call, site)?;
        let pattern = self.first(&model.pattern, call, site);
        if let Some(pattern) = &pattern {
            self.note_check(&value, pattern, model.negated);
        }
        let mut said: Option<Value> = None;
        let patterns: Vec<Option<Value>> = match &pattern {
            // `startswith(("a", "b"))`
            Some(Value::Object(id)) => self.object(*id).items.iter().cloned().map(Some).collect(),
            other => vec![other.clone()],
        };
        for pattern in patterns {
            if model.test == "holds" {
                let (collection, part) = (value.clone(), pattern.clone().unwrap_or_default());
                return match self.membership(&collection, &part, site) {
                    said @ Value::Check(_) => Some(said),
                    _ => None,
                };
            }
            // What a name resolves to is an address.
            if model.test == "address" && value.texts().iter().all(|t| t.holes().next().is_some_and(|o| o.marks.has(Marks::ADDRESS))) {
                return Some(Value::Bool(true));
            }
            // Rust compares paths by their parts and texts by their letters; what was resolved is a path.
            let resolved = |text: &Text| text.holes().any(|o| o.marks.any(Marks::RESOLVED.with(Marks::REAL)));
            if model.test == "under" && value.texts().iter().any(resolved) {
                let one = self.tested(&value, &super::Test::Within, site);
                said = Some(match said {
                    Some(said) => self.one_of(&said, &one, Value::UNKNOWN),
                    None => one,
                });
                continue;
            }
            let Some(test) = self.test_of(&model.test, pattern.as_ref()) else { continue };
            if model.throws {
                self.enforced(&value, &test, site);
            } else {
                let one = self.tested(&value, &test, site);
                said = Some(match said {
                    Some(said) => self.one_of(&said, &one, Value::UNKNOWN),
                    None => one,
                });
            }
        }
        let said = said?;
        Some(if model.negated { self.negated(&said, Value::UNKNOWN) } else { said })
    }

    /// The checks since `mark` stand under a negation.
    pub(super) fn negate_checks(&mut self, mark: usize) {
        for check in self.checks.iter_mut().skip(mark) {
            check.negated = !check.negated;
        }
    }

    /// The checks inside a condition that is not decided: those under which the first branch runs bound its values, unless that
    /// branch only turns them down.
    pub(super) fn bound_by(&mut self, mark: usize, module: ModuleId, then: &[Statement]) {
        let denies = self.denies(module, then);
        for check in self.checks.split_off(mark.min(self.checks.len())) {
            // Matching values go on in the branch, or past the branch that leaves with the others.
            if check.negated == denies {
                let known = self.bounds.entry((self.root, check.source)).or_default();
                if !known.contains(&check.host) && known.len() < 64 {
                    known.push(check.host);
                }
            }
        }
    }

    /// Whether a branch ends in an error or says no.
    fn denies(&self, module: ModuleId, block: &[Statement]) -> bool {
        let exprs = &self.module(module).exprs;
        match block.last() {
            Some(Statement::Throw(_) | Statement::Continue) => true,
            Some(Statement::Return(None)) => true,
            Some(Statement::Return(Some(value))) => !matches!(exprs[value.index()], Expr::Bool(true)),
            Some(Statement::Block(block)) => self.denies(module, block),
            _ => false,
        }
    }

    /// Takes the defaults of a tool's arguments out of its input schema, for the run of its handler.
    pub(crate) fn expect_arguments(&mut self, schema: &Value) {
        self.defaults.clear();
        self.demands.clear();
        if schema.is_absent() {
            return;
        }
        let json = self.input_schema(schema);
        for (name, property) in json.get("properties").and_then(|p| p.as_object()).into_iter().flatten() {
            let demands = demanded(property);
            if demands != Marks::NONE {
                let name = self.symbol(name);
                self.demands.insert(name, demands);
            }
            if let Some(text) = property.get("default").and_then(|d| d.as_str()).filter(|text| is_place(text)) {
                let name = self.symbol(name);
                self.defaults.insert(name, Value::text(text));
            }
        }
    }

    /// What passed a schema: all arguments of a tool become an object whose fields have what the schema demands.
    pub(super) fn demand(&mut self, schema: &Value, value: &Value) -> Value {
        let Value::Unknown(origin) = value else { return value.clone() };
        let json = self.input_schema(schema);
        let Some(properties) = json.get("properties").and_then(|p| p.as_object()) else {
            let marks = demanded(&json);
            return Value::Unknown(origin.marked(marks));
        };
        let mut fields = Vec::new();
        for (name, property) in properties.iter().take(super::MAX_ITEMS) {
            let demands = demanded(property);
            if demands != Marks::NONE {
                let name = self.symbol(name);
                fields.push((name, Value::Unknown(self.part_of(*origin, name).marked(demands))));
            }
        }
        if fields.is_empty() {
            return value.clone();
        }
        let object = self.plain(fields);
        if let Value::Object(id) = object {
            let object = self.object_mut(id);
            object.open = true;
            object.rest = value.clone();
        }
        object
    }

    /// Adds the hosts that bound a dynamic target.
    pub(super) fn bounded(&self, aims: &mut Vec<Aim>) {
        let mut more: Vec<Aim> = Vec::new();
        for aim in aims.iter().filter(|aim| aim.kind == TargetKind::Dynamic) {
            for origin in &aim.origins {
                for host in self.bounds.get(&(self.root, origin.source)).into_iter().flatten() {
                    let kind = if host.contains('*') { TargetKind::Prefix } else { TargetKind::Constant };
                    more.push(Aim { target: host.to_string(), kind, origins: vec![*origin] });
                }
            }
        }
        more.retain(|aim| !aims.iter().any(|known| known.target == aim.target));
        aims.extend(more);
    }
}

/// What a schema demands of a value, as far as it makes the value harmless.
fn demanded(schema: &serde_json::Value) -> Marks {
    let schema = match schema.get("items") {
        Some(items) if schema.get("type").and_then(|t| t.as_str()) == Some("array") => items,
        _ => schema,
    };
    if schema.get("enum").is_some_and(serde_json::Value::is_array) || schema.get("const").is_some() {
        return Marks::CHOICE;
    }
    if let Some(all) = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(|a| a.as_array()) {
        let null = |s: &&serde_json::Value| s.get("type").and_then(|t| t.as_str()) != Some("null");
        return all.iter().filter(null).map(demanded).reduce(Marks::common).unwrap_or_default();
    }
    match schema.get("type").and_then(|t| t.as_str()) {
        Some("number" | "integer" | "boolean") => Marks::NUMBER,
        Some("string") => {
            if matches!(schema.get("format").and_then(|f| f.as_str()), Some("uuid" | "date" | "date-time" | "time" | "ipv4" | "cuid" | "ulid")) {
                return Marks::PLAIN;
            }
            let pattern = schema.get("pattern").and_then(|p| p.as_str()).and_then(alphabet::read);
            match pattern {
                Some(p) if p.anchored && !p.all.meets(Alphabet::of(NOT_PLAIN)) && !p.first.meets(Alphabet::of("-")) => Marks::PLAIN,
                _ => Marks::NONE,
            }
        }
        _ => Marks::NONE,
    }
}

/// Characters that some reader takes for more than a character.
const NOT_PLAIN: &str = " \t\n;&|`$<>(){}'\"\\*?~#/";

/// Whether a text names a place (a URL, a path): defaults of that kind decide where an effect goes.
pub(super) fn is_place(text: &str) -> bool {
    text.contains("://") || text.starts_with(['/', '~', '.'])
}

/// The host of a URL, of the beginning of one, or of a regular expression that begins like one.
fn host_of_pattern(pattern: &str) -> Option<String> {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern).replace('\\', "");
    let rest = ["https?://", "(https?)://", "(?:https?)://", "(https?://)", "(?:https?://)", "http(s)?://", "https://", "http://"]
        .iter()
        .find_map(|scheme| pattern.strip_prefix(scheme))?;
    let end = rest.find(['/', ':', '?', '#', '$', '|']).unwrap_or(rest.len());
    let mut host = String::new();
    let mut rest = &rest[..end];
    while let Some(c) = rest.chars().next() {
        match c {
            // A class or group of characters: some label.
            '[' | '(' => {
                let close = rest.find(if c == '[' { ']' } else { ')' })?;
                rest = rest[close + 1..].trim_start_matches(['+', '*', '?']);
                host.push('*');
            }
            '*' | '+' => {
                host.push('*');
                rest = &rest[1..];
            }
            _ => {
                host.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    let host = host.replace(".*", "*").replace("**", "*");
    let text = Text::literal(format!("https://{}", host.replace('*', "x")));
    let plausible = host.trim_matches('*').contains('.') && !host.ends_with('*');
    match target::url_host(&text) {
        UrlHost::Host(aim) if plausible && aim.kind == TargetKind::Constant => Some(host.to_ascii_lowercase()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::host_of_pattern;

    #[test]
    fn hosts_of_patterns() {
        let host = |p: &str| host_of_pattern(p).unwrap_or_default();
        assert_eq!(host(r"^https?://docs\.example\.com/"), "docs.example.com");
        assert_eq!(host("https://api.example.com"), "api.example.com");
        assert_eq!(host(r"^https:\/\/[a-z0-9-]+\.example\.com\/"), "*.example.com");
        assert_eq!(host("https://"), "");
        assert_eq!(host(r"^https?://.*"), "");
        assert_eq!(host("example.com"), "");
    }
}
