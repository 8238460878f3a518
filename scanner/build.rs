//! Embeds every file below `rules/`, so that adding a rule or a model is adding a file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=scanner/build.rs");
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("rules");
    let mut files = Vec::new();
    if root.is_dir() {
        for entry in WalkDir::new(&root).sort_by_file_name() {
            let entry = entry?;
            if entry.file_type().is_dir() {
                println!("cargo:rerun-if-changed={}", entry.path().display());
            } else if is_rule(entry.path()) {
                println!("cargo:rerun-if-changed={}", entry.path().display());
                let below = entry.path().strip_prefix(&root)?;
                let name = below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
                files.push((name, entry.path().to_path_buf()));
            }
        }
    }
    files.sort();

    let mut code = String::from("&[\n");
    for (name, path) in &files {
        writeln!(code, "    ({name:?}, include_str!({:?})),", path.to_string_lossy())?;
    }
    code.push_str("]\n");
    std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join("rules.rs"), code)?;
    Ok(())
}

/// Rules and models; a README among them is for people.
fn is_rule(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    matches!(extension, "md" | "yml" | "yaml") && path.file_stem().is_some_and(|stem| stem != "README")
}
