//! Embeds every file below `rules/`, so that adding a rule or a model is adding a file.
//!
//! YAML is slow to read, and a small server is scanned in less time than its models would take: models and the front
//! matter of checks are read here and embedded as JSON, with an index that tells which models a program needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

#[allow(dead_code)]
#[path = "analysis/model/raw.rs"]
mod raw;

#[allow(dead_code)]
#[path = "rule/words/raw.rs"]
mod words;

#[path = "build/required.rs"]
mod required;

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    println!("cargo:rerun-if-changed=scanner/build.rs");
    println!("cargo:rerun-if-changed=scanner/build");
    println!("cargo:rerun-if-changed=scanner/analysis/model/raw.rs");
    println!("cargo:rerun-if-changed=scanner/rule/words/raw.rs");
    let files = files(&PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("rules"))?;
    let mut code = String::new();
    texts(&files, &mut code)?;
    models(&files, &mut code)?;
    checks(&files, &mut code)?;
    lexicon(&files, &mut code)?;
    std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("rules.rs"), code)?;
    Ok(())
}

/// A file below `rules/`.
struct File {
    /// Below `rules/`, with `/`.
    name: String,
    path: PathBuf,
    text: String,
}

fn files(root: &Path) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    for entry in WalkDir::new(root) {
        let entry = entry?;
        if entry.file_type().is_dir() {
            println!("cargo:rerun-if-changed={}", entry.path().display());
        } else if is_rule(entry.path()) {
            println!("cargo:rerun-if-changed={}", entry.path().display());
            let below = entry.path().strip_prefix(root)?;
            let name = below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
            files.push(File { name, path: entry.path().to_path_buf(), text: std::fs::read_to_string(entry.path())? });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// Rules and models; a README among them is for people.
fn is_rule(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    matches!(extension, "md" | "yml" | "yaml") && path.file_stem().is_some_and(|stem| stem != "README")
}

/// `FILES` and `DIGEST`.
fn texts(files: &[File], code: &mut String) -> Result<(), Error> {
    writeln!(code, "/// Every file below `rules/` as (path below `rules/`, text), sorted by path.\npub static FILES: &[(&str, &str)] = &[")?;
    let mut hash = Sha256::new();
    for file in files {
        writeln!(code, "    ({:?}, include_str!({:?})),", file.name, file.path.to_string_lossy())?;
        for part in [&file.name, &file.text] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(code, "];\n\nstatic DIGEST: &str = \"sha256:{digest}\";\n")?;
    Ok(())
}

/// A model file as people write it: the keys of a single effect stand among the entry's own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    modules: Vec<String>,
    #[serde(default)]
    members: indexmap::IndexMap<String, WrittenEntry>,
    /// By what copies of libraries in bundles are known.
    #[serde(default)]
    inlined: Vec<WrittenCopy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCopy {
    module: String,
    /// Names that all stand in one of its functions, with spaces between them.
    holds: String,
    /// What it is known to do: a kind of capability, and a target with at most one `*`.
    #[serde(default)]
    does: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEntry {
    #[serde(flatten)]
    effect: raw::RawEffect,
    #[serde(flatten)]
    entry: raw::RawEntry,
}

/// `MODELS` and `MODEL_INDEX`.
fn models(files: &[File], code: &mut String) -> Result<(), Error> {
    let mut index: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    let mut count = 0;
    let mut inlined = String::new();
    writeln!(code, "/// Every model, sorted by path.\npub(crate) static MODELS: &[EmbeddedModel] = &[")?;
    for file in files {
        let Some((folder, _)) = file.name.strip_prefix("models/").and_then(|rest| rest.split_once('/')) else { continue };
        let written: Written = serde_saphyr::from_str(&file.text).map_err(|error| format!("rules/{}: {error}", file.name))?;
        for copy in &written.inlined {
            let holds: Vec<&str> = copy.holds.split_whitespace().collect();
            let does: Vec<(&str, &str)> = copy.does.iter().map(|does| does.split_once(' ').unwrap_or((does, "*"))).collect();
            writeln!(inlined, "    InlinedLibrary {{ folder: {folder:?}, module: {:?}, holds: &{holds:?}, does: &{does:?} }},", copy.module)?;
        }
        if written.modules.is_empty() && written.members.is_empty() && !written.inlined.is_empty() {
            continue;
        }
        if written.modules.is_empty() {
            return Err(format!("rules/{}: `modules` is empty", file.name).into());
        }
        for module in &written.modules {
            let of = index.entry((folder.to_owned(), first_part(folder, module).to_owned())).or_default();
            if of.last() != Some(&count) {
                of.push(count);
            }
        }
        if written.members.values().any(|entry| entry.entry.shape.is_some()) {
            // Wanted whatever the program imports.
            index.entry((folder.to_owned(), "shape:".to_owned())).or_default().push(count);
        }
        let members = written.members.into_iter().map(|(path, written)| (path, joined(written))).collect();
        let json = dense(serde_json::to_value(raw::RawFile { modules: written.modules, members })?).to_string();
        let references = references(folder, &json);
        writeln!(code, "    EmbeddedModel {{ path: {:?}, folder: {folder:?}, references: &{references:?}, json: {json:?} }},", file.name)?;
        count += 1;
    }
    writeln!(code, "];\n\n/// By what copies of libraries are known.\npub(crate) static INLINED: &[InlinedLibrary] = &[\n{inlined}")?;
    writeln!(code, "];\n\n/// Folder and module (for Python its first part) → positions in `MODELS`; sorted.")?;
    writeln!(code, "pub(crate) static MODEL_INDEX: &[((&str, &str), &[u16])] = &[")?;
    for (key, models) in index {
        writeln!(code, "    ({key:?}, &{models:?}),")?;
    }
    writeln!(code, "];\n")?;
    Ok(())
}

/// All effects of an entry in one list.
fn joined(written: WrittenEntry) -> raw::RawEntry {
    let WrittenEntry { effect, mut entry } = written;
    if effect != raw::RawEffect::default() {
        entry.effects.insert(0, effect);
    }
    entry
}

/// The same without keys that say nothing.
fn dense(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(fields) => {
            let nothing = |key: &str, value: &Value| match value {
                Value::Null => true,
                Value::Bool(false) => matches!(key, "pure" | "injected" | "extractor"),
                Value::Array(items) => items.is_empty() && matches!(key, "effects" | "marks" | "deeds"),
                _ => false,
            };
            Value::Object(fields.into_iter().filter(|(key, value)| !nothing(key, value)).map(|(key, value)| (key, dense(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(dense).collect()),
        other => other,
    }
}

/// Python's modules are asked for by their first part: `import os` reaches `os.path`.
fn first_part<'m>(folder: &str, module: &'m str) -> &'m str {
    match folder {
        "python" => module.split('.').next().unwrap_or(module),
        "rust" => module.split("::").next().unwrap_or(module),
        _ => module,
    }
}

/// Modules named before a `#` in `like` and `instance("…")`.
fn references(folder: &str, json: &str) -> Vec<String> {
    let mut all: Vec<String> = json
        .match_indices('#')
        .map(|(at, _)| {
            let before = &json[..at];
            let start = before.rfind([' ', '"', '\'', '(', '{', ',', '\n']).map_or(0, |i| i + 1);
            first_part(folder, &before[start..]).to_owned()
        })
        .filter(|module| !module.is_empty())
        .collect();
    all.sort();
    all.dedup();
    all
}

/// Every text in a list, at any depth: the regular expressions are among them, and what is none does no harm.
fn collect(value: &serde_json::Value, into: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Array(items) => {
            into.extend(items.iter().filter_map(|item| item.as_str().map(str::to_owned)));
            items.iter().for_each(|item| collect(item, into));
        }
        serde_json::Value::Object(fields) => fields.values().for_each(|field| collect(field, into)),
        _ => {}
    }
}

/// `VOCABULARY`: places and topics that checks refer to.
fn vocabulary(files: &[File], patterns: &mut BTreeSet<String>, code: &mut String) -> Result<(), Error> {
    let file = files.iter().find(|file| file.name == "vocabulary.yml").ok_or("rules/vocabulary.yml is missing")?;
    let value: serde_json::Value = serde_saphyr::from_str(&file.text).map_err(|error| format!("rules/{}: {error}", file.name))?;
    collect(&value["topics"], patterns);
    collect(&value["domains"], patterns);
    writeln!(code, "/// The vocabulary of the checks, as JSON.\npub(crate) static VOCABULARY: &str = {:?};\n", value.to_string())?;
    Ok(())
}

/// `EXPOSURE`, `KNOWN_TOOLS`: what is asked of tools apart from the checks.
fn about_tools(files: &[File], patterns: &mut BTreeSet<String>, code: &mut String) -> Result<(), Error> {
    for (name, constant) in [("exposure.yml", "EXPOSURE"), ("known-tools.yml", "KNOWN_TOOLS")] {
        let file = files.iter().find(|file| file.name == name).ok_or_else(|| format!("rules/{name} is missing"))?;
        let value: serde_json::Value = serde_saphyr::from_str(&file.text).map_err(|error| format!("rules/{}: {error}", file.name))?;
        collect(&value, patterns);
        writeln!(code, "/// `rules/{name}` as JSON.\npub(crate) static {constant}: &str = {:?};\n", value.to_string())?;
    }
    Ok(())
}

/// `CHECKS` and `REQUIRED`: the front matter of every check, and what its regular expressions need to match. What it
/// means is judged where checks are read.
fn checks(files: &[File], code: &mut String) -> Result<(), Error> {
    let mut patterns = BTreeSet::new();
    vocabulary(files, &mut patterns, code)?;
    about_tools(files, &mut patterns, code)?;
    writeln!(code, "/// Every check: its path below `rules/`, its front matter as JSON, and its text up to the examples. Sorted.")?;
    writeln!(code, "pub(crate) static CHECKS: &[(&str, &str, &str)] = &[")?;
    for file in files.iter().filter(|file| file.name.starts_with("checks/")) {
        let text = file.text.replace("\r\n", "\n");
        let front = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map(|(front, _)| front);
        let front = front.ok_or_else(|| format!("rules/{}: no front matter between lines `---`", file.name))?;
        let value: serde_json::Value = serde_saphyr::from_str(front).map_err(|error| format!("rules/{}: {error}", file.name))?;
        collect(value.pointer("/match").unwrap_or(&value), &mut patterns);
        // The examples are most of the text, and only tests read them.
        let end = ["\n## Bad", "\n## Ok"].iter().filter_map(|heading| text.find(heading)).min().map_or(text.len(), |at| at + 1);
        writeln!(code, "    ({:?}, {:?}, {:?}),", file.name, value.to_string(), &text[..end])?;
    }
    writeln!(code, "];\n\n/// For regular expressions of checks: of each inner list at least one text is in every match. Sorted.")?;
    writeln!(code, "pub(crate) static REQUIRED: &[(&str, &[&[&str]])] = &[")?;
    for pattern in patterns {
        // A mistake in an expression is reported where the check is read.
        let lists: Vec<String> = required::required(&pattern).unwrap_or_default().iter().map(|list| format!("&{list:?}")).collect();
        writeln!(code, "    ({pattern:?}, &[{}]),", lists.join(", "))?;
    }
    writeln!(code, "];")?;
    Ok(())
}

/// `WORDS`: the files below `words/` as JSON.
fn lexicon(files: &[File], code: &mut String) -> Result<(), Error> {
    writeln!(code, "/// Words and patterns: path below `rules/` and content as JSON. Sorted.\npub(crate) static WORDS: &[(&str, &str)] = &[")?;
    for file in files.iter().filter(|file| file.name.starts_with("words/")) {
        let written: words::RawWords = serde_saphyr::from_str(&file.text).map_err(|error| format!("rules/{}: {error}", file.name))?;
        writeln!(code, "    ({:?}, {:?}),", file.name, serde_json::to_string(&written)?)?;
    }
    writeln!(code, "];")?;
    Ok(())
}
