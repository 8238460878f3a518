//! Models of libraries, compiled into a trie of access paths. The format is described in `rules/models/README.md`.

mod expression;
mod load;
mod raw;

use rustc_hash::FxHashMap;

use super::facts::{Access, CapabilityKind, Sink};
use crate::program::{Ecosystem, Interner, Symbol};

pub use expression::{Head, Selector, Step, ValueModel};
pub use load::{ModelError, ModelFile};

/// A node of the trie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

/// A step from one node to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    Member(Symbol),
    Call,
    /// Any member without an entry of its own.
    Any,
}

/// The models that apply to one program.
#[derive(Debug, Default)]
pub struct Models {
    nodes: Vec<Node>,
    children: FxHashMap<(NodeId, Edge), NodeId>,
    /// Of nodes of which nothing is known.
    empty: Entry,
    modules: FxHashMap<(Ecosystem, Symbol), NodeId>,
    /// Modules that make or register something of the protocol.
    sdks: Vec<Sdk>,
    shapes: Vec<Shape>,
    /// For each of the protocol's methods the module and name under which an SDK exports the schema of its requests.
    requests: FxHashMap<String, (Symbol, Symbol)>,
    /// Copies of libraries in bundles of the program.
    copies: Vec<crate::analysis::inlined::Copied>,
}

/// The methods by which a copy of a library's class is known where no name of the library is left.
#[derive(Debug)]
pub struct Shape {
    pub ecosystem: Ecosystem,
    pub methods: Vec<Symbol>,
    pub module: Symbol,
    pub path: Vec<Symbol>,
}

#[derive(Debug, Default)]
struct Node {
    has_children: bool,
    /// Most nodes are only on the way to others.
    entry: Option<Box<Entry>>,
    like: Option<NodeId>,
    /// Apart from the entry: another file may say what else a call does.
    deeds: Vec<DeedModel>,
}

impl Node {
    fn known(&self) -> bool {
        self.entry.as_ref().is_some_and(|entry| entry.known)
    }
}

/// What is known of one access path.
#[derive(Debug, Default)]
pub struct Entry {
    /// Something is said of this path: calling it is not an unmodelled call.
    pub known: bool,
    pub effects: Vec<EffectModel>,
    pub value: Option<ValueModel>,
    /// `None`: functions among the arguments are called with unknown arguments.
    pub calls: Option<Vec<CallbackModel>>,
    pub schema: Option<SchemaModel>,
    pub tool: Option<ToolModel>,
    pub handlers: Vec<HandlerModel>,
    pub prompt: Option<OfferModel>,
    pub resource: Option<OfferModel>,
    pub server: Option<ServerModel>,
    pub incomplete: Option<String>,
    pub mount: Option<MountModel>,
    /// Subclasses read one environment variable for each annotated field.
    pub settings: bool,
    /// What a framework makes of the classes that extend this one.
    pub subclass: Option<SubclassModel>,
    /// What a framework makes of the files in a folder, in a program that imports this module.
    pub folder: Option<FolderModel>,
    /// An SDK passes instances of this class to handlers, beside the tool's arguments.
    pub injected: bool,
    /// An SDK hands over all arguments of a tool in it, as the type that is its argument.
    pub extractor: bool,
    /// The call tests a text.
    pub check: Option<CheckModel>,
    /// What it does with its arguments beside its effects.
    pub sinks: Vec<(Sink, Vec<Selector>)>,
    /// Reading the member, not calling it, has the effects.
    pub on_get: bool,
    /// What the call says about how the server is set up.
    pub marks: Vec<MarkModel>,
    /// The call makes one of these with its own keyword arguments: their marks are its own.
    pub marks_of: Vec<Selector>,
}

/// Something worth knowing about how a server is set up: a check of who calls, a setting that no server should have.
#[derive(Clone, Debug)]
pub struct MarkModel {
    /// `gate-host`, `gate-auth`, or the name under which a check asks for it.
    pub name: String,
    /// `package 1.2.3`: the library does so from that version on.
    pub since: Option<String>,
    /// All of them must hold.
    pub when: Vec<MarkCondition>,
}

#[derive(Clone, Debug)]
pub struct MarkCondition {
    pub value: Vec<Selector>,
    pub test: MarkTest,
}

#[derive(Clone, Debug)]
pub enum MarkTest {
    /// Something else than nothing, `false` and `*` is given.
    Given,
    NotGiven,
    /// A text that stands in the code.
    Constant,
    OneOf(Vec<String>),
}

/// One effect of a call.
#[derive(Clone, Debug)]
pub struct EffectModel {
    pub kind: CapabilityKind,
    pub accesses: Vec<Access>,
    /// The selectors by role: `url`, `host`, `path`, `name`, `program`, `arguments`, `command`, `shell`, …
    pub roles: Vec<(Role, Vec<Selector>)>,
    /// Constant targets that only the library knows.
    pub constants: Vec<String>,
    /// Happens only when a selector may be one of these values.
    pub when: Option<(Vec<Selector>, Vec<String>)>,
    /// The name of a variable of the environment, where it is put together from several things.
    pub variable: Option<ValueModel>,
    /// The URL that is reached, where it is put together from several things.
    pub address: Option<ValueModel>,
    /// One variable of the environment for each field with a note under this key, of what [`Role::Source`] names.
    pub notes: Option<Symbol>,
}

