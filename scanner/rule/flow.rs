//! Checks of where data goes that somebody outside chose.

use std::collections::{BTreeMap, HashMap};

use crate::analysis::facts::{Capability, Flow, FlowSource, Guard, Reach, Shape, Sink, Step, Tool};

use super::capability::passes;
use super::check::{FlowFilter, FlowMatch, Grade, Pattern};
use super::draft::{Draft, shorten, tool_names};
use super::{Confidence, Evidence, Severity};

/// Places that one finding names beside its own.
const MAX_RELATED: usize = 20;

/// A flow that a check is about, and how bad it is.
struct Judged<'a> {
    flow: &'a Flow,
    severity: Option<Severity>,
    confidence: Confidence,
}

/// What the tools say of themselves: many flows ask for the same.
#[derive(Default)]
struct Said<'a> {
    /// By tool and argument.
    designed: HashMap<(&'a str, &'a str), bool>,
    read_only: HashMap<&'a str, bool>,
}

/// One finding for every place and sink.
pub(super) fn find(matcher: &FlowMatch, evidence: Evidence) -> Vec<Draft> {
    let mut groups: BTreeMap<_, Vec<Judged>> = BTreeMap::new();
    let mut said = Said::default();
    for flow in evidence.facts.flows.iter().filter(|flow| matcher.of.iter().any(|filter| concerns(filter, flow, evidence))) {
        let Some(judged) = judge(matcher, flow, evidence, &mut said) else { continue };
        groups.entry((&flow.location, flow.sink)).or_default().push(judged);
    }
    let drafts = groups.into_values().filter_map(|members| draft(&members, evidence)).collect();
    joined(drafts)
}

/// What the same people choose, in the same tools, is one finding wherever it is used; a header of a request is one whatever
/// the tool.
fn joined(drafts: Vec<Draft>) -> Vec<Draft> {
    let mut all: Vec<Draft> = Vec::with_capacity(drafts.len());
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for draft in drafts {
        let by_tool = draft.key.first().is_some_and(|kind| kind.ends_with("/argument"));
        let key = (draft.key.clone(), draft.severity, if by_tool { draft.tools.clone() } else { Vec::new() });
        match known.get(&key).and_then(|at| all.get_mut(*at)) {
            Some(first) => {
                let here = Step { place: draft.location, what: "and here".to_owned() };
                first.related.extend([here].into_iter().chain(draft.related).filter(|step| !first.related.contains(step)).collect::<Vec<_>>());
                first.related.truncate(MAX_RELATED);
                first.tools.extend(draft.tools);
                first.tools.sort();
                first.tools.dedup();
            }
            None => {
                known.insert(key, all.len());
                all.push(draft);
            }
        }
    }
    all
}

fn among<T: PartialEq>(list: &[T], item: &T) -> bool {
    list.is_empty() || list.contains(item)
}

fn matches(wanted: &Option<Pattern>, text: &str) -> bool {
    wanted.as_ref().is_none_or(|pattern| pattern.regex().is_some_and(|regex| regex.is_match(text)))
}

pub(super) fn concerns(filter: &FlowFilter, flow: &Flow, evidence: Evidence) -> bool {
    let capability = |id: Option<u32>| id.and_then(|id| evidence.facts.capabilities.get(id as usize));
    let fits = |wanted: &Option<super::check::Filter>, found: Option<&Capability>| match wanted {
        None => true,
        Some(filter) => found.is_some_and(|capability| passes(filter, capability)),
    };
    among(&filter.sink, &flow.sink)
        && filter.named.is_none_or(|wanted| wanted != flow.name.is_empty())
        && among(&filter.source, &flow.source)
        && among(&filter.shape, &flow.shape)
        && among(&filter.guard, &flow.guard)
        && among(&filter.reach, &flow.reach)
        && (filter.access.is_empty() || flow.access.is_some_and(|access| filter.access.contains(&access)))
        && matches(&filter.text, &flow.text)
        && matches(&filter.because, &flow.because)
        && fits(&filter.from, capability(flow.from))
        && fits(&filter.into, capability(flow.capability))
}

