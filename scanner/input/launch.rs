//! How a server is started → where its code lies on this machine, when it does.

use std::path::{Path, PathBuf};

use super::kind::{self, FileKind};

/// What is known of the code of a server that somebody starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    Here {
        /// What is to be scanned: a package, or a single file.
        root: PathBuf,
        /// The file that is started, where that is known.
        script: Option<PathBuf>,
    },
    /// Not on this machine, or not to be told where; why, and what to do about it.
    Elsewhere(String),
}

/// Programs that run a file of code; the options of each that take a value.
const INTERPRETERS: &[(&str, &[&str])] = &[
    ("node", &["-r", "--require", "--import", "--loader", "--experimental-loader"]),
    ("bun", &["--preload", "-r"]),
    ("deno", &["--config", "-c", "--import-map"]),
    ("tsx", &["--tsconfig"]),
    ("ts-node", &["-P", "--project"]),
    ("python", &["-W", "-X"]),
    ("python3", &["-W", "-X"]),
    ("py", &["-W", "-X"]),
    ("go", &["-tags", "-C"]),
];

/// Programs that fetch a package and run it, the options that take a value, and the one that names the package.
const RUNNERS: &[(&str, &[&str], &str, &str)] = &[
    ("npx", &["-p", "--package", "-c"], "-p", "npm"),
    ("bunx", &["-p", "--package"], "-p", "npm"),
    ("uvx", &["--from", "--with", "--python", "-p", "--index-url"], "--from", "PyPI"),
    ("pipx", &["--spec", "--python"], "--spec", "PyPI"),
];

/// Programs that work in a directory, and the options that name it.
const IN_DIRECTORY: &[(&str, &[&str])] = &[
    ("uv", &["--directory", "--project"]),
    ("npm", &["--prefix", "-C"]),
    ("pnpm", &["--dir", "-C", "--prefix"]),
    ("yarn", &["--cwd"]),
    ("poetry", &["-C", "--directory", "-P", "--project"]),
    ("cargo", &["--manifest-path", "-C"]),
    ("hatch", &[]),
    ("rye", &[]),
    ("make", &["-C"]),
];

/// Programs that only start another one.
const WRAPPERS: &[&str] = &["env", "srt", "cmd", "cmd.exe", "nohup", "nice", "dotenvx", "op", "sudo", "cross-env", "wsl"];

const CONTAINERS: &[&str] = &["docker", "podman", "nerdctl", "container"];

/// Files that make a directory a package, for files of these endings. What has no ending, or none of these, was compiled.
const PACKAGES: &[(&[&str], &[&str])] = &[
    (&["js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx"], &["package.json", "deno.json"]),
    (&["py", "pyw"], &["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt"]),
    (&["go"], &["go.mod"]),
    (&["rs"], &["Cargo.toml"]),
    (&[], &["Cargo.toml", "go.mod", "package.json", "pyproject.toml"]),
];

/// Directories between a script and its package.
const MAX_CLIMB: usize = 8;

/// The user's home directory.
pub fn home() -> Option<PathBuf> {
    ["HOME", "USERPROFILE"].iter().find_map(std::env::var_os).filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// Where relative paths of a configuration begin, and what `~` is.
pub struct Surroundings<'a> {
    /// The directory of the configuration.
    pub directory: &'a Path,
    pub home: Option<&'a Path>,
}

