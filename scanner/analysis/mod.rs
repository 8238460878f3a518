//! IR + models → facts. Knows no language and no library.

mod engine;
pub mod facts;
pub mod model;
mod schema;
mod target;
pub mod value;
