//! How acme.sh is told things.

use std::path::Path;

use evidence::client::{Lineage, Method};

use crate::{lineages::shell_word, ordering::validated};

/// The command that has acme.sh copy a certificate for nginx and reload it: to where it does now, or
/// to where it may.
pub(crate) fn install(lineage: &Lineage) -> String {
    let home = lineage.file.parent().unwrap_or(Path::new("/"));
    let place =
        |known: Option<&Path>, kind: &str| match known.filter(|path| !path.starts_with(home)) {
            Some(path) => path.display().to_string(),
            None => format!("/etc/nginx/ssl/{}.{kind}", domain(lineage)),
        };
    let fullchain = place(lineage.files.fullchain.as_deref(), "pem");
    let key = place(lineage.files.key.as_deref(), "key");
    format!(
        "acme.sh --install-cert {} --fullchain-file {fullchain} --key-file {key} \
         --reloadcmd 'nginx -s reload'",
        name(lineage)
    )
}

/// The options that name a certificate.
pub(crate) fn name(lineage: &Lineage) -> String {
    let domain = domain(lineage);
    let ecc = if domain == lineage.name { "" } else { " --ecc" };
    format!("-d {domain}{ecc}")
}

/// The command that orders a certificate for these names as it is ordered now; `None` if the options
/// are not known.
pub(crate) fn order(lineage: &Lineage, names: &[&str]) -> Option<String> {
    let is_known =
        matches!(lineage.method, Some(Method::WebRoot(_) | Method::Nginx | Method::Dns(_)));
    let is_alike = names.iter().all(|name| {
        lineage.method_of(name).map(std::mem::discriminant)
            == lineage.method.as_ref().map(std::mem::discriminant)
    });
    // The certificate is filed by its first name.
    if !is_known || !is_alike || names.first() != Some(&domain(lineage)) {
        return None;
    }
    let key = lineage.key_type.as_deref().filter(|key| !key.is_empty());
    let key = key.map(|key| format!(" --keylength {}", shell_word(key))).unwrap_or_default();
    Some(format!("acme.sh --issue{}{key}", validated(lineage, names, "")))
}

fn domain(lineage: &Lineage) -> &str {
    lineage.name.strip_suffix("_ecc").unwrap_or(&lineage.name)
}
