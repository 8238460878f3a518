//! What a file is, by its name: what is worth holding in memory, and what is only worth knowing of.

use crate::language;

/// What a file is to the scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Source text of a language that is read.
    Code,
    /// Source text of a language that is not read.
    OtherLanguage(&'static str),
    /// Machine code: it runs and cannot be read.
    Native,
    /// Manifests, configuration and documentation.
    Text,
    /// No ending: text when it begins with `#!`.
    Unknown,
    Other,
}

/// Source text of languages for which there is no reader yet.
const OTHER_LANGUAGES: &[(&str, &str)] = &[
    ("bash", "shell"),
    ("bat", "batch"),
    ("c", "c"),
    ("cc", "c++"),
    ("clj", "clojure"),
    ("cljs", "clojure"),
    ("cmd", "batch"),
    ("coffee", "coffeescript"),
    ("cpp", "c++"),
    ("cr", "crystal"),
    ("cs", "c#"),
    ("cxx", "c++"),
    ("dart", "dart"),
    ("elm", "elm"),
    ("erl", "erlang"),
    ("ex", "elixir"),
    ("exs", "elixir"),
    ("f90", "fortran"),
    ("fs", "f#"),
    ("groovy", "groovy"),
    ("h", "c"),
    ("hpp", "c++"),
    ("hs", "haskell"),
    ("java", "java"),
    ("jl", "julia"),
    ("js", "javascript"),
    ("jsx", "javascript"),
    ("kt", "kotlin"),
    ("kts", "kotlin"),
    ("lua", "lua"),
    ("m", "objective-c"),
    ("ml", "ocaml"),
    ("mm", "objective-c"),
    ("nim", "nim"),
    ("php", "php"),
    ("pl", "perl"),
    ("pm", "perl"),
    ("ps1", "powershell"),
    ("psm1", "powershell"),
    ("py", "python"),
    ("pyx", "cython"),
    ("r", "r"),
    ("rb", "ruby"),
    ("rs", "rust"),
    ("scala", "scala"),
    ("sh", "shell"),
    ("svelte", "svelte"),
    ("swift", "swift"),
    ("ts", "typescript"),
    ("tsx", "typescript"),
    ("vb", "visual basic"),
    ("vue", "vue"),
    ("zig", "zig"),
    ("zsh", "shell"),
];

const NATIVE: &[&str] = &["class", "dll", "dylib", "exe", "jar", "node", "pyc", "pyd", "pyo", "so", "wasm"];

const TEXT: &[&str] = &["cfg", "ini", "json", "json5", "jsonc", "md", "mdx", "mod", "rst", "toml", "yaml", "yml"];

/// Files whose names alone matter: they are large, generated, and declare nothing.
const LOCKFILES: &[&str] = &[
    "bun.lock",
    "composer.lock",
    "deno.lock",
    "gemfile.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pdm.lock",
    "pipfile.lock",
    "pnpm-lock.yaml",
    "yarn.lock",
];

/// What a file is, by its name.
pub fn of(path: &str) -> FileKind {
    if language::of(path).is_some() {
        return FileKind::Code;
    }
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    if LOCKFILES.contains(&name.as_str()) {
        return FileKind::Other;
    }
    if is_named_text(&name) {
        return FileKind::Text;
    }
    let Some((stem, extension)) = name.rsplit_once('.') else { return FileKind::Unknown };
    if stem.ends_with(".d") && matches!(extension, "ts" | "mts" | "cts") {
        return FileKind::Other;
    }
    if NATIVE.contains(&extension) || is_versioned_library(&name) {
        return FileKind::Native;
    }
    if TEXT.contains(&extension) {
        return FileKind::Text;
    }
    match OTHER_LANGUAGES.iter().find(|(ending, _)| *ending == extension) {
        Some((_, language)) => FileKind::OtherLanguage(language),
        None => FileKind::Other,
    }
}

/// The name of the language of a source file that no reader reads, for the coverage.
pub fn other_language(path: &str) -> Option<&'static str> {
    match of(path) {
        FileKind::OtherLanguage(language) => Some(language),
        _ => None,
    }
}

/// Machine code (`.node`, `.so`, `.dll`, `.wasm`, …): it can do anything and nothing of it is seen.
pub fn is_native(path: &str) -> bool {
    of(path) == FileKind::Native
}

/// Whether a path lies in a directory of installed packages (`node_modules`, `site-packages`, a virtual environment).
pub fn is_dependency(path: &str) -> bool {
    let mut directories = path.split('/').peekable();
    while let Some(part) = directories.next() {
        // `vendor/github.com/…`; a folder of that name may as well be the target's own.
        let vendored = || {
            let mut next = directories.clone();
            next.next().is_some_and(|host| host.contains('.')) && next.next().is_some()
        };
        let vendored = part == "vendor" && vendored();
        if vendored || (directories.peek().is_some() && is_dependency_directory(part)) {
            return true;
        }
    }
    false
}

pub(super) fn is_dependency_directory(name: &str) -> bool {
    matches!(name, "node_modules" | ".venv" | "venv" | "site-packages" | "dist-packages" | "bower_components" | ".pnpm-store")
}

fn is_named_text(name: &str) -> bool {
    let known = ["cargo.lock", "uv.lock", "poetry.lock", "metadata", "entry_points.txt", "pkg-info", "procfile", "makefile", "top_level.txt"];
    let starts = ["dockerfile", "containerfile", "readme", "license", "licence", ".env.example", ".env.sample"];
    known.contains(&name)
        || starts.iter().any(|start| name.starts_with(start))
        || (name.starts_with("requirements") && name.ends_with(".txt"))
        || name.ends_with(".dockerfile")
}

/// `libfoo.so.1.2`
fn is_versioned_library(name: &str) -> bool {
    name.split_once(".so.").is_some_and(|(_, version)| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_files_apart() {
        assert_eq!(of("src/a.ts"), FileKind::Code);
        assert_eq!(of("a.d.ts"), FileKind::Other);
        assert_eq!(of("cmd/main.go"), FileKind::Code);
        assert_eq!(of("build/x.node"), FileKind::Native);
        assert_eq!(of("lib/libssl.so.3"), FileKind::Native);
        assert_eq!(of("server.json"), FileKind::Text);
        assert_eq!(of("package-lock.json"), FileKind::Other);
        assert_eq!(of("x.dist-info/METADATA"), FileKind::Text);
        assert_eq!(of("requirements-dev.txt"), FileKind::Text);
        assert_eq!(of("notes.txt"), FileKind::Other);
        assert_eq!(of("Dockerfile"), FileKind::Text);
        assert_eq!(of("bin/run"), FileKind::Unknown);
        assert_eq!(of("logo.PNG"), FileKind::Other);
    }

    #[test]
    fn knows_dependencies() {
        assert!(is_dependency("node_modules/a/b.js"));
        assert!(is_dependency("x/.venv/lib/a.py"));
        assert!(!is_dependency("src/node_modules"), "a file of that name");
        assert!(is_dependency("vendor/github.com/x/y/z.go"));
        assert!(!is_dependency("vendor/list.go"));
        assert!(!is_dependency("vendor/big.js"));
        assert!(!is_dependency("src/vendor/lib/a.js"));
        assert!(!is_dependency("src/node_modules.ts"));
    }
}
