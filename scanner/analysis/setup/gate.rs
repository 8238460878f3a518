//! Checks of who calls that are written by hand: functions that compare a header of the request and turn the caller away.

use rustc_hash::{FxHashMap, FxHashSet};

use super::words::{self, Look, Words};
use crate::analysis::engine::{Engine, Site};
use crate::program::{
    Binary, Block, Call, Element, Entry, Expr, ExprId, Function, FunctionId, FunctionKind, Key, Logical, Module, ModuleId, Part, Pattern, PatternId,
    Statement, Unary, Variable,
};

/// How deep nested expressions and blocks are followed.
const MAX_DEPTH: u32 = 400;
/// Rounds in which a function learns what those that it calls decide.
const ROUNDS: usize = 3;

type Place = (ModuleId, FunctionId);

/// What a function decides about a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gate {
    /// It turns callers away whatever the settings are.
    pub(super) always: Look,
    /// It does so only when something is set.
    pub(super) sometimes: Look,
    /// It returns what it thinks of the caller: it depends on those that call it.
    verdict: Look,
    /// The same, when something is set.
    verdict_when_set: Look,
}

impl Gate {
    /// Whatever it looks at.
    pub(super) fn any(self) -> Look {
        self.always.with(self.sometimes).with(self.verdict).with(self.verdict_when_set)
    }
}

/// The gates among all functions of the program that `counts` lets through.
pub(super) fn gates(engine: &Engine<'_>, counts: &dyn Fn(ModuleId) -> bool) -> FxHashMap<Place, Gate> {
    let mut callees: FxHashMap<Site, Vec<Place>> = FxHashMap::default();
    for context in &engine.contexts {
        for (callee, site) in &context.calls {
            if let Some(function) = engine.contexts[callee.0 as usize].function
                && function.1 != FunctionId(0)
            {
                let known = callees.entry(*site).or_default();
                if known.len() < 8 && !known.contains(&function) {
                    known.push(function);
                }
            }
        }
    }
    let mut words = Words::new(&engine.program.interner);
    let functions: Vec<Place> = (0..engine.program.modules.len() as u32)
        .map(ModuleId)
        .filter(|id| counts(*id))
        .flat_map(|id| (1..engine.module(id).functions.len() as u32).map(move |function| (id, FunctionId(function))))
        .collect();
    let mut refusals: FxHashSet<Place> = FxHashSet::default();
    for place in &functions {
        let module = engine.module(place.0);
        let body = &module.functions[place.1.index()].body;
        let mut reader = Reader::new(module, place.0, &mut words, &callees, &refusals, None);
        if reader.refuses(body, 0) {
            refusals.insert(*place);
        }
    }
    let mut all: FxHashMap<Place, Gate> = FxHashMap::default();
    for _ in 0..ROUNDS {
        let mut changed = false;
        for place in &functions {
            let module = engine.module(place.0);
            let mut reader = Reader::new(module, place.0, &mut words, &callees, &refusals, Some(&all));
            let gate = reader.judge(place.1);
            if gate.any().is_none() {
                continue;
            }
            let before = all.insert(*place, gate);
            changed |= before != Some(gate);
        }
        if !changed {
            break;
        }
    }
    all
}

/// Reads one function.
struct Reader<'a, 'p> {
    module: &'a Module,
    id: ModuleId,
    words: &'a mut Words<'p>,
    callees: &'a FxHashMap<Site, Vec<Place>>,
    refusals: &'a FxHashSet<Place>,
    known: Option<&'a FxHashMap<Place, Gate>>,
    /// The function that is read.
    current: Option<FunctionId>,
    /// What the variables of the function hold of the request.
    slots: FxHashMap<u32, Look>,
    /// The slot of the receiver: what hangs on it is a setting, not the request.
    receiver: Option<u32>,
    /// Around the statement that is read: a condition on a setting.
    under_setting: bool,
    /// What those that are asked decide only when something is set.
    weak: Look,
    gate: Gate,
}

