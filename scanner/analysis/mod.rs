//! IR + models → facts. Knows no language and no library.

mod alphabet;
mod assemble;
mod bare;
mod deeds;
mod documentation;
mod engine;
pub mod facts;
pub mod inlined;
mod judge;
pub mod marks;
pub mod model;
mod notes;
mod programs;
mod run;
mod schema;
mod sensitive;
mod setup;
mod target;
#[cfg(test)]
mod tests;
pub mod value;

pub use assemble::Places;
pub(crate) use engine::package_of;
pub(crate) use programs::name as program_name;
pub use run::Start;
pub(crate) use run::sdk_modules;
pub(crate) use sensitive::home_relative;

use crate::program::{ModuleId, Program};
use facts::ServerFacts;
use model::Models;

/// Steps of evaluation for each expression of the program, and at least so many in all: the analysis stays linear in
/// the size of the program.
const FUEL_PER_EXPRESSION: u64 = 24;
const LEAST_FUEL: u64 = 2_000_000;

/// The part of a program that one server is made of.
pub struct Extent<'a> {
    /// Modules of its own package: where it may start when no manifest says where.
    pub own: &'a dyn Fn(ModuleId) -> bool,
    /// Its own modules and those they import.
    pub within: &'a dyn Fn(ModuleId) -> bool,
}

impl Extent<'static> {
    /// One server is all there is.
    pub const WHOLE: Self = Extent { own: &|_| true, within: &|_| true };
}

/// Works out what the program does, as far as `extent` goes. `is_test` tells files that do not ship behaviour (tests, examples).
pub fn analyse(
    program: &Program,
    models: &Models,
    starts: &[Start],
    extent: &Extent<'_>,
    is_test: &dyn Fn(&str) -> bool,
    places: &dyn Places,
) -> ServerFacts {
    let modules = program.modules.iter().zip(0..).filter(|(_, id)| (extent.within)(ModuleId(*id)));
    let size: usize = modules.map(|(module, _)| module.exprs.len()).sum();
    let mut engine = engine::Engine::new(program, models, places, LEAST_FUEL + FUEL_PER_EXPRESSION * size as u64);
    let course = run::run(&mut engine, program, models, starts, extent, is_test);
    engine.lift_wrapped();
    let counts = |id: ModuleId| (extent.within)(id) && !is_test(&program.module(id).path);
    assemble::assemble(&mut engine, &course, &counts, places)
}
