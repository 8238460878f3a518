//! Checks as data: what a rule file may say, read and validated.

use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

use crate::analysis::facts::{Access, Bound, CapabilityKind, Checked, FlowSource, Guard, Reach, Shape, Sink, TargetFrom, TargetKind};
use crate::manifest::DeclaredKind;
use crate::rules;

use super::conduct::ConductMatch;
use super::haystack::{self, Haystack, Required};
use super::text::CharacterClass;
use super::words::Shape as TextShape;
use super::{Confidence, Severity, markdown};

/// One check: what it finds, how bad that is, and the words for people.
#[derive(Debug)]
pub struct Check {
    /// The stem of its file: `undeclared-network`.
    pub id: String,
    /// The folder it lies in.
    pub family: String,
    pub title: String,
    pub severity: Severity,
    /// At most this; single findings may be less certain.
    pub confidence: Confidence,
    pub cwe: Vec<String>,
    /// `OWASP-MCP03`, `SAFE-T1001`, …
    pub tags: Vec<String>,
    /// Untidy rather than dangerous: costs little in the score.
    pub hygiene: bool,
    /// Evidence of malice.
    pub malicious: bool,
    pub matcher: Matcher,
    /// Template of a finding's message.
    pub message: String,
    pub finds: String,
    pub matters: String,
    pub remedy: String,
    pub examples: Vec<Example>,
}

/// A small server, with the expected findings written in its code.
#[derive(Clone, Debug)]
pub struct Example {
    pub bad: bool,
    /// Line of the rule file.
    pub line: usize,
    pub files: Vec<ExampleFile>,
}

#[derive(Clone, Debug)]
pub struct ExampleFile {
    pub name: String,
    pub text: String,
    /// Line of the rule file at which the text begins.
    pub line: usize,
}

/// Why a rule file is not one.
#[derive(Debug, thiserror::Error)]
#[error("rules/{file}:{line}: {what}")]
pub struct CheckError {
    pub file: String,
    pub line: usize,
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    title: String,
    severity: Severity,
    confidence: Confidence,
    #[serde(default)]
    cwe: Vec<String>,
    #[serde(default)]
    owasp_mcp: Vec<String>,
    #[serde(default)]
    owasp_llm: Vec<String>,
    #[serde(default)]
    owasp_asi: Vec<String>,
    #[serde(default)]
    atlas: Vec<String>,
    #[serde(default)]
    safe_mcp: Vec<String>,
    #[serde(default)]
    hygiene: bool,
    #[serde(default)]
    malicious: bool,
    r#match: Matcher,
    message: String,
}

/// What a check looks for.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Matcher {
    /// Capabilities that a manifest specifies and does not list; one finding per target.
    Undeclared(CapabilityMatch),
    /// Capabilities as such; one finding per place.
    Capability(CapabilityMatch),
    /// Data that somebody outside chose, where it does harm; one finding per place.
    Flow(FlowMatch),
    /// Declarations that nothing in the code needs.
    Overdeclared(OverdeclaredMatch),
    /// Commands that run when the package is installed.
    InstallHook(InstallHookMatch),
    /// Tools whose annotations say something else than their handlers do.
    Annotation(AnnotationMatch),
    /// Tools that a complete list in a manifest lacks.
    UnlistedTool(NoData),
    /// Text that a model reads.
    Text(TextMatch),
    /// What a tool does, against what it says: one sign, or several that mean little alone.
    Conduct(ConductMatch),
    /// Words in such texts, by what they mean together.
    Words(WordsMatch),
    /// Listeners that serve the protocol, by what stands between the network and the tools.
    Service(ServiceMatch),
    /// What a call says about how the server is set up.
    Setting(SettingMatch),
    /// Tools that settings hide from the list and that a call still reaches.
    ListingGap(NoData),
}

