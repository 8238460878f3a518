//! Python.

use super::{Language, Resolver};
use crate::input::Tree;
use crate::program::{
    Ecosystem, Interner, Module,
    builder::{Builder, FunctionParts},
};

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
    fn lower(&self, path: &str, _text: &str, interner: &Interner) -> Module {
        Builder::new(path, Ecosystem::Python, interner).finish(FunctionParts::default())
    }
    fn resolver(&self, _tree: &Tree) -> Box<dyn Resolver> {
        unimplemented!()
    }
}
