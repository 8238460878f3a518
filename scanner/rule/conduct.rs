//! Checks of what a tool does against what it says. One sign may say it all; others mean little alone and join.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use crate::analysis::facts::{Capability, Deed, Flow, Place, Reach, ServerFacts, Step, Tool};

use super::capability::{does, passes};
use super::check::{Filter, FlowFilter, Pattern};
use super::draft::{Draft, shorten, tool_names};
use super::haystack::Haystack;
use super::vocabulary::{self, Words};
use super::{Confidence, Evidence};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConductMatch {
    pub signs: Vec<Sign>,
    /// The signs of one tool must weigh this much together.
    #[serde(default = "one")]
    pub least: usize,
    /// A tool that speaks of one of these topics admits it: then it is no finding.
    #[serde(default)]
    pub unsaid: Vec<String>,
    /// Only tools that speak of one of these topics: what they promise.
    #[serde(default)]
    pub said: Vec<String>,
}

/// One thing that a tool does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// Completes "The tool …": `writes a hidden file`.
    pub says: String,
    #[serde(default = "one")]
    pub weight: usize,
    /// A finding that rests on this sign alone is at most this certain.
    pub confidence: Option<Confidence>,
    #[serde(default)]
    pub capability: Vec<Filter>,
    #[serde(default)]
    pub deed: Vec<DeedFilter>,
    #[serde(default)]
    pub flow: Vec<FlowFilter>,
    /// What is told apart by `different`, instead of all texts: one of them, or `host` for the host of its `url`.
    pub by: Option<String>,
    /// So many different targets or texts of it.
    #[serde(default = "one")]
    pub different: usize,
    /// Counts only where the tool does not speak of any of these.
    #[serde(default)]
    pub unsaid: Vec<String>,
    /// Counts only where the tool speaks of one of these.
    #[serde(default)]
    pub said: Vec<String>,
    /// Counts only where it is known what kind of tool this is, and that kind needs no effect of this family.
    pub beyond: Option<String>,
    /// It counts when nothing of this is done.
    #[serde(default)]
    pub absent: bool,
    /// Without this sign the others say nothing.
    #[serde(default)]
    pub needed: bool,
}

/// Which deeds. An empty list means any.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeedFilter {
    pub deed: String,
    /// Each text named here must match one of its expressions.
    #[serde(default)]
    pub texts: BTreeMap<String, Vec<Pattern>>,
    /// No text named here may match one of its expressions.
    #[serde(default)]
    pub except: BTreeMap<String, Vec<Pattern>>,
    /// The text named here is in one of these sets of places.
    #[serde(default)]
    pub places: BTreeMap<String, Vec<String>>,
    /// The text named here is a number at least as large.
    #[serde(default)]
    pub at_least: BTreeMap<String, f64>,
    /// The text named here is a number in which one of these bits is set.
    #[serde(default)]
    pub bits: BTreeMap<String, u32>,
    /// An argument of the tool whose name matches one of these is in the texts.
    #[serde(default)]
    pub arguments: Vec<Pattern>,
    /// Whether an argument of the tool is in the texts.
    pub argument: Option<bool>,
    /// It happens only under a condition that looks at one of these: `date`, `person`, `watcher`.
    #[serde(default)]
    pub gates: Vec<String>,
    /// Whether nobody looks at the result.
    pub unused: Option<bool>,
    /// Whether nobody ever looks at an answer of the host that a request goes to.
    pub unanswered: Option<bool>,
    /// Done so often by loops with constant bounds, or by one without end.
    pub times: Option<f64>,
    /// Whether a loop does it as often as an argument says.
    pub times_by_argument: Option<bool>,
    #[serde(default = "reached")]
    pub reach: Vec<Reach>,
}

fn reached() -> Vec<Reach> {
    vec![Reach::Tool, Reach::Startup]
}

fn one() -> usize {
    1
}

impl DeedFilter {
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.texts.values().chain(self.except.values()).chain([&self.arguments]).flatten()
    }
}

