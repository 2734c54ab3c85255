//! Makes certificates, keys and chains.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, date_time_ymd,
};

use crate::build;
use crate::error::{Context, Error, Result};
use crate::fixture::{Fixture, MadeAuthority, MadeCertificate, Part};

mod authority;
mod file;
mod key;
mod moment;
mod surgery;

use authority::Authority;
use key::{Key, signed};
use moment::moment;

pub(crate) use moment::now;

/// The files of certbot's lineages, and what each holds.
const LINEAGE: [(&str, &[Part]); 4] = [
    ("cert", &[Part::Leaf]),
    ("chain", &[Part::Intermediate]),
    ("fullchain", &[Part::Leaf, Part::Intermediate]),
    ("privkey", &[Part::Key]),
];

/// RFC 7633: the TLS feature extension, asking for `status_request`.
const MUST_STAPLE: (&[u64], &[u8]) = (&[1, 3, 6, 1, 5, 5, 7, 1, 24], &[0x30, 3, 2, 1, 5]);

/// RFC 5280: authority information access.
const AUTHORITY_ACCESS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];

/// The object identifier of an OCSP responder within that, in DER.
const OCSP: [u8; 10] = [6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 1];

/// RFC 5280: certificate policies; here that the domain was validated, as the authorities that
/// browsers know have to say (2.23.140.1.2.1).
const POLICIES: (&[u64], &[u8]) =
    (&[2, 5, 29, 32], &[0x30, 10, 0x30, 8, 6, 6, 0x67, 0x81, 0x0c, 1, 2, 1]);

/// Makes what the fixture lists and writes it where the fixture says. Returns the roots that clients
/// trust.
pub(crate) fn make(root: &Path, fixture: &Fixture) -> Result<String> {
    let now = now(fixture.run.now.as_deref())?;
    let mut authorities = BTreeMap::new();
    for wanted in &fixture.authority {
        let authority = Authority::new(wanted, &authorities, now)?;
        authorities.insert(wanted.id().to_owned(), authority);
    }
    let mut all = Vec::new();
    for wanted in &fixture.certificate {
        let name = wanted.authority.as_deref().unwrap_or("Test Authority");
        if !authorities.contains_key(name) {
            let authority = Authority::new(&MadeAuthority::named(name), &authorities, now)?;
            authorities.insert(name.to_owned(), authority);
        }
        all.push((wanted, issue(wanted, &authorities[name], now)?));
    }
    let by_id: BTreeMap<_, _> =
        all.iter().filter_map(|(wanted, issued)| Some((wanted.id.clone()?, issued))).collect();
    for (wanted, issued) in &all {
        for (path, pieces) in &wanted.files {
            file::write(root, path, pieces, issued, &by_id)?;
        }
        if let Some(lineage) = &wanted.lineage {
            write_lineage(root, lineage, issued)?;
        }
    }
    let trusted = authorities.values().filter(|authority| authority.is_trusted);
    let trusted: String = trusted.map(|authority| &*authority.root_pem).collect();
    if !trusted.is_empty() {
        return Ok(trusted);
    }
    // No client trusts nobody.
    let other = MadeAuthority::named("Somebody Else");
    Ok(Authority::new(&other, &BTreeMap::new(), now)?.root_pem)
}

/// A certificate with everything that may be written of it, in PEM.
pub(crate) struct Issued {
    leaf: String,
    intermediate: String,
    root: String,
    cross: Option<String>,
    key: String,
    password: String,
}

