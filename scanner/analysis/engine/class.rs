//! Classes and their instances.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{At, Engine, MAX_CALL_DEPTH, ObjectId, ObjectKind, Site};
use crate::analysis::value::{Api, Arguments, CallRecord, ClassValue, Closure, Segment, Source, Value};
use crate::program::{ClassId, FunctionId, FunctionKind, Key, MemberKind, Symbol};

/// Finds the members of a class by name.
pub(crate) type MemberTable = FxHashMap<Symbol, Vec<u32>>;

/// Base classes followed from one class.
const MAX_BASES: u32 = 32;

impl Engine<'_> {
    pub(crate) fn define_class(&mut self, at: At, id: ClassId, site: Site) -> Value {
        if let Some(class) = self.classes_made.get(&(at.module, id, at.frame)) {
            return Value::Class(class.clone());
        }
        if let Some(copied) = self.inlined_class(at.module, id) {
            return Value::Api(copied);
        }
        let class = &self.module(at.module).classes[id.index()];
        if let Some(target) = class.augments {
            return self.augment(at, id, target, site);
        }
        let bases = class.bases.iter().map(|base| self.base_class(at, *base)).collect();
        let statics = self.new_object(ObjectKind::Plain, Some(site));
        let value = Rc::new(ClassValue { module: at.module, class: id, frame: at.frame, bases, statics });
        self.classes_made.insert((at.module, id, at.frame), value.clone());
        for (index, member) in class.members.iter().enumerate() {
            match &member.kind {
                MemberKind::Method(function) | MemberKind::Getter(function) | MemberKind::Setter(function) => {
                    self.homes.insert((at.module, *function), value.clone());
                    if !member.decorators.is_empty() {
                        self.decorate_member(at, &value, index, *function, site);
                    }
                    if let Some(slot) = member.slot {
                        let closure = self.closure(at, *function, None);
                        self.frames[at.frame.0 as usize].slots[slot as usize] = closure;
                    }
                }
                // Fields of the class itself: statics, and every field of a class body that runs once (Python).
                MemberKind::Field { value: Some(field), .. } if member.is_static || member.slot.is_some() => {
                    let held = self.eval(at, *field);
                    if let Some(slot) = member.slot {
                        self.frames[at.frame.0 as usize].slots[slot as usize] = held.clone();
                    }
                    let name = match &member.key {
                        Key::Name(name) => Some(*name),
                        Key::Computed(key) => self.eval(at, *key).constant_text().map(|text| self.symbol(&text)),
                    };
                    if let Some(name) = name {
                        self.object_mut(statics).fields.insert(name, held);
                    }
                }
                MemberKind::Initializer(block) => {
                    self.block(at, block);
                }
                MemberKind::Field { .. } => {}
            }
        }
        self.class_defined(&value, at, site);
        Value::Class(value)
    }

    /// Adds members and bases to a class that stands elsewhere.
    fn augment(&mut self, at: At, id: ClassId, target: crate::program::ExprId, site: Site) -> Value {
        let target = self.eval(at, target);
        for target in target.alternatives() {
            let Value::Class(target) = target else { continue };
            self.augment_class(at, id, target, site);
        }
        target
    }

    fn augment_class(&mut self, at: At, id: ClassId, target: &Rc<ClassValue>, site: Site) {
        let class = &self.module(at.module).classes[id.index()];
        let bases: Vec<Value> = class.bases.iter().map(|base| self.base_class(at, *base)).collect();
        let more = Rc::new(ClassValue { module: at.module, class: id, frame: at.frame, bases, statics: target.statics });
        for (index, member) in class.members.iter().enumerate() {
            let Key::Name(name) = &member.key else { continue };
            let value = match &member.kind {
                MemberKind::Method(function) | MemberKind::Getter(function) | MemberKind::Setter(function) => {
                    self.homes.insert((at.module, *function), target.clone());
                    self.closure(at, *function, None)
                }
                MemberKind::Field { value: Some(value), .. } => self.eval(at, *value),
                _ => continue,
            };
            let fields = &mut self.object_mut(target.statics).fields;
            // The same name from several traits: which one is meant is not told apart.
            let known = fields.get(name).cloned();
            fields.insert(*name, known.map_or(value.clone(), |known| known.or(value)));
            if let (MemberKind::Method(function), false) = (&member.kind, member.decorators.is_empty()) {
                self.decorate_member(at, &more, index, *function, site);
            }
        }
        let inherited: Vec<Rc<ClassValue>> =
            more.bases.iter().flat_map(Value::alternatives).filter_map(|b| if let Value::Class(c) = b { Some(c.clone()) } else { None }).collect();
        let inherited: Vec<Rc<ClassValue>> = inherited.iter().flat_map(|base| self.lineage(base)).collect();
        for base in inherited {
            for member in &self.module(base.module).classes[base.class.index()].members {
                if let (Key::Name(name), MemberKind::Method(function)) = (&member.key, &member.kind)
                    && !self.object(target.statics).fields.contains_key(name)
                {
                    let closure = Closure { module: base.module, function: *function, frame: Some(base.frame), this: None, bound: Vec::new() };
                    self.object_mut(target.statics).fields.insert(*name, Value::Function(Rc::new(closure)));
                }
            }
        }
        let apis = more.bases.iter().flat_map(Value::alternatives).filter_map(|b| if let Value::Api(api) = b { api.node } else { None }).collect();
        self.extended(target, apis, at, site);
    }

    /// `Base`, or `Base[T]` without its type arguments.
    fn base_class(&mut self, at: At, base: crate::program::ExprId) -> Value {
        match &self.module(at.module).exprs[base.index()] {
            crate::program::Expr::Index { object, .. } => {
                let object = *object;
                self.eval(at, object)
            }
            _ => self.eval(at, base),
        }
    }

    /// Runs the decorators of a method: they may register it.
    fn decorate_member(&mut self, at: At, class: &Rc<ClassValue>, index: usize, function: FunctionId, site: Site) {
        let member = &self.module(at.module).classes[class.class.index()].members[index];
        let original = self.closure(at, function, None);
        let mut value = original.clone();
        for decorator in member.decorators.iter().rev() {
            let place = Site { module: at.module, expr: *decorator };
            let decorator = self.eval(at, *decorator);
            value = self.decorate(&decorator, value, place);
        }
        if !crate::analysis::value::same(&value, &original)
            && let Key::Name(name) = &member.key
        {
            self.object_mut(class.statics).fields.insert(*name, value);
        }
        let _ = site;
    }

    fn table(&mut self, class: &ClassValue) -> Rc<MemberTable> {
        if let Some(table) = self.class_members.get(&(class.module, class.class)) {
            return table.clone();
        }
        let mut table = MemberTable::default();
        for (i, member) in self.module(class.module).classes[class.class.index()].members.iter().enumerate() {
            if let Key::Name(name) = &member.key
                && !matches!(member.kind, MemberKind::Initializer(_))
            {
                table.entry(*name).or_default().push(i as u32);
            }
        }
        let table = Rc::new(table);
        self.class_members.insert((class.module, class.class), table.clone());
        table
    }

    /// The class and its program-defined base classes, most derived first.
    pub(crate) fn lineage(&self, class: &Rc<ClassValue>) -> Vec<Rc<ClassValue>> {
        let mut all: Vec<Rc<ClassValue>> = vec![class.clone()];
        let mut next = 0;
        while next < all.len() && all.len() < MAX_BASES as usize {
            let bases: Vec<_> = all[next]
                .bases
                .iter()
                .flat_map(|b| b.alternatives())
                .filter_map(|b| if let Value::Class(c) = b { Some(c.clone()) } else { None })
                .collect();
            for base in bases {
                if !all.iter().any(|c| Rc::ptr_eq(c, &base)) {
                    all.push(base);
                }
            }
            next += 1;
        }
        all
    }

    /// The library classes that the class extends, directly or not.
    pub(crate) fn library_bases(&self, class: &Rc<ClassValue>) -> Vec<Rc<Api>> {
        let lineage = self.lineage(class);
        lineage
            .iter()
            .flat_map(|c| c.bases.iter())
            .flat_map(|b| b.alternatives())
            .filter_map(|b| if let Value::Api(api) = b { Some(api.clone()) } else { None })
            .collect()
    }

    /// A member of an instance that its class defines.
    pub(crate) fn instance_member(&mut self, class: &Rc<ClassValue>, this: ObjectId, name: Symbol, site: Site) -> Option<Value> {
        for class in self.lineage(class) {
            // A decorated method stands among the statics as what the decorators made of it.
            if let Some(value) = self.object(class.statics).fields.get(&name).cloned() {
                return Some(match value {
                    Value::Function(closure) if self.takes_receiver(&closure) => {
                        Value::Function(Rc::new(Closure { this: Some(Value::Object(this)), ..(*closure).clone() }))
                    }
                    other => {
                        if matches!(other, Value::Bool(_) | Value::Null | Value::Number(_)) {
                            self.volatile += 1;
                        }
                        other
                    }
                });
            }
            if let Some(value) = self.own_member(&class, Some(Value::Object(this)), name, site) {
                return Some(value);
            }
        }
        None
    }

    fn takes_receiver(&self, closure: &Closure) -> bool {
        closure.this.is_none() && matches!(self.module(closure.module).functions[closure.function.index()].kind, FunctionKind::Method { .. })
    }

    /// A method or getter that this very class defines.
    fn own_member(&mut self, class: &Rc<ClassValue>, this: Option<Value>, name: Symbol, site: Site) -> Option<Value> {
        let table = self.table(class);
        for &index in table.get(&name)? {
            let member = &self.module(class.module).classes[class.class.index()].members[index as usize];
            let closure = |function: FunctionId, this: Option<Value>| Closure {
                module: class.module,
                function,
                frame: Some(class.frame),
                this,
                bound: Vec::new(),
            };
            match &member.kind {
                MemberKind::Method(function) => {
                    let class_value = || Value::Class(class.clone());
                    let this = if member.is_static { Some(class_value()) } else { this.clone() };
                    return Some(Value::Function(Rc::new(closure(*function, this))));
                }
                MemberKind::Getter(function) => {
                    let getter = Rc::new(closure(*function, this.clone()));
                    return Some(self.call_function(&getter, Arguments::default(), this, site));
                }
                _ => {}
            }
        }
        None
    }

    /// A member of the class itself.
    pub(crate) fn class_member(&mut self, class: &Rc<ClassValue>, name: Symbol, site: Site) -> Option<Value> {
        if name == self.names.name {
            let symbol = self.module(class.module).classes[class.class.index()].name?;
            return Some(Value::text(self.name(symbol)));
        }
        if name == self.names.prototype {
            return Some(Value::Class(class.clone()));
        }
        for class in self.lineage(class) {
            if let Some(value) = self.object(class.statics).fields.get(&name).cloned() {
                return Some(value);
            }
            if let Some(value) = self.own_member(&class, None, name, site) {
                return Some(value);
            }
        }
        for base in self.library_bases(class) {
            let child = self.api_child(&base, Segment::Member(name));
            if child.node.is_some() {
                return Some(self.read_api(child, site));
            }
        }
        None
    }

    /// `new C(…)` / `C(…)`.
    pub(crate) fn instantiate(&mut self, class: &Rc<ClassValue>, arguments: Arguments, site: Site) -> Value {
        let object = self.new_object(ObjectKind::Instance(class.clone()), Some(site));
        let this = Value::Object(object);
        self.first_instances.entry((class.module, class.class)).or_insert(object);
        if self.call_depth >= MAX_CALL_DEPTH {
            return this;
        }
        self.call_depth += 1;
        self.init_fields(class, &this);
        // A trait is nothing that is made.
        let typed = self.ecosystem(class.module).is_typed();
        if let Some(base) = self.library_bases(class).into_iter().next().filter(|_| !typed) {
            // Until `super(…)` says otherwise, the library's part gets the same arguments.
            let instance = self.api_instance(&base, arguments.clone());
            self.object_mut(object).base = Some(instance);
        }
        if !self.construct(class, arguments.clone(), &this, site) {
            // No constructor of its own anywhere: the library's runs, or one that is made from the fields.
            let base = self.library_bases(class).into_iter().next().filter(|_| !typed);
            for (name, value) in &arguments.keywords {
                self.object_mut(object).fields.insert(*name, value.clone());
            }
            if !arguments.positional.is_empty() {
                let fields = self.declared_fields(class);
                for (name, value) in fields.into_iter().zip(&arguments.positional) {
                    self.object_mut(object).fields.insert(name, value.clone());
                }
            }
            if let Some(base) = base {
                self.call_api(&base, arguments, None, site);
            }
        }
        self.call_depth -= 1;
        this
    }

    /// The annotated fields of a class and its bases, in the order in which a constructor made from them takes them.
    fn declared_fields(&self, class: &Rc<ClassValue>) -> Vec<Symbol> {
        let mut all = Vec::new();
        if !self.ecosystem(class.module).traits().fields_construct {
            return all;
        }
        for class in self.lineage(class).into_iter().rev() {
            for member in &self.module(class.module).classes[class.class.index()].members {
                let annotated = |annotation: &Option<_>| annotation.is_some() || self.ecosystem(class.module).traits().fields_have_types;
                if let (MemberKind::Field { annotation, .. }, Key::Name(name)) = (&member.kind, &member.key)
                    && annotated(annotation)
                    && !all.contains(name)
                {
                    all.push(*name);
                }
            }
        }
        all
    }

    /// The result of constructing a library class, without the effects of doing so.
    pub(crate) fn api_instance(&mut self, class: &Rc<Api>, arguments: Arguments) -> Rc<Api> {
        let node = class.node.and_then(|node| self.models.child(node, crate::analysis::model::Edge::Call));
        let record = Rc::new(CallRecord { this: Value::Undefined, arguments });
        self.new_api(Some(class.clone()), Segment::Call, node, Some(record))
    }

    /// Field initialisers of the class and its bases, bases first.
    fn init_fields(&mut self, class: &Rc<ClassValue>, this: &Value) {
        let Value::Object(object) = *this else { return };
        for class in self.lineage(class).into_iter().rev() {
            let members = &self.module(class.module).classes[class.class.index()].members;
            if !members.iter().any(|m| matches!(m.kind, MemberKind::Field { value: Some(_), .. }) && !m.is_static && m.slot.is_none()) {
                continue;
            }
            // `this` in an initialiser is the instance: a frame of its own between the class and the expression.
            let frame = class.frame;
            let outer = self.frames[frame.0 as usize].this.replace(this.clone());
            for member in members {
                let MemberKind::Field { value: Some(value), .. } = &member.kind else { continue };
                if member.is_static || member.slot.is_some() {
                    continue;
                }
                let at = At { module: class.module, frame };
                let value = self.eval(at, *value);
                if let Key::Name(name) = &member.key {
                    self.object_mut(object).fields.insert(*name, value);
                }
            }
            self.frames[frame.0 as usize].this = outer;
        }
    }

    /// Runs the constructor of the class or its nearest base that has one; false when none has.
    fn construct(&mut self, class: &Rc<ClassValue>, arguments: Arguments, this: &Value, site: Site) -> bool {
        for class in self.lineage(class) {
            let table = self.table(&class);
            for name in [self.names.constructor, self.names.init] {
                for &index in table.get(&name).into_iter().flatten() {
                    let MemberKind::Method(function) = self.module(class.module).classes[class.class.index()].members[index as usize].kind else {
                        continue;
                    };
                    let closure =
                        Rc::new(Closure { module: class.module, function, frame: Some(class.frame), this: Some(this.clone()), bound: Vec::new() });
                    self.call_function(&closure, arguments, Some(this.clone()), site);
                    return true;
                }
            }
        }
        false
    }

    /// The class of the running method.
    fn home(&self, at: At) -> Option<Rc<ClassValue>> {
        let mut frame = Some(at.frame);
        while let Some(id) = frame {
            let here = &self.frames[id.0 as usize];
            if here.home.is_some() {
                return here.home.clone();
            }
            frame = here.parent;
        }
        None
    }

    fn receiver(&self, at: At) -> Option<Value> {
        let mut frame = Some(at.frame);
        while let Some(id) = frame {
            let here = &self.frames[id.0 as usize];
            if here.this.is_some() {
                return here.this.clone();
            }
            frame = here.parent;
        }
        None
    }

    pub(crate) fn super_value(&mut self, at: At) -> Value {
        self.receiver(at).unwrap_or(Value::UNKNOWN)
    }

    /// `super.name`.
    pub(crate) fn super_member(&mut self, at: At, name: Symbol, site: Site) -> Value {
        let (Some(home), this) = (self.home(at), self.receiver(at)) else { return Value::UNKNOWN };
        let names = [name, if name == self.names.constructor { self.names.init } else { name }];
        for class in self.lineage(&home).into_iter().skip(1) {
            for name in names {
                if let Some(value) = self.own_member(&class, this.clone(), name, site) {
                    return value;
                }
            }
        }
        if let Some(base) = self.library_bases(&home).into_iter().next() {
            if name == self.names.init || name == self.names.constructor {
                return Value::Api(base);
            }
            let instance = match &this {
                Some(Value::Object(id)) => self.object(*id).base.clone(),
                _ => None,
            };
            let instance = instance.unwrap_or_else(|| self.api_instance(&base, Arguments::default()));
            let child = self.api_child(&instance, Segment::Member(name));
            return self.read_api(child, site);
        }
        Value::UNKNOWN
    }

    /// `super(…)`: the base's constructor on the same receiver.
    pub(crate) fn super_call(&mut self, at: At, arguments: Arguments, site: Site) -> Value {
        let (Some(home), Some(this)) = (self.home(at), self.receiver(at)) else { return Value::Undefined };
        let bases: Vec<Value> = home.bases.iter().flat_map(|b| b.alternatives().to_vec()).collect();
        for base in bases {
            match base {
                Value::Class(class) => {
                    self.construct(&class, arguments.clone(), &this, site);
                }
                Value::Api(api) => {
                    let made = self.api_instance(&api, arguments.clone());
                    if let Value::Object(id) = &this {
                        self.object_mut(*id).base = Some(made);
                    }
                    self.call_api(&api, arguments.clone(), Some(this.clone()), site);
                }
                _ => {}
            }
        }
        Value::Undefined
    }

    /// One instance that stands for every instance of the class: what a method works on when nobody is seen calling it.
    pub(crate) fn summary_instance(&mut self, class: &Rc<ClassValue>, site: Site) -> Value {
        let key = (class.module, class.class, class.frame);
        if self.ecosystem(class.module).is_typed()
            && let Some(&made) = self.first_instances.get(&(class.module, class.class))
        {
            return Value::Object(made);
        }
        if let Some(value) = self.summaries.get(&key) {
            return value.clone();
        }
        // An instance that the program makes itself knows more than one made of unknown arguments.
        if let Some(&made) = self.first_instances.get(&(class.module, class.class)) {
            return Value::Object(made);
        }
        self.summaries.insert(key, Value::UNKNOWN);
        let value = self.instantiate(class, Self::unknown_arguments(Source::Parameter.into()), site);
        // The first that the program makes itself comes instead of it.
        if self.ecosystem(class.module).is_typed() {
            self.first_instances.remove(&(class.module, class.class));
        }
        self.summaries.insert(key, value.clone());
        value
    }

    pub(crate) fn home_of(&self, closure: &Closure) -> Option<Rc<ClassValue>> {
        self.homes.get(&(closure.module, closure.function)).cloned()
    }
}
