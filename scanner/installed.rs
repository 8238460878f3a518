//! Packages installed beside the server whose source is at hand: followed where no model speaks for them.

use rustc_hash::FxHashSet;

use crate::input::{self, Tree};
use crate::language::{self, Resolution, Resolver};
use crate::library;
use crate::program::{Ecosystem, Module};

pub(crate) type Resolvers = Vec<(Ecosystem, Box<dyn Resolver>)>;

/// Files of installed packages that are followed from one target, and their bytes.
const MAX_FILES: usize = 2_000;
const MAX_BYTES: u64 = 32 << 20;

/// Adds to `modules` the files of installed packages that they import, and what those import: all that no model knows.
/// `lower` makes modules of files.
pub(crate) fn follow(tree: &Tree, resolvers: &Resolvers, modules: &mut Vec<Module>, lower: &mut dyn FnMut(Vec<String>) -> Vec<Module>) {
    let mut known: FxHashSet<String> = FxHashSet::default();
    let mut bytes = 0;
    let mut new = 0;
    loop {
        let mut wanted: Vec<String> = Vec::new();
        for module in &modules[new..] {
            let Some((_, resolver)) = resolvers.iter().find(|(ecosystem, _)| *ecosystem == module.ecosystem) else { continue };
            for import in module.imports.iter().filter(|import| !import.types_only && !library::speaks_of(module.ecosystem, &import.specifier)) {
                let Resolution::File(path) = resolver.resolve(&module.path, &import.specifier) else { continue };
                let size = tree.size(&path);
                let fits = known.len() < MAX_FILES && bytes + size <= MAX_BYTES;
                if fits && input::is_dependency(&path) && language::of(&path).is_some() && tree.contains(&path) && known.insert(path.clone()) {
                    bytes += size;
                    wanted.push(path);
                }
            }
        }
        if wanted.is_empty() {
            break;
        }
        new = modules.len();
        modules.extend(lower(wanted));
    }
    modules.sort_by(|a, b| a.path.cmp(&b.path));
}
