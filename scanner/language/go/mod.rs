//! Go.
//!
//! A package is a folder of files that share one scope: every file is a [`Module`] of its own, and the package is one more
//! that runs them and exports their names (see [`package`]).

use super::{Language, Resolver};
use crate::input::Tree;
use crate::program::{Ecosystem, Interner, Module};

mod build;
mod call;
mod expression;
mod function;
mod import;
mod kind;
mod literal;
mod lower;
mod package;
mod resolve;
mod scope;
mod statement;
mod switch;
#[cfg(test)]
mod tests;
mod types;

pub(crate) use build::is_built;

#[derive(Debug)]
pub struct Go;

impl Language for Go {
    fn name(&self) -> &'static str {
        "go"
    }

    fn ecosystem(&self) -> Ecosystem {
        Ecosystem::Go
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["go"]
    }

    fn lower(&self, path: &str, text: &str, interner: &Interner) -> Module {
        lower::module(path, text, interner)
    }

    fn parses(&self, text: &str) -> bool {
        lower::parse(text).is_some()
    }

    fn resolver(&self, tree: &Tree) -> Box<dyn Resolver> {
        Box::new(resolve::Packages::of(tree))
    }

    fn wholes(&self, modules: &[Module], interner: &Interner) -> Vec<Module> {
        package::wholes(modules, interner)
    }
}
