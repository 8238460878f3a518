//! Places in which secrets are kept, told by how paths are written.

/// Parts of the names of files in which secrets are kept.
pub(super) const KEEPS: &[&str] = &[
    "key",
    "token",
    "credential",
    "secret",
    "passw",
    "auth",
    "cookie",
    "history",
    "session",
    "wallet",
    "private",
    "shadow",
    "cert",
    "vault",
    "login",
    "environ",
];

/// A path to something like a key in somebody's home or among the settings of a machine.
pub(super) fn keeps_secrets(path: &str) -> bool {
    const HOMES: &[&str] = &[
        "~",
        "$home",
        "${home}",
        "/home/",
        "/users/",
        "/root/",
        "/etc/",
        "%userprofile%",
        "%appdata%",
        "c:\\users",
        "/var/run/secrets",
        "/run/secrets",
        "/proc/",
    ];
    let hidden = path.contains("/.") && !path.contains("/../") && !path.contains("/./");
    (hidden || HOMES.iter().any(|home| path.starts_with(home))) && KEEPS.iter().any(|word| path.contains(word))
}
