//! JavaScript and TypeScript.

use super::{Language, Resolver};
use crate::input::Tree;
use crate::program::{
    Ecosystem, Interner, Module,
    builder::{Builder, FunctionParts},
};

#[derive(Debug)]
pub struct JavaScript;
#[derive(Debug)]
pub struct TypeScript;
#[derive(Debug)]
pub struct Tsx;

macro_rules! language {
    ($t:ident, $name:literal, $ext:expr) => {
        impl Language for $t {
            fn name(&self) -> &'static str {
                $name
            }
            fn ecosystem(&self) -> Ecosystem {
                Ecosystem::JavaScript
            }
            fn extensions(&self) -> &'static [&'static str] {
                $ext
            }
            fn lower(&self, path: &str, _text: &str, interner: &Interner) -> Module {
                Builder::new(path, Ecosystem::JavaScript, interner).finish(FunctionParts::default())
            }
            fn resolver(&self, _tree: &Tree) -> Box<dyn Resolver> {
                unimplemented!()
            }
        }
    };
}
language!(JavaScript, "javascript", &["js", "mjs", "cjs", "jsx"]);
language!(TypeScript, "typescript", &["ts", "mts", "cts"]);
language!(Tsx, "typescript", &["tsx"]);
