//! Registrations: tools, request handlers, prompts, resources, servers.

use std::rc::Rc;

use super::intrinsic::Invocation;
use super::{At, ContextId, Engine, ObjectKind, Site};
use crate::analysis::model::{Entry, HandlerModel, OfferModel, Selector, ToolModel, ValueModel};
use crate::analysis::value::{Api, Arguments, ClassValue, Closure, Segment, Source, Value};
use crate::program::{Key, MemberKind};

/// A tool as registered.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) site: Site,
    /// A constant, or unknown.
    pub(crate) name: Value,
    pub(crate) title: Value,
    pub(crate) description: Value,
    pub(crate) annotations: Value,
    pub(crate) schema: Value,
    /// What else a client is told of it, by its keys (`outputSchema`, `_meta`, …).
    pub(crate) extra: Rc<[(std::sync::Arc<str>, Value)]>,
    pub(crate) handler: Value,
    /// The handler takes the tool's arguments as parameters of the same names.
    pub(crate) named_parameters: bool,
    /// What the handler is called with, when that is not the tool's arguments first.
    pub(crate) passes: Rc<[ValueModel]>,
    pub(crate) conditional: bool,
    /// The server it is registered on.
    pub(crate) server: Value,
    /// What the call gave back: an object through which the program may still change the tool.
    pub(crate) object: Option<super::ObjectId>,
}

/// The tools of one server are also those of another, under a prefix.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) site: Site,
    pub(crate) parent: Value,
    pub(crate) child: Value,
    pub(crate) prefix: Value,
}

/// A handler of one of the protocol's requests.
#[derive(Clone, Debug)]
pub(crate) struct RequestHandler {
    pub(crate) site: Site,
    pub(crate) method: String,
    pub(crate) function: Value,
    /// Where the request has the name of the tool and its arguments: in several places, where versions differ.
    pub(crate) name_at: Vec<Selector>,
    pub(crate) arguments_at: Vec<Selector>,
    /// Takes the message as it is sent, in whatever parts its parameters are named after.
    pub(crate) bare: bool,
}

/// A server or transport that is made.
#[derive(Clone, Debug)]
pub(crate) struct ServerMade {
    pub(crate) instructions: Value,
    pub(crate) transport: Value,
}

/// A prompt or resource that is registered.
#[derive(Clone, Debug)]
pub(crate) struct OfferMade {
    pub(crate) site: Site,
    pub(crate) resource: bool,
    pub(crate) name: Value,
    pub(crate) title: Value,
    pub(crate) uri: Value,
    pub(crate) description: Value,
    /// The arguments of a prompt: a list, or what the SDK takes for a schema.
    pub(crate) arguments: Value,
    /// Those are the parameters of the handler.
    pub(crate) named_parameters: bool,
    pub(crate) handler: Value,
    /// What the handler is called with.
    pub(crate) passes: Rc<[ValueModel]>,
}

