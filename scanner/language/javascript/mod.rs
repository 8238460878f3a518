//! JavaScript and TypeScript.
//!
//! [`lower`] holds what all the other files share; each of them lowers one part of the language.

mod awaiter;
mod chain;
mod class;
mod expression;
mod function;
mod grammar;
mod literal;
mod lower;
mod modules;
mod object;
mod package;
mod pattern;
mod resolve;
mod statement;
mod types;

#[cfg(test)]
pub(in crate::language) mod dump;
#[cfg(test)]
mod tests;

use super::{Language, Resolver};
use crate::input::Tree;
use crate::program::{Ecosystem, Interner, Module};

/// `.js` and its kin. JSX is always understood; other dialects (Flow, TypeScript in a `.js` file) when they read better.
#[derive(Debug)]
pub struct JavaScript;

/// `.ts` and its kin.
#[derive(Debug)]
pub struct TypeScript;

/// `.tsx`: here `<T>x` is an element and not a cast.
#[derive(Debug)]
pub struct Tsx;

macro_rules! language {
    ($language:ident, $name:literal, $extensions:expr, $dialects:expr) => {
        impl Language for $language {
            fn name(&self) -> &'static str {
                $name
            }

            fn ecosystem(&self) -> Ecosystem {
                Ecosystem::JavaScript
            }

            fn extensions(&self) -> &'static [&'static str] {
                $extensions
            }

            fn lower(&self, path: &str, text: &str, interner: &Interner) -> Module {
                lower::lower(path, text, interner, &$dialects)
            }

            fn parses(&self, text: &str) -> bool {
                $dialects.first().is_some_and(|dialect| lower::parse(dialect, text).is_some())
            }

            fn resolver(&self, tree: &Tree) -> Box<dyn Resolver> {
                Box::new(resolve::Packages::read(tree))
            }
        }
    };
}

language!(JavaScript, "javascript", &["js", "mjs", "cjs", "jsx"], [&grammar::JAVASCRIPT, &grammar::TSX]);
language!(TypeScript, "typescript", &["ts", "mts", "cts"], [&grammar::TYPESCRIPT]);
language!(Tsx, "typescript", &["tsx"], [&grammar::TSX]);