/// What a block does with the caller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    GoesOn,
    /// Returns no, nothing or a text: a verdict.
    Verdict,
    Refuses,
}

impl<'a, 'p> Reader<'a, 'p> {
    fn new(
        module: &'a Module,
        id: ModuleId,
        words: &'a mut Words<'p>,
        callees: &'a FxHashMap<Site, Vec<Place>>,
        refusals: &'a FxHashSet<Place>,
        known: Option<&'a FxHashMap<Place, Gate>>,
    ) -> Self {
        let slots = FxHashMap::default();
        Reader {
            module,
            id,
            words,
            callees,
            refusals,
            known,
            current: None,
            slots,
            receiver: None,
            under_setting: false,
            weak: Look::NONE,
            gate: Gate::default(),
        }
    }

    fn judge(&mut self, function: FunctionId) -> Gate {
        self.current = Some(function);
        let function: &'a Function = &self.module.functions[function.index()];
        if matches!(function.kind, FunctionKind::Method { receiver_parameter: true }) {
            self.receiver = Some(0);
        }
        // A framework fills a parameter from a header that its default names.
        for parameter in &function.parameters {
            let (Some(name), Some(default)) = (parameter.name, parameter.default) else { continue };
            let header = self.words.of(name).header;
            let text = self.words.text(name);
            let header = if words::secret_parameter(&text) || &*text == "credentials" { Look::AUTH } else { header };
            if matches!(self.expr(default), Expr::Call(_))
                && !header.is_none()
                && let Pattern::Variable(variable) = self.pattern(parameter.pattern)
            {
                self.slots.insert(variable.slot, header);
            }
        }
        for _ in 0..2 {
            self.bindings(&function.body, 0);
        }
        self.block(&function.body, 0);
        self.gate
    }

