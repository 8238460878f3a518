//! Expressions.

use std::rc::Rc;

use super::{At, Engine, MAX_DEPTH, MAX_ITEMS, ObjectKind, Site};
use crate::analysis::marks::Marks;
use crate::analysis::value::{Arguments, Closure, Origin, Source, Text, Value, concat, same, union};
use crate::program::{Argument, Binary, Element, Entry, Expr, ExprId, FunctionKind, Key, Logical, Part, PatternId, Spread, Symbol, Unary, Variable};

impl Engine<'_> {
    pub(crate) fn eval(&mut self, at: At, id: ExprId) -> Value {
        if self.depth >= MAX_DEPTH || !self.step() {
            return Value::UNKNOWN;
        }
        self.depth += 1;
        let value = self.eval_here(at, id);
        self.depth -= 1;
        self.put_together(&value, Site { module: at.module, expr: id });
        value
    }

    fn eval_here(&mut self, at: At, id: ExprId) -> Value {
        let module = self.module(at.module);
        let site = Site { module: at.module, expr: id };
        match &module.exprs[id.index()] {
            Expr::Unknown => Value::UNKNOWN,
            Expr::Undefined => Value::Undefined,
            Expr::Null => Value::Null,
            Expr::Bool(b) => Value::Bool(*b),
            Expr::Number(n) => Value::Number(*n),
            Expr::Str(text) => Value::text(text.clone()),
            Expr::Regex(text, flags) => Value::Regex(text.clone(), flags.clone()),
            Expr::Template(parts) => self.template(at, parts),
            Expr::Variable(variable) => self.read_variable(at, *variable),
            Expr::Global(name) => self.read_global(at, *name, site),
            Expr::This => self.frames[at.frame.0 as usize].this.clone().unwrap_or(Value::UNKNOWN),
            Expr::Super => self.super_value(at),
            Expr::Member { object, property } => {
                if matches!(module.exprs[object.index()], Expr::Super) {
                    return self.super_member(at, *property, site);
                }
                let object = self.eval(at, *object);
                self.read_member(&object, *property, site)
            }
            Expr::Index { object, index } => {
                let object = self.eval(at, *object);
                let index = self.eval(at, *index);
                self.read_index(&object, &index, site)
            }
            Expr::Slice { object } => self.slice(at, *object),
            Expr::Call(call) => match self.request_schema(at.module, call) {
                Some(schema) => schema,
                None => self.eval_call(at, call, site),
            },
            Expr::Function(function) => {
                let arrow = module.functions[function.index()].kind == FunctionKind::Arrow;
                let this = if arrow { self.frames[at.frame.0 as usize].this.clone() } else { None };
                self.closure(at, *function, this)
            }
            Expr::Class(class) => self.define_class(at, *class, site),
            Expr::Decorated { decorators, inner } => {
                let mut value = self.eval(at, *inner);
                let decorators: Vec<Value> = decorators.iter().map(|d| self.eval(at, *d)).collect();
                for (decorator, expr) in decorators.iter().zip(decorators_of(module, id)).rev() {
                    value = self.decorate(decorator, value, Site { module: at.module, expr });
                }
                value
            }
            Expr::Object(entries) => self.object_literal(at, entries, site),
            Expr::List(elements) => self.list_literal(at, elements, site),
            Expr::Results(parts) => {
                let parts = parts.iter().map(|part| self.eval(at, *part)).collect();
                self.results(parts, site)
            }
            Expr::Binary { op, left, right } => self.binary(at, *op, *left, *right, site),
            Expr::Unary { op, operand } => self.unary(at, *op, *operand),
            Expr::Logical { op, left, right } => self.logical(at, *op, *left, *right),
            Expr::Conditional { test, then, otherwise } => {
                let (truth, condition) = self.condition(at, *test);
                match truth {
                    Some(true) => self.eval(at, *then),
                    Some(false) => self.eval(at, *otherwise),
                    None => {
                        self.uncertain += 1;
                        let before = self.assume(&condition, true);
                        let a = self.eval(at, *then);
                        let way = self.take_way(before);
                        self.assume(&condition, false);
                        let b = self.eval(at, *otherwise);
                        let other = self.way();
                        self.meet(way, other);
                        self.uncertain -= 1;
                        a.or(b)
                    }
                }
            }
            Expr::Assign { target, op, value } => {
                let value = match op {
                    None => {
                        let (expr, value) = (*value, self.eval(at, *value));
                        if self.uncertain > 0 && matches!(value, Value::Bool(_)) { self.says_what_holds(at, expr, value) } else { value }
                    }
                    Some(op) => {
                        let old = self.read_pattern(at, *target);
                        let new = self.eval(at, *value);
                        self.operate(*op, &old, &new, site)
                    }
                };
                self.bind(at, *target, value.clone());
                value
            }
            Expr::AssignLogical { target, op, value } => {
                let old = self.read_pattern(at, *target);
                self.uncertain += 1;
                let new = self.eval(at, *value);
                let value = match op {
                    Logical::And => new,
                    _ if old.is_absent() => new,
                    _ => old.or(new),
                };
                self.bind(at, *target, value.clone());
                self.uncertain -= 1;
                value
            }
            Expr::Await(inner) => self.eval(at, *inner),
            Expr::Yield(inner) => {
                if let Some(inner) = inner {
                    let value = self.eval(at, *inner);
                    let context = self.context();
                    if context.yielded.len() < MAX_ITEMS {
                        context.yielded.push(value);
                    }
                }
                Value::UNKNOWN
            }
            Expr::Sequence(all) => {
                let mut last = Value::Undefined;
                for expr in all {
                    last = self.eval(at, *expr);
                }
                last
            }
            Expr::Import(import) => {
                let target = self.program.target(at.module, *import);
                self.import(at.module, target)
            }
            Expr::ImportDynamic(specifier) => {
                let specifier = self.eval(at, *specifier);
                self.import_dynamic(&specifier, site)
            }
            Expr::Typed { value, annotation } => {
                let value = self.eval(at, *value);
                self.typed(at, *annotation, value)
            }
            Expr::Comprehension(comprehension) => {
                let mut items = Vec::new();
                let list = self.new_object(if comprehension.key.is_some() { ObjectKind::Plain } else { ObjectKind::List }, Some(site));
                let open = self.comprehend(at, comprehension, 0, &mut |engine, at| {
                    let value = engine.eval(at, comprehension.element);
                    let key = comprehension.key.map(|key| engine.eval(at, key));
                    items.push((key, value));
                });
                for (key, value) in items {
                    match key {
                        Some(key) => self.write_index(&Value::Object(list), &key, value),
                        None => self.object_mut(list).items.push(value),
                    }
                }
                self.object_mut(list).items.truncate(MAX_ITEMS);
                self.object_mut(list).open = open;
                Value::Object(list)
            }
        }
    }

    /// The truth of a condition, where it is decided. What other code may have changed decides nothing.
    pub(crate) fn test(&mut self, at: At, id: ExprId) -> Option<bool> {
        self.condition(at, id).0
    }

    /// The same, with the value itself: it may say something of other values.
    pub(crate) fn condition(&mut self, at: At, id: ExprId) -> (Option<bool>, Value) {
        let before = self.volatile;
        let value = self.eval(at, id);
        let truth = if self.volatile != before { None } else { self.truth(at, &value) };
        (truth, value)
    }

    /// The truth of a value in the language of the module: an object is always true in one and may be false in another.
    fn truth(&self, at: At, value: &Value) -> Option<bool> {
        let always = self.ecosystem(at.module) == crate::program::Ecosystem::JavaScript;
        match value {
            Value::Object(id) if always || matches!(self.object(*id).kind, ObjectKind::Instance(_)) => Some(true),
            Value::Union(all) => {
                let first = self.truth(at, &all[0])?;
                all[1..].iter().all(|v| self.truth(at, v) == Some(first)).then_some(first)
            }
            other => other.truth(),
        }
    }

    fn template(&mut self, at: At, parts: &[Part]) -> Value {
        let values: Vec<Value> = parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Value::text(text.clone()),
                Part::Value(expr) => self.eval(at, *expr),
            })
            .collect();
        let whole = self.join_texts(&values);
        if whole.alternatives().iter().any(|v| matches!(v, Value::Text(text) if text.pieces.len() > 1)) {
            for (part, value) in parts.iter().zip(&values) {
                if let Part::Value(expr) = part {
                    self.put_in(&whole, value, Site { module: at.module, expr: *expr });
                }
            }
        }
        whole
    }

    /// The texts one after the other.
    pub(crate) fn join_texts(&mut self, values: &[Value]) -> Value {
        self.hold_text(concat(values))
    }

    fn read_variable(&mut self, at: At, variable: Variable) -> Value {
        let Some(frame) = self.frame_at(at, variable) else { return Value::UNKNOWN };
        let value = self.frames[frame.0 as usize].slots.get(variable.slot as usize).cloned().unwrap_or(Value::UNKNOWN);
        if variable.hops > 0 && matches!(value, Value::Bool(_) | Value::Null | Value::Undefined | Value::Number(_)) {
            self.volatile += 1;
        }
        value
    }

    pub(crate) fn frame_at(&self, at: At, variable: Variable) -> Option<super::FrameId> {
        let mut frame = at.frame;
        for _ in 0..variable.hops {
            frame = self.frames[frame.0 as usize].parent?;
        }
        Some(frame)
    }

    fn read_global(&mut self, at: At, name: Symbol, site: Site) -> Value {
        if name == self.names.undefined {
            return Value::Undefined;
        }
        let ecosystem = self.ecosystem(at.module);
        if ecosystem == crate::program::Ecosystem::JavaScript && (name == self.names.exports || name == self.names.module) {
            let module_object = self.module_object(at.module);
            return if name == self.names.module {
                Value::Object(module_object)
            } else {
                self.object(module_object).fields[&self.names.exports].clone()
            };
        }
        let stars: Vec<_> = self.program.star_exports(at.module).collect();
        // What every module sees without naming it is not what a library happens to be asked for.
        let ambient = ecosystem.is_typed() && self.is_ambient(ecosystem, name);
        for target in stars {
            if ambient && matches!(target, crate::program::Target::External(_)) {
                continue;
            }
            let namespace = self.import(at.module, target);
            if let Some(value) = self.module_export(&namespace, name) {
                return value;
            }
        }
        let api = self.global(ecosystem, name);
        self.read_api(api, site)
    }

    /// Whether models speak of a name that is bound nowhere.
    fn is_ambient(&self, ecosystem: crate::program::Ecosystem, name: Symbol) -> bool {
        let globals = self.models.module(ecosystem, self.names.globals);
        globals.is_some_and(|globals| self.models.child(globals, crate::analysis::model::Edge::Member(name)).is_some())
    }

    /// `module` of a CommonJS module: an object whose `exports` is an object.
    pub(crate) fn module_object(&mut self, module: crate::program::ModuleId) -> super::ObjectId {
        if let Some(&object) = self.module_objects.get(&module) {
            return object;
        }
        let exports = self.new_object(ObjectKind::Plain, None);
        let object = self.new_object(ObjectKind::Plain, None);
        let name = self.names.exports;
        self.object_mut(object).fields.insert(name, Value::Object(exports));
        self.module_objects.insert(module, object);
        object
    }

    fn slice(&mut self, at: At, object: ExprId) -> Value {
        let object = self.eval(at, object);
        let parts: Vec<Value> = object
            .alternatives()
            .iter()
            .map(|value| match value {
                Value::Text(text) => Value::Unknown(sliced(text.holes().next().unwrap_or(Origin::UNKNOWN))),
                Value::Unknown(origin) => Value::Unknown(sliced(*origin)),
                other => other.clone(),
            })
            .collect();
        union(parts)
    }

    fn object_literal(&mut self, at: At, entries: &[Entry], site: Site) -> Value {
        let id = self.new_object(ObjectKind::Plain, Some(site));
        for entry in entries {
            match entry {
                Entry::Field { key, value } => {
                    let value = self.eval(at, *value);
                    match key {
                        Key::Name(name) => {
                            self.object_mut(id).fields.insert(*name, value);
                        }
                        Key::Computed(key) => {
                            let key = self.eval(at, *key);
                            self.write_index(&Value::Object(id), &key, value);
                        }
                    }
                }
                Entry::Spread(value) => {
                    let value = self.eval(at, *value);
                    self.spread_into(id, &value, site);
                }
            }
        }
        Value::Object(id)
    }

    /// Copies the fields of `value` into an object.
    pub(crate) fn spread_into(&mut self, id: super::ObjectId, value: &Value, site: Site) {
        for value in value.alternatives() {
            match value {
                Value::Object(from) => {
                    let from = self.object(*from);
                    let (fields, items, rest, open) = (from.fields.clone(), from.items.clone(), from.rest.clone(), from.open);
                    self.hold(2 * fields.len() + items.len());
                    let object = self.object_mut(id);
                    for (key, value) in fields {
                        if object.fields.len() < MAX_ITEMS {
                            object.fields.insert(key, value);
                        }
                    }
                    object.items.extend(items);
                    object.items.truncate(MAX_ITEMS);
                    object.open |= open;
                    let old = std::mem::take(&mut object.rest);
                    object.rest = join(old, rest);
                }
                Value::Module(_) => {
                    for (name, value) in self.module_exports(value) {
                        self.object_mut(id).fields.insert(name, value);
                    }
                }
                Value::Undefined | Value::Null | Value::Bool(_) => {}
                other => {
                    if let Value::Api(api) = other {
                        self.read_whole(api, site);
                    }
                    let element = self.element_of(other, site);
                    let object = self.object_mut(id);
                    object.open = true;
                    let old = std::mem::take(&mut object.rest);
                    object.rest = join(old, element);
                }
            }
        }
    }

    fn list_literal(&mut self, at: At, elements: &[Element], site: Site) -> Value {
        let mut items = Vec::with_capacity(elements.len());
        let mut open = false;
        for element in elements {
            let value = self.eval(at, element.value);
            if element.spread {
                let (more, unknown) = self.iterate(&value, site);
                items.extend(more);
                open |= unknown.is_some();
                items.extend(unknown);
            } else {
                items.push(value);
            }
        }
        self.list(items, open, Some(site))
    }

    /// Several results of one function.
    pub(crate) fn results(&mut self, parts: Vec<Value>, site: Site) -> Value {
        let list = self.list(parts, false, Some(site));
        if let Value::Object(id) = list {
            self.object_mut(id).results = true;
        }
        list
    }

    /// The parts of several results, when a value is that.
    pub(crate) fn parts_of(&self, value: &Value) -> Option<Vec<Value>> {
        match value {
            Value::Object(id) if self.object(*id).results => Some(self.object(*id).items.clone()),
            _ => None,
        }
    }

    fn binary(&mut self, at: At, op: Binary, left: ExprId, right: ExprId, site: Site) -> Value {
        // Chains like `a + b + c + …` lean to the left: walked in a loop, not by recursion.
        let mut chain = vec![(right, site)];
        let mut first = left;
        let module = self.module(at.module);
        while let Expr::Binary { op: inner, left, right } = &module.exprs[first.index()] {
            if *inner != op {
                break;
            }
            chain.push((*right, Site { module: at.module, expr: first }));
            first = *left;
        }
        let mut value = self.eval(at, first);
        for (right, site) in chain.into_iter().rev() {
            let right = self.eval(at, right);
            value = self.operate(op, &value, &right, site);
        }
        value
    }

    /// The result of a binary operator.
    pub(crate) fn operate(&mut self, op: Binary, left: &Value, right: &Value, site: Site) -> Value {
        match op {
            // Two library objects: what an operator of the library makes of them is one of them again.
            Binary::Add if self.ecosystem(site.module).is_typed() && matches!((left, right), (Value::Api(_), Value::Api(_))) => left.clone(),
            Binary::Add => self.add(left, right),
            Binary::Modulo if left.alternatives().iter().any(|v| matches!(v, Value::Text(_))) => self.percent(left, right),
            Binary::Divide => self.divide(left, right),
            Binary::Subtract | Binary::Multiply | Binary::Modulo | Binary::BitXor => match (left, right) {
                (Value::Number(a), Value::Number(b)) => Value::Number(match op {
                    Binary::Subtract => a - b,
                    // Characters are hidden by it one by one; larger numbers are not letters.
                    Binary::BitXor => f64::from(*a as u32 ^ *b as u32),
                    Binary::Multiply => a * b,
                    _ => a % b,
                }),
                (Value::Number(n), repeated) | (repeated, Value::Number(n)) if op == Binary::Multiply => {
                    self.note_repetition(repeated, *n, site);
                    Value::UNKNOWN
                }
                (Value::Unknown(origin), repeated @ (Value::Text(_) | Value::Object(_)))
                | (repeated @ (Value::Text(_) | Value::Object(_)), Value::Unknown(origin))
                    if op == Binary::Multiply =>
                {
                    self.note_chosen_repetition(repeated, *origin, site);
                    Value::UNKNOWN
                }
                _ => Value::UNKNOWN,
            },
            Binary::Equal | Binary::NotEqual => {
                self.note_check(left, right, op == Binary::NotEqual);
                self.note_check(right, left, op == Binary::NotEqual);
                let equal = compare(left, right).map_or(Value::UNKNOWN, Value::Bool);
                let equal = self.equality(left, right, equal, site);
                if op == Binary::Equal {
                    equal
                } else {
                    let different = equal.truth().map_or(Value::UNKNOWN, |equal| Value::Bool(!equal));
                    self.negated(&equal, different)
                }
            }
            Binary::Less | Binary::LessEqual | Binary::Greater | Binary::GreaterEqual => match (left, right) {
                (Value::Number(a), Value::Number(b)) => Value::Bool(match op {
                    Binary::Less => a < b,
                    Binary::LessEqual => a <= b,
                    Binary::Greater => a > b,
                    _ => a >= b,
                }),
                _ => Value::UNKNOWN,
            },
            Binary::In | Binary::NotIn => {
                let held = match self.contains(right, left) {
                    Some(known) => Value::Bool(known),
                    None => self.membership(right, left, site),
                };
                if op == Binary::In {
                    held
                } else {
                    let lacks = held.truth().map_or(Value::UNKNOWN, |held| Value::Bool(!held));
                    self.negated(&held, lacks)
                }
            }
            Binary::BitOr => match (left, right) {
                (Value::Object(_), Value::Object(_)) => {
                    let id = self.new_object(ObjectKind::Plain, Some(site));
                    self.spread_into(id, left, site);
                    self.spread_into(id, right, site);
                    Value::Object(id)
                }
                (Value::Api(_) | Value::Class(_), Value::Null) => left.clone(),
                (Value::Null, Value::Api(_) | Value::Class(_)) => right.clone(),
                _ => left.clone().or(right.clone()),
            },
            Binary::InstanceOf if self.ecosystem(site.module).is_typed() => self.instance_of(left, right).map_or(Value::UNKNOWN, Value::Bool),
            Binary::InstanceOf => Value::UNKNOWN,
            Binary::Other => Value::UNKNOWN,
        }
    }

    fn add(&mut self, left: &Value, right: &Value) -> Value {
        match (left, right) {
            (Value::Number(a), Value::Number(b)) => Value::Number(a + b),
            (Value::Object(a), Value::Object(b)) => {
                let mut items = self.object(*a).items.clone();
                items.extend(self.object(*b).items.iter().cloned());
                let open = self.object(*a).open || self.object(*b).open;
                self.list(items, open, None)
            }
            (Value::Object(a), other) | (other, Value::Object(a))
                if matches!(self.object(*a).kind, ObjectKind::List) && !matches!(other, Value::Text(_)) =>
            {
                let items = self.object(*a).items.clone();
                self.list(items, true, None)
            }
            // A variable of the environment is a text, so this is no sum.
            (Value::Unknown(a), Value::Unknown(b)) if ![a, b].iter().any(|o| matches!(o.source, Source::Environment(_))) => {
                Value::Unknown(stronger(*a, *b))
            }
            _ => self.hold_text(concat([left, right])),
        }
    }

    fn divide(&mut self, left: &Value, right: &Value) -> Value {
        // A path object divided by a text is the longer path.
        let path = left.alternatives().iter().find_map(|v| if let Value::Api(api) = v { api.meaning.is_some().then(|| api.clone()) } else { None });
        match (path, left, right) {
            (Some(api), ..) => {
                let meaning = self.join_path(&[left.clone(), right.clone()]);
                self.with_meaning(&api, meaning)
            }
            (None, Value::Number(a), Value::Number(b)) => Value::Number(a / b),
            (None, Value::Unknown(origin), _) => Value::Unknown(*origin),
            _ => Value::UNKNOWN,
        }
    }

    /// Whether `collection` holds `value`.
    pub(crate) fn contains(&mut self, collection: &Value, value: &Value) -> Option<bool> {
        let text = value.constant_text()?;
        match collection {
            Value::Object(id) => {
                let object = self.object(*id);
                if matches!(object.kind, ObjectKind::Instance(_)) || object.doubtful {
                    return None;
                }
                let (name, items) = (self.symbol(&text), object.items.len());
                self.copy(items);
                let object = self.object(*id);
                let found = object.fields.contains_key(&name) || object.items.iter().any(|item| same(item, value));
                let closed = !object.open && object.items.iter().all(|i| matches!(i, Value::Text(t) if t.constant().is_some()));
                if found { Some(true) } else { closed.then_some(false) }
            }
            Value::Text(whole) => Some(whole.constant()?.contains(&*text)),
            _ => None,
        }
    }

    fn unary(&mut self, at: At, op: Unary, operand: ExprId) -> Value {
        match op {
            Unary::Not => {
                let mark = self.checks.len();
                let (truth, value) = self.condition(at, operand);
                self.negate_checks(mark);
                let not = truth.map_or(Value::UNKNOWN, |truth| Value::Bool(!truth));
                self.negated(&value, not)
            }
            Unary::Minus => match self.eval(at, operand) {
                Value::Number(n) => Value::Number(-n),
                _ => Value::UNKNOWN,
            },
            Unary::TypeOf => {
                let value = self.eval(at, operand);
                match value {
                    Value::Text(_) => Value::text("string"),
                    Value::Number(_) => Value::text("number"),
                    Value::Function(_) | Value::Class(_) => Value::text("function"),
                    Value::Object(_) => Value::text("object"),
                    _ => Value::UNKNOWN,
                }
            }
            Unary::Delete => Value::UNKNOWN,
            Unary::Other => {
                self.eval(at, operand);
                Value::UNKNOWN
            }
        }
    }

    fn logical(&mut self, at: At, op: Logical, left: ExprId, right: ExprId) -> Value {
        let before = self.volatile;
        let value = self.eval(at, left);
        let truth = if self.volatile == before { self.truth(at, &value) } else { None };
        match (op, truth) {
            (Logical::And, Some(false)) | (Logical::Or, Some(true)) => return value,
            (Logical::And, Some(true)) | (Logical::Or, Some(false)) => return self.eval(at, right),
            (Logical::Coalesce, _) if matches!(value, Value::Text(_) | Value::Number(_) | Value::Object(_) | Value::Function(_)) => return value,
            (Logical::Coalesce, Some(false)) if value.is_absent() => return self.eval(at, right),
            _ => {}
        }
        self.uncertain += 1;
        let way = self.assume(&value, op == Logical::And);
        let other = self.eval(at, right);
        self.take_way(way);
        self.uncertain -= 1;
        let plain = |v: &Value| matches!(v.plain(), Value::Bool(_) | Value::Unknown(Origin { source: Source::Unknown, .. }));
        let says = |v: &Value| v.alternatives().iter().any(|v| matches!(v, Value::Check(_)));
        if (says(&value) || says(&other)) && (plain(&other) || (says(&other) && op != Logical::Coalesce)) {
            match op {
                Logical::And => {
                    self.volatile += 1;
                    return self.both(&value, &other, Value::UNKNOWN);
                }
                Logical::Or => return self.one_of(&value, &other, Value::UNKNOWN),
                Logical::Coalesce => {}
            }
        }
        match op {
            // The left side of `a && b` is the value only when it is false, which is rarely what flows on. As a condition,
            // though, it leaves open what the right side alone would decide.
            Logical::And => {
                if other.truth() != Some(false) {
                    self.volatile += 1;
                }
                other
            }
            _ => union(value.alternatives().iter().filter(|v| v.truth() != Some(false)).cloned().chain([other])),
        }
    }

    fn read_pattern(&mut self, at: At, pattern: PatternId) -> Value {
        match &self.module(at.module).patterns[pattern.index()] {
            crate::program::Pattern::Variable(variable) => {
                let variable = *variable;
                self.read_variable(at, variable)
            }
            crate::program::Pattern::Place(expr) => {
                let expr = *expr;
                self.eval(at, expr)
            }
            _ => Value::UNKNOWN,
        }
    }

    fn import_dynamic(&mut self, specifier: &Value, site: Site) -> Value {
        let mut all = Vec::new();
        for value in specifier.alternatives() {
            match value.constant_text() {
                Some(text) => {
                    let target = self.program.find(self.module(site.module), &text);
                    all.push(self.import(site.module, target));
                }
                None => {
                    all.push(self.import_computed(value, site));
                }
            }
        }
        union(all)
    }

    pub(crate) fn arguments(&mut self, at: At, arguments: &[Argument], site: Site) -> Arguments {
        let mut all = Arguments { positional: Vec::with_capacity(arguments.len()), ..Arguments::default() };
        for argument in arguments {
            let value = self.eval(at, argument.value);
            // `f(g())`: all that `g` returns.
            if let Some(parts) = self.parts_of(&value) {
                all.positional.extend(parts);
                continue;
            }
            match (argument.spread, argument.name) {
                (Spread::No, None) => all.positional.push(value),
                (Spread::No, Some(name)) => all.keywords.push((name, value)),
                (Spread::Items, _) => {
                    let (items, unknown) = self.iterate(&value, site);
                    all.positional.extend(items);
                    if unknown.is_some() {
                        all.more = unknown;
                    }
                }
                (Spread::Entries, _) => match &value {
                    Value::Object(id) => {
                        let object = self.object(*id);
                        let (open, rest) = (object.open, object.rest.clone());
                        all.keywords.extend(object.fields.iter().map(|(k, v)| (*k, v.clone())));
                        if open {
                            all.more_keywords = Some(join(rest, Value::UNKNOWN));
                        }
                    }
                    other => all.more_keywords = Some(self.element_of(other, site)),
                },
            }
        }
        all
    }

    /// Applies a decorator. One that returns nothing we know leaves the function as it is.
    pub(crate) fn decorate(&mut self, decorator: &Value, value: Value, site: Site) -> Value {
        let result = self.call(decorator, Arguments::of(vec![value.clone()]), None, site);
        let callable = |v: &Value| match v {
            Value::Function(_) | Value::Class(_) | Value::Object(_) => true,
            Value::Api(api) => api.node.is_some(),
            _ => false,
        };
        if !result.alternatives().iter().any(callable) {
            return value;
        }
        if let (Value::Function(outer), Value::Function(inner)) = (&result, &value)
            && (outer.module, outer.function) != (inner.module, inner.function)
        {
            self.wrapped.insert((outer.module, outer.function, outer.frame), value.clone());
        }
        result
    }

    /// The function that decorators wrapped, for its name, documentation and parameters.
    pub(crate) fn unwrapped(&self, closure: &Rc<Closure>) -> Rc<Closure> {
        let mut closure = closure.clone();
        for _ in 0..8 {
            match self.wrapped.get(&(closure.module, closure.function, closure.frame)) {
                Some(Value::Function(inner)) => closure = inner.clone(),
                _ => break,
            }
        }
        closure
    }
}

