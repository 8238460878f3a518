//! Members, elements, and writing to them.

use std::rc::Rc;

use super::operator::join;
use super::{At, Engine, Kind, MAX_ITEMS, Object, ObjectId, ObjectKind, Site};
use crate::analysis::documentation;
use crate::analysis::marks::Marks;
use crate::analysis::model::{Edge, NodeId};
use crate::analysis::value::{Api, Origin, Segment, Source, Value, union};
use crate::program::{Ecosystem, Expr, ExprId, Symbol};

impl Engine<'_> {
    /// `value.name`.
    pub(crate) fn read_member(&mut self, value: &Value, name: Symbol, site: Site) -> Value {
        if let Value::Union(all) = value {
            let all = all.clone();
            return union(all.iter().filter(|v| !v.is_absent()).map(|v| self.read_member(v, name, site)).collect::<Vec<_>>());
        }
        if let (Value::Unknown(Origin { source: Source::Argument(argument), .. }), Some(default)) = (value, self.defaults.get(&name))
            && *argument == self.names.empty
        {
            return Value::Unknown(self.argument(name)).or(default.clone());
        }
        if let Some(known) = self.known_member(value, name, site) {
            return known;
        }
        if let Some(described) = self.described_member(value, name, site) {
            return described;
        }
        if let Value::Object(id) = value
            && let Some(declared) = self.declared_field(*id, name)
        {
            return declared;
        }
        match value {
            Value::Unknown(origin) => Value::Unknown(self.part_of(*origin, name)),
            Value::Object(id) => {
                let object = self.object(*id);
                if !matches!(object.rest, Value::Undefined) {
                    match object.rest.clone() {
                        rest @ Value::Unknown(_) => self.read_member(&rest, name, site),
                        rest => join(rest, Value::UNKNOWN),
                    }
                } else if object.open {
                    Value::UNKNOWN
                } else if matches!(object.kind, ObjectKind::Plain) {
                    Value::Undefined
                } else {
                    Value::UNKNOWN
                }
            }
            Value::Undefined | Value::Null => Value::Undefined,
            Value::Text(text) if name == self.names.length => match text.constant() {
                Some(text) => Value::Number(text.encode_utf16().count() as f64),
                None => Value::UNKNOWN,
            },
            Value::Text(text) => match text.constant() {
                Some(_) => Value::UNKNOWN,
                None => Value::Unknown(text.holes().next().unwrap_or(Origin::UNKNOWN)),
            },
            _ => Value::UNKNOWN,
        }
    }

    /// The origin of a part of something: of all arguments, the one of that name.
    pub(super) fn part_of(&self, origin: Origin, name: Symbol) -> Origin {
        match origin.source {
            Source::Argument(whole) if whole == self.names.empty => self.argument(name).marked(origin.marks),
            // Of a request the part that is named last: what is known of one says nothing of another.
            Source::Request(_) => Origin { source: Source::Request(name), ..origin },
            _ => origin,
        }
    }

    /// The same for a member that a model says is data of a request.
    pub(super) fn part_of_request(&self, origin: Origin, name: Symbol) -> Origin {
        match origin.source {
            Source::Request(whole) if whole == self.names.empty => Origin { source: Source::Request(name), ..origin },
            _ => origin,
        }
    }

    /// An argument of the tool that runs, with what its schema demands of it.
    pub(super) fn argument(&self, name: Symbol) -> Origin {
        Origin { source: Source::Argument(name), marks: self.demands.get(&name).copied().unwrap_or_default() }
    }

    /// A member that models describe for values of this kind (`.value` of an enumeration's member).
    fn described_member(&mut self, value: &Value, name: Symbol, site: Site) -> Option<Value> {
        let kind = self.kind_of(value);
        if kind == Kind::Any {
            return None;
        }
        let node = self.kind_node(self.ecosystem(site.module), kind)?;
        let node = self.models.child(node, Edge::Member(name))?;
        let model = self.models.entry(node).value.as_ref()?;
        let call = super::Invocation { this: Some(value.clone()), ..super::Invocation::default() };
        Some(self.value_of(model, &call, site))
    }

    /// The member, when the value itself (and not a model of its kind) says what it is.
    pub(crate) fn known_member(&mut self, value: &Value, name: Symbol, site: Site) -> Option<Value> {
        match value {
            Value::Object(id) => self.object_member(*id, name, site),
            Value::Class(class) => {
                let class = class.clone();
                self.class_member(&class, name, site)
            }
            Value::Module(_) => self.module_export(value, name).or_else(|| {
                let Value::Module(id) = value else { return None };
                if name == self.names.python_name {
                    let path = &self.module(*id).path;
                    let path = path.strip_suffix("/__init__.py").or(path.strip_suffix(".py")).unwrap_or(path);
                    return Some(Value::text(path.replace('/', ".")));
                }
                let id = self.program.submodule(*id, name)?;
                self.run_module(id);
                Some(Value::Module(id))
            }),
            Value::Api(api) => {
                if self.ecosystem(site.module).traits().plain_structs
                    && let Some(given) = self.given_field(api, name)
                {
                    return Some(given);
                }
                let child = self.api_child(api, Segment::Member(name));
                Some(self.read_api(child, site))
            }
            Value::Function(closure) if name == self.names.types => Some(self.parameter_types(&closure.clone(), site)),
            Value::Function(closure) if name == self.names.summary => {
                let closure = self.unwrapped(closure);
                let doc = self.module(closure.module).functions[closure.function.index()].doc.clone()?;
                Some(Value::text(documentation::split(&doc).0))
            }
            Value::Function(closure) if [self.names.name, self.names.python_name, self.names.doc, self.names.python_doc].contains(&name) => {
                let closure = self.unwrapped(closure);
                let function = &self.module(closure.module).functions[closure.function.index()];
                if name == self.names.name || name == self.names.python_name {
                    function.name.map(|n| Value::text(self.name(n)))
                } else {
                    function.doc.clone().map(Value::text)
                }
            }
            _ => None,
        }
    }

    /// A field of a library's struct: as it was given when it was made, or written later.
    pub(super) fn given_field(&self, api: &Api, name: Symbol) -> Option<Value> {
        let given = api.call.as_ref().and_then(|call| call.arguments.keywords.iter().find(|(k, _)| *k == name)).map(|(_, v)| v.clone());
        match (given, self.written.get(&(api.id, name)).cloned()) {
            (Some(given), Some(written)) => Some(join(given, written)),
            (given, written) => given.or(written),
        }
    }

    pub(super) fn was_written(&self, api: u32, name: Symbol) -> bool {
        self.written.contains_key(&(api, name))
    }

    fn object_member(&mut self, id: ObjectId, name: Symbol, site: Site) -> Option<Value> {
        let object = self.object(id);
        if let Some(value) = object.fields.get(&name) {
            let value = value.clone();
            if matches!(object.kind, ObjectKind::Instance(_)) && matches!(value, Value::Bool(_) | Value::Null | Value::Undefined | Value::Number(_)) {
                self.volatile += 1;
            }
            return Some(value);
        }
        match &object.kind {
            ObjectKind::List if name == self.names.length => (!object.open && !object.doubtful).then_some(Value::Number(object.items.len() as f64)),
            ObjectKind::Instance(class) => {
                let class = class.clone();
                let base = object.base.clone();
                if name == self.names.constructor || name == self.names.class {
                    return Some(Value::Class(class));
                }
                if let Some(value) = self.instance_member(&class, id, name, site) {
                    return Some(value);
                }
                if let Some(base) = base {
                    let child = self.api_child(&base, Segment::Member(name));
                    child.node?;
                    return Some(self.read_api(child, site));
                }
                self.delegated_member(&class, id, name, site)
            }
            _ => None,
        }
    }

    /// A library value that is read: records what reading it does.
    pub(crate) fn read_api(&mut self, api: Rc<Api>, site: Site) -> Value {
        let Some(node) = api.node else { return Value::Api(api) };
        let entry = self.models.entry(node);
        if !entry.on_get {
            return Value::Api(api);
        }
        self.apply_get(&api, node, site)
    }

    /// `value[index]`.
    pub(crate) fn read_index(&mut self, value: &Value, index: &Value, site: Site) -> Value {
        // `Base[T]`: a class with type arguments is the class.
        if matches!(value, Value::Class(_)) && !matches!(index, Value::Text(_) | Value::Number(_)) {
            return value.clone();
        }
        // A function with type arguments is the function.
        if matches!(value, Value::Function(_)) && matches!(index, Value::Class(_) | Value::Function(_) | Value::Api(_)) {
            return value.clone();
        }
        let mut all = Vec::new();
        for index in index.alternatives() {
            let part = match index {
                Value::Number(n) if *n >= 0.0 => {
                    let item = self.read_item(value, *n as usize, site);
                    self.first_passed(value, item)
                }
                _ => match index.constant_text() {
                    Some(name) => {
                        let name = self.symbol(&name);
                        self.read_member(value, name, site)
                    }
                    None => self.element_at(value, index, site),
                },
            };
            all.push(part);
        }
        union(all)
    }

    fn read_item(&mut self, value: &Value, index: usize, site: Site) -> Value {
        let parts: Vec<Value> = value
            .alternatives()
            .iter()
            .map(|value| match value {
                Value::Object(id) => {
                    let object = self.object(*id);
                    match object.items.get(index) {
                        Some(item) => item.clone(),
                        None if object.open => join(object.rest.clone(), Value::UNKNOWN),
                        // What a wrapper holds that was never seen is the value itself.
                        None if matches!(object.kind, ObjectKind::Instance(_)) && matches!(object.rest, Value::Unknown(_)) => {
                            let (id, name) = (*id, self.symbol(&index.to_string()));
                            self.declared_field(id, name).unwrap_or_else(|| value.clone())
                        }
                        None => {
                            let name = self.symbol(&index.to_string());
                            self.object(*id).fields.get(&name).cloned().unwrap_or(Value::Undefined)
                        }
                    }
                }
                Value::Unknown(origin) => Value::Unknown(*origin),
                other => self.element_of(other, site),
            })
            .collect();
        union(parts)
    }

    /// Some element under a key that is not known.
    fn element_at(&mut self, value: &Value, index: &Value, site: Site) -> Value {
        if let Value::Api(api) = value {
            let any = api.node.and_then(|node| self.models.child(node, Edge::Any));
            if let Some(node) = any
                && self.models.entry(node).on_get
            {
                // A member of the environment whose name is chosen elsewhere.
                return self.apply_get_named(api, node, index, site);
            }
            // A method whose name is chosen elsewhere does what methods of any name do.
            if any.and_then(|node| self.models.child(node, Edge::Call)).is_some_and(|method| self.models.entry(method).known) {
                return Value::Api(self.api_child(api, Segment::Member(self.names.empty)));
            }
            return Value::Unknown(Source::Library.into());
        }
        if let Value::Union(all) = value
            && all.iter().any(|value| matches!(value, Value::Api(_)))
        {
            return union(all.clone().iter().map(|value| self.element_at(value, index, site)).collect::<Vec<_>>());
        }
        let element = self.element_of(value, site);
        match value {
            // Under a key that is not known there may be nothing.
            Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::Plain) => element.or(Value::Undefined),
            _ => element,
        }
    }

    /// Any element or field of the value.
    pub(crate) fn element_of(&mut self, value: &Value, site: Site) -> Value {
        let mut all = Vec::new();
        for value in value.alternatives() {
            match value {
                Value::Object(id) => {
                    let object = self.object(*id);
                    let open = object.open || matches!(object.kind, ObjectKind::Instance(_));
                    all.extend(object.items.iter().cloned());
                    all.extend(object.fields.values().cloned());
                    if !matches!(object.rest, Value::Undefined) {
                        all.push(object.rest.clone());
                    }
                    if open && all.is_empty() {
                        all.push(Value::UNKNOWN);
                    }
                }
                Value::Unknown(origin) => all.push(Value::Unknown(*origin)),
                Value::Text(text) => all.push(Value::Unknown(text.holes().next().unwrap_or(Origin::UNKNOWN))),
                Value::Module(_) => all.extend(self.module_exports(value).into_iter().map(|(_, v)| v)),
                Value::Api(api) => {
                    self.read_whole(api, site);
                    all.push(Value::Unknown(Source::Library.into()));
                }
                Value::Undefined | Value::Null => {}
                _ => all.push(Value::UNKNOWN),
            }
        }
        self.copy(all.len());
        if all.is_empty() { Value::UNKNOWN } else { union(all) }
    }

    /// The elements that a loop over `value` meets, and what else it may meet.
    pub(crate) fn iterate(&mut self, value: &Value, site: Site) -> (Vec<Value>, Option<Value>) {
        let (mut items, mut unknown) = (Vec::new(), None);
        for value in value.alternatives() {
            match value {
                Value::Object(id) => {
                    let object = self.object(*id);
                    match object.kind {
                        ObjectKind::List => {
                            let left = MAX_ITEMS.saturating_sub(items.len());
                            items.extend(object.items.iter().take(left).cloned());
                            if object.open {
                                unknown = Some(join(object.rest.clone(), Value::UNKNOWN));
                            }
                        }
                        // Iterating over a dictionary yields its keys; a Map yields pairs, which `entries` models.
                        ObjectKind::Plain if object.items.is_empty() => {
                            items.extend(object.fields.keys().filter(|k| **k != self.names.es_module).map(|k| Value::text(self.name(*k))));
                            if object.open {
                                unknown = Some(Value::UNKNOWN);
                            }
                        }
                        ObjectKind::Plain => items.extend(object.items.iter().cloned()),
                        ObjectKind::Instance(_) => unknown = Some(Value::UNKNOWN),
                    }
                }
                Value::Undefined | Value::Null => {}
                other => unknown = Some(self.element_of(other, site)),
            }
        }
        items.truncate(MAX_ITEMS);
        self.copy(items.len());
        (items, unknown)
    }

    /// The keys of an object.
    pub(crate) fn keys_of(&mut self, value: &Value, site: Site) -> (Vec<Value>, Option<Value>) {
        let (mut items, mut unknown) = (Vec::new(), None);
        for value in value.alternatives() {
            match value {
                Value::Object(id) => {
                    let object = self.object(*id);
                    items.extend(object.fields.keys().map(|k| Value::text(self.name(*k))));
                    items.extend((0..object.items.len()).map(|i| Value::Number(i as f64)));
                    if object.open {
                        unknown = Some(Value::UNKNOWN);
                    }
                }
                Value::Module(_) => items.extend(self.module_exports(value).into_iter().map(|(name, _)| Value::text(self.name(name)))),
                Value::Undefined | Value::Null => {}
                Value::Api(api) => {
                    self.read_whole(api, site);
                    unknown = Some(Value::Unknown(Source::Library.into()));
                }
                Value::Unknown(origin) => unknown = Some(Value::Unknown(origin.marked(Marks::KEY))),
                _ => unknown = Some(Value::UNKNOWN),
            }
        }
        (items, unknown)
    }

    /// Assignment to `x.y` or `x[i]`.
    pub(crate) fn write_place(&mut self, at: At, place: ExprId, value: Value) {
        let value = self.certified(value);
        match &self.module(at.module).exprs[place.index()] {
            Expr::Member { object, property } => {
                let target = self.eval(at, *object);
                // `socket.onmessage = function`: the library calls it.
                if target.alternatives().iter().any(|t| matches!(t, Value::Api(_))) {
                    let site = Site { module: at.module, expr: place };
                    self.escape_all(&crate::analysis::value::Arguments::of(vec![value.clone()]), site);
                }
                let name = Value::text(self.name(*property));
                self.note_assignment(&target, &name, &value, Site { module: at.module, expr: place });
                self.write_member(&target, *property, value);
            }
            Expr::Index { object, index } => {
                let target = self.eval(at, *object);
                let index = self.eval(at, *index);
                self.note_assignment(&target, &index, &value, Site { module: at.module, expr: place });
                self.write_index(&target, &index, value);
            }
            _ => {}
        }
    }

    pub(crate) fn write_member(&mut self, target: &Value, name: Symbol, value: Value) {
        for target in target.alternatives() {
            let id = match target {
                Value::Object(id) => *id,
                Value::Class(class) => class.statics,
                Value::Api(api) if api.call.is_some() && self.written.len() < MAX_ITEMS => {
                    let old = self.written.remove(&(api.id, name)).unwrap_or_default();
                    self.written.insert((api.id, name), join(old, value.clone()));
                    continue;
                }
                // A method of a type whose values are no objects.
                Value::Function(_) if matches!(value, Value::Function(_)) => {
                    let all = self.extensions.entry(name).or_default();
                    if all.len() < 16 {
                        all.push(value.clone());
                    }
                    continue;
                }
                Value::Module(_) | Value::Api(_) | Value::Function(_) => continue,
                _ => continue,
            };
            let uncertain = self.uncertain;
            self.hold(2);
            let object = self.object_mut(id);
            if object.fields.len() >= MAX_ITEMS && !object.fields.contains_key(&name) {
                object.open = true;
                continue;
            }
            let weak = uncertain > object.uncertain || matches!(object.kind, ObjectKind::Instance(_));
            match object.fields.get_mut(&name) {
                Some(old) if weak => *old = join(std::mem::take(old), value.clone()),
                Some(old) => *old = value.clone(),
                None => {
                    object.doubtful |= weak;
                    object.fields.insert(name, value.clone());
                }
            }
        }
    }

    pub(crate) fn write_index(&mut self, target: &Value, index: &Value, value: Value) {
        for index in index.alternatives() {
            if let Some(text) = index.constant_text() {
                let name = self.symbol(&text);
                self.write_member(target, name, value.clone());
                continue;
            }
            for target in target.alternatives() {
                let Value::Object(id) = target else { continue };
                let object: &mut Object = self.object_mut(*id);
                match index {
                    Value::Number(n) if *n >= 0.0 && (*n as usize) < object.items.len() => object.items[*n as usize] = value.clone(),
                    Value::Number(n) if *n as usize == object.items.len() && object.items.len() < MAX_ITEMS => object.items.push(value.clone()),
                    _ => {
                        object.open = true;
                        let old = std::mem::take(&mut object.rest);
                        object.rest = join(old, value.clone());
                    }
                }
            }
        }
    }

    /// The node under which models describe the methods of a value of this kind.
    pub(crate) fn kind_node(&self, ecosystem: Ecosystem, kind: Kind) -> Option<NodeId> {
        self.kinds.get(&(ecosystem, kind)).copied().flatten()
    }

    pub(crate) fn kind_of(&self, value: &Value) -> Kind {
        match value {
            Value::Text(_) | Value::Regex(..) => Kind::Text,
            Value::Number(_) => Kind::Number,
            Value::Function(_) | Value::Class(_) => Kind::Function,
            Value::Object(id) => match self.object(*id).kind {
                ObjectKind::List => Kind::List,
                _ => Kind::Object,
            },
            _ => Kind::Any,
        }
    }
}
