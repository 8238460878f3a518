//! What a call does that a capability does not say: the line a shell is given, what is written, who is sent what, and
//! how often a loop does it. Rules look at the words of these texts; no library is known here.

mod answers;
mod gates;
mod turns;
mod writing;

use std::cell::OnceCell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use self::writing::truncate;
use super::{ContextId, Engine, FrameId, Invocation, ObjectKind, Site};
use crate::analysis::facts::{Access, CapabilityKind};
use crate::analysis::model::{Edge, NodeId, Role};
use crate::analysis::programs;
use crate::analysis::target::Aim;
use crate::analysis::value::{Api, Arguments, Origin, Segment, Source, Value};
use crate::program::{ExprId, ModuleId, Symbol};

/// Deeds that are written down; no honest server has a tenth of them.
const MAX_DEEDS: usize = 20_000;
/// Alternatives of one text that are kept.
const MAX_TEXTS: usize = 8;
/// Bytes of one text.
const MAX_BYTES: usize = 8 * 1024;
/// Depth of structures that are written out.
const MAX_NESTING: u32 = 6;
/// Shown for what is not known.
const HOLE: &str = "…";
/// What conditions look at.
pub(crate) const CLOCK: u8 = 1;
pub(crate) const PERSON: u8 = 2;
pub(crate) const WATCHED: u8 = 4;
/// Whether the program is being tried out: a build, a container, a sandbox.
pub(crate) const TRIAL: u8 = 8;
/// Repeating something this often is worth writing down.
const MANY: f64 = 1_000_000.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct DeedId(pub(crate) u32);

/// One thing done.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Deed {
    pub(crate) what: Arc<str>,
    /// Name and text, in the order of the model.
    pub(crate) texts: Vec<(Arc<str>, String)>,
    /// Arguments of the tool that are in the texts.
    pub(crate) arguments: Vec<Symbol>,
    /// Nobody looks at the result.
    pub(crate) unused: bool,
    pub(crate) times: Times,
    /// It happens only under a condition that looks at these.
    pub(crate) gates: u8,
    pub(crate) site: Site,
}

/// How often the loops around it do it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// As far as the loops' bounds are constants.
    pub(crate) constant: f64,
    /// A tool's argument decides.
    pub(crate) by_argument: bool,
    /// A loop without an end, and without anything in it that waits.
    pub(crate) endless: bool,
}

impl Times {
    /// What it is compared and found by: a number of turns is equal to itself, whatever it is.
    fn bits(&self) -> (u64, bool, bool) {
        (self.constant.to_bits(), self.by_argument, self.endless)
    }
}

impl PartialEq for Times {
    fn eq(&self, other: &Times) -> bool {
        self.bits() == other.bits()
    }
}

impl Eq for Times {}

impl Hash for Times {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits().hash(state);
    }
}

impl Default for Times {
    fn default() -> Self {
        Times { constant: 1.0, by_argument: false, endless: false }
    }
}

/// What was written down so far.
#[derive(Debug, Default)]
pub(crate) struct Deeds {
    pub(crate) all: Vec<Deed>,
    known: FxHashMap<Deed, DeedId>,
    held: FxHashSet<(ContextId, DeedId)>,
    loops: Vec<Times>,
    /// What the calls of the statement that runs looked at: the clock, who runs it, whether somebody watches.
    looked: u8,
    /// The same of the values of variables.
    looks: FxHashMap<(FrameId, u32), u8>,
    /// What the undecided conditions around the statement look at.
    gates: Vec<u8>,
    /// Names by which the parts of a date are asked for, once somebody looked for them.
    calendar: OnceCell<FxHashSet<Symbol>>,
    /// For each module that was asked: the calls whose results nobody looks at.
    unused: FxHashMap<ModuleId, FxHashSet<ExprId>>,
}