impl ConductMatch {
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.signs.iter().flat_map(|sign| &sign.deed).flat_map(DeedFilter::patterns)
    }

    pub(super) fn validate(&self) -> Result<(), String> {
        if self.signs.is_empty() {
            return Err("`signs` is empty: nothing would match".to_owned());
        }
        if let Some(sign) = self.signs.iter().find(|sign| sign.capability.is_empty() && sign.deed.is_empty() && sign.flow.is_empty()) {
            return Err(format!("`{}`: none of `capability`, `deed` and `flow` is given", sign.says));
        }
        let flows = self.signs.iter().flat_map(|sign| &sign.flow).flat_map(|flow| flow.from.iter().chain(&flow.into));
        let capabilities = self.signs.iter().flat_map(|sign| &sign.capability).chain(flows);
        let places = capabilities.flat_map(|filter| filter.places.iter().chain(&filter.except_places));
        let places = places.chain(self.signs.iter().flat_map(|sign| &sign.deed).flat_map(|deed| deed.places.values()).flatten());
        let topics = self.signs.iter().flat_map(|sign| sign.unsaid.iter().chain(&sign.said)).chain(&self.unsaid).chain(&self.said);
        vocabulary::check(places, topics)
    }
}

/// What a sign was seen by.
struct Seen<'a> {
    sign: &'a Sign,
    place: &'a Place,
    steps: &'a [Step],
    /// What exactly: a path, a line.
    detail: String,
}

/// What every tool does, and the server when it starts: taken apart once for all checks.
pub(super) struct Doings<'a> {
    tools: Vec<Done<'a>>,
    startup: Done<'a>,
}

/// What a tool does, or the server when it starts, and what is said of it.
struct Done<'a> {
    tool: Option<&'a Tool>,
    capabilities: Vec<&'a Capability>,
    deeds: Vec<&'a Deed>,
    flows: Vec<&'a Flow>,
    words: OnceCell<Words>,
}

impl<'a> Doings<'a> {
    pub(super) fn of(facts: &'a ServerFacts) -> Self {
        let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut tools: Vec<Done> = Vec::with_capacity(facts.tools.len());
        for tool in &facts.tools {
            let capabilities = tool.capabilities.iter().filter_map(|id| facts.capabilities.get(*id as usize)).filter(|c| c.reach == Reach::Tool);
            named.entry(&tool.name).or_default().push(tools.len());
            tools.push(Done::by(Some(tool), capabilities.collect()));
        }
        let capabilities = facts.capabilities.iter().filter(|c| c.reach == Reach::Startup).collect();
        let mut startup = Done::by(None, capabilities);
        startup.deeds.extend(facts.deeds.iter().filter(|deed| deed.reach == Reach::Startup));
        startup.flows.extend(facts.flows.iter().filter(|flow| flow.reach == Reach::Startup));
        let holders = |names: &[String]| names.iter().filter_map(|name| named.get(name.as_str())).flatten().copied().collect::<Vec<_>>();
        for deed in &facts.deeds {
            holders(&deed.tools).into_iter().for_each(|at| tools[at].deeds.push(deed));
        }
        for flow in &facts.flows {
            holders(&flow.tools).into_iter().for_each(|at| tools[at].flows.push(flow));
        }
        Doings { tools, startup }
    }
}

impl<'a> Done<'a> {
    fn by(tool: Option<&'a Tool>, capabilities: Vec<&'a Capability>) -> Self {
        Done { tool, capabilities, deeds: Vec::new(), flows: Vec::new(), words: OnceCell::new() }
    }

    fn words(&self, facts: &ServerFacts) -> &Words {
        self.words.get_or_init(|| self.tool.map_or_else(|| Words::of_server(facts), Words::of_tool))
    }
}

/// One finding for each tool, and one for what the server does when it starts.
pub(super) fn find<'a>(matcher: &'a ConductMatch, evidence: Evidence<'a>, doings: &Doings<'a>) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for done in &doings.tools {
        let Some(seen) = signs(matcher, done, evidence) else { continue };
        let draft = draft(&seen, done.tool);
        // Tools that share the code that does it share the finding.
        match drafts.iter_mut().find(|known| known.location == draft.location && known.words[1] == draft.words[1]) {
            Some(known) => {
                known.tools.extend(draft.tools);
                known.tools.sort();
                known.words[0].1 = format!("code behind {}", tool_names(&known.tools));
            }
            None => drafts.push(draft),
        }
    }
    if let Some(seen) = signs(matcher, &doings.startup, evidence) {
        drafts.push(draft(&seen, None));
    }
    drafts
}

