//! Calls and reads of libraries: the models say what they do.

use std::rc::Rc;

use super::effect::EffectId;
use super::intrinsic::Invocation;
use super::{Engine, ObjectKind, Site};
use crate::analysis::facts::{Access, CapabilityKind};
use crate::analysis::model::{Edge, Entry, NodeId, ValueModel};
use crate::analysis::target::Aim;
use crate::analysis::value::{Api, Arguments, CallRecord, Origin, Segment, Source, Text, Value};
use crate::program::Symbol;

impl<'p> Engine<'p> {
    /// Calls something of a library.
    pub(crate) fn call_api(&mut self, api: &Rc<Api>, arguments: Arguments, this: Option<Value>, site: Site) -> Value {
        if let Some(value) = self.apply_decorator(api, &arguments, site) {
            return value;
        }
        if let Some(module) = self.api_paths.get(&(api.id, Segment::Call)) {
            return Value::Api(module.clone());
        }
        self.use_connection(api);
        self.note_recipients(&arguments, site);
        // Who receives the call: the object whose member is called, or the result that is called itself.
        let this = this.or_else(|| if api.segment == Segment::Call { Some(Value::Api(api.clone())) } else { api.parent.clone().map(Value::Api) });
        let node = api.node.and_then(|node| self.models.child(node, Edge::Call));
        if let Some(node) = node
            && self.models.entry(node).known
        {
            return self.apply_call(Some(api), node, arguments, this, site);
        }
        if node.is_none()
            && let Segment::Member(name) = api.segment
            && let Some(node) = self.any_method(self.ecosystem(site.module), name)
            && self.models.entry(node).value.is_some()
        {
            // `.then`, `.map`, …: whatever the library, the method does what methods of that name do.
            let receiver = api.parent.clone().map(Value::Api);
            return self.apply_call(None, node, arguments, receiver, site);
        }
        if node.is_none()
            && let Segment::Module(root) = api.root()
        {
            let context = self.context();
            if context.unmodelled.len() < 200 && !context.unmodelled.iter().any(|(_, name)| *name == root) {
                context.unmodelled.push((site, root));
            }
        }
        if let Some(node) = node
            && !self.models.deeds(node).is_empty()
        {
            let call = Invocation { this: this.clone(), arguments: arguments.clone(), ..Invocation::default() };
            self.note_deeds(Some(api), Some(node), &call, site);
        }
        self.escape_all(&arguments, site);
        let record = Rc::new(CallRecord { this: this.unwrap_or_default(), arguments });
        if api.depth >= super::MAX_API_DEPTH {
            return Value::Unknown(Source::Library.into());
        }
        Value::Api(self.new_api(Some(api.clone()), Segment::Call, node, Some(record)))
    }

