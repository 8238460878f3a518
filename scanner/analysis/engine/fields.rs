//! Objects whose fields are filled from data, and what is noted beside fields (`json:"name"`).

use std::rc::Rc;

use super::{At, Engine, Site};
use crate::analysis::model::{EffectModel, Role};
use crate::analysis::value::{Arguments, ClassValue, Closure, ObjectId, Origin, Source, Value};
use crate::program::{ExprId, FunctionKind, Key, MemberKind, Symbol};

use super::intrinsic::Invocation;
use super::{ObjectKind, operator::join};

/// Objects inside objects that are filled.
const MAX_DEPTH: u32 = 4;

/// A field of a class with what is noted beside it.
#[derive(Clone, Debug)]
pub(crate) struct NotedField {
    pub(crate) name: Symbol,
    /// Its name in data; `None` when data does not carry it.
    pub(crate) key: Option<String>,
    /// The rest of the note that names it: `omitempty`.
    pub(crate) options: Vec<String>,
    pub(crate) embedded: bool,
    pub(crate) optional: bool,
    pub(crate) annotation: Option<ExprId>,
    pub(crate) tags: Vec<(Symbol, std::sync::Arc<str>)>,
}

impl Engine<'_> {
    /// The fields of a class, when something is noted beside them.
    pub(crate) fn noted_fields(&self, class: &ClassValue) -> Vec<NotedField> {
        let module = self.module(class.module);
        let mut all = Vec::new();
        for (i, member) in module.classes[class.class.index()].members.iter().enumerate() {
            let (MemberKind::Field { annotation, .. }, Key::Name(name)) = (&member.kind, &member.key) else { continue };
            let Some(notes) = module.notes.get(&(class.class, i as u32)) else { continue };
            let tag = |wanted: &str| notes.tags.iter().find(|(key, _)| &*self.name(*key) == wanted).map(|(_, value)| value.clone());
            let json = tag("json");
            let mut parts = json.as_deref().unwrap_or("").split(',').map(str::trim);
            let first = parts.next().unwrap_or("");
            let text = self.name(*name);
            let key = match first {
                "-" => None,
                // What is not exported is not data.
                "" => text.starts_with(char::is_uppercase).then(|| text.to_string()),
                given => Some(given.to_owned()),
            };
            all.push(NotedField {
                name: *name,
                key,
                options: parts.map(str::to_owned).collect(),
                embedded: notes.delegates && first.is_empty(),
                optional: notes.optional,
                annotation: *annotation,
                tags: notes.tags.clone(),
            });
        }
        all
    }

    /// Writes data into an object, field by field.
    pub(super) fn fill(&mut self, target: &Value, data: &Value, depth: u32, site: Site) {
        for target in target.alternatives().to_vec() {
            match &target {
                Value::Function(_) => {
                    self.call(&target, Arguments::of(vec![data.clone()]), None, site);
                }
                Value::Object(id) => match self.object(*id).kind.clone() {
                    ObjectKind::Instance(class) => self.fill_instance(*id, &class, data, depth, site),
                    _ => self.spread_into(*id, data, site),
                },
                _ => {}
            }
        }
    }

    fn fill_instance(&mut self, id: ObjectId, class: &Rc<ClassValue>, data: &Value, depth: u32, site: Site) {
        if depth > MAX_DEPTH {
            return;
        }
        for field in self.noted_fields(class) {
            let held = self.object(id).fields.get(&field.name).cloned();
            let part = match &field.key {
                _ if field.embedded => data.clone(),
                Some(key) => {
                    let key = self.symbol(key);
                    self.read_member(data, key, site)
                }
                None => continue,
            };
            match held {
                Some(inner @ Value::Object(_)) if matches!(&inner, Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::Instance(_))) => {
                    self.fill(&inner, &part, depth + 1, site);
                }
                held => {
                    let old = held.filter(|held| matches!(held, Value::Text(_) | Value::Bool(_) | Value::Number(_))).unwrap_or_default();
                    self.object_mut(id).fields.insert(field.name, join(old, part));
                }
            }
        }
    }

    /// The arguments of a tool where an object of a class is expected: an object with these fields.
    pub(super) fn typed_arguments(&mut self, at: At, annotation: Option<ExprId>, value: Value) -> Value {
        if !matches!(value, Value::Unknown(Origin { source: Source::Argument(name), .. }) if name == self.names.empty) {
            return value;
        }
        let Some(annotation) = annotation else { return value };
        let Value::Class(class) = self.eval(at, annotation) else { return value };
        if self.noted_fields(&class).is_empty() {
            return value;
        }
        let site = Site { module: at.module, expr: annotation };
        let made = self.instantiate(&class, Arguments::default(), site);
        self.fill(&made, &value, 0, site);
        made
    }

    /// The types that a function says of its parameters, as a list.
    pub(super) fn parameter_types(&mut self, closure: &Rc<Closure>, site: Site) -> Value {
        let closure = self.unwrapped(closure);
        let function = &self.module(closure.module).functions[closure.function.index()];
        let receiver = usize::from(function.kind == (FunctionKind::Method { receiver_parameter: true }));
        let at = self.signature_frame(&closure);
        let annotations: Vec<Option<ExprId>> = function.parameters.iter().skip(receiver).map(|parameter| parameter.annotation).collect();
        let types = annotations.into_iter().map(|annotation| annotation.map_or(Value::Undefined, |annotation| self.eval(at, annotation))).collect();
        self.list(types, false, Some(site))
    }

    /// One variable of the environment for each field that has a note under `key`.
    pub(super) fn noted_variables(&mut self, model: &EffectModel, key: Symbol, call: &Invocation, site: Site) {
        let Some(value) = self.role(model, Role::Source, call, site) else { return };
        let prefix = self.role(model, Role::Prefix, call, site).and_then(|prefix| prefix.constant_text()).unwrap_or_else(|| "".into());
        for value in value.alternatives().to_vec() {
            let class = match &value {
                Value::Object(id) => match &self.object(*id).kind {
                    ObjectKind::Instance(class) => class.clone(),
                    _ => continue,
                },
                Value::Class(class) => class.clone(),
                _ => continue,
            };
            self.variables_of(&class, key, &prefix, &value, 0, site);
        }
    }

    fn variables_of(&mut self, class: &Rc<ClassValue>, key: Symbol, prefix: &str, value: &Value, depth: u32, site: Site) {
        if depth > MAX_DEPTH {
            return;
        }
        let at = At { module: class.module, frame: class.frame };
        for field in self.noted_fields(class) {
            let tag = |engine: &Self, wanted: &str| field.tags.iter().find(|(k, _)| &*engine.name(*k) == wanted).map(|(_, v)| v.clone());
            let named = field.tags.iter().find(|(k, _)| *k == key).map(|(_, v)| v.clone());
            let name = named.as_deref().and_then(|note| note.split(',').next()).filter(|name| !name.is_empty() && *name != "-");
            if let Some(name) = name {
                let whole = format!("{prefix}{name}");
                self.record_variable(&whole, site);
                let variable = Value::Unknown(Source::Environment(self.symbol(&whole)).into());
                let default = ["envDefault", "default"].iter().find_map(|name| tag(self, name)).map(|text| Value::text(text.to_string()));
                if let Value::Object(id) = value {
                    let known = default.map_or(variable.clone(), |default| variable.or(default));
                    self.object_mut(*id).fields.insert(field.name, known);
                }
                continue;
            }
            let inner = tag(self, "envPrefix").map_or_else(|| prefix.to_owned(), |more| format!("{prefix}{more}"));
            let held = match value {
                Value::Object(id) => self.object(*id).fields.get(&field.name).cloned().unwrap_or_default(),
                _ => Value::Undefined,
            };
            if let Some(Value::Class(class)) = field.annotation.map(|annotation| self.eval(at, annotation)) {
                self.variables_of(&class, key, &inner, &held, depth + 1, site);
            }
        }
    }
}