/// The signs that are seen, the heaviest first, when together they are enough.
fn signs<'a>(matcher: &'a ConductMatch, done: &Done<'a>, evidence: Evidence) -> Option<Vec<Seen<'a>>> {
    let words = || done.words(evidence.facts);
    let mut seen: Vec<Seen> = Vec::new();
    let mut weight = 0;
    for sign in &matcher.signs {
        let mut witnesses: Vec<(String, &Place, &[Step])> = Vec::new();
        let mut kinds: BTreeSet<(String, Option<&Place>)> = BTreeSet::new();
        for capability in &done.capabilities {
            if sign.capability.iter().any(|filter| passes(filter, capability)) {
                kinds.insert((does(capability), None));
                witnesses.push((does(capability), &capability.location, &capability.steps));
            }
        }
        for deed in &done.deeds {
            if sign.deed.iter().any(|filter| fits(filter, deed, &evidence.facts.deeds)) {
                let kind = kind(sign, deed);
                // What has no texts is told apart by its place.
                let place = kind.is_empty().then_some(&deed.location);
                kinds.insert((kind, place));
                witnesses.push((shown(deed), &deed.location, &deed.steps));
            }
        }
        for flow in &done.flows {
            if sign.flow.iter().any(|filter| super::flow::concerns(filter, flow, evidence)) {
                let detail = carried(flow, evidence);
                kinds.insert((detail.clone(), None));
                witnesses.push((detail, &flow.location, &flow.steps));
            }
        }
        let enough = if sign.absent { witnesses.is_empty() } else { kinds.len() >= sign.different };
        let counts = enough
            && !sign.unsaid.iter().any(|topic| words().speak_of(topic))
            && sign.beyond.as_ref().is_none_or(|family| words().need_no(family))
            && (sign.said.is_empty() || sign.said.iter().any(|topic| words().speak_of(topic)));
        if !counts {
            if sign.needed {
                return None;
            }
            continue;
        }
        weight += sign.weight;
        if let Some((detail, place, steps)) = witnesses.into_iter().next() {
            seen.push(Seen { sign, place, steps, detail });
        }
    }
    let enough = weight >= matcher.least
        && !seen.is_empty()
        && !matcher.unsaid.iter().any(|topic| words().speak_of(topic))
        && (matcher.said.is_empty() || matcher.said.iter().any(|topic| words().speak_of(topic)));
    seen.sort_by_key(|seen| std::cmp::Reverse(seen.sign.weight));
    enough.then_some(seen)
}

pub(super) fn fits(filter: &DeedFilter, deed: &Deed, all: &[Deed]) -> bool {
    let text = |name: &str| deed.texts.get(name).map(String::as_str).unwrap_or_default();
    let any = |name: &str, patterns: &[Pattern]| {
        let text = text(name);
        let haystack = Haystack::new(text);
        patterns.iter().any(|pattern| pattern.matches(text, &haystack))
    };
    filter.deed == deed.what
        && filter.reach.contains(&deed.reach)
        && filter.argument.is_none_or(|wanted| wanted != deed.arguments.is_empty())
        && (filter.gates.is_empty() || filter.gates.iter().any(|gate| deed.gates.contains(&gate.as_str())))
        && filter.unused.is_none_or(|wanted| wanted == deed.unused)
        && filter.times.is_none_or(|times| deed.times >= times || deed.endless)
        && filter.times_by_argument.is_none_or(|wanted| wanted == deed.times_by_argument)
        && filter.at_least.iter().all(|(name, least)| text(name).parse::<f64>().is_ok_and(|number| number >= *least))
        && filter.bits.iter().all(|(name, bits)| text(name).parse::<u32>().is_ok_and(|number| number & bits != 0))
        && (filter.arguments.is_empty()
            || deed.arguments.iter().any(|name| filter.arguments.iter().any(|pattern| pattern.matches(name, &Haystack::new(name)))))
        && filter.places.iter().all(|(name, sets)| sets.iter().any(|set| vocabulary::place(set, text(name))))
        && filter.texts.iter().all(|(name, patterns)| any(name, patterns))
        && !filter.except.iter().any(|(name, patterns)| any(name, patterns))
        && filter.unanswered.is_none_or(|wanted| wanted == never_answers(deed, all))
}

