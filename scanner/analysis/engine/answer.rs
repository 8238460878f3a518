//! What a tool says to whoever called it: texts that stand in the code and are part of an answer or of an error.

use super::{Engine, Site};
use crate::analysis::value::Value;

/// Shorter texts are no sentences.
const MIN_BYTES: usize = 16;
/// Texts of one answer.
const MAX_TEXTS: usize = 40;
/// Lists, objects and calls in each other.
const MAX_DEPTH: u32 = 6;
/// Values of one answer that are looked at.
const MAX_VALUES: usize = 2_000;

impl Engine<'_> {
    /// Writes down every text in a value by itself.
    pub(crate) fn note_texts(&mut self, what: &str, value: &Value, site: Site) {
        let mut texts: Vec<Value> = Vec::new();
        let mut open = vec![(value.clone(), 0)];
        let mut left = MAX_VALUES;
        while let Some((value, depth)) = open.pop() {
            left = left.saturating_sub(1);
            if left == 0 || texts.len() >= MAX_TEXTS {
                break;
            }
            match &value {
                Value::Text(text) => {
                    let shown = text.render("…");
                    // A sentence has words.
                    if shown.len() >= MIN_BYTES && (shown.contains(' ') || !shown.is_ascii()) {
                        texts.push(value);
                    }
                }
                _ if depth >= MAX_DEPTH => {}
                Value::Union(all) => open.extend(all.iter().rev().map(|value| (value.clone(), depth + 1))),
                Value::Object(id) => {
                    let object = self.object(*id);
                    open.extend(object.fields.values().chain(&object.items).rev().map(|value| (value.clone(), depth + 1)));
                }
                // `NewToolResultError("…")`, `Err(McpError("…"))`: what it was made of.
                Value::Api(api) => match (&api.meaning, &api.call) {
                    (Some(meaning), _) => open.push((meaning.clone(), depth + 1)),
                    (None, Some(call)) => {
                        let keywords = call.arguments.keywords.iter().map(|(_, value)| value);
                        open.extend(call.arguments.positional.iter().chain(keywords).rev().map(|value| (value.clone(), depth + 1)));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        for text in texts {
            self.deed(what.into(), vec![("text".into(), text)], site);
        }
    }
}
