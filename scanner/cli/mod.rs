//! The command line: one file for each subcommand. This is the edge where clock, environment, files and terminal are read.

mod checks;
mod diagnostics;
mod output;
mod scan;
mod settings;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::policy::Exit;
use crate::presentation;

/// Reads what an MCP server declares, works out what its code does, and reports the difference. Never runs the server.
#[derive(Parser, Debug)]
#[command(name = "tidewaiter", version, max_term_width = 110, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Scan one or more MCP servers and report.
    Scan(scan::Arguments),
    /// List the checks, or explain one.
    Checks(checks::Arguments),
    /// Print the JSON Schema of the JSON report.
    Schema,
}

const EXIT_CODES: &str = "\
Exit status: 0 pass, 1 the gate failed, 2 usage or configuration, 3 no MCP server in the target,
4 the scan is less complete than the gate asks for, 5 (reserved for drift from a lock), 70 internal error.
Of several outcomes one is returned, in the order 70, 2, 3, 5, 1, 4.";

/// Stack of the threads that walk syntax trees and values: their depth limits must fit into it, whatever the system's
/// default is.
const STACK_BYTES: usize = 32 << 20;

/// Runs the program.
pub fn main() -> ExitCode {
    let exit = match std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run) {
        Ok(thread) => thread.join().unwrap_or(Exit::Internal),
        Err(error) => {
            diagnostics::error(&format!("cannot start a thread: {error}"), &[]);
            Exit::Internal
        }
    };
    ExitCode::from(exit.code())
}

fn run() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are output, everything else is a mistake; a closed pipe changes nothing.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Pass };
        }
    };
    diagnostics::catch(|| match arguments.command {
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Checks(arguments) => checks::run(&arguments),
        Command::Schema => output::print(presentation::report_schema()),
    })
}
