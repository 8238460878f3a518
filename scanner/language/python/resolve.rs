//! Where Python finds modules: source roots instead of the `sys.path` that only a running program has.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::input::Tree;
use crate::language::{Resolution, Resolver};

/// How many far roots are tried for one import.
const FAR: usize = 8;

/// The source roots of a target and the files under them.
#[derive(Debug)]
pub(super) struct Roots {
    /// Every `.py` file.
    files: FxHashSet<String>,
    /// Every directory with a `.py` file somewhere below it.
    directories: FxHashSet<String>,
    /// Directories with a `pyproject.toml`, `setup.py` or `setup.cfg`, and their `src`.
    projects: FxHashSet<String>,
    /// First component of a module → project roots where it lies, in path order.
    tops: FxHashMap<String, Vec<String>>,
}

impl Roots {
    pub(super) fn of(tree: &Tree) -> Self {
        let mut roots =
            Roots { files: FxHashSet::default(), directories: FxHashSet::default(), projects: FxHashSet::default(), tops: FxHashMap::default() };
        for root in ["", "src"] {
            roots.projects.insert(root.to_owned());
        }
        for (path, _) in tree.iter() {
            let (directory, name) = split(path);
            match name {
                "pyproject.toml" | "setup.cfg" | "setup.py" => {
                    roots.projects.insert(directory.to_owned());
                    roots.projects.insert(join(directory, "src"));
                }
                _ => {}
            }
            if name.ends_with(".py") {
                roots.files.insert(path.to_owned());
            }
        }
        // Each file tells the tops of the roots above it; a directory already seen has told them.
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        for (path, _) in tree.iter().filter(|(path, _)| path.ends_with(".py")) {
            let mut at = path;
            while !at.is_empty() && seen.insert(at) {
                let (directory, name) = split(at);
                if roots.projects.contains(directory) {
                    let top = name.strip_suffix(".py").unwrap_or(name);
                    roots.tops.entry(top.to_owned()).or_default().push(directory.to_owned());
                }
                roots.directories.insert(directory.to_owned());
                at = directory;
            }
        }
        for tops in roots.tops.values_mut() {
            tops.sort();
            tops.dedup();
        }
        roots
    }

    /// The file of the module `dotted` under `base`.
    fn find(&self, base: &str, dotted: &str) -> Option<String> {
        let mut path = join(base, &dotted.replace('.', "/"));
        let length = path.len();
        path.push_str(if path.is_empty() { "__init__.py" } else { "/__init__.py" });
        if self.files.contains(&path) {
            return Some(path);
        }
        path.truncate(length);
        path.push_str(".py");
        if length > 0 && self.files.contains(&path) {
            return Some(path);
        }
        // A namespace package: a directory without a file of its own. A bare name may as well be an installed package.
        path.truncate(length);
        let within = dotted.contains('.') || self.is_package(base);
        (within && !dotted.is_empty() && self.directories.contains(&path)).then(|| join(&path, "__init__.py"))
    }

    fn is_package(&self, directory: &str) -> bool {
        self.files.contains(&join(directory, "__init__.py"))
    }

    fn relative(&self, from: &str, specifier: &str) -> Option<String> {
        let name = specifier.trim_start_matches('.');
        let mut directory = split(from).0;
        for _ in 1..specifier.len() - name.len() {
            if directory.is_empty() {
                return None;
            }
            directory = split(directory).0;
        }
        self.find(directory, name)
    }

    fn absolute(&self, from: &str, specifier: &str) -> Option<String> {
        let own = split(from).0;
        let packaged = self.is_package(own);
        if !packaged && let Some(file) = self.find(own, specifier) {
            return Some(file);
        }
        let mut top = own;
        while !top.is_empty() && self.is_package(top) {
            top = split(top).0;
        }
        if let Some(file) = self.find(top, specifier) {
            return Some(file);
        }
        let mut directory = top;
        loop {
            for root in [directory.to_owned(), join(directory, "src")] {
                if self.projects.contains(&root)
                    && let Some(file) = self.find(&root, specifier)
                {
                    return Some(file);
                }
            }
            if directory.is_empty() {
                break;
            }
            directory = split(directory).0;
        }
        let first = specifier.split('.').next().unwrap_or("");
        let far = self.tops.get(first).into_iter().flatten().take(FAR);
        // A package whose files are run as scripts: its own directory comes last.
        far.map(String::as_str).chain([own]).find_map(|root| self.find(root, specifier))
    }
}

