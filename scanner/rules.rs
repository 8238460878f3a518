//! The rules and models that are part of this build.

use sha2::{Digest, Sha256};

/// Every file below `rules/` as (path below `rules/`, text), sorted by path.
pub static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// `sha256:…` over all embedded rules and models: two reports with the same digest were judged by the same rules.
pub fn digest() -> String {
    let mut hash = Sha256::new();
    for (path, text) in FILES {
        for part in [path, text] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    format!("sha256:{}", hex(&hash.finalize()))
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
