//! Calls and reads of libraries: the models say what they do.

use std::rc::Rc;

use super::intrinsic::Invocation;
use super::{Engine, MAX_EFFECTS, ObjectKind, Site};
use crate::analysis::facts::{Access, CapabilityKind, TargetFrom, TargetKind};
use crate::analysis::model::{Edge, EffectModel, Entry, Head, NodeId, Role, Selector, Step, ValueModel};
use crate::analysis::target::{self, Aim, UrlHost};
use crate::analysis::value::{Api, Arguments, CallRecord, Origin, Piece, Segment, Source, Text, Value, concat, union};
use crate::program::Symbol;

/// Something the program does to the world.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) kind: CapabilityKind,
    pub(crate) access: Access,
    pub(crate) target: String,
    pub(crate) target_kind: TargetKind,
    pub(crate) target_from: TargetFrom,
    /// Tool arguments among those that choose the target.
    pub(crate) arguments: Vec<Symbol>,
    /// Variables of the environment that choose the target.
    pub(crate) variables: Vec<Symbol>,
    pub(crate) site: Site,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EffectId(pub(crate) u32);

pub(super) type EffectKey = (CapabilityKind, Access, String, TargetFrom, Site);

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
        let opened: Vec<EffectId> = self.recorded.drain(..).filter(|id| self.effects[id.0 as usize].kind == CapabilityKind::Database).collect();
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

    /// A database that was opened at the start is used by whoever calls a method of the client.
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
        !call.arguments.keywords.is_empty() && self.ecosystem(site.module) == crate::program::Ecosystem::Go
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

    fn effect(&mut self, model: &EffectModel, call: &Invocation, member: Option<&Value>, site: Site) {
        if !self.may_happen(model, call, site) {
            return;
        }
        match model.kind {
            CapabilityKind::Network if model.accesses.contains(&Access::Listen) => self.listen(model, call, site),
            CapabilityKind::Network => self.network(model, call, site),
            CapabilityKind::Database => self.database(model, call, site),
            CapabilityKind::Environment => self.environment(model, call, member, site),
            CapabilityKind::Process => self.process(model, call, site),
            CapabilityKind::Filesystem => self.filesystem(model, call, site),
            CapabilityKind::Credential | CapabilityKind::Native | CapabilityKind::Code => {
                let value = [Role::Path, Role::Name, Role::Source].into_iter().find_map(|role| self.role(model, role, call, site));
                // A function given as the source is code of the program itself, not text that is made into code.
                let is_function = |v: &Value| matches!(v, Value::Function(_) | Value::Class(_));
                if model.role(Role::Source).is_some() && value.as_ref().is_some_and(|v| v.alternatives().iter().all(is_function)) {
                    return;
                }
                if value.is_none() && model.kind == CapabilityKind::Credential && model.constants.is_empty() && self.left_out(model, call, site) {
                    return;
                }
                let aims = match &value {
                    None => model.constants.iter().map(Aim::constant).collect(),
                    Some(value) => value.texts().iter().map(|t| code_target(model.kind, t)).collect::<Vec<_>>(),
                };
                let aims = if aims.is_empty() { vec![Aim::dynamic(Vec::new())] } else { aims };
                for aim in aims {
                    for access in &model.accesses {
                        self.record(model.kind, *access, aim.clone(), site);
                    }
                }
            }
        }
    }

    /// The value of a role: the first selector that gives something that can play it. Callbacks and ports stand where hosts and
    /// paths may (`listen(port, host?, callback)`).
    pub(super) fn role(&mut self, model: &EffectModel, role: Role, call: &Invocation, site: Site) -> Option<Value> {
        for selector in model.role(role)? {
            let Some(value) = self.select(selector, call, site) else { continue };
            let fitting: Vec<Value> = value.alternatives().iter().filter(|v| fits(role, v)).cloned().collect();
            if !fitting.is_empty() {
                return Some(union(fitting));
            }
        }
        None
    }

    /// Whether the condition of an effect can hold: one of the values, or something not known.
    fn may_happen(&mut self, model: &EffectModel, call: &Invocation, site: Site) -> bool {
        let Some((selectors, values)) = &model.when else { return true };
        let Some(given) = self.first(selectors, call, site) else { return false };
        given.alternatives().iter().any(|value| match value {
            Value::Text(text) => text.constant().is_none_or(|text| values.iter().any(|v| **v == *text)),
            Value::Bool(flag) => values.iter().any(|v| v == if *flag { "true" } else { "false" }),
            Value::Undefined | Value::Null => false,
            _ => true,
        })
    }

    /// Whether the path of an effect is certainly not given: then there is no such effect.
    fn left_out(&mut self, model: &EffectModel, call: &Invocation, site: Site) -> bool {
        let selectors = [Role::Path, Role::Name].into_iter().filter_map(|role| model.role(role)).flatten();
        let selectors: Vec<Selector> = selectors.cloned().collect();
        !selectors.is_empty() && selectors.iter().all(|selector| self.certainly_absent(selector, call, site))
    }

    fn certainly_absent(&mut self, selector: &Selector, call: &Invocation, site: Site) -> bool {
        let more = match selector.head {
            Head::Argument(_) => call.arguments.more.is_some(),
            // A keyword may be spread from something, and in Python a positional argument may be meant.
            Head::Keyword(_) => call.arguments.more_keywords.is_some(),
            _ => return false,
        };
        let bare = Selector { head: selector.head.clone(), steps: Vec::new() };
        let Some(mut value) = self.select(&bare, call, site) else { return !more };
        for step in &selector.steps {
            let Step::Member(name) = step else { return false };
            let mut parts = Vec::new();
            for part in value.alternatives() {
                match part {
                    Value::Undefined | Value::Null | Value::Function(_) | Value::Text(_) | Value::Number(_) | Value::Bool(_) => {}
                    Value::Object(id) => {
                        let object = self.object(*id);
                        match object.fields.get(name) {
                            Some(field) => parts.push(field.clone()),
                            None if object.open || !matches!(object.rest, Value::Undefined) => return false,
                            None => {}
                        }
                    }
                    _ => return false,
                }
            }
            value = union(parts);
        }
        value.alternatives().iter().all(|v| v.is_absent() || !fits(Role::Path, v))
    }

    fn network(&mut self, model: &EffectModel, call: &Invocation, site: Site) {
        for aim in self.hosts(model, call, site) {
            for access in &model.accesses {
                self.record(model.kind, *access, aim.clone(), site);
            }
        }
    }

    fn hosts(&mut self, model: &EffectModel, call: &Invocation, site: Site) -> Vec<Aim> {
        let mut aims: Vec<Aim> = Vec::new();
        let library = || {
            model.constants.iter().map(|host| {
                let kind = if host == "*" {
                    TargetKind::Dynamic
                } else if host.contains('*') {
                    TargetKind::Prefix
                } else {
                    TargetKind::Constant
                };
                Aim { target: host.clone(), kind, origins: Vec::new() }
            })
        };
        let base = self.role(model, Role::Base, call, site);
        let url = match &model.address {
            Some(address) => self.value_given(address, call, site).filter(|url| !url.is_absent()),
            None => self.role(model, Role::Url, call, site),
        };
        if let Some(url) = url {
            for url in self.url_texts(&url, site) {
                let host = match (url_host_of(&url), &base) {
                    (UrlHost::Relative, Some(base)) => {
                        let joined = concat([base, &Value::Text(Rc::new(url.clone()))]);
                        joined.texts().iter().map(target::url_host).collect()
                    }
                    (found, _) => vec![found],
                };
                for host in host {
                    match host {
                        UrlHost::Host(aim) => aims.push(aim),
                        UrlHost::None => {}
                        UrlHost::Relative => {
                            if model.constants.is_empty() {
                                aims.push(Aim::dynamic(url.holes().collect()));
                            } else {
                                aims.extend(library());
                            }
                        }
                    }
                }
            }
        } else if let Some(host) = self.role(model, Role::Host, call, site) {
            for host in self.url_texts(&host, site) {
                aims.extend(target::bare_host(&host));
            }
        } else if let Some(base) = base {
            for base in self.url_texts(&base, site) {
                if let UrlHost::Host(aim) = target::url_host(&base) {
                    aims.push(aim);
                }
            }
        } else if !model.constants.is_empty() {
            aims.extend(library());
        } else if model.role(Role::Url).is_some() || model.role(Role::Host).is_some() {
            aims.push(Aim::dynamic(Vec::new()));
        }
        aims.dedup();
        self.bounded(&mut aims);
        aims
    }

    /// The texts of a URL value; of an options object those of its `url`, `href` or `hostname`.
    pub(super) fn url_texts(&mut self, value: &Value, site: Site) -> Vec<Text> {
        let mut all = Vec::new();
        for value in value.alternatives() {
            match value {
                Value::Object(_) => {
                    let found = ["url", "href", "hostname", "host", "uri"].iter().find_map(|name| {
                        let name = self.symbol(name);
                        self.known_member(value, name, site)
                    });
                    match found {
                        Some(found) => all.extend(found.texts().into_iter().map(|t| match url_host_of(&t) {
                            UrlHost::Relative => {
                                let mut full = Text::literal("https://");
                                t.pieces.iter().for_each(|p| full.push(p));
                                full
                            }
                            _ => t,
                        })),
                        None => all.push(Text { pieces: smallvec::smallvec![crate::analysis::value::Piece::Hole(Origin::UNKNOWN)] }),
                    }
                }
                Value::Api(api) if api.meaning.is_some() => {
                    let meaning = api.meaning.clone().unwrap_or_default();
                    all.extend(meaning.texts());
                }
                Value::Undefined | Value::Null => {}
                other => all.extend(other.texts()),
            }
        }
        all
    }

    fn listen(&mut self, model: &EffectModel, call: &Invocation, site: Site) {
        let host = self.role(model, Role::Host, call, site).map(|host| self.first_of_pairs(host));
        // What the library takes when it is given nothing: every interface, unless its model says otherwise.
        let own = model.role(Role::Host).and_then(<[Selector]>::last).map(|last| &last.head);
        let own = if let Some(Head::Constant(own)) = own { own.clone() } else { String::new() };
        let aims: Vec<Aim> = match host {
            None => vec![Aim::constant("0.0.0.0")],
            Some(host) => host
                .alternatives()
                .iter()
                .flat_map(|v| if v.is_absent() { vec![Text::literal(own.as_str())] } else { v.texts() })
                .collect::<Vec<_>>()
                .iter()
                .map(|text| match (host_of_address(text), text.constant()) {
                    (Some(host), _) if host.is_empty() => Aim::constant("0.0.0.0"),
                    (Some(host), _) => Aim::constant(&*host),
                    (None, Some(host)) if host.is_empty() => Aim::constant("0.0.0.0"),
                    (None, Some(host)) => Aim::constant(&*host),
                    (None, None) => Aim::dynamic(text.holes().collect()),
                })
                .collect(),
        };
        for aim in aims {
            self.record(CapabilityKind::Network, Access::Listen, aim, site);
        }
    }

    /// A host and a port as a list: the host.
    fn first_of_pairs(&self, value: Value) -> Value {
        union(value.alternatives().iter().map(|v| match v {
            Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::List) => {
                self.object(*id).items.first().cloned().unwrap_or(Value::UNKNOWN)
            }
            other => other.clone(),
        }))
    }

    fn database(&mut self, model: &EffectModel, call: &Invocation, site: Site) {
        let mut aims = Vec::new();
        if let Some(path) = self.role(model, Role::Path, call, site) {
            aims.extend(path.texts().iter().map(target::path).filter(|aim| !in_memory(&aim.target)));
        } else {
            aims = self.hosts(model, call, site);
            if aims.is_empty() {
                aims.push(Aim::dynamic(Vec::new()));
            }
        }
        for aim in aims {
            for access in &model.accesses {
                self.record(CapabilityKind::Database, *access, aim.clone(), site);
            }
        }
    }

    fn environment(&mut self, model: &EffectModel, call: &Invocation, member: Option<&Value>, site: Site) {
        if let Some(prefix) = self.role(model, Role::Prefix, call, site) {
            for text in prefix.texts() {
                let aim = match text.constant() {
                    Some(prefix) => Aim { target: format!("{prefix}*"), kind: TargetKind::Prefix, origins: Vec::new() },
                    None => Aim::dynamic(text.holes().collect()),
                };
                self.record(CapabilityKind::Environment, Access::Read, aim, site);
            }
            return;
        }
        if let Some(key) = model.notes {
            return self.noted_variables(model, key, call, site);
        }
        let name = match &model.variable {
            Some(variable) => match self.value_given(variable, call, site) {
                Some(Value::Unknown(Origin { source: Source::Unknown, .. })) | None => None,
                name => name,
            },
            None => self.role(model, Role::Name, call, site).or_else(|| member.cloned()),
        };
        let Some(name) = name else { return };
        for text in name.texts() {
            let aim = match text.constant() {
                Some(name) if &*name == "*" => Aim { target: "*".into(), kind: TargetKind::Prefix, origins: Vec::new() },
                Some(name) => Aim::constant(&*name),
                None => {
                    let shown = text.render("*");
                    if shown.trim_matches('*').is_empty() {
                        Aim::dynamic(text.holes().collect())
                    } else {
                        Aim { target: shown, kind: TargetKind::Prefix, origins: text.holes().collect() }
                    }
                }
            };
            self.record(CapabilityKind::Environment, Access::Read, aim, site);
        }
    }

    fn process(&mut self, model: &EffectModel, call: &Invocation, site: Site) {
        let shell = self.role(model, Role::Shell, call, site).is_some_and(|v| v.truth() != Some(false));
        let mut aims: Vec<Aim> = Vec::new();
        let line = self.role(model, Role::Command, call, site);
        let line_given = line.is_some();
        // A command that was put together word by word began elsewhere.
        let built = model.role(Role::Command).is_some_and(|selectors| selectors.iter().any(|s| s.head == Head::Receiver && s.steps.is_empty()));
        let site = match &line {
            Some(Value::Object(id)) if built => self.object(*id).site.unwrap_or(site),
            _ => site,
        };
        if let Some(value) = line.or_else(|| self.role(model, Role::Program, call, site)) {
            for value in value.alternatives() {
                match value {
                    Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::List) => {
                        let object = self.object(*id);
                        match object.items.first().cloned() {
                            Some(first) if shell && !line_given => aims.extend(first.texts().iter().flat_map(target::shell_programs)),
                            Some(first) => aims.extend(first.texts().iter().map(target::program)),
                            None => aims.push(Aim::dynamic(Vec::new())),
                        }
                    }
                    Value::Undefined | Value::Null => {}
                    other => {
                        for text in other.texts() {
                            if line_given || shell {
                                aims.extend(target::shell_programs(&text));
                            } else {
                                aims.push(target::program(&text));
                            }
                        }
                    }
                }
            }
        } else {
            aims.extend(model.constants.iter().map(Aim::constant));
        }
        if aims.is_empty() {
            aims.push(Aim::dynamic(Vec::new()));
        }
        for aim in aims {
            self.record(CapabilityKind::Process, Access::Spawn, aim, site);
        }
    }

    fn filesystem(&mut self, model: &EffectModel, call: &Invocation, site: Site) {
        let mut accesses = model.accesses.clone();
        if let Some(mode) = self.role(model, Role::Mode, call, site) {
            // Several are flags put together.
            let modes: Vec<_> = mode.alternatives().iter().map(Value::constant_text).collect();
            let any = |letters: &[char]| modes.iter().flatten().any(|mode| mode.contains(letters));
            accesses = match () {
                () if modes.iter().any(Option::is_none) || any(&['+']) => vec![Access::Read, Access::Write],
                () if any(&['w', 'a', 'x']) => vec![Access::Write],
                () => vec![Access::Read],
            };
        }
        let path = self.role(model, Role::Path, call, site);
        let aims: Vec<Aim> = match path {
            None if !model.constants.is_empty() => model.constants.iter().map(Aim::constant).collect(),
            None if self.left_out(model, call, site) => Vec::new(),
            None => vec![Aim::dynamic(Vec::new())],
            Some(path) => {
                let mut all = Vec::new();
                for value in path.alternatives() {
                    match value {
                        Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::List) => {
                            let items = self.object(*id).items.clone();
                            all.extend(items.iter().flat_map(Value::texts).map(|t| target::path(&t)));
                        }
                        // A file descriptor.
                        Value::Number(_) => {}
                        Value::Undefined | Value::Null => {}
                        other => all.extend(other.texts().iter().map(target::path)),
                    }
                }
                all
            }
        };
        // A text that is put together in a way that is not followed: a file without a name is none.
        let nameless = |aim: &Aim| aim.target.is_empty() && aim.kind == TargetKind::Constant;
        let named = aims.iter().any(|aim| !nameless(aim));
        for aim in aims.into_iter().filter(|aim| !(in_memory(&aim.target) || named && nameless(aim))) {
            let aim = if nameless(&aim) { Aim::dynamic(Vec::new()) } else { aim };
            for access in &accesses {
                self.record(CapabilityKind::Filesystem, *access, aim.clone(), site);
            }
        }
    }

    /// A variable of the environment that is read without a call that says so.
    pub(super) fn record_variable(&mut self, name: &str, site: Site) {
        self.record(CapabilityKind::Environment, Access::Read, Aim::constant(name), site);
    }

    /// Writes down an effect of the context that runs; `None` while probing.
    pub(super) fn record(&mut self, kind: CapabilityKind, access: Access, aim: Aim, site: Site) -> Option<EffectId> {
        if let Some(open) = &mut self.probing {
            if aim.kind != TargetKind::Constant && aim.origins.iter().any(|o| o.source == Source::Parameter) {
                open.insert((kind, site));
            }
            return None;
        }
        if access == Access::Read && aim.kind == TargetKind::Constant {
            self.note_look(&aim.target);
        }
        let target_from = aim.from();
        let key = (kind, access, aim.target.clone(), target_from, site);
        let id = match self.effect_index.get(&key) {
            Some(&id) => id,
            None if self.effects.len() >= MAX_EFFECTS => {
                self.out_of_fuel = true;
                return None;
            }
            None => {
                let id = EffectId(self.effects.len() as u32);
                let pick = |test: fn(Source) -> Option<Symbol>| {
                    let mut names: Vec<Symbol> = Vec::new();
                    for name in aim.origins.iter().filter_map(|o| test(o.source)) {
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                    names
                };
                let arguments = pick(|o| if let Source::Argument(a) = o { Some(a) } else { None });
                let variables = pick(|o| if let Source::Environment(a) = o { Some(a) } else { None });
                self.effects.push(Effect { kind, access, target: aim.target, target_kind: aim.kind, target_from, arguments, variables, site });
                self.effect_index.insert(key, id);
                id
            }
        };
        if self.effects_of.insert((self.current, id)) {
            self.context().effects.push(id);
        }
        self.recorded.push(id);
        Some(id)
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

/// The host of `host:port`, where the text begins with it.
fn host_of_address(text: &Text) -> Option<String> {
    let Some(Piece::Literal(first)) = text.pieces.first() else { return None };
    if let Some(inner) = first.strip_prefix('[') {
        return inner.split_once("]:").map(|(host, _)| host.to_owned());
    }
    let (host, port) = first.split_once(':')?;
    (port.bytes().all(|b| b.is_ascii_alphanumeric()) && !host.contains('/')).then(|| host.to_owned())
}

fn url_host_of(text: &Text) -> UrlHost {
    target::url_host(text)
}

/// Whether a value can play a role at all.
fn fits(role: Role, value: &Value) -> bool {
    match (role, value) {
        (Role::Host | Role::Url | Role::Base | Role::Path | Role::Name, Value::Function(_) | Value::Class(_)) => false,
        (Role::Host | Role::Url | Role::Base, Value::Number(_) | Value::Bool(_)) => false,
        // `sys.stderr`, a flag: an object that a library holds ready is no path.
        (Role::Path, Value::Api(api)) => api.meaning.is_some() || api.node.is_none() || api.made_by().is_some(),
        _ => true,
    }
}

/// Names by which databases and files mean that nothing is stored.
fn in_memory(target: &str) -> bool {
    target == ":memory:" || target.starts_with("file::memory:")
}

fn code_target(kind: CapabilityKind, text: &Text) -> Aim {
    match (kind, text.constant()) {
        (CapabilityKind::Code, Some(_)) => Aim::constant("constant"),
        (_, Some(text)) => Aim::constant(&*text),
        _ if kind == CapabilityKind::Credential => target::path(text),
        _ => Aim::dynamic(text.holes().collect()),
    }
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
