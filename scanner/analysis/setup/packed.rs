//! Code that is written so that nobody can read it: names of an obfuscator, texts that are decoded and run.

use rustc_hash::FxHashSet;

use super::{Places, Reached, site_place};
use crate::analysis::engine::{Engine, Site};
use crate::analysis::facts::{Reach, Setting};
use crate::program::{Call, Expr, ExprId, Module, ModuleId, Pattern, Statement, Symbol, walk};

use super::gate;

const OBFUSCATED: &str = "obfuscated-code";
const DECODED: &str = "decoded-code-runs";

/// Different names of an obfuscator in one module: fewer may be somebody's taste.
const MANY_NAMES: usize = 12;

pub(super) fn packed(engine: &Engine<'_>, reached: &Reached, counts: &dyn Fn(ModuleId) -> bool, places: &dyn Places) -> Vec<Setting> {
    let runs = reached.modules(engine);
    let mut all = Vec::new();
    for id in (0..engine.program.modules.len() as u32).map(ModuleId).filter(|id| counts(*id)) {
        let module = engine.module(id);
        let reach = if runs.contains(&id) { Reach::Startup } else { Reach::Unreached };
        let mut found = |name: &str, expr: ExprId| {
            let location = site_place(engine, Site { module: id, expr }, places);
            all.push(Setting { name: name.to_owned(), location, certain: true, reach });
        };
        if !module.exprs.is_empty() && is_obfuscated(engine, module) {
            found(OBFUSCATED, ExprId(0));
        }
        for expr in decoded(engine, module) {
            found(DECODED, expr);
        }
    }
    all.sort();
    all.dedup();
    all
}

fn is_obfuscated(engine: &Engine<'_>, module: &Module) -> bool {
    let mut seen: FxHashSet<Symbol> = FxHashSet::default();
    let mut names = 0;
    for symbol in module.functions.iter().flat_map(|function| &function.slot_names) {
        if seen.insert(*symbol) && is_generated(&engine.name(*symbol)) {
            names += 1;
        }
    }
    names >= MANY_NAMES
}

/// `_0x3fa2c1`: the names that obfuscators give.
fn is_generated(name: &str) -> bool {
    name.trim_start_matches('a').strip_prefix("_0x").is_some_and(|rest| (4..=8).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Calls that run what another call decodes, directly or by way of a variable of the same function.
fn decoded(engine: &Engine<'_>, module: &Module) -> Vec<ExprId> {
    // Few modules run text at all.
    let runner = |call: &Call| match &module.exprs[call.callee.index()] {
        Expr::Global(name) => matches!(&*engine.name(*name), "eval" | "exec" | "Function"),
        _ => false,
    };
    if !module.exprs.iter().any(|expr| matches!(expr, Expr::Call(call) if runner(call))) {
        return Vec::new();
    }
    let mut all = Vec::new();
    for function in &module.functions {
        let mut made: FxHashSet<u32> = FxHashSet::default();
        let mut blocks = vec![function.body.as_slice()];
        while let Some(block) = blocks.pop() {
            for statement in block {
                if let Statement::Bind { pattern, value: Some(value), .. } = statement
                    && let Pattern::Variable(variable) = &module.patterns[pattern.index()]
                    && variable.hops == 0
                    && decodes(engine, module, *value)
                {
                    made.insert(variable.slot);
                }
                blocks.extend(gate::blocks(statement).into_iter().map(Vec::as_slice));
            }
        }
        walk::expressions(module, &function.body, |id, expr| {
            let Expr::Call(call) = expr else { return };
            let is_made = |value: ExprId| matches!(&module.exprs[value.index()], Expr::Variable(v) if v.hops == 0 && made.contains(&v.slot));
            if runner(call) && call.arguments.iter().any(|argument| is_made(argument.value) || decodes(engine, module, argument.value)) {
                all.push(id);
            }
        });
    }
    all
}

/// Whether an expression decodes or unpacks a text that stands in it.
fn decodes(engine: &Engine<'_>, module: &Module, expr: ExprId) -> bool {
    const DECODERS: &[&str] = &[
        "atob",
        "b64decode",
        "b32decode",
        "b16decode",
        "b85decode",
        "a85decode",
        "urlsafe_b64decode",
        "decompress",
        "fromhex",
        "unhexlify",
        "inflateSync",
        "gunzipSync",
    ];
    let (mut decoder, mut text) = (false, false);
    walk::parts(module, expr, |_, part| match part {
        Expr::Call(call) => {
            let name = match &module.exprs[call.callee.index()] {
                Expr::Global(name) => *name,
                Expr::Member { property, .. } => *property,
                _ => return,
            };
            let name = engine.name(name);
            decoder |= DECODERS.contains(&&*name);
            // `Buffer.from("…", "base64")`
            let encoding =
                |value: ExprId| matches!(&module.exprs[value.index()], Expr::Str(text) if matches!(&**text, "base64" | "hex" | "base64url"));
            decoder |= &*name == "from" && call.arguments.get(1).is_some_and(|argument| encoding(argument.value));
        }
        Expr::Str(content) => text |= content.len() >= 16,
        _ => {}
    });
    decoder && text
}

#[cfg(test)]
mod tests {
    use super::is_generated;

    #[test]
    fn names_of_obfuscators() {
        assert!(is_generated("_0x3fa2c1") && is_generated("a_0x1b2c") && is_generated("_0xdeadbeef"));
        assert!(!is_generated("_0xzz") && !is_generated("x0") && !is_generated("_0x1") && !is_generated("hex"));
    }
}
