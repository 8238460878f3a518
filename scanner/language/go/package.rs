//! A package as one module: it runs its files and then their `init` functions, and exports what they declare.

use std::collections::BTreeMap;

use super::lower::INIT;
use crate::program::builder::{Builder, FunctionParts};
use crate::program::{Call, Ecosystem, Export, Expr, ExprId, Interner, Module, Span, Statement, Symbol};

/// What stands for the files of a folder.
const FILES: &str = "*.go";

/// The path of the package in a folder.
pub(super) fn path_of(directory: &str) -> String {
    if directory.is_empty() { FILES.to_owned() } else { format!("{directory}/{FILES}") }
}

/// The folder of a path.
pub(super) fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// One module for every folder with files that are built.
pub(super) fn wholes(modules: &[Module], interner: &Interner) -> Vec<Module> {
    let mut folders: BTreeMap<&str, Vec<&Module>> = BTreeMap::new();
    for module in modules.iter().filter(|module| module.ecosystem == Ecosystem::Go && module.part_of.is_some()) {
        folders.entry(directory_of(&module.path)).or_default().push(module);
    }
    folders.into_iter().map(|(directory, files)| whole(directory, files, interner)).collect()
}

fn whole(directory: &str, files: Vec<&Module>, interner: &Interner) -> Module {
    let mut builder = Builder::new(&path_of(directory), Ecosystem::Go, interner);
    // A folder holds one package; should it hold several, the larger one is meant.
    let mut counts: BTreeMap<std::sync::Arc<str>, (usize, Symbol)> = BTreeMap::new();
    for name in files.iter().filter_map(|file| file.part_of) {
        counts.entry(interner.text(name)).or_insert((0, name)).0 += 1;
    }
    let Some((_, (_, package))) = counts.into_iter().max_by_key(|(_, (count, _))| *count) else { return builder.finish(FunctionParts::default()) };
    let mut files: Vec<&Module> = files.into_iter().filter(|file| file.part_of == Some(package)).collect();
    // Methods that stand in other files than their types are there when those with initial values run.
    files.sort_by_key(|file| (starts_something(file), file.path.clone()));
    let at = Span::default();
    let (mut body, mut inits) = (Vec::new(), Vec::new());
    for file in &files {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let import = builder.import(&format!("./{name}"), at, false);
        let value = builder.expr(Expr::Import(import), at);
        body.push(Statement::Expr(value));
        let Some(top) = file.functions.first() else { continue };
        for &name in &top.slot_names {
            let text = interner.text(name);
            if text.starts_with(INIT) {
                let object = builder.expr(Expr::Import(import), at);
                let callee = builder.expr(Expr::Member { object, property: name }, at);
                inits.push((file.path.as_str(), text, callee));
            } else if !text.is_empty() {
                builder.export(Export::From { name, import, imported: Some(name) });
            }
        }
    }
    inits.sort_by_key(|(path, name, _)| ((*path).to_owned(), name.len(), name.clone()));
    for (.., callee) in inits {
        let call = Call { callee, arguments: Box::default(), construct: false, tagged: false };
        let call: ExprId = builder.expr(Expr::Call(Box::new(call)), at);
        body.push(Statement::Expr(call));
    }
    builder.module().part_of = Some(package);
    builder.finish(FunctionParts { body, ..FunctionParts::default() })
}

/// Whether loading a file calls something.
fn starts_something(file: &Module) -> bool {
    let Some(top) = file.functions.first() else { return false };
    top.body.iter().any(|statement| match statement {
        Statement::Bind { value: Some(value), .. } | Statement::Expr(value) => !matches!(
            file.exprs.get(value.index()),
            Some(Expr::Function(_) | Expr::Class(_) | Expr::Import(_) | Expr::Str(_) | Expr::Number(_) | Expr::Bool(_) | Expr::Null) | None
        ),
        _ => false,
    })
}
