//! Which servers a target holds. Most hold one; a repository of several is several servers, each a package of its own
//! with what it imports from its siblings.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::facts::ServerFacts;
use crate::analysis::model::Models;
use crate::analysis::sdk_modules;
use crate::input::{self, Skipped, Tree};
use crate::manifest::{self, EntryPoint, Manifests, Package};
use crate::program::{Ecosystem, Export, Expr, ImportId, ModuleId, Program, Target};
use crate::shipping;

/// Servers of one target that are analysed.
const MAX_SERVERS: usize = 256;
/// The code of all servers together may be so many times that of the target: what they share is read again for each.
const MAX_SHARED: usize = 24;
/// Directories into which a package is built: what stands there is the package once more.
const BUILT: &[&str] = &["dist", "build", "out", "output", "esm", "cjs"];

/// One of several servers of a target.
pub(crate) struct Server {
    /// Directory of its package, empty for the root.
    pub(crate) directory: String,
    /// Its own files and the code that it imports from its siblings.
    pub(crate) tree: Tree,
    pub(crate) manifests: Manifests,
    /// Modules of its own package.
    own: BTreeSet<u32>,
    /// Its own modules and those they import.
    within: BTreeSet<u32>,
    /// There are too many servers or too much that they share: this one is named and not analysed.
    pub(crate) left_out: bool,
    /// It is a server whether or not something that it offers is found.
    certain: bool,
}

impl Server {
    pub(crate) fn owns(&self, module: ModuleId) -> bool {
        self.own.contains(&module.0)
    }

    pub(crate) fn holds(&self, module: ModuleId) -> bool {
        self.within.contains(&module.0)
    }

    /// Whether the analysis bears out that this is a server: code that uses an SDK may also be a client or a helper.
    pub(crate) fn is_borne_out(&self, facts: &ServerFacts) -> bool {
        let offers = !facts.tools.is_empty() || !facts.prompts.is_empty() || !facts.resources.is_empty();
        self.certain || self.left_out || offers || !facts.transports.is_empty() || facts.instructions.is_some()
    }
}

/// The servers of a target that holds more than one; none when the target is one server as a whole.
pub(crate) fn find(tree: &Tree, manifests: &Manifests, program: &Program, models: &Models) -> Vec<Server> {
    let packages = Packages::of(tree, manifests);
    if packages.directories.len() < 2 {
        return Vec::new();
    }
    let candidates = candidates(tree, &packages, program, models);
    if candidates.len() < 2 {
        return Vec::new();
    }
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in tree.iter().map(|(path, _)| path).chain(tree.listed().map(|(path, _)| path)) {
        let owner = packages.manifest_owners.get(path).map_or_else(|| packages.owner(path), String::as_str);
        files.entry(owner).or_default().push(path);
    }
    let mut skipped: BTreeMap<&str, Vec<Skipped>> = BTreeMap::new();
    for file in &tree.skipped {
        skipped.entry(packages.owner(&file.path)).or_default().push(file.clone());
    }
    let mut servers: Vec<Server> = Vec::with_capacity(candidates.len());
    for candidate in without_helpers(candidates, program) {
        let imported = candidate.within.iter().map(|id| program.module(ModuleId(*id)).path.as_str());
        let own = files.get(candidate.directory.as_str()).into_iter().flatten().copied();
        let mut part = tree.pick(own.chain(imported));
        part.skipped = skipped.remove(candidate.directory.as_str()).unwrap_or_default();
        let mut said = manifest::read(&part);
        // Entry points were looked for among all files: one may lie in a sibling.
        said.packages = packages.of_directory(&candidate.directory).cloned().collect();
        servers.push(Server {
            left_out: candidate.left_out || servers.len() >= MAX_SERVERS,
            directory: candidate.directory,
            tree: part,
            manifests: said,
            own: candidate.own,
            within: candidate.within,
            certain: candidate.certain,
        });
    }
    if servers.len() < 2 { Vec::new() } else { servers }
}

/// The directories of a target that are packages of their own.
struct Packages<'m> {
    directories: BTreeSet<String>,
    by_directory: BTreeMap<&'m str, Vec<&'m Package>>,
    /// Manifest of a server → directory of the package that it is about.
    manifest_owners: BTreeMap<String, String>,
    /// Directories with a build file of another language that names an SDK.
    foreign: BTreeSet<String>,
}

