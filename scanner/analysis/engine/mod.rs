//! The abstract interpreter: runs the program on abstract values and writes down what it does.
//!
//! Every activation of a function with new arguments is a [`Context`]; contexts remember their effects and whom they
//! called, so that "which tool reaches this" is a walk over contexts afterwards. A function called again with the same
//! arguments is not run again. Work is bounded by fuel: contexts per function, steps in all, depth of calls.

mod answer;
mod api;
mod bound;
mod bundle;
mod call;
mod class;
mod copied;
mod data;
mod deed;
mod delegate;
mod dynamic;
mod effect;
mod export;
mod expression;
mod fields;
mod flow;
mod folder;
mod guard;
mod intrinsic;
mod keep;
mod load;
mod member;
mod operator;
mod options;
mod path;
mod range;
mod register;
mod service;
mod space;
mod statement;
mod texts;
mod typed;
mod wrapper;

use std::rc::Rc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::marks::Marks;
use super::model::{Models, NodeId};
use super::value::{Api, Arguments, ClassValue, Closure, FrameId, ObjectId, Origin, Segment, Value};
use crate::program::{Ecosystem, ExprId, FunctionId, Module, ModuleId, Program, Span, Symbol};

pub(crate) use bundle::package_of;
pub(crate) use deed::{CLOCK, DeedId, PERSON, TRIAL, WATCHED};
pub(crate) use effect::{Effect, EffectId};
pub(crate) use flow::{FlowId, FlowSeen};
pub use guard::Verdict;
pub(crate) use guard::{Atom, Test};
pub(crate) use intrinsic::Invocation;
pub(crate) use register::{OfferMade, Registration, RequestHandler};
pub(crate) use service::{Mark, TransportMade};

/// Contexts of one function before its arguments are given up, when it is not cheap.
const CONTEXTS_PER_FUNCTION: u32 = 48;
/// Steps that all contexts of one function may take together before it counts as not cheap.
const CHEAP_STEPS: u64 = 60_000;
/// The same two for code that nothing was seen to run: its effects are told, and not from whom each of them comes.
const CONTEXTS_UNREACHED: u32 = 12;
const CHEAP_UNREACHED: u64 = 3_000;
/// Contexts of one function, however cheap.
const MOST_CONTEXTS: u32 = 4_000;
/// Expressions of a module that is most likely a library made into one file.
const LARGE_MODULE: usize = 200_000;
/// Depth of calls.
const MAX_CALL_DEPTH: u32 = 60;
/// Depth of nested expressions and statements, over all calls.
const MAX_DEPTH: u32 = 2_500;
/// Members of an access path.
const MAX_API_DEPTH: u32 = 200;
/// Effects that are written down; no honest server has a tenth of them.
const MAX_EFFECTS: usize = 20_000;
/// Elements of one list or fields of one object that are kept.
const MAX_ITEMS: usize = 2_000;

/// A place in the program: an expression of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Site {
    pub(crate) module: ModuleId,
    pub(crate) expr: ExprId,
}

/// Where evaluation is: the module whose arenas the ids refer to, and the frame of variables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub(crate) module: ModuleId,
    pub(crate) frame: FrameId,
}

#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) parent: Option<FrameId>,
    pub(crate) slots: Vec<Value>,
    pub(crate) this: Option<Value>,
    /// The class in which the running method stands: where `super` starts.
    pub(crate) home: Option<Rc<ClassValue>>,
    /// How many undecided conditions were open when the activation began.
    pub(crate) uncertain: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Object {
    pub(crate) kind: ObjectKind,
    pub(crate) fields: IndexMap<Symbol, Value, FxBuildHasher>,
    pub(crate) items: Vec<Value>,
    /// Values under keys that are not known; `Undefined` when there are none.
    pub(crate) rest: Value,
    /// It may hold more than what is known.
    pub(crate) open: bool,
    /// Items were added under a condition that is not decided: whether it holds something is not decided either.
    pub(crate) doubtful: bool,
    /// Holds the results of one function, side by side.
    pub(crate) results: bool,
    /// The library's part of an instance whose class extends a class of a library.
    pub(crate) base: Option<Rc<Api>>,
    pub(crate) site: Option<Site>,
    /// How many undecided conditions were open when it was made.
    pub(crate) uncertain: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) enum ObjectKind {
    #[default]
    Plain,
    List,
    Instance(Rc<ClassValue>),
}

