//! The rules and models that are part of this build.

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// A model file as the build script embeds it.
#[derive(Debug)]
pub(crate) struct EmbeddedModel {
    /// Below `rules/`.
    pub(crate) path: &'static str,
    /// The folder below `rules/models/`: its ecosystem.
    pub(crate) folder: &'static str,
    /// Modules of other models that it refers to.
    pub(crate) references: &'static [&'static str],
    pub(crate) json: &'static str,
}

/// By what a bundler's copy of a library is known.
#[derive(Debug)]
pub(crate) struct InlinedLibrary {
    pub(crate) folder: &'static str,
    pub(crate) module: &'static str,
    /// Names of members and constant texts that stand together in one of its functions.
    pub(crate) holds: &'static [&'static str],
    /// What it is known to do: kind of capability and target, with at most one `*`.
    pub(crate) does: &'static [(&'static str, &'static str)],
}

/// `sha256:…` over all embedded rules and models: two reports with the same digest were judged by the same rules.
pub fn digest() -> &'static str {
    DIGEST
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_sorted_and_hashed() {
        assert!(FILES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(digest().starts_with("sha256:") && digest().len() == 7 + 64);
        assert_eq!(hex(&[0, 171, 255]), "00abff");
    }
}