impl<'m> Packages<'m> {
    fn of(tree: &Tree, manifests: &'m Manifests) -> Self {
        let mut named: Vec<&Package> = Vec::new();
        let mut nameless: Vec<&Package> = Vec::new();
        for package in &manifests.packages {
            let directory = package.directory.as_str();
            if shipping::is_test(&below(directory, "x")) || directory.split('/').any(|part| BUILT.contains(&part)) {
                continue;
            }
            let says_nothing = package.name.is_none() && package.install_hooks.is_empty() && package.entry_points.is_empty();
            if says_nothing { nameless.push(package) } else { named.push(package) }
        }
        let mut packages = Packages {
            directories: BTreeSet::from([String::new()]),
            by_directory: BTreeMap::new(),
            manifest_owners: BTreeMap::new(),
            foreign: BTreeSet::new(),
        };
        for package in &manifests.packages {
            packages.by_directory.entry(&package.directory).or_default().push(package);
        }
        named.sort_by(|a, b| a.directory.cmp(&b.directory));
        let mut kept: BTreeMap<(&str, &str), &Package> = BTreeMap::new();
        let around = |kept: &BTreeMap<(&str, &str), &Package>, package: &Package| -> Option<Option<String>> {
            let outer = ancestors(&package.directory).skip(1).find_map(|directory| kept.get(&(directory, package.ecosystem.as_str())))?;
            Some(outer.name.clone())
        };
        for package in named {
            // A package inside another of the same name is a part of it.
            let same = package.name.is_some() && around(&kept, package).is_some_and(|outer| outer == package.name);
            if !same {
                kept.insert((&package.directory, &package.ecosystem), package);
                packages.directories.insert(package.directory.clone());
            }
        }
        for package in nameless {
            // A list of dependencies makes a package where nothing around it is one.
            if around(&kept, package).is_none() {
                packages.directories.insert(package.directory.clone());
            }
        }
        let by_name: BTreeMap<&str, &str> =
            manifests.packages.iter().rev().filter_map(|package| Some((package.name.as_deref()?, package.directory.as_str()))).collect();
        for (path, _) in tree.iter().filter(|(path, _)| !input::is_dependency(path) && !shipping::is_test(path)) {
            let directory = parent(path);
            if shipping::build_file_names_an_sdk(tree, path) {
                packages.foreign.insert(directory.to_owned());
                packages.directories.insert(directory.to_owned());
            } else if is_server_manifest(tree, path) {
                let owner = match named_package(tree, path, &by_name) {
                    Some(owner) => owner,
                    None if !ancestors(directory).any(|outer| packages.by_directory.contains_key(outer)) => {
                        packages.directories.insert(directory.to_owned());
                        directory.to_owned()
                    }
                    None => packages.owner(path).to_owned(),
                };
                packages.manifest_owners.insert(path.to_owned(), owner);
            }
        }
        packages
    }

    /// The package in which a file lies.
    fn owner(&self, path: &str) -> &str {
        ancestors(parent(path)).find_map(|directory| self.directories.get(directory)).map_or("", String::as_str)
    }

    fn of_directory(&self, directory: &str) -> impl Iterator<Item = &'m Package> + '_ {
        self.by_directory.get(directory).into_iter().flatten().copied()
    }
}

/// A package that may be a server.
struct Candidate {
    directory: String,
    own: BTreeSet<u32>,
    within: BTreeSet<u32>,
    /// Names of its packages, and of those that they need, in one spelling.
    names: BTreeSet<String>,
    needs: BTreeSet<String>,
    /// Something says how it is started.
    runs: bool,
    left_out: bool,
    certain: bool,
}

