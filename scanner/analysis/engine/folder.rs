//! Modules that are found by where they lie: files that a framework collects, modules loaded by a name that is put together.

use super::data::TARGET;
use super::intrinsic::Invocation;
use super::{Engine, Site};
use crate::analysis::model::{FolderModel, Step, ToolModel};
use crate::analysis::value::{Text, Value};
use crate::program::{ComputedImports, ExprId, ImportId, ModuleId, Target};

/// Modules that one computed name is followed to.
const MAX_MODULES: usize = 200;
/// Stands for a hole in a computed name.
const HOLE: char = '\0';

impl Engine<'_> {
    /// Runs the files that a framework loads because of the folder they lie in, and registers those that are tools.
    pub(crate) fn load_folders(&mut self, is_test: &dyn Fn(&str) -> bool) {
        let (program, models) = (self.program, self.models);
        let all = || (0..program.modules.len() as u32).map(ModuleId);
        let mut folders: Vec<&FolderModel> = Vec::new();
        for id in all() {
            let module = program.module(id);
            for import in 0..module.imports.len() as u32 {
                let Target::External(name) = program.target(id, ImportId(import)) else { continue };
                let folder = models.module(module.ecosystem, name).and_then(|node| models.entry(node).folder.as_ref());
                if let Some(folder) = folder
                    && !folders.iter().any(|known| std::ptr::eq(*known, folder))
                {
                    folders.push(folder);
                }
            }
        }
        for folder in folders {
            for id in all() {
                let path = &program.module(id).path;
                let (directories, file) = path.rsplit_once('/').unwrap_or(("", path));
                if is_test(path) || file.ends_with(".d.ts") || !directories.split('/').any(|d| folder.names.iter().any(|name| name == d)) {
                    continue;
                }
                self.run_module(id);
                if let Some(tool) = &folder.tool {
                    self.register_file(tool, id, file);
                }
            }
        }
    }

    /// A file that is a tool: its exports say what it is.
    fn register_file(&mut self, tool: &ToolModel, module: ModuleId, file: &str) {
        let mut exports = self.module_exports(&Value::Module(module));
        let stem = file.split('.').next().unwrap_or(file);
        exports.push((self.symbol("file"), Value::text(stem)));
        // Where it is described: the object that the name comes from.
        let names: Vec<_> = tool.name.iter().filter_map(|s| s.steps.first()).collect();
        let described = exports.iter().find_map(|(name, value)| match value {
            Value::Object(id) if names.contains(&&Step::Member(*name)) => self.object(*id).site,
            _ => None,
        });
        let site = described.filter(|site| site.module == module).unwrap_or(Site { module, expr: ExprId(u32::MAX) });
        let mut call = Invocation { this: Some(self.plain(exports)), ..Invocation::default() };
        call.handler = self.first(&tool.handler, &call, site);
        if call.handler.is_some() {
            self.register_tool(tool, &mut call, site);
        }
    }

    /// Runs the modules that a computed name may mean: those whose path has its constant parts.
    pub(super) fn modules_like(&mut self, name: &Value, site: Site) -> Vec<Value> {
        let program = self.program;
        let here = &program.module(site.module).path;
        let packages = self.ecosystem(site.module).traits().computed_imports == ComputedImports::Packages;
        let patterns: Vec<Pattern> = name.texts().iter().filter_map(|text| Pattern::new(text, packages)).collect();
        let mut found = Vec::new();
        for id in (0..program.modules.len() as u32).map(ModuleId) {
            let module = program.module(id);
            if module.ecosystem == self.ecosystem(site.module)
                && id != site.module
                && found.len() < MAX_MODULES
                && patterns.iter().any(|pattern| pattern.matches(&module.path, here))
            {
                self.run_module(id);
                found.push(Value::Module(id));
            }
        }
        found
    }
}

/// The constant parts of a computed module name.
struct Pattern {
    /// Directories before the file, outermost first.
    directories: Vec<String>,
    begin: Begin,
    /// What the file's name begins with, and ends with before or with its extension.
    begins: String,
    ends: String,
}

/// Where the directories of a pattern begin.
#[derive(PartialEq)]
enum Begin {
    /// At any depth: what comes before is not known.
    Anywhere,
    /// At the directory of the module that loads.
    Here,
    /// At the directory of the target.
    Target,
}

impl Pattern {
    fn new(text: &Text, python: bool) -> Option<Pattern> {
        let text = text.render(&HOLE.to_string());
        let separators: &[char] = if python { &['/', '.'] } else { &['/'] };
        let mut parts: Vec<&str> = text.split(separators).collect();
        let (begins, ends) = parts.pop()?.split_once(HOLE)?;
        let mut directories = Vec::new();
        while let Some(part) = parts.pop_if(|part| !part.is_empty() && !matches!(*part, "." | "..") && !part.contains([HOLE, ':', '<'])) {
            directories.push(part.to_owned());
        }
        directories.reverse();
        let begin = match parts.as_slice() {
            ["."] if !python => Begin::Here,
            [""] if python => Begin::Here,
            [first] if *first == TARGET => Begin::Target,
            _ => Begin::Anywhere,
        };
        // A name without any constant part could be any module.
        if directories.is_empty() && begin == Begin::Anywhere {
            return None;
        }
        let ends = ends.rsplit(HOLE).next().unwrap_or_default();
        Some(Pattern { directories, begin, begins: begins.to_owned(), ends: ends.to_owned() })
    }

    fn matches(&self, path: &str, from: &str) -> bool {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let parts = |folder: &'_ str| folder.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<String>>();
        let before = match parts(folder).strip_suffix(self.directories.as_slice()) {
            Some(before) if stem != "__init__" => before.to_vec(),
            _ => return false,
        };
        let begins = match self.begin {
            Begin::Anywhere => true,
            Begin::Here => before == parts(from.rsplit_once('/').map_or("", |(folder, _)| folder)),
            Begin::Target => before.is_empty(),
        };
        if !begins {
            return false;
        }
        // A compiled module is asked for by the extension it gets.
        let ends = self.ends.rsplit_once('.').map_or(self.ends.as_str(), |(stem, _)| stem);
        file.starts_with(&self.begins) && (file.ends_with(&self.ends) || stem.ends_with(ends))
    }
}