/// Which listeners. An empty list means any.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceMatch {
    #[serde(default)]
    pub bound: Vec<Bound>,
    #[serde(default)]
    pub caller: Vec<Checked>,
    #[serde(default)]
    pub host: Vec<Checked>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingMatch {
    /// Names that models give.
    pub of: Vec<String>,
    /// Only what holds however the server is set up.
    #[serde(default)]
    pub certain: bool,
    #[serde(default = "reached")]
    pub reach: Vec<Reach>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoData {}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapabilityMatch {
    pub of: Vec<Filter>,
    #[serde(default)]
    pub lower: Vec<Lower>,
}

/// Which capabilities. An empty list means any.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    pub capability: CapabilityKind,
    #[serde(default)]
    pub access: Vec<Access>,
    pub secret: Option<bool>,
    #[serde(default)]
    pub target_kind: Vec<TargetKind>,
    #[serde(default)]
    pub target_from: Vec<TargetFrom>,
    /// What is never reached is never a finding, whatever is written here.
    #[serde(default = "reached")]
    pub reach: Vec<Reach>,
    /// Only these targets count; `*` stands for anything.
    #[serde(default)]
    pub targets: Vec<String>,
    /// Only targets in these sets of `rules/vocabulary.yml` count.
    #[serde(default)]
    pub places: Vec<String>,
    /// Targets in these sets do not count.
    #[serde(default)]
    pub except_places: Vec<String>,
    /// Targets that do not count; `*` stands for anything.
    #[serde(default)]
    pub except: Vec<String>,
    /// Hosts on this machine do not count.
    #[serde(default)]
    pub except_local: bool,
    /// Variables that every process reads do not count.
    #[serde(default)]
    pub except_baseline: bool,
}

/// Data on its way.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowMatch {
    pub of: Vec<FlowFilter>,
    /// A tool whose name, title or description matches one of these says that this is what it is for.
    #[serde(default)]
    pub by_design: Vec<Pattern>,
    /// A tool whose name, title or description matches one of these promises to read only, as the annotation does.
    #[serde(default)]
    pub says_read_only: Vec<Pattern>,
    /// The first that fits decides; without one, the severity is that of the check.
    #[serde(default)]
    pub grades: Vec<Grade>,
}

/// Which flows. An empty list means any.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowFilter {
    #[serde(default)]
    pub sink: Vec<Sink>,
    pub source: Vec<FlowSource>,
    #[serde(default)]
    pub shape: Vec<Shape>,
    #[serde(default)]
    pub guard: Vec<Guard>,
    #[serde(default = "super::flow::reached")]
    pub reach: Vec<Reach>,
    #[serde(default)]
    pub access: Vec<Access>,
    /// Whether one argument or variable alone is what flows; all of them have no name.
    pub named: Option<bool>,
    /// The text at the sink, with `{…}` for what is not constant.
    pub text: Option<Pattern>,
    /// Why a guard does not hold.
    pub because: Option<Pattern>,
    /// The capability by which the data was read.
    pub from: Option<Filter>,
    /// The capability at the sink.
    pub into: Option<Filter>,
}

/// How bad the flows are that fit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// It is no finding.
    #[serde(default)]
    pub skip: bool,
    pub severity: Option<Severity>,
    pub confidence: Option<Confidence>,
    #[serde(default)]
    pub source: Vec<FlowSource>,
    #[serde(default)]
    pub shape: Vec<Shape>,
    #[serde(default)]
    pub guard: Vec<Guard>,
    #[serde(default)]
    pub reach: Vec<Reach>,
    #[serde(default)]
    pub access: Vec<Access>,
    /// The tools say that this is what they are for.
    pub designed: Option<bool>,
    /// A tool is annotated as read-only, or says so.
    pub read_only: Option<bool>,
    pub text: Option<Pattern>,
    pub because: Option<Pattern>,
}

fn reached() -> Vec<Reach> {
    vec![Reach::Tool, Reach::Startup]
}

