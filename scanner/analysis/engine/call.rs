//! Calls: to functions of the program, to libraries, to the unknown.

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::guard::hosts_among;
use super::operator::join;
use super::{
    At, CHEAP_STEPS, CHEAP_UNREACHED, CONTEXTS_PER_FUNCTION, CONTEXTS_UNREACHED, Context, ContextId, Engine, Kind, MAX_CALL_DEPTH, MOST_CONTEXTS,
    ObjectKind, Site,
};
use crate::analysis::model::Edge;
use crate::analysis::value::{Arguments, Closure, ObjectId, Origin, Source, Value, union};
use crate::program::{Call, Expr, FunctionKind, ModuleId, ParameterKind, Symbol};

/// Nested objects that are searched for functions when they are handed to unknown code.
const ESCAPE_DEPTH: u32 = 3;

impl Engine<'_> {
    pub(crate) fn eval_call(&mut self, at: At, call: &Call, site: Site) -> Value {
        match &self.module(at.module).exprs[call.callee.index()] {
            Expr::Super => {
                let arguments = self.arguments(at, &call.arguments, site);
                self.super_call(at, arguments, site)
            }
            Expr::Member { object, property } => {
                if matches!(self.module(at.module).exprs[object.index()], Expr::Super) {
                    let function = self.super_member(at, *property, site);
                    let arguments = self.arguments(at, &call.arguments, site);
                    if let (Value::Api(api), true) = (&function, *property == self.names.init) {
                        return self.super_init(at, &api.clone(), arguments, site);
                    }
                    let this = self.super_value(at);
                    return self.call(&function, arguments, Some(this), site);
                }
                let receiver = self.eval(at, *object);
                let arguments = self.arguments(at, &call.arguments, site);
                self.call_method(&receiver, *property, arguments, site)
            }
            Expr::Index { object, index } => {
                let receiver = self.eval(at, *object);
                let index = self.eval(at, *index);
                let arguments = self.arguments(at, &call.arguments, site);
                match index.constant_text() {
                    Some(name) => {
                        let name = self.symbol(&name);
                        self.call_method(&receiver, name, arguments, site)
                    }
                    None => {
                        let function = self.read_index(&receiver, &index, site);
                        self.call(&function, arguments, Some(receiver), site)
                    }
                }
            }
            _ => {
                let function = self.eval(at, call.callee);
                let arguments = self.arguments(at, &call.arguments, site);
                self.call(&function, arguments, None, site)
            }
        }
    }

    fn super_init(&mut self, at: At, base: &Rc<crate::analysis::value::Api>, arguments: Arguments, site: Site) -> Value {
        let made = self.api_instance(base, arguments.clone());
        if let Value::Object(id) = self.super_value(at) {
            self.object_mut(id).base = Some(made);
        }
        self.call_api(base, arguments, None, site);
        Value::Undefined
    }

    /// `receiver.name(…)`.
    pub(crate) fn call_method(&mut self, receiver: &Value, name: Symbol, arguments: Arguments, site: Site) -> Value {
        if let Value::Union(all) = receiver {
            let all = all.clone();
            let mut results: Vec<Value> = all.iter().filter(|v| !v.is_absent()).map(|v| self.call_method(v, name, arguments.clone(), site)).collect();
            if results.iter().any(|v| matches!(v, Value::Check(_))) {
                // What nobody outside chose says nothing when it is tested, for nor against the others.
                results.retain(|v| !matches!(v, Value::Unknown(Origin { source: Source::Unknown, .. })));
            }
            return if results.is_empty() { Value::UNKNOWN } else { union(results) };
        }
        if let Some(function) = self.known_member(receiver, name, site)
            && !function.is_nothing_known()
            && !function.is_absent()
        {
            return self.call(&function, arguments, Some(receiver.clone()), site);
        }
        let ecosystem = self.ecosystem(site.module);
        for kind in [self.kind_of(receiver), Kind::Any] {
            let node =
                self.kind_node(ecosystem, kind).and_then(|n| self.models.child(n, Edge::Member(name))).and_then(|n| self.models.child(n, Edge::Call));
            if let Some(node) = node
                && self.models.entry(node).known
            {
                return self.apply_call(None, node, arguments, Some(receiver.clone()), site);
            }
        }
        if let Some(methods) = self.extensions.get(&name).cloned()
            && self.ecosystem(site.module).traits().plain_structs
            && !matches!(receiver, Value::Module(_) | Value::Class(_))
        {
            let results: Vec<Value> = methods.iter().map(|method| self.call(method, arguments.clone(), Some(receiver.clone()), site)).collect();
            return union(results);
        }
        self.escape_all(&arguments, site);
        match receiver {
            Value::Unknown(origin) => Value::Unknown(self.part_of(*origin, name)),
            Value::Text(text) => Value::Unknown(text.holes().next().unwrap_or(Origin::UNKNOWN)),
            _ => Value::UNKNOWN,
        }
    }

    /// Calls a value.
    pub(crate) fn call(&mut self, callee: &Value, mut arguments: Arguments, this: Option<Value>, site: Site) -> Value {
        match callee {
            Value::Union(all) => {
                let all = all.clone();
                let results: Vec<Value> =
                    all.iter().filter(|v| !v.is_absent()).map(|v| self.call(v, arguments.clone(), this.clone(), site)).collect();
                if results.is_empty() { Value::UNKNOWN } else { union(results) }
            }
            Value::Function(closure) => {
                if !closure.bound.is_empty() {
                    arguments.positional.splice(0..0, closure.bound.iter().cloned());
                }
                self.call_function(&closure.clone(), arguments, this, site)
            }
            Value::Class(class) => self.instantiate(&class.clone(), arguments, site),
            Value::Api(api) => self.call_api(&api.clone(), arguments, this, site),
            Value::Object(id) => match &self.object(*id).kind {
                ObjectKind::Instance(class) => {
                    let (class, name) = (class.clone(), self.names.call);
                    match self.instance_member(&class, *id, name, site) {
                        Some(method) => self.call(&method, arguments, Some(callee.clone()), site),
                        None => {
                            self.escape_all(&arguments, site);
                            Value::UNKNOWN
                        }
                    }
                }
                // An option of a library, laid over what it is applied to.
                ObjectKind::Plain if self.ecosystem(site.module).traits().plain_structs => {
                    let thing = arguments.positional.first().cloned();
                    let list = self.list(vec![callee.clone()], false, None);
                    self.with_options(&[thing, Some(list)], site)
                }
                _ => {
                    self.escape_all(&arguments, site);
                    Value::UNKNOWN
                }
            },
            Value::Unknown(origin) => {
                if !matches!(origin.source, Source::Parameter) {
                    self.hands_over(&arguments, site);
                }
                self.escape_all(&arguments, site);
                Value::Unknown(*origin)
            }
            Value::Module(_) => {
                // A CommonJS module that is a function, seen through `import * as f`.
                let default = self.module_export(callee, self.names.default);
                match default {
                    Some(function) if !matches!(function, Value::Module(_)) => self.call(&function, arguments, this, site),
                    _ => {
                        self.escape_all(&arguments, site);
                        Value::UNKNOWN
                    }
                }
            }
            _ => {
                self.escape_all(&arguments, site);
                Value::UNKNOWN
            }
        }
    }

    /// Runs a function of the program, or remembers what it did with the same arguments.
    pub(crate) fn call_function(&mut self, closure: &Rc<Closure>, arguments: Arguments, this: Option<Value>, site: Site) -> Value {
        let (module, id) = (closure.module, closure.function);
        let function = &self.module(module).functions[id.index()];
        let is_method = matches!(function.kind, FunctionKind::Method { .. });
        let mut this = closure.this.clone().or(this);
        let mut arguments = arguments;
        if is_method
            && this.as_ref().is_none_or(|t| matches!(t, Value::Unknown(_) | Value::Class(_)))
            && let Some(home) = self.home_of(closure)
            && !(home.module == module && self.is_static(&home, id))
        {
            if let (FunctionKind::Method { receiver_parameter: true }, Some(first)) = (function.kind, arguments.positional.first().cloned())
                && matches!(this, Some(Value::Class(_)))
                && matches!(first, Value::Object(_))
            {
                // `Base.method(self, …)`: the receiver is given by hand.
                this = Some(first);
                arguments.positional.remove(0);
            } else {
                this = Some(self.summary_instance(&home, site));
            }
        }
        let (count, steps) = self.context_counts.get(&(module, id)).copied().unwrap_or_default();
        // Predicates are worthless on nothing known; a request handler runs once for each tool.
        let spared = self.predicate || self.call_depth == 0;
        let (contexts, cheap) = if self.unreached { (CONTEXTS_UNREACHED, CHEAP_UNREACHED) } else { (CONTEXTS_PER_FUNCTION, CHEAP_STEPS) };
        if (count >= contexts && steps > cheap && !spared) || count >= MOST_CONTEXTS {
            arguments = Self::unknown_arguments(Source::Parameter.into());
        }
        let hosts = hosts_among(&arguments.positional);
        let key = call_key(closure, &arguments, this.as_ref(), self.way_key(&arguments.positional));
        if let Some(&context) = self.memo.get(&key) {
            self.context().calls.push((context, site));
            if self.contexts[context.0 as usize].done {
                let added = self.contexts[context.0 as usize].exit.clone();
                self.returned(added.as_ref());
            }
            let callee = &self.contexts[context.0 as usize];
            let result = if callee.done { callee.result.clone() } else { join(callee.result.clone(), Value::UNKNOWN) };
            return self.examined(result, &hosts, site);
        }
        if self.call_depth >= MAX_CALL_DEPTH || self.fuel == 0 || self.fuel < self.floor {
            self.out_of_fuel |= self.fuel == 0;
            self.escape_all(&arguments, site);
            return Value::UNKNOWN;
        }
        self.context_counts.entry((module, id)).or_default().0 += 1;
        let fuel = self.fuel;
        let context = ContextId(self.contexts.len() as u32);
        self.hold(10 + arguments.positional.len());
        self.contexts.push(Context { function: Some((module, id)), ..Context::default() });
        self.memo.insert(key, context);
        self.evaluated.entry((module, id)).or_insert(context);
        let caller = std::mem::replace(&mut self.current, context);
        let predicate = std::mem::take(&mut self.predicate);
        let volatile = self.volatile;
        let declaring = std::mem::take(&mut self.declaring);
        self.call_depth += 1;
        let home = if is_method { self.home_of(closure) } else { None };
        let frame = self.new_frame(closure.frame, function.frame_size, this.clone(), home);
        let at = At { module, frame };
        let copied = self.copied.get(&(module, id)).copied().map(|copy| (copy, self.exporting(&arguments)));
        self.bind_parameters(at, closure, arguments, this);
        let outer = self.enter();
        if self.block(at, &function.body) == super::statement::Flow::Next {
            self.way_out();
        }
        if let Some((copy, module_object)) = copied {
            self.stand_in(copy, module_object, context);
        }
        self.contexts[context.0 as usize].exit = self.leave(outer);
        self.call_depth -= 1;
        self.context_counts.entry((module, id)).or_default().1 += fuel - self.fuel;
        self.volatile = volatile;
        self.declaring = declaring;
        self.predicate = predicate;
        self.current = caller;
        self.context().calls.push((context, site));
        let callee = &mut self.contexts[context.0 as usize];
        callee.done = true;
        if function.is_generator {
            let yielded = std::mem::take(&mut callee.yielded);
            let open = yielded.is_empty();
            let result = self.list(yielded, open, Some(site));
            self.contexts[context.0 as usize].result = result;
        }
        let result = self.contexts[context.0 as usize].result.clone();
        self.examined(result, &hosts, site)
    }

    fn is_static(&self, class: &crate::analysis::value::ClassValue, function: crate::program::FunctionId) -> bool {
        use crate::program::MemberKind as M;
        let members = &self.module(class.module).classes[class.class.index()].members;
        members.iter().any(|m| m.is_static && matches!(m.kind, M::Method(f) | M::Getter(f) | M::Setter(f) if f == function))
    }

    fn bind_parameters(&mut self, at: At, closure: &Closure, arguments: Arguments, this: Option<Value>) {
        let function = &self.module(closure.module).functions[closure.function.index()];
        let typed = self.ecosystem(closure.module).is_typed();
        let Arguments { positional, mut keywords, more, more_keywords } = arguments;
        let mut positional = positional.into_iter();
        let mut parameters = function.parameters.iter();
        if function.kind == (FunctionKind::Method { receiver_parameter: true })
            && let Some(receiver) = parameters.next()
        {
            let this = this.unwrap_or(Value::UNKNOWN);
            let this = self.instance_of_annotation(at, receiver.annotation, this);
            self.bind(at, receiver.pattern, this);
        }
        for parameter in parameters {
            let value = match parameter.kind {
                ParameterKind::RestItems => {
                    let items = positional.by_ref().collect();
                    let id = self.list(items, more.is_some(), None);
                    if let (Some(more), Value::Object(id)) = (&more, &id) {
                        self.object_mut(*id).rest = more.clone();
                    }
                    id
                }
                ParameterKind::RestEntries => {
                    let id = self.new_object(ObjectKind::Plain, None);
                    self.object_mut(id).fields.extend(std::mem::take(&mut keywords));
                    if let Some(more) = &more_keywords {
                        self.object_mut(id).open = true;
                        self.object_mut(id).rest = more.clone();
                    }
                    Value::Object(id)
                }
                _ => {
                    let named = parameter.name.and_then(|name| keywords.iter().position(|(k, _)| *k == name));
                    let given = match named {
                        Some(at) => Some(keywords.swap_remove(at).1),
                        None if parameter.kind == ParameterKind::Positional => positional.next(),
                        None => None,
                    };
                    let unknown = || {
                        if parameter.kind == ParameterKind::Positional {
                            more.clone().or_else(|| more_keywords.clone())
                        } else {
                            more_keywords.clone()
                        }
                    };
                    // An argument of a tool may be left out: then the default of the handler's parameter is used.
                    let optional = self.call_depth <= 1 && matches!(given, Some(Value::Unknown(Origin { source: Source::Argument(_), .. })));
                    match given {
                        Some(value) if optional && parameter.default.is_some() => match parameter.default.map(|d| self.eval(at, d)) {
                            Some(default) if default.constant_text().is_some_and(|text| super::bound::is_place(&text)) => value.or(default),
                            _ => value,
                        },
                        Some(value) if !matches!(value, Value::Undefined) => value,
                        _ => match (unknown(), parameter.default) {
                            (Some(unknown), default) => {
                                let unknown = self.instance_of_annotation(at, parameter.annotation, unknown);
                                match default {
                                    Some(default) => {
                                        let default = self.eval(at, default);
                                        join(unknown, default)
                                    }
                                    None => unknown,
                                }
                            }
                            (None, Some(default)) => self.eval(at, default),
                            (None, None) => Value::Undefined,
                        },
                    }
                }
            };
            let value = self.typed_arguments(at, parameter.annotation, value);
            let value = match parameter.annotation {
                Some(annotation) if typed => self.typed(at, annotation, value),
                _ => value,
            };
            self.bind(at, parameter.pattern, value);
        }
    }

    /// An unknown argument of a declared class is taken for an instance of it.
    pub(crate) fn instance_of_annotation(&mut self, at: At, annotation: Option<crate::program::ExprId>, unknown: Value) -> Value {
        let Some(annotation) = annotation else { return unknown };
        if !matches!(unknown, Value::Unknown(Origin { source: Source::Parameter | Source::Unknown, .. })) {
            return unknown;
        }
        let site = Site { module: at.module, expr: annotation };
        // `Context[A, B]` is a `Context`; `list[A]`, `Annotated[A, …]` are no classes of their own.
        let (expr, applied) = match &self.module(at.module).exprs[annotation.index()] {
            Expr::Index { object, .. } => (*object, true),
            _ => (annotation, false),
        };
        let class = self.eval(at, expr);
        for class in class.alternatives() {
            if applied && !self.is_injected(class) {
                continue;
            }
            match class {
                // One of several variants, and nothing tells which.
                Value::Class(class) if self.is_enumeration(class) => {}
                Value::Class(class) => return self.summary_instance(&class.clone(), site),
                Value::Api(api) if api.node.is_some() && matches!(api.root(), crate::analysis::value::Segment::Module(_)) => {
                    let instance = self.api_instance(api, Arguments::default());
                    if instance.node.is_some() {
                        return Value::Api(instance);
                    }
                }
                _ => {}
            }
        }
        unknown
    }

    /// Whether an SDK passes instances of this class to a handler, beside the tool's arguments.
    pub(crate) fn is_injected(&self, class: &Value) -> bool {
        matches!(class, Value::Api(api) if api.node.is_some_and(|node| self.models.entry(node).injected))
    }

    /// The instance an SDK passes for a parameter that it injects.
    pub(crate) fn injected(&mut self, at: At, annotation: Option<crate::program::ExprId>) -> Option<Value> {
        let mut expr = annotation?;
        if let Expr::Index { object, .. } = &self.module(at.module).exprs[expr.index()] {
            expr = *object;
        }
        let class = self.eval(at, expr);
        // `Context | None`
        let class = class.alternatives().iter().find(|c| self.is_injected(c))?;
        let Value::Api(api) = class else { return None };
        Some(Value::Api(self.api_instance(&api.clone(), Arguments::default())))
    }

    /// Functions handed to code we do not see are called by it, with arguments we do not know.
    pub(crate) fn escape_all(&mut self, arguments: &Arguments, site: Site) {
        let mut seen = FxHashMap::default();
        for value in arguments.positional.iter().chain(arguments.keywords.iter().map(|(_, v)| v)) {
            self.escape(value, site, ESCAPE_DEPTH, &mut seen);
        }
    }

    /// `seen` holds the objects whose parts have escaped already, and how deep: many paths lead to the same ones.
    fn escape(&mut self, value: &Value, site: Site, depth: u32, seen: &mut FxHashMap<ObjectId, u32>) {
        if depth == 0 {
            return;
        }
        match value {
            Value::Function(closure) => {
                let closure = closure.clone();
                self.call_function(&closure, Self::unknown_arguments(Source::Parameter.into()), None, site);
            }
            Value::Union(all) => {
                for value in all.iter() {
                    self.escape(value, site, depth, seen);
                }
            }
            Value::Object(id) => {
                let object = self.object(*id);
                if matches!(object.kind, ObjectKind::Instance(_)) || seen.get(id).is_some_and(|done| *done >= depth) {
                    return;
                }
                seen.insert(*id, depth);
                let parts: Vec<Value> = object
                    .fields
                    .values()
                    .chain(&object.items)
                    .filter(|v| matches!(v, Value::Function(_) | Value::Object(_) | Value::Union(_)))
                    .take(200)
                    .cloned()
                    .collect();
                for part in parts {
                    if !self.step() {
                        return;
                    }
                    self.escape(&part, site, depth - 1, seen);
                }
            }
            _ => {}
        }
    }

    /// Runs a function that nobody was seen calling.
    pub(crate) fn run_alone(&mut self, module: ModuleId, function: crate::program::FunctionId, frame: Option<super::FrameId>) {
        let closure = Rc::new(Closure { module, function, frame, this: None, bound: Vec::new() });
        let site = Site { module, expr: crate::program::ExprId(u32::MAX) };
        self.call_function(&closure, Self::unknown_arguments(Source::Parameter.into()), None, site);
    }
}

