//! Model files → trie. Every mistake in a model is an error that names the file and the path.

use rustc_hash::FxHashMap;

use super::raw::{OneOrMany, RawCallback, RawEffect, RawEntry, RawFile, RawHandler, RawMark, RawSchema, RawTool};
use super::{
    CallbackModel, CheckModel, Edge, EffectModel, Entry, FolderModel, HandlerModel, MarkCondition, MarkModel, MarkTest, Models, NodeId, OfferModel,
    Role, SchemaModel, Sdk, Selector, ServerModel, Shape, SubclassModel, ToolModel, ValueModel, expression,
};
use crate::analysis::facts::{Access, CapabilityKind, Sink};
use crate::program::{Ecosystem, Interner};

/// One model file: its name for messages, its ecosystem and its text: JSON, as the build script makes it.
#[derive(Clone, Copy, Debug)]
pub struct ModelFile<'a> {
    pub path: &'a str,
    pub ecosystem: Ecosystem,
    pub text: &'a str,
}

/// A model that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {message}")]
pub struct ModelError {
    pub file: String,
    pub message: String,
}

struct Loader<'a> {
    models: Models,
    interner: &'a Interner,
    /// `like` targets, resolved when every file is loaded.
    likes: Vec<(NodeId, Ecosystem, String, String)>,
    file: String,
    /// What calls do besides their effects, set when every file is loaded.
    deeds: Vec<(NodeId, super::DeedModel)>,
    /// Paths of which only deeds are said, and where they begin: what other entries say of them must still hold.
    only_deeds: Vec<(NodeId, String, RawEntry)>,
    /// The file being loaded registers something of the protocol.
    speaks_mcp: bool,
    /// The file at hand makes servers or registers tools.
    registers: bool,
}

