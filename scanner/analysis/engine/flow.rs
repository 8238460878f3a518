//! Where data that somebody outside chose is used: the arguments of calls that do something, and the sinks that models name.

use super::effect::EffectId;
use super::guard::chosen_outside;
use super::intrinsic::Invocation;
use super::{ContextId, Engine, ObjectKind, Site};
use crate::analysis::facts::{Access, CapabilityKind, Shape, Sink};
use crate::analysis::judge::{Beside, State, judge, quoted_by_hand, shape};
use crate::analysis::marks::Marks;
use crate::analysis::model::{EffectModel, Head, Role, Selector};
use crate::analysis::program_name;
use crate::analysis::value::{ObjectId, Origin, Piece, Source, Text, Value};
use crate::program::Symbol;

/// Flows that are written down.
const MAX_FLOWS: usize = 20_000;
/// Parts of the arguments of one call that are searched for data it hands on.
const MAX_PARTS: usize = 300;
/// Depth of those parts.
const MAX_DEPTH: u32 = 6;
/// Sources whose entry into one list is remembered.
const MAX_ENTERED: usize = 24;
/// Bytes of the text at a sink that are shown.
const MAX_SHOWN: usize = 160;

/// Data at a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FlowSeen {
    pub(crate) sink: Sink,
    pub(crate) source: Source,
    pub(crate) shape: Shape,
    pub(crate) state: State,
    pub(crate) site: Site,
    /// The effect at the sink.
    pub(crate) effect: Option<EffectId>,
    pub(crate) access: Option<Access>,
    pub(crate) text: String,
    /// Where the text was put together, when that is not where it is used.
    pub(crate) made: Option<Site>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FlowId(pub(crate) u32);

/// What tells flows apart.
pub(super) type FlowKey = (Sink, Source, Site, Shape, bool, Option<Site>);

