//! Statements and patterns.

use super::guard::Way;
use super::operator::{compare, join};
use super::{At, Engine, MAX_DEPTH, ObjectKind, Site};
use crate::analysis::value::{Origin, Source, Value, union};
use crate::program::{Case, Comprehension, ExprId, Key, Pattern, PatternId, Statement, Variable};

/// Loops over lists longer than this are cut (and the list is said to be incomplete where it matters).
const MAX_ITERATIONS: usize = 1_000;

/// How a block ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    Return,
    Throw,
    Break,
    Continue,
}

impl Flow {
    /// After one of two branches, of which we do not know which.
    fn either(a: Flow, b: Flow) -> Flow {
        match (a, b) {
            (Flow::Next, _) | (_, Flow::Next) => Flow::Next,
            (a, b) if a == b => a,
            (Flow::Return | Flow::Throw, Flow::Return | Flow::Throw) => Flow::Return,
            // Leaving in different ways: nothing after the block runs in either.
            _ => Flow::Continue,
        }
    }
}

impl Engine<'_> {
    pub(crate) fn block(&mut self, at: At, block: &[Statement]) -> Flow {
        let gates = self.gates_open();
        let flow = self.block_within(at, block);
        self.close_gates(gates);
        flow
    }

    fn block_within(&mut self, at: At, block: &[Statement]) -> Flow {
        for statement in block {
            if self.depth >= MAX_DEPTH || self.fuel == 0 {
                self.out_of_fuel |= self.fuel == 0;
                return Flow::Next;
            }
            self.depth += 1;
            let looped = self.enter_loop(at, statement);
            let looked = self.before_statement();
            let flow = self.statement(at, statement);
            self.after_statement(at, statement, looked);
            self.leave_loop(looped);
            self.depth -= 1;
            if flow != Flow::Next {
                return flow;
            }
        }
        Flow::Next
    }

    fn statement(&mut self, at: At, statement: &Statement) -> Flow {
        match statement {
            Statement::Expr(_) | Statement::If { .. } if self.spoken_for(at, statement) => Flow::Next,
            Statement::Expr(expr) => {
                self.eval(at, *expr);
                Flow::Next
            }
            Statement::Bind { pattern, value, declares } => {
                match value {
                    Some(expr) => {
                        let value = match self.inlined_library(at, *pattern, *expr) {
                            Some(library) => library,
                            None if self.spoken_for(at, statement) => Value::Unknown(Source::Library.into()),
                            None => self.eval(at, *expr),
                        };
                        let value =
                            if self.uncertain > 0 && matches!(value, Value::Bool(_)) { self.says_what_holds(at, *expr, value) } else { value };
                        self.binding = Site { module: at.module, expr: *expr };
                        let outer = std::mem::replace(&mut self.declaring, *declares);
                        self.bind(at, *pattern, value);
                        self.declaring = outer;
                    }
                    None if *declares => {}
                    None => self.bind(at, *pattern, Value::Undefined),
                }
                Flow::Next
            }
            Statement::If { test, then, otherwise } => {
                let (truth, condition) = self.checked_test(at, *test, then);
                match truth {
                    Some(true) => self.block(at, then),
                    Some(false) => self.block(at, otherwise),
                    None => {
                        self.uncertain += 1;
                        let before = self.assume(&condition, true);
                        let a = self.block(at, then);
                        let way = self.way_after(a, before);
                        self.assume(&condition, false);
                        let b = self.block(at, otherwise);
                        let other = self.way_after(b, Way::default());
                        self.meet(way, other);
                        self.uncertain -= 1;
                        Flow::either(a, b)
                    }
                }
            }
            Statement::Switch { subject, cases } => self.switch(at, *subject, cases),
            Statement::ForEach { pattern, iterable, keys, body } => self.for_each(at, *pattern, *iterable, *keys, body),
            Statement::While { test, body } => {
                let mut before = self.way();
                if let Some(test) = test {
                    let (truth, condition) = self.condition(at, *test);
                    if truth == Some(false) {
                        return Flow::Next;
                    }
                    before = self.assume(&condition, true);
                }
                self.uncertain += 1;
                let breaks = self.open_loop();
                let flow = self.block(at, body);
                self.close_loop(breaks);
                self.uncertain -= 1;
                self.take_way(before);
                // `while True: … return`: what follows runs only if the loop can end.
                if flow == Flow::Return && test.is_none() { Flow::Return } else { Flow::Next }
            }
            Statement::Try { body, error, handler, has_handler, finally } => {
                let before = self.way();
                let flow = self.block(at, body);
                let mut after = flow;
                if *has_handler {
                    self.uncertain += 1;
                    // The error may come before anything in the body was tested.
                    let way = self.way_after(flow, before);
                    if let Some(error) = error {
                        self.bind(at, *error, Value::UNKNOWN);
                    }
                    let handled = self.block(at, handler);
                    let other = self.way_after(handled, Way::default());
                    self.meet(way, other);
                    self.uncertain -= 1;
                    after = Flow::either(flow, handled);
                }
                match self.block(at, finally) {
                    Flow::Next => after,
                    left => left,
                }
            }
            Statement::Block(block) => self.block(at, block),
            Statement::Return(value) => {
                let value = match value {
                    Some(expr) => {
                        let value = self.eval(at, *expr);
                        let value = self.certified(value);
                        self.says_what_holds(at, *expr, value)
                    }
                    None => Value::Undefined,
                };
                self.way_out();
                let context = self.context();
                if !context.done {
                    let old = std::mem::take(&mut context.result);
                    let joined = self.either_result(old, value);
                    self.context().result = joined;
                }
                Flow::Return
            }
            Statement::Throw(value) => {
                if let Some(value) = value {
                    let thrown = self.eval(at, *value);
                    self.note_texts("error", &thrown, Site { module: at.module, expr: *value });
                }
                Flow::Throw
            }
            Statement::Break => {
                self.leave_body();
                Flow::Break
            }
            Statement::Continue => {
                self.leave_body();
                Flow::Continue
            }
        }
    }

    /// What a function returns in one place or another: of several results each by itself.
    fn either_result(&mut self, old: Value, new: Value) -> Value {
        let (Some(a), Some(b)) = (self.parts_of(&old), self.parts_of(&new)) else { return join(old, new) };
        if a.len() != b.len() {
            return join(old, new);
        }
        let parts = a.into_iter().zip(b).map(|(a, b)| join(a, b)).collect();
        let id = match new {
            Value::Object(id) => self.object(id).site,
            _ => None,
        };
        let list = self.list(parts, false, id);
        if let Value::Object(id) = list {
            self.object_mut(id).results = true;
        }
        list
    }

    /// The condition of a branch, with what it says about values that are chosen elsewhere.
    fn checked_test(&mut self, at: At, test: ExprId, then: &[Statement]) -> (Option<bool>, Value) {
        let mark = self.checks.len();
        let (truth, condition) = self.condition(at, test);
        if truth.is_none() {
            self.note_gate(at, test);
        }
        if truth.is_none() && self.checks.len() > mark {
            self.bound_by(mark, at.module, then);
        }
        (truth, condition)
    }

    /// The way on after a block that ended in `flow`; goes back to `before`.
    fn way_after(&mut self, flow: Flow, before: Way) -> Way {
        let way = self.take_way(before);
        if flow == Flow::Next { way } else { Way::ended() }
    }

    fn switch(&mut self, at: At, subject: ExprId, cases: &[Case]) -> Flow {
        let before = self.volatile;
        let subject = self.eval(at, subject);
        let stable = self.volatile == before;
        let mut possible: Vec<usize> = Vec::new();
        let mut certain = false;
        for (i, case) in cases.iter().enumerate() {
            if case.tests.is_empty() {
                continue;
            }
            let mut verdict = Some(false);
            for test in &case.tests {
                let test = self.eval(at, *test);
                let equal = if stable { compare(&subject, &test) } else { None };
                verdict = match (verdict, equal) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (None, _) | (_, None) => None,
                    _ => Some(false),
                };
            }
            match verdict {
                Some(false) => {}
                Some(true) if case.guard.is_none() => {
                    possible.push(i);
                    certain = true;
                    break;
                }
                _ => possible.push(i),
            }
        }
        if !certain {
            possible.extend(cases.iter().position(|c| c.tests.is_empty()));
        }
        let settled = possible.len() == 1 && (certain || cases[possible[0]].tests.is_empty());
        let doubt = u32::from(!settled);
        let mut flow: Option<Flow> = None;
        let has_default = certain || cases.iter().any(|c| c.tests.is_empty());
        self.uncertain += doubt;
        let mut done = vec![false; cases.len()];
        let before = self.way();
        let mut after = if has_default { Way::ended() } else { before.clone() };
        for start in possible {
            let mut i = start;
            self.take_way(before.clone());
            if let [test] = cases[start].tests[..] {
                let test = self.eval(at, test);
                let equal = self.equality(&subject, &test, Value::UNKNOWN, Site { module: at.module, expr: cases[start].tests[0] });
                self.assume(&equal, true);
            }
            let breaks = self.open_loop();
            let this = loop {
                let case = &cases[i];
                if done[i] && i != start {
                    break Flow::Next;
                }
                done[i] = true;
                for bind in &case.binds {
                    self.bind(at, *bind, part_of(&subject));
                }
                if let Some(guard) = case.guard {
                    self.eval(at, guard);
                }
                match self.block(at, &case.body) {
                    Flow::Next if case.falls_through && i + 1 < cases.len() => i += 1,
                    Flow::Break => break Flow::Next,
                    other => break other,
                }
            };
            let end = self.way_after(this, before.clone());
            self.take_way(end);
            self.close_loop(breaks);
            let way = self.way();
            self.meet(after, way);
            after = self.way();
            flow = Some(flow.map_or(this, |flow| Flow::either(flow, this)));
        }
        self.take_way(after);
        self.uncertain -= doubt;
        match flow {
            Some(flow) if has_default => flow,
            _ => Flow::Next,
        }
    }

    fn for_each(&mut self, at: At, pattern: PatternId, iterable: ExprId, keys: bool, body: &[Statement]) -> Flow {
        let site = Site { module: at.module, expr: iterable };
        let value = self.eval(at, iterable);
        let (items, unknown) = if keys { self.keys_of(&value, site) } else { self.iterate(&value, site) };
        let breaks = self.open_loop();
        let mut left = None;
        for item in items.into_iter().take(MAX_ITERATIONS) {
            self.declare(at, pattern, item);
            match self.block(at, body) {
                Flow::Break => {
                    left = Some(Flow::Next);
                    self.take_way(Way::ended());
                    break;
                }
                flow @ (Flow::Return | Flow::Throw) => {
                    left = Some(flow);
                    break;
                }
                Flow::Continue => {
                    self.take_way(Way::ended());
                    self.resume_loop();
                }
                Flow::Next => {}
            }
        }
        if let Some(unknown) = unknown.filter(|_| left.is_none()) {
            let before = self.way();
            self.uncertain += 1;
            self.declare(at, pattern, unknown);
            let flow = self.block(at, body);
            self.uncertain -= 1;
            let way = self.way_after(flow, before);
            self.looped(way, &value);
        }
        self.close_loop(breaks);
        left.unwrap_or(Flow::Next)
    }

    /// Runs `each` for every combination of a comprehension's clauses; true when there may be more than that.
    pub(crate) fn comprehend(&mut self, at: At, comprehension: &Comprehension, clause: usize, each: &mut dyn FnMut(&mut Self, At)) -> bool {
        let Some(Some(now)) = comprehension.clauses.get(clause).map(Some) else {
            each(self, at);
            return false;
        };
        let site = Site { module: at.module, expr: now.iterable };
        let value = self.eval(at, now.iterable);
        let (items, unknown) = self.iterate(&value, site);
        let mut open = unknown.is_some();
        for item in items.into_iter().chain(unknown).take(MAX_ITERATIONS) {
            if self.fuel == 0 {
                return true;
            }
            self.declare(at, now.pattern, item);
            let mut holds = Some(true);
            for test in &now.tests {
                match self.test(at, *test) {
                    Some(false) => holds = Some(false),
                    None if holds == Some(true) => holds = None,
                    _ => {}
                }
            }
            if holds != Some(false) {
                open |= self.comprehend(at, comprehension, clause + 1, each);
            }
        }
        open
    }

    /// Gives values to variables that had none before.
    fn declare(&mut self, at: At, pattern: PatternId, value: Value) {
        let outer = std::mem::replace(&mut self.declaring, true);
        self.bind(at, pattern, value);
        self.declaring = outer;
    }

    /// Gives a value to whatever a pattern names.
    pub(crate) fn bind(&mut self, at: At, pattern: PatternId, value: Value) {
        if self.depth >= MAX_DEPTH || !self.step() {
            return;
        }
        self.depth += 1;
        match &self.module(at.module).patterns[pattern.index()] {
            Pattern::Ignore | Pattern::Global(_) => {}
            Pattern::Variable(variable) => self.write_variable(at, *variable, value),
            Pattern::Place(place) => self.write_place(at, *place, value),
            Pattern::Default { pattern, default } => {
                let value = match value {
                    Value::Undefined => self.eval(at, *default),
                    Value::Unknown(_) => {
                        let default = self.eval(at, *default);
                        value.or(default)
                    }
                    Value::Union(ref all) if all.iter().any(|v| matches!(v, Value::Undefined)) => {
                        let default = self.eval(at, *default);
                        union(all.iter().filter(|v| !matches!(v, Value::Undefined)).cloned().chain([default]))
                    }
                    given => given,
                };
                self.bind(at, *pattern, value);
            }
            Pattern::Object { fields, rest } => {
                let site = self.binding;
                for (key, pattern) in fields {
                    let part = match key {
                        Key::Name(name) => self.read_member(&value, *name, site),
                        Key::Computed(key) => {
                            let key = self.eval(at, *key);
                            self.read_index(&value, &key, site)
                        }
                    };
                    self.bind(at, *pattern, part);
                }
                if let Some(rest) = rest {
                    let id = self.new_object(ObjectKind::Plain, None);
                    self.spread_into(id, &value, site);
                    for (key, _) in fields {
                        if let Key::Name(name) = key {
                            self.object_mut(id).fields.shift_remove(name);
                        }
                    }
                    self.bind(at, *rest, Value::Object(id));
                }
            }
            Pattern::Results(patterns) => {
                let mut parts: Vec<Vec<Value>> = vec![Vec::new(); patterns.len()];
                for value in value.alternatives() {
                    let known = self.parts_of(value);
                    for (i, part) in parts.iter_mut().enumerate() {
                        part.push(match (&known, i) {
                            (Some(known), _) => known.get(i).cloned().unwrap_or(Value::UNKNOWN),
                            (None, 0) => value.clone(),
                            (None, _) => Value::UNKNOWN,
                        });
                    }
                }
                for (pattern, part) in patterns.iter().zip(parts) {
                    self.bind(at, *pattern, union(part));
                }
            }
            Pattern::List { items, rest } => {
                let site = self.binding;
                // Each alternative is taken apart by itself: the first of one list is not the second of another.
                let parts: Vec<(Vec<Value>, Option<Value>)> = value.alternatives().iter().map(|v| self.iterate(v, site)).collect();
                for (i, pattern) in items.iter().enumerate() {
                    let item = parts
                        .iter()
                        .filter_map(|(values, unknown)| values.get(i).cloned().or_else(|| unknown.clone()))
                        .reduce(join)
                        .unwrap_or(Value::Undefined);
                    self.bind(at, *pattern, item);
                }
                if let Some(rest) = rest {
                    let (values, unknown) = self.iterate(&value, site);
                    let left = values.into_iter().skip(items.len()).collect();
                    let list = self.list(left, unknown.is_some(), None);
                    self.bind(at, *rest, list);
                }
            }
        }
        self.depth -= 1;
    }

    fn write_variable(&mut self, at: At, variable: Variable, value: Value) {
        let Some(frame) = self.frame_at(at, variable) else { return };
        let (uncertain, declaring) = (self.uncertain, self.declaring);
        let typed = self.ecosystem(at.module).is_typed();
        let frame = &mut self.frames[frame.0 as usize];
        // In a branch that may not run, or from another function, the old value may live on.
        let weak = variable.hops > 0 || (uncertain > frame.uncertain && !declaring);
        if let Some(slot) = frame.slots.get_mut(variable.slot as usize) {
            // What was never assigned before may still be so afterwards: `if (x) error = "…"; if (error) …` decides nothing.
            // A compiler that sees to it that variables are assigned before they are read leaves nothing to doubt.
            let unset = typed && matches!(slot, Value::Undefined);
            *slot = if weak && !unset { std::mem::take(slot).or(value) } else { value };
        }
    }
}

fn part_of(value: &Value) -> Value {
    match value {
        Value::Unknown(origin) => Value::Unknown(*origin),
        _ => Value::Unknown(Origin::UNKNOWN),
    }
}
