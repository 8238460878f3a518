//! Where a report goes: standard output or a file, with or without colour.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use super::diagnostics;
use crate::policy::Exit;

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    /// Colour when writing to a terminal and `NO_COLOR` is not set.
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Makes this the choice for everything written to the terminal.
    pub(super) fn apply(self) {
        match self {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }

    /// Whether a report on standard output gets colour.
    pub(super) fn on_stdout(self) -> bool {
        match self {
            Color::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
            Color::Always => true,
            Color::Never => false,
        }
    }
}

/// Columns of the terminal: `COLUMNS` when set, else what the terminal says, else 100.
pub(super) fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    told.or_else(asked).unwrap_or(100).clamp(40, 400)
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no error.
pub(super) fn to_stdout(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints what a subcommand has to say.
pub(super) fn print(text: &str) -> Exit {
    match to_stdout(text.as_bytes()) {
        Ok(()) => Exit::Pass,
        Err(error) => {
            diagnostics::error(&format!("cannot write to standard output: {error}"), &[]);
            Exit::Usage
        }
    }
}

/// Writes a file as a whole or not at all: a reader never finds half a report. What is not a regular file
/// (`/dev/stdout`, a pipe) is written directly.
pub(super) fn to_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(path, bytes);
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written
}

/// Text of unknown origin made safe for a terminal: control, bidirectional and invisible characters are shown as `<U+202E>`.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = matches!(u32::from(c),
            0x00AD | 0x061C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF | 0xFFF9..=0xFFFB
            | 0xE0000..=0xE0FFF);
        if c.is_control() || hidden {
            let _ = write!(safe, "<U+{:04X}>", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(escape("a\u{1b}[31mb\u{202e}c\nd\u{e0041}"), "a<U+001B>[31mb<U+202E>c<U+000A>d<U+E0041>");
        assert_eq!(escape("grüße, 世界"), "grüße, 世界");
    }
}
