//! Whether anybody looks at what a call returns.

use rustc_hash::FxHashSet;

use crate::analysis::engine::{Engine, Site};
use crate::program::{Call, Expr, ExprId, Module, Pattern, Statement, Symbol, Unary};

impl Engine<'_> {
    pub(super) fn is_unused(&mut self, site: Site) -> bool {
        let module = self.module(site.module);
        let catch = self.symbol("catch");
        let calls = self.deeds.unused.entry(site.module).or_insert_with(|| unused_calls(module, catch));
        calls.contains(&site.expr)
    }
}

/// The calls of a module that stand alone as statements.
fn unused_calls(module: &Module, catch: Symbol) -> FxHashSet<ExprId> {
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
fn stands_alone(module: &Module, mut expr: ExprId, catch: Symbol, all: &mut FxHashSet<ExprId>) {
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
fn takes_the_answer(module: &Module, call: &Call, catch: Symbol) -> bool {
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
