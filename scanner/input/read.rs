//! A directory or file on disk → a [`Tree`], without trusting anything in it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

use super::kind::{self, FileKind};
use super::{Limits, Tree, hex};

/// Why nothing could be read at all.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("{0}: there is no such file or directory")]
    Missing(PathBuf),
    #[error("{0}: permission denied: the scanner may not read it")]
    Denied(PathBuf),
    #[error("{0}: neither a directory nor a regular file")]
    Special(PathBuf),
    #[error("{0}: the directory holds no files")]
    Empty(PathBuf),
    #[error("{path}: {size} bytes, more than the limit of {limit}")]
    TooLarge { path: PathBuf, size: u64, limit: u64 },
    #[error("{path}: {reason}")]
    Io { path: PathBuf, reason: String },
}

impl InputError {
    fn of(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing(path.to_owned()),
            io::ErrorKind::PermissionDenied => Self::Denied(path.to_owned()),
            _ => Self::Io { path: path.to_owned(), reason: reason(error) },
        }
    }
}

/// Reads a directory, or a single file as a tree of one. Links inside the target are never followed.
pub fn read(path: &Path, limits: &Limits) -> Result<Tree, InputError> {
    let metadata = fs::metadata(path).map_err(|error| InputError::of(path, &error))?;
    if metadata.is_dir() {
        read_directory(path, limits)
    } else if metadata.is_file() {
        read_file(path, metadata.len(), limits)
    } else {
        Err(InputError::Special(path.to_owned()))
    }
}

fn read_file(path: &Path, size: u64, limits: &Limits) -> Result<Tree, InputError> {
    let too_large = |size| InputError::TooLarge { path: path.to_owned(), size, limit: limits.file_bytes };
    if size > limits.file_bytes {
        return Err(too_large(size));
    }
    let mut tree = Tree::default();
    match load(path, limits.file_bytes).map_err(|error| InputError::of(path, &error))? {
        Some(bytes) => tree.insert(name_of(path), bytes),
        None => return Err(too_large(limits.file_bytes.saturating_add(1))),
    }
    Ok(tree)
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| "file".to_owned(), component)
}

fn read_directory(root: &Path, limits: &Limits) -> Result<Tree, InputError> {
    fs::read_dir(root).map_err(|error| InputError::of(root, &error))?;
    let mut reader = Reader { limits, tree: Tree::default(), own: Budget::default(), dependencies: Budget::default() };
    let mut walk = WalkDir::new(root).follow_links(false).max_depth(limits.depth).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        match entry {
            Err(error) => {
                let path = error.path().unwrap_or(root);
                let reason = error.io_error().map_or_else(|| "cannot be read".to_owned(), reason);
                reader.tree.skip(relative(root, path), reason);
            }
            Ok(entry) if entry.depth() == 0 => {}
            Ok(entry) => match reader.visit(root, &entry) {
                Next::Go => {}
                Next::SkipDirectory => walk.skip_current_dir(),
                Next::Stop => break,
            },
        }
    }
    let tree = reader.tree;
    if tree.is_empty() && tree.listed().next().is_none() && tree.skipped.is_empty() {
        return Err(InputError::Empty(root.to_owned()));
    }
    Ok(tree)
}

enum Next {
    Go,
    SkipDirectory,
    Stop,
}

#[derive(Default)]
struct Budget {
    files: usize,
    bytes: u64,
    exhausted: bool,
}

struct Reader<'l> {
    limits: &'l Limits,
    tree: Tree,
    own: Budget,
    dependencies: Budget,
}

