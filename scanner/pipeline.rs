//! Target → [`Report`]s: the rooms in the order in which the data goes through them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::analysis::facts::{Coverage, Place, Reach, ServerFacts, SkippedFile, Unresolved, Weight};
use crate::analysis::model::Models;
use crate::analysis::{self, Extent, Places};
use crate::input::{self, InputError, Limits, LineIndex, Tree};
use crate::language;
use crate::listing::{self, Listing};
use crate::manifest::{self, EntryPoint, Manifests};
use crate::program::builder::{Builder, FunctionParts};
use crate::program::{Ecosystem, Interner, Module, ModuleId, Program, Span};
use crate::report::{Report, Target};
use crate::rule::{self, Check};
use crate::score::{self, RuleClass};
use crate::{configuration, installed, library, servers, shipping, starts, together};

/// Stack for the analysis: nested code is walked with a depth limit that this must hold.
const STACK_BYTES: usize = 512 << 20;

/// What a scan may be told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Declarations of the user's own configuration: they count like a manifest's.
    pub declared: Manifests,
    pub limits: Limits,
}

/// Why a target could not be scanned at all.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The target does not exist or cannot be opened: the user's mistake.
    #[error("{0}")]
    Target(String),
    /// The target was read and nothing in it is an MCP server.
    #[error("{0}")]
    NoServer(String),
    /// The scanner's own rules cannot be used.
    #[error("{0}")]
    Rules(String),
}

/// How long each phase took.
#[derive(Clone, Debug, Default)]
pub struct Timings {
    pub phases: Vec<(&'static str, Duration)>,
}

impl Timings {
    /// Those of another target as well.
    pub(crate) fn add(&mut self, other: Timings) {
        for (phase, elapsed) in other.phases {
            match self.phases.iter_mut().find(|(known, _)| *known == phase) {
                Some((_, sum)) => *sum += elapsed,
                None => self.phases.push((phase, elapsed)),
            }
        }
    }