fn candidates(tree: &Tree, packages: &Packages<'_>, program: &Program, models: &Models) -> Vec<Candidate> {
    let mut own: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for (module, id) in program.modules.iter().zip(0..) {
        if !shipping::is_test(&module.path) {
            own.entry(packages.owner(&module.path)).or_default().insert(id);
        }
    }
    let users: BTreeSet<u32> = sdk_modules(program, models).into_iter().map(|id| id.0).collect();
    let unread: BTreeSet<&str> = tree
        .listed()
        .map(|(path, _)| path)
        .filter(|path| input::other_language(path).is_some() && !input::is_dependency(path) && !shipping::is_test(path))
        .map(|path| packages.owner(path))
        .collect();
    let described: BTreeSet<&str> = packages.manifest_owners.values().map(String::as_str).collect();
    let size = |id: u32| program.module(ModuleId(id)).exprs.len().saturating_add(1);
    let most = (0..program.modules.len() as u32).map(size).sum::<usize>().saturating_mul(MAX_SHARED);
    let mut spent = 0usize;
    let mut found = Vec::new();
    for directory in &packages.directories {
        let own = own.get(directory.as_str()).cloned().unwrap_or_default();
        let described = described.contains(directory.as_str());
        let foreign = unread.contains(directory.as_str()) && packages.foreign.contains(directory);
        let names = || packages.of_directory(directory).filter_map(|package| package.name.as_deref());
        let uses_sdk = own.iter().any(|id| users.contains(id));
        let named = names().any(shipping::is_named_for_mcp);
        let runs = described || packages.of_directory(directory).any(|package| starts_by_itself(tree, package));
        // Without an SDK.
        let answers = || named && runs && own.iter().any(|id| shipping::answers(tree, &program.module(ModuleId(*id)).path));
        // At the root of many packages, loose scripts lie beside a manifest that is about one of them.
        let described_code = described && !own.is_empty() && !directory.is_empty();
        if !(foreign || uses_sdk || described_code || answers()) {
            continue;
        }
        let certain = foreign || described || (named && runs);
        let left_out = spent > most;
        let within = if left_out { own.clone() } else { imported_by(program, &own) };
        spent = within.iter().map(|id| size(*id)).fold(spent, usize::saturating_add);
        found.push(Candidate {
            directory: directory.clone(),
            names: names().map(spelling).collect(),
            needs: packages.of_directory(directory).flat_map(|package| &package.dependencies).map(|name| spelling(name)).collect(),
            own,
            within,
            runs,
            left_out,
            certain,
        });
    }
    found
}

/// Modules and everything that they import, as far as it is in the target.
fn imported_by(program: &Program, own: &BTreeSet<u32>) -> BTreeSet<u32> {
    let mut within = own.clone();
    let mut open: Vec<u32> = own.iter().copied().collect();
    while let Some(id) = open.pop() {
        let module = program.module(ModuleId(id));
        for import in 0..module.imports.len() {
            if let Target::Module(target) = program.target(ModuleId(id), ImportId(import as u32))
                && within.insert(target.0)
            {
                open.push(target.0);
            }
        }
        // What is taken from a package may be one of its modules.
        let read = module.exprs.iter().filter_map(|expr| match expr {
            Expr::Member { object, property } => match module.exprs.get(object.index())? {
                Expr::Import(import) => Some((*import, *property)),
                _ => None,
            },
            _ => None,
        });
        let exported = module.exports.iter().filter_map(|export| match export {
            Export::From { import, imported: Some(name), .. } => Some((*import, *name)),
            _ => None,
        });
        for (import, name) in read.chain(exported) {
            if let Target::Module(package) = program.target(ModuleId(id), import)
                && let Some(target) = program.submodule(package, name)
                && within.insert(target.0)
            {
                open.push(target.0);
            }
        }
    }
    within
}

/// A package that others import and nothing starts is a part of those that import it.
fn without_helpers(candidates: Vec<Candidate>, program: &Program) -> Vec<Candidate> {
    // Owner of each module, so that who imports whom is one walk over what each one holds.
    let mut owner: Vec<Option<usize>> = vec![None; program.modules.len()];
    for (index, candidate) in candidates.iter().enumerate() {
        for id in &candidate.own {
            owner[*id as usize] = Some(index);
        }
    }
    let imports: Vec<BTreeSet<usize>> =
        candidates.iter().map(|candidate| candidate.within.iter().filter_map(|id| owner.get(*id as usize).copied().flatten()).collect()).collect();
    let mut importers: Vec<Vec<usize>> = vec![Vec::new(); candidates.len()];
    for (importer, imported) in imports.iter().enumerate() {
        imported.iter().filter(|index| **index != importer).for_each(|index| importers[*index].push(importer));
    }
    let is_helper = |index: usize| {
        let helper = &candidates[index];
        // A module of Python may only have the name of something that is installed from elsewhere.
        let python = helper.own.iter().any(|id| program.module(ModuleId(*id)).ecosystem == Ecosystem::Python);
        let meant = |other: usize| !python || !helper.names.is_disjoint(&candidates[other].needs);
        let uses_it_back = |other: usize| imports[index].contains(&other) && !candidates[other].runs;
        !helper.runs && importers[index].iter().any(|other| meant(*other) && !uses_it_back(*other))
    };
    let helpers: Vec<bool> = (0..candidates.len()).map(is_helper).collect();
    candidates.into_iter().zip(helpers).filter(|(_, helper)| !helper).map(|(candidate, _)| candidate).collect()
}

