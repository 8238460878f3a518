//! WebSocket handshakes: browsers let every page open one, so the server has to look where it comes from before it accepts.

use rustc_hash::FxHashMap;

use super::gate::{self, Gate};
use crate::analysis::engine::{ContextId, Engine, Site};
use crate::program::{Block, Expr, ExprId, FunctionId, Module, ModuleId, Pattern, Statement, Variable, walk};

/// The names under which models say that a handshake is accepted, and under which checks ask for those that anybody may make.
pub(super) const ACCEPTED: &str = "websocket-accepted";
/// A server is made that accepts handshakes by itself, without being given a function that looks at them.
pub(super) const LISTENS: &str = "websocket-listens";
pub(super) const UNCHECKED: &str = "websocket-any-origin";

/// Whether the function in which a handshake is accepted looks at the caller before.
pub(super) fn is_checked(engine: &Engine<'_>, gates: &FxHashMap<(ModuleId, FunctionId), Gate>, context: ContextId, site: Site) -> bool {
    let Some((id, function)) = engine.contexts[context.0 as usize].function else { return false };
    if gates.get(&(id, function)).is_some_and(|gate| !gate.any().is_none()) {
        return true;
    }
    let module = engine.module(id);
    let Some(socket) = receiver(module, site.expr) else { return false };
    let Some(function) = module.functions.get(function.index()) else { return false };
    let mut answers: Vec<u32> = Vec::new();
    let mut checked = false;
    let mut open: Vec<&Block> = vec![&function.body];
    let end = module.spans.get(site.expr.index()).map_or(u32::MAX, |span| span.start);
    while let Some(block) = open.pop() {
        for statement in block {
            match statement {
                Statement::Bind { pattern, value: Some(value), .. } if is_given(module, *value, socket) => {
                    if let Pattern::Variable(Variable { hops: 0, slot }) = &module.patterns[pattern.index()] {
                        answers.push(*slot);
                    }
                }
                // What was made of the socket decides, before the handshake is accepted.
                Statement::If { test, .. } if module.spans.get(test.index()).is_none_or(|span| span.start < end) => {
                    checked |= is_given(module, *test, socket);
                    walk::parts(module, *test, |_, part| {
                        checked |= matches!(part, Expr::Variable(Variable { hops: 0, slot }) if answers.contains(slot));
                    });
                }
                _ => {}
            }
            open.extend(gate::blocks(statement));
        }
    }
    checked
}

/// The variable whose method a call calls.
fn receiver(module: &Module, call: ExprId) -> Option<u32> {
    let Expr::Call(call) = module.exprs.get(call.index())? else { return None };
    let Expr::Member { object, .. } = &module.exprs[call.callee.index()] else { return None };
    match &module.exprs[object.index()] {
        Expr::Variable(Variable { hops: 0, slot }) => Some(*slot),
        _ => None,
    }
}

/// Whether an expression holds a call that is given a variable, or something of it.
fn is_given(module: &Module, expr: ExprId, slot: u32) -> bool {
    let mut given = false;
    walk::parts(module, expr, |_, part| {
        if let Expr::Call(call) = part {
            for argument in &call.arguments {
                walk::parts(module, argument.value, |_, inner| {
                    given |= matches!(inner, Expr::Variable(Variable { hops: 0, slot: other }) if *other == slot);
                });
            }
        }
    });
    given
}
