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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    pub name: String,
    pub description: Option<String>,
    pub location: Option<Place>,
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
    pub prompts: Vec<Offer>,
    pub resources: Vec<Offer>,
    pub capabilities: Vec<Capability>,
    /// Sorted by place.
    pub deeds: Vec<Deed>,
    pub coverage: Coverage,
    /// Something in the code speaks MCP (an SDK is used), even when no tool was found.
    pub speaks_mcp: bool,
}
