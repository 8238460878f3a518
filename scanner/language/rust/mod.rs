//! Rust.

use super::{Language, Resolver};
use crate::input::Tree;
use crate::program::{Ecosystem, Interner, Module};

mod attribute;
mod class;
mod control;
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

    fn parses(&self, text: &str) -> bool {
        lower::parse(text).is_some()
    }

    fn resolver(&self, tree: &Tree) -> Box<dyn Resolver> {
        Box::new(resolve::Crates::of(tree))
    }
}
