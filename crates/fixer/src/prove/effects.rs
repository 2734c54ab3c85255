//! Which of several fixes is to blame for what they do together.

use std::collections::HashMap;

use model::ServerId;
use rules::{Diagnostic, Fix};

use super::{Affected, Change, Effect};

/// What each fix does, as far as it is known.
pub(super) struct Effects<'p> {
    /// In the order of the fixes.
    pub(super) of_fixes: Vec<Effect>,
    /// The fixes for each name that is not cured so far.
    not_cured: HashMap<&'p str, Vec<usize>>,
    /// Where the fixes have their edits; `None` if any fix may have to do with any server.
    pub(super) affected: Option<&'p Affected>,
}

impl<'p> Effects<'p> {
    /// At first all is well, only that nobody can say so of fixes that are for no name, unless the
    /// handshake, or a comment, is all that they change.
    pub(super) fn new(
        diagnostics: &'p [Diagnostic],
        indexes: &[usize],
        affected: Option<&'p Affected>,
        is_of_comments: impl Fn(&Fix) -> bool,
    ) -> Self {
        let mut not_cured: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut of_fixes = Vec::with_capacity(indexes.len());
        for (number, &index) in indexes.iter().enumerate() {
            let names = &diagnostics[index].names;
            for name in names {
                not_cured.entry(name).or_default().push(number);
            }
            let fix = diagnostics[index].fix.as_ref();
            let is_for_none = names.is_empty()
                && !fix.is_some_and(|fix| fix.is_for_handshake || is_of_comments(fix));
            of_fixes.push(if is_for_none { Effect::ChangesOthers(None) } else { Effect::Safe });
        }
        Self { of_fixes, not_cured, affected }
    }

    /// A name passes over more address families than before.
    pub(super) fn cure(&mut self, name: &str) {
        self.not_cured.remove(name);
    }

    /// Whatever names are left fail as before, or worse.
    pub(super) fn end_cures(&mut self) {
        for fix in std::mem::take(&mut self.not_cured).into_values().flatten() {
            self.of_fixes[fix] = Effect::DoesNotCure;
        }
    }

    /// A name fares worse for which these servers have a part.
    pub(super) fn harm(&mut self, servers: impl Iterator<Item = ServerId>) {
        let mut blamed: Vec<usize> = servers.flat_map(|id| self.fixes_of(id)).collect();
        if blamed.is_empty() {
            blamed.extend(0..self.of_fixes.len());
        }
        for fix in blamed {
            self.of_fixes[fix] = Effect::DoesNotCure;
        }
    }

    /// A request to this server gets another answer, or may.
    pub(super) fn change(&mut self, id: ServerId, change: Option<&Change>) {
        for fix in self.fixes_of(id) {
            if matches!(self.of_fixes[fix], Effect::Safe | Effect::ChangesOthers(None)) {
                self.of_fixes[fix] = Effect::ChangesOthers(change.cloned());
            }
        }
    }

    fn fixes_of(&self, id: ServerId) -> Vec<usize> {
        match self.affected {
            Some(affected) => affected.fixes_of(id).collect(),
            None => (0..self.of_fixes.len()).collect(),
        }
    }
}
