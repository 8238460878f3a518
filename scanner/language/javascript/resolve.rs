use crate::input::Tree;
use crate::language::{Resolution, Resolver};
pub(super) struct Packages;
impl Packages {
    pub(super) fn read(_: &Tree) -> Packages {
        Packages
    }
}
impl Resolver for Packages {
    fn resolve(&self, _from: &str, specifier: &str) -> Resolution {
        Resolution::External(specifier.to_owned())
    }
    fn submodule(&self, _: &str, _: &str) -> Option<String> {
        None
    }
}
