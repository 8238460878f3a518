//! Source text → [`Module`]. A new language is one folder here and one row in [`LANGUAGES`].

use std::any::Any;
use std::borrow::Cow;

use crate::input::Tree;
use crate::program::{Ecosystem, Interner, Module};

pub mod go;
pub mod javascript;
pub mod python;
pub mod rust;

/// What files of one language share, in a form that only the language knows.
pub type Shared = Box<dyn Any + Send + Sync>;

/// What the scanner needs to know of a language.
pub trait Language: Sync {
    /// As in the report: `typescript`, `javascript`, `python`.
    fn name(&self) -> &'static str;

    fn ecosystem(&self) -> Ecosystem;

    /// File name endings without the dot.
    fn extensions(&self) -> &'static [&'static str];

    /// Lowers one file. Never fails: what cannot be read is in `error_bytes` and `problems`.
    fn lower(&self, path: &str, text: &str, interner: &Interner) -> Module;

    /// What all files of the language in a target share, and what must be known before any of them can be read.
    fn gather<'t>(&self, _texts: &mut dyn Iterator<Item = Cow<'t, str>>) -> Option<Shared> {
        None
    }

    /// [`lower`](Self::lower) for a file among others, with what was gathered from all of them.
    fn lower_among(&self, path: &str, text: &str, interner: &Interner, _shared: &Shared) -> Module {
        self.lower(path, text, interner)
    }

    /// Parses `text` as [`lower`](Self::lower) does first, and does nothing with the tree: the part of the work that
    /// the budget of a scan is measured against. False when the parser refuses the text.
    fn parses(&self, text: &str) -> bool;

    /// The modules that several files make together, where a file is not one by itself: made of all files of the
    /// ecosystem.
    fn wholes(&self, _modules: &[Module], _interner: &Interner) -> Vec<Module> {
        Vec::new()
    }

    /// How imports are found in this target. Called once for each ecosystem; may read configuration files of the
    /// target that say where modules lie (`tsconfig.json` paths, workspace package names), and nothing else.
    fn resolver(&self, tree: &Tree) -> Box<dyn Resolver>;
}

/// Finds the file that an import means.
pub trait Resolver: Send + Sync {
    /// `from` is the importing file, `specifier` as in [`crate::program::Import`].
    fn resolve(&self, from: &str, specifier: &str) -> Resolution;

    /// The file of the submodule `name` of a package whose own file is `package` (Python: `pkg/__init__.py`).
    fn submodule(&self, package: &str, name: &str) -> Option<String>;

    /// The path of the module that a file is a part of, where a file is not one by itself.
    fn whole(&self, _path: &str) -> Option<String> {
        None
    }
}

/// What an import names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// A file of the target.
    File(String),
    /// Something outside: the name that models use (`fs`, `@modelcontextprotocol/sdk/server/mcp.js`, `os.path`).
    External(String),
}

/// Every language that can be read.
pub const LANGUAGES: &[&dyn Language] = &[&javascript::TypeScript, &javascript::Tsx, &javascript::JavaScript, &python::Python, &go::Go, &rust::Rust];

/// The language of a file, by its name.
pub fn of(path: &str) -> Option<&'static dyn Language> {
    let name = path.rsplit('/').next()?;
    let (_, extension) = name.rsplit_once('.')?;
    if name.ends_with(".d.ts") || name.ends_with(".d.mts") || name.ends_with(".d.cts") {
        return None; // declarations hold no code
    }
    LANGUAGES.iter().copied().find(|language| language.extensions().contains(&extension))
}
