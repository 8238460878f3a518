//! What the analysis holds in memory is bounded, as its steps are.

use super::Engine;
use crate::analysis::value::{Piece, Value};

/// Values that all variables, objects, lists and texts hold together. A hostile program comes to its end here; no honest
/// one has been seen to need a tenth of it.
pub(super) const SPACE: u64 = 24 << 20;

/// Bytes of text that count as one value.
const BYTES_PER_VALUE: usize = 24;
/// Values that are copied in one step.
const VALUES_PER_STEP: u64 = 8;

impl Engine<'_> {
    /// Accounts for values that are kept: none of them is freed before the analysis ends.
    pub(super) fn hold(&mut self, values: usize) {
        self.space = self.space.saturating_sub(values as u64);
        if self.space == 0 {
            self.fuel = 0;
            self.out_of_fuel = true;
        }
        self.copy(values);
    }

    /// Accounts for the time that copying values takes.
    pub(super) fn copy(&mut self, values: usize) {
        self.fuel = self.fuel.saturating_sub(values as u64 / VALUES_PER_STEP);
    }

    /// Accounts for a text that was put together.
    pub(super) fn hold_text(&mut self, value: Value) -> Value {
        let bytes = |piece: &Piece| if let Piece::Literal(text) = piece { text.len() } else { 0 };
        for value in value.alternatives() {
            if let Value::Text(text) = value {
                self.hold(text.pieces.len() + text.pieces.iter().map(bytes).sum::<usize>() / BYTES_PER_VALUE);
            }
        }
        value
    }
}
