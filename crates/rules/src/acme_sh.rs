//! How acme.sh is told things.

use std::path::Path;

use evidence::client::Lineage;

/// The command that has acme.sh copy a certificate for nginx and reload it: to where it does now, or
/// to where it may.
pub(crate) fn install(lineage: &Lineage) -> String {
    let home = lineage.file.parent().unwrap_or(Path::new("/"));
    let domain = lineage.name.strip_suffix("_ecc").unwrap_or(&lineage.name);
    let ecc = if domain == lineage.name { "" } else { " --ecc" };
    let place =
        |known: Option<&Path>, kind: &str| match known.filter(|path| !path.starts_with(home)) {
            Some(path) => path.display().to_string(),
            None => format!("/etc/nginx/ssl/{domain}.{kind}"),
        };
    let fullchain = place(lineage.files.fullchain.as_deref(), "pem");
    let key = place(lineage.files.key.as_deref(), "key");
    format!(
        "acme.sh --install-cert -d {domain}{ecc} --fullchain-file {fullchain} --key-file {key} \
         --reloadcmd 'nginx -s reload'"
    )
}
