//! How the certificates of a chain hang together.

use crate::{
    certificate::{Certificate, Issued},
    content::Chain,
};

/// How the certificates of a chain hang together, each by its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// From that of the server upwards, each issued by the next.
    pub upwards: Vec<usize>,
    /// Those that have been there before.
    pub repeated: Vec<usize>,
    /// Those that have nothing to do with the others.
    pub foreign: Vec<usize>,
    /// One that has the name of the issuer that is missing, but did not sign.
    pub namesake: Option<usize>,
}

/// No real chain is longer; what is longer is not followed.
const MOST: usize = 10;

impl Chain {
    /// Whether the certificate that issued that of the server seems to be there, going by names.
    pub(crate) fn names_issuer(&self) -> bool {
        let leaf = self.leaf();
        leaf.is_self_issued()
            || self.certificates[1..].iter().any(|other| leaf.issuer.is(&other.subject))
    }

    /// How they hang together, by their signatures. Where one cannot be checked, the names have to
    /// do.
    pub fn order(&self) -> Order {
        let all = &self.certificates;
        let mut order =
            Order { upwards: vec![0], repeated: Vec::new(), foreign: Vec::new(), namesake: None };
        let is_repeated =
            |at: usize| all[..at].iter().take(MOST).any(|other| other.der == all[at].der);
        order.repeated = (1..all.len()).filter(|&at| is_repeated(at)).collect();
        let mut last = 0;
        while !all[last].is_self_issued() && order.upwards.len() < MOST {
            let rest = (1..all.len())
                .filter(|at| !order.upwards.contains(at) && !order.repeated.contains(at));
            let mut namesake = None;
            let next = rest.clone().find(|&at| match all[last].is_issued_by(&all[at]) {
                Issued::Yes | Issued::NotChecked => true,
                Issued::No => {
                    if all[last].issuer.is(&all[at].subject) {
                        namesake = namesake.or(Some(at));
                    }
                    false
                }
            });
            let Some(next) = next else {
                order.namesake = namesake;
                break;
            };
            order.upwards.push(next);
            last = next;
        }
        // Another certificate for a key on the way may help old clients.
        let is_alike = |one: &Certificate, other: &Certificate| {
            one.public_key == other.public_key && one.subject.is(&other.subject)
        };
        let is_known = |at: &usize| {
            order.repeated.contains(at)
                || order.upwards.iter().any(|&up| up == *at || is_alike(&all[up], &all[*at]))
        };
        order.foreign = (1..all.len()).filter(|at| !is_known(at)).collect();
        order
    }
}

impl Order {
    /// Whether each comes after the one that it issued.
    pub fn is_sorted(&self) -> bool {
        self.upwards.is_sorted()
    }
}
