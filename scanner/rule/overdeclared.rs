//! Checks of declarations that nothing in the code needs.

use std::collections::BTreeSet;

use crate::analysis::facts::{Capability, CapabilityKind, TargetKind, Weight};
use crate::manifest::{Declaration, DeclaredKind, is_baseline_environment};

use super::check::OverdeclaredMatch;
use super::draft::{Draft, shorten};
use super::matching::{covers, wildcard};
use super::{Confidence, Evidence};

/// One finding per declared target. Silent where something unseen may need it.
pub(super) fn find(matcher: &OverdeclaredMatch, evidence: Evidence) -> Vec<Draft> {
    let facts = evidence.facts;
    let seen_all = facts.tools_complete && facts.coverage.unresolved.iter().all(|unresolved| unresolved.weight == Weight::Note);
    if !seen_all || !facts.speaks_mcp {
        return Vec::new();
    }
    let doing: Vec<&Capability> = facts.capabilities.iter().filter(|capability| uses(matcher.of, capability)).collect();
    // What is chosen at run time may be anything that is declared.
    if doing.iter().any(|capability| capability.target_kind != TargetKind::Constant) {
        return Vec::new();
    }
    let needed = |declaration: &Declaration| match matcher.of {
        DeclaredKind::Tool => facts.tools.iter().any(|tool| tool.name == declaration.target),
        _ => doing
            .iter()
            .any(|capability| covers(declaration, &capability.target) && declaration.access.is_none_or(|access| access == capability.access)),
    };
    // One entry of a manifest may allow several things: a directory to write is one to read, too.
    let place = |declaration: &Declaration| (declaration.file.clone(), declaration.path.clone());
    let of_kind = || evidence.manifests.declarations.iter().filter(|declaration| declaration.kind == matcher.of);
    let entries_needed: BTreeSet<(String, String)> = of_kind().filter(|declaration| needed(declaration)).map(place).collect();
    let mut drafts: Vec<Draft> = Vec::new();
    let mut seen = BTreeSet::new();
    for declaration in of_kind() {
        let target = declaration.target.as_str();
        let excepted = matcher.except.iter().any(|pattern| wildcard(pattern, target))
            || (matcher.except_baseline && declaration.kind == DeclaredKind::Environment && is_baseline_environment(target));
        if declaration.implied || excepted || entries_needed.contains(&place(declaration)) {
            continue;
        }
        let key = vec![declaration.file.clone(), declaration.target.clone()];
        if !seen.insert(key.clone()) {
            continue;
        }
        let mut draft = Draft::at(declaration.location.clone());
        // A library that is not modelled may need it.
        draft.confidence = if facts.coverage.unresolved.is_empty() { Confidence::High } else { Confidence::Low };
        draft.words = vec![("target", format!("`{}`", shorten(&declaration.target, 120))), ("file", format!("`{}`", declaration.file))];
        draft.key = key;
        drafts.push(draft);
    }
    drafts
}

/// Whether a capability can be what a declaration of this kind is for. Unreached code counts: it may be reached by a way
/// that was not seen, and then the declaration is right.
fn uses(kind: DeclaredKind, capability: &Capability) -> bool {
    match kind {
        DeclaredKind::Network => matches!(capability.kind, CapabilityKind::Network | CapabilityKind::Database),
        DeclaredKind::Environment => capability.kind == CapabilityKind::Environment,
        DeclaredKind::Credential => capability.kind == CapabilityKind::Credential,
        DeclaredKind::Filesystem => matches!(capability.kind, CapabilityKind::Filesystem | CapabilityKind::Credential | CapabilityKind::Database),
        DeclaredKind::Process => capability.kind == CapabilityKind::Process,
        DeclaredKind::Database => capability.kind == CapabilityKind::Database,
        DeclaredKind::Tool => false,
    }
}