/// One activation of a function.
#[derive(Debug, Default)]
pub(crate) struct Context {
    pub(crate) function: Option<(ModuleId, FunctionId)>,
    pub(crate) effects: Vec<EffectId>,
    pub(crate) flows: Vec<FlowId>,
    pub(crate) deeds: Vec<DeedId>,
    pub(crate) calls: Vec<(ContextId, Site)>,
    pub(crate) result: Value,
    pub(crate) done: bool,
    /// Libraries without a model that it calls.
    pub(crate) unmodelled: Vec<(Site, Symbol)>,
    /// Yielded values, for generators.
    pub(crate) yielded: Vec<Value>,
    /// What a caller knows after it returned; `None` when it never does.
    exit: Option<guard::Added>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ContextId(pub(crate) u32);

/// Something running that could not be followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Blind {
    pub(crate) context: ContextId,
    pub(crate) site: Site,
    pub(crate) what: String,
}

/// Names the engine itself knows.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) empty: Symbol,
    pub(crate) default: Symbol,
    pub(crate) constructor: Symbol,
    pub(crate) init: Symbol,
    pub(crate) call: Symbol,
    pub(crate) length: Symbol,
    pub(crate) name: Symbol,
    pub(crate) python_name: Symbol,
    pub(crate) doc: Symbol,
    pub(crate) summary: Symbol,
    pub(crate) python_doc: Symbol,
    pub(crate) module: Symbol,
    pub(crate) exports: Symbol,
    pub(crate) prototype: Symbol,
    pub(crate) undefined: Symbol,
    pub(crate) globals: Symbol,
    pub(crate) class: Symbol,
    pub(crate) method: Symbol,
    pub(crate) types: Symbol,
    pub(crate) import_star: Symbol,
    /// A mark of compilers that no loop over a module's exports meets.
    pub(crate) es_module: Symbol,
}

/// Where a module exports a name: the position of the export, and the slot of the variable.
type ExportTable = FxHashMap<Symbol, (Option<usize>, Option<usize>)>;

