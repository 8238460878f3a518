//! All modules of a server together, with their imports resolved.

use rustc_hash::FxHashMap;

use super::{Ecosystem, Export, ImportId, Interner, Module, ModuleId, Symbol};
use crate::language::{Resolution, Resolver};

/// What an import means in this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Module(ModuleId),
    /// The name that models use.
    External(Symbol),
}

/// Every module, linked.
pub struct Program {
    pub modules: Vec<Module>,
    pub interner: Interner,
    by_path: FxHashMap<String, ModuleId>,
    targets: Vec<Vec<Target>>,
    /// For each module those whose every export is also one of its own.
    stars: Vec<Vec<Target>>,
    /// The module that each is a part of.
    wholes: Vec<Option<ModuleId>>,
    resolvers: Vec<(Ecosystem, Box<dyn Resolver>)>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("modules", &self.modules.len()).finish_non_exhaustive()
    }
}

impl Program {
    /// Resolves every import of `modules` (sorted by path by the caller).
    pub fn link(modules: Vec<Module>, interner: Interner, resolvers: Vec<(Ecosystem, Box<dyn Resolver>)>) -> Self {
        let by_path = modules.iter().enumerate().map(|(i, m)| (m.path.clone(), ModuleId(i as u32))).collect();
        let mut program = Program { modules, interner, by_path, targets: Vec::new(), stars: Vec::new(), wholes: Vec::new(), resolvers };
        program.targets =
            program.modules.iter().map(|module| module.imports.iter().map(|import| program.find(module, &import.specifier)).collect()).collect();
        let stars = |(module, targets): (&Module, &Vec<Target>)| {
            module
                .exports
                .iter()
                .filter_map(|export| if let Export::All { import } = export { Some(targets[import.index()]) } else { None })
                .collect()
        };
        program.stars = program.modules.iter().zip(&program.targets).map(stars).collect();
        program.wholes = program.modules.iter().map(|module| program.find_whole(module)).collect();
        for (stars, whole) in program.stars.iter_mut().zip(&program.wholes) {
            // The names of all parts are at hand in each.
            stars.extend(whole.map(Target::Module));
        }
        program
    }

    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.index()]
    }

    pub fn module_at(&self, path: &str) -> Option<ModuleId> {
        self.by_path.get(path).copied()
    }

    pub fn target(&self, module: ModuleId, import: ImportId) -> Target {
        self.targets[module.index()][import.index()]
    }

    /// What `specifier`, a text computed while the program runs, means in `module`.
    pub fn find(&self, module: &Module, specifier: &str) -> Target {
        match self.resolver(module.ecosystem).map(|r| r.resolve(&module.path, specifier)) {
            Some(Resolution::File(path)) => match self.by_path.get(&path) {
                Some(&id) => Target::Module(id),
                // A file that was not lowered (an installed package): known by the name it is imported under.
                None => Target::External(self.interner.intern(specifier)),
            },
            Some(Resolution::External(name)) => Target::External(self.interner.intern(&name)),
            None => Target::External(self.interner.intern(specifier)),
        }
    }

    /// The submodule `name` of a package.
    pub fn submodule(&self, package: ModuleId, name: Symbol) -> Option<ModuleId> {
        let module = self.module(package);
        let path = self.resolver(module.ecosystem)?.submodule(&module.path, &self.interner.text(name))?;
        self.module_at(&path)
    }

    /// Modules whose every export is also one of `module`.
    pub fn star_exports(&self, module: ModuleId) -> impl Iterator<Item = Target> + '_ {
        self.stars[module.index()].iter().copied()
    }

    /// The module that a file is a part of: it runs when any of its parts does.
    pub fn whole(&self, module: ModuleId) -> Option<ModuleId> {
        self.wholes.get(module.index()).copied().flatten()
    }

    fn find_whole(&self, module: &Module) -> Option<ModuleId> {
        let name = module.part_of?;
        let whole = self.module_at(&self.resolver(module.ecosystem)?.whole(&module.path)?)?;
        (self.module(whole).part_of == Some(name)).then_some(whole)
    }

    fn resolver(&self, ecosystem: Ecosystem) -> Option<&dyn Resolver> {
        self.resolvers.iter().find(|(e, _)| *e == ecosystem).map(|(_, r)| r.as_ref())
    }
}
