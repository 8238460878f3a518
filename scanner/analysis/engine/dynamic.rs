//! Modules that are loaded under a name put together at run time: often every file of one directory.

use super::{Engine, Site};
use crate::analysis::value::{Piece, Source, Text, Value, union};
use crate::program::{ComputedImports, ModuleId, Target};

/// Modules that one such import loads.
const MOST_MODULES: usize = 300;

impl Engine<'_> {
    /// `import("./tools/" + name)`: the modules that it may mean, or a blind spot.
    pub(crate) fn import_computed(&mut self, name: &Value, site: Site) -> Value {
        let modules = match name {
            Value::Text(text) => self.modules_below(text, site.module),
            _ => Vec::new(),
        };
        // Data, not code.
        if matches!(name, Value::Text(text) if matches!(text.pieces.last(), Some(Piece::Literal(end)) if end.ends_with(".json"))) {
            return Value::Unknown(Source::Config.into());
        }
        if modules.is_empty() {
            let alike = self.modules_like(name, site);
            if !alike.is_empty() {
                return union(alike);
            }
            self.loads_unknown = true;
            self.load_unknown_module(name, site);
            return Value::Unknown(Source::Library.into());
        }
        union(modules.into_iter().map(|module| self.import(site.module, Target::Module(module))))
    }

    /// The modules of the directory that the constant beginning of the text names.
    fn modules_below(&self, text: &Text, from: ModuleId) -> Vec<ModuleId> {
        let Some(Piece::Literal(prefix)) = text.pieces.first() else { return Vec::new() };
        let here = &self.module(from).path;
        let ecosystem = self.ecosystem(from);
        let directory = match ecosystem.traits().computed_imports {
            ComputedImports::Packages => self.package_directory(prefix, from),
            ComputedImports::Paths => script_directory(prefix, here),
            ComputedImports::None => None,
        };
        let Some(directory) = directory else { return Vec::new() };
        (0..self.program.modules.len() as u32)
            .map(ModuleId)
            .filter(|&id| id != from && self.ecosystem(id) == ecosystem)
            .filter(|&id| directory_of(&self.module(id).path) == directory)
            .take(MOST_MODULES)
            .collect()
    }

    /// `package.sub.` → the directory of `package.sub`.
    fn package_directory(&self, prefix: &str, from: ModuleId) -> Option<String> {
        let (package, _) = prefix.rsplit_once('.')?;
        if package.chars().all(|c| c == '.') {
            // Relative: the package of the module itself.
            return package.is_empty().then(|| directory_of(&self.module(from).path).to_owned());
        }
        match self.program.find(self.module(from), package) {
            Target::Module(id) => {
                let path = &self.module(id).path;
                path.ends_with("/__init__.py").then(|| directory_of(path).to_owned())
            }
            // A package without a file of its own.
            Target::External(_) => {
                let path = package.replace('.', "/");
                let inside = format!("/{path}");
                let mut all = self.program.modules.iter().map(|m| directory_of(&m.path)).filter(|d| **d == *path || d.ends_with(&inside));
                all.next().map(str::to_owned)
            }
        }
    }
}

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// `./tools/` seen from a file, or a place in the target.
fn script_directory(prefix: &str, from: &str) -> Option<String> {
    let prefix = prefix.strip_prefix("file://").unwrap_or(prefix);
    let (start, rest) = match prefix.strip_prefix(super::data::TARGET) {
        Some(rest) => ("", rest),
        None if prefix.starts_with("./") || prefix.starts_with("../") => (directory_of(from), prefix),
        None => return None,
    };
    let (directory, _) = rest.rsplit_once('/')?;
    let mut parts: Vec<&str> = start.split('/').filter(|p| !p.is_empty()).collect();
    for part in directory.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
