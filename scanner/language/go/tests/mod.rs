mod features;
mod hostile;
mod packages;

use super::Go;
use crate::language::Language;
use crate::language::javascript::dump::dump;
use crate::program::{Interner, Module};

/// Lowers as the scanner does: on a thread with room.
fn lower(text: &str) -> (Module, Interner) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, || {
            let names = Interner::default();
            let module = Go.lower("m.go", text, &names);
            (module, names)
        });
        thread.unwrap().join().unwrap()
    })
}

/// The module as text; what is bound nowhere in it is not marked.
fn shown(module: &Module, names: &Interner) -> String {
    dump(module, names).replace('@', "")
}

/// The body of `func f`.
fn body(text: &str) -> Vec<String> {
    let (module, names) = lower(&format!("package m\nfunc f() {{\n{text}\n}}\n"));
    assert_eq!(module.error_bytes, 0, "{text}");
    shown(&module, &names).lines().map(str::to_owned).collect()
}
