//! What types tell of values that are chosen elsewhere, in languages whose compilers hold values to their annotations.
//!
//! A value of unknown origin that is annotated with a class of the program has the methods of that class, and its fields are
//! as unknown as it is: `request.path` of a request that a client sends is the client's choice.

use std::rc::Rc;

use super::operator::compare;
use super::{At, Engine, ObjectId, ObjectKind, Site};
use crate::analysis::model::Edge;
use crate::analysis::value::{Arguments, ClassValue, Origin, Segment, Source, Value, union};
use crate::program::{Expr, ExprId, Key, MemberKind, Symbol};

/// Type arguments in type arguments that are looked at.
const MAX_DEPTH: u32 = 8;

/// What an annotation names.
enum Named {
    Class(Rc<ClassValue>),
    Library(Rc<crate::analysis::value::Api>),
    List(Box<Named>),
}

impl Engine<'_> {
    /// The value, with those alternatives of which nothing is known taken for what the annotation says.
    pub(crate) fn typed(&mut self, at: At, annotation: ExprId, value: Value) -> Value {
        let pairs = |engine: &Self, v: &Value| matches!(v, Value::Object(id) if matches!(engine.object(*id).kind, ObjectKind::List));
        if value.alternatives().iter().any(|v| pairs(self, v))
            && matches!(&self.module(at.module).exprs[annotation.index()], Expr::Global(name) if &*self.name(*name) == "dict")
        {
            let site = Site { module: at.module, expr: annotation };
            let all = value.alternatives().to_vec();
            return union(all.into_iter().map(|v| if pairs(self, &v) { self.object_of_pairs(&v, site) } else { v }).collect::<Vec<_>>());
        }
        if !value.alternatives().iter().any(|v| matches!(v, Value::Unknown(_))) {
            return value;
        }
        let Some(named) = self.named(at, annotation, 0) else { return value };
        let site = Site { module: at.module, expr: annotation };
        let all: Vec<Value> = value
            .alternatives()
            .to_vec()
            .into_iter()
            .map(|v| match v {
                Value::Unknown(origin) => self.of_type(&named, origin, site).unwrap_or(v),
                other => other,
            })
            .collect();
        union(all)
    }

    fn of_type(&mut self, named: &Named, origin: Origin, site: Site) -> Option<Value> {
        match named {
            Named::Class(class) if self.is_enumeration(class) => None,
            Named::Class(class) => Some(match origin.source {
                Source::Unknown | Source::Parameter => self.summary_instance(class, site),
                _ => Value::Object(self.unknown_instance(class, origin, site)),
            }),
            Named::Library(api) if matches!(origin.source, Source::Unknown | Source::Parameter | Source::Library) => {
                Some(Value::Api(self.api_instance(api, Arguments::default())))
            }
            Named::Library(_) => None,
            Named::List(inner) => {
                let element = self.of_type(inner, origin, site)?;
                let list = self.list(Vec::new(), true, Some(site));
                if let Value::Object(id) = &list {
                    self.object_mut(*id).rest = element;
                }
                Some(list)
            }
        }
    }

    /// The instance of a class of which only is known who chooses it.
    pub(crate) fn unknown_instance(&mut self, class: &Rc<ClassValue>, origin: Origin, site: Site) -> ObjectId {
        let key = (class.module, class.class, class.frame, origin);
        if let Some(&known) = self.unknown_instances.get(&key) {
            return known;
        }
        let id = self.new_object(ObjectKind::Instance(class.clone()), Some(site));
        self.object_mut(id).rest = Value::Unknown(origin);
        self.unknown_instances.insert(key, id);
        id
    }

    fn named(&mut self, at: At, annotation: ExprId, depth: u32) -> Option<Named> {
        if depth > MAX_DEPTH {
            return None;
        }
        let module = self.module(at.module);
        match &module.exprs[annotation.index()] {
            Expr::Index { object, index } => {
                let first = match &module.exprs[index.index()] {
                    Expr::List(items) => items.first().map(|item| item.value),
                    _ => Some(*index),
                };
                if let Expr::Global(name) = &module.exprs[object.index()] {
                    match &*self.name(*name) {
                        "Annotated" | "Optional" => return self.named(at, first?, depth + 1),
                        "list" => return Some(Named::List(Box::new(self.named(at, first?, depth + 1)?))),
                        _ => {}
                    }
                }
                let object = *object;
                match self.eval(at, object) {
                    Value::Api(api) if self.is_extractor(&api) => self.named(at, first?, depth + 1),
                    value => self.class_of(&value),
                }
            }
            Expr::Global(name) if matches!(&*self.name(*name), "str" | "int" | "float" | "bool" | "dict" | "list" | "any") => None,
            _ => {
                let value = self.eval(at, annotation);
                self.class_of(&value)
            }
        }
    }

    fn class_of(&self, value: &Value) -> Option<Named> {
        value.alternatives().iter().find_map(|v| match v {
            Value::Class(class) => Some(Named::Class(class.clone())),
            Value::Api(api) if matches!(api.root(), Segment::Module(_)) => {
                let made = self.models.child(api.node?, Edge::Call)?;
                self.models.has_members(made).then(|| Named::Library(api.clone()))
            }
            _ => None,
        })
    }

    /// An unknown value as an instance of a class of the program.
    pub(crate) fn as_instance(&mut self, value: &Value, class: &Value, site: Site) -> Value {
        let Value::Unknown(origin) = value else { return value.clone() };
        let made: Vec<Value> = class
            .alternatives()
            .iter()
            .filter_map(|class| if let Value::Class(class) = class { Some(class.clone()) } else { None })
            .map(|class| Value::Object(self.unknown_instance(&class, *origin, site)))
            .collect();
        if made.is_empty() { value.clone() } else { union(made) }
    }

    /// An SDK hands over all arguments of a tool in it, as the type that is its argument.
    pub(crate) fn is_extractor(&self, api: &crate::analysis::value::Api) -> bool {
        api.node.is_some_and(|node| self.models.entry(node).extractor)
    }

    /// The type of all arguments, when a parameter takes them in one.
    pub(crate) fn extracted(&mut self, at: At, annotation: Option<ExprId>) -> Option<ExprId> {
        let module = self.module(at.module);
        let mut annotation = annotation?;
        for _ in 0..MAX_DEPTH {
            let Expr::Index { object, index } = &module.exprs[annotation.index()] else { return None };
            let first = match &module.exprs[index.index()] {
                Expr::List(items) => items.first()?.value,
                _ => *index,
            };
            match &module.exprs[object.index()] {
                Expr::Global(name) if matches!(&*self.name(*name), "Annotated" | "Optional") => annotation = first,
                _ => {
                    let object = *object;
                    return match self.eval(at, object) {
                        Value::Api(api) if self.is_extractor(&api) => Some(first),
                        _ => None,
                    };
                }
            }
        }
        None
    }

    /// Whether the values of a class are those of its variants.
    pub(crate) fn is_enumeration(&self, class: &ClassValue) -> bool {
        let keywords = &self.module(class.module).classes[class.class.index()].keywords;
        keywords.iter().any(|(name, _)| &*self.name(*name) == "enum")
    }

    /// A declared field of an instance that nothing was seen to set.
    pub(crate) fn declared_field(&mut self, id: ObjectId, name: Symbol) -> Option<Value> {
        let ObjectKind::Instance(class) = &self.object(id).kind else { return None };
        let class = class.clone();
        if !self.ecosystem(class.module).is_typed() {
            return None;
        }
        let rest = self.object(id).rest.clone();
        for class in self.lineage(&class) {
            let members = &self.module(class.module).classes[class.class.index()].members;
            let found =
                members.iter().find(|m| matches!(m.kind, MemberKind::Field { .. }) && !m.is_static && matches!(&m.key, Key::Name(n) if *n == name));
            let Some(member) = found else { continue };
            let MemberKind::Field { annotation: Some(annotation), .. } = &member.kind else { return None };
            let outside = member.alias.unwrap_or(name);
            let value = match rest {
                // What is flattened has the whole of it.
                Value::Unknown(origin) if &*self.name(outside) == ".." => Value::Unknown(origin),
                Value::Unknown(origin) => Value::Unknown(self.part_of(origin, outside)),
                _ => Value::UNKNOWN,
            };
            let at = At { module: class.module, frame: class.frame };
            return Some(self.typed(at, *annotation, value));
        }
        None
    }

    /// Whether a value is an instance of a class or the value that a name stands for.
    pub(crate) fn instance_of(&mut self, value: &Value, of: &Value) -> Option<bool> {
        let mut verdict = None;
        for value in value.alternatives() {
            for of in of.alternatives() {
                let one = match of {
                    Value::Class(_) => self.is_instance(value, of),
                    Value::Object(id) => match &self.object(*id).kind {
                        ObjectKind::Instance(class) => {
                            let class = Value::Class(class.clone());
                            self.is_instance(value, &class)
                        }
                        _ => None,
                    },
                    _ => compare(value, of),
                }?;
                if *verdict.get_or_insert(one) != one {
                    return None;
                }
            }
        }
        verdict
    }

    /// An instance whose fields come from the command line and the environment, as its attributes say.
    pub(crate) fn settings_of(&mut self, class: &Rc<ClassValue>, site: Site, depth: u32) -> Value {
        let id = self.new_object(ObjectKind::Instance(class.clone()), Some(site));
        self.object_mut(id).rest = Value::Unknown(Source::Config.into());
        if depth > MAX_DEPTH {
            return Value::Object(id);
        }
        let [env, from, default, default_t, plain_default, flatten, subcommand] =
            ["env", "from", "default_value", "default_value_t", "default", "flatten", "subcommand"].map(|name| self.symbol(name));
        let members = &self.module(class.module).classes[class.class.index()].members;
        let at = At { module: class.module, frame: class.frame };
        for member in members {
            let Key::Name(name) = &member.key else { continue };
            if member.is_static {
                // The variants of an enumeration of subcommands.
                if let Some(Value::Class(variant)) = self.object(class.statics).fields.get(name).cloned() {
                    self.settings_of(&variant, site, depth + 1);
                }
                continue;
            }
            let MemberKind::Field { annotation: Some(annotation), .. } = &member.kind else { continue };
            let mut parts = vec![Value::Unknown(Source::Config.into())];
            let mut nested = depth > 0 && name_is_number(&self.name(*name));
            for decorator in &member.decorators {
                let Expr::Call(call) = &self.module(class.module).exprs[decorator.index()] else { continue };
                let place = Site { module: class.module, expr: *decorator };
                let arguments = self.arguments(at, &call.arguments, place);
                let given = |key: Symbol| arguments.keywords.iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone());
                nested |= given(flatten).is_some() || given(subcommand).is_some();
                match given(env).or_else(|| given(from)) {
                    Some(Value::Bool(true)) => {
                        let variable = self.name(*name).to_uppercase();
                        self.record_variable(&variable, place);
                        parts.push(Value::Unknown(Source::Environment(self.symbol(&variable)).into()));
                    }
                    Some(value) => {
                        if let Some(variable) = value.constant_text() {
                            self.record_variable(&variable, place);
                            parts.push(Value::Unknown(Source::Environment(self.symbol(&variable)).into()));
                        }
                    }
                    None => {}
                }
                parts.extend([default, default_t, plain_default].into_iter().filter_map(given).filter(|value| !matches!(value, Value::Bool(true))));
            }
            if nested && let Some(Named::Class(inner)) = self.named(at, *annotation, 0) {
                let value = self.settings_of(&inner, site, depth + 1);
                if !self.is_enumeration(&inner) {
                    parts = vec![value];
                }
            }
            self.object_mut(id).fields.insert(*name, union(parts));
        }
        Value::Object(id)
    }

    /// The elements of a list whose field may be a value.
    pub(crate) fn matching(&mut self, list: &Value, field: &Value, wanted: &Value, site: Site) -> Vec<Value> {
        let Some(field) = field.constant_text().map(|field| self.symbol(&field)) else { return Vec::new() };
        let (items, _) = self.iterate(list, site);
        let mut found = Vec::new();
        for item in items {
            let held = self.read_member(&item, field, site);
            if compare(&held, wanted) != Some(false) {
                found.push(item);
            }
        }
        found
    }
}

fn name_is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}
