mod dump;
mod features;
mod hostile;
mod resolver;

use crate::language::Language;
use crate::program::{Interner, Module};

use super::Python;

/// Lowers as the scanner does: on a thread with room.
fn lower(text: &str) -> (Module, Interner) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, || {
            let names = Interner::default();
            let module = Python.lower("m.py", text, &names);
            (module, names)
        });
        thread.unwrap().join().unwrap()
    })
}

fn show(text: &str) -> String {
    let (module, names) = lower(text);
    dump::dump(&module, &names)
}
