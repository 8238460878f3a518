//! Files in which a server says what it is and what it needs → [`Declaration`]s and package facts.
//!
//! A new declaration format is one file here and one row in [`FORMATS`].

use serde::Serialize;

use crate::analysis::facts::{Access, CapabilityKind, Place};
use crate::input::{Tree, is_dependency};

mod cargo;
mod config;
pub(crate) mod document;
mod go;
mod mcpb;
mod names;
mod npm;
mod pattern;
mod python;
mod registry;
mod toolhive;
mod versions;
mod writer;

#[cfg(test)]
mod tests;

pub use config::from_config;
pub use names::{is_baseline_environment, is_secret_name};
pub use pattern::{canonical_host, canonical_path, env_matches, host_matches, path_matches};
pub(crate) use versions::Versions;

/// One thing a manifest declares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Declaration {
    /// The format: `server.json`, `mcpb`, `toolhive`, `tidewaiter.toml`, …
    pub source: String,
    pub file: String,
    /// JSON pointer (or TOML key path with `/`) inside the file.
    pub path: String,
    #[serde(skip)]
    pub location: Place,
    pub kind: DeclaredKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Host pattern, variable name, path, program, tool name; `*` for all.
    pub target: String,
    pub secret: bool,
    /// The manifest says the server cannot run without it.
    pub required: bool,
    /// Follows from another field (a default value, a remote URL) instead of being said outright.
    pub implied: bool,
}

/// What a declaration speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeclaredKind {
    Network,
    Environment,
    Credential,
    Filesystem,
    Process,
    Database,
    Tool,
}

impl DeclaredKind {
    /// The declaration kind that covers a capability, if any format can declare it.
    pub fn of(kind: CapabilityKind) -> Option<Self> {
        Some(match kind {
            CapabilityKind::Network => DeclaredKind::Network,
            CapabilityKind::Environment => DeclaredKind::Environment,
            CapabilityKind::Credential => DeclaredKind::Credential,
            CapabilityKind::Filesystem => DeclaredKind::Filesystem,
            CapabilityKind::Process => DeclaredKind::Process,
            CapabilityKind::Database => DeclaredKind::Database,
            CapabilityKind::Code | CapabilityKind::Native => return None,
        })
    }
}

/// A kind that a manifest specifies completely: whatever is not listed is denied. (A missing list in `server.json`
/// specifies nothing; an empty `allow_host` in a ToolHive profile specifies "none".)
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Specified {
    pub source: String,
    pub file: String,
    pub kind: DeclaredKind,
    /// Only this access is specified (`Listen` is not specified by an egress list). `None`: every access.
    pub access: Option<Access>,
}

/// A command that a package manager runs when the package is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallHook {
    /// `postinstall`, `setup.py`, … (`prepare` runs only for installations from git.)
    pub name: String,
    pub command: String,
    pub location: Place,
}

/// Where a package starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryPoint {
    /// A file of the target (already resolved to an existing path; it may be one that is only listed, like machine code).
    File(String),
    /// A function in a file: `console_scripts` `pkg.module:main`.
    Function { file: String, function: String },
    /// A file that begins one of the programs built from the package, with a function `main`. Those that use no SDK, where
    /// others do, are not the server.
    Program(String),
    /// Starts in another package that is not in the target.
    Package(String),
}

/// A package found in the target (`package.json`, `pyproject.toml`, wheel metadata, …).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// `npm`, `pypi`, …
    pub ecosystem: String,
    /// Directory of its manifest, relative to the root, without a trailing slash (`""` for the root).
    pub directory: String,
    pub name: Option<String>,
    pub version: Option<String>,
    /// What runs when the package is started (`bin`, `main`, console scripts), in the order declared.
    pub entry_points: Vec<EntryPoint>,
    pub install_hooks: Vec<InstallHook>,
    /// Names of run-time dependencies.
    pub dependencies: Vec<String>,
}

/// Everything the manifests of a target say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifests {
    pub packages: Vec<Package>,
    /// What the server itself is called, apart from its packages: the name of `server.json`.
    pub names: Vec<String>,
    pub declarations: Vec<Declaration>,
    pub specified: Vec<Specified>,
    /// Tools that a manifest lists or describes: (source, file, complete). `complete: false` when it says itself that
    /// the list is not whole (`tools_generated`).
    pub tool_lists: Vec<ToolList>,
    /// Files that claim to be a manifest and could not be used, with the reason and the place.
    pub problems: Vec<(Place, String)>,
}

impl Manifests {
    /// Adds what something else says: the user's own [`from_config`], say.
    pub fn extend(&mut self, other: Self) {
        self.packages.extend(other.packages);
        self.names.extend(other.names);
        self.declarations.extend(other.declarations);
        self.specified.extend(other.specified);
        self.tool_lists.extend(other.tool_lists);
        self.problems.extend(other.problems);
    }
}

/// A list of tools in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolList {
    pub source: String,
    pub file: String,
    pub complete: bool,
}

/// Reads one file's worth of a format. `path` is relative to the target's root. Returns `false` when the file is not of
/// this format after all (many share names like `server.json`), so that the next one may look.
pub type Reader = fn(tree: &Tree, path: &str, text: &str, into: &mut Manifests) -> bool;

/// A declaration or package format.
pub struct Format {
    pub name: &'static str,
    /// Whether a file of this name may be of this format.
    pub matches: fn(path: &str) -> bool,
    pub read: Reader,
}

/// Every format, in the order tried.
pub const FORMATS: &[Format] = &[
    Format { name: "package.json", matches: npm::matches, read: npm::read },
    Format { name: "pyproject.toml", matches: python::pyproject::matches, read: python::pyproject::read },
    Format { name: "setup.cfg", matches: python::setup::matches_cfg, read: python::setup::read_cfg },
    Format { name: "setup.py", matches: python::setup::matches_script, read: python::setup::read_script },
    Format { name: "METADATA", matches: python::metadata::matches, read: python::metadata::read },
    Format { name: "entry_points.txt", matches: python::metadata::matches_entry_points, read: python::metadata::read_entry_points },
    Format { name: "requirements.txt", matches: python::requirements::matches, read: python::requirements::read },
    Format { name: "Cargo.toml", matches: cargo::matches, read: cargo::read },
    Format { name: "go.mod", matches: go::matches, read: go::read },
    Format { name: "server.json", matches: registry::matches, read: registry::read },
    Format { name: "mcpb", matches: mcpb::matches, read: mcpb::read },
    Format { name: "toolhive", matches: toolhive::matches_spec, read: toolhive::read_spec },
    Format { name: "toolhive", matches: toolhive::matches_profile, read: toolhive::read_profile },
];

/// Longest file that is looked at as a manifest.
const MAX_BYTES: usize = 4 << 20;

/// Reads every manifest in the tree.
pub fn read(tree: &Tree) -> Manifests {
    let mut manifests = Manifests::default();
    for (path, file) in tree.iter() {
        // What an installed package says of itself says nothing of the target.
        if is_dependency(path) || file.bytes.len() > MAX_BYTES {
            continue;
        }
        for format in FORMATS.iter().filter(|f| (f.matches)(path)) {
            let Some(text) = tree.text(path) else { continue };
            if (format.read)(tree, path, &text, &mut manifests) {
                break;
            }
        }
    }
    manifests
}