/// How bad a flow is; `None` when it is none of the check's business after all.
fn judge<'a>(matcher: &FlowMatch, flow: &'a Flow, evidence: Evidence<'a>, said: &mut Said<'a>) -> Option<Judged<'a>> {
    let tools: Vec<&Tool> = evidence.facts.tools.iter().filter(|tool| flow.tools.binary_search(&tool.name).is_ok()).collect();
    let designed = !tools.is_empty()
        && tools.iter().all(|tool| *said.designed.entry((&tool.name, &flow.name)).or_insert_with(|| speaks_of(&matcher.by_design, tool, &flow.name)));
    let hinted = |tool: &Tool| tool.annotations.get("readOnlyHint").and_then(|hint| hint.as_bool()) == Some(true);
    let read_only =
        tools.iter().any(|tool| hinted(tool) || *said.read_only.entry(&tool.name).or_insert_with(|| speaks_of(&matcher.says_read_only, tool, "")));
    let applies = |grade: &&Grade| {
        among(&grade.source, &flow.source)
            && among(&grade.shape, &flow.shape)
            && among(&grade.guard, &flow.guard)
            && among(&grade.reach, &flow.reach)
            && (grade.access.is_empty() || flow.access.is_some_and(|access| grade.access.contains(&access)))
            && grade.designed.is_none_or(|wanted| wanted == designed)
            && grade.read_only.is_none_or(|wanted| wanted == read_only)
            && matches(&grade.text, &flow.text)
            && matches(&grade.because, &flow.because)
    };
    match matcher.grades.iter().find(applies) {
        Some(grade) if grade.skip => None,
        Some(grade) => Some(Judged { flow, severity: grade.severity, confidence: grade.confidence.unwrap_or(Confidence::High) }),
        None => Some(Judged { flow, severity: None, confidence: Confidence::High }),
    }
}

/// Whether a tool, or the name of its argument, says one of these things.
fn speaks_of(patterns: &[Pattern], tool: &Tool, argument: &str) -> bool {
    let said = format!(
        "{}. {}. {} {}",
        words(&tool.name),
        words(argument),
        tool.title.as_deref().unwrap_or_default(),
        tool.description.as_deref().unwrap_or_default()
    );
    patterns.iter().any(|pattern| pattern.regex().is_some_and(|regex| regex.is_match(&said)))
}

/// The words of a name: `readFile`, `read_file` and `read-file` are the same ones.
fn words(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    let mut small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            text.push(' ');
        } else {
            if c.is_uppercase() && small {
                text.push(' ');
            }
            text.extend(c.to_lowercase());
        }
        small = c.is_lowercase();
    }
    text
}