/// The interpreter and everything it learns.
pub(crate) struct Engine<'p> {
    pub(crate) program: &'p Program,
    pub(crate) models: &'p Models,
    places: &'p dyn super::Places,
    /// Values made from data files so far.
    data_values: u32,
    pub(crate) names: Names,
    pub(crate) frames: Vec<Frame>,
    pub(crate) objects: Vec<Object>,
    pub(crate) contexts: Vec<Context>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) request_handlers: Vec<RequestHandler>,
    pub(crate) servers: Vec<register::ServerMade>,
    pub(crate) offers: Vec<register::OfferMade>,
    pub(crate) incomplete: Vec<(Site, String)>,
    pub(crate) mounts: Vec<register::Mount>,
    /// What calls say about how the server is set up.
    pub(crate) marks: Vec<Mark>,
    pub(crate) transports: Vec<TransportMade>,
    pub(crate) blind: Vec<Blind>,
    blind_seen: FxHashSet<Blind>,
    /// Classes of frameworks, defined in the module that runs.
    subclasses: Vec<(Rc<ClassValue>, Vec<NodeId>, Site)>,
    /// Steps left before everything more is unknown.
    pub(crate) fuel: u64,
    pub(crate) out_of_fuel: bool,
    /// What runs now is code that nothing was seen to run.
    unreached: bool,
    /// Steps for what comes after the large module that is loaded: calls are not run when no more are left.
    pub(crate) floor: u64,
    /// Modules that were not followed to the end of their top level.
    pub(crate) cut_modules: Vec<ModuleId>,
    /// A module was loaded of which not even the directory is known.
    pub(crate) loads_unknown: bool,
    /// Values that may still be kept.
    space: u64,
    effect_index: FxHashMap<effect::EffectKey, EffectId>,
    /// Set while a function runs only to learn which effects its parameters choose: nothing is recorded then.
    probing: Option<wrapper::Open>,
    /// Comparisons with addresses inside the condition that is evaluated.
    checks: Vec<bound::Check>,
    bounds: bound::Bounds,
    /// Defaults that the schema of the running tool gives to its arguments.
    defaults: FxHashMap<Symbol, Value>,
    /// What that schema demands of them.
    demands: FxHashMap<Symbol, Marks>,
    guards: guard::Guards,
    /// The function called next tells whether an item of a list is meant.
    predicate: bool,
    /// The tool or start that runs.
    root: ContextId,
    memo: FxHashMap<u64, ContextId>,
    /// Contexts of each function, and the steps they took.
    context_counts: FxHashMap<(ModuleId, FunctionId), (u32, u64)>,
    module_frames: Vec<Option<FrameId>>,
    /// For each module that was asked: where it exports a name.
    exports: Vec<Option<ExportTable>>,
    effects_of: FxHashSet<(ContextId, EffectId)>,
    /// Effects of the call that is applied.
    recorded: Vec<EffectId>,
    /// The effect that brings what the call that is applied returns.
    reading: Option<u32>,
    pub(crate) flows: Vec<FlowSeen>,
    flow_index: FxHashMap<flow::FlowKey, FlowId>,
    /// The shell around the command whose flows are looked at, and where its list of arguments is made.
    wrapping: Option<(String, Option<Site>)>,
    /// Where texts were put together, by what they are made of: as a whole, and where data of a source comes in.
    made_at: FxHashMap<(u64, Option<crate::analysis::value::Source>), Site>,
    /// Where data from outside was put into lists.
    entered: FxHashMap<ObjectId, Vec<(crate::analysis::value::Source, Site)>>,
    /// The list whose elements are looked at as they reach a sink.
    within: Option<ObjectId>,
    flows_of: flow::FlowsOf,
    pub(crate) deeds: deed::Deeds,
    /// Databases that the call which made a client opens.
    connections: FxHashMap<u32, Vec<EffectId>>,
    /// `module.exports` objects of CommonJS modules.
    module_objects: FxHashMap<ModuleId, ObjectId>,
    /// Functions that ran at least once.
    pub(crate) evaluated: FxHashMap<(ModuleId, FunctionId), ContextId>,
    homes: FxHashMap<(ModuleId, FunctionId), Rc<ClassValue>>,
    class_members: FxHashMap<(ModuleId, crate::program::ClassId), Rc<class::MemberTable>>,
    classes_made: FxHashMap<(ModuleId, crate::program::ClassId, FrameId), Rc<ClassValue>>,
    summaries: FxHashMap<(ModuleId, crate::program::ClassId, FrameId), Value>,
    /// A frame in which each function was made.
    closures_made: FxHashMap<(ModuleId, FunctionId), FrameId>,
    /// Instances of which only is known who chooses them.
    unknown_instances: FxHashMap<(ModuleId, crate::program::ClassId, FrameId, Origin), ObjectId>,
    first_instances: FxHashMap<(ModuleId, crate::program::ClassId), ObjectId>,
    /// What libraries were told to keep, by the names under which models keep it.
    kept: FxHashMap<Box<str>, Value>,
    /// Fields of library values that the program wrote.
    written: FxHashMap<(u32, Symbol), Value>,
    /// Methods of types that are not classes, by name.
    extensions: FxHashMap<Symbol, Vec<Value>>,
    /// The binding that runs declares its variables: they had no value before.
    declaring: bool,
    /// Where the binding that runs takes its value from: destructuring reads members there.
    binding: Site,
    wrapped: FxHashMap<(ModuleId, FunctionId, Option<FrameId>), Value>,
    api_paths: FxHashMap<(u32, Segment), Rc<Api>>,
    api_roots: FxHashMap<(Ecosystem, Segment), Rc<Api>>,
    next_api: u32,
    /// Functions that are copies of libraries: positions in the copies of the models.
    copied: FxHashMap<(ModuleId, FunctionId), usize>,
    pub(crate) current: ContextId,
    /// Undecided conditions around the statement that runs.
    uncertain: u32,
    /// Counts reads of state that other code may have changed: such a read decides no branch.
    volatile: u32,
    depth: u32,
    call_depth: u32,
    /// Embedded fields inside embedded fields that are looked into.
    delegations: u32,
    pub(crate) kinds: FxHashMap<(Ecosystem, Kind), Option<NodeId>>,
}

/// Kinds of values whose methods the models describe under `type:…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Text,
    List,
    Object,
    Function,
    Number,
    Any,
}

