//! The lethal trifecta: which tools read private data, which read what a stranger may have written, and which have a way
//! out. Exposure, and no finding. The data is `rules/exposure.yml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::analysis::facts::{Capability, ServerFacts, Tool};
use crate::rules;

use super::capability;
use super::check::{Filter, Pattern};
use super::vocabulary::Words;

/// What each leg is seen by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Signs {
    private_data: Vec<Sign>,
    untrusted_content: Vec<Sign>,
    way_out: Vec<Sign>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sign {
    says: String,
    #[serde(default)]
    reaches: Vec<Filter>,
    #[serde(default)]
    words: Vec<Pattern>,
    #[serde(default)]
    unless: Vec<Pattern>,
}

static SIGNS: LazyLock<Result<Signs, String>> =
    LazyLock::new(|| serde_json::from_str(rules::EXPOSURE).map_err(|error| format!("rules/exposure.yml: {error}")));

/// A tool that gives a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Witness {
    pub tool: String,
    /// Completes "The tool …".
    pub says: String,
    /// What it does, when that was seen; otherwise its words say so.
    pub capability: Option<u32>,
}

/// The three legs of one server, each with the tools that give it, in the order of the tools.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Trifecta {
    pub private_data: Vec<Witness>,
    pub untrusted_content: Vec<Witness>,
    pub way_out: Vec<Witness>,
    /// All three are there.
    pub complete: bool,
}

impl Trifecta {
    /// The legs with their names for readers.
    pub fn legs(&self) -> [(&'static str, &[Witness]); 3] {
        [("private data", &self.private_data), ("untrusted content", &self.untrusted_content), ("way out", &self.way_out)]
    }
}

/// What one server can be used for.
pub fn trifecta(facts: &ServerFacts) -> Trifecta {
    let Ok(signs) = SIGNS.as_ref() else { return Trifecta::default() };
    let mut found = Trifecta::default();
    let mut known = BTreeSet::new();
    for tool in facts.tools.iter().filter(|tool| known.insert(tool.name.as_str())) {
        let words = Words::of_tool(tool);
        let capabilities: Vec<&Capability> = tool.capabilities.iter().filter_map(|id| facts.capabilities.get(*id as usize)).collect();
        let unseen = is_unseen(tool, facts);
        let leg = |signs: &[Sign]| signs.iter().find_map(|sign| sign.witness(tool, &words, &capabilities, unseen));
        found.private_data.extend(leg(&signs.private_data));
        found.untrusted_content.extend(leg(&signs.untrusted_content));
        found.way_out.extend(leg(&signs.way_out));
    }
    found.complete = found.legs().iter().all(|(_, witnesses)| !witnesses.is_empty());
    found
}

/// Nothing, or not all, of what the tool does was seen.
fn is_unseen(tool: &Tool, facts: &ServerFacts) -> bool {
    facts.coverage.files_total == 0 || tool.handler.is_none() || (tool.capabilities.is_empty() && !facts.coverage.unresolved.is_empty())
}

impl Sign {
    fn witness(&self, tool: &Tool, words: &Words, capabilities: &[&Capability], unseen: bool) -> Option<Witness> {
        let said = || self.words.is_empty() || words.matches(&self.words);
        let reached = capabilities.iter().find(|capability| self.reaches.iter().any(|filter| capability::passes(filter, capability)));
        let by_words = unseen && !self.words.is_empty();
        if (reached.is_none() && !by_words) || !said() || words.matches(&self.unless) {
            return None;
        }
        Some(Witness { tool: tool.name.clone(), says: self.says.clone(), capability: reached.map(|capability| capability.id) })
    }
}

/// Whether the data can be used; what is wrong with it, otherwise.
#[cfg(test)]
fn check() -> Result<(), String> {
    let signs = SIGNS.as_ref().map_err(Clone::clone)?;
    for sign in signs.private_data.iter().chain(&signs.untrusted_content).chain(&signs.way_out) {
        if sign.reaches.is_empty() && sign.words.is_empty() {
            return Err(format!("rules/exposure.yml: `{}`: neither `reaches` nor `words` is given", sign.says));
        }
        sign.words.iter().chain(&sign.unless).try_for_each(|pattern| pattern.compile().map(|_| ()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn legs(tools: &[(&str, &str)]) -> Vec<String> {
        let tools = tools.iter().map(|(name, description)| Tool {
            name: (*name).to_owned(),
            title: None,
            description: Some((*description).to_owned()),
            annotations: serde_json::Map::new(),
            input_schema: json!({}),
            extra: serde_json::Value::Null,
            location: None,
            handler: None,
            conditional: false,
            capabilities: Vec::new(),
        });
        let found = trifecta(&ServerFacts { tools: tools.collect(), ..ServerFacts::default() });
        let names = |witnesses: &[Witness]| witnesses.iter().map(|w| w.tool.as_str()).collect::<Vec<_>>().join(" ");
        found.legs().iter().map(|(name, witnesses)| format!("{name}: {}", names(witnesses))).collect()
    }

    #[test]
    fn the_data_can_be_used() {
        check().unwrap();
    }

    #[test]
    fn words_decide_where_there_is_no_code() {
        let mail = [
            ("search_inbox", "Searches the e-mails in the inbox."),
            ("send_mail", "Sends a mail to the recipients."),
            ("browse", "Fetches a web page by its URL as Markdown."),
            ("add_numbers", "Adds two numbers and gives the sum."),
            ("forecast", "Gives the weather forecast for a city."),
        ];
        assert_eq!(legs(&mail), ["private data: search_inbox", "untrusted content: search_inbox browse", "way out: send_mail browse"]);
    }
}
