//! IR + models → facts. Knows no language and no library.

pub mod facts;
