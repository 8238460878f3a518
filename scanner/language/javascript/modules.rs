//! `import` and `export`.

use tree_sitter::Node;

use super::grammar::Kind;
use super::lower::{Lowering, normalized, span};
use super::pattern::Names;
use crate::program::{Block, Export, Expr, ExprId, FunctionKind, ImportId, Pattern, Statement, Symbol};

impl<'t> Lowering<'t, '_> {
    fn import_of(&mut self, source: Node<'t>, whole: Node<'t>, types_only: bool) -> ImportId {
        let specifier = self.string(source);
        self.b.import(&normalized(&specifier), span(whole), types_only)
    }

    /// True when the statement says `import type` or `export type`.
    fn types_only(&mut self, node: Node<'t>) -> bool {
        self.children_with_fields(node).into_iter().any(|(child, _)| self.kind(child) == Kind::Token && matches!(self.of(child), "type" | "typeof"))
    }

    pub(super) fn import_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let types_only = self.types_only(node);
        let children = self.children(node);
        for &child in &children {
            if self.kind(child) == Kind::ImportRequireClause {
                self.import_require(child, node, types_only, out);
                return;
            }
        }
        let Some(source) = self.field(node, self.g.fields.source) else { return };
        let import = self.import_of(source, node, types_only);
        let value = self.make(Expr::Import(import), node);
        let before = out.len();
        for child in children {
            if self.kind(child) == Kind::ImportClause {
                self.import_clause(child, value, out);
            }
        }
        if out.len() == before && !types_only {
            out.push(Statement::Expr(value));
        }
    }

    fn import_clause(&mut self, clause: Node<'t>, import: ExprId, out: &mut Block) {
        for child in self.children(clause) {
            match self.kind(child) {
                Kind::Identifier => {
                    let property = self.names.default;
                    let value = self.make(Expr::Member { object: import, property }, child);
                    self.bind_import(child, value, out);
                }
                Kind::NamespaceImport => {
                    if let Some(name) = self.inner(child) {
                        self.bind_import(name, import, out);
                    }
                }
                Kind::NamedImports => {
                    for specifier in self.children(child) {
                        self.import_specifier(specifier, import, out);
                    }
                }
                _ => {}
            }
        }
    }

    fn import_specifier(&mut self, specifier: Node<'t>, import: ExprId, out: &mut Block) {
        let f = &self.g.fields;
        let Some(name) = self.field(specifier, f.name) else { return };
        let local = self.field(specifier, f.alias).unwrap_or(name);
        let property = self.module_name(name);
        let value = self.make(Expr::Member { object: import, property }, specifier);
        self.bind_import(local, value, out);
    }

    fn bind_import(&mut self, local: Node<'t>, value: ExprId, out: &mut Block) {
        let name = self.ident(local);
        let pattern = self.bind(name, Names::Scoped);
        out.push(Statement::Bind { pattern, value: Some(value), declares: true });
    }

    /// `import x = require("y")`
    fn import_require(&mut self, clause: Node<'t>, whole: Node<'t>, types_only: bool, out: &mut Block) {
        let Some(source) = self.field(clause, self.g.fields.source) else { return };
        let import = self.import_of(source, whole, types_only);
        let value = self.make(Expr::Import(import), whole);
        if let Some(local) = self.inner(clause) {
            self.bind_import(local, value, out);
            self.export_if_said(whole, local);
        }
    }

    /// `export import x = …`
    fn export_if_said(&mut self, whole: Node<'t>, local: Node<'t>) {
        let exported = self.children_with_fields(whole).first().is_some_and(|(first, _)| self.of(*first) == "export");
        if exported {
            let name = self.ident(local);
            self.export_local(name, name);
        }
    }

    /// `import x = a.b`
    pub(super) fn import_alias(&mut self, node: Node<'t>, out: &mut Block) {
        if let [local, target, ..] = self.children(node)[..] {
            let value = self.qualified(target);
            self.bind_import(local, value, out);
        }
    }

    /// A name in an import or export list, which may be a string.
    fn module_name(&mut self, node: Node<'t>) -> Symbol {
        if self.kind(node) == Kind::String {
            let text = self.string(node);
            return self.b.symbol(&text);
        }
        self.ident(node)
    }

    fn export_local(&mut self, name: Symbol, local: Symbol) {
        if let Some(names) = &mut self.namespace {
            names.push(local);
        } else if self.b.at_top_level() {
            self.exported.push((name, local));
        }
    }

    pub(super) fn export_statement(&mut self, node: Node<'t>, out: &mut Block) {
        let f = &self.g.fields;
        let mut decorators = Vec::new();
        let (mut is_default, mut all, mut assigns) = (false, false, false);
        let mut rest = Vec::new();
        for (child, field) in self.children_with_fields(node) {
            match self.kind(child) {
                Kind::Token => match self.of(child) {
                    "default" => is_default = true,
                    "*" => all = true,
                    "=" => assigns = true,
                    "as" => return, // `export as namespace X`: for type checkers
                    _ => {}
                },
                Kind::Comment => {}
                Kind::Decorator => decorators.push(self.decorator(child)),
                _ if field == f.source => {}
                _ => rest.push(child),
            }
        }
        if let Some(source) = self.field(node, f.source) {
            self.reexport(node, source, all, &rest);
            return;
        }
        let Some(&subject) = rest.first() else { return };
        match self.kind(subject) {
            Kind::ExportClause => {
                for specifier in self.children(subject) {
                    let Some(local) = self.field(specifier, f.name) else { continue };
                    let name = self.field(specifier, f.alias).unwrap_or(local);
                    let (name, local) = (self.module_name(name), self.module_name(local));
                    self.export_local(name, local);
                }
            }
            _ if assigns => self.export_assignment(subject, out),
            _ if is_default => self.export_default(subject, decorators, out),
            _ => {
                let around = self.declared.replace(Vec::new());
                match self.kind(subject) {
                    Kind::ClassDeclaration | Kind::AbstractClassDeclaration => self.class_declaration(subject, decorators, out),
                    _ => self.statement(subject, out),
                }
                let names = std::mem::replace(&mut self.declared, around).unwrap_or_default();
                for name in names {
                    self.export_local(name, name);
                }
            }
        }
    }

    fn export_default(&mut self, subject: Node<'t>, decorators: Vec<ExprId>, out: &mut Block) {
        let f = &self.g.fields;
        let default = self.names.default;
        let name = match self.kind(subject) {
            Kind::FunctionDeclaration | Kind::GeneratorDeclaration | Kind::ClassDeclaration | Kind::AbstractClassDeclaration => {
                self.field(subject, f.name)
            }
            Kind::InterfaceDeclaration | Kind::TypeAlias | Kind::FunctionSignature => return,
            _ => None,
        };
        if let Some(name) = name {
            let local = self.ident(name);
            match self.kind(subject) {
                Kind::FunctionDeclaration | Kind::GeneratorDeclaration => self.function_declaration(subject, out),
                _ => self.class_declaration(subject, decorators, out),
            }
            self.export_local(default, local);
            return;
        }
        let pattern = self.bind(default, Names::Scoped);
        let value = match self.kind(subject) {
            Kind::FunctionDeclaration | Kind::GeneratorDeclaration | Kind::FunctionExpression | Kind::GeneratorFunction
                if self.field(subject, f.name).is_none() =>
            {
                let function = self.function(subject, FunctionKind::Plain, None);
                self.make(Expr::Function(function), subject)
            }
            Kind::Class | Kind::ClassDeclaration if self.field(subject, f.name).is_none() => self.class(subject, None, decorators),
            _ => self.expr(subject),
        };
        out.push(Statement::Bind { pattern, value: Some(value), declares: true });
        self.export_local(default, default);
    }

    /// `export = x` is `module.exports = x`.
    fn export_assignment(&mut self, subject: Node<'t>, out: &mut Block) {
        let object = self.read(self.names.module, subject);
        let place = self.make(Expr::Member { object, property: self.names.exports }, subject);
        let pattern = self.b.pattern(Pattern::Place(place));
        let value = self.expr(subject);
        out.push(Statement::Bind { pattern, value: Some(value), declares: false });
    }

    fn reexport(&mut self, node: Node<'t>, source: Node<'t>, all: bool, rest: &[Node<'t>]) {
        let f = &self.g.fields;
        let types_only = self.types_only(node);
        let import = self.import_of(source, node, types_only);
        let mut named = false;
        for &child in rest {
            match self.kind(child) {
                Kind::NamespaceExport => {
                    named = true;
                    if let Some(name) = self.inner(child) {
                        let name = self.module_name(name);
                        self.b.export(Export::From { name, import, imported: None });
                    }
                }
                Kind::ExportClause => {
                    named = true;
                    for specifier in self.children(child) {
                        let Some(imported) = self.field(specifier, f.name) else { continue };
                        let name = self.field(specifier, f.alias).unwrap_or(imported);
                        let (name, imported) = (self.module_name(name), self.module_name(imported));
                        self.b.export(Export::From { name, import, imported: Some(imported) });
                    }
                }
                _ => {}
            }
        }
        if all && !named {
            self.b.export(Export::All { import });
        }
    }
}
