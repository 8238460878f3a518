//! What the analysis knows of one server: plain data, in the vocabulary of the JSON report.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;

/// A place in a file: 1-based, columns in UTF-16 code units (as SARIF and editors count).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Place {
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// One step on the way from a handler (or the start of the program) to an effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    #[serde(flatten)]
    pub place: Place,
    /// `create_issue calls githubRequest`, …
    pub what: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CapabilityKind {
    Network,
    Environment,
    Credential,
    Filesystem,
    Process,
    Code,
    Database,
    Native,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    Connect,
    Listen,
    Read,
    Write,
    Delete,
    Spawn,
    Evaluate,
    Load,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// `target` is all of it.
    Constant,
    /// `target` begins (paths) or ends (hosts) what is reached; the rest is chosen at run time.
    Prefix,
    /// Chosen at run time: `*`.
    Dynamic,
}

/// Who chooses the target of a capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetFrom {
    Constant,
    Environment,
    /// A tool's argument: the model, in the end.
    Argument,
    /// A parameter of a function whose callers are not known.
    Parameter,
    /// Known by the library, not by the server's code.
    Library,
    /// Command line, configuration file.
    Config,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Declared {
    Yes,
    No,
    /// No declaration speaks of this kind at all.
    Unspecified,
}

/// Who can make it happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    Tool,
    /// Import time, `main`, install hooks.
    Startup,
    Dependency,
    #[default]
    Unreached,
}

/// Something the code can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Capability {
    /// Its position in [`ServerFacts::capabilities`].
    pub id: u32,
    pub kind: CapabilityKind,
    pub access: Access,
    /// Host (`api.github.com`, `*.amazonaws.com`, `*`), variable name, path (`~/.aws/credentials`, `*`), program (`git`).
    pub target: String,
    pub target_kind: TargetKind,
    pub target_from: TargetFrom,
    /// What it reads is a secret (by name or by place).
    pub secret: bool,
    pub declared: Declared,
    pub reach: Reach,
    /// Names of the tools that reach it, sorted.
    pub tools: Vec<String>,
    pub location: Place,
    pub steps: Vec<Step>,
    /// Names of the tool's arguments that choose the target, where known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// Names of the environment variables that choose the target, where known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
}

/// Where data that somebody outside chose is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sink {
    /// A line that a shell reads.
    Command,
    /// The program that is started.
    Program,
    /// One argument of a program that is started without a shell.
    Argument,
    Path,
    /// The URL or host of a request.
    Url,
    /// Text that is made into code.
    Code,
    /// A query: SQL, Cypher, KQL, …
    Query,
    /// HTML that somebody's browser shows.
    Markup,
    /// The text of a template.
    Template,
    /// A regular expression.
    Regex,
    /// Bytes that are made into objects of any class.
    Deserialise,
    /// Handed to the desktop to be opened.
    Open,
    /// Where a browser is sent.
    Redirect,
    /// A line of a log.
    Log,
    /// What is sent over the network.
    Payload,
    /// What is written into a file.
    Content,
    /// The environment or the input of a program that is started.
    Feed,
}

impl Sink {
    /// The name that models use.
    pub fn named(name: &str) -> Option<Sink> {
        serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
    }
}

/// Who chose the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlowSource {
    /// An argument of a tool.
    Argument,
    /// A request that reaches the server otherwise than as a call of a tool.
    Request,
    /// What was read by a capability ([`Flow::from`]), or an answer from elsewhere.
    Remote,
    Environment,
    /// Command line, configuration.
    Config,
}

/// How much of the text at the sink the data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// All of it.
    Whole,
    /// It begins with the data.
    Start,
    /// The data stands behind something else.
    Part,
}

/// What stands between source and sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guard {
    /// Nothing.
    Open,
    /// Something that does not hold.
    Weak,
    /// Something that would hold, on some ways only: not when a setting is absent, not after an error.
    Partial,
    /// Something that would hold, when a setting is there that is not always.
    Optional,
    Safe,
}

/// Data on its way from a source to a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    pub sink: Sink,
    pub source: FlowSource,
    /// The tool's argument, or the variable of the environment; empty when not one alone.
    pub name: String,
    /// The capability by which the data was read (a file, a host).
    pub from: Option<u32>,
    /// The capability at the sink.
    pub capability: Option<u32>,
    pub shape: Shape,
    pub guard: Guard,
    /// Why a guard does not hold; empty without one.
    pub because: String,
    /// A file is read, written or deleted: for paths.
    pub access: Option<Access>,
    /// The text at the sink, with `{…}` for what is not constant; the program for arguments.
    pub text: String,
    pub reach: Reach,
    /// Sorted.
    pub tools: Vec<String>,
    pub location: Place,
    /// Where the guard stands.
    pub related: Vec<Step>,
    pub steps: Vec<Step>,
}