/// The name of a package as all of its spellings have it.
fn spelling(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}

/// Whether a package has a command, rather than only something to import.
fn starts_by_itself(tree: &Tree, package: &Package) -> bool {
    let script = |entry: &EntryPoint| match entry {
        EntryPoint::Function { .. } | EntryPoint::Program(_) => true,
        EntryPoint::File(file) => file.ends_with("/__main__.py"),
        EntryPoint::Package(_) => true,
    };
    if package.entry_points.iter().any(script) {
        return true;
    }
    let Some(text) = tree.text(&below(&package.directory, "package.json")) else { return false };
    let Ok(document) = manifest::document::json(&text) else { return false };
    let root = manifest::document::Item::root(&document);
    root.get("bin").is_some() || root.at(&["scripts", "start"]).is_some()
}

/// A file in which a server is published: `server.json`, the manifest of a bundle.
fn is_server_manifest(tree: &Tree, path: &str) -> bool {
    let formats = manifest::FORMATS.iter().filter(|format| matches!(format.name, "server.json" | "mcpb") && (format.matches)(path));
    let mut formats = formats.peekable();
    if formats.peek().is_none() {
        return false;
    }
    let Some(text) = tree.text(path) else { return false };
    formats.any(|format| (format.read)(tree, path, &text, &mut Manifests::default()))
}

/// The directory of the package that a `server.json` says the server is in.
fn named_package(tree: &Tree, path: &str, packages: &BTreeMap<&str, &str>) -> Option<String> {
    let text = tree.text(path)?;
    let document = manifest::document::json(&text).ok()?;
    let root = manifest::document::Item::root(&document);
    let server = root.get("server").filter(|server| server.get("packages").is_some()).unwrap_or(root);
    let named = server.get("packages")?.items();
    named.iter().find_map(|package| packages.get(package.any(&["identifier", "name"])?.text()?)).map(|directory| (*directory).to_owned())
}

