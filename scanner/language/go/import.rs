//! Imports. A path does not say the name of the package; what the file uses does.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Lowering, span};
use crate::program::{Block, Export, Expr, ImportId, Span, Statement, Symbol};

/// One import of the file.
#[derive(Debug)]
pub(super) struct Imported {
    import: ImportId,
    path: String,
    at: Span,
    alias: Alias,
}

#[derive(Clone, Copy, Debug)]
enum Alias {
    /// The package's own name.
    Own,
    Given(Symbol),
    /// `_`
    None,
}

impl<'t> Lowering<'t, '_> {
    pub(super) fn import_declaration(&mut self, node: Node<'t>) {
        for kid in self.children(node) {
            match kid.kind {
                Kind::ImportSpec => self.import_spec(kid.node),
                Kind::ImportList => {
                    for spec in self.children(kid.node) {
                        if spec.kind == Kind::ImportSpec {
                            self.import_spec(spec.node);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn import_spec(&mut self, node: Node<'t>) {
        let mark = self.kids.len();
        let kids = self.open(node);
        let (name, path) = (self.field(&kids, Field::Name), self.field(&kids, Field::Path));
        self.kids.truncate(mark);
        let Some(path) = path else { return };
        let specifier = self.string_text(path.node, path.kind);
        if specifier.is_empty() || specifier == "C" {
            return;
        }
        let import = self.b.import(&specifier, span(node), false);
        let alias = match name {
            None => Alias::Own,
            Some(name) if name.kind == Kind::Dot => {
                self.b.export(Export::All { import });
                Alias::None
            }
            Some(name) if name.kind == Kind::Blank || self.text(name.node) == "_" => Alias::None,
            Some(name) => Alias::Given(self.symbol(name.node)),
        };
        self.imports.push(Imported { import, path: specifier, at: span(node), alias });
    }

    /// Binds the names under which the file uses its imports; run when everything else is lowered.
    pub(super) fn bind_imports(&mut self) -> Block {
        let imports = std::mem::take(&mut self.imports);
        let mut names: Vec<Option<Symbol>> = Vec::with_capacity(imports.len());
        let mut taken = rustc_hash::FxHashSet::default();
        for import in &imports {
            let name = match import.alias {
                Alias::Given(name) => Some(name),
                Alias::None => None,
                Alias::Own => {
                    let spellings: Vec<Symbol> = spellings(&import.path).iter().map(|name| self.b.symbol(name)).collect();
                    spellings.into_iter().find(|name| self.qualifiers.contains(name))
                }
            };
            taken.extend(name);
            names.push(name);
        }
        // A package whose name its path does not tell: the one qualifier that nothing else explains.
        let mut left: Vec<Symbol> = self.qualifiers.iter().copied().filter(|name| !self.declared.contains(name) && !taken.contains(name)).collect();
        let nameless: Vec<usize> = (0..imports.len()).filter(|at| names[*at].is_none() && matches!(imports[*at].alias, Alias::Own)).collect();
        if !nameless.is_empty() && !left.is_empty() {
            let mut texts: Vec<(String, Symbol)> = left.drain(..).map(|name| (self.b.text(name).to_string(), name)).collect();
            texts.sort_by(|a, b| a.0.cmp(&b.0));
            for &at in &nameless {
                let within = texts.iter().position(|(text, _)| imports[at].path.to_lowercase().contains(&text.to_lowercase()));
                let only = (texts.len() == 1 && nameless.len() == 1).then_some(0);
                if let Some(found) = within.or(only) {
                    names[at] = Some(texts.remove(found).1);
                }
            }
        }
        let mut body = Vec::with_capacity(imports.len());
        for (import, name) in imports.iter().zip(names) {
            let value = self.b.expr(Expr::Import(import.import), import.at);
            match name {
                Some(name) => {
                    let pattern = self.b.binding(name);
                    body.push(Statement::Bind { pattern, value: Some(value), declares: true });
                }
                // Loaded for what it does at the start.
                None => body.push(Statement::Expr(value)),
            }
        }
        body
    }
}

/// The names a package with this path can have, the likeliest first.
fn spellings(path: &str) -> Vec<String> {
    let mut parts = path.rsplit('/');
    let mut last = parts.next().unwrap_or(path);
    if is_version(last) {
        last = parts.next().unwrap_or(last);
    }
    let last = match last.rsplit_once(".v") {
        Some((name, version)) if version.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => last,
    };
    let plain = |text: &str| text.replace(['-', '.'], "");
    let mut all = vec![last.to_owned(), last.replace(['-', '.'], "_")];
    for shorter in
        [last.strip_prefix("go-"), last.strip_suffix("-go"), last.strip_suffix(".go"), last.strip_suffix("-golang"), last.strip_prefix("golang-")]
    {
        all.extend(shorter.map(plain));
    }
    all.push(plain(last));
    // `example-client` is often `client`, `mcp-server` is `server`; before that what stands around it.
    all.extend(last.split(['-', '.']).map(str::to_owned));
    all.extend(parts.next().map(plain));
    all.retain(|name| !name.is_empty());
    all
}

/// `v2`
pub(super) fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}
