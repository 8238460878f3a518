//! Tools that a setting hides from the list and that a call still reaches: the list asks the setting, the call does not.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Places, Walks, gate, site_place};
use crate::analysis::engine::{ContextId, Engine, RequestHandler, Site};
use crate::analysis::facts::{Access, CapabilityKind, ListingGap, Place};
use crate::analysis::value::Value;
use crate::program::{Block, Entry, Expr, ExprId, FunctionId, Key, Module, ModuleId, Pattern, Statement, Symbol, walk};

type Function = (ModuleId, FunctionId);

/// Contexts that are followed from one handler.
const MAX_CONTEXTS: usize = 50_000;
/// Settings made of settings made of settings.
const ROUNDS: usize = 3;

pub(super) fn gaps(engine: &Engine<'_>, walks: &Walks, counts: &dyn Fn(ModuleId) -> bool, places: &dyn Places) -> Vec<ListingGap> {
    let of = |method: &str| -> Vec<&RequestHandler> { engine.request_handlers.iter().filter(|h| h.method == method).collect() };
    let (lists, calls) = (of("tools/list"), of("tools/call"));
    if lists.is_empty() || calls.is_empty() {
        return Vec::new();
    }
    let settings = Settings::of(engine, counts);
    let mut gaps: Vec<ListingGap> = Vec::new();
    for list in lists {
        let listing = reached(engine, [list.function.clone()]);
        let asked = asked(engine, &listing, &settings);
        if asked.is_empty() {
            continue;
        }
        for call in calls.iter().filter(|call| call.site.module == list.site.module || calls.len() == 1) {
            let mut answering = reached(engine, [call.function.clone()]);
            for walk in &walks.tools {
                answering.extend(walk.contexts().filter_map(|context| engine.contexts[context.0 as usize].function));
            }
            let mentioned = mentioned(engine, &answering);
            let missing: Vec<&(Symbol, Site)> = asked.iter().filter(|(name, _)| !mentioned.contains(name)).collect();
            if missing.is_empty() {
                continue;
            }
            let names: BTreeSet<String> = missing.iter().map(|(name, _)| engine.name(*name).to_string()).collect();
            let mut asks: Vec<Place> = missing.iter().map(|(_, site)| site_place(engine, *site, places)).collect();
            asks.sort();
            asks.dedup();
            let location = site_place(engine, call.site, places);
            if !gaps.iter().any(|gap| gap.location == location) {
                gaps.push(ListingGap { location, settings: names.into_iter().collect(), asks });
            }
        }
    }
    gaps.sort_by(|a, b| a.location.cmp(&b.location));
    gaps
}

/// Names of variables and fields whose value comes from the environment or the command line.
struct Settings(FxHashSet<Symbol>);

impl Settings {
    fn of(engine: &Engine<'_>, counts: &dyn Fn(ModuleId) -> bool) -> Self {
        let mut reads: FxHashSet<Site> = FxHashSet::default();
        for effect in engine.effects.iter().filter(|e| e.kind == CapabilityKind::Environment && e.access == Access::Read) {
            reads.insert(effect.site);
        }
        let readers: FxHashSet<Function> = engine
            .contexts
            .iter()
            .filter(|context| context.effects.iter().any(|e| engine.effects[e.0 as usize].kind == CapabilityKind::Environment))
            .filter_map(|context| context.function)
            .collect();
        let mut calls: FxHashSet<Site> = FxHashSet::default();
        for context in &engine.contexts {
            for (callee, site) in &context.calls {
                if engine.contexts[callee.0 as usize].function.is_some_and(|f| f.1 != FunctionId(0) && readers.contains(&f)) {
                    calls.insert(*site);
                }
            }
        }
        let mut names: FxHashSet<Symbol> = FxHashSet::default();
        let modules: Vec<ModuleId> = (0..engine.program.modules.len() as u32).map(ModuleId).filter(|id| counts(*id)).collect();
        let bindings: Vec<(ModuleId, Symbol, ExprId)> = modules.iter().flat_map(|id| bindings(engine, *id)).collect();
        for _ in 0..ROUNDS {
            let before = names.len();
            for (id, name, value) in &bindings {
                if names.contains(name) {
                    continue;
                }
                let module = engine.module(*id);
                let mut comes_from_outside = false;
                walk::parts(module, *value, |expr, what| {
                    let site = Site { module: *id, expr };
                    comes_from_outside |= reads.contains(&site) || calls.contains(&site);
                    comes_from_outside |= mentions(module, what).is_some_and(|name| names.contains(&name));
                });
                if comes_from_outside {
                    names.insert(*name);
                }
            }
            if names.len() == before {
                break;
            }
        }
        Settings(names)
    }
}

/// Every name that is given a value: variables of modules, fields of objects and of instances.
fn bindings(engine: &Engine<'_>, id: ModuleId) -> Vec<(ModuleId, Symbol, ExprId)> {
    let module = engine.module(id);
    let mut all = Vec::new();
    for (number, function) in module.functions.iter().enumerate() {
        let mut open: Vec<&Block> = vec![&function.body];
        while let Some(block) = open.pop() {
            for statement in block {
                if let Statement::Bind { pattern, value: Some(value), .. } = statement {
                    match &module.patterns[pattern.index()] {
                        Pattern::Variable(variable) if number == 0 && variable.hops == 0 => {
                            all.extend(function.slot_names.get(variable.slot as usize).map(|name| (id, *name, *value)));
                        }
                        Pattern::Place(place) => {
                            if let Expr::Member { property, .. } = &module.exprs[place.index()] {
                                all.push((id, *property, *value));
                            }
                        }
                        _ => {}
                    }
                }
                open.extend(gate::blocks(statement));
            }
        }
    }
    for expr in &module.exprs {
        let Expr::Object(entries) = expr else { continue };
        for entry in entries {
            if let Entry::Field { key: Key::Name(name), value } = entry {
                all.push((id, *name, *value));
            }
        }
    }
    all
}

