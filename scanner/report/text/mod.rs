pub(super) fn render(_: &[super::Report], _: &super::Context<'_>, _: &mut dyn std::io::Write) -> std::io::Result<()> { Ok(()) }