fn draft(members: &[Judged], evidence: Evidence) -> Option<Draft> {
    // The worst of them is the witness; among equals the first.
    let mut witness: Option<&Judged> = None;
    for member in members {
        let rank = |judged: &Judged| (judged.severity.is_none(), judged.severity, judged.confidence, judged.flow.guard == Guard::Open);
        if witness.is_none_or(|best| rank(member) > rank(best)) {
            witness = Some(member);
        }
    }
    let witness = witness?;
    let flow = witness.flow;
    let mut tools: Vec<String> = members.iter().flat_map(|member| member.flow.tools.iter().cloned()).collect();
    tools.sort();
    tools.dedup();
    let mut names: Vec<&str> =
        members.iter().filter(|m| m.flow.source == flow.source).map(|m| m.flow.name.as_str()).filter(|n| !n.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    let mut draft = Draft::at(flow.location.clone());
    draft.severity = witness.severity;
    draft.confidence = witness.confidence;
    draft.steps = flow.steps.clone();
    draft.related = flow.related.clone();
    // One place of use, several where the text is made: each has to be changed.
    for step in members.iter().flat_map(|member| &member.flow.related) {
        if draft.related.len() < MAX_RELATED && !draft.related.contains(step) {
            draft.related.push(step.clone());
        }
    }
    let read = flow.from.and_then(|id| evidence.facts.capabilities.get(id as usize));
    if let Some(read) = read {
        draft.related.push(Step { place: read.location.clone(), what: super::capability::does(read) });
    }
    draft.words = vec![
        ("source", source(flow, &names, read)),
        ("text", shorten(&flow.text, 120)),
        ("reach", if tools.is_empty() { "the server".to_owned() } else { tool_names(&tools) }),
        ("guard", guard(flow)),
        ("target", target(flow, evidence)),
    ];
    draft.key = vec![format!("{:?}/{:?}", flow.sink, flow.source).to_lowercase(), names.join(",")];
    draft.by_line = true;
    draft.tools = tools;
    // What the schema of the argument demands may be what keeps it in bounds.
    draft.unseen = unseen_schema(flow, evidence);
    if draft.unseen {
        draft.confidence = Confidence::Low;
    }
    Some(draft)
}

/// Whether nothing could be read of what the tools demand of their arguments.
fn unseen_schema(flow: &Flow, evidence: Evidence) -> bool {
    let mut tools = evidence.facts.tools.iter().filter(|tool| flow.tools.binary_search(&tool.name).is_ok()).peekable();
    flow.source == FlowSource::Argument
        && !flow.name.is_empty()
        && tools.peek().is_some()
        && tools.all(|tool| tool.input_schema.get("properties").and_then(|all| all.as_object()).is_none_or(|all| all.is_empty()))
}

/// Who chose the data, for people.
fn source(flow: &Flow, names: &[&str], read: Option<&Capability>) -> String {
    let listed = names.iter().take(4).map(|name| format!("`{}`", shorten(name, 60))).collect::<Vec<_>>().join(", ");
    match flow.source {
        FlowSource::Argument if names.is_empty() => "an argument of the tool".to_owned(),
        FlowSource::Argument if names.len() == 1 => format!("the argument {listed}"),
        FlowSource::Argument => format!("the arguments {listed}"),
        FlowSource::Request if names.is_empty() => "a request that anybody can send".to_owned(),
        FlowSource::Request => format!("a request that anybody can send (its {listed})"),
        FlowSource::Remote => match read {
            Some(read) => format!("what the server gets when it {}", super::capability::does(read)),
            None => "data from elsewhere".to_owned(),
        },
        FlowSource::Environment if names.len() == 1 => format!("the variable {listed}"),
        FlowSource::Environment if !names.is_empty() => format!("the variables {listed}"),
        FlowSource::Environment => "a variable of the environment".to_owned(),
        FlowSource::Config => "the configuration".to_owned(),
    }
}

/// What stands in the way, for people.
fn guard(flow: &Flow) -> String {
    match flow.guard {
        Guard::Weak | Guard::Partial | Guard::Optional => format!("what stands in the way does not hold ({})", flow.because),
        _ => "nothing stands in the way".to_owned(),
    }
}

fn target(flow: &Flow, evidence: Evidence) -> String {
    let capability = flow.capability.and_then(|id| evidence.facts.capabilities.get(id as usize));
    match (flow.sink, capability) {
        (Sink::Payload | Sink::Content | Sink::Feed | Sink::Argument | Sink::Program, Some(capability))
            if flow.shape != Shape::Whole || flow.text.is_empty() =>
        {
            format!("`{}`", shorten(&capability.target, 120))
        }
        _ => format!("`{}`", shorten(&flow.text, 120)),
    }
}

/// What is reached when nothing is said of it.
pub(super) fn reached() -> Vec<Reach> {
    vec![Reach::Tool, Reach::Startup]
}
