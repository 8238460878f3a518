//! How often loops do what is in them, and whether they ever end.

use super::{MANY, Times};
use crate::analysis::engine::{At, Engine, Site};
use crate::analysis::value::{Origin, Source, Text, Value};
use crate::program::{Argument, Binary, Call, Expr, ExprId, Module, Statement, Symbol};

impl Engine<'_> {
    /// Notes the bounds of a loop that begins; what it returns goes to [`Engine::leave_loop`].
    pub(in crate::analysis::engine) fn enter_loop(&mut self, at: At, statement: &Statement) -> bool {
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

    /// Methods that only add to what is held in memory.
    fn growing(&self) -> Vec<Symbol> {
        ["append", "push", "extend", "add", "repeat", "concat", "fill"].iter().map(|name| self.symbol(name)).collect()
    }

    pub(in crate::analysis::engine) fn leave_loop(&mut self, entered: bool) {
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
fn leaves_or_waits(module: &Module, growing: &[Symbol], body: &[Statement]) -> bool {
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
fn waits(module: &Module, growing: &[Symbol], expr: ExprId, depth: u32) -> bool {
    if depth > 40 {
        return true;
    }
    let inner = |expr: ExprId| waits(module, growing, expr, depth + 1);
    match &module.exprs[expr.index()] {
        Expr::Await(_) | Expr::Yield(_) => true,
        Expr::Call(call) => {
            let grows = match &module.exprs[call.callee.index()] {
                Expr::Member { property, .. } => growing.contains(property),
                Expr::Global(name) => growing.contains(name),
                _ => false,
            };
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