impl Engine<'_> {
    /// Applies the registrations of an entry; true when functions among the arguments are handlers, called later.
    pub(super) fn register(&mut self, entry: &Entry, api: Option<&Rc<Api>>, call: &mut Invocation, site: Site) -> bool {
        let _ = api;
        let mut registers = false;
        if let Some(server) = &entry.server {
            let instructions = self.first(&server.instructions, call, site).unwrap_or_default();
            let transport = self.first(&server.transport, call, site).unwrap_or_default();
            if self.servers.len() < 200 {
                self.servers.push(ServerMade { instructions, transport });
            }
        }
        if let Some(reason) = &entry.incomplete
            && !self.incomplete.iter().any(|(s, r)| *s == site && r == reason)
        {
            self.incomplete.push((site, reason.clone()));
        }
        if let Some(mount) = &entry.mount {
            // Older versions take the prefix first: the server is whatever is not a text.
            let server = |v: &Value| matches!(v, Value::Api(_) | Value::Object(_));
            let text = |v: &Value| matches!(v, Value::Text(_));
            let given: Vec<Value> = mount.server.iter().filter_map(|s| self.select(s, call, site)).collect();
            let prefixes: Vec<Value> = mount.prefix.iter().filter_map(|s| self.select(s, call, site)).collect();
            match given.into_iter().find(server) {
                Some(child) if self.mounts.len() < 500 => {
                    let prefix = prefixes.iter().find(|v| text(v)).or(prefixes.iter().find(|v| !server(v))).cloned().unwrap_or_default();
                    self.mounts.push(Mount { site, parent: call.this.clone().unwrap_or_default(), child, prefix });
                }
                _ => self.incomplete.push((site, "tools of a mounted server that is only known at run time".into())),
            }
        }
        if let Some(tool) = &entry.tool {
            registers = tool.each.is_empty();
            let site = self.place_of_tool(tool, call, site);
            let given = self.handler_of(&tool.handler, tool.decorator, call, site);
            if !tool.each.is_empty() {
                self.register_each(tool, call, site);
            } else if let Some(handler) = given {
                call.handler = Some(handler);
                self.register_tool(tool, call, site);
            } else if !tool.decorator {
                self.register_tool(tool, call, site);
            }
        }
        for model in &entry.handlers {
            registers = true;
            if let Some(function) = self.handler_of(&model.function, model.decorator, call, site) {
                call.handler = Some(function.clone());
                self.register_handler(model, call, function, site);
            }
        }
        for (offer, resource) in [(&entry.prompt, false), (&entry.resource, true)] {
            let Some(offer) = offer else { continue };
            registers = true;
            let handler = self.handler_of(&offer.handler, offer.decorator, call, site);
            if handler.is_some() || !offer.decorator {
                call.handler = handler;
                self.register_offer(offer, resource, call, site);
            }
        }
        registers
    }

    /// Where a tool is described: the registration itself may stand in a helper that registers them all.
    fn place_of_tool(&mut self, tool: &ToolModel, call: &Invocation, site: Site) -> Site {
        if tool.passes.is_empty() || !tool.each.is_empty() {
            return site;
        }
        for selector in tool.name.iter().filter(|selector| !selector.steps.is_empty()) {
            let bare = Selector { head: selector.head.clone(), steps: Vec::new() };
            if let Some(Value::Object(id)) = self.select(&bare, call, site)
                && let Some(place) = self.object(id).site
            {
                return place;
            }
        }
        site
    }

    /// One tool for each element of a list that the call is given, or for each field of an object (its name is `arg1`).
    fn register_each(&mut self, tool: &ToolModel, call: &Invocation, site: Site) {
        let Some(list) = self.first(&tool.each, call, site) else { return };
        let (items, more) = match &list {
            Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::Plain) && self.object(*id).items.is_empty() => {
                let object = self.object(*id);
                let fields = object.fields.iter().map(|(name, value)| (value.clone(), Value::text(self.name(*name)))).collect();
                (fields, object.open.then_some(Value::UNKNOWN))
            }
            list => {
                let (items, more) = self.iterate(list, site);
                (items.into_iter().map(|item| (item, Value::Undefined)).collect::<Vec<_>>(), more)
            }
        };
        if more.is_some() {
            self.add_incomplete(site, "the list of tools is put together at run time");
        }
        for (item, name) in items.iter().flat_map(|(item, name)| item.alternatives().iter().map(move |item| (item, name))) {
            // A tool that a library made registers itself where it is made.
            if item.is_absent() || matches!(item, Value::Unknown(_)) {
                self.add_incomplete(site, "the list of tools is put together at run time");
                continue;
            }
            let place = match item {
                Value::Object(id) => self.object(*id).site.unwrap_or(site),
                _ => site,
            };
            let mut one = Invocation { this: call.this.clone(), arguments: Arguments::of(vec![item.clone(), name.clone()]), ..Invocation::default() };
            one.handler = self.first(&tool.handler, &one, site);
            self.register_tool(tool, &mut one, place);
        }
    }

    /// A server is passed to a function of which nothing is known: it may register tools.
    pub(super) fn hands_over(&mut self, arguments: &Arguments, site: Site) {
        let is_server = |value: &Value| match value {
            Value::Api(api) => {
                api.segment == Segment::Call
                    && api.node.is_some_and(|node| self.models.entry(node).server.as_ref().is_some_and(|s| s.transport.is_empty()))
            }
            _ => false,
        };
        if arguments.positional.iter().any(is_server) {
            self.add_incomplete(site, "the server is handed to code that is only known at run time");
        }
    }

    fn add_incomplete(&mut self, site: Site, reason: &str) {
        if !self.incomplete.iter().any(|(s, r)| *s == site && r == reason) {
            self.incomplete.push((site, reason.to_owned()));
        }
    }

    /// The function that a registration hands over, when this very call does so.
    fn handler_of(&mut self, selectors: &[Selector], decorator: bool, call: &Invocation, site: Site) -> Option<Value> {
        if decorator {
            // `@server.tool` without parentheses, `server.tool(function)`.
            let callable = |v: &Value| v.alternatives().iter().all(|v| matches!(v, Value::Function(_) | Value::Class(_)));
            return call.arguments.positional.first().filter(|v| callable(v)).cloned();
        }
        match self.first(selectors, call, site) {
            Some(handler) => Some(handler),
            None if !selectors.is_empty() => None,
            // Overloads: the last function is the handler.
            None => call.arguments.positional.iter().rev().find(|v| matches!(v, Value::Function(_))).cloned(),
        }
    }

    /// `@server.tool(…)` was called before; now its result is applied to the function.
    pub(super) fn apply_decorator(&mut self, api: &Rc<Api>, arguments: &Arguments, site: Site) -> Option<Value> {
        let record = api.call.as_ref().filter(|_| api.segment == Segment::Call)?;
        let entry = self.models.entry(api.node?);
        let handler = arguments.positional.first()?.clone();
        let mut call =
            Invocation { this: Some(record.this.clone()), arguments: record.arguments.clone(), handler: Some(handler.clone()), registered: None };
        let mut applied = false;
        if let Some(tool) = entry.tool.as_ref().filter(|t| t.decorator) {
            self.register_tool(tool, &mut call, site);
            applied = true;
        }
        for model in entry.handlers.iter().filter(|h| h.decorator) {
            self.register_handler(model, &call, handler.clone(), site);
            applied = true;
        }
        for (offer, resource) in [(&entry.prompt, false), (&entry.resource, true)] {
            if let Some(offer) = offer.as_ref().filter(|o| o.decorator) {
                self.register_offer(offer, resource, &call, site);
                applied = true;
            }
        }
        applied.then_some(handler)
    }

    pub(super) fn register_tool(&mut self, model: &ToolModel, call: &mut Invocation, site: Site) {
        let part = |engine: &mut Self, selectors: &[Selector]| engine.first(selectors, call, site).unwrap_or_default();
        let name = part(self, &model.name);
        let title = part(self, &model.title);
        let mut description = part(self, &model.description);
        let mut annotations = part(self, &model.annotations);
        if matches!(annotations, Value::Undefined)
            && let Some(Value::Object(id)) = self.first(&model.hints, call, site)
        {
            let hints: Vec<_> = self.object(id).fields.iter().map(|(k, v)| (*k, v.clone())).collect();
            annotations = self.plain(hints.into_iter().filter(|(k, _)| self.name(*k).to_lowercase().ends_with("hint")).collect::<Vec<_>>());
        }
        let output = part(self, &model.output);
        let meta = part(self, &model.meta);
        let extra = [("outputSchema", output), ("_meta", meta)].into_iter().filter(|(_, value)| !value.is_absent());
        let extra: Rc<[(std::sync::Arc<str>, Value)]> = extra.map(|(key, value)| (key.into(), value)).collect();
        let mut schema = if model.named_parameters { Value::Undefined } else { part(self, &model.schema) };
        let handler = call.handler.clone().unwrap_or_default();
        if let Some(method) = model.through.and_then(|method| self.replaced(call.this.as_ref(), method, site)) {
            let keywords = [("name", &name), ("title", &title), ("description", &description), ("annotations", &annotations)];
            let mut arguments = Arguments::of(vec![handler]);
            let given =
                |engine: &Self, (key, value): (&str, &Value)| (!matches!(value, Value::Undefined)).then(|| (engine.symbol(key), value.clone()));
            arguments.keywords = keywords.into_iter().filter_map(|pair| given(self, pair)).collect();
            self.call(&method, arguments, call.this.clone(), site);
            return;
        }
        if model.overloads {
            for value in call.arguments.positional.iter().skip(1) {
                match value {
                    Value::Text(_) if matches!(description, Value::Undefined) => description = value.clone(),
                    Value::Object(id) => {
                        let keys: Vec<_> = self.object(*id).fields.keys().map(|k| self.name(*k)).collect();
                        let hints = !keys.is_empty() && keys.iter().all(|k| &**k == "title" || k.ends_with("Hint"));
                        if hints {
                            annotations = value.clone();
                        } else if matches!(schema, Value::Undefined) {
                            schema = value.clone();
                        }
                    }
                    Value::Api(_) | Value::Union(_) if matches!(schema, Value::Undefined) => schema = value.clone(),
                    Value::Unknown(_) if matches!(description, Value::Undefined) => description = value.clone(),
                    _ => {}
                }
            }
        }
        let passes: Rc<[ValueModel]> = model.passes.as_slice().into();
        let object = if model.decorator { None } else { Some(self.tool_object(&name, &title, &description, &annotations)) };
        call.registered = object.map(Value::Object);
        for name in name.alternatives() {
            let registration = Registration {
                site,
                name: name.clone(),
                title: title.clone(),
                description: description.clone(),
                annotations: annotations.clone(),
                schema: schema.clone(),
                extra: extra.clone(),
                handler: handler.clone(),
                named_parameters: model.named_parameters,
                passes: passes.clone(),
                conditional: self.conditional(),
                server: call.this.clone().unwrap_or_default(),
                object,
            };
            let known = self.registrations.iter().any(|r| {
                r.site == site
                    && crate::analysis::value::same(&r.name, &registration.name)
                    && crate::analysis::value::same(&r.handler, &registration.handler)
            });
            if !known && self.registrations.len() < 5_000 {
                self.registrations.push(registration);
            }
        }
    }

    /// The method that a class of the program has in place of its library base's.
    fn replaced(&mut self, this: Option<&Value>, method: crate::program::Symbol, site: Site) -> Option<Value> {
        let Some(Value::Object(id)) = this else { return None };
        let ObjectKind::Instance(class) = &self.object(*id).kind else { return None };
        let class = class.clone();
        self.instance_member(&class, *id, method, site)
    }

    /// The object that registering a tool gives back.
    fn tool_object(&mut self, name: &Value, title: &Value, description: &Value, annotations: &Value) -> super::ObjectId {
        let id = self.new_object(ObjectKind::Plain, None);
        let fields = [("name", name), ("title", title), ("description", description), ("annotations", annotations)];
        for (field, value) in fields {
            if !matches!(value, Value::Undefined) {
                let field = self.symbol(field);
                self.object_mut(id).fields.insert(field, value.clone());
            }
        }
        self.object_mut(id).open = true;
        id
    }

    /// The registration with what the program changed of the tool afterwards.
    pub(crate) fn as_it_is_now(&self, registration: &Registration) -> Registration {
        let mut now = registration.clone();
        if let Some(id) = registration.object {
            let field = |name: &str| self.object(id).fields.get(&self.symbol(name)).cloned();
            for (slot, name) in [(&mut now.title, "title"), (&mut now.description, "description"), (&mut now.annotations, "annotations")] {
                if let Some(value) = field(name) {
                    *slot = value;
                }
            }
        }
        now
    }

    fn register_handler(&mut self, model: &HandlerModel, call: &Invocation, function: Value, site: Site) {
        let method = match &model.constant {
            Some(method) => Some(method.clone()),
            None => self.first(&model.method, call, site).and_then(|value| self.method_of(&value, model)),
        };
        let Some(method) = method else { return };
        let handler = RequestHandler {
            site,
            method,
            function,
            name_at: model.request_name.clone(),
            arguments_at: model.request_arguments.clone(),
            bare: false,
        };
        let known = self
            .request_handlers
            .iter()
            .any(|h| h.site == site && h.method == handler.method && crate::analysis::value::same(&h.function, &handler.function));
        if !known && self.request_handlers.len() < 500 {
            self.request_handlers.push(handler);
        }
    }

    /// The protocol's method that a schema object or a text stands for.
    fn method_of(&mut self, value: &Value, model: &HandlerModel) -> Option<String> {
        match value {
            Value::Text(text) => text.constant().map(|t| t.to_string()),
            Value::Api(api) => {
                let Segment::Member(name) = api.segment else { return None };
                let name = self.name(name);
                model.methods.iter().find(|(schema, _)| **schema == *name).map(|(_, method)| method.clone())
            }
            // A bundled copy of the schema: it says the method itself.
            Value::Object(_) | Value::Union(_) => None,
            _ => None,
        }
    }

    fn register_offer(&mut self, model: &OfferModel, resource: bool, call: &Invocation, site: Site) {
        let name = self.first(&model.name, call, site).unwrap_or_default();
        let description = self.first(&model.description, call, site).unwrap_or_default();
        let title = self.first(&model.title, call, site).unwrap_or_default();
        let uri = self.first(&model.uri, call, site).unwrap_or_default();
        let named_parameters = model.named_parameters;
        let arguments = if named_parameters { Value::Undefined } else { self.first(&model.arguments, call, site).unwrap_or_default() };
        let handler = call.handler.clone().unwrap_or_default();
        let passes = model.passes.as_slice().into();
        self.offer(OfferMade { site, resource, name, title, uri, description, arguments, named_parameters, handler, passes });
    }

    /// Notes a prompt or resource, once.
    pub(crate) fn offer(&mut self, offer: OfferMade) {
        let known = self.offers.iter().any(|o| o.site == offer.site && crate::analysis::value::same(&o.name, &offer.name));
        if !known && self.offers.len() < 5_000 {
            self.offers.push(offer);
        }
    }

    /// A class is defined: what its library bases make of that.
    pub(super) fn class_defined(&mut self, class: &Rc<ClassValue>, at: At, site: Site) {
        let models = self.models;
        let mut framework = false;
        for entry in self.library_bases(class).iter().filter_map(|base| base.node).map(|node| models.entry(node)) {
            framework |= entry.subclass.is_some();
            if entry.settings {
                self.settings_fields(class, at, site);
            }
        }
        if framework {
            // When the module has run: an instance may use what is defined below the class.
            let nodes = self.library_bases(class).iter().filter_map(|base| base.node).collect();
            self.subclasses.push((class.clone(), nodes, site));
            if !self.is_top_frame(at) {
                self.settle_subclasses();
            }
        }
    }

    /// A class of the program came to extend classes of libraries after it was defined.
    pub(super) fn extended(&mut self, class: &Rc<ClassValue>, nodes: Vec<crate::analysis::model::NodeId>, at: At, site: Site) {
        if nodes.iter().any(|node| self.models.entry(*node).subclass.is_some()) {
            self.subclasses.push((class.clone(), nodes, site));
            if !self.is_top_frame(at) && !self.ecosystem(at.module).is_typed() {
                self.settle_subclasses();
            }
        }
    }

    /// What frameworks do with the classes that were defined since the last time: make an instance, ask it for its tool, start it.
    pub(crate) fn settle_subclasses(&mut self) {
        let models = self.models;
        for (class, nodes, site) in std::mem::take(&mut self.subclasses) {
            for model in nodes.into_iter().filter_map(|node| models.entry(node).subclass.as_ref()) {
                let mut call = Invocation { this: Some(self.summary_instance(&class, site)), ..Invocation::default() };
                for asked in &model.requests {
                    if let Some(function @ Value::Function(_)) = asked.function.iter().find_map(|model| self.value_given(model, &call, site)) {
                        let with = asked.with.iter().map(|model| self.value_of(model, &call, site)).collect();
                        self.call(&function, Arguments::of(with), None, site);
                    }
                }
                for start in &model.starts {
                    if let Some(start @ Value::Function(_)) = self.select(start, &call, site) {
                        self.call(&start, Arguments::default(), None, site);
                    }
                }
                for handler in &model.handlers {
                    if let Some(function @ Value::Function(_)) = self.first(&handler.function, &call, site) {
                        self.register_handler(handler, &call, function, site);
                    }
                }
                if let Some(tool) = &model.tool {
                    // Without a name it is a base of others.
                    call.handler = self.first(&tool.handler, &call, site);
                    if call.handler.is_some() && self.first(&tool.name, &call, site).is_some() {
                        self.register_tool(tool, &mut call, site);
                    }
                }
                for (offer, resource) in [(&model.prompt, false), (&model.resource, true)] {
                    let Some(offer) = offer else { continue };
                    call.handler = self.first(&offer.handler, &call, site);
                    if self.first(&offer.name, &call, site).is_some() {
                        self.register_offer(offer, resource, &call, site);
                    }
                }
            }
        }
    }

    /// One environment variable for each annotated field.
    fn settings_fields(&mut self, class: &Rc<ClassValue>, at: At, site: Site) {
        let (config, prefix_name) = (self.symbol("model_config"), self.symbol("env_prefix"));
        let keyword = {
            let definition = &self.module(class.module).classes[class.class.index()];
            definition.keywords.iter().find(|(k, _)| *k == prefix_name).map(|(_, v)| *v)
        };
        let prefix = match keyword {
            Some(value) => self.eval(at, value).constant_text(),
            None => match self.class_member(class, config, site) {
                Some(Value::Object(id)) => self.object(id).fields.get(&prefix_name).and_then(Value::constant_text),
                Some(Value::Api(api)) => api.call.as_ref().and_then(|c| c.arguments.keyword(prefix_name)).and_then(|v| v.constant_text()),
                _ => None,
            },
        };
        let prefix = prefix.unwrap_or_else(|| "".into()).to_uppercase();
        let aliases = ["validation_alias", "alias", "env"].map(|n| self.symbol(n));
        let members = &self.module(class.module).classes[class.class.index()].members;
        for member in members {
            let (MemberKind::Field { value, annotation: Some(annotation) }, Key::Name(name)) = (&member.kind, &member.key) else { continue };
            let text = self.name(*name);
            if text.starts_with('_') || *name == config {
                continue;
            }
            let field = value.map(|v| self.eval(at, v));
            let alias = match &field {
                Some(Value::Api(api)) => api.call.as_ref().and_then(|c| aliases.iter().find_map(|a| c.arguments.keyword(*a))),
                _ => None,
            };
            let mut names: Vec<Value> = Vec::new();
            match alias {
                Some(Value::Api(choices)) => {
                    // AliasChoices("A", "B")
                    names.extend(choices.call.iter().flat_map(|c| c.arguments.positional.iter().cloned()));
                }
                Some(alias) => names.extend(alias.alternatives().iter().cloned()),
                None => names.push(Value::text(format!("{prefix}{}", text.to_uppercase()))),
            }
            let place = Site { module: class.module, expr: value.unwrap_or(*annotation) };
            for name in names {
                if let Some(name) = name.constant_text() {
                    self.record_variable(&name, place);
                }
            }
        }
    }

    /// Calls a tool's handler the way a client would; the effects are those of a context of its own.
    pub(crate) fn run_tool(&mut self, handler: &Value, named_parameters: bool, passes: &[ValueModel], site: Site) -> ContextId {
        let context = self.root_context();
        let whole = Value::Unknown(Source::Argument(self.names.empty).into());
        for handler in handler.alternatives().to_vec() {
            if !passes.is_empty() {
                let given = passes.iter().map(|model| self.value_of(model, &Invocation::default(), site)).collect();
                self.call(&handler, Arguments { positional: given, more: Some(Value::UNKNOWN), ..Arguments::default() }, None, site);
                continue;
            }
            match &handler {
                Value::Function(closure) if named_parameters => {
                    let outer = closure.clone();
                    let inner = self.unwrapped(&outer);
                    let arguments = self.named_arguments(&inner);
                    let result = self.call_function(&outer, arguments, None, site);
                    self.note_result(&result, site);
                }
                Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::Instance(_)) => {
                    self.call(&handler, Arguments::of(vec![whole.clone(), Value::UNKNOWN]), None, site);
                }
                _ => {
                    let result = self.call(&handler, Arguments::of(vec![whole.clone(), Value::UNKNOWN]), None, site);
                    self.note_result(&result, site);
                }
            }
        }
        context
    }

    /// One argument for each parameter, known by its name. Parameters of a library class are injected, not given by the model.
    fn named_arguments(&mut self, closure: &Rc<Closure>) -> Arguments {
        let function = &self.module(closure.module).functions[closure.function.index()];
        let receiver = usize::from(function.kind == (crate::program::FunctionKind::Method { receiver_parameter: true }));
        let mut arguments = Arguments::default();
        let at = self.signature_frame(closure);
        for parameter in function.parameters.iter().skip(receiver) {
            let Some(name) = parameter.name else { continue };
            if matches!(parameter.kind, crate::program::ParameterKind::RestItems | crate::program::ParameterKind::RestEntries) {
                continue;
            }
            let all = self.extracted(at, parameter.annotation);
            let value = match self.injected(at, parameter.annotation) {
                Some(injected) => injected,
                None if all.is_some() => Value::Unknown(Source::Argument(self.names.empty).into()),
                None => {
                    let given = Value::Unknown(self.argument(name));
                    let default = parameter.default.map(|default| self.eval(at, default));
                    match default {
                        Some(default @ Value::Text(_)) => given.or(default),
                        _ => given,
                    }
                }
            };
            arguments.keywords.push((name, value));
        }
        arguments
    }

    /// Calls the handler of `tools/call` for one tool.
    pub(crate) fn run_request(&mut self, handler: &RequestHandler, tool: &str) -> ContextId {
        let context = self.root_context();
        let request = self.request(handler, Some(tool));
        let result = self.call(&handler.function, request, None, handler.site);
        self.note_result(&result, handler.site);
        context
    }

    /// The answer of a request handler.
    pub(crate) fn answer(&mut self, handler: &RequestHandler) -> Value {
        self.root_context();
        let request = self.request(handler, None);
        self.call(&handler.function, request, None, handler.site)
    }

    /// The message of a request, or its parts, as the names of the parameters tell.
    fn message(&mut self, handler: &RequestHandler, tool: Option<&str>) -> Arguments {
        let whole = Value::Unknown(Source::Argument(self.names.empty).into());
        let names = ["name", "arguments", "method", "params", "jsonrpc", "id"].map(|name| self.symbol(name));
        let [name, arguments, method, params, version, id] = names;
        let asked = Value::text(handler.method.as_str());
        let inner = self.plain([(name, tool.map_or(Value::UNKNOWN, Value::text)), (arguments, whole)]);
        let message = self.plain([(version, Value::text("2.0")), (id, Value::UNKNOWN), (method, asked.clone()), (params, inner.clone())]);
        for value in [&inner, &message] {
            if let Value::Object(object) = value {
                self.object_mut(*object).open = true;
            }
        }
        let Value::Function(closure) = &handler.function else { return Arguments::default() };
        let function = &self.module(closure.module).functions[closure.function.index()];
        let receiver = usize::from(function.kind == (crate::program::FunctionKind::Method { receiver_parameter: true }));
        let parameters = function.parameters.get(receiver..).unwrap_or_default();
        let parameter_names: Vec<String> = parameters.iter().map(|p| p.name.map(|name| self.name(name).to_lowercase()).unwrap_or_default()).collect();
        let words = ["req", "request", "msg", "message", "line", "input", "body", "json", "raw", "data", "rpc", "payload", "text"];
        let is_part =
            |name: &String| name.contains("method") || name.contains("param") || name.contains("arg") || name == "id" || name.ends_with("_id");
        // One parameter is the message; what stands beside it is what the handler works with.
        let is_message = |name: &String| !is_part(name) && name.split('_').any(|word| words.contains(&word));
        let whole = parameter_names.iter().position(is_message).or_else(|| parameter_names.iter().position(|name| !is_part(name)));
        let positional = parameter_names
            .iter()
            .enumerate()
            .map(|(i, name)| match name {
                _ if whole == Some(i) => message.clone(),
                name if name.contains("method") => asked.clone(),
                name if name.contains("param") || name.contains("arg") => inner.clone(),
                name if is_part(name) => Value::UNKNOWN,
                _ => Value::Undefined,
            })
            .collect();
        Arguments { positional, more: Some(Value::UNKNOWN), ..Arguments::default() }
    }

    fn request(&mut self, handler: &RequestHandler, tool: Option<&str>) -> Arguments {
        use crate::analysis::model::{Head, Step};
        if handler.bare {
            return self.message(handler, tool);
        }
        let mut positional: Vec<Value> = Vec::new();
        let name = tool.map_or(Value::UNKNOWN, Value::text);
        let whole = Value::Unknown(Source::Argument(self.names.empty).into());
        let places = handler.name_at.iter().map(|at| (at, &name)).chain(handler.arguments_at.iter().map(|at| (at, &whole)));
        for (selector, value) in places {
            let value = value.clone();
            let Head::Argument(index) = selector.head else { continue };
            let index = index.max(0) as usize;
            while positional.len() <= index {
                positional.push(Value::Undefined);
            }
            let members: Vec<_> = selector.steps.iter().filter_map(|s| if let Step::Member(name) = s { Some(*name) } else { None }).collect();
            if members.is_empty() {
                positional[index] = value;
                continue;
            }
            // Build `{params: {name: …}}` along the path, keeping what is there.
            if !matches!(positional[index], Value::Object(_)) {
                positional[index] = self.plain([]);
            }
            let mut at = positional[index].clone();
            for member in &members[..members.len() - 1] {
                let Value::Object(id) = at else { break };
                self.object_mut(id).open = true;
                let next = match self.object(id).fields.get(member) {
                    Some(found) => found.clone(),
                    None => {
                        let made = self.plain([]);
                        self.object_mut(id).fields.insert(*member, made.clone());
                        made
                    }
                };
                at = next;
            }
            if let (Value::Object(id), Some(last)) = (at, members.last()) {
                self.object_mut(id).open = true;
                self.object_mut(id).fields.insert(*last, value);
            }
        }
        Arguments { positional, more: Some(Value::UNKNOWN), ..Arguments::default() }
    }
}
