//! Copies of libraries that a bundler put into a file without saying so: a minifier renames variables, but neither the
//! names of members nor texts, and a library is known by those that stand together in the function around it.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use serde::de::IntoDeserializer;

use super::facts::CapabilityKind;
use crate::program::{Ecosystem, Entry, Expr, FunctionId, Key, Module, ModuleId, Program, Span, Symbol};

/// By what a library is known.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The name under which it is imported.
    pub module: &'a str,
    /// Names of members and constant texts that all stand in one of its functions.
    pub holds: &'a [&'a str],
    /// What it does: kind of capability and target.
    pub does: &'a [(&'a str, &'a str)],
}

/// A copy of a library: the function around it.
#[derive(Clone, Debug)]
pub struct Copied {
    pub ecosystem: Ecosystem,
    pub module: String,
    pub does: Vec<(CapabilityKind, String)>,
    pub within: (ModuleId, FunctionId),
    pub span: Span,
}

impl Copied {
    /// Whether the library is known to do this.
    pub fn is_known_for(&self, kind: CapabilityKind, target: &str) -> bool {
        self.does.iter().any(|(of, pattern)| *of == kind && fits(pattern, target))
    }
}

/// A kind of capability by its name in the report.
pub(crate) fn kind(name: &str) -> Option<CapabilityKind> {
    let name: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = name.into_deserializer();
    CapabilityKind::deserialize(name).ok()
}

/// Whether a pattern with at most one `*` stands for a text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end),
    }
}

/// Looks for copies in every module of the program. One pass over the expressions, and one over the functions of those
/// modules in which all names of a library stand.
pub fn find(program: &Program, ecosystem: Ecosystem, known: &[Known<'_>]) -> Vec<Copied> {
    let names: FxHashSet<&str> = known.iter().flat_map(|library| library.holds.iter().copied()).collect();
    let symbols: FxHashMap<Symbol, &str> = names.iter().map(|name| (program.interner.intern(name), *name)).collect();
    let mut all = Vec::new();
    for (id, module) in program.modules.iter().enumerate().filter(|(_, module)| module.ecosystem == ecosystem) {
        let mut places: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
        for (expr, span) in module.exprs.iter().zip(&module.spans) {
            if let Expr::Object(entries) = expr {
                for entry in entries {
                    if let Entry::Field { key: Key::Name(name), value } = entry
                        && let Some(name) = symbols.get(name)
                    {
                        places.entry(name).or_default().push(module.spans[value.index()].end);
                    }
                }
            }
            let name = match expr {
                Expr::Member { property, .. } => symbols.get(property).copied(),
                Expr::Str(text) => names.get(&**text).copied(),
                _ => None,
            };
            if let Some(name) = name {
                places.entry(name).or_default().push(span.end);
            }
        }
        for member in module.classes.iter().flat_map(|class| &class.members) {
            if let Key::Name(name) = &member.key
                && let Some(name) = symbols.get(name)
            {
                places.entry(name).or_default().push(member.span.end);
            }
        }
        if places.is_empty() {
            continue;
        }
        places.values_mut().for_each(|ends| ends.sort_unstable());
        for library in known.iter().filter(|library| library.holds.iter().all(|name| places.contains_key(name))) {
            for (function, span) in holders(module, library, &places) {
                all.push(Copied {
                    ecosystem,
                    module: library.module.to_owned(),
                    does: library.does.iter().filter_map(|(of, target)| Some((kind(of)?, (*target).to_owned()))).collect(),
                    within: (ModuleId(id as u32), function),
                    span,
                });
            }
        }
    }
    all
}

/// The smallest functions in which every name of a library stands. The whole file is none.
fn holders(module: &Module, library: &Known<'_>, places: &FxHashMap<&str, Vec<u32>>) -> Vec<(FunctionId, Span)> {
    let holds = |span: &Span| {
        library.holds.iter().all(|name| {
            let ends = &places[name];
            let first = ends.partition_point(|end| *end <= span.start);
            ends.get(first).is_some_and(|end| *end <= span.end)
        })
    };
    let functions = module.functions.iter().enumerate().skip(1);
    let mut found: Vec<(FunctionId, Span)> =
        functions.filter(|(_, function)| holds(&function.span)).map(|(i, function)| (FunctionId(i as u32), function.span)).collect();
    // Sorted so that what stands inside comes after what stands around it.
    found.sort_by_key(|(_, span)| (span.start, std::cmp::Reverse(span.end)));
    let mut smallest: Vec<(FunctionId, Span)> = Vec::new();
    for (function, span) in found {
        if smallest.last().is_some_and(|(_, outer)| outer.start <= span.start && span.end <= outer.end) {
            smallest.pop();
        }
        smallest.push((function, span));
    }
    smallest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_fit_patterns() {
        for (pattern, text, expected) in [
            ("DEBUG", "DEBUG", true),
            ("DEBUG", "DEBUG_FD", false),
            ("DEBUG_*", "DEBUG_FD", true),
            ("*_proxy", "no_proxy", true),
            ("*", "x", true),
            ("ab*b", "ab", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
