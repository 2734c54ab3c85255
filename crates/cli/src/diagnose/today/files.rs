//! What is known of the files that a message is about.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, path::Path};

use evidence::{named, path_of};
use rules::{Diagnostic, Group, Place, Severity};

use super::{Compared, group};
use crate::{diagnose::finding::Finding, report::printable};

impl Compared<'_, '_, '_> {
    /// Why the rules cannot say that the files are in order that a message is about.
    pub(super) fn not_looked_at(&self, finding: &Finding) -> Option<String> {
        let is_of_files = |rule: &&str| group(rule) == Some(Group::Tls);
        if !finding.message.rules().iter().any(is_of_files) {
            return None;
        }
        if let Some(path) = finding.fields.path.as_deref()
            && !self.names_file(path)
        {
            let path = printable::words(path);
            return Some(format!("no directive of this configuration names {path}"));
        }
        let is_unread = |diagnostic: &&Diagnostic| {
            diagnostic.rule == "certificate-path-broken" && diagnostic.severity == Severity::Info
        };
        let found = self.configuration.diagnostics.iter().find(is_unread)?;
        let message = printable::words(&found.message);
        Some(match &found.place {
            Place::Span(span) => {
                format!("{}: {message}", printable::words(&self.configuration.words_at(*span)))
            }
            Place::Path(path) | Place::Line(path, _) => {
                format!("{}: {message}", printable::path(path))
            }
        })
    }

    /// Whether the configuration names this file of certificates or keys.
    pub(super) fn names_file(&self, path: &str) -> bool {
        named(self.http).into_iter().any(|named| {
            let own = path_of(self.http.config, named.directive);
            own.is_some_and(|own| Path::new(OsStr::from_bytes(&own)) == Path::new(path))
        })
    }

    /// Whether a diagnostic is about a file that a message names.
    pub(super) fn is_of_path(&self, diagnostic: &Diagnostic, path: &str) -> bool {
        let is_said = |text: &str| text.contains(path);
        let is_at = match &diagnostic.place {
            Place::Path(place) | Place::Line(place, _) => place == Path::new(path),
            Place::Span(span) => is_said(&self.configuration.words_at(*span)),
        };
        let labels = diagnostic.labels.iter().map(|label| label.span);
        is_at
            || is_said(&diagnostic.message)
            || diagnostic.notes.iter().any(|note| is_said(note))
            || labels.into_iter().any(|span| is_said(&self.configuration.words_at(span)))
    }
}
