//! `tidewaiter checks`: what is looked for, and why.

use std::fmt::Write;

use super::{diagnostics, output};
use crate::policy::Exit;
use crate::presentation::{self, CheckText};

#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Every check with its severity and title (the default).
    List,
    /// Explain one check: what it sees, why it matters, what to do.
    Show {
        /// Id of the check, as in the report.
        id: String,
    },
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments) -> Exit {
    let checks = presentation::checks();
    let text = match &arguments.command {
        None | Some(Command::List) => list(&checks),
        Some(Command::Show { id }) => match checks.iter().find(|check| check.id == *id) {
            Some(check) => format!("# {} ({}, {})\n\n{}\n", check.title, check.id, check.severity, check.text.trim()),
            None => {
                diagnostics::error(&format!("there is no check `{id}`; `tidewaiter checks` lists them"), &[]);
                return Exit::Usage;
            }
        },
    };
    output::print(&text)
}

fn list(checks: &[CheckText]) -> String {
    let widest = checks.iter().map(|check| check.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:widest$}  {:8}  {}", check.id, check.severity, check.title);
    }
    text
}
