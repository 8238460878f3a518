//! Python.

use super::{Language, Resolver};
use crate::input::Tree;
use crate::program::{Ecosystem, Interner, Module};

mod docstring;
mod expression;
mod function;
mod import;
mod kind;
mod literal;
mod lower;
mod pattern;
mod resolve;
mod statement;
#[cfg(test)]
mod tests;

#[derive(Debug)]
pub struct Python;

impl Language for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn ecosystem(&self) -> Ecosystem {
        Ecosystem::Python
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["py"]
    }

    fn lower(&self, path: &str, text: &str, interner: &Interner) -> Module {
        lower::module(path, text, interner)
    }

    fn parses(&self, text: &str) -> bool {
        lower::parse(text).is_some()
    }

    fn resolver(&self, tree: &Tree) -> Box<dyn Resolver> {
        Box::new(resolve::Roots::of(tree))
    }
}
