use super::lower;
use crate::program::{Expr, Interner, MemberKind, Module, Statement};

fn texts(module: &Module) -> Vec<String> {
    module.exprs.iter().filter_map(|expr| if let Expr::Str(text) = expr { Some(text.to_string()) } else { None }).collect()
}

fn members(module: &Module, names: &Interner) -> Vec<String> {
    let name = |expr: &Expr| if let Expr::Member { property, .. } = expr { Some(names.text(*property).to_string()) } else { None };
    module.exprs.iter().filter_map(name).collect()
}

#[test]
fn names_are_looked_up_where_they_are_used() {
    let (module, names) = lower("use std::fs::{self, read_to_string as slurp};\nfn f() { fs::write(slurp(\"a\"), crate::b::C); }\n");
    let imports: Vec<&str> = module.imports.iter().map(|import| &*import.specifier).collect();
    assert!(imports.contains(&"std") && imports.contains(&"crate"), "{imports:?}");
    assert_eq!(members(&module, &names), ["fs", "write", "fs", "read_to_string", "b", "C"]);
}

#[test]
fn places_in_macros_are_places_in_the_file() {
    let source = "fn f(x: u8) { println!(\"{}\", g(format!(\"deep {x}\"), vec![\"é\", h(\"inner\")])); }";
    let (module, _) = lower(source);
    for (expr, span) in module.exprs.iter().zip(&module.spans) {
        if let Expr::Str(text) = expr
            && ["é", "inner"].contains(&&**text)
        {
            assert_eq!(&source[span.start as usize..span.end as usize], format!("{text:?}"));
        }
    }
    assert!(texts(&module).contains(&"inner".to_owned()));
    assert!(module.exprs.iter().any(|expr| matches!(expr, Expr::Template(_))));
}

#[test]
fn json_is_data() {
    let (module, names) = lower("fn f() -> V { json!({ \"a\": [1, null, { \"b\": g(2) }], \"c\": x.y() }) }");
    let keys: Vec<String> = module
        .exprs
        .iter()
        .filter_map(|expr| if let Expr::Object(entries) = expr { Some(entries) } else { None })
        .flatten()
        .filter_map(|entry| match entry {
            crate::program::Entry::Field { key: crate::program::Key::Name(name), .. } => Some(names.text(*name).to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(keys, ["b", "a", "c"]);
    assert!(module.exprs.iter().any(|expr| matches!(expr, Expr::Null)));
}

#[test]
fn code_for_tests_is_left_out() {
    let (module, _) = lower(
        "#[cfg(test)]\nmod tests { fn a() { f(\"one\"); } }\n#[test]\nfn b() { f(\"two\"); }\n#[cfg(not(test))]\nfn c() { f(\"three\"); }\nimpl X { #[cfg(test)] fn d() { f(\"four\"); } }\n",
    );
    assert_eq!(texts(&module), ["three"]);
}

#[test]
fn variables_that_hide_others() {
    let (module, _) = lower("fn f(path: &str) { let path = g(path); let path = h(path); k(path); }");
    // Three variables of one name in the frame: the parameter and two that hide it.
    assert_eq!(module.functions[1].frame_size, 3);
}

#[test]
fn what_classes_are_told_of_their_fields() {
    let (module, names) = lower(
        "#[derive(Deserialize)]\n#[serde(rename_all = \"camelCase\")]\nstruct A {\n /// What it is.\n first_name: String,\n #[serde(rename = \"x\")]\n b: Option<u8>,\n}\nenum E { A, B(u8) }\nimpl A { const N: u8 = 1; fn m(&self) {} fn s() {} }\n",
    );
    let class = &module.classes[0];
    let alias: Vec<_> = class.members.iter().map(|member| member.alias.map(|name| names.text(name).to_string())).collect();
    assert_eq!(alias, [Some("firstName".to_owned()), Some("x".to_owned())]);
    assert!(texts(&module).contains(&"What it is.".to_owned()));
    assert!(matches!(class.members[1].kind, MemberKind::Field { value: Some(_), .. }));
    let added = module.classes.iter().find(|class| class.augments.is_some()).expect("the implementation");
    let statics: Vec<bool> = added.members.iter().map(|member| member.is_static).collect();
    assert_eq!(statics, [true, false, true]);
}

#[test]
fn errors_leave_the_function() {
    let (module, _) = lower("fn f() -> Result<u8, E> { if x { return Err(g()); } bail!(\"no\"); }");
    let body = &module.functions[1].body;
    assert!(matches!(&body[0], Statement::If { then, .. } if matches!(then[0], Statement::Throw(Some(_)))));
    assert!(body.iter().any(|statement| matches!(statement, Statement::Throw(_))));
}

#[test]
fn errors_are_counted() {
    assert_eq!(lower("fn f() {}\n").0.error_bytes, 0);
    assert!(lower("fn f() { )))) }\nstruct ;;; {{{\n").0.error_bytes > 0);
}

/// `cargo test --lib rust::tests::features::real -- --ignored --nocapture` with DIRECTORY set to a tree of files.
#[test]
#[ignore = "reads files of the machine"]
fn real_files() {
    let root = std::env::var("DIRECTORY").unwrap();
    let (mut files, mut exprs, mut unknown, mut errors, mut problems) = (0, 0, 0, 0, 0);
    for entry in walkdir::WalkDir::new(root).into_iter().flatten().filter(|e| e.path().extension().is_some_and(|e| e == "rs")) {
        let (module, _) = lower(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()));
        files += 1;
        exprs += module.exprs.len();
        unknown += module.exprs.iter().filter(|e| matches!(e, Expr::Unknown)).count();
        errors += module.error_bytes;
        problems += module.problems.len();
    }
    eprintln!("{files} files: {exprs} expressions, {unknown} unknown, {errors} error bytes, {problems} problems");
}
