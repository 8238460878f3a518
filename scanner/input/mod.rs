//! What the user named → a tree of files with limits kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

pub mod kind;
pub mod launch;
pub mod lines;
mod read;
#[cfg(test)]
mod tests;

pub use kind::{FileKind, is_dependency, is_native, other_language};
pub use launch::{Located, Surroundings, home};
pub use lines::{LineIndex, place};
pub use read::{InputError, read};

/// How much of a target is read. Whatever is left out is in [`Tree::skipped`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files of the target itself.
    pub files: usize,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes held in memory, dependencies apart.
    pub total_bytes: u64,
    /// Directories inside directories.
    pub depth: usize,
    /// Files in directories of installed packages.
    pub dependency_files: usize,
    /// Bytes held in memory of installed packages.
    pub dependency_bytes: u64,
    /// Machine code up to this size takes part in the digest with its content, beyond it with its size.
    pub native_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 50_000,
            file_bytes: 16 << 20,
            total_bytes: 512 << 20,
            depth: 64,
            dependency_files: 20_000,
            dependency_bytes: 128 << 20,
            native_bytes: 64 << 20,
        }
    }
}

/// Every regular file of a target, in path order, and what was left out.
#[derive(Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, File>,
    listed: BTreeMap<String, Listed>,
    pub skipped: Vec<Skipped>,
}

/// One file held in memory.
#[derive(Debug, Clone)]
pub struct File {
    pub bytes: Arc<[u8]>,
}

/// A file that is known of and not held in memory: machine code, images, other languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub size: u64,
    /// Of the content, in hexadecimal, where it was taken.
    pub sha256: Option<String>,
}

/// A file or directory that was not read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub path: String,
    pub reason: String,
}

impl Tree {
    /// Adds a file; `path` is relative to the root, with `/`.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) {
        self.files.insert(path.into(), File { bytes: bytes.into() });
    }

    pub fn skip(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.skipped.push(Skipped { path: path.into(), reason: reason.into() });
    }

    /// The files in path order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    pub fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The text of a file: a byte-order mark is dropped, invalid UTF-8 is replaced.
    pub fn text(&self, path: &str) -> Option<std::borrow::Cow<'_, str>> {
        let file = self.files.get(path)?;
        let bytes = file.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file.bytes);
        // Nearly every file is valid, and that is told much faster than what to replace.
        Some(std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), std::borrow::Cow::Borrowed))
    }

    /// Bytes of a file that is held.
    pub fn size(&self, path: &str) -> u64 {
        self.files.get(path).map_or(0, |file| file.bytes.len() as u64)
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Notes a file without holding it.
    pub fn list(&mut self, path: impl Into<String>, size: u64, sha256: Option<String>) {
        self.listed.insert(path.into(), Listed { size, sha256 });
    }

    /// Files known of and not held, in path order.
    pub fn listed(&self) -> impl Iterator<Item = (&str, &Listed)> {
        self.listed.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The tree of only these files; contents are shared.
    pub fn pick<'a>(&self, paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut part = Self::default();
        for path in paths {
            if let Some(file) = self.files.get(path) {
                part.files.insert(path.to_owned(), file.clone());
            }
            if let Some(file) = self.listed.get(path) {
                part.listed.insert(path.to_owned(), file.clone());
            }
        }
        part
    }

    /// The tree of only the files in a directory and those below it.
    pub fn below(&self, directory: &str) -> Self {
        // Everything that begins with the directory and a slash; `0` is the character after the slash.
        let (from, until) = (format!("{directory}/"), format!("{directory}0"));
        let files = self.files.range(from.clone()..until.clone()).map(|(path, _)| path.as_str());
        let listed = self.listed.range(from.clone()..until).map(|(path, _)| path.as_str());
        let mut part = self.pick(files.chain(listed));
        part.skipped = self.skipped.iter().filter(|skipped| skipped.path.starts_with(&from)).cloned().collect();
        part
    }

    /// Whether there is such a file, held or only listed.
    pub fn exists(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.listed.contains_key(path)
    }

    /// `sha256:…` over the sorted paths with their content (or their size, where only that is known).
    pub fn digest(&self) -> String {
        let mut entries: BTreeMap<&str, (&str, String)> = BTreeMap::new();
        for (path, file) in &self.files {
            entries.insert(path, ("content", hex(&Sha256::digest(&file.bytes))));
        }
        for (path, file) in &self.listed {
            let known = file.sha256.as_ref().map_or_else(|| ("size", file.size.to_string()), |digest| ("content", digest.clone()));
            entries.entry(path).or_insert(known);
        }
        let mut hasher = Sha256::new();
        for (path, (what, value)) in entries {
            // The lengths keep two different lists from running together into the same bytes.
            hasher.update(format!("{}:{path}:{what}:{}:{value};", path.len(), value.len()));
        }
        format!("sha256:{}", hex(&hasher.finalize()))
    }

    /// The path itself, or one like it with the same ending when it is taken.
    fn free_name(&self, path: &str) -> String {
        if !self.exists(path) {
            return path.to_owned();
        }
        let name_at = path.rfind('/').map_or(0, |slash| slash + 1);
        let ending_at = path.get(name_at..).and_then(|name| name.rfind('.')).map_or(path.len(), |dot| name_at + dot);
        let (stem, ending) = path.split_at(ending_at);
        (2u32..).map(|n| format!("{stem}~{n}{ending}")).find(|name| !self.exists(name)).unwrap_or_else(|| path.to_owned())
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;

    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
