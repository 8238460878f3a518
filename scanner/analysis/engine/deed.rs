//! What a call does that a capability does not say: the line a shell is given, what is written, who is sent what, and
//! how often a loop does it. Rules look at the words of these texts; no library is known here.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{At, ContextId, Engine, FrameId, Invocation, ObjectKind, Site};
use crate::analysis::facts::CapabilityKind;
use crate::analysis::model::{Edge, NodeId, Role};
use crate::analysis::value::{Api, Arguments, Origin, Segment, Source, Text, Value};
use crate::program::{Argument, Binary, Call, Expr, ExprId, ModuleId, Pattern, Statement, Symbol, Unary};

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
/// Names by which the parts of a date are asked for.
const CALENDAR: &[&str] = &[
    "day",
    "month",
    "year",
    "hour",
    "weekday",
    "isoweekday",
    "isoformat",
    "strftime",
    "getDate",
    "getDay",
    "getMonth",
    "getFullYear",
    "getHours",
    "getUTCDate",
    "getUTCDay",
    "getUTCHours",
    "getUTCMonth",
    "getUTCFullYear",
    "Day",
    "Month",
    "Year",
    "Hour",
    "Weekday",
    "YearDay",
];
/// Repeating something this often is worth writing down.
const MANY: f64 = 1_000_000.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct DeedId(pub(crate) u32);

