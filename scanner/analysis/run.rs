//! Drives the interpreter: start the program, list its tools, run each, then look at what is left.

use rustc_hash::FxHashSet;

use super::Extent;
use super::engine::{ContextId, Engine, ObjectKind, OfferMade, Registration, RequestHandler, Site};
use super::model::Models;
use super::value::Value;
use crate::program::{Ecosystem, ModuleId, Program, Target};

/// Where the program starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    pub module: ModuleId,
    /// A function of that module to call (`console_scripts`).
    pub function: Option<String>,
}

/// What the drive found, by the contexts that show it.
#[derive(Debug, Default)]
pub(crate) struct Course {
    pub(crate) startup: Vec<ContextId>,
    pub(crate) tools: Vec<ToolRun>,
    pub(crate) incomplete: Vec<(Option<Site>, String)>,
    /// The steps did not suffice for what the program was seen to run.
    pub(crate) cut_short: bool,
    /// Modules that were not followed to the end of their top level.
    pub(crate) cut_modules: Vec<ModuleId>,
    /// Modules that use an SDK.
    pub(crate) sdk_modules: Vec<ModuleId>,
    /// Own code imports something on which tools could be registered.
    pub(crate) registers: bool,
}

/// A tool and the contexts in which its handler ran.
#[derive(Debug)]
pub(crate) struct ToolRun {
    pub(crate) name: String,
    pub(crate) registration: Registration,
    pub(crate) contexts: Vec<ContextId>,
    /// Where the code that answers a call of the tool is.
    pub(crate) handler: Option<Value>,
    /// Only registered in code that nothing was seen to run.
    pub(crate) listed: bool,
}

pub(crate) fn run(
    engine: &mut Engine<'_>,
    program: &Program,
    models: &Models,
    starts: &[Start],
    extent: &Extent<'_>,
    is_test: &dyn Fn(&str) -> bool,
) -> Course {
    let mut course = Course { sdk_modules: sdk_modules(program, models), ..Course::default() };
    course.sdk_modules.retain(|id| (extent.own)(*id));
    let registering = importing(program, |ecosystem, name| models.registers(ecosystem, name));
    course.registers = registering.into_iter().any(|id| (extent.own)(id) && !is_test(&program.module(id).path));
    let fuel = engine.fuel;
    start(engine, program, starts, is_test, &mut course);
    // However much the start took, listing and running the tools gets some.
    engine.fuel = engine.fuel.max(fuel / 3);
    let mut listed = listed_and_registered(engine, &mut course);
    if listed.is_empty() && start_elsewhere(engine, program, is_test, &mut course) {
        listed = listed_and_registered(engine, &mut course);
    }
    if listed.is_empty() && engine.registrations.is_empty() && engine.request_handlers.is_empty() {
        super::bare::handlers(engine, program, extent, is_test);
        listed = listed_and_registered(engine, &mut course);
    }
    // Handlers see the state that the start left behind, not the one in which they were made.
    engine.forget_results();
    serve(engine, listed, &mut course);
    offers(engine, &mut course);
    course.cut_short = engine.out_of_fuel;
    course.cut_modules = std::mem::take(&mut engine.cut_modules);
    engine.fuel = engine.fuel.max(fuel / 6);
    engine.leave_reached();
    let unseen = rest(engine, program, extent, is_test);
    unreached(engine, unseen, &mut course);
    course
}

/// Tools that only code registers that nothing was seen to run. When modules are loaded under names that are not known,
/// that is how it comes to run; otherwise whoever reads the report is told.
fn unreached(engine: &mut Engine<'_>, registrations: Vec<Registration>, course: &mut Course) {
    let mut more: Vec<(String, Registration, bool)> = Vec::new();
    for registration in registrations {
        let Some(name) = registration.name.constant_text() else { continue };
        if !course.tools.iter().any(|t| t.name == *name) && !more.iter().any(|(known, ..)| *known == *name) {
            more.push((name.to_string(), Registration { conditional: true, ..registration }, false));
        }
    }
    if engine.loads_unknown {
        serve(engine, more, course);
    } else if let Some((first, registration, _)) = more.first() {
        let others = if more.len() > 1 { format!(" and {} more", more.len() - 1) } else { String::new() };
        course.incomplete.push((Some(registration.site), format!("{first}{others}: registered in code that nothing was seen to run")));
    }
}

