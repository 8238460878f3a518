//! `import` and `from … import`.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Child, Lowering, span};
use crate::program::{Block, Export, Expr, ExprId, ImportId, Statement, Symbol};

impl<'t> Lowering<'t, '_> {
    pub(super) fn import_statement(&mut self, node: Node<'t>, out: &mut Block) {
        for i in self.open(node) {
            let kid = self.kids[i];
            match kid.kind {
                Kind::DottedName => {
                    let path = self.dotted(kid.node);
                    let first = path.split('.').next().unwrap_or("");
                    let value = self.import(first, node);
                    let name = self.b.symbol(first);
                    self.bind_name(name, value, out);
                    if first.len() < path.len() {
                        // Loads the submodule; it is reached as a member of the package.
                        let whole = self.import(&path, node);
                        out.push(Statement::Expr(whole));
                    }
                }
                Kind::AliasedImport => {
                    let Some((path, alias)) = self.aliased(kid) else { continue };
                    let value = self.import(&path, node);
                    self.bind_name(alias, value, out);
                }
                _ => {}
            }
        }
    }

    pub(super) fn import_from(&mut self, node: Node<'t>, out: &mut Block) {
        let kids = self.open(node);
        let Some(from) = self.field(&kids, Field::ModuleName) else { return };
        let specifier = self.dotted(from.node);
        let import = self.b.import(&specifier, span(node), self.types_only);
        for i in kids {
            let kid = self.kids[i];
            match kid.kind {
                Kind::Wildcard => {
                    self.b.export(Export::All { import });
                    let value = self.b.expr(Expr::Import(import), span(node));
                    out.push(Statement::Expr(value));
                }
                Kind::DottedName if kid.field == Field::Name => {
                    let name = self.symbol(kid.node);
                    self.bind_member(import, name, name, kid.node, out);
                }
                Kind::AliasedImport => {
                    let Some((path, alias)) = self.aliased(kid) else { continue };
                    let name = self.b.symbol(&path);
                    self.bind_member(import, name, alias, kid.node, out);
                }
                _ => {}
            }
        }
    }

    fn bind_member(&mut self, import: ImportId, member: Symbol, name: Symbol, node: Node<'t>, out: &mut Block) {
        let object = self.b.expr(Expr::Import(import), span(node));
        let value = self.b.expr(Expr::Member { object, property: member }, span(node));
        self.bind_name(name, value, out);
    }

    /// The namespace of the module with this dotted name.
    pub(super) fn import(&mut self, specifier: &str, node: Node<'t>) -> ExprId {
        let import = self.b.import(specifier, span(node), self.types_only);
        self.b.expr(Expr::Import(import), span(node))
    }

    fn aliased(&mut self, kid: Child<'t>) -> Option<(String, Symbol)> {
        let mark = self.kids.len();
        let parts = self.open(kid.node);
        let name = self.field(&parts, Field::Name);
        let alias = self.field(&parts, Field::Alias);
        self.kids.truncate(mark);
        let path = self.dotted(name?.node);
        Some((path, self.symbol(alias?.node)))
    }

    /// A dotted name without the blanks and comments that may stand in it.
    fn dotted(&self, node: Node<'t>) -> String {
        self.text(node).chars().filter(|c| !c.is_whitespace() && *c != '\\').collect()
    }
}
