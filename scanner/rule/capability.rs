//! Checks of what the code can do: undeclared, or as such.

use std::collections::BTreeMap;

use crate::analysis::facts::{Access, Capability, CapabilityKind, Declared, Reach, Step, TargetFrom, TargetKind};
use crate::manifest::is_baseline_environment;

use super::check::{CapabilityMatch, Filter, Lower};
use super::draft::{Draft, shorten, tool_names};
use super::matching::{is_local_host, wildcard};
use super::{Confidence, Evidence, vocabulary};

/// What a manifest specifies and does not list, one finding per target.
pub(super) fn undeclared(matcher: &CapabilityMatch, evidence: Evidence) -> Vec<Draft> {
    let mut groups: BTreeMap<(CapabilityKind, Access, &str), Vec<&Capability>> = BTreeMap::new();
    for capability in matching(&matcher.of, evidence).filter(|capability| capability.declared == Declared::No) {
        groups.entry((capability.kind, capability.access, &capability.target)).or_default().push(capability);
    }
    groups
        .into_iter()
        .map(|((kind, access, target), mut members)| {
            members.sort_by(|a, b| a.location.cmp(&b.location));
            let mut draft = draft(&members, &matcher.lower);
            draft.key = vec![format!("{kind:?}/{access:?}").to_lowercase(), target.to_owned()];
            draft
        })
        .collect()
}

/// What the code does, declared or not, one finding per place.
pub(super) fn present(matcher: &CapabilityMatch, evidence: Evidence) -> Vec<Draft> {
    let mut groups: BTreeMap<_, Vec<&Capability>> = BTreeMap::new();
    for capability in matching(&matcher.of, evidence) {
        groups.entry((&capability.location, capability.kind)).or_default().push(capability);
    }
    groups
        .into_values()
        .map(|members| {
            let mut draft = draft(&members, &matcher.lower);
            draft.key = members
                .first()
                .map(|first| vec![format!("{:?}/{:?}", first.kind, first.access).to_lowercase(), first.target.clone()])
                .unwrap_or_default();
            draft.by_line = true;
            draft
        })
        .collect()
}

/// The capabilities that one of the filters lets through.
fn matching<'a>(filters: &'a [Filter], evidence: Evidence<'a>) -> impl Iterator<Item = &'a Capability> {
    evidence.facts.capabilities.iter().filter(move |capability| filters.iter().any(|filter| passes(filter, capability)))
}

pub(super) fn passes(filter: &Filter, capability: &Capability) -> bool {
    fn among<T: PartialEq>(list: &[T], item: &T) -> bool {
        list.is_empty() || list.contains(item)
    }
    let excepted = filter.except.iter().any(|pattern| wildcard(pattern, &capability.target)) && !climbs(capability);
    filter.capability == capability.kind
        && !excepted
        && capability.reach != Reach::Unreached
        && among(&filter.access, &capability.access)
        && among(&filter.target_kind, &capability.target_kind)
        && among(&filter.target_from, &capability.target_from)
        && among(&filter.reach, &capability.reach)
        && filter.secret.is_none_or(|secret| secret == capability.secret)
        && (filter.targets.is_empty() || filter.targets.iter().any(|pattern| wildcard(pattern, &capability.target)))
        && (filter.places.is_empty() || filter.places.iter().any(|set| vocabulary::place(set, &capability.target)))
        && !filter.except_places.iter().any(|set| vocabulary::place(set, &capability.target))
        && !(filter.except_local && is_local_host(&capability.target))
        && !(filter.except_baseline && is_baseline_environment(&capability.target))
}

/// A path that climbs out of where it begins is not what an exception is for.
fn climbs(capability: &Capability) -> bool {
    capability.kind == CapabilityKind::Filesystem && capability.target.split(['/', '\\']).any(|part| part == "..")
}

