//! Rust.

use std::borrow::Cow;

use super::{Language, Resolver, Shared};
use crate::input::Tree;
use crate::program::{Ecosystem, Interner, Module};

mod attribute;
mod class;
mod control;
mod expand;
mod expression;
mod function;
mod item;
mod kind;
mod literal;
mod lower;
mod macros;
mod path;
mod pattern;
mod resolve;
#[cfg(test)]
mod tests;
mod token;
mod types;
mod uses;

#[derive(Debug)]
pub struct Rust;

impl Language for Rust {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn ecosystem(&self) -> Ecosystem {
        Ecosystem::Rust
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["rs"]
    }

    fn lower(&self, path: &str, text: &str, interner: &Interner) -> Module {
        lower::module(path, text, interner)
    }

    fn gather<'t>(&self, texts: &mut dyn Iterator<Item = Cow<'t, str>>) -> Option<Shared> {
        let macros = expand::Macros::of(texts);
        (!macros.is_empty()).then(|| Box::new(macros) as Shared)
    }

    fn lower_among(&self, path: &str, text: &str, interner: &Interner, shared: &Shared) -> Module {
        let Some(whole) = shared.downcast_ref::<expand::Macros>().and_then(|macros| macros.expanded(text)) else {
            return self.lower(path, text, interner);
        };
        let mut module = self.lower(path, &whole.text, interner);
        whole.lead_back(&mut module);
        module
    }

    fn parses(&self, text: &str) -> bool {
        lower::parse(text).is_some()
    }

    fn resolver(&self, tree: &Tree) -> Box<dyn Resolver> {
        Box::new(resolve::Crates::of(tree))
    }
}