pub(super) fn load(files: &[ModelFile<'_>], interner: &Interner) -> Result<Models, ModelError> {
    let mut loader = Loader {
        models: Models::default(),
        interner,
        likes: Vec::new(),
        file: String::new(),
        deeds: Vec::new(),
        only_deeds: Vec::new(),
        speaks_mcp: false,
        registers: false,
    };
    for file in files {
        loader.file = file.path.to_owned();
        loader.file(file)?;
    }
    for (node, ecosystem, target, file) in std::mem::take(&mut loader.likes) {
        loader.file = file;
        let like = loader.resolve(ecosystem, &target)?;
        if like != node {
            loader.models.nodes[node.0 as usize].like = Some(like);
        }
    }
    for (root, path, raw) in std::mem::take(&mut loader.only_deeds) {
        let node = loader.walk_beside(root, &path).map_err(|e| loader.error(&path, e))?;
        loader.deeds_of(node, &path, &raw)?;
    }
    for (node, deed) in std::mem::take(&mut loader.deeds) {
        loader.models.nodes[node.0 as usize].deeds.push(deed);
    }
    Ok(loader.models)
}

impl Loader<'_> {
    fn error(&self, path: &str, message: impl std::fmt::Display) -> ModelError {
        ModelError { file: self.file.clone(), message: format!("`{path}`: {message}") }
    }

    fn file(&mut self, file: &ModelFile<'_>) -> Result<(), ModelError> {
        let raw: RawFile = serde_json::from_str(file.text).map_err(|e| ModelError { file: self.file.clone(), message: e.to_string() })?;
        let Some(first) = raw.modules.first() else { return Err(self.error("modules", "at least one is needed")) };
        let root = self.root(file.ecosystem, first);
        for module in &raw.modules[1..] {
            let other = self.root(file.ecosystem, module);
            if other != root {
                self.models.nodes[other.0 as usize].like = Some(root);
            }
        }
        for (path, entry) in &raw.members {
            self.shapes(file.ecosystem, first, path, entry);
        }
        for (path, raw) in &raw.members {
            for path in alternatives(path).map_err(|e| self.error(path, e))? {
                if !raw.deeds.is_empty() && *raw == (RawEntry { deeds: raw.deeds.clone(), ..RawEntry::default() }) {
                    self.only_deeds.push((root, path, raw.clone()));
                    continue;
                }
                let node = self.walk(root, &path).map_err(|e| self.error(&path, e))?;
                self.entry(file.ecosystem, node, &path, raw)?;
            }
        }
        if std::mem::take(&mut self.speaks_mcp) {
            let registers = std::mem::take(&mut self.registers);
            self.models.sdks.extend(raw.modules.iter().map(|m| Sdk { ecosystem: file.ecosystem, name: m.clone(), registers }));
        }
        Ok(())
    }

    /// By what copies of a class and of the schemas of requests are known.
    fn shapes(&mut self, ecosystem: Ecosystem, module: &str, path: &str, raw: &RawEntry) {
        let module = self.interner.intern(module);
        for shape in raw.shape.iter().flat_map(OneOrMany::all) {
            let methods = shape.split_whitespace().map(|name| self.interner.intern(name)).collect();
            let path = path.split('.').map(|name| self.interner.intern(name)).collect();
            self.models.shapes.push(Shape { ecosystem, methods, module, path });
        }
        for (schema, method) in raw.effects.iter().filter_map(|e| e.handler.as_ref()).flat_map(|handler| &handler.methods) {
            let schema = self.interner.intern(schema);
            self.models.requests.entry(method.clone()).or_insert((module, schema));
        }
    }

    /// The node of a module: dotted names of Python are paths, everything else is one name.
    fn root(&mut self, ecosystem: Ecosystem, module: &str) -> NodeId {
        let (first, rest) = match ecosystem.separator() {
            Some(separator) if !module.starts_with("type:") => module.split_once(separator).map_or((module, None), |(a, b)| (a, Some(b))),
            _ => (module, None),
        };
        let separator = ecosystem.separator().unwrap_or("\0");
        let symbol = self.interner.intern(first);
        let mut node = match self.models.module(ecosystem, symbol) {
            Some(node) => node,
            None => {
                let node = self.models.make_node();
                self.models.modules.insert((ecosystem, symbol), node);
                node
            }
        };
        for part in rest.iter().flat_map(|rest| rest.split(separator)) {
            let edge = Edge::Member(self.interner.intern(part));
            node = self.models.make_child(node, edge);
        }
        node
    }

    fn walk(&mut self, root: NodeId, path: &str) -> Result<NodeId, String> {
        let mut node = root;
        let path = path.trim();
        if path == "." {
            return Ok(node);
        }
        let mut rest = path;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("()") {
                node = self.models.make_child(node, Edge::Call);
                rest = after;
            } else {
                let rest_of = rest.strip_prefix('.').unwrap_or(rest);
                let end = rest_of.find(['.', '(']).unwrap_or(rest_of.len());
                let name = rest_of[..end].trim();
                if name.is_empty() {
                    return Err(format!("an empty member before `{rest}`"));
                }
                let edge = if name == "*" { Edge::Any } else { Edge::Member(self.interner.intern(name)) };
                node = self.models.make_child(node, edge);
                rest = &rest_of[end..];
            }
        }
        Ok(node)
    }

    fn deeds_of(&mut self, node: NodeId, path: &str, raw: &RawEntry) -> Result<(), ModelError> {
        for deed in &raw.deeds {
            let mut texts = Vec::with_capacity(deed.texts.len());
            for (name, selectors) in &deed.texts {
                texts.push((name.as_str().into(), self.selectors(path, &Some(selectors.clone()))?));
            }
            self.deeds.push((node, super::DeedModel { is: deed.is.as_str().into(), texts }));
        }
        Ok(())
    }

    /// Like [`Loader::walk`], where new nodes are like those that were meant without them (`*()`).
    fn walk_beside(&mut self, root: NodeId, path: &str) -> Result<NodeId, String> {
        let mut node = root;
        let mut rest = path.trim();
        while !rest.is_empty() {
            let edge;
            if let Some(after) = rest.strip_prefix("()") {
                edge = Edge::Call;
                rest = after;
            } else {
                let rest_of = rest.strip_prefix('.').unwrap_or(rest);
                let end = rest_of.find(['.', '(']).unwrap_or(rest_of.len());
                let name = rest_of[..end].trim();
                if name.is_empty() || name == "*" {
                    return Err(format!("deeds need a name before `{rest}`"));
                }
                edge = Edge::Member(self.interner.intern(name));
                rest = &rest_of[end..];
            }
            let meant = self.models.child(node, edge);
            let next = self.models.make_child(node, edge);
            if let Some(meant) = meant
                && meant != next
                && self.models.nodes[next.0 as usize].like.is_none()
            {
                self.models.nodes[next.0 as usize].like = Some(meant);
            }
            node = next;
        }
        Ok(node)
    }

    fn resolve(&mut self, ecosystem: Ecosystem, target: &str) -> Result<NodeId, ModelError> {
        let (module, path) = target.split_once('#').unwrap_or((target, "."));
        let root = self.root(ecosystem, module.trim());
        self.walk(root, if path.is_empty() { "." } else { path }).map_err(|e| self.error(target, e))
    }

    fn entry(&mut self, ecosystem: Ecosystem, node: NodeId, path: &str, raw: &RawEntry) -> Result<(), ModelError> {
        if let Some(like) = &raw.like {
            self.likes.push((node, ecosystem, like.clone(), self.file.clone()));
        }
        let mut entry = Entry::default();
        for effect in &raw.effects {
            self.effects(path, effect, &mut entry.effects)?;
        }
        entry.on_get = match raw.on.as_deref() {
            Some("get") => true,
            Some("call") => false,
            Some(other) => return Err(self.error(path, format!("`on: {other}` is neither call nor get"))),
            None => !path.ends_with("()"),
        };
        if let Some(value) = &raw.value {
            let mut all = Vec::new();
            for text in value.all() {
                all.push(expression::value(&text, self.interner).map_err(|e| self.error(path, e))?);
            }
            entry.value = Some(if all.len() == 1 { all.remove(0) } else { ValueModel::First(all) });
        }
        if let Some(calls) = &raw.calls {
            entry.calls = Some(self.callbacks(path, calls)?);
        } else if raw.pure {
            entry.calls = Some(Vec::new());
        }
        entry.schema = raw.schema.as_ref().map(|s| self.schema(path, s)).transpose()?;
        entry.tool = raw.tool.as_ref().map(|t| self.tool(path, t)).transpose()?;
        for handler in raw.effects.iter().filter_map(|e| e.handler.as_deref()) {
            entry.handlers.push(self.handler(path, handler)?);
        }
        entry.prompt = raw.prompt.as_ref().map(|p| self.offer(path, p)).transpose()?;
        entry.resource = raw.resource.as_ref().map(|p| self.offer(path, p)).transpose()?;
        if let Some(server) = &raw.server {
            entry.server = Some(ServerModel {
                name: self.selectors(path, &server.name)?,
                instructions: self.selectors(path, &server.instructions)?,
                transport: self.transport(path, &server.transport)?,
            });
        }
        entry.incomplete = raw.incomplete.clone();
        if let Some(mount) = &raw.mount {
            let server = self.selectors(path, &Some(mount.server.clone()))?;
            entry.mount = Some(super::MountModel { server, prefix: self.selectors(path, &Some(mount.prefix.clone()))? });
        }
        entry.settings = raw.settings.is_some();
        if let Some(subclass) = &raw.subclass {
            entry.subclass = Some(SubclassModel {
                tool: subclass.tool.as_ref().map(|t| self.tool(path, t)).transpose()?,
                prompt: subclass.prompt.as_ref().map(|p| self.offer(path, p)).transpose()?,
                resource: subclass.resource.as_ref().map(|p| self.offer(path, p)).transpose()?,
                handlers: subclass.handlers.iter().map(|handler| self.handler(path, handler)).collect::<Result<_, _>>()?,
                starts: self.selectors(path, &Some(OneOrMany::Many(subclass.starts.clone())))?,
                requests: self.callbacks(path, &subclass.requests)?,
            });
        }
        if let Some(folder) = &raw.folder {
            entry.folder = Some(FolderModel { names: folder.name.clone(), tool: folder.tool.as_ref().map(|t| self.tool(path, t)).transpose()? });
        }
        entry.injected = raw.injected;
        entry.extractor = raw.extractor;
        if let Some(check) = &raw.check {
            entry.check = Some(CheckModel {
                text: self.selectors(path, &Some(check.text.clone()))?,
                pattern: self.selectors(path, &check.pattern)?,
                test: check.test.clone().unwrap_or_else(|| "prefix".into()),
                throws: check.throws,
                negated: check.negated,
            });
        }
        for (name, selectors) in raw.sink.iter().flat_map(|sinks| sinks.iter()) {
            let sink = Sink::named(name).ok_or_else(|| self.error(path, format!("`{name}` is no sink")))?;
            entry.sinks.push((sink, self.selectors(path, &Some(selectors.clone()))?));
        }
        for mark in &raw.marks {
            entry.marks.push(self.mark(path, mark)?);
        }
        entry.marks_of = self.selectors(path, &raw.marks_of)?;
        self.deeds_of(node, path, raw)?;
        entry.known = raw.pure
            || !entry.effects.is_empty()
            || entry.value.is_some()
            || entry.calls.is_some()
            || entry.schema.is_some()
            || entry.tool.is_some()
            || !entry.handlers.is_empty()
            || entry.prompt.is_some()
            || entry.resource.is_some()
            || entry.server.is_some()
            || entry.incomplete.is_some()
            || entry.mount.is_some()
            || entry.check.is_some()
            || !entry.sinks.is_empty()
            || entry.settings
            || entry.subclass.is_some()
            || entry.folder.is_some()
            || entry.injected
            || entry.extractor
            || !entry.marks.is_empty()
            || !entry.marks_of.is_empty();
        let names_itself = entry.server.as_ref().is_some_and(|server| !server.name.is_empty());
        self.registers |= entry.tool.is_some() || !entry.handlers.is_empty() || names_itself || entry.subclass.is_some() || entry.folder.is_some();
        self.speaks_mcp |= self.registers || entry.server.is_some();
        if entry.known {
            let node = &mut self.models.nodes[node.0 as usize];
            if node.known() {
                return Err(self.error(path, "described twice"));
            }
            node.entry = Some(Box::new(entry));
        }
        Ok(())
    }

    fn mark(&self, path: &str, raw: &RawMark) -> Result<MarkModel, ModelError> {
        let mut when = Vec::with_capacity(raw.when.len());
        for condition in &raw.when {
            let test = match (&condition.one_of, condition.given, condition.constant) {
                (Some(values), None, false) => MarkTest::OneOf(values.all()),
                (None, Some(true), false) => MarkTest::Given,
                (None, Some(false), false) => MarkTest::NotGiven,
                (None, None, true) => MarkTest::Constant,
                _ => return Err(self.error(path, format!("a condition of `{}` wants one of `one_of`, `given` and `constant`", raw.is))),
            };
            when.push(MarkCondition { value: self.selectors(path, &Some(condition.value.clone()))?, test });
        }
        Ok(MarkModel { name: raw.is.clone(), since: raw.since.clone(), when })
    }

    fn callbacks(&self, path: &str, raw: &[RawCallback]) -> Result<Vec<CallbackModel>, ModelError> {
        let mut models = Vec::with_capacity(raw.len());
        for call in raw {
            let function = self.values(path, Some(&call.function.all()))?;
            let mut with = Vec::new();
            for text in &call.with {
                with.push(expression::value(text, self.interner).map_err(|e| self.error(path, e))?);
            }
            models.push(CallbackModel { function, with });
        }
        Ok(models)
    }

    fn selectors(&self, path: &str, raw: &Option<OneOrMany>) -> Result<Vec<Selector>, ModelError> {
        let all = raw.as_ref().map(OneOrMany::all).unwrap_or_default();
        all.iter().map(|text| expression::selector(text, self.interner).map_err(|e| self.error(path, e))).collect()
    }

    fn values(&self, path: &str, raw: Option<&[String]>) -> Result<Vec<ValueModel>, ModelError> {
        raw.unwrap_or_default().iter().map(|text| expression::value(text, self.interner).map_err(|e| self.error(path, e))).collect()
    }

    /// Selectors; a bare word is the transport itself.
    fn transport(&self, path: &str, raw: &Option<OneOrMany>) -> Result<Vec<Selector>, ModelError> {
        let all = raw.as_ref().map(OneOrMany::all).unwrap_or_default();
        let word = |t: &String| t.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !matches!(t.as_str(), "self" | "args" | "kwargs");
        let texts = all.iter().map(|t| if word(t) { format!("\"{t}\"") } else { t.clone() }).collect();
        self.selectors(path, &Some(OneOrMany::Many(texts)))
    }

    fn one(&self, path: &str, raw: &Option<String>) -> Result<Option<Selector>, ModelError> {
        raw.as_ref().map(|text| expression::selector(text, self.interner).map_err(|e| self.error(path, e))).transpose()
    }

    fn effects(&self, path: &str, raw: &RawEffect, into: &mut Vec<EffectModel>) -> Result<(), ModelError> {
        use CapabilityKind as K;
        let kinds = [
            (K::Network, &raw.network),
            (K::Environment, &raw.environment),
            (K::Filesystem, &raw.filesystem),
            (K::Process, &raw.process),
            (K::Database, &raw.database),
            (K::Code, &raw.code),
            (K::Native, &raw.native),
            (K::Credential, &raw.credential),
        ];
        for (kind, accesses) in kinds {
            let Some(accesses) = accesses else { continue };
            let accesses =
                accesses.all().iter().map(|a| access(a).ok_or_else(|| self.error(path, format!("`{a}` is no access")))).collect::<Result<_, _>>()?;
            let roles = [
                (Role::Url, &raw.url),
                (Role::Base, &raw.base),
                (Role::Host, &raw.host),
                (Role::Port, &raw.port),
                (Role::Path, &raw.path),
                (Role::Name, &raw.name),
                (Role::Prefix, &raw.prefix),
                (Role::Program, &raw.program),
                (Role::Arguments, &raw.arguments),
                (Role::Command, &raw.command),
                (Role::Shell, &raw.shell),
                (Role::Source, &raw.source),
                (Role::Mode, &raw.mode),
                (Role::Lookup, &raw.lookup),
            ];
            let when = match &raw.when {
                Some(when) => Some((self.selectors(path, &Some(when.is.clone()))?, when.one_of.all())),
                None => None,
            };
            let parsed =
                |text: &Option<String>| text.as_ref().map(|text| expression::value(text, self.interner).map_err(|e| self.error(path, e))).transpose();
            let (variable, address) = (parsed(&raw.variable)?, parsed(&raw.address)?);
            let notes = raw.notes.as_deref().map(|key| self.interner.intern(key));
            let mut model = EffectModel { kind, accesses, roles: Vec::new(), constants: Vec::new(), when, variable, address, notes };
            for (role, raw) in roles {
                if raw.is_none() {
                    continue;
                }
                let raw = match (role, raw) {
                    (Role::Shell, Some(OneOrMany::Flag(flag))) => &Some(OneOrMany::One(if *flag { "\"true\"".into() } else { "\"\"".into() })),
                    // A bare word is a constant where no selector can be meant.
                    (Role::Name, Some(OneOrMany::One(star))) if star == "*" => &Some(OneOrMany::One("\"*\"".into())),
                    _ => raw,
                };
                model.roles.push((role, self.selectors(path, raw)?));
            }
            for constants in [&raw.hosts, &raw.programs].into_iter().flatten() {
                model.constants.extend(constants.all());
            }
            into.push(model);
        }
        Ok(())
    }

    fn schema(&self, path: &str, raw: &RawSchema) -> Result<SchemaModel, ModelError> {
        let mut set = Vec::new();
        for (key, selectors) in &raw.set {
            set.push((key.clone(), self.selectors(path, &Some(selectors.clone()))?));
        }
        for (key, raw) in [("enum", &raw.choices), ("default", &raw.default), ("const", &raw.constant)] {
            if raw.is_some() {
                set.push((key.to_owned(), self.selectors(path, raw)?));
            }
        }
        Ok(SchemaModel {
            json_type: raw.json_type.clone(),
            from: self.one(path, &raw.from)?,
            set,
            optional: raw.optional,
            properties: self.one(path, &raw.properties)?,
            items: self.one(path, &raw.items)?,
            any_of: self.one(path, &raw.any_of)?,
            extend: self.one(path, &raw.extend)?,
            pick: self.one(path, &raw.pick)?,
            omit: self.one(path, &raw.omit)?,
            partial: raw.partial,
        })
    }

    fn tool(&self, path: &str, raw: &RawTool) -> Result<ToolModel, ModelError> {
        let mut model = ToolModel {
            name: self.selectors(path, &raw.name)?,
            title: self.selectors(path, &raw.title)?,
            description: self.selectors(path, &raw.description)?,
            annotations: self.selectors(path, &raw.annotations)?,
            hints: self.selectors(path, &raw.hints)?,
            schema: self.selectors(path, &raw.schema)?,
            output: self.selectors(path, &raw.output)?,
            meta: self.selectors(path, &raw.meta)?,
            handler: self.selectors(path, &raw.handler)?,
            each: self.selectors(path, &raw.each)?,
            overloads: raw.overloads,
            decorator: raw.decorator,
            named_parameters: false,
            through: raw.through.as_deref().map(|name| self.interner.intern(name)),
            passes: self.values(path, raw.passes.as_deref())?,
        };
        for config in self.selectors(path, &raw.config)? {
            for (into, keys) in [
                (&mut model.title, &["title"][..]),
                (&mut model.description, &["description"]),
                (&mut model.annotations, &["annotations"]),
                (&mut model.schema, &["inputSchema", "parameters", "paramsSchema", "schema"]),
                (&mut model.output, &["outputSchema"]),
                (&mut model.meta, &["_meta"]),
            ] {
                for key in keys {
                    let mut selector = config.clone();
                    selector.steps.push(super::Step::Member(self.interner.intern(key)));
                    into.push(selector);
                }
            }
        }
        model.named_parameters = self.names_parameters(&model.schema);
        Ok(model)
    }

    /// `handler.parameters`
    fn names_parameters(&self, schema: &[Selector]) -> bool {
        let parameters = super::Step::Member(self.interner.intern("parameters"));
        schema.iter().any(|s| s.head == super::Head::Handler && s.steps == [parameters])
    }

    fn offer(&self, path: &str, raw: &RawTool) -> Result<OfferModel, ModelError> {
        let mut name = self.selectors(path, &raw.name)?;
        let uri = self.selectors(path, &raw.uri)?;
        name.extend(uri.iter().cloned());
        let arguments = self.selectors(path, &raw.schema)?;
        Ok(OfferModel {
            name,
            title: self.selectors(path, &raw.title)?,
            uri,
            named_parameters: self.names_parameters(&arguments),
            arguments,
            description: self.selectors(path, &raw.description)?,
            handler: self.selectors(path, &raw.handler)?,
            decorator: raw.decorator,
            passes: self.values(path, raw.passes.as_deref())?,
        })
    }

    fn handler(&self, path: &str, raw: &RawHandler) -> Result<HandlerModel, ModelError> {
        let mut model = HandlerModel {
            methods: raw.methods.iter().map(|(a, b)| (a.clone(), b.clone())).collect(),
            function: self.selectors(path, &raw.function)?,
            decorator: raw.decorator,
            ..HandlerModel::default()
        };
        for text in raw.method.as_ref().map(OneOrMany::all).unwrap_or_default() {
            if text.contains('/') && !text.starts_with('"') {
                model.constant = Some(text);
            } else {
                let selector = expression::selector(&text, self.interner).map_err(|e| self.error(path, e))?;
                match selector.head {
                    super::Head::Constant(text) => model.constant = Some(text),
                    _ => model.method.push(selector),
                }
            }
        }
        let mut request = Vec::new();
        for text in &raw.request {
            // `params.name` is short for `arg0.params.name`.
            let text = if text.starts_with("arg") { text.clone() } else { format!("arg0.{text}") };
            request.push(expression::selector(&text, self.interner).map_err(|e| self.error(path, e))?);
        }
        for (at, selector) in request.into_iter().enumerate() {
            if at % 2 == 0 { model.request_name.push(selector) } else { model.request_arguments.push(selector) }
        }
        Ok(model)
    }
}

