//! Makes certificates, keys and chains.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};

use crate::build;
use crate::error::{Context, Error, Result};
use crate::fixture::{MadeCertificate, Part};
use crate::tool;

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

const DAY: u64 = 24 * 60 * 60;

/// Makes what the fixture lists and writes it where the fixture says.
pub(crate) fn make(root: &Path, certificates: &[MadeCertificate]) -> Result<()> {
    let mut authorities = BTreeMap::new();
    for wanted in certificates {
        let name = wanted.authority.as_deref().unwrap_or("Test Authority");
        if !authorities.contains_key(name) {
            authorities.insert(name, Authority::new(name)?);
        }
        let issued = issue(wanted, &authorities[name])?;
        for (path, parts) in &wanted.files {
            issued.write(root, path, parts)?;
        }
        if let Some(lineage) = &wanted.lineage {
            write_lineage(root, lineage, &issued)?;
        }
    }
    Ok(())
}

/// A certificate authority: a root, and the intermediate that signs for it.
struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Result<Self> {
        let making = "cannot make an authority";
        let parameters = |name: String| -> Result<CertificateParams> {
            let mut parameters = CertificateParams::default();
            parameters.distinguished_name = DistinguishedName::new();
            parameters.distinguished_name.push(DnType::CommonName, name);
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            parameters.use_authority_key_identifier_extension = true;
            set_validity(&mut parameters, Some("-1000 days"), Some("+1000 days"))?;
            Ok(parameters)
        };
        let key = || KeyPair::generate().context(making);
        let root = CertifiedIssuer::self_signed(parameters(format!("{name} Root"))?, key()?)
            .context(making)?;
        let intermediate = CertifiedIssuer::signed_by(parameters(name.to_owned())?, key()?, &root)
            .context(making)?;
        Ok(Self { root, intermediate })
    }
}

/// A certificate with everything that may be written of it, in PEM.
struct Issued {
    leaf: String,
    intermediate: String,
    root: String,
    key: String,
    password: String,
}

impl Issued {
    /// Adds parts to the end of a file.
    fn write(&self, root: &Path, path: &str, parts: &[Part]) -> Result<()> {
        let place = build::place(root, path)?;
        if place.is_symlink() {
            return Err(Error::new(format!("`{path}` is a link already")));
        }
        let mut pem = String::new();
        for part in parts {
            match part {
                Part::Leaf => pem += &self.leaf,
                Part::Intermediate => pem += &self.intermediate,
                Part::Root => pem += &self.root,
                Part::Key => pem += &self.key,
                Part::EncryptedKey => pem += &encrypted(&self.key, &self.password)?,
            }
        }
        let writing = format!("cannot write {path}");
        let mut file =
            OpenOptions::new().append(true).create(true).open(&place).context(&writing)?;
        file.write_all(pem.as_bytes()).context(&writing)?;
        let secret = parts.iter().any(|part| matches!(part, Part::Key | Part::EncryptedKey));
        build::set_mode(&place, if secret { 0o600 } else { 0o644 })
    }
}

fn issue(wanted: &MadeCertificate, authority: &Authority) -> Result<Issued> {
    let making = "cannot make a certificate";
    let names = wanted.names.clone().unwrap_or_else(|| vec!["example.com".to_owned()]);
    let mut parameters = CertificateParams::new(names.clone()).context(making)?;
    parameters.distinguished_name = DistinguishedName::new();
    if let Some(first) = names.first() {
        parameters.distinguished_name.push(DnType::CommonName, first.as_str());
    }
    parameters.is_ca = IsCa::ExplicitNoCa;
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    set_validity(&mut parameters, wanted.from.as_deref(), wanted.until.as_deref())?;
    if wanted.must_staple {
        let (identifier, content) = MUST_STAPLE;
        let extension = CustomExtension::from_oid_content(identifier, content.to_vec());
        parameters.custom_extensions.push(extension);
    }
    if let Some(responder) = &wanted.ocsp {
        let content = authority_access(responder)?;
        let extension = CustomExtension::from_oid_content(AUTHORITY_ACCESS, content);
        parameters.custom_extensions.push(extension);
    }
    let key = key_pair(wanted.key.as_deref().unwrap_or("ecdsa-p256"))?;
    let leaf = if wanted.self_signed {
        parameters.self_signed(&key)
    } else {
        parameters.use_authority_key_identifier_extension = true;
        parameters.signed_by(&key, &authority.intermediate)
    };
    Ok(Issued {
        leaf: leaf.context(making)?.pem(),
        intermediate: authority.intermediate.pem(),
        root: authority.root.pem(),
        key: key.serialize_pem(),
        password: wanted.password.clone().unwrap_or_else(|| "secret".to_owned()),
    })
}