/// Modules that import an SDK.
pub(crate) fn sdk_modules(program: &Program, models: &Models) -> Vec<ModuleId> {
    importing(program, |ecosystem, name| models.is_sdk(ecosystem, name))
}

/// Modules that import a library for which the question is answered with yes.
fn importing(program: &Program, wanted: impl Fn(Ecosystem, &str) -> bool) -> Vec<ModuleId> {
    (0..program.modules.len() as u32)
        .map(ModuleId)
        .filter(|&id| {
            let module = program.module(id);
            module.imports.iter().enumerate().any(|(i, import)| {
                let target = program.target(id, crate::program::ImportId(i as u32));
                !import.types_only && matches!(target, Target::External(name) if wanted(module.ecosystem, &program.interner.text(name)))
            })
        })
        .collect()
}

/// Modules that use an SDK and are no tests.
fn server_modules(program: &Program, is_test: &dyn Fn(&str) -> bool, course: &Course) -> Vec<ModuleId> {
    course.sdk_modules.iter().copied().filter(|id| !is_test(&program.module(*id).path)).collect()
}

/// An entry point may stand in a module that no manifest names, or the one that is named is a bundle of it that cannot be
/// followed. False when every such module ran already.
fn start_elsewhere(engine: &mut Engine<'_>, program: &Program, is_test: &dyn Fn(&str) -> bool, course: &mut Course) -> bool {
    let servers = server_modules(program, is_test, course);
    let mut ran = false;
    for id in servers {
        if !engine.module_ran(id) {
            ran = true;
            course.startup.push(engine.root_context());
            engine.run_module(id);
        }
    }
    engine.settle_subclasses();
    ran
}

/// Every tool that is known: registered one by one, or in the answer to `tools/list`.
fn listed_and_registered(engine: &mut Engine<'_>, course: &mut Course) -> Vec<(String, Registration, bool)> {
    let listed = list(engine, course);
    let mut all = registered(engine, course);
    all.extend(listed);
    all
}

/// Runs the entry points; when they register nothing, whatever else could be one.
fn start(engine: &mut Engine<'_>, program: &Program, starts: &[Start], is_test: &dyn Fn(&str) -> bool, course: &mut Course) {
    for start in starts {
        course.startup.push(engine.root_context());
        engine.run_module(start.module);
        if let Some(name) = &start.function {
            let name = engine.symbol(name);
            if let Some(function) = engine.module_export(&Value::Module(start.module), name) {
                let site = Site { module: start.module, expr: crate::program::ExprId(u32::MAX) };
                engine.call(&function, Default::default(), None, site);
            }
        }
    }
    course.startup.push(engine.root_context());
    engine.load_folders(is_test);
    engine.settle_subclasses();
    let found = |engine: &Engine<'_>| !engine.registrations.is_empty() || engine.request_handlers.iter().any(|h| h.method.starts_with("tools/"));
    if found(engine) {
        return;
    }
    start_elsewhere(engine, program, is_test, course);
    let servers = server_modules(program, is_test, course);
    if found(engine) || servers.is_empty() {
        return;
    }
    // Functions that register tools on a server they are given, called by nobody we see.
    for &id in &servers {
        course.startup.push(engine.root_context());
        engine.run_functions(id);
    }
}