    fn time<T>(&mut self, phase: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        let elapsed = start.elapsed();
        match self.phases.iter_mut().find(|(known, _)| *known == phase) {
            Some((_, sum)) => *sum += elapsed,
            None => self.phases.push((phase, elapsed)),
        }
        result
    }
}

/// Scans what the user named: the servers of a client's configuration, or a directory or file as [`scan_path`] does.
pub fn scan_target(path: &Path, options: &Options) -> Result<(Vec<Report>, Timings), ScanError> {
    match configuration::read(path, &options.limits) {
        Some((entries, text)) => configuration::scan(path, &entries, &text, options),
        None => scan_path(path, options),
    }
}

/// Looks at the servers of one run side by side, once each of them was scanned.
pub fn side_by_side(reports: &mut [Report]) -> Result<(), ScanError> {
    let checks = rule::load().map_err(|e| ScanError::Rules(e.to_string()))?;
    together::judge(checks, reports);
    Ok(())
}

/// Scans a directory or file: one report for each server in it.
pub fn scan_path(path: &Path, options: &Options) -> Result<(Vec<Report>, Timings), ScanError> {
    let mut timings = Timings::default();
    let tree = timings.time("read", || input::read(path, &options.limits)).map_err(|error| match error {
        InputError::Empty(_) => ScanError::NoServer(error.to_string()),
        _ => ScanError::Target(error.to_string()),
    })?;
    let name = path.canonicalize().ok().as_deref().unwrap_or(path).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let kind = if path.is_dir() { "directory" } else { "file" };
    scan_tree(tree, &name, kind, options, timings)
}

/// A server that was found in the target.
struct Found {
    /// Directory of its package when there are several.
    directory: Option<String>,
    kind: &'static str,
    /// The part of the target that it is, when that is not all.
    part: Option<Tree>,
    manifests: Manifests,
    facts: ServerFacts,
}

/// Scans files that are in memory: one report for each server among them.
pub fn scan_tree(tree: Tree, name: &str, kind: &'static str, options: &Options, mut timings: Timings) -> Result<(Vec<Report>, Timings), ScanError> {
    let checks = timings.time("rules", rule::load).map_err(|e| ScanError::Rules(e.to_string()))?;
    let manifests = timings.time("manifests", || manifest::read(&tree));
    let mut listings = listing::find(&tree);
    let found = match (listings.pop(), listings.is_empty()) {
        (Some(only), true) => vec![Found { directory: None, kind: "tools", part: None, manifests, facts: only.facts }],
        (Some(last), false) => listings.into_iter().chain([last]).map(|listing| listed(&tree, listing)).collect(),
        (None, _) => on_large_stack(|| understand(&tree, manifests, kind, &mut timings))?,
    };
    let mut reports = Vec::with_capacity(found.len());
    for server in found {
        let Found { directory, kind, part, mut manifests, mut facts } = server;
        let part = part.as_ref().unwrap_or(&tree);
        // A server whose SDK is not to be seen (inlined in a bundle, in another language, in a dependency) is still a server.
        manifests.extend(options.declared.clone());
        facts.speaks_mcp |= directory.is_some()
            || !facts.tools.is_empty()
            || claims_to_be_a_server(&manifests)
            || shipping::presents_itself_as_server(part, &manifests);
        if !facts.speaks_mcp {
            return Err(ScanError::NoServer(format!(
                "{name}: no MCP server found: none of its {} files uses an MCP SDK, and no manifest describes a server. Is it the right directory?",
                tree.len()
            )));
        }
        timings.time("judge", || rule::mark_declared(&mut facts, &manifests));
        // Whatever a server imports, a finding may be in it.
        let findings = timings.time("judge", || rule::evaluate(checks, &facts, &manifests, &tree));
        let score = score::score(&findings, &facts, |id| class_of(checks, id));
        let spec = directory.filter(|directory| !directory.is_empty()).map_or_else(|| name.to_owned(), |directory| format!("{name}/{directory}"));
        let target = Target { spec, kind: kind.to_owned(), digest: timings.time("digest", || part.digest()), ..identity(&manifests) };
        let sources = shown_sources(&tree, &findings);
        let trifecta = rule::trifecta(&facts);
        reports.push(Report { target, server: facts, declarations: manifests.declarations, findings, score, trifecta, together: None, sources });
    }
    Ok((reports, timings))
}

/// One of several lists of tools.
fn listed(tree: &Tree, listing: Listing) -> Found {
    let part = (!listing.directory.is_empty()).then(|| tree.below(&listing.directory));
    let manifests = manifest::read(part.as_ref().unwrap_or(tree));
    Found { directory: Some(listing.directory), kind: "tools", part, manifests, facts: listing.facts }
}

/// What the target calls itself: its outermost package, and what its manifests name apart from that.
fn identity(manifests: &Manifests) -> Target {
    let depth = |directory: &str| if directory.is_empty() { 0 } else { 1 + directory.matches('/').count() };
    let package = manifests.packages.iter().filter(|p| p.name.is_some()).min_by_key(|p| depth(&p.directory));
    let mut others = manifests.names.iter().cloned();
    let name = package.and_then(|p| p.name.clone()).or_else(|| others.next());
    let also_named = others.filter(|other| Some(other) != name.as_ref()).collect();
    Target { name, also_named, version: package.and_then(|p| p.version.clone()), ..Target::default() }
}

/// Code → facts, for each server in it.
fn understand(tree: &Tree, manifests: Manifests, kind: &'static str, timings: &mut Timings) -> Result<Vec<Found>, ScanError> {
    let interner = Interner::default();
    let (mut modules, mut unparsed) = timings.time("parse", || lower(tree, own_code(tree), &interner));
    let resolvers = resolvers(tree, &modules);
    timings.time("parse", || {
        installed::follow(tree, &resolvers, &mut modules, &mut |files| {
            let (more, failed) = lower(tree, files, &interner);
            unparsed.extend(failed);
            more
        })
    });
    for language in language::LANGUAGES {
        let wholes = language.wholes(&modules, &interner);
        modules.extend(wholes);
    }
    packages_without_a_file(tree, &resolvers, &mut modules, &interner);
    let program = timings.time("link", || Program::link(modules, interner, resolvers));
    let models = timings.time("models", || library::models(&program)).map_err(|e| ScanError::Rules(e.to_string()))?;
    let texts: Vec<_> = program.modules.iter().map(|m| tree.text(&m.path).unwrap_or_default()).collect();
    let places = SourcePlaces {
        tree,
        files: program.modules.iter().zip(&texts).map(|(m, text)| (Arc::from(m.path.as_str()), LineIndex::new(text))).collect(),
    };
    let code = Code { tree, program: &program, models: &models, places: &places, unparsed: &unparsed };
    let servers = timings.time("servers", || servers::find(tree, &manifests, &program, &models));
    let mut found: Vec<Found> = Vec::new();
    for server in servers {
        let facts = match server.left_out {
            true => left_out(&server.tree),
            false => {
                let extent = Extent { own: &|id| server.owns(id), within: &|id| server.holds(id) };
                code.facts(&server.tree, &server.manifests, &extent, timings)
            }
        };
        if server.is_borne_out(&facts) {
            found.push(Found { directory: Some(server.directory), kind, part: Some(server.tree), manifests: server.manifests, facts });
        }
    }
    if found.len() < 2 {
        // One server, and everything in the target belongs to it.
        let facts = code.facts(tree, &manifests, &Extent::WHOLE, timings);
        found = vec![Found { directory: None, kind, part: None, manifests, facts }];
    }
    Ok(found)
}

/// A server of which nothing was analysed.
fn left_out(tree: &Tree) -> ServerFacts {
    let files = tree.iter().filter(|(path, _)| language::of(path).is_some() && !input::is_dependency(path)).count();
    let what = "there are too many servers in the target, or they share too much: this one was not analysed; scan its directory by itself";
    let coverage = Coverage {
        files_total: u32::try_from(files).unwrap_or(u32::MAX).max(1),
        unresolved: vec![Unresolved { location: Place::default(), what: what.to_owned(), weight: Weight::Poor }],
        ..Coverage::default()
    };
    ServerFacts { coverage, tools_incomplete_because: vec![what.to_owned()], ..ServerFacts::default() }
}

/// The code of a target, ready to be analysed for each server in it.
struct Code<'a> {
    tree: &'a Tree,
    program: &'a Program,
    models: &'a Models,
    places: &'a SourcePlaces<'a>,
    /// Files of code that could not be parsed.
    unparsed: &'a [String],
}

