//! What loops over lists and objects alike meet, and lists that may not be there yet.

use super::operator::join;
use super::{Engine, ObjectKind, Site};
use crate::analysis::value::{Arguments, Origin, Source, Value, union};

impl Engine<'_> {
    /// The keys, the values or pairs of both, of a list or an object, as a list.
    pub(super) fn range_over(&mut self, what: &str, value: &Value, site: Site) -> Value {
        let mut pairs: Vec<(Value, Value)> = Vec::new();
        let mut rest: Option<Value> = None;
        for value in value.alternatives() {
            let more = match value {
                Value::Object(id) => {
                    let object = self.object(*id);
                    pairs.extend(object.fields.iter().map(|(name, held)| (Value::text(self.program.interner.text(*name)), held.clone())));
                    pairs.extend(object.items.iter().enumerate().map(|(i, held)| (Value::Number(i as f64), held.clone())));
                    match (&object.rest, object.open || matches!(object.kind, ObjectKind::Instance(_))) {
                        (Value::Undefined, true) => Some(Value::UNKNOWN),
                        (Value::Undefined, false) => None,
                        (held, _) => Some(held.clone()),
                    }
                }
                Value::Unknown(origin) => Some(Value::Unknown(*origin)),
                Value::Undefined | Value::Null => None,
                Value::Number(_) => Some(Value::UNKNOWN),
                other => Some(self.element_of(other, site)),
            };
            rest = match (rest, more) {
                (Some(a), Some(b)) => Some(join(a, b)),
                (a, b) => a.or(b),
            };
        }
        self.copy(pairs.len());
        let items: Vec<Value> = match what {
            "range_keys" => pairs.into_iter().map(|(key, _)| key).collect(),
            "range_values" => pairs.into_iter().map(|(_, held)| held).collect(),
            _ => pairs.into_iter().map(|(key, held)| self.list(vec![key, held], false, Some(site))).collect(),
        };
        let rest = rest.map(|held| match what {
            "range_keys" => match held {
                Value::Unknown(origin) => Value::Unknown(origin),
                _ => Value::UNKNOWN,
            },
            "range_values" => held,
            _ => match held {
                Value::Unknown(origin) => Value::Unknown(origin),
                held => self.list(vec![Value::UNKNOWN, held], false, Some(site)),
            },
        });
        let list = self.list(items, rest.is_some(), Some(site));
        if let (Value::Object(id), Some(rest)) = (&list, rest) {
            self.object_mut(*id).rest = rest;
        }
        list
    }

    /// Adds to a list, which is made when there is none.
    pub(super) fn appended(&mut self, given: &[Option<Value>], site: Site) -> Value {
        let target = given.first().cloned().flatten().unwrap_or_default();
        let items: Vec<Value> = given.iter().skip(1).flatten().cloned().collect();
        let (mut lists, mut others): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
        for one in target.alternatives() {
            match one {
                Value::Object(_) => lists.push(one.clone()),
                other if other.is_absent() => {}
                other => others.push(other.clone()),
            }
        }
        if lists.is_empty() || !others.is_empty() {
            let list = self.list(Vec::new(), !others.is_empty(), Some(site));
            if let (Value::Object(id), false) = (&list, others.is_empty()) {
                let held: Vec<Value> = others.iter().map(|other| self.element_of(other, site)).collect();
                self.object_mut(*id).rest = union(held);
            }
            lists.push(list);
        }
        for list in &lists {
            let Value::Object(id) = list else { continue };
            items.iter().for_each(|item| self.put_in_list(*id, item, site));
            let uncertain = self.uncertain;
            let full = super::MAX_ITEMS.saturating_sub(self.object(*id).items.len());
            let object = self.object_mut(*id);
            object.doubtful |= uncertain > object.uncertain;
            object.open |= items.len() > full;
            // What a loop adds again and again is held once.
            for item in items.iter().take(full) {
                if !object.items.iter().rev().take(64).any(|known| crate::analysis::value::same(known, item)) {
                    object.items.push(item.clone());
                }
            }
        }
        self.hold(items.len());
        union(lists)
    }

    /// Something of a type: a value of a class of the program or of a library.
    pub(super) fn made_of_type(&mut self, how: &str, of: &Value, items: Vec<Value>, site: Site) -> Value {
        let mut all = Vec::new();
        for of in of.alternatives() {
            all.push(match of {
                // What a pointer holds when nothing was put there: nothing.
                Value::Class(_) if how == "held" => Value::UNKNOWN,
                Value::Class(class) => self.instantiate(&class.clone(), Arguments::of(items.clone()), site),
                Value::Api(api) if matches!(how, "zero" | "held") => {
                    if api.node.is_some() {
                        Value::Api(self.api_instance(&api.clone(), Arguments::default()))
                    } else {
                        Value::UNKNOWN
                    }
                }
                Value::Api(api) => self.call_api(&api.clone(), Arguments::of(items.clone()), None, site),
                _ if how == "empty" => Value::Object(self.new_object(ObjectKind::Plain, Some(site))),
                _ => Value::UNKNOWN,
            });
        }
        union(all)
    }

    /// `value.(T)`: the value; something of that type where nothing is known of it.
    pub(super) fn asserted(&mut self, value: &Value, of: &Value, site: Site) -> Value {
        let mut all = Vec::new();
        for value in value.alternatives() {
            all.push(match (value, of) {
                (Value::Unknown(Origin { source: Source::Unknown | Source::Parameter, .. }), Value::Class(class)) => {
                    self.summary_instance(&class.clone(), site)
                }
                (Value::Unknown(Origin { source: Source::Unknown | Source::Parameter, .. }), Value::Api(api)) if api.node.is_some() => {
                    Value::Api(self.api_instance(&api.clone(), Arguments::default()))
                }
                (value, _) => value.clone(),
            });
        }
        union(all)
    }
}
