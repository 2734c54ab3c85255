//! Certificate authorities.

use std::collections::BTreeMap;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyUsagePurpose,
};

use super::key::{Key, Signer};
use super::set_validity;
use crate::error::{Error, Result};
use crate::fixture::MadeAuthority;

/// From and until when authorities are valid.
const VALIDITY: [&str; 2] = ["-1000 days", "+1000 days"];

/// A certificate authority: a root, and the intermediate that signs for it.
pub(crate) struct Authority {
    /// Nothing if another's root is above it.
    root: Option<Signer>,
    /// Nothing if the root signs.
    intermediate: Option<Signer>,
    /// What a file may hold of it, in PEM.
    pub(crate) root_pem: String,
    pub(crate) intermediate_pem: String,
    pub(crate) cross_pem: Option<String>,
    pub(crate) is_public: bool,
    pub(crate) is_trusted: bool,
}

impl Authority {
    /// Makes one, among those that were made before.
    pub(crate) fn new(
        wanted: &MadeAuthority,
        others: &BTreeMap<String, Self>,
        now: Duration,
    ) -> Result<Self> {
        let other = |id: &str| {
            let unknown = || Error::new(format!("there is no authority `{id}` before its use"));
            others.get(id).ok_or_else(unknown)
        };
        let key = || Key::new(wanted.key.as_deref().unwrap_or("ecdsa-p256"));
        let mut own = parameters(subject(wanted), now)?;
        set_validity(
            &mut own,
            [
                wanted.from.as_deref().unwrap_or(VALIDITY[0]),
                wanted.until.as_deref().unwrap_or(VALIDITY[1]),
            ],
            now,
        )?;
        let mut authority = Self {
            root: None,
            intermediate: None,
            root_pem: String::new(),
            intermediate_pem: String::new(),
            cross_pem: None,
            is_public: wanted.is_public,
            is_trusted: wanted.is_trusted,
        };
        if let Some(id) = &wanted.below {
            let above = other(id)?;
            authority.root_pem.clone_from(&above.root_pem);
            authority.intermediate = Some(Signer::new(own, key()?, Some(above.signer()?))?);
        } else {
            let name = wanted.root.clone().unwrap_or_else(|| format!("{} Root", wanted.name));
            let own_root = || {
                let mut subject = DistinguishedName::new();
                subject.push(DnType::CommonName, name);
                parameters(subject, now)
            };
            let of_root = if wanted.is_flat { own.clone() } else { own_root()? };
            let root = Signer::new(of_root.clone(), key()?, None)?;
            if !wanted.is_flat {
                authority.intermediate = Some(Signer::new(own, key()?, Some(&root))?);
            }
            if let Some(id) = &wanted.crossed_by {
                let above = other(id)?.root.as_ref();
                let above = above.ok_or_else(|| Error::new(format!("`{id}` has no own root")))?;
                authority.cross_pem = Some(root.crossed_by(&of_root, above)?);
            }
            authority.root_pem.clone_from(&root.pem);
            authority.root = Some(root);
        }
        if let Some(intermediate) = &authority.intermediate {
            authority.intermediate_pem.clone_from(&intermediate.pem);
        }
        Ok(authority)
    }

    /// What signs certificates.
    pub(crate) fn signer(&self) -> Result<&Signer> {
        let signer = self.intermediate.as_ref().or(self.root.as_ref());
        signer.ok_or_else(|| Error::new("an authority has no key"))
    }
}

fn subject(wanted: &MadeAuthority) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    if let Some(organization) = &wanted.organization {
        subject.push(DnType::OrganizationName, organization.as_str());
    }
    if let Some(unit) = &wanted.unit {
        subject.push(DnType::OrganizationalUnitName, unit.as_str());
    }
    if !wanted.name.is_empty() {
        subject.push(DnType::CommonName, wanted.name.as_str());
    }
    subject
}

fn parameters(subject: DistinguishedName, now: Duration) -> Result<CertificateParams> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = subject;
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.use_authority_key_identifier_extension = true;
    set_validity(&mut parameters, VALIDITY, now)?;
    Ok(parameters)
}