impl Code<'_> {
    /// What the part of the program that is one server does. `part` is its files.
    fn facts(&self, part: &Tree, manifests: &Manifests, extent: &Extent<'_>, timings: &mut Timings) -> ServerFacts {
        let starts = starts::starts(manifests, self.program, self.models);
        let mut facts = timings.time("analyse", || analysis::analyse(self.program, self.models, &starts, extent, &apart, self.places));
        for capability in &mut facts.capabilities {
            if capability.reach == Reach::Startup && input::is_dependency(&capability.location.file) {
                capability.reach = Reach::Dependency;
            }
        }
        let modules = || self.program.modules.iter().zip(0..).filter(|(_, id)| (extent.within)(ModuleId(*id))).map(|(module, _)| module);
        let languages: BTreeSet<&str> = modules().filter_map(|module| language::of(&module.path)).map(|language| language.name()).collect();
        facts.languages = languages.into_iter().map(str::to_owned).collect();
        let unresolved = std::mem::take(&mut facts.coverage.unresolved);
        facts.coverage = Coverage { unresolved, ..self.coverage(part, modules()) };
        let entry_points = || manifests.packages.iter().flat_map(|p| &p.entry_points);
        for entry in entry_points() {
            if let EntryPoint::Package(package) = entry {
                shipping::starts_elsewhere(&mut facts, package);
                facts.tools_elsewhere = facts.tools.is_empty() && entry_points().all(|entry| matches!(entry, EntryPoint::Package(_)));
            }
        }
        if facts.coverage.files_parsed == 0 {
            shipping::only_dependencies(manifests, &mut facts);
        }
        shipping::note_unseen(part, &mut facts);
        shipping::note_native(part, &mut facts);
        facts
    }

    fn coverage<'m>(&self, part: &Tree, modules: impl Iterator<Item = &'m Module>) -> Coverage {
        let mut coverage = Coverage::default();
        for module in modules.filter(|module| self.tree.contains(&module.path)) {
            coverage.files_parsed += 1;
            coverage.bytes_parsed += self.tree.size(&module.path);
            coverage.bytes_in_errors += u64::from(module.error_bytes);
        }
        coverage.files_total = coverage.files_parsed;
        for path in self.unparsed.iter().filter(|path| part.contains(path)) {
            coverage.files_total += 1;
            coverage.files_skipped.push(SkippedFile { file: path.clone(), reason: "could not be parsed".into() });
        }
        for skipped in &part.skipped {
            coverage.files_skipped.push(SkippedFile { file: skipped.path.clone(), reason: skipped.reason.clone() });
        }
        coverage.files_skipped.sort();
        coverage
    }
}

/// Files whose code does not start anything by itself: tests, and installed packages, which run when they are used.
fn apart(path: &str) -> bool {
    shipping::is_test(path) || input::is_dependency(path)
}

/// The target's own files: those that are not installed packages.
fn own_code(tree: &Tree) -> Vec<String> {
    tree.iter().filter(|(path, _)| !input::is_dependency(path)).map(|(path, _)| path.to_owned()).collect()
}

/// Parses and lowers those files that are of a language we read, in parallel, the largest first. Also returns the files
/// where that failed.
fn lower(tree: &Tree, paths: Vec<String>, interner: &Interner) -> (Vec<Module>, Vec<String>) {
    let mut files: Vec<(&str, &'static dyn language::Language, u64)> =
        paths.iter().filter_map(|path| Some((path.as_str(), language::of(path)?, tree.size(path)))).collect();
    files.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(b.0)));
    let shared = gathered(tree, &files);
    let lowered: Vec<Option<Module>> = files
        .par_iter()
        .with_max_len(1)
        .map(|(path, language, _)| {
            let text = tree.text(path)?;
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match shared.get(language.name()) {
                Some(shared) => language.lower_among(path, &text, interner, shared),
                None => language.lower(path, &text, interner),
            }))
            .ok()
        })
        .collect();
    let mut modules = Vec::with_capacity(lowered.len());
    let mut unparsed = Vec::new();
    for ((path, ..), lowered) in files.iter().zip(lowered) {
        match lowered {
            Some(module) => modules.push(module),
            None => unparsed.push((*path).to_owned()),
        }
    }
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    (modules, unparsed)
}