/// Tools that were registered one by one.
fn registered(engine: &mut Engine<'_>, course: &mut Course) -> Vec<(String, Registration, bool)> {
    let mut all = Vec::new();
    let registrations: Vec<Registration> = engine.registrations.iter().map(|r| engine.as_it_is_now(r)).collect();
    for registration in registrations {
        match registration.name.constant_text() {
            Some(name) => {
                for name in mounted_names(engine, &registration.server, &name, course) {
                    all.push((name, registration.clone(), false));
                }
            }
            None => course.incomplete.push((Some(registration.site), "the name of a tool is only known at run time".into())),
        }
    }
    for (site, reason) in engine.incomplete.clone() {
        course.incomplete.push((Some(site), reason));
    }
    all
}

/// The name under which a client sees a tool: with the prefixes of the mounts on the way to the outermost server.
fn mounted_names(engine: &Engine<'_>, server: &Value, name: &str, course: &mut Course) -> Vec<String> {
    let mut all = Vec::new();
    let mut open: Vec<(Value, String, u32)> = vec![(server.clone(), name.to_owned(), 0)];
    while let Some((server, name, depth)) = open.pop() {
        let mounts: Vec<_> = engine.mounts.iter().filter(|m| depth < 4 && super::value::same(&m.child, &server)).collect();
        if mounts.is_empty() {
            if !all.contains(&name) {
                all.push(name);
            }
            continue;
        }
        for mount in mounts {
            let prefixed = match (&mount.prefix, mount.prefix.constant_text()) {
                (_, Some(prefix)) if !prefix.is_empty() => format!("{prefix}_{name}"),
                (Value::Undefined | Value::Null, _) | (_, Some(_)) => name.clone(),
                _ => {
                    course.incomplete.push((Some(mount.site), "the prefix of mounted tools is only known at run time".into()));
                    name.clone()
                }
            };
            open.push((mount.parent.clone(), prefixed, depth + 1));
        }
    }
    all
}

/// Tools that a handler of `tools/list` answers with.
fn list(engine: &mut Engine<'_>, course: &mut Course) -> Vec<(String, Registration, bool)> {
    let mut all = Vec::new();
    let handlers: Vec<RequestHandler> = engine.request_handlers.iter().filter(|h| h.method == "tools/list").cloned().collect();
    for handler in handlers {
        let answer = engine.answer(&handler);
        let (tools, open) = match handler.bare {
            true => (super::bare::tools(engine, &answer), false),
            false => listed(engine, &answer, "tools", handler.site),
        };
        if open {
            course.incomplete.push((Some(handler.site), "the list of tools is put together at run time".into()));
        }
        let uncertain = |engine: &Engine<'_>, tool: &Value| if let Value::Object(id) = tool { engine.object(*id).uncertain } else { 0 };
        let certain = tools.iter().map(|tool| uncertain(engine, tool)).min().unwrap_or(0);
        for tool in tools {
            let mut part = |name: &str| {
                let name = engine.symbol(name);
                match engine.read_member(&tool, name, handler.site) {
                    Value::Unknown(_) => Value::Undefined,
                    value => value,
                }
            };
            let (name, title, description, annotations) = (part("name"), part("title"), part("description"), part("annotations"));
            let schema = match part("inputSchema") {
                Value::Undefined => part("input_schema"),
                given => given,
            };
            let site = match &tool {
                Value::Object(id) => engine.object(*id).site.unwrap_or(handler.site),
                _ => handler.site,
            };
            let extra: std::rc::Rc<[_]> = besides(engine, &tool).into();
            // Made where a condition decides whether it is listed, beside others.
            let conditional = uncertain(engine, &tool) > certain;
            let names: Vec<Value> = name.alternatives().to_vec();
            for name in names {
                let Some(text) = name.constant_text() else {
                    course.incomplete.push((Some(site), "the name of a tool is only known at run time".into()));
                    continue;
                };
                let registration = Registration {
                    site,
                    name: name.clone(),
                    title: title.clone(),
                    description: description.clone(),
                    annotations: annotations.clone(),
                    schema: schema.clone(),
                    extra: extra.clone(),
                    handler: Value::Undefined,
                    named_parameters: false,
                    passes: [].into(),
                    conditional,
                    server: Value::Undefined,
                    object: None,
                };
                all.push((text.to_string(), registration, true));
            }
        }
    }
    all
}