impl Resolver for Roots {
    fn resolve(&self, from: &str, specifier: &str) -> Resolution {
        let file = if specifier.starts_with('.') {
            self.relative(from, specifier)
        } else if specifier.is_empty() || is_standard(specifier) {
            None
        } else {
            self.absolute(from, specifier)
        };
        file.map_or_else(|| Resolution::External(specifier.to_owned()), Resolution::File)
    }

    fn submodule(&self, package: &str, name: &str) -> Option<String> {
        let (directory, file) = split(package);
        if file != "__init__.py" || name.is_empty() || name.contains(['/', '.']) {
            return None;
        }
        self.find(directory, name)
    }
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn join(directory: &str, name: &str) -> String {
    match (directory, name) {
        ("", name) => name.to_owned(),
        (directory, "") => directory.to_owned(),
        _ => format!("{directory}/{name}"),
    }
}

/// True for a module of the standard library. A name below one that is no package (`code.helpers`) cannot be.
fn is_standard(specifier: &str) -> bool {
    match specifier.split_once('.') {
        None => PACKAGES.contains(&specifier) || MODULES.contains(&specifier),
        Some((first, _)) => PACKAGES.contains(&first),
    }
}

/// Packages of the standard library, and modules that act as one.
const PACKAGES: &[&str] = &[
    "asyncio",
    "collections",
    "concurrent",
    "ctypes",
    "curses",
    "dbm",
    "email",
    "encodings",
    "html",
    "http",
    "importlib",
    "json",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "re",
    "sqlite3",
    "sys",
    "tkinter",
    "tomllib",
    "unittest",
    "urllib",
    "wsgiref",
    "xml",
    "xmlrpc",
    "zoneinfo",
];

const MODULES: &[&str] = &[
    "__future__",
    "abc",
    "argparse",
    "array",
    "ast",
    "atexit",
    "base64",
    "binascii",
    "bisect",
    "builtins",
    "bz2",
    "calendar",
    "cmath",
    "cmd",
    "code",
    "codecs",
    "colorsys",
    "configparser",
    "contextlib",
    "contextvars",
    "copy",
    "copyreg",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "dis",
    "enum",
    "errno",
    "faulthandler",
    "fcntl",
    "filecmp",
    "fileinput",
    "fnmatch",
    "fractions",
    "ftplib",
    "functools",
    "gc",
    "getopt",
    "getpass",
    "gettext",
    "glob",
    "graphlib",
    "grp",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "imaplib",
    "inspect",
    "io",
    "ipaddress",
    "itertools",
    "keyword",
    "linecache",
    "locale",
    "lzma",
    "mailbox",
    "marshal",
    "math",
    "mimetypes",
    "mmap",
    "netrc",
    "numbers",
    "operator",
    "optparse",
    "pdb",
    "pickle",
    "pkgutil",
    "platform",
    "plistlib",
    "poplib",
    "pprint",
    "profile",
    "pty",
    "pwd",
    "queue",
    "quopri",
    "random",
    "readline",
    "resource",
    "runpy",
    "sched",
    "secrets",
    "select",
    "selectors",
    "shelve",
    "shlex",
    "shutil",
    "signal",
    "site",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "stat",
    "statistics",
    "string",
    "stringprep",
    "struct",
    "subprocess",
    "symtable",
    "sysconfig",
    "syslog",
    "tarfile",
    "telnetlib",
    "tempfile",
    "termios",
    "textwrap",
    "threading",
    "time",
    "timeit",
    "token",
    "tokenize",
    "trace",
    "traceback",
    "tracemalloc",
    "tty",
    "types",
    "typing",
    "unicodedata",
    "uuid",
    "venv",
    "warnings",
    "weakref",
    "webbrowser",
    "winreg",
    "zipapp",
    "zipfile",
    "zipimport",
    "zlib",
];