impl Engine<'_> {
    /// Writes down what a call does besides its effects.
    pub(super) fn note_deeds(&mut self, api: Option<&std::rc::Rc<Api>>, node: Option<NodeId>, call: &Invocation, site: Site) {
        if self.probing.is_some() {
            return;
        }
        let Some(node) = node else { return };
        let models = self.models;
        for model in models.deeds(node) {
            let mut texts = Vec::with_capacity(model.texts.len());
            for (name, selectors) in &model.texts {
                if let Some(value) = self.first(selectors, call, site) {
                    texts.push((name.clone(), value));
                }
            }
            self.deed(model.is.clone(), texts, site);
        }
        for effect in &models.entry(node).effects {
            match effect.kind {
                CapabilityKind::Process => {
                    let mut texts = Vec::new();
                    for role in [Role::Command, Role::Program, Role::Arguments] {
                        if let Some(value) = effect.role(role).and_then(|selectors| self.first(selectors, call, site)) {
                            texts.push(value);
                        }
                    }
                    let mut lines = self.command_lines(&texts);
                    // Where the arguments are all that a call is given, the program is the first of them again.
                    for line in &mut lines {
                        if let Some((first, rest)) = line.split_once(' ')
                            && rest.split(' ').next() == Some(first)
                        {
                            *line = rest.to_owned();
                        }
                    }
                    for address in lines.iter().filter_map(|line| programs::listens(line)) {
                        self.record(CapabilityKind::Network, Access::Listen, Aim::constant(address), site);
                    }
                    self.deed_of("command".into(), vec![("line".into(), lines)], &texts, site);
                }
                CapabilityKind::Network if effect.accesses.contains(&Access::Connect) => {
                    self.note_request(api, effect, call, site);
                    return;
                }
                _ => {}
            }
        }
    }

    /// Somebody is among those who get a message: `{ to, bcc: "…" }`, whatever library it is given to.
    pub(super) fn note_recipients(&mut self, arguments: &Arguments, site: Site) {
        if self.probing.is_some() {
            return;
        }
        let mut given: Vec<(Symbol, Value)> = arguments.keywords.clone();
        for value in &arguments.positional {
            if let Value::Object(id) = value {
                let fields = &self.object(*id).fields;
                // What has very many fields is no message.
                if fields.len() <= 40 {
                    given.extend(fields.iter().map(|(name, value)| (*name, value.clone())));
                }
            }
        }
        for (name, copy) in &given {
            if self.name(*name).eq_ignore_ascii_case("bcc") {
                self.deed("recipient".into(), vec![("hidden".into(), copy.clone())], site);
            }
        }
        let lists: Vec<Value> = arguments.positional.iter().cloned().chain(given.into_iter().map(|(_, value)| value)).collect();
        for list in lists {
            self.note_added(&list, site);
        }
    }

    /// Somebody who stands in the code, in one list with those whom the caller chose: `[to, "…"]`.
    fn note_added(&mut self, list: &Value, site: Site) {
        let Value::Object(id) = list else { return };
        let object = self.object(*id);
        if !matches!(object.kind, ObjectKind::List) || object.items.len() > 20 {
            return;
        }
        let chosen = |value: &Value| value.texts().iter().flat_map(|text| text.holes()).any(|origin| matches!(origin.source, Source::Argument(_)));
        let fixed = |value: &Value| value.constant_text().filter(|text| text.contains('@') && !text.contains(char::is_whitespace));
        if object.items.iter().any(chosen) || chosen(&object.rest) {
            let added: Vec<String> = object.items.iter().filter_map(fixed).map(|text| text.to_string()).collect();
            if !added.is_empty() {
                self.deed_of("recipient".into(), vec![("hidden".into(), added)], &[], site);
            }
        }
    }

    /// A request: its method, where it goes, and what it carries.
    fn note_request(&mut self, api: Option<&std::rc::Rc<Api>>, effect: &crate::analysis::model::EffectModel, call: &Invocation, site: Site) {
        let mut target = Vec::new();
        for role in [Role::Base, Role::Url, Role::Host] {
            if let Some(value) = effect.role(role).and_then(|selectors| self.first(selectors, call, site)) {
                target.push(value);
            }
        }
        let arguments: Vec<Value> = call.arguments.positional.iter().chain(call.arguments.keywords.iter().map(|(_, v)| v)).cloned().collect();
        let method = self.method(api, &call.arguments);
        let url = self.renderings(&target.first().cloned().unwrap_or_default());
        let host = effect.constants.first().cloned();
        let url = if target.is_empty() { host.into_iter().collect() } else { url };
        let carried: Vec<String> = arguments.iter().map(|value| self.renderings(value).join(" | ")).collect();
        let mut carried = carried.join(" ");
        truncate(&mut carried);
        let texts = vec![("method".into(), vec![method]), ("url".into(), url), ("carries".into(), vec![carried])];
        self.deed_of("request".into(), texts, &arguments, site);
    }

    /// The method of a request: the name of the function called, or a text that says it.
    fn method(&mut self, api: Option<&std::rc::Rc<Api>>, arguments: &Arguments) -> String {
        const METHODS: &[&str] = &["get", "head", "options", "post", "put", "patch", "delete"];
        let known = |text: &str| METHODS.iter().find(|m| m.eq_ignore_ascii_case(text)).map(|m| m.to_ascii_uppercase());
        if let Some(Segment::Member(name)) = api.map(|api| api.segment)
            && let Some(method) = known(&self.name(name))
        {
            return method;
        }
        let field = self.symbol("method");
        let mut given: Vec<Value> = arguments.keywords.iter().filter(|(name, _)| *name == field).map(|(_, v)| v.clone()).collect();
        for value in &arguments.positional {
            match value {
                Value::Object(id) => given.extend(self.object(*id).fields.get(&field).cloned()),
                Value::Text(_) => given.push(value.clone()),
                _ => {}
            }
        }
        given.iter().find_map(|value| known(&value.constant_text()?)).unwrap_or_default()
    }

    /// `os.environ["X"] = y`: what the model says of setting an item.
    pub(super) fn note_assignment(&mut self, target: &Value, index: &Value, value: &Value, site: Site) {
        for target in target.alternatives() {
            let told = |name: &str| matches!(name, "__doc__" | "description" | "inputSchema" | "input_schema");
            if matches!(target, Value::Function(_)) && index.constant_text().is_some_and(|name| told(&name)) {
                self.deed("redefine".into(), vec![("text".into(), value.clone())], site);
            }
            let Value::Api(api) = target else { continue };
            let name = self.symbol("__setitem__");
            if index.constant_text().is_some_and(|index| index.eq_ignore_ascii_case("bcc")) {
                self.deed("recipient".into(), vec![("hidden".into(), value.clone())], site);
            }
            let Some(node) = api.node.and_then(|node| self.models.child(node, Edge::Member(name))) else { continue };
            let Some(node) = self.models.child(node, Edge::Call) else { continue };
            let arguments = Arguments::of(vec![index.clone(), value.clone()]);
            let call = Invocation { this: Some(target.clone()), arguments, ..Invocation::default() };
            self.note_deeds(None, Some(node), &call, site);
        }
    }

    /// What a tool answers.
    pub(super) fn note_result(&mut self, result: &Value, site: Site) {
        self.deed("result".into(), vec![("text".into(), result.clone())], site);
        self.note_texts("answer", result, site);
    }

    /// `[x] * n`, `"x" * n`: something that large is made.
    pub(super) fn note_repetition(&mut self, repeated: &Value, times: f64, site: Site) {
        if times >= MANY && matches!(repeated, Value::Text(_) | Value::Object(_)) {
            self.deed_of("allocate".into(), vec![("size".into(), vec![format!("{times}")])], &[], site);
        }
    }

    /// The same, as often as an argument of the tool says.
    pub(super) fn note_chosen_repetition(&mut self, repeated: &Value, times: Origin, site: Site) {
        // A line of dashes is no load.
        let short = repeated.constant_text().is_some_and(|text| text.len() < 64);
        if !short && matches!(times.source, Source::Argument(_)) {
            self.deed_of("allocate".into(), vec![("size".into(), vec![HOLE.to_owned()])], &[Value::Unknown(times)], site);
        }
    }

    /// Writes down one deed for every combination of its texts (bounded).
    pub(super) fn deed(&mut self, what: Arc<str>, values: Vec<(Arc<str>, Value)>, site: Site) {
        let texts = values.iter().map(|(name, value)| (name.clone(), self.renderings(value))).collect();
        let values: Vec<Value> = values.into_iter().map(|(_, value)| value).collect();
        self.deed_of(what, texts, &values, site);
    }

    fn deed_of(&mut self, what: Arc<str>, texts: Vec<(Arc<str>, Vec<String>)>, values: &[Value], site: Site) {
        let mut arguments = Vec::new();
        for value in values {
            self.arguments_in(value, MAX_NESTING, &mut arguments);
        }
        let mut all: Vec<Vec<(Arc<str>, String)>> = vec![Vec::new()];
        for (name, alternatives) in texts {
            let mut next = Vec::new();
            for known in &all {
                for text in &alternatives {
                    if next.len() < MAX_TEXTS {
                        let mut with = known.clone();
                        with.push((name.clone(), text.clone()));
                        next.push(with);
                    }
                }
            }
            if !next.is_empty() {
                all = next;
            }
        }
        let unused = self.is_unused(site);
        let times = self.deeds.loops.iter().fold(Times::default(), |a, b| Times {
            constant: a.constant * b.constant,
            by_argument: a.by_argument || b.by_argument,
            endless: a.endless || b.endless,
        });
        for texts in all {
            let gates = self.deeds.gates.iter().fold(0, |all, gate| all | gate);
            let deed = Deed { what: what.clone(), texts, arguments: arguments.clone(), unused, times, gates, site };
            self.write_down(deed);
        }
    }

    fn write_down(&mut self, deed: Deed) {
        self.deeds.looked |= match &*deed.what {
            "clock" => CLOCK,
            "whoami" => PERSON,
            "watched" => WATCHED,
            _ => 0,
        };
        let id = match self.deeds.known.get(&deed) {
            Some(&id) => id,
            None if self.deeds.all.len() >= MAX_DEEDS => return,
            None => {
                let id = DeedId(self.deeds.all.len() as u32);
                self.deeds.known.insert(deed.clone(), id);
                self.deeds.all.push(deed);
                id
            }
        };
        if self.deeds.held.insert((self.current, id)) {
            self.context().deeds.push(id);
        }
    }
}
