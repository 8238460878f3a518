//! What becomes of the caller: which branches turn away, and whether a setting has a say in it.

use super::{MAX_DEPTH, Outcome, Reader, blocks, leaves};
use crate::analysis::engine::Site;
use crate::analysis::setup::words::Look;
use crate::program::{Binary, Block, Entry, Expr, ExprId, Logical, Statement, Unary, Variable};

impl Reader<'_, '_> {
    pub(super) fn block(&mut self, block: &Block, depth: u32) {
        if depth > MAX_DEPTH {
            return;
        }
        for (at, statement) in block.iter().enumerate() {
            match statement {
                Statement::If { test, then, otherwise } => {
                    let compared = self.compared(*test, 0);
                    if compared.is_none() && !self.under_setting && self.look(*test, 0).has(Look::AUTH) {
                        self.wants_credential |= self.refuses(then, 0);
                    }
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
                    self.gate.yields = self.gate.yields.with(Look(look.0 & Look::HOST.with(Look::AUTH).0));
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

    pub(super) fn block_rest(&mut self, rest: &[Statement], depth: u32) {
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

    pub(super) fn decided(&mut self, about: Look, outcome: Outcome, only_when_set: bool) {
        match outcome {
            Outcome::GoesOn => {}
            Outcome::Verdict => self.judges(about, only_when_set),
            Outcome::Refuses if only_when_set || self.weak.has(about) => self.gate.sometimes = self.gate.sometimes.with(about),
            Outcome::Refuses => self.gate.always = self.gate.always.with(about),
        }
    }

    pub(super) fn judges(&mut self, about: Look, only_when_set: bool) {
        let verdict = if only_when_set || self.weak.has(about) { &mut self.gate.verdict_when_set } else { &mut self.gate.verdict };
        *verdict = verdict.with(about);
    }

    /// Whether a condition looks at nothing of the call itself.
    pub(super) fn is_setting(&mut self, id: ExprId, depth: u32) -> bool {
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
    pub(super) fn absent(&mut self, id: ExprId, depth: u32) -> bool {
        match self.expr(id) {
            Expr::Unary { op: Unary::Not, operand } => !matches!(self.expr(*operand), Expr::Unary { op: Unary::Not, .. }),
            Expr::Binary { op: Binary::Equal, left, right } => self.is_empty(*left) || self.is_empty(*right),
            Expr::Logical { left, right, .. } if depth < MAX_DEPTH => self.absent(*left, depth + 1) || self.absent(*right, depth + 1),
            _ => false,
        }
    }

    pub(super) fn is_empty(&self, id: ExprId) -> bool {
        self.is_nothing(id) || matches!(self.expr(id), Expr::Number(n) if *n == 0.0)
    }

    /// `if (KEY && given !== KEY)`: whoever sets no key lets everybody in.
    pub(super) fn only_when_set(&mut self, test: ExprId, depth: u32) -> bool {
        match self.expr(test) {
            Expr::Logical { op: Logical::And, left, right } if depth < MAX_DEPTH => {
                (self.look(*left, 0).is_none() && self.is_setting(*left, 0))
                    || self.only_when_set(*left, depth + 1)
                    || self.only_when_set(*right, depth + 1)
            }
            _ => false,
        }
    }

    pub(super) fn outcome(&mut self, block: &[Statement]) -> Outcome {
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
    pub(super) fn refuses(&mut self, block: &[Statement], depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        block.iter().any(|statement| match statement {
            Statement::Throw(_) => true,
            Statement::Expr(value) | Statement::Return(Some(value)) | Statement::Bind { value: Some(value), .. } => self.expr_refuses(*value, 0),
            statement => blocks(statement).into_iter().any(|inner| self.refuses(inner, depth + 1)),
        })
    }

    pub(super) fn expr_refuses(&mut self, id: ExprId, depth: u32) -> bool {
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
    pub(super) fn hands_on(&mut self, block: &[Statement], depth: u32) -> bool {
        depth < MAX_DEPTH
            && block.iter().any(|statement| match statement {
                Statement::Expr(value) | Statement::Return(Some(value)) => self.calls_next(*value),
                statement => blocks(statement).into_iter().any(|inner| self.hands_on(inner, depth + 1)),
            })
    }

    pub(super) fn calls_next(&mut self, id: ExprId) -> bool {
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
