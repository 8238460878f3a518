//! What the user named → a tree of files with limits kept.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Every regular file of a target, in path order, and what was left out.
#[derive(Debug, Default)]
pub struct Tree {
    files: BTreeMap<String, File>,
    pub skipped: Vec<Skipped>,
}

/// One file held in memory.
#[derive(Debug, Clone)]
pub struct File {
    pub bytes: Arc<[u8]>,
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
        Some(String::from_utf8_lossy(bytes))
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