/// What an entry of a list of tools holds besides what a tool is known by.
fn besides(engine: &Engine<'_>, tool: &Value) -> Vec<(std::sync::Arc<str>, Value)> {
    const READ: &[&str] = &["name", "title", "description", "annotations", "inputSchema", "input_schema"];
    /// Keys under which programs keep what they do not send.
    const KEPT: &[&str] = &["handler", "execute", "run", "fn", "func", "function", "callback", "call", "invoke", "cb"];
    let Value::Object(id) = tool else { return Vec::new() };
    let fields = engine.object(*id).fields.iter().map(|(name, value)| (engine.name(*name), value));
    let told = fields.filter(|(name, value)| {
        !READ.contains(&&**name)
            && !KEPT.contains(&&**name)
            && !matches!(value, Value::Function(_) | Value::Class(_) | Value::Unknown(_))
            && !value.is_absent()
    });
    let key = |name: &str| match name {
        "output_schema" => "outputSchema".into(),
        "meta" => "_meta".into(),
        name => name.into(),
    };
    told.take(50).map(|(name, value)| (key(&name), value.clone())).collect()
}

/// The objects in an answer: a list, or an object with a list under `key`.
fn listed(engine: &mut Engine<'_>, answer: &Value, key: &str, site: Site) -> (Vec<Value>, bool) {
    let tools = engine.symbol(key);
    let (mut all, mut open) = (Vec::new(), false);
    for answer in answer.alternatives().to_vec() {
        let list = match &answer {
            Value::Object(id) if matches!(engine.object(*id).kind, ObjectKind::List) => answer.clone(),
            Value::Object(_) => engine.read_member(&answer, tools, site),
            Value::Api(api) => api.call.as_ref().and_then(|call| call.arguments.keyword(tools)).unwrap_or(Value::UNKNOWN),
            Value::Undefined | Value::Null => continue,
            _ => {
                open = true;
                continue;
            }
        };
        let (items, unknown) = engine.iterate(&list, site);
        open |= unknown.is_some();
        for item in items {
            for item in item.alternatives() {
                match item {
                    Value::Object(_) | Value::Class(_) => all.push(item.clone()),
                    Value::Undefined | Value::Null => {}
                    _ => open = true,
                }
            }
        }
    }
    (all, open)
}

/// Runs the handler of every tool, twice: what one tool stores, another may use.
fn serve(engine: &mut Engine<'_>, listed: Vec<(String, Registration, bool)>, course: &mut Course) {
    let call_handlers: Vec<RequestHandler> = engine.request_handlers.iter().filter(|h| h.method == "tools/call").cloned().collect();
    let count = listed.len();
    let mut cut: Vec<usize> = Vec::new();
    for (i, (name, registration, listed)) in listed.into_iter().enumerate() {
        if let Some(known) = course.tools.iter_mut().find(|t| t.name == name && same_registration(t, &registration)) {
            // The same tool registered again (another transport, another session).
            known.registration.conditional &= registration.conditional;
            continue;
        }
        // One tool must not take what all others need: twice its share, until every one had its turn.
        let share = (engine.fuel / (count - i) as u64).saturating_mul(2);
        engine.floor = engine.fuel.saturating_sub(share);
        let (contexts, handler) = serve_one(engine, &call_handlers, &name, &registration);
        if engine.fuel <= engine.floor && engine.floor > 0 {
            cut.push(course.tools.len());
        }
        engine.floor = 0;
        course.tools.push(ToolRun { name, registration, contexts, handler, listed });
    }
    if !cut.is_empty() {
        engine.forget_results();
    }
    for tool in cut {
        let (name, registration) = (course.tools[tool].name.clone(), course.tools[tool].registration.clone());
        let (contexts, _) = serve_one(engine, &call_handlers, &name, &registration);
        course.tools[tool].contexts.extend(contexts);
    }
}

