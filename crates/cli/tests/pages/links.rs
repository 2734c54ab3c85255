//! Links between the files of the repository.

use std::path::Path;

use rules::RULES;

use crate::{
    fences::{Piece, pieces},
    pages::repository,
};

/// The links of a page that lead to no file.
pub(crate) fn broken(path: &str, text: &str) -> Vec<String> {
    let directory = Path::new(path).parent().unwrap_or(Path::new(""));
    targets(text)
        .map(|target| directory.join(target))
        .filter(|file| !repository().join(file).exists() && !is_rule_page(file))
        .map(|file| format!("{path}: there is no file {}", file.display()))
        .collect()
}

/// Whether this is the page of a rule, which another test makes if it is missing.
fn is_rule_page(file: &Path) -> bool {
    RULES.iter().any(|rule| file == Path::new("docs/rules").join(format!("{}.md", rule.id)))
}

/// The files that a page links to, as it writes them.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let outside = |piece| match piece {
        Piece::Line(line) => Some(line),
        Piece::Block(_) => None,
    };
    pieces(text)
        .into_iter()
        .filter_map(outside)
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split_once('#').map_or(target, |(file, _)| file))
        .filter(|target| !target.is_empty() && !target.contains("://"))
}