/// Where a finding is less certain than its check.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lower {
    pub to: Confidence,
    #[serde(default)]
    pub target_kind: Vec<TargetKind>,
    #[serde(default)]
    pub target_from: Vec<TargetFrom>,
    #[serde(default)]
    pub reach: Vec<Reach>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverdeclaredMatch {
    pub of: DeclaredKind,
    #[serde(default)]
    pub except: Vec<String>,
    /// Variables that every process reads do not count.
    #[serde(default)]
    pub except_baseline: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallHookMatch {
    /// Names of hooks.
    pub hooks: Vec<String>,
    /// Commands that are known to do nothing of interest; each must match the whole command.
    #[serde(default)]
    pub except: Vec<Pattern>,
    /// Only commands in which one of these is found, …
    #[serde(default)]
    pub commands: Vec<Pattern>,
    /// … and those that run a file of the target which does one of these, wherever it is called from.
    #[serde(default)]
    pub reaches: Vec<Filter>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnotationMatch {
    pub hint: String,
    pub value: bool,
    #[serde(default)]
    pub contradicts: Vec<Filter>,
    /// The same of what is no capability: requests that change something, lines that are added.
    #[serde(default)]
    pub deeds: Vec<super::conduct::DeedFilter>,
    #[serde(default)]
    pub lower: Vec<Lower>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextMatch {
    pub r#where: Vec<TextPlace>,
    pub evidence: Vec<TextEvidence>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordsMatch {
    pub r#where: Vec<TextPlace>,
    pub evidence: Vec<WordsEvidence>,
}

/// Evidence that is a finding when it stands together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordsEvidence {
    /// Completes "The description …".
    pub says: String,
    pub confidence: Option<Confidence>,
    /// Names of classes or evidence of `rules/words/`, all of which must be there; `a|b` is one or the other.
    #[serde(default)]
    pub all: Vec<String>,
    /// Names of which `least` must be there besides.
    #[serde(default)]
    pub of: Vec<String>,
    /// None of which may be there.
    #[serde(default)]
    pub none: Vec<String>,
    /// Within so many sentences.
    #[serde(default = "one")]
    pub window: usize,
    /// Only here, not wherever the check looks.
    pub r#where: Option<Vec<TextPlace>>,
    /// Not when the tool's name, or those of the others of its server, are about this.
    #[serde(default)]
    pub not_about: Vec<String>,
    /// How a text is written; excludes `all`.
    pub shape: Option<TextShape>,
    /// So much of it.
    pub least: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextPlace {
    Name,
    Title,
    Description,
    /// Every text in the input schema: names, descriptions, defaults, enumerations, unknown keys.
    Parameter,
    /// The server's instructions.
    Instructions,
    /// Prompts and resources.
    Offer,
    /// What a tool answers, as far as it stands in the code.
    Result,
}

/// One kind of evidence in a text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextEvidence {
    /// Completes "The description …": `asks the model to keep something from the user`.
    pub says: String,
    pub confidence: Option<Confidence>,
    /// All of them must match, within `window` sentences.
    #[serde(default)]
    pub all: Vec<Pattern>,
    /// None of them may match in the same sentences.
    #[serde(default)]
    pub none: Vec<Pattern>,
    #[serde(default = "one")]
    pub window: usize,
    /// A group `(?<tool>…)` of the first pattern must name something that is no tool or parameter of this server.
    #[serde(default)]
    pub foreign: bool,
    /// Characters nobody sees. Judged on the text as it is; excludes the other keys.
    pub characters: Option<CharacterClass>,
    /// So many in a row.
    #[serde(default = "one")]
    pub run: usize,
    /// So many in the whole text.
    #[serde(default = "one")]
    pub total: usize,
}

fn one() -> usize {
    1
}

/// A regular expression, compiled when it is first needed: most never are, and compiling all of them costs more than
/// scanning a small server. [`parse`] compiles all, so that the tests see every mistake.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub struct Pattern {
    text: String,
    required: Required,
    compiled: OnceLock<Result<Regex, String>>,
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        Pattern { required: haystack::required_by(&text), text, compiled: OnceLock::new() }
    }
}

impl Pattern {
    /// Whether it matches; a cheap look for the words that every match contains comes first.
    pub(super) fn matches(&self, text: &str, haystack: &Haystack) -> bool {
        self.may_match(haystack) && self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// `None` when it is no regular expression.
    pub fn regex(&self) -> Option<&Regex> {
        self.compile().ok()
    }

    /// Whether a match in the text is not ruled out; never needs the expression itself.
    pub(super) fn may_match(&self, text: &Haystack) -> bool {
        text.may_match(self.required)
    }

    pub(super) fn compile(&self) -> Result<&Regex, String> {
        let build = || regex::RegexBuilder::new(&self.text).size_limit(1 << 22).build().map_err(|error| format!("`{}`: {error}", self.text));
        self.compiled.get_or_init(build).as_ref().map_err(Clone::clone)
    }
}

/// Every embedded check, sorted by id. They are read once; their examples are left out ([`parse`] has them).
pub fn load() -> Result<&'static [Check], &'static CheckError> {
    static CHECKS: LazyLock<Result<Vec<Check>, CheckError>> = LazyLock::new(embedded);
    CHECKS.as_deref()
}

fn embedded() -> Result<Vec<Check>, CheckError> {
    let mut checks = Vec::with_capacity(rules::CHECKS.len());
    let mut ids = BTreeSet::new();
    for (path, front, text) in rules::CHECKS {
        let fail = |what: String| CheckError { file: (*path).to_owned(), line: 1, what };
        let front: Front = serde_json::from_str(front).map_err(|error| fail(error.to_string()))?;
        let document = markdown::read(text).map_err(|(line, what)| CheckError { line, ..fail(what) })?;
        let check = check(path, front, document)?;
        if !ids.insert(check.id.clone()) {
            return Err(fail(format!("there is another rule `{}`", check.id)));
        }
        checks.push(check);
    }
    checks.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(checks)
}

/// Reads one rule file and checks everything in it. `path` is relative to `rules/`.
pub fn parse(path: &str, text: &str) -> Result<Check, CheckError> {
    let fail = |line: usize, what: String| CheckError { file: path.to_owned(), line, what };
    let text = text.replace("\r\n", "\n");
    let document = markdown::read(&text).map_err(|(line, what)| fail(line, what))?;
    let front: Front = serde_saphyr::from_str(document.front).map_err(|error| {
        let line = error.location().map_or(0, |location| usize::try_from(location.line()).unwrap_or(1).saturating_sub(1));
        fail(document.front_line + line, error.without_snippet().to_string())
    })?;
    for (bad, name) in [(true, "Bad"), (false, "Ok")] {
        if !document.examples.iter().any(|example| example.bad == bad) {
            return Err(fail(1, format!("there is no example `## {name}`")));
        }
    }
    let check = check(path, front, document)?;
    let line = text.lines().position(|line| line.trim_start().starts_with("match:")).map_or(1, |at| at + 1);
    check.matcher.compile().map_err(|what| fail(line, what))?;
    Ok(check)
}

/// A check of its parts.
fn check(path: &str, front: Front, document: markdown::Document<'_>) -> Result<Check, CheckError> {
    let fail = |line: usize, what: String| CheckError { file: path.to_owned(), line, what };
    let at = |key: &str| {
        let key = format!("{key}:");
        document.front_line + document.front.lines().position(|line| line.trim_start().starts_with(&key)).unwrap_or(0)
    };

    let mut parts = path.rsplit('/');
    let id = parts.next().and_then(|name| name.strip_suffix(".md")).unwrap_or_default().to_owned();
    let family = parts.next().unwrap_or_default().to_owned();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
        return Err(fail(1, format!("`{id}`: the name of a rule is made of lower-case letters and hyphens")));
    }
    for cwe in &front.cwe {
        if cwe.strip_prefix("CWE-").is_none_or(|number| number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(fail(at("cwe"), format!("`{cwe}` is not of the form CWE-123")));
        }
    }
    for name in placeholders(&front.message) {
        if !front.r#match.placeholders().contains(&name) {
            let known = front.r#match.placeholders().join("}, {");
            return Err(fail(at("message"), format!("the message has no placeholder {{{name}}}; there are {{{known}}}")));
        }
    }
    front.r#match.validate().map_err(|what| fail(at("match"), what))?;

    let section = |name: &str| match document.sections.iter().find(|(_, heading, _)| heading == name) {
        Some((line, _, text)) if text.trim().is_empty() => Err(fail(*line, format!("`## {name}` is empty"))),
        Some((_, _, text)) => Ok(text.trim().to_owned()),
        None => Err(fail(1, format!("there is no section `## {name}`"))),
    };
    let (finds, matters, remedy) = (section("What it finds")?, section("Why it matters")?, section("What to do")?);

    let named = |list: &[String], prefix: &str| list.iter().map(|tag| format!("{prefix}{tag}")).collect::<Vec<_>>();
    let tags = [
        named(&front.owasp_mcp, "OWASP-"),
        named(&front.owasp_llm, "OWASP-"),
        named(&front.owasp_asi, "OWASP-"),
        named(&front.atlas, "ATLAS-"),
        named(&front.safe_mcp, "SAFE-"),
    ]
    .concat();
    Ok(Check {
        id,
        family,
        title: front.title,
        severity: front.severity,
        confidence: front.confidence,
        cwe: front.cwe,
        tags,
        hygiene: front.hygiene,
        malicious: front.malicious,
        matcher: front.r#match,
        message: front.message.split_whitespace().collect::<Vec<_>>().join(" "),
        finds,
        matters,
        remedy,
        examples: document.examples,
    })
}