impl Engine<'_> {
    /// The flows of one effect of a call.
    pub(super) fn effect_flows(&mut self, model: &EffectModel, call: &Invocation, effect: Option<EffectId>, site: Site) {
        if self.probing.is_some() || effect.is_none() {
            return;
        }
        match model.kind {
            CapabilityKind::Network if model.accesses.contains(&Access::Listen) => {}
            CapabilityKind::Network => {
                let mut checked = self.checks_addresses(model, call, site);
                for role in [Role::Url, Role::Host, Role::Base] {
                    if self.chosen_before(model, role, call) {
                        continue;
                    }
                    if let Some(url) = self.role(model, role, call, site) {
                        let texts = self.url_texts(&url, site);
                        for text in texts {
                            if checked.as_mut().is_some_and(|lookup| self.tests_addresses(lookup, &text, site)) {
                                continue;
                            }
                            self.text_into(Sink::Url, &text, effect, None, site);
                        }
                    }
                }
                self.handed_on(Sink::Payload, call, effect, site);
            }
            CapabilityKind::Process => self.process_flows(model, call, effect, site),
            CapabilityKind::Filesystem | CapabilityKind::Credential => {
                let access = effect.map(|id| self.effects[id.0 as usize].access);
                // What an object does to the place that it was opened on was looked at when it was opened.
                let of_receiver = |selector: &Selector| selector.head == crate::analysis::model::Head::Receiver;
                let opened = matches!(&call.this, Some(Value::Api(api)) if api.read.is_some())
                    && model.role(Role::Path).is_some_and(|selectors| selectors.iter().all(of_receiver));
                if let Some(path) = self.role(model, Role::Path, call, site).filter(|_| !opened) {
                    self.value_into(Sink::Path, &path, effect, access, site);
                }
                if access == Some(Access::Write) {
                    self.handed_on(Sink::Content, call, effect, site);
                }
            }
            CapabilityKind::Code if model.accesses.contains(&Access::Evaluate) => {
                if let Some(source) = self.role(model, Role::Source, call, site) {
                    self.value_into(Sink::Code, &source, effect, None, site);
                }
            }
            CapabilityKind::Database => {
                if let Some(path) = self.role(model, Role::Path, call, site) {
                    self.value_into(Sink::Path, &path, effect, None, site);
                }
            }
            _ => {}
        }
    }

    /// Whether the client was made for this host, and making it was a flow already: its methods add nothing to that.
    fn chosen_before(&self, model: &EffectModel, role: Role, call: &Invocation) -> bool {
        let of_receiver = model.role(role).is_some_and(|all| all.iter().all(|selector| selector.head == Head::Receiver));
        let Some(Value::Api(client)) = &call.this else { return false };
        let connects = |effect: &EffectModel| effect.kind == CapabilityKind::Network && effect.role(role).is_some();
        of_receiver && client.node.is_some_and(|node| self.models.entry(node).effects.iter().any(connects))
    }

    /// The functions of the program that look names up for this connection, and whether a library does so that turns down
    /// what is not public.
    fn checks_addresses(&mut self, model: &EffectModel, call: &Invocation, site: Site) -> Option<Vec<Value>> {
        let lookup = self.role(model, Role::Lookup, call, site)?;
        let mut functions = lookup.alternatives().to_vec();
        functions.retain(|f| matches!(f, Value::Function(_) | Value::Bool(true)));
        (!functions.is_empty()).then_some(functions)
    }

    /// Whether a function that looks names up looks at the addresses too: it is called with the host of the URL, and
    /// tests are made of what that resolves to.
    fn tests_addresses(&mut self, lookup: &mut [Value], url: &Text, site: Site) -> bool {
        let hosts: Vec<Origin> = url.holes().filter(|o| chosen_outside(*o)).collect();
        hosts.iter().all(|host| {
            lookup.iter().any(|function| match function {
                Value::Bool(known) => *known,
                function => {
                    let host = Value::Unknown(host.marked(Marks::HOST));
                    self.call(function, super::Arguments::of(vec![host, Value::UNKNOWN, Value::UNKNOWN]), None, site);
                    true
                }
            }) && (lookup.iter().any(|f| matches!(f, Value::Bool(true))) || self.tested_address_of(host.source))
        })
    }

    /// The sinks that a model names beside effects.
    pub(super) fn named_sinks(&mut self, sinks: &[(Sink, Vec<Selector>)], call: &Invocation, site: Site) {
        if self.probing.is_some() {
            return;
        }
        let effect = self.recorded.first().copied();
        for (sink, selectors) in sinks {
            let value = match sink {
                // Everything that is given is what is logged.
                Sink::Log => {
                    self.handed_on(Sink::Log, call, effect, site);
                    continue;
                }
                _ => self.first(selectors, call, site),
            };
            if let Some(value) = value {
                match sink {
                    Sink::Argument => self.words_into(&value, effect, site),
                    _ => self.value_into(*sink, &value, effect, None, site),
                }
            }
        }
    }

    fn process_flows(&mut self, model: &EffectModel, call: &Invocation, effect: Option<EffectId>, site: Site) {
        let shell = self.role(model, Role::Shell, call, site).map(|v| v.truth());
        // A shell on one system and none on another: what is quoted is for the one, what is not for the other.
        let undecided = shell == Some(None);
        let shell = shell.is_some_and(|truth| truth != Some(false));
        let is_list = |engine: &Self, v: &Value| matches!(v, Value::Object(id) if matches!(engine.object(*id).kind, ObjectKind::List));
        if let Some(line) = self.role(model, Role::Command, call, site) {
            for value in line.alternatives().to_vec() {
                if is_list(self, &value) {
                    self.vector_into(&value, effect, site);
                } else {
                    self.value_into(Sink::Command, &value, effect, None, site);
                }
            }
        }
        let program = self.role(model, Role::Program, call, site);
        let arguments = self.role(model, Role::Arguments, call, site);
        if shell {
            let quoted = |engine: &Self, value: &Value| undecided && engine.quoted_by_hand(value);
            let all: Vec<Value> = arguments.iter().flat_map(|v| v.alternatives().to_vec()).collect();
            let told_apart = all.iter().any(|value| quoted(self, value));
            for value in program.iter().flat_map(|v| v.alternatives().to_vec()).chain(all) {
                match &value {
                    value if quoted(self, value) => {}
                    Value::Object(_) if told_apart => self.operands_into(&program.clone().unwrap_or_default(), &value, effect, site),
                    value => self.value_into(Sink::Command, value, effect, None, site),
                }
            }
            return;
        }
        for value in program.iter().flat_map(|v| v.alternatives().to_vec()) {
            if is_list(self, &value) {
                self.vector_into(&value, effect, site);
            } else {
                self.value_into(Sink::Program, &value, effect, None, site);
            }
        }
        if let Some(arguments) = arguments {
            let first = program.clone().unwrap_or_default();
            for value in arguments.alternatives().to_vec() {
                self.operands_into(&first, &value, effect, site);
            }
        }
        self.handed_on(Sink::Feed, call, effect, site);
    }

    /// Remembers where data from outside was put into a list: of a list of arguments, that is what somebody has to change.
    pub(super) fn put_in_list(&mut self, list: ObjectId, item: &Value, site: Site) {
        for value in item.alternatives() {
            let mut note = |origin: Origin| {
                if chosen_outside(origin) && self.entered.len() < MAX_FLOWS {
                    let known = self.entered.entry(list).or_default();
                    if known.len() < MAX_ENTERED && !known.iter().any(|(source, _)| *source == origin.source) {
                        known.push((origin.source, site));
                    }
                }
            };
            match value {
                Value::Unknown(origin) => note(*origin),
                Value::Text(text) => text.holes().for_each(note),
                _ => {}
            }
        }
    }

    /// What is known of where the data of one list was put into it holds of a list that was made of it.
    pub(super) fn list_of_list(&mut self, from: &Value, to: ObjectId) {
        for value in from.alternatives() {
            let Value::Object(from) = value else { continue };
            let Some(known) = self.entered.get(from).cloned() else { continue };
            let more = self.entered.entry(to).or_default();
            for entry in known {
                if more.len() < MAX_ENTERED && !more.iter().any(|(source, _)| *source == entry.0) {
                    more.push(entry);
                }
            }
        }
    }

    /// `[...more]`: what another list held, or what comes of something that is not known.
    pub(super) fn spread_in_list(&mut self, list: ObjectId, more: &Value, site: Site) {
        self.list_of_list(more, list);
        self.put_in_list(list, more, site);
    }

    fn entered_at(&self, list: ObjectId, source: Source) -> Option<Site> {
        self.entered.get(&list)?.iter().find(|(known, _)| *known == source).map(|(_, site)| *site)
    }

    /// Whether all of a list that somebody outside chose stands in quotes that it cannot end.
    fn quoted_by_hand(&self, list: &Value) -> bool {
        let Value::Object(id) = list else { return false };
        let object = self.object(*id);
        let mut chosen = 0;
        let quoted = object.items.iter().chain([&object.rest]).flat_map(Value::texts).all(|text| {
            text.pieces.iter().enumerate().all(|(i, piece)| match piece {
                Piece::Hole(origin) if chosen_outside(*origin) => {
                    chosen += 1;
                    quoted_by_hand(&text, i, origin.marks)
                }
                _ => true,
            })
        });
        quoted && chosen > 0
    }

    /// Words of a command line: with the program at the beginning, or without.
    fn words_into(&mut self, words: &Value, effect: Option<EffectId>, site: Site) {
        for words in words.alternatives().to_vec() {
            let first = match &words {
                Value::Object(id) => self.object(*id).items.first().cloned(),
                _ => None,
            };
            let names_program = |first: &Value| first.constant_text().is_some_and(|first| !first.starts_with('-'));
            if first.is_some_and(|first| first.alternatives().iter().any(names_program)) {
                self.vector_into(&words, effect, site);
            } else {
                self.operands_into(&Value::Undefined, &words, effect, site);
            }
        }
    }

    /// A whole argument vector: program first.
    fn vector_into(&mut self, vector: &Value, effect: Option<EffectId>, site: Site) {
        for vector in vector.alternatives().to_vec() {
            let Value::Object(id) = vector else {
                self.value_into(Sink::Argument, &vector, effect, None, site);
                continue;
            };
            let object = self.object(id);
            let (items, rest, open, made) = (object.items.clone(), object.rest.clone(), object.open, object.site);
            let Some((program, operands)) = items.split_first() else {
                if open {
                    self.value_into(Sink::Program, &rest, effect, None, site);
                }
                continue;
            };
            let outer = self.within.replace(id);
            self.value_into(Sink::Program, program, effect, None, site);
            self.within = outer;
            let list = self.list(operands.to_vec(), open, made);
            if let Value::Object(list) = &list {
                self.object_mut(*list).rest = rest;
                self.list_of_list(&Value::Object(id), *list);
            }
            self.operands_into(program, &list, effect, site);
        }
    }

    /// The arguments of a program. What begins with `-` is an option, unless `--` stands before it; a shell reads what
    /// stands behind `-c` as a line.
    fn operands_into(&mut self, program: &Value, operands: &Value, effect: Option<EffectId>, site: Site) {
        let Value::Object(id) = operands else {
            self.value_into(Sink::Argument, operands, effect, None, site);
            return;
        };
        let outer = self.within.replace(*id);
        self.operands_of(program, *id, effect, site);
        self.within = outer;
    }

    fn operands_of(&mut self, program: &Value, list: ObjectId, effect: Option<EffectId>, site: Site) {
        let object = self.object(list);
        let (items, rest, object_site) = (object.items.clone(), object.rest.clone(), object.site);
        let is_one_of = |names: &[&str]| {
            program.alternatives().iter().filter_map(Value::constant_text).any(|path| names.contains(&program_name(&path.to_lowercase())))
        };
        let is_shell = is_one_of(&["sh", "bash", "zsh", "dash", "ash", "ksh", "fish", "cmd", "powershell", "pwsh"]);
        // They read `host:path` in every operand, whatever stands before it.
        let names_hosts = is_one_of(&["scp", "rsync", "rcp", "pscp"]);
        let mut before: Option<Value> = None;
        for item in items {
            let after = before.as_ref().and_then(Value::constant_text);
            let after = after.as_deref().unwrap_or("");
            if after == "--" && !names_hosts {
                return;
            }
            let flag = after.to_lowercase();
            if is_shell && (matches!(&*flag, "-c" | "/c" | "/k" | "-command" | "-lc" | "-ic" | "-ec" | "-xc" | "/s") || flag.starts_with("-c ")) {
                // The shell is asked for by name: the text shows it.
                let outer = self.wrapping.replace((format!("sh {after} "), object_site));
                self.value_into(Sink::Command, &item, effect, None, site);
                self.wrapping = outer;
            } else if after == "--" || !(after.starts_with('-') && after.len() > 1 && !after.contains('=')) {
                // What follows an option is most likely its value.
                for text in item.texts() {
                    // `--${name}`: the option itself is chosen.
                    if let [Piece::Literal(dashes), rest @ ..] = text.pieces.as_slice()
                        && matches!(&**dashes, "-" | "--")
                    {
                        let option = Text { pieces: rest.iter().cloned().collect() };
                        self.text_into(Sink::Argument, &option, effect, None, site);
                    }
                    if matches!(text.pieces.first(), Some(Piece::Hole(_))) {
                        let first = Text { pieces: text.pieces.iter().take(1).cloned().collect() };
                        self.text_into(Sink::Argument, if text.pieces.len() > 1 { &text } else { &first }, effect, None, site);
                    }
                }
            }
            before = Some(item);
        }
        let ended = before.as_ref().and_then(Value::constant_text).is_some_and(|last| &*last == "--");
        if !matches!(rest, Value::Undefined) && !ended {
            self.value_into(Sink::Argument, &rest, effect, None, site);
        }
    }

    fn value_into(&mut self, sink: Sink, value: &Value, effect: Option<EffectId>, access: Option<Access>, site: Site) {
        self.parts_into(sink, value, effect, access, site, 3);
    }

    fn parts_into(&mut self, sink: Sink, value: &Value, effect: Option<EffectId>, access: Option<Access>, site: Site, depth: u32) {
        if depth == 0 {
            return;
        }
        for value in value.alternatives().to_vec() {
            match &value {
                Value::Object(id) if !matches!(self.object(*id).kind, ObjectKind::Instance(_)) => {
                    let object = self.object(*id);
                    let parts: Vec<Value> = object.items.iter().chain(object.fields.values()).chain([&object.rest]).take(100).cloned().collect();
                    let outer = self.within.replace(*id);
                    for part in parts {
                        if !matches!(part, Value::Object(_) | Value::Undefined) {
                            self.parts_into(sink, &part, effect, access, site, depth - 1);
                        }
                    }
                    self.within = outer;
                }
                Value::Function(_) | Value::Class(_) | Value::Undefined | Value::Null | Value::Bool(_) | Value::Number(_) => {}
                other => {
                    for text in other.texts() {
                        self.text_into(sink, &text, effect, access, site);
                    }
                }
            }
        }
    }

    fn text_into(&mut self, sink: Sink, text: &Text, effect: Option<EffectId>, access: Option<Access>, site: Site) {
        for (i, piece) in text.pieces.iter().enumerate() {
            let Piece::Hole(origin) = piece else { continue };
            if !followed(*origin) {
                continue;
            }
            if sink == Sink::Argument && i > 0 {
                break;
            }
            if sink == Sink::Url && !chooses_host(text, i) {
                continue;
            }
            let held = self.held_of(origin.source);
            let beside = Beside { sometimes: self.sometimes_held_of(origin.source), optional: self.optionally_held_of(origin.source) };
            let state = judge(sink, text, i, *origin, &held, &beside);
            let mut shown = text.render("{…}");
            if shown.len() > MAX_SHOWN {
                let cut = (0..=MAX_SHOWN).rev().find(|at| shown.is_char_boundary(*at)).unwrap_or(0);
                shown.truncate(cut);
                shown.push('…');
            }
            let made = composition(text);
            let made =
                self.made_at.get(&(made, Some(origin.source))).or_else(|| self.made_at.get(&(made, None))).copied().filter(|made| *made != site);
            let (shown, made) = match &self.wrapping {
                Some((before, list)) => (format!("{before}{shown}"), made.or(list.filter(|list| *list != site))),
                None => (shown, made),
            };
            let made = made.or_else(|| self.within.and_then(|list| self.entered_at(list, origin.source)).filter(|entered| *entered != site));
            self.flow(FlowSeen { sink, source: origin.source, shape: shape(text, i), state, site, effect, access, text: shown, made });
        }
    }

    /// Everything that a call is given goes out with it.
    fn handed_on(&mut self, sink: Sink, call: &Invocation, effect: Option<EffectId>, site: Site) {
        let mut sources: Vec<Source> = Vec::new();
        let mut budget = MAX_PARTS;
        let keywords = call.arguments.keywords.iter().map(|(_, v)| v);
        let all = call.arguments.positional.iter().chain(keywords).chain(&call.arguments.more).chain(&call.arguments.more_keywords).chain(&call.this);
        for value in all {
            self.parts(value, MAX_DEPTH, sink, &mut budget, &mut sources);
        }
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            self.flow(FlowSeen { sink, source, shape: Shape::Part, state: State::Open, site, effect, access: None, text: String::new(), made: None });
        }
    }

    fn parts(&self, value: &Value, depth: u32, sink: Sink, budget: &mut usize, sources: &mut Vec<Source>) {
        if depth == 0 || *budget == 0 {
            return;
        }
        *budget -= 1;
        let hidden = if sink == Sink::Log { Marks::DIGEST.with(Marks::PIECE) } else { Marks::DIGEST };
        let mut take = |origin: Origin| {
            if followed(origin) && !origin.marks.any(hidden) {
                sources.push(origin.source);
            }
        };
        match value {
            Value::Text(text) => text.holes().for_each(take),
            Value::Unknown(origin) => take(*origin),
            Value::Union(all) => all.iter().for_each(|v| self.parts(v, depth, sink, budget, sources)),
            Value::Object(id) => {
                let object = self.object(*id);
                for part in object.fields.values().chain(&object.items).chain([&object.rest]) {
                    self.parts(part, depth - 1, sink, budget, sources);
                }
                if let Some(made) = object.base.as_ref().and_then(|base| base.made_by()) {
                    made.arguments
                        .positional
                        .iter()
                        .chain(made.arguments.keywords.iter().map(|(_, v)| v))
                        .for_each(|v| self.parts(v, depth - 1, sink, budget, sources));
                }
            }
            Value::Api(api) => {
                if let Some(read) = api.read {
                    sources.push(Source::Remote(Some(read)));
                }
                if let Some(meaning) = &api.meaning {
                    self.parts(meaning, depth - 1, sink, budget, sources);
                }
                if let Some(made) = api.made_by() {
                    made.arguments
                        .positional
                        .iter()
                        .chain(made.arguments.keywords.iter().map(|(_, v)| v))
                        .for_each(|v| self.parts(v, depth - 1, sink, budget, sources));
                }
            }
            _ => {}
        }
    }

    /// Remembers where a text with data from outside was first put together: that, more than where it is used, is what
    /// somebody has to change.
    pub(super) fn put_together(&mut self, value: &Value, site: Site) {
        for value in value.alternatives() {
            if let Value::Text(text) = value
                && text.pieces.len() > 1
                && text.holes().any(chosen_outside)
                && self.made_at.len() < MAX_FLOWS
            {
                self.made_at.entry((composition(text), None)).or_insert(site);
            }
        }
    }

    /// The same for one part of a template: in a long one it says more than where the template begins.
    pub(super) fn put_in(&mut self, whole: &Value, part: &Value, site: Site) {
        let sources: Vec<Source> =
            part.texts().iter().flat_map(|t| t.holes().collect::<Vec<_>>()).filter(|o| chosen_outside(*o)).map(|o| o.source).collect();
        for text in whole.texts() {
            for source in &sources {
                if text.pieces.len() > 1 && self.made_at.len() < MAX_FLOWS {
                    self.made_at.entry((composition(&text), Some(*source))).or_insert(site);
                }
            }
        }
    }

    fn flow(&mut self, flow: FlowSeen) {
        if flow.state == State::Safe {
            return;
        }
        let key = (flow.sink, flow.source, flow.site, flow.shape, flow.state == State::Open, flow.made);
        let id = match self.flow_index.get(&key) {
            Some(&id) => id,
            None if self.flows.len() >= MAX_FLOWS => return,
            None => {
                let id = FlowId(self.flows.len() as u32);
                self.flows.push(flow);
                self.flow_index.insert(key, id);
                id
            }
        };
        if self.flows_of.insert((self.current, id)) {
            self.context().flows.push(id);
        }
    }

    /// The name of what a source chose by, for people.
    pub(crate) fn source_name(&self, source: Source) -> String {
        let name = |symbol: Symbol| self.name(symbol).to_string();
        match source {
            Source::Argument(symbol) | Source::Environment(symbol) | Source::Request(symbol) => name(symbol),
            _ => String::new(),
        }
    }
}

