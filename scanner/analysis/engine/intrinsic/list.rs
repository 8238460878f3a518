//! Functions of the value language about lists and objects.

use super::super::{Engine, MAX_ITEMS, ObjectKind, Site};
use crate::analysis::marks::Marks;
use crate::analysis::value::{Arguments, Value, union};

impl Engine<'_> {
    /// What a function about lists and objects returns; `None` where there is none of this name.
    pub(super) fn list_function(&mut self, name: &str, given: &[Option<Value>], site: Site) -> Option<Value> {
        let arg = |i: usize| given.get(i).cloned().flatten().unwrap_or(Value::Undefined);
        let all = || given.iter().flatten().cloned().collect::<Vec<_>>();
        Some(match name {
            "some" => {
                // What the function says of one element, whichever it is.
                let (items, unknown) = self.iterate(&arg(0), site);
                let mut said = Vec::new();
                // Of a list that is empty so far, what it would say of an element.
                let unknown = if items.is_empty() { Some(unknown.unwrap_or(Value::UNKNOWN)) } else { unknown };
                for item in items.into_iter().chain(unknown) {
                    said.push(match arg(1) {
                        Value::Undefined => item,
                        test => self.call(&test, Arguments::of(vec![item, Value::UNKNOWN]), None, site),
                    });
                }
                self.undecided(union(said))
            }
            "element" => self.element_of(&arg(0), site),
            "keys" => {
                let (items, unknown) = self.keys_of(&arg(0), site);
                self.list(items, unknown.is_some(), Some(site))
            }
            "values" => {
                let value = arg(0);
                let (items, open) = self.values_of(&value, site);
                self.list(items, open, Some(site))
            }
            "entries" => {
                let value = arg(0);
                let mut pairs = Vec::new();
                let mut open = false;
                let mut rest = Value::Undefined;
                for value in value.alternatives() {
                    if let Value::Unknown(origin) = value
                        && super::super::guard::chosen_outside(*origin)
                    {
                        rest = self.list(vec![Value::Unknown(origin.marked(Marks::KEY)), value.clone()], false, Some(site));
                    }
                    match value {
                        Value::Object(id) => {
                            let object = self.object(*id);
                            let fields: Vec<(Value, Value)> = object
                                .fields
                                .iter()
                                .filter(|(k, _)| **k != self.names.es_module)
                                .map(|(k, v)| (Value::text(self.name(*k)), v.clone()))
                                .collect();
                            let items: Vec<(Value, Value)> =
                                object.items.iter().enumerate().map(|(i, v)| (Value::Number(i as f64), v.clone())).collect();
                            open |= object.open || !matches!(object.rest, Value::Undefined);
                            for (key, value) in fields.into_iter().chain(items) {
                                pairs.push(self.list(vec![key, value], false, Some(site)));
                            }
                        }
                        Value::Module(_) => {
                            for (name, value) in self.module_exports(value) {
                                let key = Value::text(self.name(name));
                                pairs.push(self.list(vec![key, value], false, Some(site)));
                            }
                        }
                        other => {
                            if let Value::Api(api) = other {
                                self.read_whole(api, site);
                            }
                            open = true;
                        }
                    }
                }
                let pairs = self.list(pairs, open, Some(site));
                if let Value::Object(id) = pairs {
                    self.object_mut(id).rest = rest;
                }
                pairs
            }
            "merge" => {
                let id = self.new_object(ObjectKind::Plain, Some(site));
                for part in all() {
                    self.spread_into(id, &part, site);
                }
                Value::Object(id)
            }
            "pick" | "omit" => {
                let names = match arg(1) {
                    Value::Object(id) if matches!(self.object(id).kind, ObjectKind::List) => self.iterate(&arg(1), site).0,
                    given => self.keys_of(&given, site).0,
                };
                let names: Vec<_> = names.iter().filter_map(Value::constant_text).collect();
                let id = self.new_object(ObjectKind::Plain, Some(site));
                self.spread_into(id, &arg(0), site);
                let fields = std::mem::take(&mut self.object_mut(id).fields);
                let kept = fields.into_iter().filter(|(field, _)| names.contains(&self.name(*field)) == (name == "pick")).collect();
                self.object_mut(id).fields = kept;
                Value::Object(id)
            }
            "every" => {
                // A method called on every field.
                let id = self.new_object(ObjectKind::Plain, Some(site));
                self.spread_into(id, &arg(0), site);
                let Some(method) = arg(1).constant_text().map(|method| self.symbol(&method)) else { return Some(Value::Object(id)) };
                for (field, value) in self.object(id).fields.clone() {
                    let value = self.call_method(&value, method, Arguments::default(), site);
                    self.object_mut(id).fields.insert(field, value);
                }
                Value::Object(id)
            }
            "object" => self.object_of_pairs(&arg(0), site),
            "list" => {
                let value = if given.len() == 1 { arg(0) } else { Value::Undefined };
                match value {
                    Value::Object(_) | Value::Api(_) | Value::Unknown(_) | Value::Union(_) => {
                        let (items, unknown) = self.iterate(&value, site);
                        self.list(items, unknown.is_some(), Some(site))
                    }
                    _ => {
                        let items = all();
                        self.list(items, false, Some(site))
                    }
                }
            }
            "append" => {
                for target in arg(0).alternatives() {
                    let Value::Object(id) = target else { continue };
                    let uncertain = self.uncertain;
                    let object = self.object_mut(*id);
                    object.doubtful |= uncertain > object.uncertain;
                    for item in all().into_iter().skip(1) {
                        self.put_in_list(*id, &item, site);
                        let item = self.certified(item);
                        let object = self.object_mut(*id);
                        if object.items.len() < MAX_ITEMS {
                            object.items.push(item);
                        } else {
                            object.open = true;
                        }
                    }
                }
                arg(0)
            }
            "extend" => {
                let (items, unknown) = self.iterate(&arg(1), site);
                if let Value::Object(id) = arg(0) {
                    let uncertain = self.uncertain;
                    let object = self.object_mut(id);
                    object.doubtful |= uncertain > object.uncertain;
                    object.items.extend(items);
                    object.items.truncate(MAX_ITEMS);
                    object.open |= unknown.is_some();
                    self.spread_in_list(id, &arg(1), site);
                }
                arg(0)
            }
            "map" => {
                let (items, unknown) = self.iterate(&arg(0), site);
                let mut results = Vec::with_capacity(items.len());
                for (i, item) in items.into_iter().enumerate() {
                    results.push(self.call(&arg(1), Arguments::of(vec![item, Value::Number(i as f64)]), None, site));
                }
                let open = unknown.is_some();
                let mut rest = Value::Undefined;
                if let Some(unknown) = unknown {
                    self.uncertain += 1;
                    rest = self.call(&arg(1), Arguments::of(vec![unknown, Value::UNKNOWN]), None, site);
                    self.uncertain -= 1;
                }
                let list = self.list(results, open, Some(site));
                if let Value::Object(id) = list {
                    self.object_mut(id).rest = rest;
                }
                list
            }
            "filter" => {
                let (items, unknown) = self.iterate(&arg(0), site);
                let test = arg(1);
                let mut kept = Vec::new();
                let mut verdicts = Vec::new();
                for item in items {
                    let keep = match &test {
                        Value::Function(_) => {
                            let before = self.volatile;
                            self.predicate = true;
                            let verdict = self.call(&test, Arguments::of(vec![item.clone()]), None, site);
                            self.predicate = false;
                            let keep = self.volatile != before || verdict.truth() != Some(false);
                            verdicts.push(verdict);
                            keep
                        }
                        _ => item.truth() != Some(false),
                    };
                    if keep {
                        kept.push(item);
                    }
                }
                if let (Some(unknown), Value::Function(_)) = (&unknown, &test) {
                    self.predicate = true;
                    verdicts.push(self.call(&test, Arguments::of(vec![unknown.clone()]), None, site));
                    self.predicate = false;
                }
                let list = self.list(kept, unknown.is_some(), Some(site));
                if let Value::Object(id) = list {
                    self.passed_by(id, verdicts);
                }
                list
            }
            "find" => {
                // The first item that passes for certain ends the search; those before it that may pass are possible too.
                let (items, unknown) = self.iterate(&arg(0), site);
                let test = arg(1);
                let mut found = Vec::new();
                let mut verdicts = Vec::new();
                let mut certain = false;
                for item in items {
                    let before = self.volatile;
                    self.predicate = true;
                    let verdict = self.call(&test, Arguments::of(vec![item.clone(), Value::UNKNOWN, arg(0)]), None, site);
                    self.predicate = false;
                    verdicts.push(verdict.clone());
                    match verdict.truth() {
                        _ if self.volatile != before => found.push(item),
                        Some(true) => {
                            found.push(item);
                            certain = true;
                            break;
                        }
                        Some(false) => {}
                        None => found.push(item),
                    }
                }
                if let Some(unknown) = unknown.filter(|_| !certain) {
                    verdicts.push(self.call(&test, Arguments::of(vec![unknown.clone(), Value::UNKNOWN, arg(0)]), None, site));
                    found.push(unknown);
                }
                let found = union(found);
                self.found(found, verdicts)
            }
            "flatten" => {
                let (items, unknown) = self.iterate(&arg(0), site);
                let mut flat = Vec::new();
                let mut open = unknown.is_some();
                for item in items {
                    match &item {
                        Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::List) => {
                            let (more, unknown) = self.iterate(&item, site);
                            flat.extend(more);
                            open |= unknown.is_some();
                        }
                        Value::Union(_) => {
                            let (more, unknown) = self.iterate(&item, site);
                            flat.extend(more);
                            open |= unknown.is_some();
                        }
                        _ => flat.push(item),
                    }
                }
                self.list(flat, open, Some(site))
            }
            "member" => {
                let object = arg(0);
                let found = self.read_index(&object, &arg(1), site);
                match (&found, arg(2)) {
                    (Value::Undefined, default) => default,
                    (Value::Unknown(_), default) if !matches!(default, Value::Undefined) => found.or(default),
                    _ => found,
                }
            }
            "has" => {
                let Some(name) = arg(1).constant_text().map(|name| self.symbol(&name)) else { return Some(Value::UNKNOWN) };
                let value = arg(0);
                let has =
                    |value: &Value| matches!(value, Value::Object(id) if self.object(*id).fields.contains_key(&name) && !self.object(*id).doubtful);
                if value.alternatives().iter().any(has) { Value::Bool(true) } else { Value::UNKNOWN }
            }
            "set" => {
                self.write_index(&arg(0), &arg(1), arg(2));
                arg(0)
            }
            "matching" => {
                let found = self.matching(&arg(0), &arg(1), &arg(2), site);
                self.list(found, false, Some(site))
            }
            "contains" => self.contains(&arg(0), &arg(1)).map_or(Value::UNKNOWN, Value::Bool),
            "range_keys" | "range_values" | "range_entries" => self.range_over(name, &arg(0), site),
            "appended" => self.appended(given, site),
            "camel" => {
                let id = self.new_object(ObjectKind::Plain, Some(site));
                self.spread_into(id, &arg(0), site);
                for (field, value) in std::mem::take(&mut self.object_mut(id).fields) {
                    let name = self.name(field);
                    let mut letters = name.chars();
                    let small: String = letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect();
                    let small = self.symbol(&small);
                    self.object_mut(id).fields.insert(small, value);
                }
                Value::Object(id)
            }
            _ => return None,
        })
    }

    /// An object from a list of pairs.
    pub(crate) fn object_of_pairs(&mut self, list: &Value, site: Site) -> Value {
        let id = self.new_object(ObjectKind::Plain, Some(site));
        let (pairs, unknown) = self.iterate(list, site);
        for pair in pairs {
            let key = self.read_index(&pair, &Value::Number(0.0), site);
            let value = self.read_index(&pair, &Value::Number(1.0), site);
            self.write_index(&Value::Object(id), &key, value);
        }
        self.object_mut(id).open |= unknown.is_some();
        Value::Object(id)
    }

    pub(super) fn values_of(&mut self, value: &Value, site: Site) -> (Vec<Value>, bool) {
        let (mut items, mut open) = (Vec::new(), false);
        for value in value.alternatives() {
            match value {
                Value::Object(id) => {
                    let object = self.object(*id);
                    items.extend(object.fields.iter().filter(|(k, _)| **k != self.names.es_module).map(|(_, v)| v.clone()));
                    items.extend(object.items.iter().cloned());
                    if !matches!(object.rest, Value::Undefined) {
                        items.push(object.rest.clone());
                    }
                    open |= object.open;
                }
                Value::Module(_) => items.extend(self.module_exports(value).into_iter().map(|(_, v)| v)),
                Value::Undefined | Value::Null => {}
                other => {
                    if let Value::Api(api) = other {
                        self.read_whole(api, site);
                    }
                    open = true;
                }
            }
        }
        (items, open)
    }
}