    /// Applies what is known of a call.
    pub(crate) fn apply_call(&mut self, api: Option<&Rc<Api>>, node: NodeId, arguments: Arguments, this: Option<Value>, site: Site) -> Value {
        let entry: &'p Entry = self.models.entry(node);
        let mut call = Invocation { this, arguments, ..Invocation::default() };
        self.recorded.clear();
        for effect in &entry.effects {
            let before = self.recorded.len();
            self.effect(effect, &call, None, site);
            let made = self.recorded.get(before).copied();
            self.effect_flows(effect, &call, made, site);
        }
        if !entry.sinks.is_empty() {
            self.named_sinks(&entry.sinks, &call, site);
        }
        let read = self.brings(&call);
        self.note_deeds(api, Some(node), &call, site);
        let opened: Vec<EffectId> = self.recorded.drain(..).filter(|id| self.effects[id.0 as usize].is_connection()).collect();
        let verdict = entry.check.as_ref().and_then(|check| self.model_check(check, &call, site));
        self.reading = read;
        self.note_setup(entry, &call, site);
        let registers = self.register(entry, api, &mut call, site);
        match &entry.calls {
            _ if registers => {}
            Some(calls) => {
                for callback in calls {
                    let Some(function) = callback.function.iter().find_map(|model| self.value_given(model, &call, site)) else { continue };
                    let with: Vec<Value> = callback.with.iter().map(|model| self.value_of(model, &call, site)).collect();
                    let functions = match &function {
                        Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::List) => self.iterate(&function, site).0,
                        _ => vec![function],
                    };
                    // `map` and the like call as part of their value; calling twice costs nothing, it is remembered.
                    for function in functions {
                        let arguments = Arguments { positional: with.clone(), more: Some(Value::UNKNOWN), ..Arguments::default() };
                        self.call(&function, arguments, None, site);
                    }
                }
            }
            None if entry.value.as_ref().is_some_and(calls_back) => {}
            None => self.escape_all(&call.arguments, site),
        }
        self.reading = read;
        let result = self.result_of(entry, node, api, call, site);
        let result = match (result, read) {
            (Value::Api(made), Some(_)) if made.read.is_none() => Value::Api(brought(&made, read)),
            (result, _) => result,
        };
        let result = match verdict {
            Some(verdict) if matches!(result, Value::Unknown(_)) => verdict,
            _ => result,
        };
        if let (Value::Api(client), false) = (&result, opened.is_empty()) {
            self.connections.insert(client.id, opened);
        }
        result
    }

    /// The effect that brings what a call returns: of the call itself, or of the one that made the receiver.
    fn brings(&self, call: &Invocation) -> Option<u32> {
        let brings = |id: &&EffectId| {
            let effect = &self.effects[id.0 as usize];
            match effect.kind {
                CapabilityKind::Network | CapabilityKind::Database => effect.access == Access::Connect,
                CapabilityKind::Filesystem | CapabilityKind::Credential => effect.access == Access::Read,
                CapabilityKind::Process => true,
                _ => false,
            }
        };
        self.recorded.iter().find(brings).map(|id| id.0).or_else(|| match &call.this {
            Some(Value::Api(api)) => api.read,
            _ => None,
        })
    }

    /// A connection that was opened at the start is used by whoever calls a method of the client.
    fn use_connection(&mut self, method: &Api) {
        let mut client = method.parent.as_ref();
        for _ in 0..8 {
            let Some(here) = client else { return };
            if let Some(opened) = self.connections.get(&here.id) {
                for id in opened.clone() {
                    if self.probing.is_none() && self.effects_of.insert((self.current, id)) {
                        self.context().effects.push(id);
                    }
                }
                return;
            }
            client = here.parent.as_ref();
        }
    }

    fn result_of(&mut self, entry: &'p Entry, node: NodeId, api: Option<&Rc<Api>>, call: Invocation, site: Site) -> Value {
        let decorator = entry.tool.as_ref().is_some_and(|t| t.decorator)
            || entry.handlers.iter().any(|h| h.decorator)
            || entry.prompt.as_ref().is_some_and(|h| h.decorator)
            || entry.resource.as_ref().is_some_and(|h| h.decorator);
        if let Some(tool) = call.registered.clone().filter(|_| entry.value.is_none()) {
            return tool;
        }
        if decorator {
            if let Some(handler @ (Value::Function(_) | Value::Class(_))) = &call.handler {
                return handler.clone();
            }
        } else if let Some(model) = &entry.value {
            let value = self.value_of(model, &call, site);
            if !self.models.has_members(node) || matches!(value, Value::Object(_) | Value::Function(_) | Value::Class(_) | Value::Module(_)) {
                return value;
            }
            let record = Rc::new(CallRecord { this: call.this.unwrap_or_default(), arguments: call.arguments });
            self.next_api += 1;
            let (id, depth) = (self.next_api, api.map_or(0, |a| a.depth + 1));
            return Value::Api(Rc::new(Api {
                parent: api.cloned(),
                id,
                depth,
                segment: Segment::Call,
                meaning: Some(value),
                node: Some(node),
                call: Some(record),
                read: api.and_then(|a| a.read),
            }));
        } else if !self.models.has_members(node) && entry.schema.is_none() && !self.is_literal(&call, site) {
            let remote = entry.effects.iter().any(|e| e.kind == CapabilityKind::Network || e.accesses.contains(&Access::Read));
            let reading = self.reading;
            if api.is_none() || entry.calls.as_ref().is_some_and(Vec::is_empty) || remote {
                return Value::Unknown(if remote || reading.is_some() { Source::Remote(reading) } else { Source::Library }.into());
            }
        }
        let record = Rc::new(CallRecord { this: call.this.unwrap_or_default(), arguments: call.arguments });
        if api.is_some_and(|a| a.depth >= super::MAX_API_DEPTH) {
            return Value::Unknown(Source::Library.into());
        }
        Value::Api(self.new_api(api.cloned(), Segment::Call, Some(node), Some(record)))
    }

    /// A struct of a library with the fields that the program gave it: they can be read again.
    fn is_literal(&self, call: &Invocation, site: Site) -> bool {
        !call.arguments.keywords.is_empty() && self.ecosystem(site.module).traits().plain_structs
    }

    /// Reading a member that has an effect: `process.env.X`.
    pub(crate) fn apply_get(&mut self, api: &Rc<Api>, node: NodeId, site: Site) -> Value {
        let name = match api.segment {
            Segment::Member(name) => Some(name),
            _ => None,
        };
        self.get(api, node, name, site)
    }

    /// The same for a member whose name is computed.
    pub(crate) fn apply_get_named(&mut self, parent: &Rc<Api>, node: NodeId, name: &Value, site: Site) -> Value {
        let entry: &'p Entry = self.models.entry(node);
        for effect in &entry.effects {
            self.effect(effect, &Invocation::default(), Some(name), site);
        }
        let _ = parent;
        let environment = entry.effects.iter().any(|e| e.kind == CapabilityKind::Environment);
        Value::Unknown(if environment { Source::Environment(self.names.empty) } else { Source::Library }.into())
    }

    fn get(&mut self, api: &Rc<Api>, node: NodeId, name: Option<Symbol>, site: Site) -> Value {
        let entry: &'p Entry = self.models.entry(node);
        let call = Invocation { this: api.parent.clone().map(Value::Api), ..Invocation::default() };
        self.recorded.clear();
        self.reading = api.read;
        let named = name.map(|n| Value::text(self.name(n)));
        let mut environment = false;
        for effect in &entry.effects {
            environment |= effect.kind == CapabilityKind::Environment;
            self.effect(effect, &call, named.as_ref(), site);
        }
        if let Some(said) = entry.check.as_ref().and_then(|check| self.model_check(check, &call, site)) {
            return said;
        }
        if environment && let Some(name) = name {
            return Value::Unknown(Source::Environment(name).into());
        }
        match &entry.value {
            Some(model) => {
                let value = match (self.value_of(model, &call, site), name) {
                    // What is known of one part of a request says nothing of another.
                    (Value::Unknown(origin), Some(name)) => Value::Unknown(self.part_of_request(origin, name)),
                    (value, _) => value,
                };
                if self.models.has_members(node) { self.with_meaning(api, value) } else { value }
            }
            None => Value::Api(api.clone()),
        }
    }

    /// A library object is enumerated, copied or serialised as a whole: for the environment, every variable is read.
    pub(crate) fn read_whole(&mut self, api: &Rc<Api>, site: Site) {
        let Some(any) = api.node.and_then(|node| self.models.child(node, Edge::Any)) else { return };
        let entry: &'p Entry = self.models.entry(any);
        if entry.effects.iter().any(|e| e.kind == CapabilityKind::Environment) {
            let star = Value::text("*");
            for effect in &entry.effects {
                self.effect(effect, &Invocation::default(), Some(&star), site);
            }
        }
    }

    /// A module whose name is computed is loaded.
    pub(crate) fn load_unknown_module(&mut self, name: &Value, site: Site) {
        let origins: Vec<Origin> = name.texts().iter().flat_map(Text::holes).collect();
        self.blind(site, "a module whose name is only known at run time is loaded".into());
        self.record(CapabilityKind::Code, Access::Load, Aim::dynamic(origins), site);
    }
}

/// The same library value, known to come from outside.
fn brought(api: &Rc<Api>, read: Option<u32>) -> Rc<Api> {
    Rc::new(Api {
        parent: api.parent.clone(),
        id: api.id,
        depth: api.depth,
        segment: api.segment,
        meaning: api.meaning.clone(),
        node: api.node,
        call: api.call.clone(),
        read,
    })
}

/// Whether computing the value calls the functions among the arguments already.
fn calls_back(model: &ValueModel) -> bool {
    match model {
        ValueModel::Apply(name, arguments) => {
            matches!(&**name, "map" | "filter" | "find" | "call" | "result" | "apply" | "bind" | "partial") || arguments.iter().any(calls_back)
        }
        ValueModel::First(all) => all.iter().any(calls_back),
        _ => false,
    }
}
