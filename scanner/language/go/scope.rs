//! Names inside functions. Go declares before it uses, so a local is known where it is met; what is not is of the package.

use rustc_hash::FxHashMap;

use super::lower::Lowering;
use crate::program::{Expr, ExprId, Pattern, PatternId, Span, Symbol, Variable};

/// A variable of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local {
    /// Depth of the function that holds it.
    pub depth: u16,
    pub slot: u32,
    /// Holds a number, a text, a list or the like: `&x` is the place, not the thing.
    pub plain: bool,
}

pub(super) type Scope = FxHashMap<Symbol, Local>;

impl Lowering<'_, '_> {
    pub(super) fn local(&self, name: Symbol) -> Option<Local> {
        self.scopes.iter().rev().find_map(|scope| scope.get(&name)).copied()
    }

    /// A use of a name.
    pub(super) fn name(&mut self, name: Symbol, at: Span) -> ExprId {
        match self.local(name) {
            Some(local) => {
                let variable = self.variable(local);
                self.b.expr(Expr::Variable(variable), at)
            }
            None => self.b.name(name, at),
        }
    }

    /// An assignment to a name.
    pub(super) fn place(&mut self, name: Symbol) -> PatternId {
        match self.local(name) {
            Some(local) => {
                let variable = self.variable(local);
                self.b.pattern(Pattern::Variable(variable))
            }
            None => self.b.target(name),
        }
    }

    /// Declares a name in the innermost block, or at the top level of the file.
    pub(super) fn declare(&mut self, name: Symbol, plain: bool) -> PatternId {
        self.declared.insert(name);
        let depth = self.function_depth;
        match self.scopes.last_mut() {
            None => self.b.binding(name),
            Some(scope) => {
                let slot = match scope.get(&name) {
                    Some(known) if known.depth == depth => known.slot,
                    _ => self.b.fresh(name),
                };
                scope.insert(name, Local { depth, slot, plain });
                self.b.pattern(Pattern::Variable(Variable { hops: 0, slot }))
            }
        }
    }

    /// Whether the innermost block itself declares the name.
    pub(super) fn declared_here(&self, name: Symbol) -> bool {
        self.scopes.last().is_some_and(|scope| scope.contains_key(&name))
    }

    fn variable(&self, local: Local) -> Variable {
        Variable { hops: self.function_depth.saturating_sub(local.depth), slot: local.slot }
    }

    /// Runs `inner` in a block of its own.
    pub(super) fn scoped<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(Scope::default());
        let result = inner(self);
        self.scopes.pop();
        result
    }
}
