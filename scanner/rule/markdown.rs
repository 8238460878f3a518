//! The shape of a rule file: front matter, the sections people read, and examples.

use super::check::{Example, ExampleFile};

/// A rule file taken apart. Line numbers are 1-based lines of the file.
pub(super) struct Document<'a> {
    pub(super) front: &'a str,
    /// Line of the first line of `front`.
    pub(super) front_line: usize,
    /// Headings with the text below them, in order: (line, heading, text).
    pub(super) sections: Vec<(usize, String, String)>,
    pub(super) examples: Vec<Example>,
}

/// Takes a rule file apart, or says at which line it is not one.
pub(super) fn read(text: &str) -> Result<Document<'_>, (usize, String)> {
    let rest = text.strip_prefix("---\n").ok_or((1, "must begin with `---`, front matter, `---`".to_owned()))?;
    let end = rest.find("\n---\n").ok_or((1, "the front matter is not closed by a line `---`".to_owned()))?;
    let front = &rest[..end + 1];
    let body = &rest[end + 5..];
    let first = 2 + front.matches('\n').count() + 1;

    let mut sections: Vec<(usize, String, String)> = Vec::new();
    let mut examples: Vec<Example> = Vec::new();
    let mut fence: Option<(usize, ExampleFile)> = None;
    for (offset, line) in body.lines().enumerate() {
        let number = first + offset;
        if let Some((_, file)) = &mut fence {
            if line == "```" {
                let file = fence.take().map(|(_, file)| file);
                let example = examples.last_mut().ok_or((number, "code stands below `## Bad` or `## Ok`".to_owned()))?;
                example.files.extend(file);
            } else {
                file.text.push_str(line);
                file.text.push('\n');
            }
            continue;
        }
        if let Some(info) = line.strip_prefix("```") {
            let name = info.split_whitespace().nth(1).ok_or((number, "a code block needs a language and a file name".to_owned()))?;
            fence = Some((number, ExampleFile { name: name.to_owned(), text: String::new(), line: number + 1 }));
        } else if let Some(heading) = line.strip_prefix("## ") {
            let kind = heading.split(':').next().unwrap_or(heading).trim();
            match kind {
                "Bad" | "Ok" => examples.push(Example { bad: kind == "Bad", line: number, files: Vec::new() }),
                _ => sections.push((number, heading.trim().to_owned(), String::new())),
            }
        } else if examples.is_empty()
            && let Some((_, _, text)) = sections.last_mut()
        {
            text.push_str(line);
            text.push('\n');
        }
    }
    if let Some((line, _)) = fence {
        return Err((line, "the code block is not closed".to_owned()));
    }
    if let Some(empty) = examples.iter().find(|example| example.files.is_empty()) {
        return Err((empty.line, "the example has no code block".to_owned()));
    }
    Ok(Document { front, front_line: 2, sections, examples })
}