/// Writes a certificate the way certbot keeps it.
fn write_lineage(root: &Path, name: &str, issued: &Issued) -> Result<()> {
    for (file, parts) in LINEAGE {
        let target = format!("archive/{name}/{file}1.pem");
        issued.write(root, &format!("etc/letsencrypt/{target}"), parts)?;
        let live = build::place(root, &format!("etc/letsencrypt/live/{name}/{file}.pem"))?;
        build::link(&live, &Path::new("../..").join(target))?;
    }
    for directory in ["archive", "live"] {
        build::set_mode(&root.join("etc/letsencrypt").join(directory), 0o700)?;
    }
    Ok(())
}

fn key_pair(kind: &str) -> Result<KeyPair> {
    let generated = match kind {
        "ecdsa-p256" => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        "ecdsa-p384" => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        // OpenSSL does not read the form that the library would give this kind.
        "ed25519" => KeyPair::from_pem(&openssl(&["genpkey", "-algorithm", "ed25519"], "")?),
        "rsa-2048" | "rsa-3072" | "rsa-4096" => {
            let bits = format!("rsa_keygen_bits:{}", kind.trim_start_matches("rsa-"));
            let pem = openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", &bits], "")?;
            KeyPair::from_pem(&pem)
        }
        _ => return Err(Error::new(format!("`{kind}` is no kind of key that can be made"))),
    };
    generated.context("cannot make a key")
}

fn encrypted(key: &str, password: &str) -> Result<String> {
    openssl(&["pkcs8", "-topk8", "-passout", &format!("pass:{password}")], key)
}

fn openssl(arguments: &[&str], input: &str) -> Result<String> {
    let running = "cannot run `openssl`";
    let mut command = tool::OPENSSL.command()?;
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context(running)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).context(running)?;
    }
    let output = child.wait_with_output().context(running)?;
    if !output.status.success() {
        return Err(Error::new(String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).context(running)
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

/// Sets from and until when a certificate is valid; as Let's Encrypt's if that is not said.
fn set_validity(
    parameters: &mut CertificateParams,
    from: Option<&str>,
    until: Option<&str>,
) -> Result<()> {
    let epoch = date_time_ymd(1970, 1, 1);
    parameters.not_before = epoch + moment(from.unwrap_or("-30 days"))?;
    parameters.not_after = epoch + moment(until.unwrap_or("+60 days"))?;
    Ok(())
}

/// A moment, since 1970: a date, or days from now.
///
/// Days from now get an hour more, so that "60 days left" stays true while the test runs.
fn moment(text: &str) -> Result<Duration> {
    let wrong = || Error::new(format!("`{text}` is neither `2026-01-31` nor `+30 days`"));
    let relative = text.strip_suffix(" days").or_else(|| text.strip_suffix(" day"));
    let Some(relative) = relative else {
        return date(text).ok_or_else(wrong);
    };
    let days: i64 = relative.parse().map_err(|_| wrong())?;
    let distance = Duration::from_secs(days.unsigned_abs() * DAY + 60 * 60);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    let moment = if days < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
    moment.ok_or_else(wrong)
}

/// A date since 1970, at midnight.
fn date(text: &str) -> Option<Duration> {
    let mut fields = text.split('-');
    let year: i32 = fields.next()?.parse().ok().filter(|year| (1970..9999).contains(year))?;
    let month: u8 = fields.next()?.parse().ok().filter(|month| (1..=12).contains(month))?;
    let last = match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let day: u8 = fields.next()?.parse().ok().filter(|day| (1..=last).contains(day))?;
    if fields.next().is_some() {
        return None;
    }
    Some((date_time_ymd(year, month, day) - date_time_ymd(1970, 1, 1)).unsigned_abs())
}
