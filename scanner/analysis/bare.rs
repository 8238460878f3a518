//! Servers that speak the protocol without an SDK: the functions that tell its requests apart, and the tools among the data
//! that the program puts together.

use super::Extent;
use super::engine::{Engine, ObjectKind, RequestHandler, Site};
use super::value::{Closure, ObjectId, Value};
use crate::program::{Expr, ExprId, FunctionId, ModuleId, Program, Span};

/// Nesting of an answer in which the list of tools is looked for.
const MAX_DEPTH: u32 = 8;
/// Functions that are taken for handlers.
const MAX_HANDLERS: usize = 8;

/// Takes the functions that compare something with the names of the protocol's requests for their handlers.
pub(super) fn handlers(engine: &mut Engine<'_>, program: &Program, extent: &Extent<'_>, is_test: &dyn Fn(&str) -> bool) {
    let mut found: Vec<(ModuleId, FunctionId, bool, bool)> = Vec::new();
    for id in (0..program.modules.len() as u32).map(ModuleId) {
        let module = program.module(id);
        if !(extent.own)(id) || is_test(&module.path) {
            continue;
        }
        let places = |wanted: &str| -> Vec<Span> {
            module
                .exprs
                .iter()
                .zip(&module.spans)
                .filter(|(expr, _)| matches!(expr, Expr::Str(text) if &**text == wanted))
                .map(|(_, span)| *span)
                .collect()
        };
        let (lists, calls) = (places("tools/list"), places("tools/call"));
        for (is_list, span) in lists.iter().map(|span| (true, *span)).chain(calls.iter().map(|span| (false, *span))) {
            // The innermost function around it that has a name.
            let around = module.functions.iter().enumerate().skip(1);
            let around = around.filter(|(_, f)| f.name.is_some() && f.span.start <= span.start && span.end <= f.span.end);
            let Some((index, _)) = around.min_by_key(|(_, f)| f.span.end - f.span.start) else { continue };
            let function = FunctionId(index as u32);
            let full = found.len() >= MAX_HANDLERS;
            match found.iter_mut().find(|(m, f, ..)| (*m, *f) == (id, function)) {
                Some((_, _, list, call)) => {
                    *list |= is_list;
                    *call |= !is_list;
                }
                None if full => {}
                None => found.push((id, function, is_list, !is_list)),
            }
        }
    }
    // One that knows both answers both; others may only pass a request on.
    if found.iter().any(|(_, _, list, call)| *list && *call) {
        found.retain(|(_, _, list, call)| *list && *call);
    }
    for (module, function, list, call) in found {
        engine.run_module(module);
        let Some(frame) = engine.home_frame(module, function) else { continue };
        let closure = Value::Function(std::rc::Rc::new(Closure { module, function, frame: Some(frame), this: None, bound: Vec::new() }));
        let site = Site { module, expr: ExprId(u32::MAX) };
        for method in [(list, "tools/list"), (call, "tools/call")].into_iter().filter(|(is, _)| *is).map(|(_, method)| method) {
            engine.request_handlers.push(RequestHandler {
                site,
                method: method.to_owned(),
                function: closure.clone(),
                name_at: Vec::new(),
                arguments_at: Vec::new(),
                bare: true,
            });
        }
    }
}

/// The tools in an answer; when none is found there, the data of the program that looks like tools.
pub(super) fn tools(engine: &mut Engine<'_>, answer: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    within(engine, answer, MAX_DEPTH, &mut found);
    if found.is_empty() {
        found = (0..engine.objects.len() as u32).map(ObjectId).filter(|id| is_tool(engine, *id)).map(Value::Object).collect();
    }
    found
}

fn within(engine: &Engine<'_>, value: &Value, depth: u32, found: &mut Vec<Value>) {
    if depth == 0 {
        return;
    }
    for value in value.alternatives() {
        let Value::Object(id) = value else { continue };
        if is_tool(engine, *id) {
            if !found.iter().any(|known| super::value::same(known, value)) {
                found.push(value.clone());
            }
            continue;
        }
        let object = engine.object(*id);
        for part in object.items.iter().chain(object.fields.values()) {
            within(engine, part, depth - 1, found);
        }
    }
}

/// An object with a name and a schema for its input.
fn is_tool(engine: &Engine<'_>, id: ObjectId) -> bool {
    let object = engine.object(id);
    let field = |name: &str| object.fields.get(&engine.symbol(name));
    !matches!(object.kind, ObjectKind::List)
        && field("name").is_some_and(|name| name.alternatives().iter().any(|name| name.constant_text().is_some()))
        && (field("inputSchema").is_some() || field("input_schema").is_some())
}
