use std::{os::unix::ffi::OsStrExt, path::Path};

use evidence::{Certificate, Chain, Issued, PemFile};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Severity,
    facts::Facts,
    insertion::quoted,
    served::{ServedFile, place},
};

rule! {
    /// A certificate is served without the intermediate certificate that signed it.
    ///
    /// Clients know the roots of certificate authorities, not the intermediate certificates between
    /// these and the server's: the server has to send them along. nginx sends what is in the file.
    /// Where they are missing, `curl`, mobile apps, other servers and `openssl s_client` fail with
    /// `unable to get local issuer certificate`. Desktop browsers often fetch what is missing, so
    /// that the mistake is not noticed.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/cert.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    ///
    /// ACME clients write the whole chain into a file of its own, certbot into `fullchain.pem`. If a
    /// file with the same certificate and its issuer lies beside the one that is named, the patch
    /// names it. Otherwise the report says how to put one together. Certificates that a private
    /// authority signs without an intermediate are left in peace.
    RULE {
        id: "certificate-without-chain",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// What lies beside a certificate without its issuer.
enum Beside<'f> {
    /// A file with the certificate and its issuer.
    Whole(&'f PemFile),
    /// A file that begins with the issuer, an intermediate certificate.
    Rest(&'f PemFile),
    /// The issuer is a root, which clients have or do not have.
    Root,
    /// Nothing of use.
    Nothing,
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let served = facts.served();
    for file in &served.files {
        if file.is_shown && !file.is_mismatched && !file.leaf().is_self_issued() {
            found.extend(report(facts, file));
        }
    }
}

fn report(facts: &Facts<'_>, file: &ServedFile<'_>) -> Option<Diagnostic> {
    let leaf = file.leaf();
    let order = file.chain.order();
    if order.upwards.len() > 1 {
        return None;
    }
    let beside = beside(facts, file);
    let is_certain = leaf.is_public || order.namesake.is_some();
    match beside {
        Beside::Root => return None,
        Beside::Nothing if !is_certain => return None,
        _ => {}
    }
    let message = if order.namesake.is_some() {
        "the certificate that follows has the issuer's name, but another key"
    } else if file.chain.certificates.len() > 1 {
        "the certificates that follow belong to another chain"
    } else {
        "the intermediate certificate is missing"
    };
    let mut diagnostic = file.problem(RULE.id, Severity::Error, message.to_owned());
    diagnostic.here = format!("issued by {}", short_name(leaf));
    diagnostic.notes.push(
        "browsers may find it by themselves; other clients, such as curl, apps and servers, fail: \
         `unable to get local issuer certificate`"
            .to_owned(),
    );
    match beside {
        Beside::Whole(whole) => diagnostic.fix = fix(file, whole),
        Beside::Rest(rest) => diagnostic.notes.push(format!(
            "the rest of the chain is in {0}: `cat {1} {0} > {2}`, and name that file",
            rest.path.display(),
            file.path.display(),
            with_rest(file.path).display()
        )),
        Beside::Root | Beside::Nothing => diagnostic.notes.push(match leaf.issuer_urls.first() {
            Some(url) => format!(
                "its issuer offers it: `curl -s {url} | openssl x509 -inform DER -outform PEM >> {}`",
                file.path.display()
            ),
            None => "its issuer offers it for download: append it to the file".to_owned(),
        }),
    }
    Some(diagnostic)
}

fn beside<'f>(facts: &'f Facts<'_>, file: &ServedFile<'_>) -> Beside<'f> {
    let leaf = file.leaf();
    let chains = facts.evidence.beside(file.path).filter_map(|other| {
        let chain = other.content()?.chain().ok()?;
        (other.path != file.path).then_some((other, chain))
    });
    let chains: Vec<(&PemFile, &Chain)> = chains.collect();
    let is_whole = |chain: &Chain| chain.leaf().der == leaf.der && chain.order().upwards.len() > 1;
    if let Some((whole, _)) = chains.iter().find(|(_, chain)| is_whole(chain)) {
        return Beside::Whole(whole);
    }
    for (rest, chain) in chains {
        let first = chain.leaf();
        if first.der != leaf.der && leaf.is_issued_by(first) == Issued::Yes {
            return if first.is_self_issued() { Beside::Root } else { Beside::Rest(rest) };
        }
    }
    Beside::Nothing
}

/// Names the file with the whole chain wherever the other one is named.
fn fix(file: &ServedFile<'_>, whole: &PemFile) -> Option<Fix> {
    let name = whole.path.file_name()?.as_bytes();
    if name.contains(&b'$') || file.path.parent() != whole.path.parent() {
        return None;
    }
    let edits = file.directives.iter().map(|directive| {
        // Relative paths stay relative.
        let path = directive.arg(0)?;
        let directory = path.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        Some(Edit::replace(place(*directive), quoted(&[&path[..directory], name].concat())))
    });
    let title = format!("name the file with the whole chain, {}", whole.path.display());
    Some(Fix {
        title,
        applicability: Applicability::Safe,
        edits: edits.collect::<Option<_>>()?,
        is_for_handshake: true,
        ..Fix::default()
    })
}

/// The name of a certificate's issuer that people know.
fn short_name(certificate: &Certificate) -> &str {
    let issuer = &certificate.issuer;
    issuer.common_name.as_deref().or(issuer.organization.as_deref()).unwrap_or(&issuer.text)
}

/// The name for a file with the whole chain.
fn with_rest(path: &Path) -> std::path::PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("-fullchain.pem");
    path.with_file_name(name)
}