fn issue(wanted: &MadeCertificate, authority: &Authority, now: Duration) -> Result<Issued> {
    let making = "cannot make a certificate";
    let names = wanted.names.clone().unwrap_or_else(|| vec!["example.com".to_owned()]);
    let mut parameters = CertificateParams::new(names.clone()).context(making)?;
    parameters.distinguished_name = DistinguishedName::new();
    let common_name = wanted.common_name.as_ref().or(names.first());
    if let Some(name) = common_name.filter(|name| !name.is_empty()) {
        parameters.distinguished_name.push(DnType::CommonName, name.as_str());
    }
    parameters.serial_number = wanted.serial.map(Into::into);
    parameters.is_ca = IsCa::ExplicitNoCa;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if wanted.is_authority {
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages.push(KeyUsagePurpose::KeyCertSign);
    }
    let usages = wanted.usages.clone().unwrap_or_else(|| vec!["server".to_owned()]);
    for usage in &usages {
        parameters.extended_key_usages.push(match usage.as_str() {
            "server" => ExtendedKeyUsagePurpose::ServerAuth,
            "client" => ExtendedKeyUsagePurpose::ClientAuth,
            _ => return Err(Error::new(format!("`{usage}` is neither `server` nor `client`"))),
        });
    }
    let from = wanted.from.as_deref().unwrap_or("-30 days");
    set_validity(&mut parameters, [from, wanted.until.as_deref().unwrap_or("+60 days")], now)?;
    let mut add = |identifier: &[u64], content: Vec<u8>| {
        let extension = CustomExtension::from_oid_content(identifier, content);
        parameters.custom_extensions.push(extension);
    };
    if wanted.must_staple {
        add(MUST_STAPLE.0, MUST_STAPLE.1.to_vec());
    }
    if let Some(responder) = &wanted.ocsp {
        add(AUTHORITY_ACCESS, authority_access(responder)?);
    }
    if authority.is_public && !wanted.self_signed {
        add(POLICIES.0, POLICIES.1.to_vec());
    }
    let key = Key::new(wanted.key.as_deref().unwrap_or("ecdsa-p256"))?;
    let digest = wanted.digest.as_deref();
    let leaf = if wanted.self_signed {
        signed(&parameters, &key, None, digest)?
    } else {
        parameters.use_authority_key_identifier_extension = true;
        signed(&parameters, &key, Some(authority.signer()?), digest)?
    };
    Ok(Issued {
        leaf,
        intermediate: authority.intermediate_pem.clone(),
        root: authority.root_pem.clone(),
        cross: authority.cross_pem.clone(),
        key: key.pem,
        password: wanted.password.clone().unwrap_or_else(|| "secret".to_owned()),
    })
}

/// Writes a certificate the way certbot keeps it.
fn write_lineage(root: &Path, name: &str, issued: &Issued) -> Result<()> {
    for (file, parts) in LINEAGE {
        let target = format!("archive/{name}/{file}1.pem");
        let parts: Vec<_> = parts.iter().map(|part| issued.part(*part)).collect::<Result<_>>()?;
        let path = format!("etc/letsencrypt/{target}");
        file::append(root, &path, parts.concat().as_bytes(), file == "privkey")?;
        let live = build::place(root, &format!("etc/letsencrypt/live/{name}/{file}.pem"))?;
        build::link(&live, &Path::new("../..").join(target))?;
    }
    for directory in ["archive", "live"] {
        build::set_mode(&root.join("etc/letsencrypt").join(directory), 0o700)?;
    }
    Ok(())
}

/// The extension's content that names an OCSP responder.
fn authority_access(responder: &str) -> Result<Vec<u8>> {
    /// Up to 127 bytes the length is one byte.
    fn element(tag: u8, content: &[u8]) -> Result<Vec<u8>> {
        let length = u8::try_from(content.len()).ok().filter(|length| *length < 128);
        let length = length.ok_or_else(|| Error::new("the OCSP responder is too long"))?;
        Ok([&[tag, length], content].concat())
    }
    let location = element(0x86, responder.as_bytes())?;
    element(0x30, &element(0x30, &[&OCSP[..], &location].concat())?)
}

/// Sets from and until when a certificate is valid.
fn set_validity(
    parameters: &mut CertificateParams,
    [from, until]: [&str; 2],
    now: Duration,
) -> Result<()> {
    let epoch = date_time_ymd(1970, 1, 1);
    parameters.not_before = epoch + moment(from, now)?;
    parameters.not_after = epoch + moment(until, now)?;
    Ok(())
}