/// Tells activations apart by function, environment and arguments.
fn call_key(closure: &Closure, arguments: &Arguments, this: Option<&Value>, way: u64) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    (closure.module, closure.function, closure.frame, way).hash(&mut hasher);
    let mut all = |value: &Value| hash_value(value, &mut hasher);
    arguments.positional.iter().for_each(&mut all);
    all(&Value::Null);
    for (_, value) in &arguments.keywords {
        all(value);
    }
    for value in [arguments.more.as_ref(), arguments.more_keywords.as_ref(), this] {
        all(value.unwrap_or(&Value::Undefined));
    }
    for (name, _) in &arguments.keywords {
        name.hash(&mut hasher);
    }
    hasher.finish()
}

fn hash_value(value: &Value, hasher: &mut impl Hasher) {
    std::mem::discriminant(value).hash(hasher);
    match value {
        Value::Undefined | Value::Null => {}
        Value::Bool(b) => b.hash(hasher),
        Value::Number(n) => n.to_bits().hash(hasher),
        Value::Text(text) => text.hash(hasher),
        Value::Regex(text, flags) => (text, flags).hash(hasher),
        Value::Object(id) => id.hash(hasher),
        Value::Function(closure) => {
            (closure.module, closure.function, closure.frame, closure.bound.len()).hash(hasher);
            if let Some(this) = &closure.this
                && !matches!(this, Value::Function(_))
            {
                hash_value(this, hasher);
            }
        }
        Value::Class(class) => (class.module, class.class, class.frame).hash(hasher),
        Value::Module(id) => id.hash(hasher),
        Value::Api(api) => api.id.hash(hasher),
        Value::Unknown(origin) => origin.hash(hasher),
        Value::Check(verdict) => {
            hash_value(&verdict.of, hasher);
            verdict.hash(hasher);
        }
        Value::Union(all) => all.iter().for_each(|v| hash_value(v, hasher)),
    }
}
