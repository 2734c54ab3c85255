//! Certificates and their files are as odd as fixtures want them, and clients see it.

use std::fs;
use std::process::Command;

use machine::{Handshake, Machine, Nginx};
use tempfile::TempDir;

const MAIN: &str = "events { }\nhttp { server { listen 443 ssl;
    ssl_certificate /etc/ssl/a.pem; ssl_certificate_key /etc/ssl/a.key; return 200 a; } }\n";

fn machine(settings: &str) -> Machine {
    let directory = TempDir::new().expect("a temporary directory can be written");
    fs::create_dir_all(directory.path().join("etc/nginx"))
        .expect("a temporary directory can be written");
    fs::write(directory.path().join("etc/nginx/nginx.conf"), MAIN)
        .expect("a temporary directory can be written");
    fs::write(directory.path().join("fixture.toml"), settings)
        .expect("a temporary directory can be written");
    Machine::build(directory.path()).expect("a temporary directory can be written")
}

/// What `openssl` says about a file of a machine.
fn openssl(machine: &Machine, arguments: &str, path: &str) -> String {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).arg("-in").arg(machine.root().join(path));
    let output = command.output().expect("a temporary directory can be written");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn keys_and_signatures_that_the_library_does_not_know_are_made() {
    for (settings, said) in [
        ("key = \"rsa-1024\"", "Public-Key: (1024 bit)"),
        ("key = \"rsa-1024\"\nself_signed = true", "Public-Key: (1024 bit)"),
        ("key = \"secp521r1\"", "NIST CURVE: P-521"),
        ("digest = \"sha1\"", "ecdsa-with-SHA1"),
        ("digest = \"sha1\"\nkey = \"rsa-2048\"\nself_signed = true", "sha1WithRSAEncryption"),
        ("authority = \"P-521\"", "ecdsa-with-SHA256"),
        ("usages = [\"client\"]", "TLS Web Client Authentication"),
        ("is_authority = true", "CA:TRUE"),
        ("names = []\ncommon_name = \"example.com\"", "Subject: CN = example.com"),
        ("common_name = \"\"", "Subject: \n"),
        ("until = \"+12 hours\"", "Not After : Mar  1 12:00:00 2026"),
        ("from = \"2024-02-29T23:59:59Z\"", "Not Before: Feb 29 23:59:59 2024"),
        ("authority = \"Fleet\"", "Issuer: O = Fleet Inc, OU = Machines\n"),
    ] {
        let machine = machine(&format!(
            "[run]\nnow = \"2026-03-01\"
            [[authority]]\nname = \"P-521\"\nkey = \"secp521r1\"
            [[authority]]\nid = \"Fleet\"\norganization = \"Fleet Inc\"\nunit = \"Machines\"
            [[certificate]]\n{settings}\n[certificate.files]\n\"etc/ssl/a.pem\" = [\"leaf\"]"
        ));
        let text = openssl(&machine, "x509 -noout -text", "etc/ssl/a.pem");
        assert!(text.contains(said), "{settings}\n{text}");
    }
}

#[test]
fn authorities_sign_for_each_other() {
    let machine = machine(
        r#"
        [[authority]]
        name = "Old"
        [[authority]]
        name = "New"
        crossed_by = "Old"
        [[authority]]
        name = "Below"
        below = "New"
        [[authority]]
        name = "Flat"
        is_flat = true
        is_trusted = false

        [[certificate]]
        id = "below"
        authority = "Below"
        [[certificate]]
        id = "flat"
        authority = "Flat"
        [[certificate]]
        authority = "New"
        [certificate.files]
        "etc/ssl/a.pem" = ["below:leaf", "below:intermediate", "intermediate", "cross"]
        "etc/ssl/a.key" = ["below:key"]
        "etc/ssl/flat.pem" = ["flat:leaf"]
        "#,
    );
    let flat = openssl(&machine, "x509 -noout -issuer -subject", "etc/ssl/flat.pem");
    assert_eq!(flat, "issuer=CN = Flat\nsubject=CN = example.com\n");
    let roots = fs::read_to_string(machine.trusted_roots()).unwrap();
    assert_eq!(roots.matches("BEGIN CERTIFICATE").count(), 3);
    let running = machine.serve(Nginx::Debian).unwrap();
    let shown = running.handshake("example.com", None, &[]).unwrap();
    assert_eq!(shown, Handshake::Verified);
    let other = running.handshake("example.org", None, &[]).unwrap();
    assert_eq!(other.to_string(), "62: hostname mismatch");
    let later = running.handshake("example.com", Some(4_000_000_000), &[]).unwrap();
    assert!(matches!(later, Handshake::Distrusted { code: 10, .. }), "{later}");
    let old = running.handshake("example.com", None, &["-tls1_1"]).unwrap();
    assert!(matches!(old, Handshake::Failed { .. }), "{old}");
}

#[test]
fn files_take_on_every_form() {
    for (pieces, command, said) in [
        (r#"["leaf", "der"]"#, "x509 -inform der -noout -subject", "CN = example.com"),
        (r#"["key", "der"]"#, "pkey -inform der -noout -text", "Private-Key: (256 bit)"),
        (r#"["bom", "leaf", "crlf"]"#, "x509 -noout -subject", "CN = example.com"),
        (r#"["leaf", "truncated"]"#, "x509 -noout -subject", "Could not read"),
        (r#"["leaf", "indented"]"#, "x509 -noout -subject", "Could not read"),
        (r#"["leaf", "four-dashes"]"#, "x509 -noout -subject", "Could not read"),
        (r#"["leaf", "trusted"]"#, "x509 -noout -text", "Trusted Uses"),
        (r#"["leaf", "intermediate", "pkcs7"]"#, "pkcs7 -print_certs", "CN = Test Authority"),
        (r#"["leaf", "key", "pkcs12"]"#, "pkcs12 -passin pass: -nokeys", "CN = example.com"),
        (r#"["text: Bag Attributes", "leaf"]"#, "x509 -noout -subject", "CN = example.com"),
        (r#"["ec-parameters", "old-key"]"#, "ec -noout -text", "Private-Key: (256 bit)"),
        (r#"["encrypted-key"]"#, "pkey -passin pass:secret -text -noout", "Private-Key"),
        (r#"["old-encrypted-key"]"#, "pkey -passin pass:secret -text -noout", "Private-Key"),
        (r#"["public-key"]"#, "pkey -pubin -text -noout", "Public-Key"),
        (r#"["request"]"#, "req -noout -subject", "CN = example.com"),
    ] {
        let settings = format!("[[certificate]]\n[certificate.files]\n\"etc/ssl/a\" = {pieces}");
        let machine = machine(&settings);
        let text = openssl(&machine, command, "etc/ssl/a");
        assert!(text.contains(said), "{pieces}\n{text}");
    }
}

#[test]
fn files_may_be_glued() {
    let machine = machine(
        "[[certificate]]\n[certificate.files]\n\
         \"etc/ssl/a\" = [\"leaf\", \"no-newline\", \"intermediate\"]",
    );
    let text = fs::read_to_string(machine.root().join("etc/ssl/a")).unwrap();
    assert_eq!(text.matches("-----END CERTIFICATE----------BEGIN CERTIFICATE-----").count(), 1);
}
