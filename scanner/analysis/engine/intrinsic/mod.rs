//! The value language of models: what calls return.

mod list;
mod text;

use std::rc::Rc;

use super::operator::join;

use super::{Engine, Kind, ObjectKind, Site};
use crate::analysis::marks::Marks;
use crate::analysis::model::{Edge, Head, Selector, Step, ValueModel};
use crate::analysis::value::{Api, Arguments, Closure, Origin, Piece, Source, Text, Value, union};
use crate::program::Symbol;

/// A call as models see it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Invocation {
    pub(crate) this: Option<Value>,
    pub(crate) arguments: Arguments,
    /// The handler of the tool that the call registers, once known.
    pub(crate) handler: Option<Value>,
    /// The object that stands for the tool that was registered.
    pub(crate) registered: Option<Value>,
}

impl Engine<'_> {
    /// What a selector names; `None` when it is not given (or given as null, which says as much).
    pub(crate) fn select(&mut self, selector: &Selector, call: &Invocation, site: Site) -> Option<Value> {
        let mut value = match &selector.head {
            Head::Argument(index) => argument(&call.arguments, *index)?,
            Head::Keyword(name) => call.arguments.keyword(*name)?,
            Head::Arguments => {
                let list = self.list(call.arguments.positional.clone(), call.arguments.more.is_some(), Some(site));
                if let (Value::Object(id), Some(more)) = (&list, &call.arguments.more) {
                    self.object_mut(*id).rest = more.clone();
                }
                list
            }
            Head::Keywords => {
                let fields = self.plain(call.arguments.keywords.clone());
                if let Value::Object(id) = &fields {
                    let object = self.object_mut(*id);
                    object.site = Some(site);
                    if let Some(more) = &call.arguments.more_keywords {
                        object.rest = more.clone();
                        object.open = true;
                    }
                }
                fields
            }
            Head::Receiver => call.this.clone()?,
            Head::Handler => call.handler.clone()?,
            Head::Constant(text) => Value::text(text.as_str()),
        };
        for step in &selector.steps {
            value = match step {
                Step::Member(name) => self.field(&value, *name, site)?,
                Step::Item(index) => self.read_index(&value, &Value::Number(f64::from(*index)), site),
                Step::Any => self.element_of(&value, site),
                Step::From(skipped) => {
                    let Value::Object(list) = &value else { return Some(value) };
                    let list = self.object(*list);
                    let (items, rest, open) = (list.items.iter().skip(*skipped as usize).cloned().collect(), list.rest.clone(), list.open);
                    let part = self.list(items, open, Some(site));
                    if let Value::Object(id) = &part {
                        self.object_mut(*id).rest = rest;
                    }
                    part
                }
                Step::Argument(index) => self.made_by(&value, |call| argument(&call.arguments, *index))?,
                Step::Keyword(name) => match self.written_field(&value, *name) {
                    Some(written) => written,
                    None => self.made_by(&value, |call| call.arguments.keyword(*name))?,
                },
                Step::Keywords => {
                    let mut keywords = Vec::new();
                    self.made_by(&value, |call| {
                        keywords.push(call.arguments.keywords.clone());
                        Some(Value::Null)
                    })?;
                    self.plain(keywords.into_iter().next()?)
                }
                Step::Receiver => self.made_by(&value, |call| Some(call.this.clone()))?,
            };
        }
        (!value.is_absent()).then_some(value)
    }

    /// A field of an options object; not given when the object is known and lacks it.
    fn field(&mut self, value: &Value, name: Symbol, site: Site) -> Option<Value> {
        let mut all = Vec::new();
        for value in value.alternatives() {
            match value {
                Value::Object(id) => {
                    let found = self.known_member(&Value::Object(*id), name, site);
                    match found {
                        Some(found) => all.push(found),
                        None if self.object(*id).open => {}
                        None => {}
                    }
                }
                Value::Api(_) | Value::Class(_) | Value::Function(_) => all.extend(self.known_member(value, name, site)),
                Value::Unknown(Origin { source: Source::Argument(_), .. }) => all.push(self.read_member(value, name, site)),
                _ => {}
            }
        }
        all.retain(|v| !matches!(v, Value::Undefined));
        if all.is_empty() { None } else { Some(union(all)) }
    }

    /// The first selector that is given.
    pub(crate) fn first(&mut self, selectors: &[Selector], call: &Invocation, site: Site) -> Option<Value> {
        selectors.iter().find_map(|selector| self.select(selector, call, site))
    }

    pub(crate) fn value_of(&mut self, model: &ValueModel, call: &Invocation, site: Site) -> Value {
        self.value_given(model, call, site).unwrap_or(Value::UNKNOWN)
    }

    pub(super) fn value_given(&mut self, model: &ValueModel, call: &Invocation, site: Site) -> Option<Value> {
        Some(match model {
            ValueModel::Select(selector) => return self.select(selector, call, site),
            ValueModel::First(all) => return all.iter().find_map(|model| self.value_given(model, call, site)),
            ValueModel::Text(text) if text == "<module>" => self.module_path(site.module),
            ValueModel::Text(text) => Value::text(text.as_str()),
            ValueModel::True => Value::Bool(true),
            ValueModel::False => Value::Bool(false),
            ValueModel::Null => Value::Null,
            ValueModel::Unknown => Value::UNKNOWN,
            ValueModel::CommandLine | ValueModel::Config => Value::Unknown(Source::Config.into()),
            ValueModel::Remote => Value::Unknown(Source::Remote(self.reading).into()),
            ValueModel::Request => Value::Unknown(Source::Request(self.names.empty).into()),
            ValueModel::Arguments => Value::Unknown(Source::Argument(self.names.empty).into()),
            ValueModel::Apply(name, arguments) => {
                // `list(instance(…))` holds the instance: it is not something to take the elements of.
                if &**name == "list" && arguments.iter().any(|a| matches!(a, ValueModel::Apply(name, _) if &**name == "instance")) {
                    let items = arguments.iter().filter_map(|model| self.value_given(model, call, site)).collect();
                    return Some(self.list(items, false, Some(site)));
                }
                // `path(args)` takes every argument: a list among the operands stands for its elements.
                let mut given: Vec<Option<Value>> = Vec::with_capacity(arguments.len());
                for model in arguments {
                    let value = self.value_given(model, call, site);
                    match (&value, model) {
                        (Some(Value::Object(id)), ValueModel::Select(Selector { head: Head::Arguments, steps }))
                            if steps.is_empty() && spreads(name) =>
                        {
                            let object = self.object(*id);
                            let (items, open) = (object.items.clone(), object.open);
                            given.extend(items.into_iter().map(Some));
                            if open {
                                given.push(Some(Value::UNKNOWN));
                            }
                        }
                        _ => given.push(value),
                    }
                }
                if let Some(kept) = self.keeping(name, &given, site) {
                    return kept;
                }
                self.intrinsic(name, given, site)
            }
        })
    }

    fn intrinsic(&mut self, name: &str, given: Vec<Option<Value>>, site: Site) -> Value {
        if let Some(value) = self.text_function(name, &given, site) {
            return value;
        }
        if let Some(value) = self.list_function(name, &given, site) {
            return value;
        }
        let arg = |i: usize| given.get(i).cloned().flatten().unwrap_or(Value::Undefined);
        let all = || given.iter().flatten().cloned().collect::<Vec<_>>();
        match name {
            "environment" => {
                let name = arg(0);
                let parts: Vec<Value> = name
                    .alternatives()
                    .iter()
                    .map(|n| match n.constant_text() {
                        // Whoever's it is, it is the home directory, where it is set.
                        Some(text) if matches!(&*text, "HOME" | "USERPROFILE") => Value::text("~").or(Value::Undefined),
                        Some(text) => Value::Unknown(Source::Environment(self.symbol(&text)).into()),
                        None => Value::Unknown(Source::Environment(self.names.empty).into()),
                    })
                    .collect();
                join(union(parts), arg(1))
            }
            "demand" => self.demand(&arg(0), &arg(1)),
            "either" => union(all()),
            "call" => {
                let arguments = Arguments::of(all().into_iter().skip(1).collect());
                self.call(&arg(0), arguments, None, site)
            }
            "result" => self.call(&arg(0), Self::unknown_arguments(Source::Parameter.into()), None, site),
            "apply" => {
                let (items, unknown) = self.iterate(&arg(2), site);
                let arguments = Arguments { positional: items, more: unknown, ..Arguments::default() };
                self.call(&arg(0), arguments, Some(arg(1)), site)
            }
            "bind" => {
                let parts: Vec<Value> = arg(0)
                    .alternatives()
                    .iter()
                    .map(|function| match function {
                        Value::Function(closure) => {
                            let mut bound = (**closure).clone();
                            if bound.this.is_none() && !matches!(arg(1), Value::Undefined | Value::Null) {
                                bound.this = Some(arg(1));
                            }
                            bound.bound.extend(all().into_iter().skip(2));
                            Value::Function(Rc::new(bound))
                        }
                        other => other.clone(),
                    })
                    .collect();
                union(parts)
            }
            "partial" => {
                let parts: Vec<Value> = arg(0)
                    .alternatives()
                    .iter()
                    .map(|function| match function {
                        Value::Function(closure) => {
                            let mut bound: Closure = (**closure).clone();
                            bound.bound.extend(all().into_iter().skip(1));
                            Value::Function(Rc::new(bound))
                        }
                        other => other.clone(),
                    })
                    .collect();
                union(parts)
            }
            "instance" => match arg(0) {
                Value::Class(class) => self.instantiate(&class, Arguments::default(), site),
                Value::Api(api) => Value::Api(self.api_instance(&api, Arguments::default())),
                Value::Text(text) => match text.constant() {
                    // `instance("module#Class")`
                    Some(path) => self.named_instance(&path, site),
                    None => Value::UNKNOWN,
                },
                other => other,
            },
            "typed" => {
                let class = arg(1);
                let parts: Vec<Value> = arg(0).alternatives().iter().map(|v| self.as_instance(v, &class, site)).collect();
                union(parts)
            }
            "settings" => match arg(0) {
                Value::Class(class) => self.settings_of(&class, site, 0),
                _ => Value::Unknown(Source::Config.into()),
            },
            "import" => {
                let value = arg(0);
                let parts: Vec<Value> = value
                    .alternatives()
                    .iter()
                    .map(|v| match v.constant_text() {
                        Some(text) => {
                            let target = self.program.find(self.module(site.module), &text);
                            self.import(site.module, target)
                        }
                        None => self.import_computed(v, site),
                    })
                    .collect();
                union(parts)
            }
            "file" => self.file_content(&arg(0)),
            "wraps" => {
                // `wraps(wrapped)(wrapper)`: the wrapper goes by the other's name, documentation and parameters.
                if let (Value::Function(wrapper), wrapped @ Value::Function(_)) = (arg(0), arg(1)) {
                    self.wrapped.insert((wrapper.module, wrapper.function, wrapper.frame), wrapped);
                }
                arg(0)
            }
            "is_function" => match arg(0) {
                Value::Function(_) | Value::Class(_) => Value::Bool(true),
                Value::Unknown(_) | Value::Api(_) | Value::Union(_) | Value::Object(_) => Value::UNKNOWN,
                _ => Value::Bool(false),
            },
            "is_list" => match arg(0) {
                Value::Object(id) if matches!(self.object(id).kind, ObjectKind::List) => Value::Bool(true),
                Value::Unknown(_) | Value::Api(_) | Value::Union(_) => Value::UNKNOWN,
                _ => Value::Bool(false),
            },
            "is_instance" => self.is_instance(&arg(0), &arg(1)).map_or(Value::UNKNOWN, Value::Bool),
            "zero" | "held" | "empty" => self.made_of_type(name, &arg(0), Vec::new(), site),
            "compose" => {
                let (items, _) = self.iterate(&arg(1), site);
                match arg(0) {
                    of @ (Value::Class(_) | Value::Api(_)) => self.made_of_type(name, &of, items, site),
                    _ => arg(1),
                }
            }
            "assert" => self.asserted(&arg(0), &arg(1), site),
            "fill" => {
                self.fill(&arg(0), &arg(1), 0, site);
                arg(0)
            }
            "options" => self.with_options(&given, site),
            "property" => self.property(&given, site),
            _ => Value::UNKNOWN,
        }
    }

    /// A field of a library's struct, where the program wrote it after making the struct.
    fn written_field(&self, value: &Value, name: Symbol) -> Option<Value> {
        let fields = value.alternatives().iter().filter_map(|v| match v {
            Value::Api(api) if self.was_written(api.id, name) => self.given_field(api, name),
            _ => None,
        });
        let fields: Vec<Value> = fields.collect();
        (!fields.is_empty()).then(|| union(fields))
    }

    /// A part of the call that made a library object, or the library's part of an instance.
    fn made_by(&self, value: &Value, mut part: impl FnMut(&crate::analysis::value::CallRecord) -> Option<Value>) -> Option<Value> {
        let found: Vec<Value> = value
            .alternatives()
            .iter()
            .filter_map(|v| match v {
                Value::Api(api) => part(api.made_by()?),
                Value::Object(id) => part(self.object(*id).base.as_ref()?.made_by()?),
                Value::Class(class) => self.library_bases(class).iter().find_map(|base| part(base.made_by()?)),
                _ => None,
            })
            .collect();
        if found.is_empty() { None } else { Some(union(found)) }
    }

    /// Whether a value is of a class, where that is plain.
    pub(super) fn is_instance(&self, value: &Value, class: &Value) -> Option<bool> {
        use crate::analysis::value::Segment;
        if let Value::Object(id) = class {
            // Any of a tuple of classes.
            let verdicts: Vec<_> = self.object(*id).items.iter().map(|class| self.is_instance(value, class)).collect();
            return if verdicts.contains(&Some(true)) { Some(true) } else { verdicts.iter().all(|v| *v == Some(false)).then_some(false) };
        }
        if value.is_absent() {
            return Some(false);
        }
        match class {
            Value::Api(api) => {
                let Segment::Global(name) = api.segment else { return None };
                let name = self.name(name);
                let kind = match value {
                    Value::Text(_) => "str",
                    Value::Bool(_) => "bool",
                    Value::Object(id) => match self.object(*id).kind {
                        ObjectKind::List => "list",
                        ObjectKind::Plain => "dict",
                        ObjectKind::Instance(_) => return None,
                    },
                    Value::Function(_) => "function",
                    _ => return None,
                };
                let plain = ["str", "bool", "int", "float", "bytes", "dict", "list"].contains(&&*name);
                // Lists stand for tuples and sets too.
                (plain && !(kind == "list" && &*name != "list")).then_some(&*name == kind)
            }
            Value::Class(class) => match value {
                Value::Object(id) => match &self.object(*id).kind {
                    ObjectKind::Instance(of) => Some(self.lineage(of).iter().any(|c| Rc::ptr_eq(c, class))),
                    _ => Some(false),
                },
                Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Function(_) => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// `"module#Class"` as an instance, for models that hand library objects to callbacks.
    fn named_instance(&mut self, path: &str, site: Site) -> Value {
        let (module, rest) = path.split_once('#').unwrap_or((path, ""));
        let ecosystem = self.ecosystem(site.module);
        let mut api = self.external(ecosystem, self.symbol(module));
        for part in rest.split('.').filter(|p| !p.is_empty()) {
            api = match part.strip_suffix("()") {
                Some(name) => {
                    let member = self.api_child(&api, crate::analysis::value::Segment::Member(self.symbol(name)));
                    self.api_instance(&member, Arguments::default())
                }
                None => self.api_child(&api, crate::analysis::value::Segment::Member(self.symbol(part))),
            };
        }
        if rest.ends_with("()") {
            return Value::Api(api);
        }
        Value::Api(self.api_instance(&api, Arguments::default()))
    }

    /// The same library object standing for another text.
    pub(crate) fn with_meaning(&mut self, api: &Rc<Api>, meaning: Value) -> Value {
        let made = self.new_api(api.parent.clone(), api.segment, api.node, api.call.clone());
        match Rc::try_unwrap(made) {
            Ok(made) => Value::Api(Rc::new(Api { meaning: Some(meaning), ..made })),
            Err(shared) => Value::Api(shared),
        }
    }

    /// Whether models describe a method of this name for values of any kind.
    pub(crate) fn any_method(&self, ecosystem: crate::program::Ecosystem, name: Symbol) -> Option<crate::analysis::model::NodeId> {
        let node = self.kind_node(ecosystem, Kind::Any)?;
        let node = self.models.child(node, Edge::Member(name))?;
        self.models.child(node, Edge::Call)
    }
}

/// The value with marks on everything in it that is chosen elsewhere.
pub(super) fn marked(value: &Value, marks: Marks) -> Value {
    union(value.alternatives().iter().map(|value| match value {
        Value::Unknown(origin) => Value::Unknown(origin.marked(marks)),
        Value::Text(text) => {
            let mark = |piece: &Piece| match piece {
                Piece::Hole(origin) => Piece::Hole(origin.marked(marks)),
                literal => literal.clone(),
            };
            Value::Text(Rc::new(Text { pieces: text.pieces.iter().map(mark).collect() }))
        }
        Value::Api(api) => match &api.meaning {
            Some(meaning) => Value::Api(Rc::new(Api {
                parent: api.parent.clone(),
                id: api.id,
                depth: api.depth,
                segment: api.segment,
                meaning: Some(marked(meaning, marks)),
                node: api.node,
                call: api.call.clone(),
                read: api.read,
            })),
            None => value.clone(),
        },
        other => other.clone(),
    }))
}

fn argument(arguments: &Arguments, index: i32) -> Option<Value> {
    if index < 0 {
        let at = arguments.positional.len().checked_sub(index.unsigned_abs() as usize)?;
        return arguments.positional.get(at).cloned();
    }
    arguments.get(index as usize)
}

/// Which functions take `args` as so many operands.
fn spreads(name: &str) -> bool {
    matches!(name, "concat" | "path" | "either" | "merge" | "list" | "append" | "appended" | "bind" | "partial" | "call" | "format")
}
