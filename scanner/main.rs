//! The command line; see [`tidewaiter::cli`].

/// Values are made and dropped all the time; with the system's allocator that is a fifth of an analysis.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tidewaiter::cli::main()
}
