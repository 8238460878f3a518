//! IR + models → facts. Knows no language and no library.

mod assemble;
mod documentation;
mod engine;
pub mod facts;
pub mod model;
mod run;
mod schema;
mod sensitive;
mod target;
#[cfg(test)]
mod tests;
pub mod value;

pub use assemble::Places;
pub(crate) use engine::package_of;
pub use run::Start;

use crate::program::Program;
use facts::ServerFacts;
use model::Models;

/// Steps of evaluation for each expression of the program, and at least so many in all: the analysis stays linear in
/// the size of the program.
const FUEL_PER_EXPRESSION: u64 = 24;
const LEAST_FUEL: u64 = 2_000_000;

/// Works out what the program does. `is_test` tells files that do not ship behaviour (tests, examples).
pub fn analyse(program: &Program, models: &Models, starts: &[Start], is_test: &dyn Fn(&str) -> bool, places: &dyn Places) -> ServerFacts {
    let size: usize = program.modules.iter().map(|m| m.exprs.len()).sum();
    let mut engine = engine::Engine::new(program, models, places, LEAST_FUEL + FUEL_PER_EXPRESSION * size as u64);
    let course = run::run(&mut engine, program, models, starts, is_test);
    engine.lift_wrapped();
    assemble::assemble(&mut engine, &course, places)
}
