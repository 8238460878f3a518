//! What the name of an environment variable says.

/// Words that make a variable a secret.
const SECRET_WORDS: &[&str] = &[
    "APIKEY",
    "AUTH",
    "BEARER",
    "CONNECTIONSTRING",
    "COOKIE",
    "CRED",
    "CREDENTIAL",
    "CREDENTIALS",
    "CREDS",
    "DSN",
    "JWT",
    "KEY",
    "KEYS",
    "PASS",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PASSWORDS",
    "PAT",
    "PRIVATE",
    "PWD",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "TOKENS",
    "WEBHOOK",
];

/// Secret words are often glued to the word before them (`GITHUBTOKEN`, `MYSECRET`).
const SECRET_ENDINGS: &[&str] = &["ACCESSTOKEN", "APIKEY", "AUTHTOKEN", "CREDENTIALS", "PASSWORD", "SECRET", "SECRETKEY", "TOKEN"];

/// Words beside a secret word that make it a name, a number, a switch or something public instead.
const HARMLESS_WORDS: &[&str] = &[
    "ALGORITHM",
    "ALLOW",
    "ALLOWED",
    "BUDGET",
    "COUNT",
    "DISABLE",
    "DISABLED",
    "ENABLE",
    "ENABLED",
    "ENDPOINT",
    "EXPIRATION",
    "EXPIRES",
    "EXPIRY",
    "FORMAT",
    "HEADER",
    "ISSUER",
    "LENGTH",
    "LIMIT",
    "MASK",
    "MAX",
    "MIN",
    "MODE",
    "NAME",
    "NAMES",
    "PREFIX",
    "PROVIDER",
    "PUBLIC",
    "REGION",
    "REQUIRE",
    "REQUIRED",
    "SIZE",
    "SKIP",
    "STRATEGY",
    "THRESHOLD",
    "TIMEOUT",
    "TTL",
    "TYPE",
    "URI",
    "URL",
    "VERIFY",
    "VERSION",
];

/// Words that end an identifier of a secret, which is not the secret.
const HARMLESS_ENDINGS: &[&str] = &["ID", "IDS", "DIR", "FILE", "PATH", "HOST", "PORT", "SERVER"];

/// Whether a variable of this name holds a secret.
///
/// `GITHUB_TOKEN`, `db.password` and `openaiApiKey` do; `AWS_ACCESS_KEY_ID`, `MAX_TOKENS`, `KEYBOARD_LAYOUT` and
/// `PUBLIC_KEY` do not. A path to a file of credentials does.
pub fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let pair = |first: &str, second: &str| words.windows(2).any(|two| two[0] == first && two[1] == second);
    if pair("CONNECTION", "STRING") || (pair("DATABASE", "URL") || pair("DB", "URL")) || has(&["WEBHOOK"]) {
        return true;
    }
    let glued = words.iter().any(|word| SECRET_ENDINGS.iter().any(|ending| word.ends_with(ending)));
    if !has(SECRET_WORDS) && !glued {
        return false;
    }
    if words.len() == 1 && matches!(name, "PWD" | "OLDPWD" | "AUTH" | "PASS") {
        return name == "PASS";
    }
    if words.last().is_some_and(|word| HARMLESS_ENDINGS.contains(&word.as_str())) {
        // A path to the secret is as good as the secret; a path to a key store's directory is not.
        return words.last().is_some_and(|word| matches!(word.as_str(), "FILE" | "PATH")) && has(&["CREDENTIALS", "CREDENTIAL", "PRIVATE", "TOKEN"]);
    }
    !has(HARMLESS_WORDS)
}

/// Upper-case words of a name, split at `_`, `-`, `.` and where a lower-case letter meets an upper-case one.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for character in name.chars().take(256) {
        let boundary = !character.is_alphanumeric();
        if (boundary || (lower_before && character.is_uppercase())) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if !boundary && let Some(word) = words.last_mut() {
            word.extend(character.to_uppercase());
        }
        lower_before = character.is_lowercase() || character.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Variables that every program reads and that say nothing about a server.
const BASELINE: &[&str] = &[
    "ALL_PROXY",
    "APPDATA",
    "CI",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "COLUMNS",
    "COMSPEC",
    "DEBUG",
    "EDITOR",
    "FORCE_COLOR",
    "HOME",
    "HOMEDRIVE",
    "HOMEPATH",
    "HOST",
    "HOSTNAME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "LANGUAGE",
    "LINES",
    "LOCALAPPDATA",
    "LOGLEVEL",
    "LOGNAME",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "NODE_DEBUG",
    "NODE_ENV",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "NO_COLOR",
    "NO_PROXY",
    "OLDPWD",
    "OS",
    "PATH",
    "PATHEXT",
    "PORT",
    "PROCESSOR_ARCHITECTURE",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PWD",
    "PYTHONIOENCODING",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "PYTHONUTF8",
    "REQUESTS_CA_BUNDLE",
    "SHELL",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TERM",
    "TERM_PROGRAM",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "USERNAME",
    "USERPROFILE",
    "VIRTUAL_ENV",
    "WINDIR",
];

const BASELINE_PREFIXES: &[&str] = &["LC_", "OTEL_", "XDG_", "npm_config_", "npm_lifecycle_", "npm_package_"];

/// Whether a variable is one of those (`PATH`, `NODE_ENV`, `HTTPS_PROXY`, `OTEL_…`) that are never reported alone.
pub fn is_baseline_environment(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    // `NODE_TLS_REJECT_UNAUTHORIZED` only when it is read: what is done with it is another rule's matter.
    BASELINE.contains(&upper.as_str()) || BASELINE_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets() {
        for name in [
            "GITHUB_TOKEN",
            "API_KEY",
            "OPENAI_API_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "DB_PASSWORD",
            "GITHUB_PAT",
            "SENTRY_DSN",
            "SESSION_COOKIE",
            "PRIVATE_KEY",
            "AZURE_STORAGE_CONNECTION_STRING",
            "apiKey",
            "db.password",
            "GITHUBTOKEN",
            "BASIC_AUTH",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "DATABASE_URL",
            "SLACK_WEBHOOK_URL",
            "client-secret",
            "JWT",
            "TOKEN",
            "NPM_TOKEN_FILE",
            "SSH_PRIVATE_KEY_PATH",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn not_secrets() {
        for name in [
            "AWS_ACCESS_KEY_ID",
            "MAX_TOKENS",
            "TOKEN_LIMIT",
            "KEYBOARD_LAYOUT",
            "PUBLIC_KEY",
            "NEXT_PUBLIC_API_KEY",
            "PATH",
            "PWD",
            "PORT",
            "AUTHOR",
            "PATTERN",
            "MONKEY",
            "COMPASS_DIR",
            "AUTH_MODE",
            "TOKEN_URL",
            "MASK_SECRETS",
            "PASSTHROUGH",
            "SECRET_NAME",
            "",
            "KUBECONFIG",
            "LOG_LEVEL",
            "DISABLE_AUTH",
            "TOKENIZER",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn baseline() {
        for name in ["PATH", "NODE_ENV", "https_proxy", "OTEL_EXPORTER_OTLP_ENDPOINT", "LC_ALL", "XDG_CONFIG_HOME", "Path"] {
            assert!(is_baseline_environment(name), "{name}");
        }
        for name in ["GITHUB_TOKEN", "MY_PATH", "HOSTS", "OTELX"] {
            assert!(!is_baseline_environment(name), "{name}");
        }
    }
}
