//! The two programs that `benches/budget.sh` compares by the instructions they take.
//!
//! `parse DIR…` reads every source file and lets tree-sitter parse it: the floor under any scanner that parses.
//! `scan DIR…` does what `tidewaiter scan DIR… --format json` does. Both use one thread.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::path::Path;
use std::process::ExitCode;

use tidewaiter::input::{self, Limits};
use tidewaiter::language;
use tidewaiter::pipeline::{Options, scan_path};
use tidewaiter::presentation::{self, Style};
use walkdir::WalkDir;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (mode, directories) = match arguments.split_first() {
        Some((mode, directories)) if !directories.is_empty() && (mode == "parse" || mode == "scan") => (mode.as_str(), directories),
        // `cargo bench` and `cargo test` start every target without such arguments.
        _ => {
            eprintln!("usage: budget parse|scan DIR…   (see benches/budget.sh)");
            return ExitCode::SUCCESS;
        }
    };
    if rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(512 << 20).build_global().is_err() {
        return ExitCode::FAILURE;
    }
    for directory in directories.iter().map(Path::new) {
        match mode {
            "parse" => println!("{} bytes parsed in {}", parse(directory), directory.display()),
            _ => match scan(directory) {
                Ok(bytes) => println!("{bytes} bytes of report on {}", directory.display()),
                Err(error) => {
                    eprintln!("{}: {error}", directory.display());
                    return ExitCode::FAILURE;
                }
            },
        }
    }
    ExitCode::SUCCESS
}

/// Parses the files that a scan of the directory parses, once each, and does nothing else.
fn parse(directory: &Path) -> usize {
    let limits = Limits::default();
    let mut bytes = 0;
    for entry in WalkDir::new(directory).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file()) {
        let path = entry.path().strip_prefix(directory).unwrap_or(entry.path()).to_string_lossy().into_owned();
        if input::is_dependency(&path) || entry.metadata().is_ok_and(|metadata| metadata.len() > limits.file_bytes) {
            continue;
        }
        let Some(language) = language::of(&path) else { continue };
        let Ok(content) = std::fs::read(entry.path()) else { continue };
        bytes += content.len();
        std::hint::black_box(language.parses(&String::from_utf8_lossy(&content)));
    }
    bytes
}

fn scan(directory: &Path) -> Result<usize, String> {
    let (reports, _) = scan_path(directory, &Options::default()).map_err(|error| error.to_string())?;
    let style = Style { color: false, width: 100, exit_code: 0, several: false };
    let mut bytes = Vec::new();
    presentation::render("json", &reports, style, &mut bytes).map_err(|error| error.to_string())?;
    if let Some(path) = std::env::var_os("BUDGET_REPORT") {
        std::fs::write(path, &bytes).map_err(|error| error.to_string())?;
    }
    Ok(bytes.len())
}