/// Runs the handler of one tool.
fn serve_one(engine: &mut Engine<'_>, handlers: &[RequestHandler], name: &str, registration: &Registration) -> (Vec<ContextId>, Option<Value>) {
    engine.expect_arguments(&registration.schema);
    if !registration.handler.is_absent() {
        let context = engine.run_tool(&registration.handler, registration.named_parameters, &registration.passes, registration.site);
        return (vec![context], Some(registration.handler.clone()));
    }
    let contexts = handlers.iter().map(|handler| engine.run_request(handler, name)).collect();
    (contexts, handlers.first().map(|handler| handler.function.clone()))
}

fn same_registration(known: &ToolRun, new: &Registration) -> bool {
    let (a, b) = (&known.registration, new);
    a.site == b.site
        || known.listed == new.handler.is_absent()
        || a.handler.is_absent()
        || b.handler.is_absent()
        || super::value::same(&a.handler, &b.handler)
        || a.description.constant_text() == b.description.constant_text()
}

/// Prompts, resources and the other requests run when a client asks: part of the start, not of a tool.
fn offers(engine: &mut Engine<'_>, course: &mut Course) {
    for offer in engine.offers.clone() {
        if !offer.handler.is_absent() {
            course.startup.push(engine.run_tool(&offer.handler, offer.named_parameters, &offer.passes, offer.site));
        }
    }
    engine.expect_arguments(&Value::Undefined);
    let others: Vec<RequestHandler> = engine.request_handlers.iter().filter(|h| h.method != "tools/call").cloned().collect();
    for handler in others {
        let answer = engine.answer(&handler);
        course.startup.push(engine.current);
        if matches!(handler.method.as_str(), "prompts/get" | "resources/read") {
            engine.note_texts("answer", &answer, handler.site);
        }
        listed_offers(engine, &handler, &answer);
    }
}

/// The prompts and resources that a handler answers with.
fn listed_offers(engine: &mut Engine<'_>, handler: &RequestHandler, answer: &Value) {
    let (key, resource) = match handler.method.as_str() {
        "prompts/list" => ("prompts", false),
        "resources/list" => ("resources", true),
        "resources/templates/list" => ("resourceTemplates", true),
        _ => return,
    };
    for item in listed(engine, answer, key, handler.site).0 {
        let [name, title, uri, template, description, arguments] = ["name", "title", "uri", "uriTemplate", "description", "arguments"].map(|part| {
            let part = engine.symbol(part);
            engine.read_member(&item, part, handler.site)
        });
        let uri = if uri.constant_text().is_some() { uri } else { template };
        let name = [&name, &title, &uri].into_iter().find(|v| v.constant_text().is_some()).cloned();
        let site = match &item {
            Value::Object(id) => engine.object(*id).site.unwrap_or(handler.site),
            _ => handler.site,
        };
        if let Some(name) = name {
            let (handler, passes) = (Value::Undefined, [].into());
            engine.offer(OfferMade { site, resource, name, title, uri, description, arguments, named_parameters: false, handler, passes });
        }
    }
}

/// Everything that nothing was seen to reach: its effects are facts too.
fn rest(engine: &mut Engine<'_>, program: &Program, extent: &Extent<'_>, is_test: &dyn Fn(&str) -> bool) -> Vec<Registration> {
    let tests: FxHashSet<ModuleId> = (0..program.modules.len() as u32).map(ModuleId).filter(|id| is_test(&program.module(*id).path)).collect();
    engine.root_context();
    let registrations = engine.registrations.len();
    for id in (0..program.modules.len() as u32).map(ModuleId) {
        if tests.contains(&id) || !(extent.within)(id) {
            continue;
        }
        if !engine.module_ran(id) {
            engine.root_context();
            engine.run_module(id);
        }
        engine.root_context();
        engine.run_functions(id);
    }
    engine.registrations.split_off(registrations)
}
