//! The certificates and keys of one server as OpenSSL keeps them: one pair for each kind of key.

use evidence::{Certificate, KeyKind, PrivateKey};

/// What follows from a key that does not belong to its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Consequence {
    /// nginx starts, and serves another certificate of the server.
    Unused,
    /// nginx starts, and no handshake succeeds.
    NoHandshake,
    /// nginx does not start.
    Refused,
}

/// Where OpenSSL keeps a certificate, by the kind of its key.
pub(crate) fn slot(kind: &KeyKind) -> &'static str {
    match kind {
        KeyKind::Rsa { .. } => "RSA",
        KeyKind::RsaPss { .. } => "RSA-PSS",
        KeyKind::Ec(_) => "ECDSA",
        KeyKind::Ed25519 => "Ed25519",
        KeyKind::Ed448 => "Ed448",
        KeyKind::Other(_) => "another kind",
    }
}

/// A certificate that is loaded, and its key as far as that is known.
pub(super) struct Loaded<'c> {
    /// The certificate.
    pub(super) certificate: &'c Certificate,
    /// The key; nothing if it cannot be looked at.
    pub(super) key: Option<&'c PrivateKey>,
}

/// What has been loaded into one place.
#[derive(Default)]
struct Slot<'c> {
    kind: &'static str,
    /// The last certificate, and which one it is.
    certificate: Option<(&'c Certificate, usize)>,
    key: Option<&'c PrivateKey>,
}

/// What becomes of certificates that are loaded one after the other.
pub(super) struct Outcome {
    /// The mismatches, with which certificate each is about.
    pub(super) mismatches: Vec<(usize, Consequence)>,
    /// The certificates that stay.
    pub(super) kept: Vec<usize>,
    /// Those that are replaced, and by which.
    pub(super) replaced: Vec<(usize, usize)>,
}

/// Loads certificates with their keys (`SSL_CTX_use_certificate`, which drops a key that does not
/// belong to it, and `SSL_CTX_use_PrivateKey`, which fails for one).
pub(super) fn load(pairs: &[Loaded<'_>]) -> Outcome {
    let mut slots: Vec<Slot<'_>> = Vec::new();
    let mut outcome = Outcome { mismatches: Vec::new(), kept: Vec::new(), replaced: Vec::new() };
    let mut is_unknown = false;
    for (at, pair) in pairs.iter().enumerate() {
        let found = find(&mut slots, slot(&pair.certificate.public_key.kind));
        if let Some((_, earlier)) = found.certificate.replace((pair.certificate, at)) {
            outcome.replaced.push((earlier, at));
        }
        if found.key.is_some_and(|key| !may_belong(key, pair.certificate)) {
            found.key = None;
        }
        let Some((key, kind)) = pair.key.and_then(|key| Some((key, slot(key.kind.as_ref()?))))
        else {
            is_unknown = true;
            continue;
        };
        let found = find(&mut slots, kind);
        if found.certificate.is_some_and(|(certificate, _)| !may_belong(key, certificate)) {
            outcome.mismatches.push((at, Consequence::Refused));
            continue;
        }
        found.key = Some(key);
    }
    let whole = slots.iter().filter(|slot| slot.certificate.is_some() && slot.key.is_some());
    let consequence =
        if whole.count() > 0 { Consequence::Unused } else { Consequence::NoHandshake };
    for slot in &slots {
        let Some((_, at)) = slot.certificate else { continue };
        outcome.kept.push(at);
        let is_reported = outcome.mismatches.iter().any(|(reported, _)| *reported == at);
        if slot.key.is_none() && !is_unknown && !is_reported {
            outcome.mismatches.push((at, consequence));
        }
    }
    outcome
}

fn find<'s, 'c>(slots: &'s mut Vec<Slot<'c>>, kind: &'static str) -> &'s mut Slot<'c> {
    let at = slots.iter().position(|slot| slot.kind == kind).unwrap_or(slots.len());
    if at == slots.len() {
        slots.push(Slot { kind, ..Slot::default() });
    }
    &mut slots[at]
}

/// Whether a key belongs to a certificate, as far as can be told.
fn may_belong(key: &PrivateKey, certificate: &Certificate) -> bool {
    key.belongs_to(&certificate.public_key) != Some(false)
}
