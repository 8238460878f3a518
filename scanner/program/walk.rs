//! Goes through everything that stands in a piece of a module, in no particular order and without recursion.

use super::{Block, Entry, Expr, ExprId, FunctionId, Key, Module, Part, Pattern, PatternId, Statement};

/// What is still to be looked at.
enum Open<'m> {
    Expr(ExprId),
    Pattern(PatternId),
    Block(&'m [Statement]),
}

/// Calls `seen` for every expression in a block, without entering the functions and classes made there.
pub fn expressions(module: &Module, block: &[Statement], mut seen: impl FnMut(ExprId, &Expr)) {
    walk(module, vec![Open::Block(block)], &mut seen);
}

/// The same for an expression and its parts.
pub fn parts(module: &Module, expr: ExprId, mut seen: impl FnMut(ExprId, &Expr)) {
    walk(module, vec![Open::Expr(expr)], &mut seen);
}

/// The functions that are made inside a function, at any depth, and the function itself.
pub fn nested(module: &Module, function: FunctionId) -> Vec<FunctionId> {
    let mut all = vec![function];
    let mut next = 0;
    while let Some(function) = all.get(next).copied() {
        next += 1;
        let Some(function) = module.functions.get(function.index()) else { continue };
        let mut more = Vec::new();
        expressions(module, &function.body, |_, expr| {
            if let Expr::Function(inner) = expr {
                more.push(*inner);
            }
        });
        for inner in more {
            if all.len() < 10_000 && !all.contains(&inner) {
                all.push(inner);
            }
        }
    }
    all
}

fn walk<'m>(module: &'m Module, mut open: Vec<Open<'m>>, seen: &mut dyn FnMut(ExprId, &Expr)) {
    // Arenas are trees: nothing is met twice. A broken one still ends.
    let mut budget = module.exprs.len() * 2 + module.patterns.len() * 2 + 64;
    while let Some(next) = open.pop() {
        match next {
            Open::Block(block) => block.iter().for_each(|statement| statement_parts(statement, &mut open)),
            Open::Pattern(id) => {
                if let Some(pattern) = module.patterns.get(id.index()) {
                    pattern_parts(pattern, &mut open);
                }
            }
            Open::Expr(id) => {
                let Some(expr) = module.exprs.get(id.index()) else { continue };
                seen(id, expr);
                expr_parts(expr, &mut open);
            }
        }
        budget = budget.saturating_sub(1);
        if budget == 0 {
            return;
        }
    }
}

fn statement_parts<'m>(statement: &'m Statement, open: &mut Vec<Open<'m>>) {
    let block = |block: &'m Block| Open::Block(block.as_slice());
    match statement {
        Statement::Expr(value) => open.push(Open::Expr(*value)),
        Statement::Bind { pattern, value, .. } => {
            open.push(Open::Pattern(*pattern));
            open.extend(value.map(Open::Expr));
        }
        Statement::If { test, then, otherwise } => open.extend([Open::Expr(*test), block(then), block(otherwise)]),
        Statement::Switch { subject, cases } => {
            open.push(Open::Expr(*subject));
            for case in cases {
                open.extend(case.tests.iter().map(|test| Open::Expr(*test)));
                open.extend(case.guard.map(Open::Expr));
                open.push(block(&case.body));
            }
        }
        Statement::ForEach { pattern, iterable, body, .. } => open.extend([Open::Pattern(*pattern), Open::Expr(*iterable), block(body)]),
        Statement::While { test, body } => {
            open.extend(test.map(Open::Expr));
            open.push(block(body));
        }
        Statement::Try { body, error, handler, finally, .. } => {
            open.extend(error.map(Open::Pattern));
            open.extend([block(body), block(handler), block(finally)]);
        }
        Statement::Block(inner) => open.push(block(inner)),
        Statement::Return(value) | Statement::Throw(value) => open.extend(value.map(Open::Expr)),
        Statement::Break | Statement::Continue => {}
    }
}

fn pattern_parts(pattern: &Pattern, open: &mut Vec<Open<'_>>) {
    match pattern {
        Pattern::Ignore | Pattern::Variable(_) | Pattern::Global(_) => {}
        Pattern::Place(expr) => open.push(Open::Expr(*expr)),
        Pattern::Object { fields, rest } => {
            for (key, field) in fields {
                if let Key::Computed(key) = key {
                    open.push(Open::Expr(*key));
                }
                open.push(Open::Pattern(*field));
            }
            open.extend(rest.map(Open::Pattern));
        }
        Pattern::List { items, rest } => {
            open.extend(items.iter().map(|item| Open::Pattern(*item)));
            open.extend(rest.map(Open::Pattern));
        }
        Pattern::Results(patterns) => open.extend(patterns.iter().map(|part| Open::Pattern(*part))),
        Pattern::Default { pattern, default } => open.extend([Open::Pattern(*pattern), Open::Expr(*default)]),
    }
}

fn expr_parts(expr: &Expr, open: &mut Vec<Open<'_>>) {
    match expr {
        Expr::Template(parts) => {
            open.extend(parts.iter().filter_map(|part| if let Part::Value(value) = part { Some(Open::Expr(*value)) } else { None }))
        }
        Expr::Member { object, .. } | Expr::Slice { object } => open.push(Open::Expr(*object)),
        Expr::Index { object, index } => open.extend([Open::Expr(*object), Open::Expr(*index)]),
        Expr::Call(call) => {
            open.push(Open::Expr(call.callee));
            open.extend(call.arguments.iter().map(|argument| Open::Expr(argument.value)));
        }
        Expr::Decorated { decorators, inner } => {
            open.extend(decorators.iter().map(|decorator| Open::Expr(*decorator)));
            open.push(Open::Expr(*inner));
        }
        Expr::Object(entries) => {
            for entry in entries {
                match entry {
                    Entry::Field { key, value } => {
                        if let Key::Computed(key) = key {
                            open.push(Open::Expr(*key));
                        }
                        open.push(Open::Expr(*value));
                    }
                    Entry::Spread(value) => open.push(Open::Expr(*value)),
                }
            }
        }
        Expr::List(items) => open.extend(items.iter().map(|item| Open::Expr(item.value))),
        Expr::Binary { left, right, .. } | Expr::Logical { left, right, .. } => open.extend([Open::Expr(*left), Open::Expr(*right)]),
        Expr::Unary { operand, .. } => open.push(Open::Expr(*operand)),
        Expr::Conditional { test, then, otherwise } => open.extend([Open::Expr(*test), Open::Expr(*then), Open::Expr(*otherwise)]),
        Expr::Assign { target, value, .. } | Expr::AssignLogical { target, value, .. } => open.extend([Open::Pattern(*target), Open::Expr(*value)]),
        Expr::Await(inner) | Expr::ImportDynamic(inner) | Expr::Typed { value: inner, .. } => open.push(Open::Expr(*inner)),
        Expr::Yield(inner) => open.extend(inner.map(Open::Expr)),
        Expr::Sequence(all) => open.extend(all.iter().map(|expr| Open::Expr(*expr))),
        Expr::Comprehension(inner) => {
            for clause in &inner.clauses {
                open.extend([Open::Pattern(clause.pattern), Open::Expr(clause.iterable)]);
                open.extend(clause.tests.iter().map(|test| Open::Expr(*test)));
            }
            open.extend(inner.key.map(Open::Expr));
            open.push(Open::Expr(inner.element));
        }
        _ => {}
    }
}
