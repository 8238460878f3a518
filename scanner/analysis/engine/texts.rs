//! Texts, paths and URLs as models put them together and take them apart.

use std::rc::Rc;

use super::{Engine, MAX_ITEMS, ObjectKind, Site};
use crate::analysis::facts::TargetKind;
use crate::analysis::target;
use crate::analysis::value::{Origin, Piece, Text, Value, concat, union};

impl Engine<'_> {
    /// The text whose characters have these numbers; what is no number, or a list of others, stays what it is.
    pub(super) fn characters(&mut self, codes: &Value, site: Site) -> Value {
        let (items, unknown) = match codes {
            Value::Object(_) => self.iterate(codes, site),
            other => (vec![other.clone()], None),
        };
        let letter = |code: &Value| match code {
            Value::Number(code) if *code >= 0.0 && *code <= f64::from(u32::from(char::MAX)) => char::from_u32(*code as u32),
            _ => None,
        };
        let text: Option<String> = items.iter().map(letter).collect();
        match text {
            Some(text) if unknown.is_none() && !text.is_empty() => {
                self.deed("spelled".into(), vec![("text".into(), Value::text(text.as_str()))], site);
                Value::text(text.as_str())
            }
            _ => codes.clone(),
        }
    }

    /// The host of a URL as a text: `https://api.example.com/v1` → `api.example.com`.
    pub(super) fn url_part(&mut self, url: &Value) -> Value {
        let mut all = Vec::new();
        for text in url.texts() {
            all.push(match target::url_host(&text) {
                target::UrlHost::Host(aim) if aim.kind == TargetKind::Constant => Value::text(aim.target),
                _ => Value::Unknown(text.holes().next().unwrap_or(Origin::UNKNOWN)),
            });
        }
        union(all)
    }

    /// Path components joined with `/`; an absolute one starts over.
    pub(crate) fn join_path(&mut self, parts: &[Value]) -> Value {
        let mut joined: Vec<Value> = Vec::new();
        for part in parts {
            let absolute = |v: &Value| {
                v.texts().first().is_some_and(|t| {
                    let text = t.render("\u{1}");
                    text.starts_with('/')
                        || text.starts_with("~/")
                        || text == "~"
                        || text.starts_with("<cwd>")
                        || text.starts_with("<tmp>")
                        || text.starts_with("<target>")
                })
            };
            let empty = |v: &Value| v.constant_text().is_some_and(|t| t.is_empty() || &*t == ".");
            if empty(part) || part.is_absent() {
                continue;
            }
            if absolute(part) && !matches!(part, Value::Union(_)) {
                joined.clear();
            } else if !joined.is_empty() {
                joined.push(Value::text("/"));
            }
            joined.push(part.clone());
        }
        if joined.is_empty() {
            return Value::text(".");
        }
        union(concat(&joined).alternatives().iter().map(|v| match v.constant_text() {
            Some(text) => Value::text(normal_path(&text)),
            None => v.clone(),
        }))
    }

    /// A reference resolved against a base.
    pub(super) fn join_url(&mut self, relative: &Value, base: &Value) -> Value {
        if base.is_absent() {
            return relative.clone();
        }
        let mut all = Vec::new();
        for relative in relative.alternatives() {
            let text = relative.texts().into_iter().next().unwrap_or_default().render("\u{1}");
            if text.contains("://") || (text == "\u{1}" && base.is_nothing_known()) {
                all.push(relative.clone());
            } else {
                let origin = if text.starts_with('/') || text.starts_with('\u{1}') { origin_of_url(base) } else { base.clone() };
                let separator = if text.starts_with('/') || base.texts().iter().all(|t| t.render("").ends_with('/')) { "" } else { "/" };
                all.push(self.hold_text(concat([&origin, &Value::text(separator), relative])));
            }
        }
        union(all)
    }

    /// `"…{}…{name}…".format(…)`.
    pub(super) fn format(&mut self, template: &Value, given: &[Option<Value>]) -> Value {
        let mut all = Vec::new();
        for template in template.alternatives() {
            let Some(text) = template.constant_text() else {
                all.push(template.clone());
                continue;
            };
            let positional: Vec<Value> = given
                .iter()
                .flatten()
                .flat_map(|v| if let Value::Object(id) = v { self.object(*id).items.clone() } else { vec![v.clone()] })
                .collect();
            let named = given.iter().flatten().filter_map(|v| if let Value::Object(id) = v { Some(*id) } else { None }).next_back();
            let mut parts = Vec::new();
            let mut rest = &*text;
            let mut next = 0;
            while let Some(open) = rest.find('{') {
                parts.push(Value::text(&rest[..open]));
                if let Some(after) = rest[open..].strip_prefix("{{") {
                    parts.push(Value::text("{"));
                    rest = after;
                    continue;
                }
                let Some(close) = rest[open..].find('}') else { break };
                let field = &rest[open + 1..open + close];
                let name = field.split([':', '!', '.', '[']).next().unwrap_or("");
                let value = if name.is_empty() {
                    next += 1;
                    positional.get(next - 1).cloned()
                } else if let Ok(index) = name.parse::<usize>() {
                    positional.get(index).cloned()
                } else {
                    let symbol = self.symbol(name);
                    named.and_then(|id| self.object(id).fields.get(&symbol).cloned())
                };
                parts.push(value.unwrap_or(Value::UNKNOWN));
                rest = &rest[open + close + 1..];
            }
            parts.push(Value::text(rest));
            all.push(self.hold_text(concat(&parts)));
        }
        union(all)
    }

    /// `"…%s…" % values`.
    pub(crate) fn percent(&mut self, template: &Value, values: &Value) -> Value {
        let values: Vec<Value> = match values {
            Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::List) => self.object(*id).items.clone(),
            one => vec![one.clone()],
        };
        let mut all = Vec::new();
        for template in template.alternatives() {
            let Some(text) = template.constant_text() else {
                all.push(template.clone());
                continue;
            };
            let mut parts = Vec::new();
            let mut rest = &*text;
            let mut next = 0;
            while let Some(at) = rest.find('%') {
                parts.push(Value::text(&rest[..at]));
                let after = &rest[at + 1..];
                let end = after.find(|c: char| c.is_ascii_alphabetic() || c == '%').map_or(after.len(), |e| e + 1);
                if after.starts_with('%') {
                    parts.push(Value::text("%"));
                } else {
                    parts.push(values.get(next).cloned().unwrap_or(Value::UNKNOWN));
                    next += 1;
                }
                rest = after.get(end..).unwrap_or("");
            }
            parts.push(Value::text(rest));
            all.push(self.hold_text(concat(&parts)));
        }
        union(all)
    }
}

