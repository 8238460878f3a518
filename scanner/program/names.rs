//! Names, interned once for the whole program so that they compare as integers.

use std::sync::{Arc, RwLock};

use rustc_hash::FxHashMap;

/// An interned name. Its number depends on the order of interning: compare it, never sort or print by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u32);

/// The table of names, shared by the threads that lower files.
#[derive(Debug, Default)]
pub struct Interner {
    table: RwLock<Table>,
}

#[derive(Debug, Default)]
struct Table {
    by_name: FxHashMap<Arc<str>, Symbol>,
    names: Vec<Arc<str>>,
}

impl Interner {
    /// The symbol of `name`, made if it is new. Callers with many names keep a cache of their own
    /// ([`builder::Builder`](super::builder::Builder) does), so that the lock stays cold.
    pub fn intern(&self, name: &str) -> Symbol {
        if let Some(&symbol) = self.read().by_name.get(name) {
            return symbol;
        }
        let mut table = self.table.write().unwrap_or_else(|e| e.into_inner());
        if let Some(&symbol) = table.by_name.get(name) {
            return symbol;
        }
        let symbol = Symbol(table.names.len() as u32);
        let name: Arc<str> = name.into();
        table.names.push(name.clone());
        table.by_name.insert(name, symbol);
        symbol
    }

    /// The text of a symbol.
    pub fn text(&self, symbol: Symbol) -> Arc<str> {
        self.read().names[symbol.0 as usize].clone()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(|e| e.into_inner())
    }
}
