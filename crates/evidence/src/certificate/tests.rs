use super::{Certificate, Issued};

fn certificate(pem: &str) -> Certificate {
    let pem = x509_parser::pem::parse_x509_pem(pem.as_bytes()).expect("it is PEM").1;
    Certificate::of_der(&pem.contents).expect("it is a certificate")
}

/// `openssl verify` is content with each pair.
#[test]
fn signatures_that_are_not_checked_are_not_called_wrong() {
    let issuer = certificate(include_str!("tests/issuer.pem"));
    let usual = certificate(include_str!("tests/pss-digest.pem"));
    assert_eq!(usual.is_issued_by(&issuer), Issued::Yes);
    for pem in [
        include_str!("tests/pss-max.pem"),
        include_str!("tests/pss-20.pem"),
        include_str!("tests/pss-mgf1.pem"),
    ] {
        assert_eq!(certificate(pem).is_issued_by(&issuer), Issued::NotChecked);
    }
    let large = certificate(include_str!("tests/exponent-issuer.pem"));
    let signed = certificate(include_str!("tests/exponent.pem"));
    assert_eq!(signed.is_issued_by(&large), Issued::NotChecked);
    assert_eq!(signed.is_issued_by(&issuer), Issued::No, "its key is another one");
}