impl Surroundings<'_> {
    /// Where the code is that a command starts in a directory.
    pub fn locate(&self, command: &[String], directory: Option<&str>) -> Located {
        let given = directory.and_then(|directory| self.existing(directory, None));
        if let (Some(directory), None) = (directory, &given) {
            return Located::Elsewhere(format!("it is started in `{directory}`, and there is no such directory: correct `cwd`"));
        }
        self.started(command, given.as_deref(), 0)
    }

    /// Where the code is that lies at a path.
    pub fn at(&self, path: &str) -> Located {
        match self.existing(path, None) {
            Some(path) if path.is_dir() => Located::Here { root: path, script: None },
            Some(path) => self.file(path),
            None => Located::Elsewhere(format!("there is no `{path}`: correct the path")),
        }
    }

    fn started(&self, command: &[String], directory: Option<&Path>, depth: u32) -> Located {
        let nothing = || Located::Elsewhere("the configuration names neither a command nor an address for it".to_owned());
        let Some((program, arguments)) = command.split_first().filter(|_| depth < 8) else { return nothing() };
        let name = program.rsplit(['/', '\\']).next().unwrap_or(program).trim_end_matches(".exe").trim_end_matches(".cmd");
        if WRAPPERS.contains(&name) {
            let rest = match arguments.iter().position(|argument| argument == "--") {
                Some(end) => &arguments[end + 1..],
                None => &arguments[arguments.iter().take_while(|argument| is_prelude(argument)).count()..],
            };
            return self.started(rest, directory, depth + 1);
        }
        if matches!(name, "sh" | "bash" | "zsh")
            && let Some(at) = arguments.iter().position(|argument| argument.starts_with('-') && argument.ends_with('c'))
        {
            let line = arguments.get(at + 1).map(String::as_str).unwrap_or_default();
            return self.line(line, directory, depth);
        }
        if CONTAINERS.contains(&name) {
            let image =
                positional(arguments, &["-e", "-v", "--mount", "--name", "--network", "-p", "--env", "--volume", "--env-file", "-u", "-w"], 1);
            let image = image.map_or_else(String::new, |image| format!(" `{image}`"));
            return Located::Elsewhere(format!("it runs in the container image{image}: scan the source that the image is built from"));
        }
        if let Some((_, valued, naming, registry)) = RUNNERS.iter().find(|(known, ..)| *known == name) {
            let package = option(arguments, &[naming, "--package"]).or_else(|| positional(arguments, valued, usize::from(name == "pipx")));
            return match package {
                Some(package) => self.package(package, registry, directory),
                None => nothing(),
            };
        }
        if let Some((_, options)) = IN_DIRECTORY.iter().find(|(known, _)| *known == name) {
            return self.in_directory(name, arguments, options, directory);
        }
        let version = |known: &str| name.strip_prefix(known).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
        if let Some((_, valued)) = INTERPRETERS.iter().find(|(known, _)| *known == name || version(known)) {
            return self.interpreted(name, arguments, valued, directory);
        }
        match self.existing(program, directory).filter(|_| program.contains(['/', '\\', '.'])) {
            Some(path) => self.file(path),
            None => Located::Elsewhere(format!("it is the program `{program}`, of which no code is here: scan the directory of its source")),
        }
    }

    /// A line for a shell: the last command of `cd DIR && COMMAND`.
    fn line(&self, line: &str, directory: Option<&Path>, depth: u32) -> Located {
        let mut directory = directory.map(Path::to_path_buf);
        let mut last: Vec<String> = Vec::new();
        for part in line.split("&&").flat_map(|part| part.split(';')) {
            let words: Vec<String> = part.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect();
            match words.as_slice() {
                [cd, to] if cd == "cd" => directory = self.existing(to, directory.as_deref()),
                [] => {}
                words => last = words.iter().skip_while(|word| *word == "exec" || is_prelude(word)).cloned().collect(),
            }
        }
        self.started(&last, directory.as_deref(), depth + 1)
    }

    fn package(&self, package: &str, registry: &str, directory: Option<&Path>) -> Located {
        let local = package.starts_with(['.', '/', '~', '$', '%']) || package.starts_with("file:") || package.contains('\\');
        match self.existing(package, directory).filter(|_| local) {
            Some(path) if path.is_dir() => Located::Here { root: path, script: None },
            Some(path) => self.file(path),
            None if local => Located::Elsewhere(format!("there is no `{package}`: correct the path")),
            None if package.contains("://") => Located::Elsewhere(format!("it is fetched from {package}: get a copy and scan its directory")),
            None => {
                let fetch = if registry == "npm" { "npm pack" } else { "pip download --no-deps" };
                Located::Elsewhere(format!(
                    "it is the {registry} package `{package}`, which is not here: get it (`{fetch} {package}`), unpack it and scan the directory"
                ))
            }
        }
    }

    fn in_directory(&self, name: &str, arguments: &[String], options: &[&str], directory: Option<&Path>) -> Located {
        let told = option(arguments, options).and_then(|path| self.existing(path, directory));
        // `--manifest-path …/Cargo.toml`
        let told = told.map(|path| if path.is_file() { path.parent().map(Path::to_path_buf).unwrap_or(path) } else { path });
        let directory = told.as_deref().or(directory);
        if name == "uv"
            && let Some(run) = arguments.iter().position(|argument| argument == "run")
            && let Some(script) =
                positional(&arguments[run + 1..], &["--with", "--python", "-p", "--extra", "--group", "--directory", "--project"], 0)
            && let rest = &arguments[arguments.iter().position(|argument| argument == script).unwrap_or(0)..]
            && let Located::Here { root, script } = match script {
                // `uv run python server.py`
                "python" | "python3" => self.interpreted("python", &rest[1..], &[], directory),
                script => self
                    .existing(script, directory)
                    .filter(|path| path.is_file())
                    .map_or_else(|| Located::Elsewhere(String::new()), |path| self.file(path)),
            }
        {
            return Located::Here { root, script };
        }
        match directory {
            Some(directory) => Located::Here { root: directory.to_path_buf(), script: None },
            None => Located::Elsewhere(format!("`{name}` does not say in which directory the code is: give `cwd`, or scan that directory")),
        }
    }

    fn interpreted(&self, name: &str, arguments: &[String], valued: &[&str], directory: Option<&Path>) -> Located {
        let skipped = usize::from(arguments.first().is_some_and(|first| first == "run"));
        let module = arguments.iter().position(|argument| argument == "-m").and_then(|at| arguments.get(at + 1));
        if let (true, Some(module)) = (name.starts_with("py"), module) {
            let path = module.replace('.', "/");
            let inside =
                |base: &Path| [base.join(&path), base.join("src").join(&path), base.join(format!("{path}.py"))].iter().any(|path| path.exists());
            let bases = directory.into_iter().chain([self.directory]);
            return match bases.into_iter().find(|base| inside(base)).or(directory) {
                Some(base) => Located::Here { root: base.to_path_buf(), script: None },
                None => Located::Elsewhere(format!(
                    "it is the Python module `{module}`, which is not beside the configuration: give `cwd`, or scan its directory"
                )),
            };
        }
        let Some(script) = positional(arguments, valued, skipped) else {
            return Located::Elsewhere(format!("`{name}` is given no file to run"));
        };
        match self.existing(script, directory) {
            Some(path) if path.is_dir() => Located::Here { root: path, script: None },
            Some(path) => self.file(path),
            None => Located::Elsewhere(format!("there is no `{script}`: correct the path, or build the server first")),
        }
    }

    /// The package that a file belongs to; without one, the file alone: what lies beside it may be anything.
    fn file(&self, path: PathBuf) -> Located {
        let readable = !matches!(kind::of(&path.to_string_lossy()), FileKind::Native | FileKind::Other);
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        let packages =
            PACKAGES.iter().find(|(endings, _)| endings.is_empty() || endings.contains(&ending.as_str())).map_or(&[][..], |(_, files)| files);
        // A configuration does not lie inside of a package unless it is the package's own.
        let highest = std::fs::canonicalize(self.workspace().unwrap_or(self.directory)).unwrap_or_default();
        let mut at = path.parent();
        for _ in 0..MAX_CLIMB {
            let Some(directory) = at.filter(|directory| directory.parent().is_some() && Some(*directory) != self.home) else { break };
            if packages.iter().any(|package| directory.join(package).is_file()) {
                return Located::Here { root: directory.to_path_buf(), script: Some(path) };
            }
            if directory == highest {
                break;
            }
            at = directory.parent();
        }
        match readable {
            true => Located::Here { root: path, script: None },
            false => Located::Elsewhere(format!("`{}` is no code that can be read: scan the directory of its source", path.display())),
        }
    }

    /// The place that a path of a configuration means, when there is something.
    fn existing(&self, path: &str, directory: Option<&Path>) -> Option<PathBuf> {
        let path = self.expanded(path.trim_start_matches("file://").trim_start_matches("file:"))?;
        let bases = directory.into_iter().chain([self.directory]).chain(self.workspace());
        let found = bases.map(|base| base.join(&path)).find(|path| path.exists())?;
        // For climbing: `./x` has no parents to speak of.
        Some(std::fs::canonicalize(&found).unwrap_or(found))
    }

    /// `.vscode/mcp.json` is about the directory around `.vscode`.
    fn workspace(&self) -> Option<&Path> {
        let hidden = self.directory.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        self.directory.parent().filter(|_| hidden)
    }

    /// With what stands for a directory written out. Other variables are not known here.
    fn expanded(&self, path: &str) -> Option<String> {
        let home = self.home.map(|home| home.to_string_lossy().into_owned());
        let here = self.workspace().unwrap_or(self.directory).to_string_lossy().into_owned();
        let mut path = match path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\'])) {
            Some(rest) => home.clone()? + rest,
            None => path.to_owned(),
        };
        for variable in ["${HOME}", "$HOME", "${userHome}", "${env:HOME}", "%USERPROFILE%"] {
            if path.contains(variable) {
                path = path.replace(variable, home.as_deref()?);
            }
        }
        for variable in
            ["${workspaceFolder}", "${workspacePath}", "${CLAUDE_PLUGIN_ROOT}", "${CLAUDE_PROJECT_DIR}", "${extensionPath}", "${__dirname}", "${PWD}"]
        {
            path = path.replace(variable, &here);
        }
        (!path.is_empty() && !path.contains("${")).then_some(path)
    }
}

