//! What of the request an expression holds, and what a condition compares.

use super::{MAX_DEPTH, Reader, blocks};
use crate::analysis::engine::Site;
use crate::analysis::setup::words::{self, Look};
use crate::program::{Binary, Block, Call, Element, Entry, Expr, ExprId, Key, Part, Pattern, PatternId, Statement, Unary, Variable};

impl<'a> Reader<'a, '_> {
    /// What flows into variables.
    pub(super) fn bindings(&mut self, block: &Block, depth: u32) {
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
                // `match host { Some(host) => … }`
                Statement::Switch { subject, cases } => {
                    let look = self.look(*subject, depth);
                    cases.iter().flat_map(|case| &case.binds).for_each(|bind| self.give(*bind, look, depth));
                }
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
    pub(super) fn assignments_in(&mut self, test: ExprId, depth: u32) {
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

    pub(super) fn bind(&mut self, pattern: PatternId, value: ExprId, depth: u32) {
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

    pub(super) fn give(&mut self, pattern: PatternId, look: Look, depth: u32) {
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
    pub(super) fn carries(&mut self, id: ExprId) -> bool {
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

    pub(super) fn carries_shallow(&mut self, id: ExprId) -> bool {
        match self.expr(id) {
            Expr::Member { property, .. } => self.words.of(*property).carries,
            Expr::Index { index, .. } => matches!(self.expr(*index), Expr::Str(name) if name.to_ascii_lowercase().contains("header")),
            Expr::Variable(Variable { hops: 0, slot }) => self.slot_word(*slot),
            _ => false,
        }
    }

    pub(super) fn slot_word(&mut self, slot: u32) -> bool {
        // The names of slots are those of the function that is read.
        let name = self.slot_names().and_then(|names| names.get(slot as usize).copied());
        name.is_some_and(|name| self.words.of(name).carries)
    }

    pub(super) fn slot_names(&self) -> Option<&'a [crate::program::Symbol]> {
        self.current.map(|function| self.module.functions[function.index()].slot_names.as_slice())
    }

    /// What of the request an expression holds.
    pub(super) fn look(&mut self, id: ExprId, depth: u32) -> Look {
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
            | Expr::Typed { value: inner, .. }
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

    pub(super) fn all(&mut self, all: impl Iterator<Item = ExprId>, depth: u32) -> Look {
        let mut look = Look::NONE;
        for id in all {
            look = look.with(self.look(id, depth));
        }
        look
    }

    pub(super) fn look_call(&mut self, id: ExprId, call: &Call, depth: u32) -> Look {
        let mut look = Look::NONE;
        for place in self.callees.get(&Site { module: self.id, expr: id }).into_iter().flatten() {
            if let Some(gate) = self.known.and_then(|known| known.get(place)) {
                look = look.with(gate.verdict.judged()).with(gate.verdict_when_set.judged()).with(gate.yields);
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
                        // A name that the module imports.
                        Expr::Variable(variable) if variable.hops > 0 => {
                            let name = self.module.functions.first().and_then(|top| top.slot_names.get(variable.slot as usize)).copied();
                            name.map_or(Look::NONE, |name| self.words.of(name).header)
                        }
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
        self.hands_over |= !form && arguments.has(Look::AUTH);
        look.with(if form || call.construct { arguments } else { arguments.judged() })
    }

    /// What a condition compares: that a header is there, or begins with a word, says nothing of the caller.
    pub(super) fn compared(&mut self, id: ExprId, depth: u32) -> Look {
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

    pub(super) fn is_nothing(&self, id: ExprId) -> bool {
        match self.expr(id) {
            Expr::Null | Expr::Undefined => true,
            Expr::Str(text) => text.is_empty(),
            _ => false,
        }
    }
}