/// What tells a deed from others of its sign.
fn kind(sign: &Sign, deed: &Deed) -> String {
    match sign.by.as_deref() {
        None => shown(deed),
        Some("host") => host(deed),
        Some(name) => deed.texts.get(name).cloned().unwrap_or_default(),
    }
}

/// The host of a request, without its port.
fn host(deed: &Deed) -> String {
    let url = deed.texts.get("url").map(String::as_str).unwrap_or_default();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name.to_owned(),
        _ => host,
    }
}

/// Whether no request of the server to the same host has an answer that somebody looks at.
fn never_answers(deed: &Deed, all: &[Deed]) -> bool {
    let to = host(deed);
    !all.iter().any(|other| other.what == deed.what && !other.unused && host(other) == to)
}

/// Where data comes from and where it goes.
fn carried(flow: &Flow, evidence: Evidence) -> String {
    let capability = |id: Option<u32>| id.and_then(|id| evidence.facts.capabilities.get(id as usize));
    let from = match capability(flow.from) {
        Some(read) => format!("what it {}", reads(read)),
        None if flow.name.is_empty() => format!("{:?}", flow.source).to_lowercase(),
        None => format!("`{}`", shorten(&flow.name, 60)),
    };
    match capability(flow.capability) {
        Some(into) => format!("{from}, when it {}", does(into)),
        None => from,
    }
}

fn reads(capability: &Capability) -> String {
    match does(capability).strip_prefix("connects to ") {
        Some(host) => format!("gets from {host}"),
        None => does(capability),
    }
}

/// The texts of a deed, for a reader.
pub(super) fn shown(deed: &Deed) -> String {
    let texts: Vec<String> = deed.texts.values().filter(|text| !text.is_empty()).map(|text| format!("`{}`", shorten(text, 100))).collect();
    texts.join(", ")
}

fn draft(seen: &[Seen], tool: Option<&Tool>) -> Draft {
    let Some(first) = seen.first() else { return Draft::at(Place::default()) };
    let mut draft = Draft::at(first.place.clone());
    draft.steps = first.steps.to_vec();
    draft.confidence = match seen {
        [only] => only.sign.confidence.unwrap_or(Confidence::High),
        all => all.iter().filter_map(|seen| seen.sign.confidence.or(Some(Confidence::High))).max().unwrap_or(Confidence::High),
    };
    let said = tool.and_then(|tool| tool.description.as_deref()).map(|text| shorten(text, 120)).filter(|text| !text.is_empty());
    let words = match (&said, tool) {
        (Some(said), _) => format!("says of itself: \"{said}\""),
        (None, Some(_)) => "says nothing of itself beyond its name".to_owned(),
        (None, None) => "says nothing of it".to_owned(),
    };
    if let Some(tool) = tool
        && let Some(place) = &tool.location
    {
        draft.related.push(Step { place: place.clone(), what: format!("`{}` {words}", shorten(&tool.name, 80)) });
    }
    for other in seen {
        if other.place != first.place || other.sign.says != first.sign.says {
            draft.related.push(Step { place: other.place.clone(), what: format!("{}: {}", other.sign.says, other.detail) });
        }
    }
    let says: Vec<&str> = seen.iter().map(|seen| seen.sign.says.as_str()).collect();
    let says = match says.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    };
    let who = tool.map_or("the server, when it starts,".to_owned(), |tool| tool_names(std::slice::from_ref(&tool.name)));
    draft.words = vec![("who", who), ("signs", says), ("words", words), ("detail", first.detail.clone())];
    draft.tools = tool.iter().map(|tool| tool.name.clone()).collect();
    draft.key = vec![tool.map(|tool| tool.name.clone()).unwrap_or_default()];
    draft.by_line = true;
    draft
}