/// The directory and those around it, the innermost first, the root (`""`) last.
fn ancestors(directory: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(directory);
    std::iter::from_fn(move || {
        let this = next?;
        next = (!this.is_empty()).then(|| parent(this));
        Some(this)
    })
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

fn below(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

#[cfg(test)]
mod tests {
    use crate::input::Tree;
    use crate::pipeline::{Options, Timings, scan_tree};

    const SERVER: &str = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\n\
        const server = new McpServer({ name: 'x', version: '1' });\nserver.registerTool('look', {}, async () => ({ content: [] }));\n";
    const PYTHON: &str = "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\n\n@mcp.tool()\ndef look() -> str:\n    return ''\n\n\
        def main():\n    mcp.run()\n";

    /// The reports as `spec: tools`.
    fn reports(files: &[(&str, &str)]) -> Vec<String> {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.insert(*path, text.as_bytes());
        }
        let (reports, _) = scan_tree(tree, "all", "directory", &Options::default(), Timings::default()).unwrap();
        let line = |report: &crate::report::Report| {
            let tools: Vec<&str> = report.server.tools.iter().map(|tool| tool.name.as_str()).collect();
            format!("{}: {}", report.target.spec, tools.join(" "))
        };
        reports.iter().map(line).collect()
    }

    #[test]
    fn a_package_with_a_server_is_a_server() {
        let files = [
            ("package.json", r#"{"name": "all", "private": true}"#),
            ("a/package.json", r#"{"name": "a", "bin": "index.js"}"#),
            ("a/index.js", SERVER),
            ("b/requirements.txt", "mcp"),
            ("b/server.py", PYTHON),
            ("c/pyproject.toml", "[project]\nname = 'c'\nversion = '1'\n[project.scripts]\nc = 'c.server:main'\n"),
            ("c/src/c/__init__.py", ""),
            ("c/src/c/server.py", PYTHON),
            ("examples/d/package.json", r#"{"name": "d", "bin": "index.js"}"#),
            ("examples/d/index.js", SERVER),
            (".mcp.json", r#"{"mcpServers": {"a": {"command": "a"}}}"#),
        ];
        assert_eq!(reports(&files), ["all/a: look", "all/b: look", "all/c: look"]);
        assert_eq!(reports(&files[1..3]), ["all: look"], "one server is the target itself");
    }

    #[test]
    fn what_is_part_of_a_server_is_no_other() {
        let inside = [
            ("package.json", r#"{"name": "a", "bin": "index.js"}"#),
            ("index.js", SERVER),
            // The package as it was built, a part with a list of dependencies of its own, and tests.
            ("dist/package.json", r#"{"name": "a-built", "bin": "index.js"}"#),
            ("dist/index.js", SERVER),
            ("docker/package.json", r#"{"dependencies": {"x": "1"}}"#),
            ("docker/start.js", SERVER),
            ("tests/package.json", r#"{"name": "a-tests", "bin": "index.js"}"#),
            ("tests/index.js", SERVER),
            ("release/package.json", r#"{"name": "a", "bin": "index.js"}"#),
            ("release/index.js", SERVER),
        ];
        assert_eq!(reports(&inside), ["all: look"]);
    }

    #[test]
    fn helpers_belong_to_those_who_import_them() {
        let helper = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\n\
            export function make() { const s = new McpServer({ name: 'x', version: '1' }); s.registerTool('shared', {}, async () => ({ content: [] })); return s; }\n";
        let stdio = "import { make } from 'core';\nconst server = make();\nserver.registerTool('own', {}, async () => ({ content: [] }));\n";
        let files = [
            ("core/package.json", r#"{"name": "core", "main": "index.js"}"#),
            ("core/index.js", helper),
            ("http/package.json", r#"{"name": "http", "bin": "index.js"}"#),
            ("http/index.js", "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nimport { make } from 'core';\nmake();\n"),
            ("stdio/package.json", r#"{"name": "stdio", "bin": "index.js"}"#),
            ("stdio/index.js", &format!("import {{ McpServer }} from '@modelcontextprotocol/sdk/server/mcp.js';\n{stdio}")),
        ];
        assert_eq!(reports(&files), ["all/http: shared", "all/stdio: shared own"]);
    }

    #[test]
    fn manifests_belong_to_the_server_they_name() {
        let files = [
            ("a/package.json", r#"{"name": "a", "bin": "index.js"}"#),
            ("a/index.js", SERVER),
            ("b/package.json", r#"{"name": "b", "bin": "index.js"}"#),
            ("b/index.js", SERVER),
            (
                "server.json",
                r#"{"name": "io.example/b", "packages": [{"registryType": "npm", "identifier": "b", "environmentVariables": [{"name": "B_TOKEN"}]}]}"#,
            ),
        ];
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.insert(path, text.as_bytes());
        }
        let (reports, _) = scan_tree(tree, "all", "directory", &Options::default(), Timings::default()).unwrap();
        let said: Vec<(Option<&str>, usize, usize)> =
            reports.iter().map(|r| (r.target.name.as_deref(), r.target.also_named.len(), r.declarations.len())).collect();
        assert_eq!(said, [(Some("a"), 0, 0), (Some("b"), 1, 1)]);
    }

    #[test]
    fn too_many_servers_are_named_all_the_same() {
        let mut tree = Tree::default();
        for number in 0..super::MAX_SERVERS + 2 {
            tree.insert(format!("s{number:03}/package.json"), format!(r#"{{"name": "s{number:03}", "bin": "index.js"}}"#).into_bytes());
            tree.insert(format!("s{number:03}/index.js"), SERVER.as_bytes());
        }
        let (reports, _) = scan_tree(tree, "all", "directory", &Options::default(), Timings::default()).unwrap();
        assert_eq!(reports.len(), super::MAX_SERVERS + 2);
        let last = reports.last().unwrap();
        assert_eq!((last.score.value, last.server.tools_complete), (None, false));
        assert!(last.coverage().unresolved[0].what.contains("too many servers"));
    }
}
