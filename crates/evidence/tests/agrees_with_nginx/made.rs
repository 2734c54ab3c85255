//! Certificates and keys to damage.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use evidence::Certificate;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// One certificate with all that belongs to it, in PEM.
pub(crate) struct Made {
    pub(crate) leaf: String,
    pub(crate) intermediate: String,
    pub(crate) root: String,
    /// Its key in PKCS #8, and the same in SEC 1.
    pub(crate) key: String,
    pub(crate) sec1_key: String,
    pub(crate) encrypted_key: String,
    /// Another certificate, with a key of another kind in PKCS #8 and in PKCS #1.
    pub(crate) rsa_leaf: String,
    pub(crate) rsa_key: String,
    pub(crate) pkcs1_key: String,
    pub(crate) ed25519_leaf: String,
    pub(crate) ed25519_key: String,
    pub(crate) request: String,
    pub(crate) pkcs7: String,
    pub(crate) pkcs12: Vec<u8>,
    pub(crate) certificate_der: Vec<u8>,
    pub(crate) key_der: Vec<u8>,
    pub(crate) trusted: String,
    pub(crate) ec_parameters: String,
    /// Every certificate in DER.
    ders: Vec<Box<[u8]>>,
}

impl Made {
    pub(crate) fn new() -> Self {
        let generate = || KeyPair::generate().expect("the library makes keys");
        let authority = |name: &str| {
            let mut parameters = parameters(name);
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            parameters
        };
        let root = CertifiedIssuer::self_signed(authority("root"), generate());
        let root = root.expect("the library makes certificates");
        let intermediate = CertifiedIssuer::signed_by(authority("intermediate"), generate(), &root);
        let intermediate = intermediate.expect("the library makes certificates");
        let leaf_for = |key: &KeyPair| {
            let leaf = parameters("example.com").signed_by(key, &intermediate);
            leaf.expect("the library makes certificates").pem()
        };
        let key = generate();
        let leaf = leaf_for(&key);
        let key = key.serialize_pem();
        let rsa_key =
            text(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "");
        let ed25519_key = text(&["genpkey", "-algorithm", "ed25519"], "");
        let read = |pem: &str| KeyPair::from_pem(pem).expect("the library reads keys");
        let (rsa_leaf, ed25519_leaf) = (leaf_for(&read(&rsa_key)), leaf_for(&read(&ed25519_key)));
        let pems = [&leaf, &rsa_leaf, &ed25519_leaf, &intermediate.pem(), &root.pem()];
        let der = |pem: &String| openssl(&["x509", "-outform", "der"], pem.as_bytes()).into();
        Self {
            ders: pems.map(der).into(),
            rsa_leaf,
            ed25519_leaf,
            sec1_key: text(&["ec"], &key),
            encrypted_key: text(&["pkcs8", "-topk8", "-passout", "pass:secret"], &key),
            pkcs1_key: text(&["rsa", "-traditional"], &rsa_key),
            request: {
                let request = parameters("example.com").serialize_request(&read(&key));
                request.and_then(|request| request.pem()).expect("the library makes requests")
            },
            pkcs7: text(&["crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin"], &leaf),
            pkcs12: openssl(
                &["pkcs12", "-export", "-passout", "pass:secret"],
                format!("{key}{leaf}").as_bytes(),
            ),
            certificate_der: openssl(&["x509", "-outform", "der"], leaf.as_bytes()),
            key_der: openssl(&["pkey", "-outform", "der"], key.as_bytes()),
            trusted: text(&["x509", "-trustout", "-addtrust", "serverAuth"], &leaf),
            ec_parameters: text(&["ecparam", "-name", "prime256v1"], ""),
            leaf,
            intermediate: intermediate.pem(),
            root: root.pem(),
            key,
            rsa_key,
            ed25519_key,
        }
    }
}

impl Made {
    /// Whether a certificate is as it was made.
    pub(crate) fn is_whole(&self, certificate: &Certificate) -> bool {
        self.ders.contains(&certificate.der)
    }
}

fn parameters(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).expect("the name is one")
}

fn text(arguments: &[&str], input: &str) -> String {
    String::from_utf8(openssl(arguments, input.as_bytes())).expect("PEM is text")
}

/// What the program `openssl` writes.
fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new("openssl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("`openssl` is installed");
    let mut stdin = child.stdin.take().expect("it is piped");
    // A program that needs no input may have ended.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {error}");
    output.stdout
}
