//! Checks of who calls that are written by hand: functions that compare a header of the request and turn the caller away.

mod look;
mod outcome;

use rustc_hash::{FxHashMap, FxHashSet};

use super::words::{self, Look, Words};
use crate::analysis::engine::{Engine, Site};
use crate::program::{Block, Expr, ExprId, Function, FunctionId, FunctionKind, Module, ModuleId, Pattern, PatternId, Statement};

/// How deep nested expressions and blocks are followed.
const MAX_DEPTH: u32 = 400;
/// Rounds in which a function learns what those that it calls decide.
const ROUNDS: usize = 3;

type Place = (ModuleId, FunctionId);

/// What a function decides about a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gate {
    /// It turns callers away whatever the settings are.
    pub(super) always: Look,
    /// It does so only when something is set.
    pub(super) sometimes: Look,
    /// It returns what it thinks of the caller: it depends on those that call it.
    verdict: Look,
    /// The same, when something is set.
    verdict_when_set: Look,
    /// It returns what the request says about it.
    yields: Look,
}

impl Gate {
    /// Whatever it looks at.
    pub(super) fn any(self) -> Look {
        self.always.with(self.sometimes).with(self.verdict).with(self.verdict_when_set)
    }
}

/// The gates among all functions of the program that `counts` lets through.
pub(super) fn gates(engine: &Engine<'_>, counts: &dyn Fn(ModuleId) -> bool) -> FxHashMap<Place, Gate> {
    let mut callees: FxHashMap<Site, Vec<Place>> = FxHashMap::default();
    for context in &engine.contexts {
        for (callee, site) in &context.calls {
            if let Some(function) = engine.contexts[callee.0 as usize].function
                && function.1 != FunctionId(0)
            {
                let known = callees.entry(*site).or_default();
                if known.len() < 8 && !known.contains(&function) {
                    known.push(function);
                }
            }
        }
    }
    let mut words = Words::new(&engine.program.interner);
    let functions: Vec<Place> = (0..engine.program.modules.len() as u32)
        .map(ModuleId)
        .filter(|id| counts(*id))
        .flat_map(|id| (1..engine.module(id).functions.len() as u32).map(move |function| (id, FunctionId(function))))
        .collect();
    let mut refusals: FxHashSet<Place> = FxHashSet::default();
    for place in &functions {
        let module = engine.module(place.0);
        let body = &module.functions[place.1.index()].body;
        let mut reader = Reader::new(module, place.0, &mut words, &callees, &refusals, None);
        if reader.refuses(body, 0) {
            refusals.insert(*place);
        }
    }
    let mut all: FxHashMap<Place, Gate> = FxHashMap::default();
    for _ in 0..ROUNDS {
        let mut changed = false;
        for place in &functions {
            let module = engine.module(place.0);
            let mut reader = Reader::new(module, place.0, &mut words, &callees, &refusals, Some(&all));
            let gate = reader.judge(place.1);
            if gate.any().is_none() && gate.yields.is_none() {
                continue;
            }
            let before = all.insert(*place, gate);
            changed |= before != Some(gate);
        }
        if !changed {
            break;
        }
    }
    all
}

/// Reads one function.
struct Reader<'a, 'p> {
    module: &'a Module,
    id: ModuleId,
    words: &'a mut Words<'p>,
    callees: &'a FxHashMap<Site, Vec<Place>>,
    refusals: &'a FxHashSet<Place>,
    known: Option<&'a FxHashMap<Place, Gate>>,
    /// The function that is read.
    current: Option<FunctionId>,
    /// What the variables of the function hold of the request.
    slots: FxHashMap<u32, Look>,
    /// The slot of the receiver: what hangs on it is a setting, not the request.
    receiver: Option<u32>,
    /// Around the statement that is read: a condition on a setting.
    under_setting: bool,
    /// What those that are asked decide only when something is set.
    weak: Look,
    /// Whoever brings no credential is turned away.
    wants_credential: bool,
    /// The credential is given to something else, which it has to convince.
    hands_over: bool,
    gate: Gate,
}

/// What a block does with the caller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    GoesOn,
    /// Returns no, nothing or a text: a verdict.
    Verdict,
    Refuses,
}

impl<'a, 'p> Reader<'a, 'p> {
    fn new(
        module: &'a Module,
        id: ModuleId,
        words: &'a mut Words<'p>,
        callees: &'a FxHashMap<Site, Vec<Place>>,
        refusals: &'a FxHashSet<Place>,
        known: Option<&'a FxHashMap<Place, Gate>>,
    ) -> Self {
        let slots = FxHashMap::default();
        Reader {
            module,
            id,
            words,
            callees,
            refusals,
            known,
            current: None,
            slots,
            receiver: None,
            under_setting: false,
            weak: Look::NONE,
            wants_credential: false,
            hands_over: false,
            gate: Gate::default(),
        }
    }

    fn judge(&mut self, function: FunctionId) -> Gate {
        self.current = Some(function);
        let function: &'a Function = &self.module.functions[function.index()];
        if matches!(function.kind, FunctionKind::Method { receiver_parameter: true }) {
            self.receiver = Some(0);
        }
        // A framework fills a parameter from a header that its default names.
        for parameter in &function.parameters {
            let (Some(name), Some(default)) = (parameter.name, parameter.default) else { continue };
            let header = self.words.of(name).header;
            let text = self.words.text(name);
            let header = if words::secret_parameter(&text) || &*text == "credentials" { Look::AUTH } else { header };
            if matches!(self.expr(default), Expr::Call(_))
                && !header.is_none()
                && let Pattern::Variable(variable) = self.pattern(parameter.pattern)
            {
                self.slots.insert(variable.slot, header);
            }
        }
        for _ in 0..2 {
            self.bindings(&function.body, 0);
        }
        self.block(&function.body, 0);
        if self.wants_credential && self.hands_over {
            self.gate.always = self.gate.always.with(Look::AUTH);
        }
        self.gate
    }

    fn expr(&self, id: ExprId) -> &'a Expr {
        &self.module.exprs[id.index()]
    }

    fn pattern(&self, id: PatternId) -> &'a Pattern {
        &self.module.patterns[id.index()]
    }
}

/// Whether a block does not go on behind its end.
fn leaves(block: &[Statement]) -> bool {
    matches!(block.last(), Some(Statement::Return(_) | Statement::Throw(_) | Statement::Continue | Statement::Break))
}

/// The blocks inside a statement.
pub(super) fn blocks(statement: &Statement) -> Vec<&Block> {
    match statement {
        Statement::If { then, otherwise, .. } => vec![then, otherwise],
        Statement::Switch { cases, .. } => cases.iter().map(|case| &case.body).collect(),
        Statement::ForEach { body, .. } | Statement::While { body, .. } => vec![body],
        Statement::Try { body, handler, finally, .. } => vec![body, handler, finally],
        Statement::Block(body) => vec![body],
        _ => Vec::new(),
    }
}