/// One thing done.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Times {
    /// As far as the loops' bounds are constants.
    pub(crate) constant: f64,
    /// A tool's argument decides.
    pub(crate) by_argument: bool,
    /// A loop without an end, and without anything in it that waits.
    pub(crate) endless: bool,
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
    known: FxHashMap<(Site, String), DeedId>,
    held: FxHashSet<(ContextId, DeedId)>,
    loops: Vec<Times>,
    /// What the calls of the statement that runs looked at: the clock, who runs it, whether somebody watches.
    looked: u8,
    /// The same of the values of variables.
    looks: FxHashMap<(FrameId, u32), u8>,
    /// What the undecided conditions around the statement look at.
    gates: Vec<u8>,
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
                    self.deed_of("command".into(), vec![("line".into(), lines)], &texts, site);
                }
                CapabilityKind::Network if effect.accesses.contains(&crate::analysis::facts::Access::Connect) => {
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
        for (name, copy) in given {
            if self.name(name).eq_ignore_ascii_case("bcc") {
                self.deed("recipient".into(), vec![("hidden".into(), copy)], site);
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
        let key = format!("{} {:?} {:?} {:?} {}", deed.what, deed.texts, deed.arguments, deed.times, deed.gates);
        let id = match self.deeds.known.get(&(deed.site, key.clone())) {
            Some(&id) => id,
            None if self.deeds.all.len() >= MAX_DEEDS => return,
            None => {
                let id = DeedId(self.deeds.all.len() as u32);
                self.deeds.known.insert((deed.site, key), id);
                self.deeds.all.push(deed);
                id
            }
        };
        if self.deeds.held.insert((self.current, id)) {
            self.context().deeds.push(id);
        }
    }

    /// Lines as a person would type them: a vector with spaces between its words.
    fn command_lines(&mut self, values: &[Value]) -> Vec<String> {
        let mut lines = vec![String::new()];
        for value in values {
            let mut words: Vec<String> = Vec::new();
            for value in value.alternatives() {
                match value {
                    Value::Object(id) if matches!(self.object(*id).kind, ObjectKind::List) => {
                        let items = self.object(*id).items.clone();
                        let mut line = items.iter().map(|item| self.renderings(item).join("|")).collect::<Vec<_>>().join(" ");
                        truncate(&mut line);
                        words.push(line);
                    }
                    other => words.extend(self.renderings(other)),
                }
            }
            let mut next = Vec::new();
            for line in &lines {
                for word in words.iter().take(MAX_TEXTS) {
                    next.push(if line.is_empty() { word.clone() } else { format!("{line} {word}") });
                }
            }
            next.truncate(MAX_TEXTS);
            if !next.is_empty() {
                lines = next;
            }
        }
        lines
    }

    /// What a value looks like when it is written out: one text for each alternative.
    fn renderings(&mut self, value: &Value) -> Vec<String> {
        let alternatives: Vec<Value> = value.alternatives().iter().filter(|v| !v.is_absent()).take(MAX_TEXTS).cloned().collect();
        alternatives
            .iter()
            .map(|value| {
                let mut text = String::new();
                self.render(value, MAX_NESTING, false, &mut text);
                truncate(&mut text);
                text
            })
            .collect()
    }

    fn render(&self, value: &Value, nesting: u32, quoted: bool, into: &mut String) {
        if into.len() > MAX_BYTES {
            return;
        }
        match value {
            Value::Text(text) if quoted => {
                into.push('"');
                into.push_str(&text.render(HOLE));
                into.push('"');
            }
            Value::Text(text) => into.push_str(&text.render(HOLE)),
            Value::Regex(pattern, _) => into.push_str(pattern),
            Value::Number(number) => into.push_str(&format!("{number}")),
            Value::Bool(flag) => into.push_str(if *flag { "true" } else { "false" }),
            Value::Object(id) if nesting > 0 => {
                let object = self.object(*id);
                if matches!(object.kind, ObjectKind::List) {
                    into.push('[');
                    for (i, item) in object.items.iter().enumerate().take(200) {
                        if i > 0 {
                            into.push_str(", ");
                        }
                        self.render(item, nesting - 1, true, into);
                    }
                    into.push(']');
                } else {
                    into.push('{');
                    for (i, (name, item)) in object.fields.iter().enumerate().take(200) {
                        if i > 0 {
                            into.push_str(", ");
                        }
                        into.push('"');
                        into.push_str(&self.name(*name));
                        into.push_str("\": ");
                        self.render(item, nesting - 1, true, into);
                    }
                    into.push('}');
                }
            }
            Value::Union(all) if nesting > 0 => {
                for (i, item) in all.iter().enumerate() {
                    if i > 0 {
                        into.push_str(" | ");
                    }
                    self.render(item, nesting - 1, quoted, into);
                }
            }
            Value::Api(api) => match &api.meaning {
                Some(meaning) if nesting > 0 => self.render(meaning, nesting - 1, quoted, into),
                _ => match self.path_of(api) {
                    Some(path) => into.push_str(&path),
                    None => into.push_str(HOLE),
                },
            },
            _ => into.push_str(HOLE),
        }
    }

    /// `{process.env}`: something that a library holds ready, not what a call made.
    fn path_of(&self, api: &Api) -> Option<String> {
        let mut names = Vec::new();
        let mut at = Some(api);
        while let Some(here) = at {
            let (Segment::Module(name) | Segment::Global(name) | Segment::Member(name)) = here.segment else { return None };
            names.push(self.name(name));
            at = here.parent.as_deref();
            if names.len() > 4 {
                return None;
            }
        }
        names.reverse();
        Some(format!("{{{}}}", names.join(".")))
    }

    /// Arguments of the tool anywhere in a value.
    fn arguments_in(&self, value: &Value, nesting: u32, into: &mut Vec<Symbol>) {
        let mut add = |origin: Origin| {
            if let Source::Argument(name) = origin.source
                && !into.contains(&name)
            {
                into.push(name);
            }
        };
        match value {
            Value::Unknown(origin) => add(*origin),
            Value::Text(text) => text.holes().for_each(add),
            Value::Object(id) if nesting > 0 => {
                let object = self.object(*id);
                for item in object.items.iter().take(200).chain(object.fields.values().take(200)).chain([&object.rest]) {
                    self.arguments_in(item, nesting - 1, into);
                }
            }
            Value::Union(all) if nesting > 0 => all.iter().for_each(|item| self.arguments_in(item, nesting - 1, into)),
            Value::Api(api) if nesting > 0 => {
                if let Some(meaning) = &api.meaning {
                    self.arguments_in(meaning, nesting - 1, into);
                }
            }
            _ => {}
        }
    }

    fn is_unused(&mut self, site: Site) -> bool {
        let module = self.module(site.module);
        let catch = self.symbol("catch");
        let calls = self.deeds.unused.entry(site.module).or_insert_with(|| unused_calls(module, catch));
        calls.contains(&site.expr)
    }

    /// Notes the bounds of a loop that begins; what it returns goes to [`Engine::leave_loop`].
    pub(super) fn enter_loop(&mut self, at: At, statement: &Statement) -> bool {
        let mut times = Times::default();
        match statement {
            Statement::ForEach { iterable, .. } => {
                let Expr::Call(call) = &self.module(at.module).exprs[iterable.index()] else { return false };
                let Some(bound) = self.range_bound(at, call) else { return false };
                bound_by(&mut times, &bound);
            }
            Statement::While { test, body } => {
                let endless = match test {
                    None => true,
                    Some(test) => match &self.module(at.module).exprs[test.index()] {
                        Expr::Bool(true) => true,
                        Expr::Number(number) => *number != 0.0,
                        Expr::Binary { op: Binary::Less | Binary::LessEqual, right, .. } => {
                            let right = *right;
                            if matches!(self.module(at.module).exprs[right.index()], Expr::Number(_) | Expr::Variable(_) | Expr::Binary { .. }) {
                                let bound = self.eval(at, right);
                                bound_by(&mut times, &bound);
                            }
                            false
                        }
                        _ => false,
                    },
                };
                times.endless = endless && !leaves_or_waits(self.module(at.module), &self.growing(), body);
            }
            _ => return false,
        }
        self.deeds.loops.push(times);
        let turns: f64 = self.deeds.loops.iter().map(|times| times.constant).product();
        if turns >= MANY || times.endless {
            let site = Site { module: at.module, expr: loop_site(statement) };
            let what = if times.endless { "endless-loop" } else { "long-loop" };
            self.deed_of(what.into(), vec![("turns".into(), vec![format!("{turns}")])], &[], site);
        }
        true
    }

    pub(super) fn before_statement(&mut self) -> (u8, usize) {
        (std::mem::take(&mut self.deeds.looked), self.deeds.gates.len())
    }

    /// Remembers what the value of a variable was made of, and forgets conditions that do not leave.
    pub(super) fn after_statement(&mut self, at: At, statement: &Statement, before: (u8, usize)) {
        if let Statement::Bind { pattern, value: Some(value), .. } = statement
            && let Pattern::Variable(variable) = &self.module(at.module).patterns[pattern.index()]
            && variable.hops == 0
        {
            let (slot, value) = (variable.slot, *value);
            let looks = self.looks_at(at, value);
            if looks != 0 && self.deeds.looks.len() < MAX_DEEDS {
                self.deeds.looks.insert((at.frame, slot), looks);
            }
        }
        if let Statement::If { then, .. } = statement {
            let leaves = matches!(then.last(), Some(Statement::Return(_) | Statement::Throw(_)));
            // What follows `if …: return` happens only under the same condition.
            if !leaves {
                self.deeds.gates.truncate(before.1);
            }
        }
        self.deeds.looked |= before.0;
    }

    /// What the calls and variables of an expression look at.
    fn looks_at(&self, at: At, expr: ExprId) -> u8 {
        let mut looked = self.deeds.looked;
        let mut calendar = false;
        let calendar_names: Vec<Symbol> = CALENDAR.iter().map(|name| self.symbol(name)).collect();
        let module = self.module(at.module);
        let mut known = 0;
        let mut open = vec![expr];
        let mut budget = 200;
        while let Some(expr) = open.pop() {
            budget -= 1;
            if budget == 0 {
                break;
            }
            match &module.exprs[expr.index()] {
                Expr::Variable(variable) if variable.hops == 0 => known |= self.deeds.looks.get(&(at.frame, variable.slot)).copied().unwrap_or(0),
                Expr::Member { object, property } => {
                    calendar |= calendar_names.contains(property);
                    open.push(*object);
                }
                Expr::Call(call) => {
                    open.push(call.callee);
                    open.extend(call.arguments.iter().map(|argument| argument.value));
                }
                Expr::Binary { left, right, .. } | Expr::Logical { left, right, .. } => open.extend([*left, *right]),
                Expr::Unary { operand, .. } => open.push(*operand),
                Expr::Await(inner) => open.push(*inner),
                _ => {}
            }
        }
        // How long something took is a question to the clock too; only the calendar tells days apart.
        if !calendar {
            looked &= !CLOCK;
        }
        looked | known
    }

    pub(super) fn note_gate(&mut self, at: At, test: ExprId) {
        let looks = self.looks_at(at, test);
        self.deeds.gates.push(looks);
    }

    pub(super) fn gates_open(&self) -> usize {
        self.deeds.gates.len()
    }

    pub(super) fn close_gates(&mut self, open: usize) {
        self.deeds.gates.truncate(open);
    }

    /// Methods that only add to what is held in memory.
    fn growing(&self) -> Vec<Symbol> {
        ["append", "push", "extend", "add", "repeat", "concat", "fill"].iter().map(|name| self.symbol(name)).collect()
    }

    pub(super) fn leave_loop(&mut self, entered: bool) {
        if entered {
            self.deeds.loops.pop();
        }
    }

    /// `range(n)`: n, when that is what is called.
    fn range_bound(&mut self, at: At, call: &Call) -> Option<Value> {
        let module = self.module(at.module);
        let Expr::Global(name) = &module.exprs[call.callee.index()] else { return None };
        if &*self.name(*name) != "range" {
            return None;
        }
        let bound: &Argument = match call.arguments.len() {
            0 => return None,
            1 => &call.arguments[0],
            _ => &call.arguments[1],
        };
        Some(self.eval(at, bound.value))
    }
}

fn bound_by(times: &mut Times, bound: &Value) {
    for bound in bound.alternatives() {
        match bound {
            Value::Number(number) if *number > 1.0 => times.constant = times.constant.max(*number),
            Value::Unknown(Origin { source: Source::Argument(_), .. }) => times.by_argument = true,
            Value::Text(text) => times.by_argument |= has_argument(text),
            _ => {}
        }
    }
}

fn has_argument(text: &Text) -> bool {
    text.holes().any(|origin| matches!(origin.source, Source::Argument(_)))
}

/// Where to point at for a loop.
fn loop_site(statement: &Statement) -> ExprId {
    match statement {
        Statement::ForEach { iterable, .. } => *iterable,
        Statement::While { test: Some(test), .. } => *test,
        Statement::While { body, .. } => body.iter().find_map(first_expression).unwrap_or(ExprId(0)),
        _ => ExprId(0),
    }
}

fn first_expression(statement: &Statement) -> Option<ExprId> {
    match statement {
        Statement::Expr(expr) | Statement::Return(Some(expr)) | Statement::Throw(Some(expr)) => Some(*expr),
        Statement::Bind { value, .. } => *value,
        Statement::If { test, .. } => Some(*test),
        Statement::ForEach { iterable, .. } => Some(*iterable),
        Statement::While { test: Some(test), .. } => Some(*test),
        Statement::While { body, .. } | Statement::Try { body, .. } | Statement::Block(body) => body.iter().find_map(first_expression),
        _ => None,
    }
}

/// Whether a loop's body can leave the loop, or gives others a turn: awaits, sleeps, waits for input.
fn leaves_or_waits(module: &crate::program::Module, growing: &[Symbol], body: &[Statement]) -> bool {
    body.iter().any(|statement| match statement {
        Statement::Break | Statement::Return(_) | Statement::Throw(_) => true,
        Statement::Expr(expr) => waits(module, growing, *expr, 0),
        Statement::Bind { value, .. } => value.is_some_and(|value| waits(module, growing, value, 0)),
        Statement::If { test, then, otherwise } => {
            waits(module, growing, *test, 0) || leaves_or_waits(module, growing, then) || leaves_or_waits(module, growing, otherwise)
        }
        Statement::Switch { cases, .. } => cases.iter().any(|case| leaves_or_waits(module, growing, &case.body)),
        Statement::ForEach { body, iterable, .. } => waits(module, growing, *iterable, 0) || leaves_or_waits(module, growing, body),
        Statement::While { body, test } => test.is_some_and(|test| waits(module, growing, test, 0)) || leaves_or_waits(module, growing, body),
        Statement::Try { body, handler, finally, .. } => {
            leaves_or_waits(module, growing, body) || leaves_or_waits(module, growing, handler) || leaves_or_waits(module, growing, finally)
        }
        Statement::Block(body) => leaves_or_waits(module, growing, body),
        Statement::Continue => false,
    })
}

/// An expression in which something is awaited or yielded, or any call that is made of something: most of them wait for
/// input, sleep or can throw, and what they do is not known here. Only additions to a list are sure not to.
fn waits(module: &crate::program::Module, growing: &[Symbol], expr: ExprId, depth: u32) -> bool {
    if depth > 40 {
        return true;
    }
    let inner = |expr: ExprId| waits(module, growing, expr, depth + 1);
    match &module.exprs[expr.index()] {
        Expr::Await(_) | Expr::Yield(_) => true,
        Expr::Call(call) => {
            let grows = matches!(&module.exprs[call.callee.index()], Expr::Member { property, .. } if growing.contains(property));
            !grows || call.arguments.iter().any(|argument| inner(argument.value))
        }
        Expr::Binary { left, right, .. } | Expr::Logical { left, right, .. } => inner(*left) || inner(*right),
        Expr::Unary { operand, .. } => inner(*operand),
        Expr::Assign { value, .. } | Expr::AssignLogical { value, .. } => inner(*value),
        Expr::Conditional { test, then, otherwise } => inner(*test) || inner(*then) || inner(*otherwise),
        Expr::Sequence(all) => all.iter().any(|expr| inner(*expr)),
        Expr::Member { object, .. } => inner(*object),
        Expr::Index { object, index } => inner(*object) || inner(*index),
        Expr::Comprehension(_) => true,
        _ => false,
    }
}

/// The calls of a module that stand alone as statements.
fn unused_calls(module: &crate::program::Module, catch: Symbol) -> FxHashSet<ExprId> {
    let mut all = FxHashSet::default();
    let mut open: Vec<&[Statement]> = module.functions.iter().map(|function| function.body.as_slice()).collect();
    while let Some(block) = open.pop() {
        for statement in block {
            match statement {
                Statement::Expr(expr) => stands_alone(module, *expr, catch, &mut all),
                Statement::Bind { pattern, value: Some(value), .. } if matches!(module.patterns[pattern.index()], Pattern::Ignore) => {
                    stands_alone(module, *value, catch, &mut all);
                }
                Statement::If { then, otherwise, .. } => open.extend([then.as_slice(), otherwise.as_slice()]),
                Statement::Switch { cases, .. } => open.extend(cases.iter().map(|case| case.body.as_slice())),
                Statement::ForEach { body, .. } | Statement::While { body, .. } | Statement::Block(body) => open.push(body),
                Statement::Try { body, handler, finally, .. } => {
                    open.extend([body.as_slice(), handler.as_slice(), finally.as_slice()]);
                }
                _ => {}
            }
        }
    }
    all
}

/// The call itself, and the ones that it only hangs a handler on: `fetch(…).catch(() => {})`.
fn stands_alone(module: &crate::program::Module, mut expr: ExprId, catch: Symbol, all: &mut FxHashSet<ExprId>) {
    for _ in 0..16 {
        match &module.exprs[expr.index()] {
            Expr::Await(inner) => expr = *inner,
            Expr::Unary { op: Unary::Other, operand } => expr = *operand,
            // A function that is given the answer looks at it: `get(url, (answer) => …)`, `….then((answer) => …)`.
            Expr::Call(call) if takes_the_answer(module, call, catch) => return,
            Expr::Call(call) => {
                all.insert(expr);
                match &module.exprs[call.callee.index()] {
                    Expr::Member { object, .. } if matches!(module.exprs[object.index()], Expr::Call(_)) => expr = *object,
                    _ => return,
                }
            }
            _ => return,
        }
    }
}

/// Whether a call is handed a function with a parameter, other than for errors.
fn takes_the_answer(module: &crate::program::Module, call: &crate::program::Call, catch: Symbol) -> bool {
    let text = |expr: ExprId| if let Expr::Str(text) = &module.exprs[expr.index()] { Some(&**text) } else { None };
    if call.arguments.first().is_some_and(|first| text(first.value) == Some("error")) {
        return false;
    }
    if matches!(&module.exprs[call.callee.index()], Expr::Member { property, .. } if *property == catch) {
        return false;
    }
    call.arguments.iter().any(|argument| {
        matches!(&module.exprs[argument.value.index()], Expr::Function(function) if !module.functions[function.index()].parameters.is_empty())
    })
}

fn truncate(text: &mut String) {
    if text.len() > MAX_BYTES {
        let mut end = MAX_BYTES;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
}
