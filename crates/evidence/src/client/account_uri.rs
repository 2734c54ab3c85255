//! The account that a client has with its certificate authority.

use std::path::{Path, PathBuf};

use model::FileSystem;
use saphyr::{LoadableYamlNode, Yaml};

use super::{Client, Lineage};
use crate::{ini::Ini, shell::Variables};

/// The authority of certbot's files that name none.
const OF_CERTBOT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// The same for acme.sh.
const OF_ACME_SH: &str = "https://acme.zerossl.com/v2/DV90";

/// The URI of the account with which a certificate is ordered, as CAA records may name it; `None` if
/// it cannot be found out.
pub fn account_uri(lineage: &Lineage, file_system: &dyn FileSystem) -> Option<String> {
    let home = lineage.file.parent()?.parent()?;
    match lineage.client {
        Client::Certbot => of_certbot(lineage, home, file_system),
        Client::AcmeSh => of_acme_sh(lineage, home, file_system),
        Client::Dehydrated | Client::Lego | Client::NginxModule => None,
    }
}

/// `accounts/SERVER/ACCOUNT/regr.json` has it; which account that is, the file in `renewal/` says.
fn of_certbot(lineage: &Lineage, home: &Path, file_system: &dyn FileSystem) -> Option<String> {
    let ini = Ini::read(&file_system.read(&lineage.file).found()?).ok()?;
    let parameters = ini.section(0, "renewalparams")?;
    let account = ini.get(parameters, "account")?.value.text()?;
    let server = lineage.server.as_deref().unwrap_or(OF_CERTBOT);
    let file = directory(&home.join("accounts"), server).join(account).join("regr.json");
    // JSON is YAML.
    let text = String::from_utf8(file_system.read(&file).found()?).ok()?;
    let documents = Yaml::load_from_str(&text).ok()?;
    let uri = documents.first()?.as_mapping_get("uri")?.as_str()?;
    Some(uri.to_owned())
}

/// `ca/SERVER/ca.conf` has it.
fn of_acme_sh(lineage: &Lineage, home: &Path, file_system: &dyn FileSystem) -> Option<String> {
    let server = lineage.server.as_deref().unwrap_or(OF_ACME_SH);
    let file = directory(&home.join("ca"), server).join("ca.conf");
    let mut settings = Variables::default();
    settings.read(&file_system.read(&file).found()?);
    settings.text("ACCOUNT_URL").map(str::to_owned)
}

/// What clients call the directory of an authority.
fn directory(base: &Path, server: &str) -> PathBuf {
    let path = server.split_once("://").map_or(server, |(_, path)| path);
    base.join(path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use model::Memory;

    use super::*;

    #[test]
    fn clients_keep_the_uri_of_their_account() {
        let memory = Memory::new().file(
            "/etc/letsencrypt/renewal/example.com.conf",
            "[renewalparams]\naccount = 0123abcd\nauthenticator = webroot\n",
        )
        .file(
            "/etc/letsencrypt/accounts/acme-v02.api.letsencrypt.org/directory/0123abcd/regr.json",
            r#"{"body": {}, "uri": "https://acme-v02.api.letsencrypt.org/acme/acct/1"}"#,
        )
        .file(
            "/root/.acme.sh/ca/acme.zerossl.com/v2/DV90/ca.conf",
            "ACCOUNT_URL='https://acme.zerossl.com/v2/DV90/account/2'\n",
        );
        let of = |client, file: &str| {
            account_uri(&Lineage::new(client, "example.com".to_owned(), file.into()), &memory)
        };
        let uri = of(Client::Certbot, "/etc/letsencrypt/renewal/example.com.conf");
        assert_eq!(uri.as_deref(), Some("https://acme-v02.api.letsencrypt.org/acme/acct/1"));
        let uri = of(Client::AcmeSh, "/root/.acme.sh/example.com/example.com.conf");
        assert_eq!(uri.as_deref(), Some("https://acme.zerossl.com/v2/DV90/account/2"));
        assert_eq!(of(Client::Certbot, "/srv/renewal/example.com.conf"), None);
    }
}
