//! Protections that exist and that nobody turns on: off unless somebody asks for them.

use super::words::Look;
use super::{Places, gate, site_place};
use crate::analysis::engine::{Engine, Site};
use crate::analysis::facts::{Reach, Setting};
use crate::program::{Entry, Expr, ExprId, FunctionId, Key, Logical, Module, ModuleId, Symbol, walk};
use rustc_hash::{FxHashMap, FxHashSet};

/// The name under which checks ask for it.
const NAME: &str = "host-check-off";

/// What a value says about a protection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    On,
    Off,
}

pub(super) fn presets(
    engine: &Engine<'_>,
    gates: &FxHashMap<(ModuleId, FunctionId), gate::Gate>,
    counts: &dyn Fn(ModuleId) -> bool,
    places: &dyn Places,
) -> Vec<Setting> {
    let mut protective: FxHashMap<Symbol, bool> = FxHashMap::default();
    let mut off: Vec<(Symbol, Site)> = Vec::new();
    let mut on: FxHashSet<Symbol> = FxHashSet::default();
    for id in (0..engine.program.modules.len() as u32).map(ModuleId).filter(|id| counts(*id)) {
        let module = engine.module(id);
        let mut note = |name: Symbol, said: Option<Said>, expr: ExprId| {
            let Some(said) = said else { return };
            if !*protective.entry(name).or_insert_with(|| protects(&engine.name(name))) {
                return;
            }
            match said {
                Said::On => {
                    on.insert(name);
                }
                Said::Off => off.push((name, Site { module: id, expr })),
            }
        };
        for (number, expr) in module.exprs.iter().enumerate() {
            let here = ExprId(number as u32);
            match expr {
                Expr::Object(entries) => {
                    for entry in entries {
                        if let Entry::Field { key: Key::Name(name), value } = entry {
                            note(*name, flag(module, *value), *value);
                        }
                    }
                }
                Expr::Call(call) => {
                    for argument in &call.arguments {
                        if let Some(name) = argument.name {
                            note(name, flag(module, argument.value), argument.value);
                        }
                    }
                }
                // `options.protection ?? false`
                Expr::Logical { op: Logical::Coalesce | Logical::Or, left, right } => {
                    if let Expr::Member { property, .. } = &module.exprs[left.index()] {
                        note(*property, flag(module, *right), here);
                    }
                }
                // The same as compilers write it for older engines.
                Expr::Conditional { test, otherwise, .. } if flag(module, *otherwise).is_some() => {
                    let mut asked = Vec::new();
                    walk::parts(module, *test, |_, part| {
                        if let Expr::Member { property, .. } = part {
                            asked.push(*property);
                        }
                    });
                    for name in asked {
                        note(name, flag(module, *otherwise), here);
                    }
                }
                _ => {}
            }
        }
        for parameter in module.functions.iter().flat_map(|function| &function.parameters) {
            // On by default is on only for those who leave it alone: those who do not are found by themselves.
            if let (Some(name), Some(default)) = (parameter.name, parameter.default) {
                note(name, flag(module, default).filter(|said| *said == Said::Off), default);
            }
        }
    }
    // A check of the program's own does what the protection would.
    if gates.values().any(|gate| gate.always.has(Look::HOST)) {
        return Vec::new();
    }
    let mut all: Vec<Setting> = off
        .into_iter()
        .filter(|(name, _)| !on.contains(name))
        .map(|(_, site)| Setting { name: NAME.to_owned(), location: site_place(engine, site, places), certain: true, reach: Reach::Unreached })
        .collect();
    all.sort();
    all.dedup();
    all
}

fn flag(module: &Module, expr: ExprId) -> Option<Said> {
    match module.exprs.get(expr.index())? {
        Expr::Bool(true) => Some(Said::On),
        Expr::Bool(false) => Some(Said::Off),
        _ => None,
    }
}

/// Whether a name is that of a protection against callers from elsewhere.
fn protects(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['_', '-'], "");
    let against = ["rebinding", "origin", "hostheader", "hostvalidation", "hostcheck", "csrf"].iter().any(|word| name.contains(word));
    let how = ["protect", "valid", "verif", "check", "enable", "require", "enforce"].iter().any(|word| name.contains(word));
    against && how
}

#[cfg(test)]
mod tests {
    use super::protects;

    #[test]
    fn names_of_protections() {
        assert!(protects("enableDnsRebindingProtection") && protects("validate_origin") && protects("requireHostHeaderCheck"));
        assert!(!protects("host") && !protects("allowedOrigins") && !protects("verifyTls") && !protects("originalValue"));
    }
}
