//! Parts of the program that run only when something is set: `if (apiKey) app.use(authenticate)`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::gate;
use crate::analysis::engine::{ContextId, Engine, Site};
use crate::program::{Binary, Block, Expr, ExprId, Logical, Module, ModuleId, Statement, Unary, walk};

/// How deep a condition is followed.
const MAX_DEPTH: u32 = 40;

/// For each module the ranges of bytes that run only when something is there.
#[derive(Default)]
pub(super) struct Conditions(FxHashMap<ModuleId, Vec<(u32, u32)>>);

impl Conditions {
    /// A range from which every one of `listeners` is reached is no condition of a check: without it nothing listens.
    pub(super) fn of(engine: &Engine<'_>, counts: &dyn Fn(ModuleId) -> bool, listeners: &[Site]) -> Self {
        let ways: Vec<FxHashSet<Site>> = listeners.iter().map(|listener| ways(engine, *listener)).collect();
        let mut all: FxHashMap<ModuleId, Vec<(u32, u32)>> = FxHashMap::default();
        for id in (0..engine.program.modules.len() as u32).map(ModuleId).filter(|id| counts(*id)) {
            let module = engine.module(id);
            let mut ranges = Vec::new();
            for function in &module.functions {
                let mut open: Vec<&Block> = vec![&function.body];
                while let Some(block) = open.pop() {
                    for statement in block {
                        if let Statement::If { test, then, otherwise } = statement {
                            if is_presence(module, *test, 0) {
                                ranges.extend(range(module, then));
                            }
                            if let Expr::Unary { op: Unary::Not, operand } = &module.exprs[test.index()]
                                && is_presence(module, *operand, 0)
                            {
                                ranges.extend(range(module, otherwise));
                            }
                        }
                        open.extend(gate::blocks(statement));
                    }
                }
            }
            let inside = |(start, end): &(u32, u32), site: &Site| {
                site.module == id && module.spans.get(site.expr.index()).is_some_and(|span| *start <= span.start && span.end <= *end)
            };
            ranges.retain(|range| ways.is_empty() || !ways.iter().all(|sites| sites.iter().any(|site| inside(range, site))));
            if !ranges.is_empty() {
                all.insert(id, ranges);
            }
        }
        Conditions(all)
    }

    /// Whether a place is reached only when something is set.
    pub(super) fn hold(&self, engine: &Engine<'_>, site: Site) -> bool {
        let Some(ranges) = self.0.get(&site.module) else { return false };
        let Some(span) = engine.module(site.module).spans.get(site.expr.index()) else { return false };
        ranges.iter().any(|(start, end)| *start <= span.start && span.end <= *end)
    }
}

/// The calls on the ways that lead to a listener, and the one that listens.
fn ways(engine: &Engine<'_>, listener: Site) -> FxHashSet<Site> {
    let mut callers: FxHashMap<ContextId, Vec<(ContextId, Site)>> = FxHashMap::default();
    let mut open: Vec<ContextId> = Vec::new();
    for (number, context) in engine.contexts.iter().enumerate() {
        let id = ContextId(number as u32);
        for (callee, site) in &context.calls {
            callers.entry(*callee).or_default().push((id, *site));
        }
        if context.effects.iter().any(|effect| engine.effects.get(effect.0 as usize).is_some_and(|effect| effect.site == listener)) {
            open.push(id);
        }
    }
    let mut sites: FxHashSet<Site> = FxHashSet::default();
    sites.insert(listener);
    let mut seen: FxHashSet<ContextId> = open.iter().copied().collect();
    while let Some(context) = open.pop() {
        for (caller, site) in callers.get(&context).into_iter().flatten() {
            sites.insert(*site);
            if seen.insert(*caller) {
                open.push(*caller);
            }
        }
    }
    sites
}

/// Whether a condition asks no more than whether something is there.
fn is_presence(module: &Module, test: ExprId, depth: u32) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let empty = |id: ExprId| match &module.exprs[id.index()] {
        Expr::Null | Expr::Undefined => true,
        Expr::Str(text) => text.is_empty(),
        Expr::Number(number) => *number == 0.0,
        _ => false,
    };
    match &module.exprs[test.index()] {
        Expr::Variable(_) | Expr::Global(_) | Expr::Member { .. } => true,
        Expr::Binary { op: Binary::NotEqual | Binary::Greater, left, right } => {
            (empty(*left) || empty(*right)) && (is_thing(module, *left) || is_thing(module, *right))
        }
        Expr::Logical { op: Logical::And, left, right } => is_presence(module, *left, depth + 1) && is_presence(module, *right, depth + 1),
        Expr::Unary { op: Unary::Not, operand } => {
            matches!(&module.exprs[operand.index()], Expr::Unary { op: Unary::Not, operand } if is_presence(module, *operand, depth + 1))
        }
        _ => false,
    }
}

/// A variable, a field of one, or the length of it.
fn is_thing(module: &Module, id: ExprId) -> bool {
    match &module.exprs[id.index()] {
        Expr::Variable(_) | Expr::Member { .. } => true,
        Expr::Call(call) => matches!(&module.exprs[call.callee.index()], Expr::Global(_)) && call.arguments.len() == 1,
        _ => false,
    }
}

fn range(module: &Module, block: &Block) -> Option<(u32, u32)> {
    let mut range: Option<(u32, u32)> = None;
    walk::expressions(module, block, |id, _| {
        if let Some(span) = module.spans.get(id.index()) {
            let (start, end) = range.unwrap_or((span.start, span.end));
            range = Some((start.min(span.start), end.max(span.end)));
        }
    });
    range
}
