//! What a file below `rules/words/` says. Read here and, for embedding, by the build script.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawWords {
    /// Class of words → language → words, separated by commas; `*` at the end of one stands for any ending.
    #[serde(default)]
    pub(crate) classes: IndexMap<String, IndexMap<String, String>>,
    /// Class → pieces of paths and names, separated by commas, that begin and end at no letter or digit.
    #[serde(default)]
    pub(crate) pieces: IndexMap<String, String>,
    #[serde(default)]
    pub(crate) evidence: IndexMap<String, RawEvidence>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawEvidence {
    /// Completes “…, which”: `keeps something from the user`.
    pub(crate) says: String,
    /// Patterns, one of which must match.
    pub(crate) any: Vec<String>,
    /// Classes or evidence that must not stand in the same sentence.
    #[serde(default)]
    pub(crate) unless: Vec<String>,
}
