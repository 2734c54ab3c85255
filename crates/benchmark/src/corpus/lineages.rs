//! A certificate for each host, as certbot keeps it: `live`, `archive` and `renewal`.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
    PKCS_ECDSA_P384_SHA384,
};

use crate::Result;

/// Where they are, from the directory of the configuration.
pub(super) const HOME: &str = "letsencrypt";

/// Gives certificates to hosts.
pub(super) struct Lineages {
    home: PathBuf,
    /// One with a key on P-384, like those of Let's Encrypt: of the usual kinds of signatures, those
    /// of such keys take longest to check.
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

/// The certificate and the key of a host.
pub(super) fn files(host: &str) -> (String, String) {
    let live = format!("{HOME}/live/{host}");
    (format!("{live}/fullchain.pem"), format!("{live}/privkey.pem"))
}

impl Lineages {
    /// Those of the configuration in a directory, of which there are none so far.
    pub(super) fn new(directory: &Path) -> Result<Self> {
        let root = CertifiedIssuer::self_signed(authority("Benchmark Root")?, p384()?)?;
        let intermediate =
            CertifiedIssuer::signed_by(authority("Benchmark Intermediate")?, p384()?, &root)?;
        // certbot's files name each other from the root of the disk.
        Ok(Self { home: directory.canonicalize()?.join(HOME), intermediate })
    }

    /// Writes a lineage for the names of a host.
    pub(super) fn write(&self, host: &str, names: &str) -> Result<()> {
        let names: Vec<&str> = names.split(' ').filter(|name| !name.starts_with('~')).collect();
        let [live, archive] = ["live", "archive"].map(|kind| self.home.join(kind).join(host));
        fs::create_dir_all(&live)?;
        fs::create_dir_all(&archive)?;
        fs::create_dir_all(self.home.join("renewal"))?;

        let key = KeyPair::generate()?;
        let owned: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(owned)?;
        params.distinguished_name = named(host);
        params.use_authority_key_identifier_extension = true;
        let cert = params.signed_by(&key, &self.intermediate)?.pem();
        let chain = self.intermediate.pem();
        let fullchain = format!("{cert}{chain}");
        let contents = [
            ("cert", &cert),
            ("chain", &chain),
            ("fullchain", &fullchain),
            ("privkey", &key.serialize_pem()),
        ];
        for (kind, content) in contents {
            fs::write(archive.join(format!("{kind}1.pem")), content)?;
            let target = format!("../../archive/{host}/{kind}1.pem");
            symlink(target, live.join(format!("{kind}.pem")))?;
        }
        let renewal = self.home.join(format!("renewal/{host}.conf"));
        fs::write(renewal, self.renewal(host, &names))?;
        Ok(())
    }

    /// What certbot keeps about a lineage. Wildcards want DNS.
    fn renewal(&self, host: &str, names: &[&str]) -> String {
        let home = self.home.display();
        let web_root = self.home.with_file_name("www").join("tokens");
        let web_root = web_root.display();
        let method = if names.iter().any(|name| name.starts_with('*')) {
            "authenticator = dns-rfc2136\n".to_owned()
        } else {
            let map: Vec<_> = names.iter().map(|name| format!("{name} = {web_root}\n")).collect();
            let map = map.concat();
            format!("authenticator = webroot\nwebroot_path = {web_root},\n[[webroot_map]]\n{map}")
        };
        format!(
            "# renew_before_expiry = 30 days\n\
             version = 2.9.0\n\
             archive_dir = {home}/archive/{host}\n\
             cert = {home}/live/{host}/cert.pem\n\
             privkey = {home}/live/{host}/privkey.pem\n\
             chain = {home}/live/{host}/chain.pem\n\
             fullchain = {home}/live/{host}/fullchain.pem\n\
             \n\
             # Options used in the renewal process\n\
             [renewalparams]\n\
             account = 0123456789abcdef0123456789abcdef\n\
             server = https://acme-v02.api.letsencrypt.org/directory\n\
             key_type = ecdsa\n\
             renew_hook = systemctl reload nginx\n\
             {method}"
        )
    }
}

fn p384() -> Result<KeyPair> {
    Ok(KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?)
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, name);
    distinguished_name
}

fn authority(name: &str) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(params)
}