/// Something a call does that is no capability, or that says more about one: permissions changed, text written.
#[derive(Clone, Debug)]
pub struct DeedModel {
    pub is: std::sync::Arc<str>,
    /// The texts that say with what, by their names.
    pub texts: Vec<(std::sync::Arc<str>, Vec<Selector>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Url,
    Base,
    Host,
    Port,
    Path,
    Name,
    Prefix,
    Program,
    Arguments,
    Command,
    Shell,
    Source,
    Mode,
    /// The function that says to which addresses a name leads.
    Lookup,
}

impl EffectModel {
    pub fn role(&self, role: Role) -> Option<&[Selector]> {
        self.roles.iter().find(|(r, _)| *r == role).map(|(_, s)| s.as_slice())
    }
}

/// A call that tests a text.
#[derive(Clone, Debug)]
pub struct CheckModel {
    pub text: Vec<Selector>,
    pub pattern: Vec<Selector>,
    /// What for: `prefix`, `suffix`, `contains`, `match`, `search`, `fullmatch`, `member`, `within`, `equal`, or a property of its own.
    pub test: String,
    /// It raises an error instead of being false.
    pub throws: bool,
    /// It is true when the text fails the test.
    pub negated: bool,
}

/// A function argument that is called back.
#[derive(Clone, Debug)]
pub struct CallbackModel {
    /// The first that is given; a list of functions is each of them.
    pub function: Vec<ValueModel>,
    pub with: Vec<ValueModel>,
}

/// How a call describes a parameter's type.
#[derive(Clone, Debug, Default)]
pub struct SchemaModel {
    pub json_type: Option<String>,
    /// Starts from the receiver's schema, or that of a selector.
    pub from: Option<Selector>,
    pub set: Vec<(String, Vec<Selector>)>,
    pub optional: bool,
    pub properties: Option<Selector>,
    pub items: Option<Selector>,
    pub any_of: Option<Selector>,
    pub extend: Option<Selector>,
    pub pick: Option<Selector>,
    pub omit: Option<Selector>,
    pub partial: bool,
}

/// How a call registers a tool.
#[derive(Clone, Debug, Default)]
pub struct ToolModel {
    pub name: Vec<Selector>,
    pub title: Vec<Selector>,
    pub description: Vec<Selector>,
    pub annotations: Vec<Selector>,
    /// An object in which hints stand beside other things.
    pub hints: Vec<Selector>,
    pub schema: Vec<Selector>,
    /// The schema of what it answers.
    pub output: Vec<Selector>,
    /// What is in `_meta`.
    pub meta: Vec<Selector>,
    pub handler: Vec<Selector>,
    /// A list with one tool in each element; the other selectors find the element at `arg0`.
    pub each: Vec<Selector>,
    pub overloads: bool,
    pub decorator: bool,
    /// The handler takes the tool's arguments as parameters of the same names.
    pub named_parameters: bool,
    /// The method of the server that the library calls to do it, and that a subclass may have replaced.
    pub through: Option<Symbol>,
    /// What the handler is called with, when that is not the tool's arguments first.
    pub passes: Vec<ValueModel>,
}

/// How a call registers a request handler.
#[derive(Clone, Debug, Default)]
pub struct HandlerModel {
    pub method: Vec<Selector>,
    /// The protocol's method, when the call itself says it (`list_tools()`).
    pub constant: Option<String>,
    pub methods: Vec<(String, String)>,
    pub function: Vec<Selector>,
    /// Where a `tools/call` handler finds the tool's name and its arguments.
    pub request_name: Vec<Selector>,
    pub request_arguments: Vec<Selector>,
    pub decorator: bool,
}

/// A prompt or resource.
#[derive(Clone, Debug, Default)]
pub struct OfferModel {
    pub name: Vec<Selector>,
    pub title: Vec<Selector>,
    pub uri: Vec<Selector>,
    /// The arguments of a prompt.
    pub arguments: Vec<Selector>,
    /// Those are the parameters of the handler.
    pub named_parameters: bool,
    pub description: Vec<Selector>,
    pub handler: Vec<Selector>,
    pub decorator: bool,
    /// What the handler is called with.
    pub passes: Vec<ValueModel>,
}

/// Classes whose instances a framework makes itself: each is a tool, or some of its methods run at start.
/// `self` in the selectors is the instance.
#[derive(Clone, Debug, Default)]
pub struct SubclassModel {
    pub tool: Option<ToolModel>,
    pub prompt: Option<OfferModel>,
    pub resource: Option<OfferModel>,
    /// Methods that answer requests.
    pub handlers: Vec<HandlerModel>,
    /// Methods that the framework calls when the server starts.
    pub starts: Vec<Selector>,
    /// Methods that are called with what comes in requests.
    pub requests: Vec<CallbackModel>,
}

/// Files that a framework loads because of the folder they lie in.
#[derive(Clone, Debug, Default)]
pub struct FolderModel {
    /// Names of such folders.
    pub names: Vec<String>,
    /// Each file is a tool; `self` in the selectors is what the file exports.
    pub tool: Option<ToolModel>,
}

/// How a call adds the tools of another server.
#[derive(Clone, Debug, Default)]
pub struct MountModel {
    pub server: Vec<Selector>,
    pub prefix: Vec<Selector>,
}

/// An MCP server, or one of its transports.
#[derive(Clone, Debug, Default)]
pub struct ServerModel {
    pub name: Vec<Selector>,
    pub instructions: Vec<Selector>,
    pub transport: Vec<Selector>,
}

/// A module that makes or registers something of the protocol.
#[derive(Debug)]
struct Sdk {
    ecosystem: Ecosystem,
    name: String,
    /// More than a way in or out: servers are made with it, or tools registered.
    registers: bool,
}

impl Models {
    /// The models in `files` whose modules the program imports (`wanted`), for one interner.
    pub fn load(files: &[ModelFile<'_>], interner: &Interner) -> Result<Models, ModelError> {
        load::load(files, interner)
    }

    pub fn module(&self, ecosystem: Ecosystem, name: Symbol) -> Option<NodeId> {
        self.modules.get(&(ecosystem, name)).copied()
    }

    /// Whether importing `name` means speaking MCP.
    pub fn is_sdk(&self, ecosystem: Ecosystem, name: &str) -> bool {
        self.sdks(ecosystem, name).next().is_some()
    }

    /// Whether somebody who imports `name` can make a server or register a tool.
    pub fn registers(&self, ecosystem: Ecosystem, name: &str) -> bool {
        self.sdks(ecosystem, name).any(|sdk| sdk.registers)
    }

    fn sdks(&self, ecosystem: Ecosystem, name: &str) -> impl Iterator<Item = &Sdk> {
        self.sdks.iter().filter(move |sdk| {
            sdk.ecosystem == ecosystem
                && (name == sdk.name
                    || ecosystem
                        .separator()
                        .is_some_and(|separator| name.strip_prefix(sdk.name.as_str()).is_some_and(|rest| rest.starts_with(separator))))
        })
    }

    /// The same models for a program in which these copies of libraries stand.
    pub fn with_copies(self, copies: Vec<crate::analysis::inlined::Copied>) -> Self {
        Models { copies, ..self }
    }

    /// Copies of libraries in bundles of the program.
    pub fn copies(&self) -> &[crate::analysis::inlined::Copied] {
        &self.copies
    }

    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Module and name of the schema of a request.
    pub fn request(&self, method: &str) -> Option<(Symbol, Symbol)> {
        self.requests.get(method).copied()
    }

    /// Follows one edge: an own child first, then what the node is `like`, then `*`.
    pub fn child(&self, node: NodeId, edge: Edge) -> Option<NodeId> {
        self.child_within(node, edge, 8)
    }

    fn child_within(&self, node: NodeId, edge: Edge, hops: u32) -> Option<NodeId> {
        let here = &self.nodes[node.0 as usize];
        if let Some(&child) = self.children.get(&(node, edge)) {
            return Some(child);
        }
        if hops > 0
            && let Some(child) = here.like.and_then(|like| self.child_within(like, edge, hops - 1))
        {
            return Some(child);
        }
        match edge {
            Edge::Member(_) if here.has_children => self.children.get(&(node, Edge::Any)).copied(),
            _ => None,
        }
    }

    /// What is known of a node: its own entry if it says anything, else that of what it is `like`.
    pub fn entry(&self, node: NodeId) -> &Entry {
        let mut at = node;
        for _ in 0..8 {
            let here = &self.nodes[at.0 as usize];
            match here.like {
                Some(like) if !here.known() => at = like,
                _ => break,
            }
        }
        self.nodes[at.0 as usize].entry.as_deref().unwrap_or(&self.empty)
    }

    /// What a call of this node does besides its effects.
    pub fn deeds(&self, node: NodeId) -> &[DeedModel] {
        let mut at = node;
        for _ in 0..8 {
            let here = &self.nodes[at.0 as usize];
            match here.like {
                Some(like) if here.deeds.is_empty() => at = like,
                _ => break,
            }
        }
        &self.nodes[at.0 as usize].deeds
    }

    /// Whether anything is said of members or calls of this node.
    pub fn has_members(&self, node: NodeId) -> bool {
        let mut at = node;
        for _ in 0..8 {
            let here = &self.nodes[at.0 as usize];
            if here.has_children {
                return true;
            }
            match here.like {
                Some(like) => at = like,
                None => return false,
            }
        }
        false
    }

    fn make_child(&mut self, node: NodeId, edge: Edge) -> NodeId {
        if let Some(&child) = self.children.get(&(node, edge)) {
            return child;
        }
        let child = self.make_node();
        self.nodes[node.0 as usize].has_children = true;
        self.children.insert((node, edge), child);
        child
    }

    fn make_node(&mut self) -> NodeId {
        self.nodes.push(Node::default());
        NodeId(self.nodes.len() as u32 - 1)
    }
}