/// What tells texts apart by what they are made of, whatever was done to their parts: hashed, of long texts the beginnings.
fn composition(text: &Text) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    for piece in text.pieces.iter().take(16) {
        match piece {
            Piece::Literal(literal) => (literal.len(), literal.as_bytes().get(..literal.len().min(64))).hash(&mut hasher),
            Piece::Hole(origin) => origin.source.hash(&mut hasher),
        }
    }
    hasher.finish()
}

/// Sources whose way is followed to sinks.
fn followed(origin: Origin) -> bool {
    chosen_outside(origin) || matches!(origin.source, Source::Environment(_) | Source::File(_))
}

/// Whether the hole is (part of) scheme, user, host or port of a URL.
fn chooses_host(text: &Text, hole: usize) -> bool {
    let mut before = String::new();
    for piece in &text.pieces[..hole] {
        match piece {
            Piece::Literal(text) => before.push_str(text),
            Piece::Hole(_) => before.push('\u{1}'),
        }
    }
    match before.split_once("://") {
        Some((_, rest)) => !rest.contains(['/', '?', '#']),
        None if before.is_empty() => true,
        // `base + path`: nothing keeps the second from going on with the host of the first.
        None => before.starts_with('\u{1}') && !before.contains(['/', '?', '#', ' ']),
    }
}

pub(super) type FlowsOf = rustc_hash::FxHashSet<(ContextId, FlowId)>;