/// The pieces of a text between separators. A hole stays in the piece where it stands; it may hold separators itself, which
/// is not known.
/// The text without the white space around it.
pub(super) fn trimmed(text: &Text) -> Text {
    let mut pieces = text.pieces.clone();
    if let Some(Piece::Literal(first)) = pieces.first_mut() {
        *first = first.trim_start().into();
    }
    if let Some(Piece::Literal(last)) = pieces.last_mut() {
        *last = last.trim_end().into();
    }
    Text { pieces }
}

/// The text without the margin that all its lines have.
pub(super) fn dedented(text: &str) -> String {
    let margin = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let least = text.lines().filter(|line| !line.trim().is_empty()).map(margin).min().unwrap_or(0);
    let lines: Vec<&str> = text.split('\n').map(|line| if line.trim().is_empty() { "" } else { line.get(least..).unwrap_or(line) }).collect();
    lines.join("\n")
}

pub(super) fn split_text(text: &Text, separator: &str) -> Option<Vec<Value>> {
    let mut parts = vec![Text::default()];
    for piece in &text.pieces {
        match piece {
            Piece::Hole(_) => parts.last_mut()?.push(piece),
            Piece::Literal(literal) => {
                for (i, part) in literal.split(separator).enumerate() {
                    if i > 0 {
                        parts.push(Text::default());
                    }
                    parts.last_mut()?.push(&Piece::Literal(part.into()));
                    if parts.len() > MAX_ITEMS {
                        return None;
                    }
                }
            }
        }
    }
    // A text that is one hole only splits into nobody knows what.
    if matches!(text.pieces.as_slice(), [Piece::Hole(_)]) {
        return None;
    }
    Some(parts.into_iter().map(|part| if part.pieces.is_empty() { Value::text("") } else { Value::Text(Rc::new(part)) }).collect())
}

/// Scheme and authority of a URL.
fn origin_of_url(url: &Value) -> Value {
    let mut all = Vec::new();
    for value in url.alternatives() {
        let Some(text) = value.constant_text() else {
            all.push(value.clone());
            continue;
        };
        let start = text.find("://").map_or(0, |i| i + 3);
        let end = text[start..].find('/').map_or(text.len(), |i| start + i);
        all.push(Value::text(&text[..end]));
    }
    union(all)
}

/// `a/./b/../c` → `a/c`.
fn normal_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." if parts.last().is_some_and(|p| !matches!(*p, ".." | "" | "~" | "<cwd>" | "<tmp>" | "<target>")) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}
