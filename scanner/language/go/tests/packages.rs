use super::Go;
use crate::input::Tree;
use crate::language::{Language, Resolution};
use crate::program::{Export, Interner};

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::default();
    for (path, text) in files {
        tree.insert((*path).to_owned(), text.as_bytes().to_vec());
    }
    tree
}

#[test]
fn imports_are_found_by_the_paths_of_modules() {
    let tree = tree(&[
        ("go.mod", "module example.com/a/v2\n\nreplace example.com/b => ./other\n"),
        ("main.go", "package main\n"),
        ("internal/x/x.go", "package x\n"),
        ("other/b.go", "package b\n"),
        ("vendor/github.com/c/d/d.go", "package d\n"),
    ]);
    let resolver = Go.resolver(&tree);
    let file = |path: &str| Resolution::File(path.to_owned());
    let external = |name: &str| Resolution::External(name.to_owned());
    assert_eq!(resolver.resolve("main.go", "example.com/a/v2/internal/x"), file("internal/x/*.go"));
    assert_eq!(resolver.resolve("main.go", "example.com/a/v2"), file("*.go"));
    assert_eq!(resolver.resolve("main.go", "example.com/b"), file("other/*.go"));
    assert_eq!(resolver.resolve("main.go", "example.com/a/v2/missing"), external("example.com/a/missing"));
    assert_eq!(resolver.resolve("main.go", "github.com/c/d"), external("github.com/c/d"));
    assert_eq!(resolver.resolve("main.go", "github.com/google/go-github/v89/github"), external("github.com/google/go-github/github"));
    assert_eq!(resolver.resolve("main.go", "gopkg.in/yaml.v3"), external("gopkg.in/yaml"));
    assert_eq!(resolver.resolve("main.go", "k8s.io/api/core/v1"), external("k8s.io/api/core/v1"));
    assert_eq!(resolver.whole("internal/x/x.go").as_deref(), Some("internal/x/*.go"));
    assert_eq!(resolver.whole("internal/x/*.go"), None);
}

#[test]
fn a_package_is_made_of_its_files() {
    let names = Interner::default();
    let files = [
        ("p/a.go", "package p\nvar A = make2()\nfunc init() {}\n"),
        ("p/b.go", "package p\nfunc make2() int { return 1 }\nfunc init() {}\nfunc init() {}\n"),
        ("p/b_test.go", "package p\nvar T = 1\n"),
        ("p/c_windows.go", "package p\nvar W = 1\n"),
        ("p/gen.go", "//go:build ignore\n\npackage main\nfunc main() {}\n"),
    ];
    let modules: Vec<_> = files.iter().map(|(path, text)| Go.lower(path, text, &names)).collect();
    let wholes = Go.wholes(&modules, &names);
    assert_eq!(wholes.len(), 1);
    let whole = &wholes[0];
    assert_eq!(whole.path, "p/*.go");
    // The file that calls something when it is loaded comes last.
    let imports: Vec<_> = whole.imports.iter().map(|import| import.specifier.to_string()).collect();
    assert_eq!(imports, ["./b.go", "./a.go"]);
    let exports: Vec<_> = whole
        .exports
        .iter()
        .filter_map(|export| if let Export::From { name, .. } = export { Some(names.text(*name).to_string()) } else { None })
        .collect();
    assert_eq!(exports, ["make2", "A"]);
    // Two files and three `init`.
    assert_eq!(whole.functions[0].body.len(), 5);
}

#[test]
fn packages_go_by_names_that_their_paths_do_not_tell() {
    let names = Interner::default();
    let text = "package m\nimport (\n \"github.com/sashabaranov/go-openai\"\n \"gitlab.com/gitlab-org/api/client-go\"\n \"github.com/go-chi/chi/v5\"\n yaml \"gopkg.in/yaml.v3\"\n _ \"embed\"\n)\nvar a, b, c, d = openai.X, gitlab.Y, chi.Z, yaml.W\n";
    let module = Go.lower("m.go", text, &names);
    let bound: Vec<_> = module.functions[0].slot_names.iter().map(|name| names.text(*name).to_string()).collect();
    for name in ["openai", "gitlab", "chi", "yaml"] {
        assert!(bound.iter().any(|found| found == name), "{name} is not in {bound:?}");
    }
}
