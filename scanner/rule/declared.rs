//! Whether a manifest speaks of a capability: yes, no, or not of this kind at all.

use crate::analysis::facts::{Access, Capability, CapabilityKind, Declared, ServerFacts, TargetFrom, TargetKind};
use crate::manifest::{Declaration, DeclaredKind, Manifests};

use super::matching::covers;

/// Words in the name of a variable that says where something is.
const ADDRESS_WORDS: &[&str] = &["URL", "URI", "HOST", "HOSTNAME", "ENDPOINT", "BASE", "DOMAIN", "SERVER", "ADDRESS", "INSTANCE", "SITE", "REGION"];
const PATH_WORDS: &[&str] =
    &["PATH", "DIR", "DIRECTORY", "DIRECTORIES", "FILE", "FOLDER", "ROOT", "HOME", "DB", "DATABASE", "STORE", "WORKSPACE", "VAULT"];
const PROGRAM_WORDS: &[&str] = &["PATH", "BIN", "BINARY", "EXECUTABLE", "COMMAND", "CMD", "PROGRAM"];

/// Sets [`Capability::declared`] on every capability. A kind no manifest specifies is `unspecified`, which is not the same as
/// "none": a missing list denies nothing.
pub fn mark_declared(facts: &mut ServerFacts, manifests: &Manifests) {
    for capability in &mut facts.capabilities {
        capability.declared = declared(capability, manifests);
    }
}

fn declared(capability: &Capability, manifests: &Manifests) -> Declared {
    let kinds = kinds(capability.kind);
    if kinds.is_empty() {
        return Declared::Unspecified;
    }
    if manifests.declarations.iter().any(|declaration| kinds.contains(&declaration.kind) && allows(declaration, capability)) {
        return Declared::Yes;
    }
    if chosen_by_declared_variable(capability, manifests) {
        return Declared::Yes;
    }
    let specified = manifests.specified.iter().any(|specified| {
        Some(specified.kind) == DeclaredKind::of(capability.kind).or(kinds.first().copied())
            && specified.access.is_none_or(|access| access == capability.access)
    });
    // A file with a credential in it is first of all a file.
    let specified = specified
        || (capability.kind == CapabilityKind::Credential
            && looks_like_path(&capability.target)
            && manifests
                .specified
                .iter()
                .any(|specified| specified.kind == DeclaredKind::Filesystem && specified.access.is_none_or(|access| access == Access::Read)));
    if specified { Declared::No } else { Declared::Unspecified }
}

/// The kinds of declaration that can allow a capability.
fn kinds(kind: CapabilityKind) -> &'static [DeclaredKind] {
    match kind {
        CapabilityKind::Network => &[DeclaredKind::Network],
        CapabilityKind::Environment => &[DeclaredKind::Environment],
        CapabilityKind::Credential => &[DeclaredKind::Credential, DeclaredKind::Filesystem],
        CapabilityKind::Filesystem => &[DeclaredKind::Filesystem],
        CapabilityKind::Process => &[DeclaredKind::Process],
        CapabilityKind::Database => &[DeclaredKind::Database, DeclaredKind::Network],
        CapabilityKind::Code | CapabilityKind::Native => &[],
    }
}

fn allows(declaration: &Declaration, capability: &Capability) -> bool {
    let access_fits = match (declaration.access, capability.access) {
        (None, _) => true,
        // Permission to write a place is permission to remove what is in it; no format tells them apart.
        (Some(Access::Write), Access::Delete) => true,
        (Some(declared), done) => declared == done,
    };
    if !access_fits {
        return false;
    }
    if capability.target_kind == TargetKind::Dynamic || capability.target == "*" {
        return declaration.target == "*" || (declaration.kind == DeclaredKind::Filesystem && declaration.target == "/");
    }
    covers(declaration, &capability.target)
}

/// A target that comes from a variable is as declared as the variable: whoever sets it chooses the target.
fn chosen_by_declared_variable(capability: &Capability, manifests: &Manifests) -> bool {
    if !matches!(capability.target_from, TargetFrom::Environment | TargetFrom::Config) || capability.target_kind == TargetKind::Constant {
        return false;
    }
    let mut variables = manifests
        .declarations
        .iter()
        .filter(|declaration| declaration.kind == DeclaredKind::Environment && !declaration.secret)
        .map(|d| d.target.as_str());
    if !capability.variables.is_empty() {
        return variables.any(|name| capability.variables.iter().any(|variable| variable == name));
    }
    // The code does not show which variable it is: one that says where such a thing is may be the one.
    let words = match capability.kind {
        CapabilityKind::Network | CapabilityKind::Database => ADDRESS_WORDS,
        CapabilityKind::Filesystem | CapabilityKind::Credential => PATH_WORDS,
        CapabilityKind::Process => PROGRAM_WORDS,
        _ => return false,
    };
    variables.any(|name| name.split('_').any(|part| words.contains(&part)))
}

fn looks_like_path(target: &str) -> bool {
    target.starts_with(['~', '/', '.', '<']) || target.contains('/')
}