/// Options and settings before the program in `env A=b -i program`, `cmd /c program`.
fn is_prelude(argument: &str) -> bool {
    argument.starts_with('-')
        || argument.eq_ignore_ascii_case("/c")
        || argument == "run"
        || (argument.contains('=') && !argument.contains('/'))
        || argument
            .split_once('=')
            .is_some_and(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'))
}

/// The value of the first of these options: `--from X`, `--from=X`.
fn option<'a>(arguments: &'a [String], names: &[&str]) -> Option<&'a str> {
    arguments.iter().enumerate().find_map(|(at, argument)| match argument.split_once('=') {
        Some((name, value)) if names.contains(&name) => Some(value),
        _ if names.contains(&argument.as_str()) => arguments.get(at + 1).map(String::as_str),
        _ => None,
    })
}

/// The argument that is no option, after so many others.
fn positional<'a>(arguments: &'a [String], valued: &[&str], skip: usize) -> Option<&'a str> {
    let mut arguments = arguments.iter();
    let mut left = skip;
    while let Some(argument) = arguments.next() {
        if valued.contains(&argument.as_str()) {
            arguments.next();
        } else if !argument.starts_with('-') {
            if left == 0 {
                return Some(argument);
            }
            left -= 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// `root` relative to the folder, or why not.
    fn located(command: &str, directory: Option<&str>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(folder.path()).unwrap();
        for file in [
            "a/package.json",
            "a/dist/index.js",
            "b/server.py",
            "b/helper.py",
            "c/pyproject.toml",
            "c/src/c/__init__.py",
            "documents/letter.md",
            "d/target/release/d",
            "d/Cargo.toml",
            "loose",
        ] {
            fs::create_dir_all(base.join(file).parent().unwrap()).unwrap();
            fs::write(base.join(file), "x").unwrap();
        }
        let surroundings = Surroundings { directory: &base, home: Some(&base) };
        let command: Vec<String> = command.replace("BASE", &base.to_string_lossy()).split(' ').map(str::to_owned).collect();
        match surroundings.locate(&command, directory) {
            Located::Here { root, .. } => root.strip_prefix(&base).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default(),
            Located::Elsewhere(why) => format!("elsewhere: {why}"),
        }
    }

    #[test]
    fn the_code_behind_a_command() {
        for (command, root) in [
            ("node a/dist/index.js --port 1", "a"),
            ("node --require x.js BASE/a/dist/index.js documents", "a"),
            ("/usr/bin/env A=b node ~/a/dist/index.js", "a"),
            ("cmd /c node a/dist/index.js", "a"),
            ("python3.12 -u b/server.py", "b/server.py"),
            ("uv --directory c run c", "c"),
            ("uv run --directory b server.py", "b/server.py"),
            ("uv run --with mcp python b/server.py", "b/server.py"),
            ("uvx --from ./c c", "c"),
            ("npx -y ./a documents", "a"),
            ("npm --prefix a start", "a"),
            ("${HOME}/d/target/release/d --stdio", "d"),
            ("cargo run --manifest-path d/Cargo.toml", "d"),
            ("bun run a/dist/index.js", "a"),
        ] {
            assert_eq!(located(command, None), root, "{command}");
        }
        assert_eq!(located("python -m c", Some("c")), "c");
        assert_eq!(located("npm start", Some("a")), "a");
        assert_eq!(located("node dist/index.js", Some("~/a")), "a");
    }

    #[test]
    fn what_is_not_here_is_said() {
        for (command, part) in [
            ("npx -y @scope/files documents", "the npm package `@scope/files`"),
            ("uvx files documents", "the PyPI package `files`"),
            ("docker run -i --rm -e A=b -v /x:/y mcp/files documents", "container image `mcp/files`"),
            ("node nowhere/index.js", "there is no `nowhere/index.js`"),
            ("files documents", "the program `files`"),
            ("npm start", "in which directory"),
            ("node ${input:x}/a.js", "there is no"),
            ("env env env env env env env env env", "neither a command"),
        ] {
            let said = located(command, None);
            assert!(said.starts_with("elsewhere: ") && said.contains(part), "{command}: {said}");
        }
        assert!(located("npm start", Some("gone")).contains("no such directory"));
    }
}