fn decorators_of(module: &crate::program::Module, id: ExprId) -> Vec<ExprId> {
    match &module.exprs[id.index()] {
        Expr::Decorated { decorators, .. } => decorators.to_vec(),
        _ => Vec::new(),
    }
}

/// Whether two values are equal, where that is decided.
pub(crate) fn compare(left: &Value, right: &Value) -> Option<bool> {
    let plain = |v: &Value| match v {
        Value::Text(text) => text.constant().is_some(),
        Value::Number(_) | Value::Bool(_) | Value::Null | Value::Undefined => true,
        _ => false,
    };
    match (left, right) {
        (Value::Union(all), other) | (other, Value::Union(all)) => {
            // Different from every alternative: different. Equal to some: undecided.
            all.iter().all(|v| compare(v, other) == Some(false)).then_some(false)
        }
        (Value::Text(a), Value::Text(b)) if a.constant().is_none() || b.constant().is_none() => differ(a, b).then_some(false),
        (a, b) if plain(a) && plain(b) => Some(same(a, b) || (a.is_absent() && b.is_absent())),
        _ => None,
    }
}

/// Whether texts with holes can never be equal: their constant beginnings disagree.
fn differ(a: &Text, b: &Text) -> bool {
    use crate::analysis::value::Piece;
    match (a.pieces.first(), b.pieces.first()) {
        (Some(Piece::Literal(a)), Some(Piece::Literal(b))) => {
            let n = a.len().min(b.len());
            a.as_bytes()[..n] != b.as_bytes()[..n]
        }
        _ => false,
    }
}

/// `a` or `b`, where "no value" is nobody's alternative.
pub(crate) fn join(a: Value, b: Value) -> Value {
    match (&a, &b) {
        (Value::Undefined, _) => b,
        (_, Value::Undefined) => a,
        _ => a.or(b),
    }
}

/// A few characters of a secret are how it is shown to people.
fn sliced(origin: Origin) -> Origin {
    origin.marked(Marks::PIECE)
}

/// The origin that says more.
fn stronger(a: Origin, b: Origin) -> Origin {
    let weight = |o: Origin| match o.source {
        Source::Argument(_) => 7,
        Source::Request(_) => 6,
        Source::Environment(_) => 5,
        Source::Remote(_) | Source::File(_) => 4,
        Source::Config => 3,
        Source::Parameter => 2,
        Source::Library => 1,
        Source::Unknown => 0,
    };
    let origin = if weight(b) > weight(a) { b } else { a };
    Origin { marks: a.marks.common(b.marks), ..origin }
}
