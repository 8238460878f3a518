//! Checks of tool annotations against what the handlers do.

use serde_json::Value as Json;

use crate::analysis::facts::{Capability, Deed, ServerFacts, Step, TargetFrom, Tool};

use super::Evidence;
use super::capability::{certainty, does, passes};
use super::check::AnnotationMatch;
use super::conduct::{fits, shown};
use super::draft::{Draft, shorten};

/// One finding per tool: the annotation, and the capability that contradicts it most clearly.
pub(super) fn find(matcher: &AnnotationMatch, evidence: Evidence) -> Vec<Draft> {
    evidence.facts.tools.iter().filter_map(|tool| judge(matcher, evidence.facts, tool)).collect()
}

fn judge(matcher: &AnnotationMatch, facts: &ServerFacts, tool: &Tool) -> Option<Draft> {
    if tool.annotations.get(&matcher.hint) != Some(&Json::Bool(matcher.value)) {
        return None;
    }
    let mut against: Vec<&Capability> = tool
        .capabilities
        .iter()
        .filter_map(|id| facts.capabilities.get(*id as usize))
        .filter(|capability| matcher.contradicts.iter().any(|filter| passes(filter, capability)))
        .filter(|capability| !is_housekeeping(facts, capability))
        .collect();
    against.sort_by(|a, b| certainty(&matcher.lower, b).cmp(&certainty(&matcher.lower, a)).then_with(|| a.location.cmp(&b.location)));
    let Some(worst) = against.first().copied() else { return by_deed(matcher, facts, tool) };

    // The annotation is what is wrong or the effect is; the effect is where a reader sees which.
    let mut draft = Draft::at(worst.location.clone());
    draft.confidence = certainty(&matcher.lower, worst);
    draft.steps = steps(tool, worst);
    draft.related = tool
        .location
        .iter()
        .map(|place| Step { place: place.clone(), what: declared(matcher, tool) })
        .chain(against.iter().skip(1).map(|capability| Step { place: capability.location.clone(), what: format!("{} here too", does(capability)) }))
        .collect();
    draft.tools = vec![tool.name.clone()];
    draft.words = vec![("tool", format!("`{}`", shorten(&tool.name, 80))), ("does", does(worst))];
    draft.key = vec![tool.name.clone(), matcher.hint.clone()];
    Some(draft)
}

/// The same where what the tool does is no capability.
fn by_deed(matcher: &AnnotationMatch, facts: &ServerFacts, tool: &Tool) -> Option<Draft> {
    let against = |deed: &&Deed| deed.tools.binary_search(&tool.name).is_ok() && matcher.deeds.iter().any(|filter| fits(filter, deed, &facts.deeds));
    let deed = facts.deeds.iter().find(against)?;
    // What most tools do alike says nothing of any one of them.
    if deed.tools.len() >= FEW_TOOLS && deed.tools.len() * 2 >= facts.tools.len() {
        return None;
    }
    let mut draft = Draft::at(deed.location.clone());
    draft.steps = deed.steps.clone();
    draft.related = tool.location.iter().map(|place| Step { place: place.clone(), what: declared(matcher, tool) }).collect();
    draft.tools = vec![tool.name.clone()];
    let does = match (deed.what.as_str(), deed.texts.get("method")) {
        ("request", Some(method)) => {
            let url = deed.texts.get("url").map(String::as_str).unwrap_or_default();
            format!("sends a {method} request to `{}`", shorten(url, 80))
        }
        ("content", _) => format!("adds to `{}`", shorten(deed.texts.get("path").map(String::as_str).unwrap_or_default(), 80)),
        _ => format!("does {}", shown(deed)),
    };
    draft.words = vec![("tool", format!("`{}`", shorten(&tool.name, 80))), ("does", does)];
    draft.key = vec![tool.name.clone(), matcher.hint.clone()];
    Some(draft)
}

fn declared(matcher: &AnnotationMatch, tool: &Tool) -> String {
    format!("`{}` is declared with {}: {}", shorten(&tool.name, 80), matcher.hint, matcher.value)
}

/// The way from this tool to the effect. A capability remembers the way of the first tool that reaches it: of another
/// tool's way only the end is shared.
fn steps(tool: &Tool, capability: &Capability) -> Vec<Step> {
    let registered = format!("tool {} is registered", tool.name);
    if capability.tools.len() < 2 || capability.steps.first().is_some_and(|step| step.what == registered) {
        return capability.steps.clone();
    }
    let start = tool.location.iter().map(|place| Step { place: place.clone(), what: registered.clone() });
    start.chain(capability.steps.iter().skip(1).last().cloned()).collect()
}

/// Tools that share an effect before it is taken for the server's own: a log, a cache, refreshed credentials.
const FEW_TOOLS: usize = 5;

/// What most tools do alike, and none of them is told where, says nothing of any one of them.
fn is_housekeeping(facts: &ServerFacts, capability: &Capability) -> bool {
    let sharing = capability.tools.len();
    sharing >= FEW_TOOLS && sharing * 2 >= facts.tools.len() && capability.target_from != TargetFrom::Argument
}
