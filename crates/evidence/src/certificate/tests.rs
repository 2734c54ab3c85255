use std::{fs, process::Command};

use tempfile::TempDir;

use super::{Certificate, Issued};

/// An authority of OpenSSL's, in a directory of its own, and the request that it answers.
struct Authority(TempDir);

impl Authority {
    fn new(key_options: &str) -> Self {
        let authority = Self(TempDir::new().expect("a temporary directory can be made"));
        authority.openssl(&format!("genpkey -quiet -algorithm RSA{key_options} -out issuer.key"));
        authority.openssl("req -x509 -new -key issuer.key -subj /CN=Authority -out issuer.pem");
        authority.openssl(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key \
             -subj /CN=example.com -out leaf.csr",
        );
        authority
    }

    fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(self.0.path());
        let output = command.output().expect("openssl is installed");
        assert!(output.status.success(), "{arguments}: {output:?}");
    }

    fn read(&self, name: &str) -> Certificate {
        let pem = fs::read(self.0.path().join(name)).expect("openssl has written it");
        let pem = x509_parser::pem::parse_x509_pem(&pem).expect("it is PEM").1;
        Certificate::of_der(&pem.contents).expect("it is a certificate")
    }

    fn issuer(&self) -> Certificate {
        self.read("issuer.pem")
    }

    /// A certificate that is signed in a way with which OpenSSL is content.
    fn sign(&self, options: &str) -> Certificate {
        self.openssl(&format!(
            "x509 -req -in leaf.csr -CA issuer.pem -CAkey issuer.key -set_serial 1{options} -out leaf.pem"
        ));
        self.openssl("verify -CAfile issuer.pem leaf.pem");
        self.read("leaf.pem")
    }
}

#[test]
fn signatures_that_are_not_checked_are_not_called_wrong() {
    const PSS: &str = " -sha256 -sigopt rsa_padding_mode:pss";
    let authority = Authority::new(" -pkeyopt rsa_keygen_bits:2048");
    let issuer = authority.issuer();
    let signed = |options: &str| authority.sign(&format!("{PSS}{options}")).is_issued_by(&issuer);
    assert_eq!(signed(" -sigopt rsa_pss_saltlen:digest"), Issued::Yes);
    for options in [
        " -sigopt rsa_pss_saltlen:max",
        " -sigopt rsa_pss_saltlen:20",
        " -sigopt rsa_pss_saltlen:digest -sigopt rsa_mgf1_md:sha1",
    ] {
        assert_eq!(signed(options), Issued::NotChecked, "{options}");
    }
}

#[test]
fn signatures_of_keys_with_large_exponents_are_not_checked() {
    const EXPONENT: u64 = (1 << 32) + 1;
    let options = format!(" -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:{EXPONENT}");
    let authority = Authority::new(&options);
    let signed = authority.sign(" -sha256");
    assert_eq!(signed.is_issued_by(&authority.issuer()), Issued::NotChecked);
    let other = Authority::new(" -pkeyopt rsa_keygen_bits:2048").issuer();
    assert_eq!(signed.is_issued_by(&other), Issued::No, "its key is another one");
}