impl<'p> Engine<'p> {
    pub(crate) fn new(program: &'p Program, models: &'p Models, places: &'p dyn super::Places, fuel: u64) -> Self {
        let symbol = |name: &str| program.interner.intern(name);
        let names = Names {
            empty: symbol(""),
            default: symbol("default"),
            constructor: symbol("constructor"),
            init: symbol("__init__"),
            call: symbol("__call__"),
            length: symbol("length"),
            name: symbol("name"),
            python_name: symbol("__name__"),
            doc: symbol("doc"),
            summary: symbol("summary"),
            python_doc: symbol("__doc__"),
            module: symbol("module"),
            exports: symbol("exports"),
            prototype: symbol("prototype"),
            undefined: symbol("undefined"),
            globals: symbol("globals"),
            class: symbol("__class__"),
            method: symbol("method"),
            types: symbol("types"),
            import_star: symbol("__importStar"),
            es_module: symbol("__esModule"),
        };
        let mut engine = Engine {
            program,
            models,
            places,
            data_values: 0,
            names,
            frames: Vec::new(),
            objects: Vec::new(),
            contexts: vec![Context::default()],
            effects: Vec::new(),
            registrations: Vec::new(),
            request_handlers: Vec::new(),
            servers: Vec::new(),
            offers: Vec::new(),
            incomplete: Vec::new(),
            mounts: Vec::new(),
            marks: Vec::new(),
            transports: Vec::new(),
            blind: Vec::new(),
            subclasses: Vec::new(),
            fuel,
            out_of_fuel: false,
            unreached: false,
            floor: 0,
            cut_modules: Vec::new(),
            loads_unknown: false,
            space: space::SPACE,
            effect_index: FxHashMap::default(),
            probing: None,
            checks: Vec::new(),
            bounds: bound::Bounds::default(),
            defaults: FxHashMap::default(),
            demands: FxHashMap::default(),
            guards: guard::Guards::default(),
            predicate: false,
            root: ContextId(0),
            memo: FxHashMap::default(),
            context_counts: FxHashMap::default(),
            module_frames: vec![None; program.modules.len()],
            exports: vec![None; program.modules.len()],
            effects_of: FxHashSet::default(),
            recorded: Vec::new(),
            reading: None,
            flows: Vec::new(),
            flow_index: FxHashMap::default(),
            wrapping: None,
            made_at: FxHashMap::default(),
            entered: FxHashMap::default(),
            within: None,
            flows_of: FxHashSet::default(),
            deeds: deed::Deeds::default(),
            connections: FxHashMap::default(),
            blind_seen: FxHashSet::default(),
            module_objects: FxHashMap::default(),
            evaluated: FxHashMap::default(),
            homes: FxHashMap::default(),
            class_members: FxHashMap::default(),
            classes_made: FxHashMap::default(),
            summaries: FxHashMap::default(),
            closures_made: FxHashMap::default(),
            unknown_instances: FxHashMap::default(),
            first_instances: FxHashMap::default(),
            kept: FxHashMap::default(),
            written: FxHashMap::default(),
            extensions: FxHashMap::default(),
            declaring: false,
            binding: Site { module: ModuleId(0), expr: ExprId(u32::MAX) },
            wrapped: FxHashMap::default(),
            api_paths: FxHashMap::default(),
            api_roots: FxHashMap::default(),
            next_api: 0,
            copied: copied::table(models),
            current: ContextId(0),
            uncertain: 0,
            volatile: 0,
            depth: 0,
            call_depth: 0,
            delegations: 0,
            kinds: FxHashMap::default(),
        };
        for ecosystem in Ecosystem::ALL {
            for (kind, name) in [
                (Kind::Text, "type:string"),
                (Kind::List, "type:list"),
                (Kind::Object, "type:object"),
                (Kind::Function, "type:function"),
                (Kind::Number, "type:number"),
                (Kind::Any, "type:any"),
            ] {
                let node = models.module(ecosystem, program.interner.intern(name));
                engine.kinds.insert((ecosystem, kind), node);
            }
        }
        engine
    }

    /// Starts a context of its own for a root (an entry point, a tool); evaluation goes on in it.
    pub(crate) fn root_context(&mut self) -> ContextId {
        self.contexts.push(Context { done: true, ..Context::default() });
        self.current = ContextId(self.contexts.len() as u32 - 1);
        self.uncertain = 0;
        self.checks.clear();
        self.start_way();
        self.root = self.current;
        self.current
    }

