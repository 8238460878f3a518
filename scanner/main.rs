//! The command line; see [`tidewaiter::cli`].

fn main() -> std::process::ExitCode {
    tidewaiter::cli::main()
}