    fn expr(&self, id: ExprId) -> &'a Expr {
        &self.module.exprs[id.index()]
    }

    fn pattern(&self, id: PatternId) -> &'a Pattern {
        &self.module.patterns[id.index()]
    }

    /// What flows into variables.
    fn bindings(&mut self, block: &Block, depth: u32) {
        if depth > MAX_DEPTH {
            return;
        }
        for statement in block {
            match statement {
                Statement::Bind { pattern, value: Some(value), .. } => self.bind(*pattern, *value, depth),
                Statement::Expr(value) => {
                    if let Expr::Assign { target, value, .. } | Expr::AssignLogical { target, value, .. } = self.expr(*value) {
                        self.bind(*target, *value, depth);
                    }
                }
                Statement::If { test, .. } => self.assignments_in(*test, depth),
                Statement::ForEach { pattern, iterable, .. } => {
                    let look = self.look(*iterable, depth);
                    self.give(*pattern, look, depth);
                }
                _ => {}
            }
            for inner in blocks(statement) {
                self.bindings(inner, depth + 1);
            }
        }
    }

    /// `if (x := …)`, `if x, err := …; …`.
    fn assignments_in(&mut self, test: ExprId, depth: u32) {
        match self.expr(test) {
            Expr::Assign { target, value, .. } => self.bind(*target, *value, depth),
            Expr::Logical { left, right, .. } | Expr::Binary { left, right, .. } if depth < MAX_DEPTH => {
                self.assignments_in(*left, depth + 1);
                self.assignments_in(*right, depth + 1);
            }
            Expr::Unary { operand, .. } if depth < MAX_DEPTH => self.assignments_in(*operand, depth + 1),
            _ => {}
        }
    }

    fn bind(&mut self, pattern: PatternId, value: ExprId, depth: u32) {
        // `const { host, authorization } = req.headers`
        if let Pattern::Object { fields, .. } = self.pattern(pattern)
            && self.carries(value)
        {
            for (key, field) in fields {
                if let Key::Name(name) = key {
                    let header = self.words.of(*name).header;
                    self.give(*field, header, depth + 1);
                }
            }
            return;
        }
        let look = self.look(value, depth);
        self.give(pattern, look, depth);
    }

    fn give(&mut self, pattern: PatternId, look: Look, depth: u32) {
        if look.is_none() || depth > MAX_DEPTH {
            return;
        }
        match self.pattern(pattern) {
            Pattern::Variable(Variable { hops: 0, slot }) => {
                let known = self.slots.entry(*slot).or_default();
                *known = known.with(look);
            }
            Pattern::List { items, .. } => items.iter().for_each(|item| self.give(*item, look, depth + 1)),
            Pattern::Object { fields, .. } => fields.iter().for_each(|(_, field)| self.give(*field, look, depth + 1)),
            Pattern::Default { pattern, .. } => self.give(*pattern, look, depth + 1),
            _ => {}
        }
    }

    /// Whether an expression is a request or its headers.
    fn carries(&mut self, id: ExprId) -> bool {
        match self.expr(id) {
            Expr::Variable(Variable { hops: 0, slot }) => self.slot_word(*slot),
            Expr::Variable(_) => false,
            Expr::Member { property, .. } => self.words.of(*property).carries,
            Expr::Global(name) => self.words.of(*name).carries,
            Expr::Index { index, .. } => matches!(self.expr(*index), Expr::Str(name) if name.to_ascii_lowercase().contains("header")),
            Expr::Call(call) => match self.expr(call.callee) {
                Expr::Member { property, .. } => self.words.of(*property).carries,
                // `dict(scope["headers"])`, `new Headers(…)`
                _ => call.arguments.first().is_some_and(|argument| self.carries_shallow(argument.value)),
            },
            Expr::Await(inner) => self.carries_shallow(*inner),
            _ => false,
        }
    }

    fn carries_shallow(&mut self, id: ExprId) -> bool {
        match self.expr(id) {
            Expr::Member { property, .. } => self.words.of(*property).carries,
            Expr::Index { index, .. } => matches!(self.expr(*index), Expr::Str(name) if name.to_ascii_lowercase().contains("header")),
            Expr::Variable(Variable { hops: 0, slot }) => self.slot_word(*slot),
            _ => false,
        }
    }

    fn slot_word(&mut self, slot: u32) -> bool {
        // The names of slots are those of the function that is read.
        let name = self.slot_names().and_then(|names| names.get(slot as usize).copied());
        name.is_some_and(|name| self.words.of(name).carries)
    }

    fn slot_names(&self) -> Option<&'a [crate::program::Symbol]> {
        self.current.map(|function| self.module.functions[function.index()].slot_names.as_slice())
    }

    /// What of the request an expression holds.
    fn look(&mut self, id: ExprId, depth: u32) -> Look {
        if depth > MAX_DEPTH {
            return Look::NONE;
        }
        let next = depth + 1;
        match self.expr(id) {
            Expr::Variable(Variable { hops: 0, slot }) => self.slots.get(slot).copied().unwrap_or_default(),
            Expr::Member { object, property } => {
                let word = self.words.of(*property);
                let mut look = self.look(*object, next);
                if (!word.header.is_none() || !word.field.is_none()) && self.carries(*object) {
                    look = look.with(if word.header.is_none() { word.field } else { word.header });
                }
                look
            }
            Expr::Index { object, index } => {
                let mut look = self.look(*object, next).with(self.look(*index, next));
                if let Expr::Str(name) = self.expr(*index) {
                    look = look.with(words::header(name));
                    if words::secret_parameter(name) && self.carries(*object) {
                        look = look.with(Look::AUTH);
                    }
                }
                look
            }
            Expr::Call(call) => self.look_call(id, call, next),
            Expr::Template(parts) => self.all(parts.iter().filter_map(|p| if let Part::Value(v) = p { Some(*v) } else { None }), next),
            Expr::List(items) => self.all(items.iter().map(|Element { value, .. }| *value), next),
            Expr::Object(entries) => {
                let values = entries.iter().map(|e| match e {
                    Entry::Field { value, .. } | Entry::Spread(value) => *value,
                });
                self.all(values.collect::<Vec<_>>().into_iter(), next)
            }
            Expr::Binary { left, right, .. } | Expr::Logical { left, right, .. } => self.look(*left, next).with(self.look(*right, next)),
            Expr::Conditional { test, then, otherwise } => self.look(*test, next).with(self.look(*then, next)).with(self.look(*otherwise, next)),
            Expr::Unary { operand: inner, .. }
            | Expr::Await(inner)
            | Expr::Slice { object: inner }
            | Expr::Assign { value: inner, .. }
            | Expr::AssignLogical { value: inner, .. } => self.look(*inner, next),
            Expr::Sequence(all) => self.all(all.iter().copied(), next),
            Expr::Comprehension(inner) => {
                let iterables: Vec<ExprId> = inner.clauses.iter().flat_map(|c| std::iter::once(c.iterable).chain(c.tests.iter().copied())).collect();
                self.all(iterables.into_iter().chain([inner.element]), next)
            }
            _ => Look::NONE,
        }
    }

    fn all(&mut self, all: impl Iterator<Item = ExprId>, depth: u32) -> Look {
        let mut look = Look::NONE;
        for id in all {
            look = look.with(self.look(id, depth));
        }
        look
    }

    fn look_call(&mut self, id: ExprId, call: &Call, depth: u32) -> Look {
        let mut look = Look::NONE;
        for place in self.callees.get(&Site { module: self.id, expr: id }).into_iter().flatten() {
            if let Some(gate) = self.known.and_then(|known| known.get(place)) {
                look = look.with(gate.verdict.judged()).with(gate.verdict_when_set.judged());
                self.weak = self.weak.with(Look(gate.verdict_when_set.0 & !gate.verdict.0));
            }
        }
        let mut form = false;
        match self.expr(call.callee) {
            Expr::Member { object, property } => {
                let word = self.words.of(*property);
                form = word.form;
                look = look.with(self.look(*object, depth));
                if word.getter
                    && self.carries(*object)
                    && let Some(first) = call.arguments.first()
                {
                    let name = match self.expr(first.value) {
                        Expr::Str(name) => words::header(name).with(if words::secret_parameter(name) { Look::AUTH } else { Look::NONE }),
                        Expr::Member { property, .. } | Expr::Global(property) => self.words.of(*property).header,
                        _ => Look::NONE,
                    };
                    look = look.with(name);
                }
            }
            Expr::Variable(Variable { hops, slot }) if *hops == 0 => look = look.with(self.slots.get(slot).copied().unwrap_or_default()),
            Expr::Global(name) => form = self.words.of(*name).form,
            _ => {}
        }
        let arguments = self.all(call.arguments.iter().map(|argument| argument.value), depth);
        look.with(if form || call.construct { arguments } else { arguments.judged() })
    }

    /// What a condition compares: that a header is there, or begins with a word, says nothing of the caller.
    fn compared(&mut self, id: ExprId, depth: u32) -> Look {
        if depth > MAX_DEPTH {
            return Look::NONE;
        }
        match self.expr(id) {
            Expr::Unary { op: Unary::Not, operand } => self.compared(*operand, depth + 1),
            Expr::Logical { left, right, .. } => self.compared(*left, depth + 1).with(self.compared(*right, depth + 1)),
            Expr::Await(inner) => self.compared(*inner, depth + 1),
            Expr::Binary { left, right, .. } if self.is_nothing(*left) || self.is_nothing(*right) => {
                self.look(*left, depth + 1).with(self.look(*right, depth + 1)).only_judged()
            }
            Expr::Binary { op, left, right } if *op != Binary::Other => self.look(*left, depth + 1).with(self.look(*right, depth + 1)).subject(),
            Expr::Index { index, .. } => {
                let place = self.look(id, depth + 1).only_judged();
                self.look(*index, depth + 1).subject().with(place)
            }
            Expr::Call(call) => {
                let mut look = self.look(id, depth + 1).only_judged();
                // A text asked about the header is a comparison, the header asked about its form is none.
                if let Expr::Member { property, object } = self.expr(call.callee)
                    && !self.words.of(*property).form
                    && !call.arguments.is_empty()
                {
                    look = look.with(self.look(*object, depth + 1).only_judged());
                }
                look
            }
            Expr::Assign { value, .. } => self.compared(*value, depth + 1),
            _ => self.look(id, depth + 1).only_judged(),
        }
    }

    fn is_nothing(&self, id: ExprId) -> bool {
        match self.expr(id) {
            Expr::Null | Expr::Undefined => true,
            Expr::Str(text) => text.is_empty(),
            Expr::Global(_) => false,
            _ => false,
        }
    }

    fn block(&mut self, block: &Block, depth: u32) {
        if depth > MAX_DEPTH {
            return;
        }
        for (at, statement) in block.iter().enumerate() {
            match statement {
                Statement::If { test, then, otherwise } => {
                    let compared = self.compared(*test, 0);
                    if !compared.is_none() {
                        let mut outcome = self.outcome(then).max(self.outcome(otherwise));
                        if leaves(then) || self.hands_on(then, 0) {
                            outcome = outcome.max(self.outcome(&block[at + 1..]));
                        }
                        let open = self.under_setting || self.only_when_set(*test, 0);
                        self.decided(compared, outcome, open);
                    }
                    let about_settings = compared.is_none() && self.is_setting(*test, 0);
                    if about_settings && self.absent(*test, 0) && leaves(then) && self.outcome(then) != Outcome::Refuses {
                        // Without the setting everybody gets in: what follows is a check only when it is set.
                        self.block(then, depth + 1);
                        let before = std::mem::replace(&mut self.under_setting, true);
                        self.block_rest(&block[at + 1..], depth);
                        self.under_setting = before;
                        return;
                    }
                    let before = self.under_setting;
                    self.under_setting |= about_settings;
                    self.block(then, depth + 1);
                    self.block(otherwise, depth + 1);
                    self.under_setting = before;
                }
                Statement::Return(Some(value)) => {
                    let look = self.look(*value, 0);
                    let compared = self.compared(*value, 0).with(look.only_judged());
                    if let Expr::Conditional { test, then, otherwise } = self.expr(*value) {
                        let compared = self.compared(*test, 0);
                        if !compared.is_none() && (self.expr_refuses(*then, 0) || self.expr_refuses(*otherwise, 0)) {
                            self.decided(compared, Outcome::Refuses, self.under_setting);
                        }
                    }
                    self.judges(compared, self.under_setting);
                }
                Statement::Switch { subject, cases } => {
                    let mut compared = self.compared(*subject, 0);
                    for guard in cases.iter().filter_map(|case| case.guard) {
                        compared = compared.with(self.compared(guard, 0));
                    }
                    if !compared.is_none() {
                        let worst = cases.iter().map(|case| self.outcome(&case.body)).max().unwrap_or(Outcome::GoesOn);
                        self.decided(compared, worst, self.under_setting);
                    }
                    for case in cases {
                        self.block(&case.body, depth + 1);
                    }
                }
                statement => {
                    for inner in blocks(statement) {
                        self.block(inner, depth + 1);
                    }
                }
            }
        }
    }

    fn block_rest(&mut self, rest: &[Statement], depth: u32) {
        for (at, statement) in rest.iter().enumerate() {
            // One statement at a time keeps what follows each in sight.
            if let Statement::If { test, then, otherwise } = statement {
                let compared = self.compared(*test, 0);
                if !compared.is_none() {
                    let mut outcome = self.outcome(then).max(self.outcome(otherwise));
                    if leaves(then) || self.hands_on(then, 0) {
                        outcome = outcome.max(self.outcome(&rest[at + 1..]));
                    }
                    self.decided(compared, outcome, true);
                }
                self.block(then, depth + 1);
                self.block(otherwise, depth + 1);
            } else {
                for inner in blocks(statement) {
                    self.block(inner, depth + 1);
                }
            }
        }
    }

    fn decided(&mut self, about: Look, outcome: Outcome, only_when_set: bool) {
        match outcome {
            Outcome::GoesOn => {}
            Outcome::Verdict => self.judges(about, only_when_set),
            Outcome::Refuses if only_when_set || self.weak.has(about) => self.gate.sometimes = self.gate.sometimes.with(about),
            Outcome::Refuses => self.gate.always = self.gate.always.with(about),
        }
    }

    fn judges(&mut self, about: Look, only_when_set: bool) {
        let verdict = if only_when_set || self.weak.has(about) { &mut self.gate.verdict_when_set } else { &mut self.gate.verdict };
        *verdict = verdict.with(about);
    }

    /// Whether a condition looks at nothing of the call itself.
    fn is_setting(&mut self, id: ExprId, depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        match self.expr(id) {
            Expr::Variable(Variable { hops: 0, slot }) => Some(*slot) == self.receiver,
            Expr::Variable(_) | Expr::This | Expr::Global(_) => true,
            Expr::Member { object, .. } => self.is_setting(*object, depth + 1),
            Expr::Unary { operand, .. } => self.is_setting(*operand, depth + 1),
            Expr::Binary { left, right, .. } | Expr::Logical { left, right, .. } => {
                let constant = |e: &Expr| matches!(e, Expr::Null | Expr::Undefined | Expr::Number(_) | Expr::Bool(_));
                // A comparison with a word tells modes apart: no protection that somebody forgot to set.
                let (l, r) = (constant(self.expr(*left)) || self.is_nothing(*left), constant(self.expr(*right)) || self.is_nothing(*right));
                (l || self.is_setting(*left, depth + 1)) && (r || self.is_setting(*right, depth + 1)) && !(l && r)
            }
            Expr::Call(call) => match self.expr(call.callee) {
                Expr::Member { object, .. } => call.arguments.is_empty() && self.is_setting(*object, depth + 1),
                Expr::Global(_) => call.arguments.len() == 1 && self.is_setting(call.arguments[0].value, depth + 1),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a condition holds when a setting is missing.
    fn absent(&mut self, id: ExprId, depth: u32) -> bool {
        match self.expr(id) {
            Expr::Unary { op: Unary::Not, operand } => !matches!(self.expr(*operand), Expr::Unary { op: Unary::Not, .. }),
            Expr::Binary { op: Binary::Equal, left, right } => self.is_empty(*left) || self.is_empty(*right),
            Expr::Logical { left, right, .. } if depth < MAX_DEPTH => self.absent(*left, depth + 1) || self.absent(*right, depth + 1),
            _ => false,
        }
    }

    fn is_empty(&self, id: ExprId) -> bool {
        self.is_nothing(id) || matches!(self.expr(id), Expr::Number(n) if *n == 0.0)
    }

    /// `if (KEY && given !== KEY)`: whoever sets no key lets everybody in.
    fn only_when_set(&mut self, test: ExprId, depth: u32) -> bool {
        match self.expr(test) {
            Expr::Logical { op: Logical::And, left, right } if depth < MAX_DEPTH => {
                (self.look(*left, 0).is_none() && self.is_setting(*left, 0))
                    || self.only_when_set(*left, depth + 1)
                    || self.only_when_set(*right, depth + 1)
            }
            _ => false,
        }
    }

    fn outcome(&mut self, block: &[Statement]) -> Outcome {
        if self.refuses(block, 0) {
            return Outcome::Refuses;
        }
        let verdict = block.iter().any(|statement| match statement {
            Statement::Return(Some(value)) => {
                matches!(self.expr(*value), Expr::Bool(_) | Expr::Null | Expr::Str(_) | Expr::Template(_) | Expr::Undefined)
            }
            _ => false,
        });
        if verdict { Outcome::Verdict } else { Outcome::GoesOn }
    }

    /// Whether a block turns the caller away.
    fn refuses(&mut self, block: &[Statement], depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        block.iter().any(|statement| match statement {
            Statement::Throw(_) => true,
            Statement::Expr(value) | Statement::Return(Some(value)) | Statement::Bind { value: Some(value), .. } => self.expr_refuses(*value, 0),
            statement => blocks(statement).into_iter().any(|inner| self.refuses(inner, depth + 1)),
        })
    }

    fn expr_refuses(&mut self, id: ExprId, depth: u32) -> bool {
        if depth > 40 {
            return false;
        }
        let next = depth + 1;
        match self.expr(id) {
            Expr::Number(n) => [400.0, 401.0, 403.0, 421.0, 1008.0].contains(n),
            Expr::Global(name) => self.words.of(*name).denies,
            Expr::Member { object, property } => self.words.of(*property).denies || self.expr_refuses(*object, next),
            Expr::Call(call) => {
                let site = Site { module: self.id, expr: id };
                self.callees.get(&site).into_iter().flatten().any(|place| self.refusals.contains(place))
                    || self.expr_refuses(call.callee, next)
                    || call.arguments.iter().any(|argument| self.expr_refuses(argument.value, next))
            }
            Expr::Object(entries) => entries.iter().any(|e| match e {
                Entry::Field { value, .. } | Entry::Spread(value) => self.expr_refuses(*value, next),
            }),
            Expr::List(items) => items.iter().any(|item| self.expr_refuses(item.value, next)),
            Expr::Await(inner) => self.expr_refuses(*inner, next),
            Expr::Sequence(all) => all.iter().any(|e| self.expr_refuses(*e, next)),
            _ => false,
        }
    }

    /// Whether a block hands the request on.
    fn hands_on(&mut self, block: &[Statement], depth: u32) -> bool {
        depth < MAX_DEPTH
            && block.iter().any(|statement| match statement {
                Statement::Expr(value) | Statement::Return(Some(value)) => self.calls_next(*value),
                statement => blocks(statement).into_iter().any(|inner| self.hands_on(inner, depth + 1)),
            })
    }

    fn calls_next(&mut self, id: ExprId) -> bool {
        let id = if let Expr::Await(inner) = self.expr(id) { *inner } else { id };
        let Expr::Call(call) = self.expr(id) else { return false };
        match self.expr(call.callee) {
            Expr::Member { property, .. } => self.words.of(*property).passes,
            Expr::Variable(Variable { hops: 0, slot }) => {
                let name = self.slot_names().and_then(|names| names.get(*slot as usize).copied());
                name.is_some_and(|name| self.words.of(name).passes)
            }
            _ => false,
        }
    }
}

/// Whether a block does not go on behind its end.
fn leaves(block: &[Statement]) -> bool {
    matches!(block.last(), Some(Statement::Return(_) | Statement::Throw(_) | Statement::Continue | Statement::Break))
}

/// The blocks inside a statement.
pub(super) fn blocks(statement: &Statement) -> Vec<&Block> {
    match statement {
        Statement::If { then, otherwise, .. } => vec![then, otherwise],
        Statement::Switch { cases, .. } => cases.iter().map(|case| &case.body).collect(),
        Statement::ForEach { body, .. } | Statement::While { body, .. } => vec![body],
        Statement::Try { body, handler, finally, .. } => vec![body, handler, finally],
        Statement::Block(body) => vec![body],
        _ => Vec::new(),
    }
}
