//! The models that one program needs, out of those that are part of this build.

use std::collections::BTreeSet;

use crate::analysis::inlined::{self, Copied, Known};
use crate::analysis::model::{ModelError, ModelFile, Models};
use crate::analysis::package_of;
use crate::program::{Ecosystem, Expr, ImportId, Module, ModuleId, Program, Target};
use crate::rules::{EmbeddedModel, INLINED, MODEL_INDEX, MODELS};

/// Modules that reach out of the program: who hides the name of a module hides one of them.
const COMPUTED: &[&str] = &["child_process", "fs", "net", "http", "https", "os", "subprocess", "socket", "shutil", "builtins"];

/// Whether a module may load others by a name that is no literal.
fn loads_by_computed_name(program: &Program, module: &Module) -> bool {
    let loader = |name: &str| matches!(name, "module" | "node:module" | "importlib");
    let import = program.interner.intern("__import__");
    module.imports.iter().any(|import| loader(&import.specifier))
        || module.exprs.iter().any(|expr| matches!(expr, Expr::Global(name) if *name == import))
}

/// Loads the models of every library that the program imports, and of those that they refer to.
pub(crate) fn models(program: &Program) -> Result<Models, ModelError> {
    // Positions in `MODELS`; sorted, so that they are loaded in the order of their paths.
    let mut chosen: BTreeSet<u16> = BTreeSet::new();
    let mut open: Vec<u16> = Vec::new();
    let mut want = |open: &mut Vec<u16>, models: &[u16]| open.extend(models.iter().filter(|model| chosen.insert(**model)));
    for ecosystem in Ecosystem::ALL {
        let folder = ecosystem.traits().folder;
        let mut seen = false;
        for (i, module) in program.modules.iter().enumerate().filter(|(_, module)| module.ecosystem == ecosystem) {
            seen = true;
            for import in 0..module.imports.len() {
                if let Target::External(name) = program.target(ModuleId(i as u32), ImportId(import as u32)) {
                    want(&mut open, about(folder, first_part(ecosystem, &program.interner.text(name))));
                }
            }
            // What `createRequire` is asked for is no import to the eye.
            if module.imports.iter().any(|import| matches!(&*import.specifier, "module" | "node:module")) {
                for expr in &module.exprs {
                    if let Expr::Str(text) = expr {
                        want(&mut open, about(folder, text.strip_prefix("node:").unwrap_or(text)));
                    }
                }
            }
            // What is loaded by a name that is put together at run time is mostly one of these.
            if loads_by_computed_name(program, module) {
                COMPUTED.iter().for_each(|name| want(&mut open, about(folder, name)));
            }
            // Libraries that a bundle has inlined.
            for (package, file) in module.regions.iter().filter_map(|(_, path)| package_of(path)) {
                [package, file].iter().for_each(|name| want(&mut open, about(folder, name)));
            }
        }
        if seen {
            want(&mut open, about(folder, "globals"));
            MODEL_INDEX
                .iter()
                .filter(|((of, module), _)| *of == folder && (module.starts_with("type:") || *module == "shape:"))
                .for_each(|(_, models)| want(&mut open, models));
        }
    }
    let copies = copies(program);
    copies.iter().for_each(|(folder, copied)| want(&mut open, about(folder, first_part(copied.ecosystem, &copied.module))));
    while let Some(model) = open.pop() {
        let model = &MODELS[usize::from(model)];
        model.references.iter().for_each(|module| want(&mut open, about(model.folder, module)));
    }
    let mut files: Vec<ModelFile<'_>> = chosen.into_iter().filter_map(|model| file(&MODELS[usize::from(model)])).collect();
    let models = loop {
        match Models::load(&files, &program.interner) {
            Ok(models) => break models,
            // A model that contradicts others says nothing: the program is read without it. No such model passes the tests.
            Err(error) => {
                let all = files.len();
                files.retain(|file| file.path != error.file);
                if files.len() == all {
                    return Err(error);
                }
            }
        }
    };
    Ok(models.with_copies(copies.into_iter().map(|(_, copied)| copied).collect()))
}

/// The libraries whose copies stand in bundles of the program.
fn copies(program: &Program) -> Vec<(&'static str, Copied)> {
    let mut all = Vec::new();
    for ecosystem in Ecosystem::ALL {
        let folder = ecosystem.traits().folder;
        let known: Vec<Known<'static>> = INLINED
            .iter()
            .filter(|library| library.folder == folder)
            .map(|library| Known { module: library.module, holds: library.holds, does: library.does })
            .collect();
        if !known.is_empty() {
            all.extend(inlined::find(program, ecosystem, &known).into_iter().map(|copied| (folder, copied)));
        }
    }
    all
}

/// Whether a model speaks of a module, so that its source need not be looked at.
pub(crate) fn speaks_of(ecosystem: Ecosystem, specifier: &str) -> bool {
    !about(ecosystem.traits().folder, first_part(ecosystem, specifier)).is_empty()
}

/// The models that speak of a module.
fn about(folder: &str, module: &str) -> &'static [u16] {
    MODEL_INDEX.binary_search_by_key(&(folder, module), |(key, _)| *key).map_or(&[], |at| MODEL_INDEX[at].1)
}

fn file(model: &'static EmbeddedModel) -> Option<ModelFile<'static>> {
    let ecosystem = Ecosystem::ALL.into_iter().find(|ecosystem| ecosystem.traits().folder == model.folder)?;
    Some(ModelFile { path: model.path, ecosystem, text: model.json })
}

/// Modules whose paths are paths of members too are asked for by their first part: `import os` reaches `os.path`.
fn first_part(ecosystem: Ecosystem, module: &str) -> &str {
    match ecosystem.separator() {
        Some(separator) => module.split(separator).next().unwrap_or(module),
        None => module,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Interner;

    #[test]
    fn every_model_loads() {
        let known: Vec<ModelFile<'_>> = MODELS.iter().map(|model| file(model).expect(model.path)).collect();
        assert!(known.len() > 100);
        let interner = Interner::default();
        let failures: Vec<String> = known.iter().filter_map(|file| Models::load(&[*file], &interner).err()).map(|error| error.to_string()).collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        Models::load(&known, &interner).unwrap();
    }

    #[test]
    fn copies_stand_for_libraries_that_models_describe() {
        for library in INLINED {
            assert!(!about(library.folder, library.module).is_empty(), "{}", library.module);
            assert!(library.holds.len() >= 3, "{}: too little to tell it by", library.module);
            assert!(library.does.iter().all(|(kind, _)| inlined::kind(kind).is_some()), "{}", library.module);
        }
    }

    #[test]
    fn models_are_found_by_module() {
        let paths = |folder, module| about(folder, module).iter().map(|model| MODELS[usize::from(*model)].path).collect::<Vec<_>>();
        assert!(paths("python", "mcp").contains(&"models/python/mcp.yml"));
        assert!(!paths("javascript", "globals").is_empty());
        assert!(paths("python", "no_such_module").is_empty());
        assert!(MODEL_INDEX.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