/// The variable of a module or the field that an expression reads.
fn mentions(module: &Module, expr: &Expr) -> Option<Symbol> {
    match expr {
        Expr::Member { property, .. } => Some(*property),
        Expr::Variable(variable) if variable.hops > 0 => module.functions.first().and_then(|top| top.slot_names.get(variable.slot as usize)).copied(),
        _ => None,
    }
}

/// Functions that run when a handler does.
fn reached(engine: &Engine<'_>, roots: impl IntoIterator<Item = Value>) -> FxHashSet<Function> {
    let mut wanted: FxHashSet<Function> = FxHashSet::default();
    for root in roots {
        for value in root.alternatives() {
            if let Value::Function(closure) = value {
                wanted.insert((closure.module, closure.function));
            }
        }
    }
    let mut seen: FxHashSet<ContextId> = FxHashSet::default();
    let mut open: Vec<ContextId> = Vec::new();
    for (number, context) in engine.contexts.iter().enumerate() {
        if context.function.is_some_and(|function| wanted.contains(&function)) {
            open.push(ContextId(number as u32));
        }
    }
    while let Some(context) = open.pop() {
        if seen.len() >= MAX_CONTEXTS || !seen.insert(context) {
            continue;
        }
        let context = &engine.contexts[context.0 as usize];
        wanted.extend(context.function.filter(|f| f.1 != FunctionId(0)));
        open.extend(context.calls.iter().map(|(callee, _)| *callee));
    }
    wanted
}

/// Settings that decide in these functions what is listed, with the conditions that ask them.
fn asked(engine: &Engine<'_>, functions: &FxHashSet<Function>, settings: &Settings) -> Vec<(Symbol, Site)> {
    let mut names: FxHashMap<Symbol, bool> = FxHashMap::default();
    let mut all: Vec<(Symbol, Site)> = Vec::new();
    for (id, function) in functions {
        let module = engine.module(*id);
        let Some(function) = module.functions.get(function.index()) else { continue };
        let mut tests: Vec<ExprId> = Vec::new();
        let mut open: Vec<&Block> = vec![&function.body];
        while let Some(block) = open.pop() {
            for statement in block {
                if let Statement::If { test, then, otherwise } = statement
                    && (chooses(then) || chooses(otherwise))
                {
                    tests.push(*test);
                }
                if let Statement::Return(Some(value)) = statement {
                    // A predicate: what it returns decides.
                    walk::parts(module, *value, |expr, what| match what {
                        Expr::Conditional { test, .. } => tests.push(*test),
                        Expr::Binary { .. } | Expr::Logical { .. } => tests.push(expr),
                        _ => {}
                    });
                }
                open.extend(gate::blocks(statement));
            }
        }
        for test in tests {
            walk::parts(module, test, |expr, what| {
                let Some(name) = mentions(module, what) else { return };
                let restricts = *names.entry(name).or_insert_with(|| settings.0.contains(&name) && sounds_restrictive(&engine.name(name)));
                if restricts {
                    all.push((name, Site { module: *id, expr }));
                }
            });
        }
    }
    all.sort_by_key(|(_, site)| *site);
    all.dedup();
    all
}

/// A branch that sets or returns something, rather than only speaking or giving up.
fn chooses(block: &Block) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Bind { .. } | Statement::Return(Some(_)) | Statement::Continue => true,
        Statement::Expr(_) => true,
        statement => {
            gate::blocks(statement).into_iter().any(|inner| inner.iter().any(|s| matches!(s, Statement::Bind { .. } | Statement::Return(Some(_)))))
        }
    })
}

/// Whether a setting says by its name that it takes something away.
fn sounds_restrictive(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['_', '-'], "");
    const WORDS: &[&str] = &[
        "readonly",
        "allow",
        "deny",
        "denied",
        "block",
        "disable",
        "enable",
        "restrict",
        "destructive",
        "safe",
        "permit",
        "whitelist",
        "blacklist",
        "exclude",
        "include",
        "scope",
        "role",
        "admin",
        "nowrite",
        "writeaccess",
        "toolset",
        "toolfilter",
        "permission",
        "forbid",
        "hidden",
    ];
    WORDS.iter().any(|word| name.contains(word))
}

/// Every variable of a module and every field that functions read.
fn mentioned(engine: &Engine<'_>, functions: &FxHashSet<Function>) -> FxHashSet<Symbol> {
    let mut all: FxHashSet<Symbol> = FxHashSet::default();
    for (id, function) in functions {
        let module = engine.module(*id);
        for function in walk::nested(module, *function) {
            let Some(function) = module.functions.get(function.index()) else { continue };
            walk::expressions(module, &function.body, |_, expr| all.extend(mentions(module, expr)));
        }
    }
    all
}