/// What the files of each language share.
fn gathered(tree: &Tree, files: &[(&str, &'static dyn language::Language, u64)]) -> BTreeMap<&'static str, language::Shared> {
    let languages: BTreeMap<&str, &dyn language::Language> = files.iter().map(|(_, language, _)| (language.name(), *language)).collect();
    let of = |name: &'static str, language: &dyn language::Language| {
        let mut texts = files.iter().filter(|(_, of, _)| of.name() == name).filter_map(|(path, ..)| tree.text(path));
        Some((name, language.gather(&mut texts)?))
    };
    languages.into_iter().filter_map(|(name, language)| of(name, language)).collect()
}

fn resolvers(tree: &Tree, modules: &[Module]) -> installed::Resolvers {
    let mut resolvers: installed::Resolvers = Vec::new();
    for language in language::LANGUAGES {
        let ecosystem = language.ecosystem();
        if !resolvers.iter().any(|(e, _)| *e == ecosystem) && modules.iter().any(|m| m.ecosystem == ecosystem) {
            resolvers.push((ecosystem, language.resolver(tree)));
        }
    }
    resolvers
}

/// Namespace packages have no file: imports of them lead to an empty module, through which their submodules are found.
fn packages_without_a_file(tree: &Tree, resolvers: &installed::Resolvers, modules: &mut Vec<Module>, interner: &Interner) {
    let known: BTreeSet<&str> = modules.iter().map(|module| module.path.as_str()).collect();
    let mut missing: BTreeMap<String, Ecosystem> = BTreeMap::new();
    for module in modules.iter() {
        let Some((_, resolver)) = resolvers.iter().find(|(ecosystem, _)| *ecosystem == module.ecosystem) else { continue };
        for import in &module.imports {
            if let language::Resolution::File(path) = resolver.resolve(&module.path, &import.specifier)
                && !tree.exists(&path)
                && !known.contains(path.as_str())
            {
                missing.insert(path, module.ecosystem);
            }
        }
    }
    modules.extend(missing.iter().map(|(path, ecosystem)| Builder::new(path, *ecosystem, interner).finish(FunctionParts::default())));
    modules.sort_by(|a, b| a.path.cmp(&b.path));
}

/// A manifest that only a server has.
fn claims_to_be_a_server(manifests: &Manifests) -> bool {
    manifests.declarations.iter().any(|d| matches!(d.source.as_str(), "server.json" | "mcpb" | "toolhive"))
}

fn class_of(checks: &[Check], id: &str) -> RuleClass {
    match checks.iter().find(|check| check.id == id) {
        Some(check) if check.malicious => RuleClass::Malicious,
        Some(check) if check.hygiene => RuleClass::Hygiene,
        _ => RuleClass::Ordinary,
    }
}

/// The files that a report shows lines of.
fn shown_sources(tree: &Tree, findings: &[rule::Finding]) -> BTreeMap<String, Arc<str>> {
    let mut sources = BTreeMap::new();
    let places = findings.iter().map(|f| &f.location).chain(findings.iter().flat_map(|f| f.related.iter().chain(&f.steps)).map(|s| &s.place));
    for place in places {
        if !sources.contains_key(&*place.file)
            && let Some(text) = tree.text(&place.file)
        {
            sources.insert(place.file.to_string(), Arc::from(&*text));
        }
    }
    sources
}

/// Line tables of the files that facts speak of, made when first asked for.
struct SourcePlaces<'t> {
    tree: &'t Tree,
    files: Vec<(Arc<str>, LineIndex<'t>)>,
}

impl Places for SourcePlaces<'_> {
    fn place(&self, module: ModuleId, span: Span) -> Place {
        let (file, lines) = &self.files[module.index()];
        lines.place(file, span.start as usize..span.end as usize)
    }

    fn file(&self, path: &str) -> Option<String> {
        self.tree.text(path).map(|text| text.into_owned())
    }
}

/// Runs `work` on a thread with a stack that deeply nested programs do not exhaust.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().name("analysis".into()).stack_size(STACK_BYTES).spawn_scoped(scope, work);
        match worker.map(|w| w.join()) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => std::panic::resume_unwind(Box::new(format!("cannot start a thread: {error}"))),
        }
    })
}
