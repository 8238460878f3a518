//! Programs that are started through a function of the program itself.
//!
//! `run("git", …)` is where it is decided which program is started; the call of the library stands in a helper that starts
//! whatever it is given. The reader of a report wants both places, and every tool only the programs it asks for.

use rustc_hash::{FxHashMap, FxHashSet};

use super::effect::EffectId;
use super::{ContextId, Engine, Site};
use crate::analysis::facts::{CapabilityKind, TargetKind};
use crate::analysis::target::Aim;
use crate::program::{ExprId, FunctionId, ModuleId};

/// Helpers that call helpers.
const LEVELS: u32 = 4;
/// Functions that are looked at.
const MAX_PROBES: usize = 64;

/// Effects whose target a parameter chooses.
pub(super) type Open = FxHashSet<(CapabilityKind, Site)>;

impl Engine<'_> {
    /// Adds, for every program started by a helper, the same effect where the helper is called. Runs after everything else.
    pub(crate) fn lift_wrapped(&mut self) {
        let mut callers: FxHashMap<ContextId, Vec<(ContextId, Site)>> = FxHashMap::default();
        for (i, context) in self.contexts.iter().enumerate() {
            for &(callee, site) in &context.calls {
                callers.entry(callee).or_default().push((ContextId(i as u32), site));
            }
        }
        let mut wave: Vec<(ContextId, EffectId, Site)> = Vec::new();
        for (i, context) in self.contexts.iter().enumerate() {
            for &id in &context.effects {
                let effect = &self.effects[id.0 as usize];
                if effect.kind == CapabilityKind::Process && effect.target_kind == TargetKind::Constant {
                    wave.push((ContextId(i as u32), id, effect.site));
                }
            }
        }
        let mut probed: FxHashMap<(ModuleId, FunctionId), Open> = FxHashMap::default();
        for _ in 0..LEVELS {
            let mut next = Vec::new();
            for (context, id, sink) in wave {
                let Some(function) = self.contexts[context.0 as usize].function.filter(|(_, f)| *f != FunctionId(0)) else { continue };
                if !probed.contains_key(&function) {
                    if probed.len() >= MAX_PROBES {
                        continue;
                    }
                    let open = self.probe(function);
                    probed.insert(function, open);
                }
                let effect = self.effects[id.0 as usize].clone();
                if !probed.get(&function).is_some_and(|open| open.contains(&(effect.kind, sink))) {
                    continue;
                }
                for &(caller, site) in callers.get(&context).map_or(&[][..], Vec::as_slice) {
                    if site.expr == ExprId(u32::MAX) {
                        continue;
                    }
                    self.current = caller;
                    let lifted = self.record(effect.kind, effect.access, Aim::constant(&*effect.target), site);
                    next.extend(lifted.map(|lifted| (caller, lifted, sink)));
                }
            }
            wave = next;
            wave.sort_by_key(|(context, id, _)| (*context, *id));
            wave.dedup();
        }
    }

    /// Runs a function with arguments that are not known, to see which effects its parameters choose. Leaves no facts behind.
    fn probe(&mut self, (module, function): (ModuleId, FunctionId)) -> Open {
        let frame = self.home_frame(module, function);
        let before =
            (self.registrations.len(), self.request_handlers.len(), self.servers.len(), self.offers.len(), self.incomplete.len(), self.blind.len());
        let (current, out_of_fuel) = (self.current, self.out_of_fuel);
        self.forget_results();
        self.root_context();
        self.probing = Some(Open::default());
        self.run_alone(module, function, frame);
        let open = self.probing.take().unwrap_or_default();
        self.registrations.truncate(before.0);
        self.request_handlers.truncate(before.1);
        self.servers.truncate(before.2);
        self.offers.truncate(before.3);
        self.incomplete.truncate(before.4);
        self.blind.truncate(before.5);
        (self.current, self.out_of_fuel) = (current, out_of_fuel);
        open
    }
}