/// Something done that is no capability, or that says more about one: the line a shell is given, what is written to a
/// file, who is sent what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deed {
    /// `command`, `content`, `request`, …
    pub what: String,
    /// The texts that say with what, by their names; `…` stands for what is chosen at run time.
    pub texts: BTreeMap<String, String>,
    /// Names of the tool's arguments that are in the texts, where known.
    pub arguments: Vec<String>,
    /// Nobody looks at the result.
    pub unused: bool,
    /// How often the loops around it do it, as far as their bounds are constants.
    pub times: f64,
    /// A tool's argument bounds a loop around it, as well.
    pub times_by_argument: bool,
    /// In a loop without an end.
    pub endless: bool,
    /// It happens only under a condition that looks at these: `date`, `person` (who runs it, and where), `watcher`.
    pub gates: Vec<&'static str>,
    pub reach: Reach,
    /// Names of the tools that reach it, sorted.
    pub tools: Vec<String>,
    pub location: Place,
    pub steps: Vec<Step>,
}

/// A tool as a client would see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tool {
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    /// As declared; only what is set (`readOnlyHint`, …).
    pub annotations: serde_json::Map<String, Json>,
    pub input_schema: Json,
    /// Whatever else a client is told of it (`outputSchema`, `_meta`, keys of no standard); `null` when there is nothing.
    #[serde(skip)]
    pub extra: Json,
    /// Where it is registered, or where it stands in a list of tools without code.
    pub location: Option<Place>,
    /// Where the handler is, when it was found.
    pub handler: Option<Place>,
    /// Registered only when some condition holds at run time.
    pub conditional: bool,
    /// Ids of the capabilities the handler reaches, sorted.
    pub capabilities: Vec<u32>,
}

/// A prompt or resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Offer {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Of a resource, or the template of its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    pub description: Option<String>,
    /// Whatever else a client is told of it: the arguments of a prompt, `_meta`; `null` when there is nothing.
    #[serde(skip)]
    pub extra: Json,
    pub location: Option<Place>,
}

/// Where a listener can be reached from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// From this machine, unless somebody asks for more.
    Local,
    /// From every network the machine is in, unless somebody asks for less.
    Everywhere,
    /// Only known when it runs.
    Unknown,
}

/// Whether something is checked before a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checked {
    Never,
    /// Only when somebody sets something up; without that everybody is let in.
    WhenSet,
    Always,
}

/// A listener that serves the protocol, and what stands between the network and the tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub location: Place,
    pub bound: Bound,
    /// Where an address that is open to every network stands in the code.
    pub chosen: Vec<Place>,
    /// Where transports over the network are made, beside the listener itself.
    pub transports: Vec<Place>,
    /// Whether the `Host` or `Origin` of a request is looked at.
    pub host: Checked,
    /// Versions of libraries from which on they look at it by themselves: `package 1.2.3`, sorted.
    pub host_since: Vec<String>,
    /// Whether the caller has to show who it is.
    pub caller: Checked,
    /// The server can be used without the network too.
    pub optional: bool,
    pub steps: Vec<Step>,
}

/// Something that a call says about how the server is set up, under the name that a model gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    pub name: String,
    pub location: Place,
    /// Whatever the settings are.
    pub certain: bool,
    pub reach: Reach,
}

/// Settings decide which tools are listed, and a call asks none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingGap {
    /// Where calls are answered.
    pub location: Place,
    /// Names of the settings, sorted.
    pub settings: Vec<String>,
    /// Where the list asks them.
    pub asks: Vec<Place>,
}

/// What was read and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Files of code (by name) in the target.
    pub files_total: u32,
    pub files_parsed: u32,
    pub files_skipped: Vec<SkippedFile>,
    pub unresolved: Vec<Unresolved>,
    /// Bytes of code read, and how many of them lay in syntax errors.
    pub bytes_parsed: u64,
    pub bytes_in_errors: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SkippedFile {
    pub file: String,
    pub reason: String,
}

/// Something that runs and that the analysis could not follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unresolved {
    pub location: Place,
    pub what: String,
    /// How much it hides.
    #[serde(skip)]
    pub weight: Weight,
}

/// How much something unseen weighs in the coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Said in the report, without consequence (an unmodelled dependency that no tool reaches).
    Note,
    /// A tool, handler or reachable import is not resolved: coverage `partial`.
    Partial,
    /// The entry point is opaque: coverage `poor`.
    Poor,
}

/// Everything known of one server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerFacts {
    /// Names of the languages of its code, sorted.
    pub languages: Vec<String>,
    /// `stdio`, `http`, `sse`, sorted.
    pub transports: Vec<String>,
    pub instructions: Option<String>,
    pub tools: Vec<Tool>,
    pub tools_complete: bool,
    pub tools_incomplete_because: Vec<String>,
    /// Its own code registers no tool and has nothing to register one with: it runs another package or passes on what another server offers.
    pub tools_elsewhere: bool,
    pub prompts: Vec<Offer>,
    pub resources: Vec<Offer>,
    pub capabilities: Vec<Capability>,
    /// Sorted by place and sink.
    pub flows: Vec<Flow>,
    pub services: Vec<Service>,
    pub settings: Vec<Setting>,
    pub listing_gaps: Vec<ListingGap>,
    /// Sorted by place.
    pub deeds: Vec<Deed>,
    pub coverage: Coverage,
    /// Something in the code speaks MCP (an SDK is used), even when no tool was found.
    pub speaks_mcp: bool,
}
