//! What every format does: place a declaration, complain about a value.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::document::{Item, SyntaxError};
use super::{Declaration, DeclaredKind, InstallHook, Manifests, Package, Specified, ToolList, names, pattern};
use crate::analysis::facts::{Access, Place};
use crate::input::LineIndex;

/// Writes what one file says into [`Manifests`].
pub(super) struct Writer<'a> {
    source: &'static str,
    file: Arc<str>,
    lines: LineIndex<'a>,
    into: &'a mut Manifests,
    declared: usize,
    complaints: usize,
    /// Takes what is beyond the limit.
    spare: Declaration,
}

/// Most declarations taken from one file, and most complaints about it.
const MAX_DECLARATIONS: usize = 5_000;
const MAX_COMPLAINTS: usize = 100;

impl<'a> Writer<'a> {
    pub(super) fn new(source: &'static str, file: &str, text: &'a str, into: &'a mut Manifests) -> Self {
        let file: Arc<str> = file.into();
        let spare = Declaration {
            source: source.to_owned(),
            file: file.to_string(),
            path: String::new(),
            location: Place::default(),
            kind: DeclaredKind::Tool,
            access: None,
            target: String::new(),
            secret: false,
            required: false,
            implied: false,
        };
        Self { source, file, lines: LineIndex::new(text), into, declared: 0, complaints: 0, spare }
    }

    pub(super) fn place(&self, span: Range<usize>) -> Place {
        self.lines.place(&self.file, span)
    }

    pub(super) fn declare(&mut self, item: &Item<'_>, kind: DeclaredKind, access: Option<Access>, target: impl Into<String>) -> &mut Declaration {
        self.declared += 1;
        if self.declared > MAX_DECLARATIONS {
            if self.declared == MAX_DECLARATIONS + 1 {
                self.problem(item, format!("more than {MAX_DECLARATIONS} declarations; this one and those after it were ignored"));
            }
            return &mut self.spare;
        }
        let declaration = Declaration {
            source: self.source.to_owned(),
            file: self.file.to_string(),
            path: item.pointer(),
            location: self.place(item.span.clone()),
            kind,
            access,
            target: target.into(),
            secret: false,
            required: false,
            implied: false,
        };
        let at = self.into.declarations.len();
        self.into.declarations.push(declaration);
        &mut self.into.declarations[at]
    }

