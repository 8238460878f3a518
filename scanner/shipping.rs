//! What of a target runs when it is used: tests do not, machine code and unread languages do without being seen.

use crate::analysis::facts::{
    Access, Capability, CapabilityKind, Declared, Place, Reach, ServerFacts, SkippedFile, TargetFrom, TargetKind, Unresolved, Weight,
};
use crate::input::{self, Tree};
use crate::language;
use crate::manifest::Manifests;

/// Directories whose code is not part of the running server.
const TEST_DIRECTORIES: &[&str] = &[
    "test",
    "tests",
    "__tests__",
    "__test__",
    "testing",
    "spec",
    "specs",
    "e2e",
    "example",
    "examples",
    "sample",
    "samples",
    "fixture",
    "fixtures",
    "testdata",
    "__fixtures__",
    "mocks",
    "__mocks__",
    "benchmark",
    "benchmarks",
    "bench",
    "benches",
    "demo",
    "demos",
    "evals",
    "docs",
];

/// Names of SDKs by which a server in a language that is not read can be told from its manifest.
const SDK_NAMES: &[(&str, &[&str])] = &[
    ("go.mod", &["modelcontextprotocol/go-sdk", "mark3labs/mcp-go", "metoro-io/mcp-golang"]),
    ("Cargo.toml", &["rmcp", "rust-mcp-sdk", "turbomcp", "pmcp"]),
    ("pom.xml", &["io.modelcontextprotocol", "spring-ai"]),
    ("build.gradle", &["io.modelcontextprotocol"]),
    ("build.gradle.kts", &["io.modelcontextprotocol"]),
    (".csproj", &["ModelContextProtocol"]),
    ("composer.json", &["mcp/sdk", "php-mcp/server"]),
    ("Gemfile", &["mcp"]),
    ("Package.swift", &["modelcontextprotocol/swift-sdk"]),
];

/// Whether a file is a test, an example or the like.
pub(crate) fn is_test(path: &str) -> bool {
    let (directories, name) = path.rsplit_once('/').unwrap_or(("", path));
    if directories.split('/').any(|d| TEST_DIRECTORIES.contains(&d)) {
        return true;
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    name == "conftest.py"
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with(".test")
        || stem.ends_with(".spec")
        || stem.ends_with(".stories")
        || stem.ends_with(".config")
        || stem.ends_with(".bench")
}

/// Whether the target says of itself that it is a server, or code in it answers the protocol's requests.
pub(crate) fn presents_itself_as_server(tree: &Tree, manifests: &Manifests) -> bool {
    manifests.packages.iter().filter_map(|p| p.name.as_deref()).any(is_named_for_mcp)
        || tree.iter().any(|(path, _)| !is_test(path) && build_file_names_an_sdk(tree, path))
        || tree.iter().any(|(path, file)| {
            !is_test(path)
                && !input::is_dependency(path)
                && (language::of(path).is_some() || input::other_language(path).is_some())
                && PROTOCOL.is_match(&file.bytes)
        })
}

/// Whether `mcp` is one of the words of a name.
pub(crate) fn is_named_for_mcp(name: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.eq_ignore_ascii_case("mcp"))
}

/// Whether a file speaks of a request that every server answers.
pub(crate) fn answers(tree: &Tree, path: &str) -> bool {
    tree.text(path).is_some_and(|text| PROTOCOL.is_match(text.as_bytes()))
}

/// A build file of another language that gives the program a name with `mcp` in it.
static NAMED: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
    regex::Regex::new(r#"(?mi)^(?:name\s*=\s*"|module\s+)(?:[^"\n]*[^"\n[:alnum:]])?mcp(?:[^[:alnum:]]|$)"#).expect("a constant pattern")
});

