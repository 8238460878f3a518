use super::*;

#[test]
fn the_embedded_checks_are_valid() {
    let checks = match load() {
        Ok(checks) => checks,
        Err(error) => panic!("{error}"),
    };
    assert!(checks.len() > 10);
    assert!(checks.windows(2).all(|pair| pair[0].id < pair[1].id));
}