impl Reader<'_> {
    fn visit(&mut self, root: &Path, entry: &DirEntry) -> Next {
        let path = relative(root, entry.path());
        let file_type = entry.file_type();
        if file_type.is_dir() {
            return self.visit_directory(entry, &path);
        }
        if file_type.is_symlink() {
            self.tree.skip(path, "symbolic link: not followed");
            return Next::Go;
        }
        if !file_type.is_file() {
            self.tree.skip(path, "not a regular file (pipe, socket or device)");
            return Next::Go;
        }
        let dependency = kind::is_dependency(&path);
        let (budget, limit) = match dependency {
            true => (&mut self.dependencies, self.limits.dependency_files),
            false => (&mut self.own, self.limits.files),
        };
        if budget.files >= limit {
            budget.exhausted = true;
            if dependency {
                let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
                self.tree.skip(directory, format!("dependency: more than {limit} files of dependencies; the rest was not read"));
                return Next::SkipDirectory;
            }
            self.tree.skip(path, format!("more than {limit} files; this one and those after it were not read"));
            return Next::Stop;
        }
        budget.files += 1;
        self.visit_file(entry, path, dependency);
        Next::Go
    }

    fn visit_directory(&mut self, entry: &DirEntry, path: &str) -> Next {
        let name = entry.file_name().to_string_lossy();
        if name == ".git" {
            return Next::SkipDirectory;
        }
        if self.dependencies.exhausted && kind::is_dependency(&format!("{path}/")) {
            self.tree.skip(path, "dependency: the limit for dependencies is used up");
            return Next::SkipDirectory;
        }
        if entry.depth() >= self.limits.depth {
            self.tree.skip(path, format!("directories nested deeper than {}", self.limits.depth));
            return Next::SkipDirectory;
        }
        Next::Go
    }

    fn visit_file(&mut self, entry: &DirEntry, path: String, dependency: bool) {
        let size = match entry.metadata() {
            Ok(metadata) => metadata.len(),
            Err(error) => {
                let reason = error.io_error().map_or_else(|| "cannot be read".to_owned(), reason);
                return self.tree.skip(path, reason);
            }
        };
        let kept = match kind::of(&path) {
            FileKind::Code | FileKind::Text => true,
            FileKind::Unknown => size <= SCRIPT_BYTES && begins_as_script(entry.path()),
            FileKind::Native => {
                let digest = (size <= self.limits.native_bytes).then(|| digest(entry.path(), self.limits.native_bytes)).flatten();
                return self.tree.list(self.tree.free_name(&path), size, digest);
            }
            FileKind::OtherLanguage(_) | FileKind::Other => false,
        };
        if !kept {
            return self.tree.list(self.tree.free_name(&path), size, None);
        }
        if size > self.limits.file_bytes {
            let limit = self.limits.file_bytes;
            self.tree.list(path.clone(), size, None);
            return self.tree.skip(path, format!("{size} bytes, more than the limit of {limit} for one file"));
        }
        let (budget, limit) = match dependency {
            true => (&mut self.dependencies, self.limits.dependency_bytes),
            false => (&mut self.own, self.limits.total_bytes),
        };
        if budget.bytes.saturating_add(size) > limit {
            self.tree.list(path.clone(), size, None);
            let what = if dependency { "dependency: " } else { "" };
            return self.tree.skip(path, format!("{what}more than {limit} bytes in all"));
        }
        match load(entry.path(), self.limits.file_bytes) {
            Ok(Some(bytes)) => {
                budget.bytes = budget.bytes.saturating_add(bytes.len() as u64);
                let name = self.tree.free_name(&path);
                self.tree.insert(name, bytes);
            }
            Ok(None) => self.tree.skip(path, "grew beyond the limit for one file while it was read"),
            Err(error) => self.tree.skip(path, reason(&error)),
        }
    }
}

/// A file without an ending is read as a script only up to this size.
const SCRIPT_BYTES: u64 = 1 << 20;

fn begins_as_script(path: &Path) -> bool {
    let mut start = [0; 2];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"#!"
}

/// The content, or `None` when it is longer than the limit. (The size seen before may be a lie by now.)
fn load(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

fn digest(path: &Path, limit: u64) -> Option<String> {
    let mut file = File::open(path).ok()?.take(limit.saturating_add(1));
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer).ok()? {
            0 => break,
            read => hasher.update(buffer.get(..read)?),
        }
    }
    Some(hex(&hasher.finalize()))
}

/// The reason of the operating system, without the number that differs between systems.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((text, _)) => text.to_lowercase(),
        None => text,
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> = path.components().map(|part| component(part.as_os_str())).collect();
    parts.join("/")
}

/// A name as text. Bytes that are not UTF-8 become a replacement character with their value, so that two such names
/// stay two names.
#[cfg(unix)]
fn component(name: &std::ffi::OsStr) -> String {
    use std::fmt::Write;
    use std::os::unix::ffi::OsStrExt;

    let mut text = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\u{fffd}{byte:02x}");
        }
    }
    text
}

#[cfg(not(unix))]
fn component(name: &std::ffi::OsStr) -> String {
    name.to_string_lossy().into_owned()
}
