//! Checks of the tools that a manifest lists against those of the code.

use std::collections::BTreeSet;

use crate::manifest::DeclaredKind;

use super::draft::{Draft, shorten};
use super::{Confidence, Evidence};

/// Tools of the code that a list lacks which says it is complete.
pub(super) fn unlisted(evidence: Evidence) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut seen = BTreeSet::new();
    for list in evidence.manifests.tool_lists.iter().filter(|list| list.complete) {
        let listed: BTreeSet<&str> = evidence
            .manifests
            .declarations
            .iter()
            .filter(|declaration| declaration.kind == DeclaredKind::Tool && declaration.file == list.file && declaration.source == list.source)
            .map(|declaration| declaration.target.as_str())
            .collect();
        // An empty list is a form left blank rather than the claim that there are no tools.
        if listed.is_empty() {
            continue;
        }
        for tool in &evidence.facts.tools {
            let Some(place) = &tool.location else { continue };
            let partly_known = tool.name.is_empty() || tool.name.contains('*');
            if partly_known || listed.contains(tool.name.as_str()) || !seen.insert((&tool.name, &list.file)) {
                continue;
            }
            let mut draft = Draft::at(place.clone());
            draft.confidence = if tool.conditional { Confidence::Medium } else { Confidence::High };
            draft.tools = vec![tool.name.clone()];
            draft.words = vec![("tool", format!("`{}`", shorten(&tool.name, 80))), ("file", format!("`{}`", list.file))];
            draft.key = vec![tool.name.clone(), list.file.clone()];
            drafts.push(draft);
        }
    }
    drafts
}
