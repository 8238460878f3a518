//! Functions of the value language about texts.

use std::rc::Rc;

use super::super::guard::chosen_outside;
use super::super::operator::join;
use super::super::texts::{dedented, split_text, trimmed};
use super::super::{Engine, Site};
use super::marked;
use crate::analysis::marks::Marks;
use crate::analysis::value::{Origin, Piece, Source, Text, Value, concat, union};
use crate::analysis::{alphabet, judge};

impl Engine<'_> {
    /// What a function about texts returns; `None` where there is none of this name.
    pub(super) fn text_function(&mut self, name: &str, given: &[Option<Value>], site: Site) -> Option<Value> {
        let arg = |i: usize| given.get(i).cloned().flatten().unwrap_or(Value::Undefined);
        let all = || given.iter().flatten().cloned().collect::<Vec<_>>();
        Some(match name {
            "concat" => {
                let parts = all();
                if parts.iter().any(|p| matches!(p, Value::Object(_))) {
                    let mut items = Vec::new();
                    let mut open = false;
                    for part in &parts {
                        match part {
                            Value::Object(_) => {
                                let (more, unknown) = self.iterate(part, site);
                                items.extend(more);
                                open |= unknown.is_some();
                            }
                            other => items.push(other.clone()),
                        }
                    }
                    let list = self.list(items, open, Some(site));
                    if let Value::Object(id) = list {
                        parts.iter().for_each(|part| self.spread_in_list(id, part, site));
                    }
                    return Some(list);
                }
                self.hold_text(concat(&parts))
            }
            "join" => {
                let (items, unknown) = self.iterate(&arg(1), site);
                let separator = match arg(0) {
                    Value::Undefined => Value::text(","),
                    given => given,
                };
                let mut parts = Vec::with_capacity(items.len() * 2);
                for (i, item) in items.into_iter().chain(unknown).enumerate() {
                    if i > 0 {
                        parts.push(separator.clone());
                    }
                    parts.push(item);
                }
                self.hold_text(concat(&parts))
            }
            "path" => self.join_path(&all()),
            "characters" => self.characters(&arg(0), site),
            "url" => self.join_url(&arg(0), &arg(1)),
            "format" => self.format(&arg(0), &given[1..]),
            "percent" => self.percent(&arg(0), &arg(1)),
            "mark" => {
                let names = arg(1).constant_text().unwrap_or_default();
                let marks = names.split(' ').filter_map(Marks::named).fold(Marks::NONE, Marks::with);
                marked(&arg(0), marks)
            }
            "part" => union(arg(0).texts().iter().map(|text| {
                let outside = text.holes().find(|o| super::super::guard::chosen_outside(*o));
                Value::Unknown(outside.or_else(|| text.holes().next()).unwrap_or(Origin::UNKNOWN))
            })),
            "cleaned" => {
                // Every match of a pattern is replaced: characters that match by themselves are gone.
                let (text, pattern) = (arg(0), arg(1));
                let everywhere = arg(2).truth() == Some(true);
                let known = match &pattern {
                    Value::Regex(source, flags) if everywhere || flags.contains('g') => {
                        Some(if flags.contains('i') { format!("(?i){source}") } else { source.to_string() })
                    }
                    Value::Text(_) if everywhere => pattern.constant_text().map(|p| p.to_string()),
                    _ => None,
                };
                let to = arg(3).constant_text();
                marked(&text, patched(known.as_deref(), to.as_deref()))
            }
            "text" => union(arg(0).texts().into_iter().map(|t| Value::Text(Rc::new(t)))),
            "json" => {
                let mut origin = Origin::UNKNOWN;
                for value in arg(0).alternatives() {
                    match value {
                        Value::Api(api) => self.read_whole(api, site),
                        Value::Unknown(o) => origin = *o,
                        Value::Object(id) => {
                            let object = self.object(*id);
                            if let Some(Value::Unknown(o)) = object
                                .fields
                                .values()
                                .chain(&object.items)
                                .find(|v| matches!(v, Value::Unknown(Origin { source: Source::Argument(_), .. })))
                            {
                                origin = *o;
                            }
                        }
                        _ => {}
                    }
                }
                Value::Text(Rc::new(Text { pieces: smallvec::smallvec![Piece::Hole(origin)] }))
            }
            "parse" => self.parse_data(&arg(0)),
            "starts_with" | "ends_with" => match (arg(0).constant_text(), arg(1).constant_text()) {
                (Some(text), Some(part)) => Value::Bool(if name == "ends_with" { text.ends_with(&*part) } else { text.starts_with(&*part) }),
                _ => Value::UNKNOWN,
            },
            "host" => self.url_part(&arg(0)),
            "split" => {
                let separator = if arg(1).is_absent() { arg(2) } else { arg(1) }.constant_text();
                let mut pieces: Option<Vec<Value>> = None;
                let mut open = false;
                for value in arg(0).alternatives() {
                    let parts = match (value, &separator) {
                        (Value::Text(text), Some(separator)) if !separator.is_empty() => split_text(text, separator),
                        _ => None,
                    };
                    match (parts, &mut pieces) {
                        (Some(parts), None) => pieces = Some(parts),
                        // Pieces of several texts stand side by side in their places.
                        (Some(parts), Some(known)) => {
                            open |= parts.len() != known.len();
                            for (i, part) in parts.into_iter().enumerate() {
                                match known.get_mut(i) {
                                    Some(old) => *old = join(std::mem::take(old), part),
                                    None => known.push(part),
                                }
                            }
                        }
                        (None, _) => open = true,
                    }
                }
                // What cannot be split stays whole: its piece is some part of it.
                let whole = || union(arg(0).texts().into_iter().map(|t| Value::Text(Rc::new(t))));
                let items = pieces.unwrap_or_else(|| vec![whole()]);
                self.list(items, open, Some(site))
            }
            "trim" => {
                let texts = |v: &Value| if let Value::Text(text) = v { Value::Text(Rc::new(trimmed(text))) } else { v.clone() };
                union(arg(0).alternatives().iter().map(texts))
            }
            "dedent" => {
                let texts = |v: &Value| v.constant_text().map_or_else(|| v.clone(), |text| Value::text(dedented(&text)));
                union(arg(0).alternatives().iter().map(texts))
            }
            "lower" | "upper" => {
                let parts: Vec<Value> = arg(0)
                    .alternatives()
                    .iter()
                    .map(|v| match v.constant_text() {
                        Some(text) => Value::text(if name == "lower" { text.to_lowercase() } else { text.to_uppercase() }),
                        None => v.clone(),
                    })
                    .collect();
                union(parts)
            }
            "replace" => {
                let (Some(from), Some(to)) = (arg(1).constant_text(), arg(2).constant_text()) else {
                    return Some(marked(&arg(0), Marks::PATCHED));
                };
                let marks = patched(Some(&regex_syntax::escape(&from)), Some(&to));
                let parts = arg(0).texts().into_iter().map(|text| {
                    let mut new = Text::default();
                    for piece in &text.pieces {
                        match piece {
                            Piece::Literal(literal) if !from.is_empty() => new.push(&Piece::Literal(literal.replace(&*from, &to).into())),
                            Piece::Hole(origin) if chosen_outside(*origin) => new.push(&Piece::Hole(origin.marked(marks))),
                            piece => new.push(piece),
                        }
                    }
                    Value::Text(Rc::new(new))
                });
                union(parts.collect::<Vec<_>>())
            }
            _ => return None,
        })
    }
}

/// What becomes of a value in which the matches of a pattern were replaced: `None` when not all of them, or not known ones.
fn patched(pattern: Option<&str>, to: Option<&str>) -> Marks {
    let read = pattern.and_then(|pattern| Some((pattern, alphabet::read(pattern)?.alone)));
    read.map_or(Marks::NONE, |(pattern, gone)| judge::cleaned_of(gone).with(judge::requoted(pattern, gone, to))).with(Marks::PATCHED)
}
