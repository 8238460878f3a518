//! Where the program of a target starts.

use rustc_hash::FxHashSet;

use crate::analysis::model::Models;
use crate::analysis::{Start, sdk_modules};
use crate::manifest::{EntryPoint, Manifests};
use crate::program::{ImportId, ModuleId, Program, Target};

/// The function that a program begins with.
const MAIN: &str = "main";

/// The entry points that packages name, as places of the program.
pub(crate) fn starts(manifests: &Manifests, program: &Program, models: &Models) -> Vec<Start> {
    let mut all: Vec<Start> = Vec::new();
    let mut programs: Vec<ModuleId> = Vec::new();
    for entry in manifests.packages.iter().flat_map(|p| &p.entry_points) {
        let (file, function) = match entry {
            EntryPoint::File(file) => (file, None),
            EntryPoint::Function { file, function } => (file, Some(function.clone())),
            EntryPoint::Program(file) => {
                programs.extend(program.module_at(file));
                continue;
            }
            EntryPoint::Package(_) => continue,
        };
        if let Some(module) = program.module_at(file) {
            let start = Start { module, function };
            if !all.contains(&start) {
                all.push(start);
            }
        }
    }
    // Of several programs those are servers that use an SDK; the others are tools of the developers.
    let users: FxHashSet<ModuleId> = if programs.len() > 1 { sdk_modules(program, models).into_iter().collect() } else { FxHashSet::default() };
    let serves: Vec<bool> = programs.iter().map(|id| reaches(program, *id, &users)).collect();
    let any = serves.contains(&true);
    for (module, serves) in programs.into_iter().zip(serves) {
        let start = Start { module, function: Some(MAIN.to_owned()) };
        if (serves || !any) && !all.contains(&start) {
            all.push(start);
        }
    }
    all
}

/// Whether a module, or anything it imports, is one of some others.
fn reaches(program: &Program, from: ModuleId, wanted: &FxHashSet<ModuleId>) -> bool {
    let mut seen: FxHashSet<ModuleId> = FxHashSet::default();
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        if wanted.contains(&id) {
            return true;
        }
        open.extend(program.whole(id));
        for import in 0..program.module(id).imports.len() {
            if let Target::Module(target) = program.target(id, ImportId(import as u32)) {
                open.push(target);
            }
        }
    }
    false
}
