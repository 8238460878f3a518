//! Things that are put together from options: functions that change them, or parts that are laid over them.

use super::{Engine, ObjectId, ObjectKind, Site};
use crate::analysis::value::{Arguments, Value};

/// Parts inside parts that are laid over one another.
const MAX_DEPTH: u32 = 8;

impl Engine<'_> {
    /// `options(thing, list, first)`: the thing with the options in a list, from a position on.
    pub(super) fn with_options(&mut self, given: &[Option<Value>], site: Site) -> Value {
        let of = |at: usize| given.get(at).cloned().flatten().unwrap_or_default();
        let (thing, list) = (of(0), of(1));
        let skip = match of(2) {
            Value::Number(n) if n >= 0.0 => n as usize,
            other => other.constant_text().and_then(|text| text.parse().ok()).unwrap_or(0),
        };
        let (items, _) = self.iterate(&list, site);
        for item in items.into_iter().skip(skip) {
            self.apply_option(&thing, &item, 0, site);
        }
        thing
    }

    fn apply_option(&mut self, thing: &Value, option: &Value, depth: u32, site: Site) {
        if depth > MAX_DEPTH {
            return;
        }
        for option in option.alternatives().to_vec() {
            match &option {
                Value::Function(_) => {
                    self.call(&option, Arguments::of(vec![thing.clone()]), None, site);
                }
                Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::List) => {
                    let (items, _) = self.iterate(&option, site);
                    for item in items {
                        self.apply_option(thing, &item, depth + 1, site);
                    }
                }
                Value::Object(part) => {
                    for target in thing.alternatives().to_vec() {
                        if let Value::Object(target) = target {
                            self.lay_over(target, *part, depth, site);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds the fields of a part: lists grow, objects are laid over one another.
    fn lay_over(&mut self, target: ObjectId, part: ObjectId, depth: u32, site: Site) {
        if depth > MAX_DEPTH || target == part {
            return;
        }
        let fields = self.object(part).fields.clone();
        for (name, value) in fields {
            let held = self.object(target).fields.get(&name).cloned();
            match (held, &value) {
                (Some(Value::Object(old)), Value::Object(new)) => {
                    let lists = [old, *new].map(|id| matches!(self.object(id).kind, ObjectKind::List));
                    if lists == [true, true] {
                        let items = self.object(*new).items.clone();
                        self.hold(items.len());
                        let object = self.object_mut(old);
                        object.items.extend(items);
                        object.items.truncate(super::MAX_ITEMS);
                    } else {
                        self.lay_over(old, *new, depth + 1, site);
                    }
                }
                (_, Value::Object(new)) if !matches!(self.object(*new).kind, ObjectKind::List) => {
                    // A copy: the same part may be laid over several things.
                    let copy = self.new_object(ObjectKind::Plain, Some(site));
                    self.object_mut(target).fields.insert(name, Value::Object(copy));
                    self.lay_over(copy, *new, depth + 1, site);
                }
                (_, Value::Object(new)) => {
                    let items = self.object(*new).items.clone();
                    let copy = self.list(items, false, Some(site));
                    self.object_mut(target).fields.insert(name, copy);
                }
                _ => {
                    self.object_mut(target).fields.insert(name, value);
                }
            }
        }
    }

    /// `property(type, name, list, first)`: an object schema with one property, described by the options in a list.
    pub(super) fn property(&mut self, given: &[Option<Value>], site: Site) -> Value {
        let of = |at: usize| given.get(at).cloned().flatten().unwrap_or_default();
        let Some(name) = of(1).constant_text() else { return Value::UNKNOWN };
        let (name, kind, required, properties) = (self.symbol(&name), self.symbol("type"), self.symbol("required"), self.symbol("properties"));
        let described = self.new_object(ObjectKind::Plain, Some(site));
        if of(0).constant_text().is_some_and(|kind| !kind.is_empty()) {
            self.object_mut(described).fields.insert(kind, of(0));
        }
        let thing = Value::Object(described);
        self.with_options(&[Some(thing.clone()), Some(of(2)), Some(of(3))], site);
        let needed = matches!(self.object_mut(described).fields.shift_remove(&required), Some(Value::Bool(true)));
        let fields = self.plain([(name, thing)]);
        let mut parts = vec![(kind, Value::text("object")), (properties, fields)];
        if needed {
            let text = Value::text(self.name(name));
            parts.push((required, self.list(vec![text], false, Some(site))));
        }
        self.plain(parts)
    }
}