/// How certain a finding about a capability can be.
pub(super) fn certainty(lower: &[Lower], capability: &Capability) -> Confidence {
    lower
        .iter()
        .filter(|lower| {
            (lower.target_kind.is_empty() || lower.target_kind.contains(&capability.target_kind))
                && (lower.target_from.is_empty() || lower.target_from.contains(&capability.target_from))
                && (lower.reach.is_empty() || lower.reach.contains(&capability.reach))
        })
        .map(|lower| lower.to)
        .min()
        .unwrap_or(Confidence::High)
}

fn draft(members: &[&Capability], lower: &[Lower]) -> Draft {
    // The most certain of them is the best witness; among equals the first one.
    let mut witness: Option<&Capability> = None;
    for member in members {
        if witness.is_none_or(|best| certainty(lower, member) > certainty(lower, best)) {
            witness = Some(member);
        }
    }
    let mut tools: Vec<String> = members.iter().flat_map(|member| member.tools.iter().cloned()).collect();
    tools.sort();
    tools.dedup();

    let Some(witness) = witness else { return Draft::at(Default::default()) };
    let mut draft = Draft::at(witness.location.clone());
    draft.confidence = certainty(lower, witness);
    draft.steps = witness.steps.clone();
    let mut places: Vec<_> = members.iter().map(|member| &member.location).filter(|place| **place != witness.location).collect();
    places.sort();
    places.dedup();
    draft.related = places.into_iter().map(|place| Step { place: place.clone(), what: format!("{} here too", does(witness)) }).collect();
    draft.words =
        vec![("target", target(witness)), ("does", does(witness)), ("reach", reach(witness, &tools)), ("chosen", chosen(witness).to_owned())];
    draft.tools = tools;
    draft
}

/// What a capability does, as a verb with its object: ``connects to `api.example.com` ``.
pub(super) fn does(capability: &Capability) -> String {
    let verb = match (capability.kind, capability.access) {
        (CapabilityKind::Network | CapabilityKind::Database, Access::Listen) => "listens on",
        (CapabilityKind::Network | CapabilityKind::Database, _) => "connects to",
        (CapabilityKind::Code, _) => "runs",
        (CapabilityKind::Native, _) => "loads",
        (_, Access::Write) => "writes",
        (_, Access::Delete) => "deletes",
        (_, Access::Spawn) => "starts",
        _ => "reads",
    };
    format!("{verb} {}", target(capability))
}

fn target(capability: &Capability) -> String {
    let name = shorten(&capability.target, 120);
    let unknown = capability.target == "*" || capability.target.is_empty() || capability.target_kind == TargetKind::Dynamic;
    if !unknown {
        return match capability.kind {
            CapabilityKind::Environment => format!("the variable `{name}`"),
            CapabilityKind::Process => format!("the program `{name}`"),
            CapabilityKind::Code => "code".to_owned(),
            _ => format!("`{name}`"),
        };
    }
    let what = match capability.kind {
        CapabilityKind::Network => "a host",
        CapabilityKind::Environment => return "the whole environment".to_owned(),
        CapabilityKind::Credential => "a credential",
        CapabilityKind::Filesystem => "a path",
        CapabilityKind::Process => "a program",
        CapabilityKind::Code => "code",
        CapabilityKind::Database => "a database",
        CapabilityKind::Native => "native code",
    };
    format!("{what} {}", chosen(capability))
}

/// Who chooses a target.
fn chosen(capability: &Capability) -> &'static str {
    match capability.target_from {
        TargetFrom::Constant => "fixed in the code",
        TargetFrom::Environment => "chosen by the environment",
        TargetFrom::Argument => "chosen by an argument of the tool",
        TargetFrom::Parameter => "chosen at run time",
        TargetFrom::Library => "chosen by a library",
        TargetFrom::Config => "chosen by the configuration",
    }
}

/// What does it, as a subject in the singular: ``the tool `x` ``, ``code behind the tools `x` and `y` ``.
fn reach(capability: &Capability, tools: &[String]) -> String {
    match (capability.reach, tools) {
        (Reach::Startup, []) => "the server, when it starts,".to_owned(),
        (_, []) => "the server".to_owned(),
        (_, [_]) => tool_names(tools),
        (_, tools) => format!("code behind {}", tool_names(tools)),
    }
}
