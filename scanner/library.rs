//! The models that one program needs, out of those that are part of this build.

use rustc_hash::FxHashSet;

use crate::analysis::model::{ModelError, ModelFile, Models, modules_of};
use crate::analysis::package_of;
use crate::program::{Ecosystem, ImportId, ModuleId, Program, Target};
use crate::rules;

/// Folder below `rules/models/` of each ecosystem.
const FOLDERS: &[(&str, Ecosystem)] = &[("javascript", Ecosystem::JavaScript), ("python", Ecosystem::Python)];

/// Loads the models of every library that the program imports, and of those that they refer to.
pub(crate) fn models(program: &Program) -> Result<Models, ModelError> {
    let files = files();
    let mut wanted: FxHashSet<(Ecosystem, String)> = FxHashSet::default();
    for (i, module) in program.modules.iter().enumerate() {
        for import in 0..module.imports.len() {
            if let Target::External(name) = program.target(ModuleId(i as u32), ImportId(import as u32)) {
                wanted.insert((module.ecosystem, first_part(module.ecosystem, &program.interner.text(name)).to_owned()));
            }
        }
        // Libraries that a bundle has inlined.
        for (package, file) in module.regions.iter().filter_map(|(_, path)| package_of(path)) {
            wanted.extend([package, file].map(|name| (module.ecosystem, name.to_owned())));
        }
        wanted.insert((module.ecosystem, "globals".into()));
    }
    let ecosystems: FxHashSet<Ecosystem> = wanted.iter().map(|(e, _)| *e).collect();
    let mut chosen = vec![false; files.len()];
    loop {
        let mut more = Vec::new();
        for (file, chosen) in files.iter().zip(&mut chosen) {
            let needed = |module: &String| {
                (module.starts_with("type:") && ecosystems.contains(&file.model.ecosystem))
                    || wanted.contains(&(file.model.ecosystem, first_part(file.model.ecosystem, module).to_owned()))
            };
            if !*chosen && file.modules.iter().any(needed) {
                *chosen = true;
                more.extend(references(file.model.text).map(|m| (file.model.ecosystem, first_part(file.model.ecosystem, m).to_owned())));
            }
        }
        if more.is_empty() {
            break;
        }
        wanted.extend(more);
    }
    let files: Vec<ModelFile<'_>> = files.iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(file, _)| file.model).collect();
    Models::load(&files, &program.interner)
}

struct Known {
    model: ModelFile<'static>,
    modules: Vec<String>,
}

fn files() -> Vec<Known> {
    let mut all = Vec::new();
    for &(path, text) in rules::FILES {
        let Some(rest) = path.strip_prefix("models/") else { continue };
        let Some((folder, _)) = rest.split_once('/') else { continue };
        if let Some((_, ecosystem)) = FOLDERS.iter().find(|(name, _)| *name == folder)
            && path.ends_with(".yml")
        {
            all.push(Known { model: ModelFile { path, ecosystem: *ecosystem, text }, modules: modules_of(text) });
        }
    }
    all
}

/// Python's modules are asked for by their first part: `import os` reaches `os.path`.
fn first_part(ecosystem: Ecosystem, module: &str) -> &str {
    match ecosystem {
        Ecosystem::Python => module.split('.').next().unwrap_or(module),
        Ecosystem::JavaScript => module,
    }
}

/// Modules named before a `#` in `like:` and `instance("…")`.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('#').filter_map(|(at, _)| {
        let before = &text[..at];
        let start = before.rfind([' ', '"', '\'', '(', '{', ',', '\n']).map_or(0, |i| i + 1);
        let module = &before[start..];
        (!module.is_empty()).then_some(module)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Interner;

    #[test]
    fn every_model_loads() {
        let known = files();
        assert!(known.len() > 100);
        let interner = Interner::default();
        let mut failures = Vec::new();
        for file in &known {
            assert!(!file.modules.is_empty(), "{} names no module", file.model.path);
            if let Err(error) = Models::load(&[file.model], &interner) {
                failures.push(error.to_string());
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        let all: Vec<_> = known.iter().map(|f| f.model).collect();
        Models::load(&all, &interner).unwrap();
    }
}