/// A request every server answers, as a text of the program.
static PROTOCOL: std::sync::LazyLock<regex::bytes::Regex> =
    std::sync::LazyLock::new(|| regex::bytes::Regex::new(r#"["'`]tools/list["'`]"#).expect("a constant pattern"));

/// Whether a file is the build file of a language that is not read and names an SDK of the protocol, or itself after it.
pub(crate) fn build_file_names_an_sdk(tree: &Tree, path: &str) -> bool {
    let build_file = ["Cargo.toml", "go.mod"].iter().any(|name| path == *name || path.ends_with(&format!("/{name}")));
    let names_itself = || build_file && tree.text(path).is_some_and(|text| NAMED.is_match(&text));
    let depends = || {
        let mut sdks = SDK_NAMES.iter().filter(|(name, _)| path.ends_with(name)).flat_map(|(_, sdks)| *sdks).peekable();
        sdks.peek().is_some() && tree.text(path).is_some_and(|text| sdks.any(|sdk| text.contains(sdk)))
    };
    names_itself() || depends()
}

/// Source files of languages that are not read: code that was not seen.
pub(crate) fn note_unseen(tree: &Tree, facts: &mut ServerFacts) {
    let paths = tree.iter().map(|(path, _)| path).chain(tree.listed().map(|(path, _)| path));
    for path in paths {
        if let Some(language) = input::other_language(path)
            && !input::is_dependency(path)
            && !is_test(path)
        {
            facts.coverage.files_total += 1;
            facts.coverage.files_skipped.push(SkippedFile { file: path.to_owned(), reason: format!("{language} is not read yet") });
        }
    }
    facts.coverage.files_skipped.sort();
}

/// Machine code that ships with the server can do anything, and nothing of it is seen.
pub(crate) fn note_native(tree: &Tree, facts: &mut ServerFacts) {
    for (path, _) in tree.listed() {
        if !input::is_native(path) || input::is_dependency(path) || is_test(path) {
            continue;
        }
        let location = Place { file: path.into(), line: 1, column: 1, end_line: 1, end_column: 1 };
        facts.capabilities.push(Capability {
            id: facts.capabilities.len() as u32,
            kind: CapabilityKind::Native,
            access: Access::Load,
            target: path.to_owned(),
            target_kind: TargetKind::Constant,
            target_from: TargetFrom::Constant,
            secret: false,
            declared: Declared::Unspecified,
            reach: Reach::Unreached,
            tools: Vec::new(),
            location,
            steps: Vec::new(),
            arguments: Vec::new(),
            variables: Vec::new(),
        });
    }
}

/// A package without code of its own is its dependencies.
pub(crate) fn only_dependencies(manifests: &Manifests, facts: &mut ServerFacts) {
    let mut names: Vec<&str> = manifests.packages.iter().flat_map(|p| &p.dependencies).map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return;
    }
    let what = format!("the package holds no code that can be read; what it runs is in its dependencies: {}", names.join(", "));
    facts.tools_complete = false;
    facts.tools_incomplete_because.push(what.clone());
    facts.coverage.unresolved.push(Unresolved { location: Place::default(), what, weight: Weight::Poor });
}

/// The package's entry point lies in another package that is not here.
pub(crate) fn starts_elsewhere(facts: &mut ServerFacts, package: &str) {
    let what = format!("the entry point is in the dependency {package}, which is not part of the target");
    facts.tools_complete = false;
    facts.tools_incomplete_because.push(what.clone());
    facts.coverage.unresolved.push(Unresolved { location: Place::default(), what, weight: Weight::Partial });
}

#[cfg(test)]
mod tests {
    use super::is_test;

    #[test]
    fn tests_are_told_from_what_ships() {
        for path in ["tests/x.py", "src/__tests__/a.ts", "src/a.test.ts", "pkg/test_x.py", "conftest.py", "examples/demo.js", "vite.config.ts"] {
            assert!(is_test(path), "{path}");
        }
        for path in ["src/index.ts", "src/testing_tools.py", "pkg/latest.py", "src/contest.ts", "dist/index.js"] {
            assert!(!is_test(path), "{path}");
        }
    }
}
