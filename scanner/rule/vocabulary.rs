//! What checks share: sets of places, and topics that the words of a tool may speak of. The data is `rules/vocabulary.yml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::analysis::facts::{ServerFacts, Tool};
use crate::rules;

use super::check::Pattern;
use super::haystack::Haystack;
use super::matching::wildcard;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vocabulary {
    /// Sets of paths, hosts, programs; `*` stands for anything.
    places: BTreeMap<String, Vec<String>>,
    /// What texts speak of.
    topics: BTreeMap<String, Vec<Pattern>>,
    /// Kinds of tools, by what they speak of, and the families of effects that a tool of that kind needs.
    domains: BTreeMap<String, Domain>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Domain {
    words: Vec<Pattern>,
    #[serde(default)]
    needs: Vec<String>,
}

static VOCABULARY: LazyLock<Result<Vocabulary, String>> =
    LazyLock::new(|| serde_json::from_str(rules::VOCABULARY).map_err(|error| error.to_string()));

fn vocabulary() -> Option<&'static Vocabulary> {
    VOCABULARY.as_ref().ok()
}

/// Why a rule that refers to these names cannot be used.
pub(super) fn check<'a>(places: impl IntoIterator<Item = &'a String>, topics: impl IntoIterator<Item = &'a String>) -> Result<(), String> {
    let vocabulary = VOCABULARY.as_ref().map_err(|error| format!("rules/vocabulary.yml: {error}"))?;
    if let Some(name) = places.into_iter().find(|name| !vocabulary.places.contains_key(*name)) {
        return Err(format!("rules/vocabulary.yml has no places `{name}`"));
    }
    match topics.into_iter().find(|name| !vocabulary.topics.contains_key(*name)) {
        Some(name) => Err(format!("rules/vocabulary.yml has no topic `{name}`")),
        None => Ok(()),
    }
}

/// Whether a target is in a set of places. Whoever's home directory it is, it is `~`.
pub(super) fn place(set: &str, target: &str) -> bool {
    let Some(patterns) = vocabulary().and_then(|vocabulary| vocabulary.places.get(set)) else { return false };
    let target = resolved(target);
    let target = crate::analysis::home_relative(&target);
    let name = target.rsplit('/').next().unwrap_or(&target);
    patterns.iter().any(|pattern| match pattern.strip_prefix("**/") {
        Some(rest) if !rest.contains('/') => wildcard(rest, name),
        Some(rest) => wildcard(rest, &target) || wildcard(&format!("*/{rest}"), &target),
        None => wildcard(pattern, &target),
    })
}

/// An absolute path without the `..` in it.
fn resolved(path: &str) -> std::borrow::Cow<'_, str> {
    if !path.starts_with('/') || !path.contains("/..") {
        return path.into();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    format!("/{}", parts.join("/")).into()
}

/// What a tool, or a whole server, says of itself: names taken apart into words.
pub(super) struct Words {
    text: String,
    haystack: Haystack,
}

/// No more of what a tool says is looked at.
const MAX_TEXT: usize = 1 << 15;

impl Words {
    pub(super) fn of_tool(tool: &Tool) -> Words {
        let mut text = String::new();
        speak(tool, &mut text);
        Words::new(text)
    }

    /// Everything that the server and its tools say.
    pub(super) fn of_server(facts: &ServerFacts) -> Words {
        let mut text = facts.instructions.clone().unwrap_or_default();
        text.push('\n');
        facts.tools.iter().for_each(|tool| speak(tool, &mut text));
        for offer in facts.prompts.iter().chain(&facts.resources) {
            text.push_str(&offer.name);
            text.push('\n');
            text.push_str(offer.description.as_deref().unwrap_or_default());
            text.push('\n');
        }
        Words::new(text)
    }

    fn new(text: String) -> Words {
        let haystack = Haystack::new(&text);
        Words { text, haystack }
    }

    /// Whether they speak of a topic.
    pub(super) fn speak_of(&self, topic: &str) -> bool {
        let Some(patterns) = vocabulary().and_then(|vocabulary| vocabulary.topics.get(topic)) else { return false };
        self.matches(patterns)
    }

    pub(super) fn matches(&self, patterns: &[Pattern]) -> bool {
        patterns.iter().any(|pattern| pattern.matches(&self.text, &self.haystack))
    }

    /// Whether it is known what kind of tool this is, and no such tool needs an effect of this family.
    pub(super) fn need_no(&self, family: &str) -> bool {
        let Some(vocabulary) = vocabulary() else { return false };
        let mut known = false;
        for domain in vocabulary.domains.values() {
            if !(known && domain.needs.is_empty()) && self.matches(&domain.words) {
                known = true;
                if domain.needs.iter().any(|need| need == family) {
                    return false;
                }
            }
        }
        known
    }
}

fn speak(tool: &Tool, into: &mut String) {
    apart(&tool.name, into);
    for text in [&tool.title, &tool.description].into_iter().flatten() {
        if into.len() < MAX_TEXT {
            into.push_str(text);
            into.push('\n');
        }
    }
    schema(&tool.input_schema, 6, into);
}

/// `readFile`, `read_file` → `read file`.
fn apart(name: &str, into: &mut String) {
    let mut before = ' ';
    for c in name.chars().take(200) {
        if c.is_uppercase() && before.is_lowercase() {
            into.push(' ');
        }
        into.push(if matches!(c, '_' | '-' | '.' | '/') { ' ' } else { c });
        before = c;
    }
    into.push('\n');
}

/// Names and descriptions of parameters.
fn schema(schema: &Json, depth: u32, into: &mut String) {
    if depth == 0 || into.len() >= MAX_TEXT {
        return;
    }
    let Json::Object(fields) = schema else { return };
    if let Some(Json::String(text)) = fields.get("description") {
        into.push_str(text);
        into.push('\n');
    }
    if let Some(Json::Object(properties)) = fields.get("properties") {
        for (name, property) in properties {
            apart(name, into);
            self::schema(property, depth - 1, into);
        }
    }
    if let Some(items) = fields.get("items") {
        self::schema(items, depth - 1, into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_can_be_read() {
        check([], []).unwrap();
        let vocabulary = vocabulary().unwrap();
        for pattern in vocabulary.topics.values().flatten().chain(vocabulary.domains.values().flat_map(|domain| &domain.words)) {
            pattern.compile().unwrap();
        }
    }

    #[test]
    fn paths_that_climb_are_resolved() {
        assert_eq!(resolved("/app/up/../../../root/.ssh/x"), "/root/.ssh/x");
        assert!(place("access", "/app/../../root/.ssh/authorized_keys") && !place("access", "/app/.ssh-notes"));
    }

    #[test]
    fn names_are_taken_apart() {
        let mut text = String::new();
        apart("readFile_now", &mut text);
        assert_eq!(text, "read File now\n");
    }
}
