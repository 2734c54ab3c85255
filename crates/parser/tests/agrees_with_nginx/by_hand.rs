//! Cases made by hand: every statement about reading that is known, and every disagreement that
//! was ever found, in its least form.

mod in_types;
mod others;

use crate::{Case, Place};

/// A name and a text.
type Named = (&'static str, &'static [u8]);

pub(crate) fn cases() -> Vec<Case> {
    let groups: [(Place, &[Named]); 7] = [
        (Place::Types, in_types::STATEMENT_ENDS),
        (Place::Types, in_types::WORDS),
        (Place::IncludedInTypes, in_types::STATEMENT_ENDS),
        (Place::IncludedInServer, others::INCLUDED_IN_SERVER),
        (Place::File, others::FILE),
        (Place::Http, others::HTTP),
        (Place::Server, others::SERVER),
    ];
    let mut cases = Vec::new();
    for (place, named) in groups {
        cases.extend(named.iter().map(|(name, text)| Case {
            name: (*name).to_owned(),
            place,
            text: text.to_vec(),
        }));
    }
    cases
}
