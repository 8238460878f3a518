//! Effects of calls and reads of libraries: what they are on, as far as it is known.

use std::rc::Rc;

use super::intrinsic::Invocation;
use super::{Engine, MAX_EFFECTS, ObjectKind, Site};
use crate::analysis::facts::{Access, CapabilityKind, TargetFrom, TargetKind};
use crate::analysis::model::{EffectModel, Head, Role, Selector, Step};
use crate::analysis::target::{self, Aim, UrlHost};
use crate::analysis::value::{Origin, Piece, Source, Text, Value, concat, union};
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

impl Effect {
    /// Whether something is open from now on, so that calling its methods is using it.
    pub(super) fn is_connection(&self) -> bool {
        self.access == Access::Connect && matches!(self.kind, CapabilityKind::Database | CapabilityKind::Network)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EffectId(pub(crate) u32);

pub(super) type EffectKey = (CapabilityKind, Access, String, TargetFrom, Site);

impl Engine<'_> {
    pub(super) fn effect(&mut self, model: &EffectModel, call: &Invocation, member: Option<&Value>, site: Site) {
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
    pub(super) fn may_happen(&mut self, model: &EffectModel, call: &Invocation, site: Site) -> bool {
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
    pub(super) fn left_out(&mut self, model: &EffectModel, call: &Invocation, site: Site) -> bool {
        let selectors = [Role::Path, Role::Name].into_iter().filter_map(|role| model.role(role)).flatten();
        let selectors: Vec<Selector> = selectors.cloned().collect();
        !selectors.is_empty() && selectors.iter().all(|selector| self.certainly_absent(selector, call, site))
    }

    pub(super) fn certainly_absent(&mut self, selector: &Selector, call: &Invocation, site: Site) -> bool {
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

    pub(super) fn network(&mut self, model: &EffectModel, call: &Invocation, site: Site) {
        for aim in self.hosts(model, call, site) {
            for access in &model.accesses {
                self.record(model.kind, *access, aim.clone(), site);
            }
        }
    }

    pub(super) fn hosts(&mut self, model: &EffectModel, call: &Invocation, site: Site) -> Vec<Aim> {
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

    pub(super) fn listen(&mut self, model: &EffectModel, call: &Invocation, site: Site) {
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
    pub(super) fn first_of_pairs(&self, value: Value) -> Value {
        union(value.alternatives().iter().map(|v| match v {
            Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::List) => {
                self.object(*id).items.first().cloned().unwrap_or(Value::UNKNOWN)
            }
            other => other.clone(),
        }))
    }

    pub(super) fn database(&mut self, model: &EffectModel, call: &Invocation, site: Site) {
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

    pub(super) fn environment(&mut self, model: &EffectModel, call: &Invocation, member: Option<&Value>, site: Site) {
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

    pub(super) fn process(&mut self, model: &EffectModel, call: &Invocation, site: Site) {
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

    pub(super) fn filesystem(&mut self, model: &EffectModel, call: &Invocation, site: Site) {
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
        if self.is_known_of_copy(kind, &aim.target, site) {
            return None;
        }
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