fn access(text: &str) -> Option<Access> {
    Some(match text {
        "connect" => Access::Connect,
        "listen" => Access::Listen,
        "read" => Access::Read,
        "write" => Access::Write,
        "delete" => Access::Delete,
        "spawn" => Access::Spawn,
        "evaluate" => Access::Evaluate,
        "load" => Access::Load,
        _ => return None,
    })
}

/// Expands `{a,b}` in a path key.
fn alternatives(path: &str) -> Result<Vec<String>, String> {
    if !path.contains('{') {
        return Ok(vec![path.to_owned()]);
    }
    let mut all = vec![String::new()];
    let mut rest = path;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').ok_or("a `{` without `}`")? + open;
        let (before, inside) = (&rest[..open], &rest[open + 1..close]);
        let mut next = Vec::with_capacity(all.len() * 4);
        for prefix in &all {
            for choice in inside.split(',') {
                next.push(format!("{prefix}{before}{}", choice.trim()));
            }
        }
        if next.len() > 10_000 {
            return Err("too many alternatives".into());
        }
        all = next;
        rest = &rest[close + 1..];
    }
    all.iter_mut().for_each(|path| path.push_str(rest));
    let mut seen = FxHashMap::default();
    all.retain(|path| seen.insert(path.clone(), ()).is_none());
    Ok(all)
}