/// The names between braces.
fn placeholders(template: &str) -> Vec<&str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

impl Matcher {
    /// What a message may refer to.
    fn placeholders(&self) -> &'static [&'static str] {
        match self {
            Matcher::Undeclared(_) | Matcher::Capability(_) => &["target", "does", "reach", "chosen"],
            Matcher::Flow(_) => &["source", "text", "reach", "guard", "target"],
            Matcher::Overdeclared(_) => &["target", "file"],
            Matcher::InstallHook(_) => &["name", "command", "does"],
            Matcher::Annotation(_) => &["tool", "does"],
            Matcher::UnlistedTool(_) => &["tool", "file"],
            Matcher::Text(_) => &["place", "says", "quote"],
            Matcher::Words(_) => &["place", "says", "quote", "because"],
            Matcher::Service(_) => &["bound", "unless"],
            Matcher::Setting(_) => &["when"],
            Matcher::ListingGap(_) => &["settings"],
            Matcher::Conduct(_) => &["who", "signs", "words", "detail"],
        }
    }

    /// Compiles every regular expression.
    pub(super) fn compile(&self) -> Result<(), String> {
        let compile = |patterns: &[Pattern]| patterns.iter().try_for_each(|pattern| pattern.compile().map(|_| ()));
        match self {
            Matcher::InstallHook(matcher) => compile(&matcher.except).and_then(|()| compile(&matcher.commands)),
            Matcher::Flow(matcher) => {
                compile(&matcher.by_design)?;
                compile(&matcher.says_read_only)?;
                let texts = matcher.of.iter().flat_map(|f| [&f.text, &f.because]).chain(matcher.grades.iter().flat_map(|g| [&g.text, &g.because]));
                texts.flatten().try_for_each(|pattern| pattern.compile().map(|_| ()))
            }
            Matcher::Text(matcher) => matcher.evidence.iter().try_for_each(|evidence| compile(&evidence.all).and_then(|()| compile(&evidence.none))),
            Matcher::Conduct(matcher) => matcher.patterns().try_for_each(|pattern| pattern.compile().map(|_| ())),
            Matcher::Annotation(matcher) => {
                matcher.deeds.iter().flat_map(super::conduct::DeedFilter::patterns).try_for_each(|pattern| pattern.compile().map(|_| ()))
            }
            _ => Ok(()),
        }
    }

    fn validate(&self) -> Result<(), String> {
        match self {
            Matcher::Undeclared(matcher) | Matcher::Capability(matcher) if matcher.of.is_empty() => {
                Err("`of` is empty: nothing would match".to_owned())
            }
            Matcher::Flow(matcher) if matcher.of.is_empty() => Err("`of` is empty: nothing would match".to_owned()),
            Matcher::InstallHook(matcher) if matcher.hooks.is_empty() => Err("`hooks` is empty: nothing would match".to_owned()),
            Matcher::Annotation(matcher) if matcher.contradicts.is_empty() && matcher.deeds.is_empty() => {
                Err("`contradicts` and `deeds` are empty: nothing would match".to_owned())
            }
            Matcher::Text(matcher) => matcher.evidence.iter().try_for_each(|evidence| evidence.validate()),
            Matcher::Words(matcher) => matcher.evidence.iter().try_for_each(|evidence| evidence.validate()),
            Matcher::Setting(matcher) if matcher.of.is_empty() => Err("`of` is empty: nothing would match".to_owned()),
            Matcher::Conduct(matcher) => matcher.validate(),
            _ => Ok(()),
        }
    }
}

impl WordsEvidence {
    fn validate(&self) -> Result<(), String> {
        if self.shape.is_some() != (self.all.is_empty() && self.of.is_empty()) {
            return Err(format!("`{}`: either `shape` or `all` is given", self.says));
        }
        Ok(())
    }

    /// The names of `rules/words/` that it uses.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        [&self.all, &self.of, &self.none, &self.not_about].into_iter().flatten().flat_map(|names| names.split('|')).map(str::trim)
    }
}

impl TextEvidence {
    fn validate(&self) -> Result<(), String> {
        let says = &self.says;
        match (self.characters.is_some(), self.all.is_empty()) {
            (true, false) => Err(format!("`{says}`: `characters` and `all` exclude each other")),
            (false, true) => Err(format!("`{says}`: neither `characters` nor `all` is given")),
            _ if self.run == 0 || self.window == 0 => Err(format!("`{says}`: `run` and `window` begin at 1")),
            _ if self.foreign && self.all.first().is_none_or(|pattern| !pattern.text.contains("(?<tool>")) => {
                Err(format!("`{says}`: `foreign` needs a group (?<tool>…) in the first pattern"))
            }
            _ => Ok(()),
        }
    }
}
