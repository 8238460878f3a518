mod features;
mod hostile;
mod resolver;

use crate::language::Language;
use crate::program::{Interner, Module};

use super::Rust;

/// Lowers as the scanner does: on a thread with room.
fn lower(text: &str) -> (Module, Interner) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, || {
            let names = Interner::default();
            let module = Rust.lower("src/main.rs", text, &names);
            (module, names)
        });
        thread.unwrap().join().unwrap()
    })
}