    /// From here on only code runs that nothing was seen to run.
    pub(crate) fn leave_reached(&mut self) {
        self.unreached = true;
    }

    /// Forgets which functions were run with which arguments, so that they see the state as it is now.
    pub(crate) fn forget_results(&mut self) {
        self.memo.clear();
        self.context_counts.clear();
    }

    pub(crate) fn module(&self, id: ModuleId) -> &'p Module {
        self.program.module(id)
    }

    pub(crate) fn ecosystem(&self, module: ModuleId) -> Ecosystem {
        self.module(module).ecosystem
    }

    pub(crate) fn name(&self, symbol: Symbol) -> std::sync::Arc<str> {
        self.program.interner.text(symbol)
    }

    pub(crate) fn symbol(&self, name: &str) -> Symbol {
        self.program.interner.intern(name)
    }

    pub(crate) fn span(&self, site: Site) -> Span {
        self.module(site.module).spans.get(site.expr.index()).copied().unwrap_or_default()
    }

    pub(crate) fn conditional(&self) -> bool {
        self.uncertain > 0
    }

    /// Takes one step; false when there is no fuel left.
    fn step(&mut self) -> bool {
        if self.fuel == 0 {
            self.out_of_fuel = true;
            return false;
        }
        self.fuel -= 1;
        true
    }

    fn context(&mut self) -> &mut Context {
        let current = self.current.0 as usize;
        &mut self.contexts[current]
    }

    pub(crate) fn blind(&mut self, site: Site, what: String) {
        let blind = Blind { context: self.current, site, what };
        if self.blind.len() < 2_000 && self.blind_seen.insert(blind.clone()) {
            self.blind.push(blind);
        }
    }

    fn new_frame(&mut self, parent: Option<FrameId>, size: u32, this: Option<Value>, home: Option<Rc<ClassValue>>) -> FrameId {
        self.hold(6 + size as usize);
        self.frames.push(Frame { parent, slots: vec![Value::Undefined; size as usize], this, home, uncertain: self.uncertain });
        FrameId(self.frames.len() as u32 - 1)
    }

    pub(crate) fn new_object(&mut self, kind: ObjectKind, site: Option<Site>) -> ObjectId {
        self.hold(8);
        self.objects.push(Object { kind, site, uncertain: self.uncertain, ..Object::default() });
        ObjectId(self.objects.len() as u32 - 1)
    }

    pub(crate) fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }

    pub(crate) fn object_mut(&mut self, id: ObjectId) -> &mut Object {
        &mut self.objects[id.0 as usize]
    }

    pub(crate) fn list(&mut self, mut items: Vec<Value>, open: bool, site: Option<Site>) -> Value {
        items.truncate(MAX_ITEMS);
        items.shrink_to_fit();
        self.hold(items.len());
        let id = self.new_object(ObjectKind::List, site);
        let list = self.object_mut(id);
        list.items = items;
        list.open = open;
        Value::Object(id)
    }

    pub(crate) fn plain(&mut self, fields: impl IntoIterator<Item = (Symbol, Value)>) -> Value {
        let id = self.new_object(ObjectKind::Plain, None);
        self.object_mut(id).fields.extend(fields);
        Value::Object(id)
    }

    /// A frame in which the parameters' annotations and defaults can be evaluated without calling the function.
    pub(crate) fn signature_frame(&mut self, closure: &Closure) -> At {
        let size = self.module(closure.module).functions[closure.function.index()].frame_size;
        let frame = self.new_frame(closure.frame, size, None, None);
        At { module: closure.module, frame }
    }

    /// A function of the program as a value.
    fn closure(&mut self, at: At, function: FunctionId, this: Option<Value>) -> Value {
        self.closures_made.entry((at.module, function)).or_insert(at.frame);
        Value::Function(Rc::new(Closure { module: at.module, function, frame: Some(at.frame), this, bound: Vec::new() }))
    }

    /// Unknown arguments for a function whose callers are not known.
    fn unknown_arguments(origin: Origin) -> Arguments {
        Arguments { more: Some(Value::Unknown(origin)), more_keywords: Some(Value::Unknown(origin)), ..Arguments::default() }
    }
}
