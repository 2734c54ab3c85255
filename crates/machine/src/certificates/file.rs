//! Files of certificates and keys, and the odd forms that they have.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Issued;
use crate::build;
use crate::error::{Context, Error, Result};
use crate::fixture::{Form, Part, Piece};
use crate::openssl;

/// Adds pieces to the end of a file.
pub(crate) fn write(
    root: &Path,
    path: &str,
    pieces: &[Piece],
    own: &Issued,
    others: &BTreeMap<String, &Issued>,
) -> Result<()> {
    let mut bytes = Vec::new();
    let mut is_secret = false;
    for piece in pieces {
        match piece {
            Piece::Part(id, part) => {
                let issued = match id {
                    Some(id) => others
                        .get(id)
                        .ok_or_else(|| Error::new(format!("there is no certificate `{id}`")))?,
                    None => own,
                };
                is_secret |= part.is_secret();
                bytes.extend_from_slice(issued.part(*part)?.as_bytes());
            }
            Piece::Text(line) => bytes.extend_from_slice(format!("{line}\n").as_bytes()),
            Piece::Form(form) => bytes = take_on(*form, &bytes)?,
        }
    }
    append(root, path, &bytes, is_secret)
}

/// Adds bytes to the end of a file that others may read unless it is secret.
pub(crate) fn append(root: &Path, path: &str, bytes: &[u8], is_secret: bool) -> Result<()> {
    let place = build::place(root, path)?;
    if place.is_symlink() {
        return Err(Error::new(format!("`{path}` is a link already")));
    }
    let writing = format!("cannot write {path}");
    let mut file = OpenOptions::new().append(true).create(true).open(&place).context(&writing)?;
    file.write_all(bytes).context(&writing)?;
    build::set_mode(&place, if is_secret { 0o600 } else { 0o644 })
}

impl Issued {
    /// A part of the certificate, in PEM.
    pub(crate) fn part(&self, part: Part) -> Result<String> {
        let password = format!("pass:{}", self.password);
        match part {
            Part::Leaf => Ok(self.leaf.clone()),
            Part::Intermediate => Ok(self.intermediate.clone()),
            Part::Root => Ok(self.root.clone()),
            Part::Cross => {
                let missing = || Error::new("no other authority vouches for the root");
                self.cross.clone().ok_or_else(missing)
            }
            Part::Key => Ok(self.key.clone()),
            Part::OldKey => openssl::text(&["pkey", "-traditional"], &self.key),
            Part::EncryptedKey => {
                openssl::text(&["pkcs8", "-topk8", "-passout", &password], &self.key)
            }
            Part::OldEncryptedKey => openssl::text(
                &["pkey", "-traditional", "-aes256", "-passout", &password],
                &self.key,
            ),
            Part::EcParameters => openssl::text(&["ecparam", "-name", "prime256v1"], ""),
            Part::PublicKey => openssl::text(&["pkey", "-pubout"], &self.key),
            Part::Request => {
                let key = openssl::file(&self.key)?;
                let path = key.path().to_string_lossy().into_owned();
                openssl::text(&["req", "-new", "-subj", "/CN=example.com", "-key", &path], "")
            }
        }
    }
}

/// The bytes of a file in another form.
fn take_on(form: Form, bytes: &[u8]) -> Result<Vec<u8>> {
    let text = || String::from_utf8(bytes.to_vec()).context("only text can take on a form");
    Ok(match form {
        Form::Bom => [b"\xef\xbb\xbf", bytes].concat(),
        Form::Crlf => text()?.replace('\n', "\r\n").into_bytes(),
        Form::Der => {
            let text = text()?;
            let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
            STANDARD.decode(body).context("only one PEM block can be made binary")?
        }
        Form::FourDashes => text()?.replace("-----", "----").into_bytes(),
        Form::Indented => {
            text()?.lines().flat_map(|line| format!("    {line}\n").into_bytes()).collect()
        }
        Form::NoNewline => bytes.strip_suffix(b"\n").unwrap_or(bytes).to_vec(),
        Form::Pkcs7 => {
            let file = openssl::file(&text()?)?;
            let path = file.path().to_string_lossy().into_owned();
            openssl::run(&["crl2pkcs7", "-nocrl", "-certfile", &path], "")?
        }
        Form::Pkcs12 => {
            let file = openssl::file(&text()?)?;
            let path = file.path().to_string_lossy().into_owned();
            openssl::run(&["pkcs12", "-export", "-passout", "pass:", "-in", &path], "")?
        }
        Form::Truncated => {
            let text = text()?;
            let mut lines: Vec<_> = text.lines().collect();
            lines.pop();
            let last = lines.pop().unwrap_or_default();
            lines.push(&last[..last.len() / 2]);
            (lines.join("\n") + "\n").into_bytes()
        }
        Form::Trusted => openssl::run(&["x509", "-trustout", "-addtrust", "serverAuth"], &text()?)?,
    })
}
