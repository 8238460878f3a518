//! Values → JSON: what a client would see of annotations and schemas.

use serde_json::{Map, Value as Json, json};

use super::engine::{At, Engine, ObjectKind, Site};
use super::model::{Edge, SchemaModel, Selector};
use super::value::{Api, Closure, Segment, Value};
use crate::program::{Expr, FunctionKind, ParameterKind};

use super::engine::Invocation;
use super::notes;

/// Nesting of schemas and annotations that is followed.
const MAX_DEPTH: u32 = 12;
/// Fields of one object.
const MAX_FIELDS: usize = 500;

/// A parameter's schema, and whether it may be left out.
struct Described {
    schema: Json,
    optional: bool,
}

impl Engine<'_> {
    /// Plain data as JSON. What is not constant is left out; of text with holes, the holes are shown as `…`.
    pub(crate) fn json(&mut self, value: &Value, depth: u32) -> Option<Json> {
        if depth > MAX_DEPTH {
            return None;
        }
        match value {
            Value::Null => Some(Json::Null),
            Value::Bool(b) => Some(json!(b)),
            Value::Number(n) if n.fract() == 0.0 && n.abs() < 9e15 => Some(json!(*n as i64)),
            Value::Number(n) => Some(json!(n)),
            Value::Text(text) => Some(json!(text.render("…"))),
            Value::Object(id) => {
                let object = self.object(*id);
                if matches!(object.kind, ObjectKind::List) {
                    let items = object.items.clone();
                    return Some(Json::Array(items.iter().filter_map(|v| self.json(v, depth + 1)).collect()));
                }
                let fields: Vec<_> = object.fields.iter().take(MAX_FIELDS).map(|(k, v)| (*k, v.clone())).collect();
                let mut map = Map::new();
                for (name, value) in fields {
                    if let Some(json) = self.json(&value, depth + 1) {
                        map.insert(self.name(name).to_string(), json);
                    }
                }
                Some(Json::Object(map))
            }
            Value::Api(api) => match (&api.call, &api.meaning) {
                (_, Some(meaning)) => self.json(&meaning.clone(), depth + 1),
                // `ToolAnnotations(readOnlyHint=True)`: the keywords are the fields.
                (Some(call), None) if !call.arguments.keywords.is_empty() => {
                    let keywords = call.arguments.keywords.clone();
                    let mut map = Map::new();
                    for (name, value) in keywords {
                        if let Some(json) = self.json(&value, depth + 1) {
                            map.insert(self.name(name).to_string(), json);
                        }
                    }
                    Some(Json::Object(map))
                }
                _ => None,
            },
            Value::Union(all) => {
                let all = all.clone();
                all.iter().find_map(|v| self.json(v, depth + 1))
            }
            _ => None,
        }
    }

    /// The JSON Schema of a tool's input, from whatever the SDK takes for it.
    pub(crate) fn input_schema(&mut self, value: &Value) -> Json {
        match self.describe(value, 0) {
            Some(Described { schema: Json::Object(map), .. }) if !map.is_empty() => Json::Object(map),
            _ => json!({"type": "object"}),
        }
    }

    fn describe(&mut self, value: &Value, depth: u32) -> Option<Described> {
        if depth > MAX_DEPTH {
            return None;
        }
        match value {
            Value::Api(api) => {
                // `{"name": str}`: the type itself.
                let word = if let Segment::Global(name) = api.segment { type_word(&self.name(name)) } else { None };
                match word {
                    Some(word) => Some(Described { schema: json!({"type": word}), optional: false }),
                    None => self.describe_api(&api.clone(), depth),
                }
            }
            Value::Object(id) => {
                let fields: Vec<_> = self.object(*id).fields.iter().take(MAX_FIELDS).map(|(k, v)| (*k, v.clone())).collect();
                let is_schema = fields.iter().any(|(k, v)| {
                    matches!(&*self.name(*k), "type" | "properties" | "anyOf" | "oneOf" | "$ref" | "allOf")
                        && !matches!(v, Value::Api(a) if self.is_schema(a))
                });
                if is_schema {
                    let mut schema = self.json(value, depth)?;
                    self.copied_properties(&fields, &mut schema, depth);
                    return Some(Described { schema, optional: false });
                }
                if depth > 0
                    && let Some(described) = self.describe_field(&fields, depth)
                {
                    return Some(described);
                }
                Some(self.describe_shape(fields, depth))
            }
            Value::Union(all) => {
                let all = all.clone();
                all.iter().find_map(|v| self.describe(v, depth + 1))
            }
            // A schema as a text.
            Value::Text(text) => match serde_json::from_str::<Json>(&text.constant()?).ok()? {
                schema @ Json::Object(_) => Some(Described { schema, optional: false }),
                _ => None,
            },
            Value::Class(class) => Some(self.describe_class(&class.clone(), depth)),
            _ => None,
        }
    }

    /// Properties that the program copied one by one from those of a class.
    fn copied_properties(&mut self, fields: &[(crate::program::Symbol, Value)], schema: &mut Json, depth: u32) {
        let properties = fields.iter().find(|(k, _)| &*self.name(*k) == "properties").map(|(_, v)| v.clone());
        let Some(Value::Object(id)) = properties else { return };
        let classes: Vec<_> =
            self.object(id).rest.alternatives().iter().filter_map(|v| if let Value::Class(class) = v { Some(class.clone()) } else { None }).collect();
        for class in classes {
            let described = self.describe_class(&class, depth + 1).schema;
            if let (Json::Object(into), Json::Object(from)) = (&mut *schema, described) {
                for (key, value) in from {
                    match into.get_mut(&key) {
                        Some(Json::Object(old)) if old.is_empty() => *old = value.as_object().cloned().unwrap_or_default(),
                        None => {
                            into.insert(key, value);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn is_schema(&self, api: &Api) -> bool {
        api.node.is_some_and(|node| self.models.entry(node).schema.is_some())
    }

    /// `{type: z.string(), description: "…"}`: a schema with its description beside it, inside a shape.
    fn describe_field(&mut self, fields: &[(crate::program::Symbol, Value)], depth: u32) -> Option<Described> {
        let named = |name: &str| fields.iter().find(|(k, _)| &*self.name(*k) == name).map(|(_, v)| v.clone());
        let (Some(schema @ Value::Api(_)), about) = (named("type"), named("description")) else { return None };
        if matches!(about, Some(Value::Api(_))) {
            return None;
        }
        let mut described = self.describe(&schema, depth + 1)?;
        if let Some(about) = about.and_then(|about| self.json(&about, depth + 1)) {
            set(&mut described.schema, "description", about);
        }
        Some(described)
    }

    /// `{a: z.string(), b: …}`
    fn describe_shape(&mut self, fields: Vec<(crate::program::Symbol, Value)>, depth: u32) -> Described {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for (name, value) in fields {
            let name = self.name(name).to_string();
            let described = self.describe(&value, depth + 1).unwrap_or(Described { schema: json!({}), optional: false });
            if !described.optional {
                required.push(Json::String(name.clone()));
            }
            properties.insert(name, described.schema);
        }
        Described { schema: object_schema(properties, required), optional: false }
    }

    fn describe_api(&mut self, api: &std::rc::Rc<Api>, depth: u32) -> Option<Described> {
        let model = self.models.entry(api.node?).schema.as_ref();
        let Some(model) = model else {
            return api.meaning.clone().and_then(|m| self.describe(&m, depth + 1));
        };
        let call = match &api.call {
            Some(record) => Invocation { this: Some(record.this.clone()), arguments: record.arguments.clone(), ..Invocation::default() },
            None => Invocation { this: api.parent.clone().map(Value::Api), ..Invocation::default() },
        };
        let model: SchemaModel = model.clone();
        let site = Site { module: crate::program::ModuleId(0), expr: crate::program::ExprId(u32::MAX) };
        let part = |engine: &mut Self, selector: &Option<Selector>| selector.as_ref().and_then(|s| engine.select(s, &call, site));
        let base = part(self, &model.from);
        let mut described = match base {
            Some(base) => self.describe(&base, depth + 1).unwrap_or(Described { schema: json!({}), optional: false }),
            None => Described { schema: json!({}), optional: false },
        };
        if let Some(properties) = part(self, &model.properties) {
            let fields = self.fields_of(&properties);
            described = self.describe_shape(fields, depth + 1);
            if model.set.iter().any(|(key, _)| key == "required")
                && let Json::Object(map) = &mut described.schema
            {
                map.remove("required");
            }
        }
        if let Some(extend) = part(self, &model.extend) {
            let more = match &extend {
                Value::Object(_) => {
                    let fields = self.fields_of(&extend);
                    self.describe_shape(fields, depth + 1)
                }
                other => self.describe(other, depth + 1).unwrap_or(Described { schema: json!({}), optional: false }),
            };
            merge(&mut described.schema, more.schema);
        }
        for (selector, keep) in [(&model.pick, true), (&model.omit, false)] {
            if let Some(picked) = part(self, selector) {
                let names: Vec<String> = self.fields_of(&picked).into_iter().map(|(k, _)| self.name(k).to_string()).collect();
                retain(&mut described.schema, |name| names.iter().any(|n| n == name) == keep);
            }
        }
        if let Some(items) = part(self, &model.items)
            && let Some(items) = self.describe(&items, depth + 1)
        {
            set(&mut described.schema, "items", items.schema);
        }
        if let Some(choices) = part(self, &model.any_of)
            && let Value::Object(id) = choices
        {
            let choices = self.object(id).items.clone();
            let all: Vec<Json> = choices.iter().filter_map(|c| self.describe(c, depth + 1)).map(|d| d.schema).collect();
            set(&mut described.schema, "anyOf", Json::Array(all));
        }
        if let Some(json_type) = &model.json_type {
            set(&mut described.schema, "type", json!(json_type));
        }
        for (key, selectors) in &model.set {
            if let Some(value) = self.first(selectors, &call, site) {
                let json = match (key.as_str(), &value) {
                    ("enum", Value::Object(id)) if !matches!(self.object(*id).kind, ObjectKind::List) => {
                        let values: Vec<Value> = self.object(*id).fields.values().cloned().collect();
                        Some(Json::Array(values.iter().filter_map(|v| self.json(v, depth + 1)).collect()))
                    }
                    _ => self.json(&value, depth + 1),
                };
                if let Some(json) = json {
                    set(&mut described.schema, key, json);
                }
            }
        }
        if model.partial
            && let Json::Object(map) = &mut described.schema
        {
            map.remove("required");
        }
        described.optional |= model.optional;
        Some(described)
    }

    fn fields_of(&self, value: &Value) -> Vec<(crate::program::Symbol, Value)> {
        value
            .alternatives()
            .iter()
            .filter_map(|v| if let Value::Object(id) = v { Some(*id) } else { None })
            .flat_map(|id| self.object(id).fields.iter().take(MAX_FIELDS).map(|(k, v)| (*k, v.clone())).collect::<Vec<_>>())
            .collect()
    }

    /// A class whose annotated fields are the parameters (pydantic, dataclasses).
    fn describe_class(&mut self, class: &std::rc::Rc<super::value::ClassValue>, depth: u32) -> Described {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        if depth > MAX_DEPTH {
            return Described { schema: json!({}), optional: false };
        }
        if let Some(choices) = self.choices_of(class) {
            return Described { schema: choices, optional: false };
        }
        for class in self.lineage(class).into_iter().rev() {
            if self.describe_noted(&class, &mut properties, &mut required, depth) {
                continue;
            }
            let members = &self.module(class.module).classes[class.class.index()].members;
            let at = At { module: class.module, frame: class.frame };
            for member in members {
                let (crate::program::MemberKind::Field { value, annotation: Some(annotation) }, crate::program::Key::Name(name)) =
                    (&member.kind, &member.key)
                else {
                    continue;
                };
                let name = self.name(member.alias.unwrap_or(*name)).to_string();
                if name.starts_with('_') || name == "model_config" {
                    continue;
                }
                let described = self.describe_annotation(at, Some(*annotation), *value, depth + 1);
                if name == ".." {
                    // The fields of the field's type are fields here.
                    if let Json::Object(mut inner) = described.schema {
                        if let Some(Json::Object(more)) = inner.remove("properties") {
                            properties.extend(more);
                        }
                        if let Some(Json::Array(more)) = inner.remove("required") {
                            required.extend(more);
                        }
                    }
                    continue;
                }
                if !described.optional {
                    required.push(Json::String(name.clone()));
                }
                properties.insert(name, described.schema);
            }
        }
        Described { schema: object_schema(properties, required), optional: false }
    }

    /// An enumeration is one of its words.
    fn choices_of(&mut self, class: &super::value::ClassValue) -> Option<Json> {
        let keywords = &self.module(class.module).classes[class.class.index()].keywords;
        let words = keywords.iter().find(|(name, _)| &*self.name(*name) == "enum").map(|(_, words)| *words)?;
        let words = self.eval(At { module: class.module, frame: class.frame }, words);
        match self.json(&words, 0)? {
            Json::Array(words) if words.is_empty() => Some(json!({})),
            words => Some(json!({"type": "string", "enum": words})),
        }
    }

    /// A class beside whose fields something is noted: names in data, what may be left out, descriptions. False when
    /// there are no such notes.
    fn describe_noted(
        &mut self,
        class: &std::rc::Rc<super::value::ClassValue>,
        properties: &mut Map<String, Json>,
        required: &mut Vec<Json>,
        depth: u32,
    ) -> bool {
        let fields = self.noted_fields(class);
        if fields.is_empty() {
            return false;
        }
        let at = At { module: class.module, frame: class.frame };
        for field in fields {
            if field.embedded
                && let Some(annotation) = field.annotation
                && let Value::Class(inner) = self.eval(at, annotation)
            {
                if depth < MAX_DEPTH {
                    self.describe_noted(&inner, properties, required, depth + 1);
                }
                continue;
            }
            let Some(key) = field.key else { continue };
            let mut schema = field.annotation.map_or_else(|| json!({}), |annotation| self.type_schema(at, annotation, depth + 1));
            let tag = |engine: &Self, wanted: &str| field.tags.iter().find(|(k, _)| &*engine.name(*k) == wanted).map(|(_, v)| v.to_string());
            let mut optional = field.options.iter().any(|option| option == "omitempty" || option == "omitzero");
            let note = tag(self, "jsonschema").unwrap_or_default();
            let about = ["jsonschema_description", "description"].iter().find_map(|name| tag(self, name));
            match notes::keywords(&note) {
                Some(keywords) => {
                    optional = optional || (field.optional && !keywords.iter().any(|(key, _)| key == "required"));
                    notes::apply(&keywords, &mut schema);
                    if keywords.iter().any(|(key, _)| key == "required") {
                        optional = false;
                    }
                }
                None if !note.is_empty() => set(&mut schema, "description", json!(note)),
                None => {}
            }
            if let Some(about) = about {
                set(&mut schema, "description", json!(about));
            }
            if !optional {
                required.push(Json::String(key.clone()));
            }
            properties.insert(key, schema);
        }
        true
    }

    /// A type that is made from another one by a conversion.
    fn described_conversion(&mut self, closure: &std::rc::Rc<Closure>, depth: u32) -> Json {
        match self.module(closure.module).functions[closure.function.index()].returns {
            Some(returns) => {
                let at = self.signature_frame(closure);
                self.type_schema(at, returns, depth + 1)
            }
            None => json!({}),
        }
    }

    /// The schema that an SDK derives from the parameters of a handler.
    pub(crate) fn parameters_schema(&mut self, closure: &std::rc::Rc<Closure>) -> Json {
        let closure = self.unwrapped(closure);
        let function = &self.module(closure.module).functions[closure.function.index()];
        let receiver = usize::from(function.kind == (FunctionKind::Method { receiver_parameter: true }));
        let (mut properties, mut required) = (Map::new(), Vec::new());
        let at = self.signature_frame(&closure);
        for parameter in function.parameters.iter().skip(receiver) {
            let Some(name) = parameter.name else { continue };
            if matches!(parameter.kind, ParameterKind::RestItems | ParameterKind::RestEntries) {
                continue;
            }
            if self.injected(at, parameter.annotation).is_some() {
                continue;
            }
            if let Some(all) = self.extracted(at, parameter.annotation) {
                return match self.type_schema(at, all, 0) {
                    Json::Object(schema) if schema.contains_key("type") => Json::Object(schema),
                    _ => json!({"type": "object"}),
                };
            }
            let described = self.describe_annotation(at, parameter.annotation, parameter.default, 0);
            let name = self.name(name).to_string();
            if !described.optional {
                required.push(Json::String(name.clone()));
            }
            properties.insert(name, described.schema);
        }
        // What the documentation says of a parameter, an SDK may pass on to the model.
        for (name, about) in function.doc.as_deref().map(super::documentation::parameters).unwrap_or_default() {
            if let Some(Json::Object(schema)) = properties.get_mut(name)
                && !schema.contains_key("description")
            {
                schema.insert("description".into(), Json::String(about));
            }
        }
        object_schema(properties, required)
    }

    /// Type, description and default of an annotated parameter or field.
    fn describe_annotation(
        &mut self,
        at: At,
        annotation: Option<crate::program::ExprId>,
        default: Option<crate::program::ExprId>,
        depth: u32,
    ) -> Described {
        let mut schema = annotation.map_or_else(|| json!({}), |a| self.type_schema(at, a, depth));
        let mut optional = false;
        if let Some(default) = default {
            match self.schema_call(at, default) {
                Some(api) => {
                    optional = self.gives_default(&api);
                    if let Some(field) = self.describe_api(&api, depth + 1) {
                        optional |= field.optional || field.schema.get("default").is_some();
                        merge(&mut schema, field.schema);
                    }
                }
                None => {
                    optional = true;
                    let value = self.eval(at, default);
                    if let Some(json) = self.json(&value, depth) {
                        set(&mut schema, "default", json);
                    }
                }
            }
        }
        Described { schema, optional }
    }

    /// The result of a call that says something of a type (`Field(…)`), whatever value it stands for otherwise.
    fn schema_call(&mut self, at: At, expr: crate::program::ExprId) -> Option<std::rc::Rc<Api>> {
        let Expr::Call(call) = &self.module(at.module).exprs[expr.index()] else {
            return match self.eval(at, expr) {
                Value::Api(api) if api.call.is_some() && self.is_schema(&api) => Some(api),
                _ => None,
            };
        };
        let Value::Api(callee) = self.eval(at, call.callee) else { return None };
        let node = self.models.child(callee.node?, Edge::Call)?;
        self.models.entry(node).schema.as_ref()?;
        let arguments = self.arguments(at, &call.arguments, Site { module: at.module, expr });
        Some(self.api_instance(&callee, arguments))
    }

    /// Whether a field is declared with a default: any value but `...`, which no value stands for.
    fn gives_default(&self, field: &Api) -> bool {
        let Some(call) = &field.call else { return false };
        let named = call.arguments.keywords.iter().find(|(name, _)| matches!(&*self.name(*name), "default" | "default_factory"));
        call.arguments.positional.first().into_iter().chain(named.map(|(_, value)| value)).any(|value| !matches!(value, Value::Unknown(_)))
    }

    /// `str`, `list[int]`, `Annotated[str, Field(description="…")]`, `Literal["a"]`, `Optional[X]`, a model class.
    fn type_schema(&mut self, at: At, annotation: crate::program::ExprId, depth: u32) -> Json {
        if depth > MAX_DEPTH {
            return json!({});
        }
        let module = self.module(at.module);
        match &module.exprs[annotation.index()] {
            Expr::Index { object, index } => {
                let base = self.type_name(at, *object);
                let arguments: Vec<_> = match &module.exprs[index.index()] {
                    Expr::List(items) => items.iter().map(|i| i.value).collect(),
                    _ => vec![*index],
                };
                match base.as_deref() {
                    Some("Annotated") => {
                        let mut schema = arguments.first().map_or_else(|| json!({}), |a| self.type_schema(at, *a, depth + 1));
                        for more in arguments.iter().skip(1) {
                            if let Some(api) = self.schema_call(at, *more) {
                                if let Some(field) = self.describe_api(&api, depth + 1) {
                                    merge(&mut schema, field.schema);
                                }
                            } else if let Value::Text(text) = self.eval(at, *more) {
                                set(&mut schema, "description", json!(text.render("…")));
                            }
                        }
                        schema
                    }
                    Some("Literal") => {
                        let all: Vec<Json> = arguments
                            .iter()
                            .filter_map(|a| {
                                let v = self.eval(at, *a);
                                self.json(&v, depth)
                            })
                            .collect();
                        json!({"enum": all})
                    }
                    Some("Optional") => {
                        arguments.first().map_or_else(|| json!({}), |a| json!({"anyOf": [self.type_schema(at, *a, depth + 1), {"type": "null"}]}))
                    }
                    Some("Union") => json!({"anyOf": arguments.iter().map(|a| self.type_schema(at, *a, depth + 1)).collect::<Vec<_>>()}),
                    Some("list" | "List" | "Sequence" | "set" | "Set" | "tuple" | "Tuple" | "Iterable" | "frozenset") => {
                        let items = arguments.first().map_or_else(|| json!({}), |a| self.type_schema(at, *a, depth + 1));
                        json!({"type": "array", "items": items})
                    }
                    Some("dict" | "Dict" | "Mapping") => json!({"type": "object"}),
                    _ => json!({}),
                }
            }
            Expr::Binary { op: crate::program::Binary::BitOr, left, right } => {
                let (left, right) = (*left, *right);
                json!({"anyOf": [self.type_schema(at, left, depth + 1), self.type_schema(at, right, depth + 1)]})
            }
            Expr::Null => json!({"type": "null"}),
            _ => match self.type_name(at, annotation).as_deref().and_then(type_word) {
                Some(word) => json!({"type": word}),
                None => match self.eval(at, annotation) {
                    Value::Class(class) => self.describe_class(&class, depth + 1).schema,
                    Value::Function(closure) => self.described_conversion(&closure, depth),
                    _ => json!({}),
                },
            },
        }
    }

    fn type_name(&mut self, at: At, expr: crate::program::ExprId) -> Option<String> {
        match &self.module(at.module).exprs[expr.index()] {
            Expr::Global(name) => Some(self.name(*name).to_string()),
            Expr::Member { property, .. } => Some(self.name(*property).to_string()),
            _ => match self.eval(at, expr) {
                Value::Api(api) => match api.segment {
                    Segment::Member(name) | Segment::Global(name) => Some(self.name(name).to_string()),
                    _ => None,
                },
                _ => None,
            },
        }
    }
}

/// The JSON type that a type's name stands for.
fn type_word(name: &str) -> Option<&'static str> {
    Some(match name {
        "str" | "string" | "String" => "string",
        "int" | "integer" => "integer",
        "float" | "number" | "Number" => "number",
        "bool" | "boolean" | "Boolean" => "boolean",
        "list" | "List" | "tuple" | "set" | "Sequence" => "array",
        "dict" | "Dict" | "Mapping" => "object",
        _ => return None,
    })
}

fn object_schema(properties: Map<String, Json>, required: Vec<Json>) -> Json {
    let mut schema = Map::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("properties".into(), Json::Object(properties));
    if !required.is_empty() {
        schema.insert("required".into(), Json::Array(required));
    }
    Json::Object(schema)
}

fn set(schema: &mut Json, key: &str, value: Json) {
    if let Json::Object(map) = schema {
        map.insert(key.to_owned(), value);
    }
}

/// Adds the keywords and properties of another schema.
fn merge(into: &mut Json, from: Json) {
    let (Json::Object(into), Json::Object(from)) = (into, from) else { return };
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Json::Object(old)), Json::Object(new)) if key == "properties" => old.extend(new),
            (Some(Json::Array(old)), Json::Array(new)) if key == "required" => old.extend(new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

fn retain(schema: &mut Json, keep: impl Fn(&str) -> bool) {
    let Json::Object(map) = schema else { return };
    if let Some(Json::Object(properties)) = map.get_mut("properties") {
        properties.retain(|name, _| keep(name));
    }
    if let Some(Json::Array(required)) = map.get_mut("required") {
        required.retain(|name| name.as_str().is_some_and(&keep));
    }
}