    /// An environment variable; its name says whether it is a secret unless the manifest does.
    pub(super) fn environment(&mut self, item: &Item<'_>, name: &str, secret: bool, required: bool) {
        let name = name.trim();
        let usable = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '=' | '{' | '}' | '$' | '"' | '\'');
        if name.is_empty() || !name.chars().all(usable) {
            return self.problem(item, format!("“{}” is not the name of an environment variable; it was ignored", short(name)));
        }
        let declaration = self.declare(item, DeclaredKind::Environment, Some(Access::Read), name);
        declaration.secret = secret || names::is_secret_name(name);
        declaration.required = required;
    }

    /// A host that follows from a URL somewhere. Nothing when the URL names none, or only one chosen by the user.
    pub(super) fn implied_host(&mut self, item: &Item<'_>, access: Access, url: &str) {
        if let Some(host) = pattern::canonical_host(url).filter(|host| host != "*") {
            self.declare(item, DeclaredKind::Network, Some(access), host).implied = true;
        }
    }

    pub(super) fn path(&mut self, item: &Item<'_>, access: Option<Access>, raw: &str) -> &mut Declaration {
        let path = pattern::canonical_path(&pattern_of_path(raw));
        let path = if path.is_empty() { "*".to_owned() } else { path };
        self.declare(item, DeclaredKind::Filesystem, access, path)
    }

    pub(super) fn specify(&mut self, kind: DeclaredKind, access: Option<Access>) {
        let specified = Specified { source: self.source.to_owned(), file: self.file.to_string(), kind, access };
        if !self.into.specified.contains(&specified) {
            self.into.specified.push(specified);
        }
    }

    pub(super) fn tool_list(&mut self, complete: bool) {
        self.into.tool_lists.push(ToolList { source: self.source.to_owned(), file: self.file.to_string(), complete });
    }

    pub(super) fn problem(&mut self, item: &Item<'_>, message: impl Into<String>) {
        self.problem_at(item.span.clone(), message);
    }

    pub(super) fn problem_at(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.complaints += 1;
        let message = match self.complaints.cmp(&MAX_COMPLAINTS) {
            Ordering::Less => message.into(),
            Ordering::Equal => "there is more that is wrong with this file; correct the file and scan again".to_owned(),
            Ordering::Greater => return,
        };
        let place = self.place(span);
        self.into.problems.push((place, message));
    }

    pub(super) fn syntax(&mut self, error: &SyntaxError, consequence: &str) {
        self.problem_at(error.span.clone(), format!("not valid: {}; {consequence}; correct the file and scan again", error.message));
    }

    /// The elements of a list under one of the keys. Something else there is a problem.
    pub(super) fn list<'d>(&mut self, item: &Item<'d>, keys: &[&str]) -> Vec<Item<'d>> {
        match item.any(keys) {
            Some(list) if list.is_list() => list.items(),
            Some(other) => {
                self.expected(&other, "a list");
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// The object under one of the keys. Something else there is a problem.
    pub(super) fn map<'d>(&mut self, item: &Item<'d>, keys: &[&str]) -> Option<Item<'d>> {
        let found = item.any(keys)?;
        if found.is_map() {
            return Some(found);
        }
        self.expected(&found, "an object");
        None
    }

    /// A text; something else is a problem.
    pub(super) fn text<'d>(&mut self, item: &Item<'d>) -> Option<&'d str> {
        let text = item.text();
        if text.is_none() {
            self.expected(item, "a text");
        }
        text
    }

    pub(super) fn expected(&mut self, item: &Item<'_>, wanted: &str) {
        self.problem(item, format!("{} should be {wanted} and is {}; it was ignored", item.pointer(), item.kind()));
    }

    /// Notes a name of the server itself.
    pub(super) fn named(&mut self, name: &str) {
        const LONGEST: usize = 500;
        if !name.is_empty() && name.len() <= LONGEST && !self.into.names.iter().any(|known| known == name) {
            self.into.names.push(name.to_owned());
        }
    }

    pub(super) fn hook(&self, name: &str, command: &str, span: Range<usize>) -> InstallHook {
        InstallHook { name: name.to_owned(), command: command.to_owned(), location: self.place(span) }
    }

    /// The package of an ecosystem in a directory: the one already found there, or a new one. Two packages with
    /// different names stay two.
    pub(super) fn package(&mut self, ecosystem: &str, directory: &str, name: Option<&str>) -> &mut Package {
        let same = |package: &Package| {
            package.ecosystem == ecosystem
                && package.directory == directory
                && match (&package.name, name) {
                    (Some(known), Some(name)) => same_name(known, name),
                    _ => true,
                }
        };
        let at = self.into.packages.iter().position(same).unwrap_or_else(|| {
            self.into.packages.push(Package { ecosystem: ecosystem.to_owned(), directory: directory.to_owned(), ..Package::default() });
            self.into.packages.len() - 1
        });
        let package = &mut self.into.packages[at];
        if package.name.is_none() {
            package.name = name.map(str::to_owned);
        }
        package
    }
}

/// Most places of one package that are followed: finding each means looking through the target.
pub(super) const MAX_STARTS: usize = 256;

impl Package {
    pub(super) fn depends_on<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        let mut known: FxHashSet<String> = self.dependencies.iter().cloned().collect();
        for name in names {
            if !name.is_empty() && known.insert(name.to_owned()) {
                self.dependencies.push(name.to_owned());
            }
        }
    }

    pub(super) fn starts_at(&mut self, entry: super::EntryPoint) {
        if self.entry_points.len() < MAX_STARTS && !self.entry_points.contains(&entry) {
            self.entry_points.push(entry);
        }
    }
}

/// `.` `_` and `-` are the same in names of Python packages; case never matters.
fn same_name(a: &str, b: &str) -> bool {
    let fold = |name: &str| name.to_lowercase().replace(['_', '.'], "-");
    fold(a) == fold(b)
}

/// Places that bundles and runners fill in, as a path: what the user chooses is `*`.
fn pattern_of_path(raw: &str) -> String {
    let known = ["${HOME}", "${DESKTOP}", "${DOCUMENTS}", "${DOWNLOADS}", "$HOME"];
    let raw = raw.replace("${/}", "/").replace("${pathSeparator}", "/");
    let raw = raw.replace("${__dirname}", ".");
    match known.iter().find(|place| raw.starts_with(*place)) {
        Some(place) => format!("{place}{}", pattern::fill_templates(raw.get(place.len()..).unwrap_or_default())),
        None => pattern::fill_templates(&raw),
    }
}

/// A text of the target, fit for a message.
pub(super) fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

/// The directory of a file (`""` for the root).
pub(super) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Joins a directory of the target and a path written in one of its files. `None` when it leaves the target.
pub(super) fn join(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split(['/', '\\']) {
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
