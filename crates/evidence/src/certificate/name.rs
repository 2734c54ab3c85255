//! Names of subjects and issuers.

use x509_parser::x509::X509Name;

/// The name of a subject or an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// All of it as it is transmitted.
    pub der: Box<[u8]>,
    /// For people.
    pub text: String,
    /// Its common name; of several the last, which is the most specific.
    pub common_name: Option<String>,
    /// Its organization.
    pub organization: Option<String>,
}

impl Name {
    pub(super) fn of(name: &X509Name<'_>) -> Self {
        let common_name = name.iter_common_name().last();
        let organization = name.iter_organization().last();
        Self {
            der: name.as_raw().into(),
            text: name.to_string(),
            common_name: common_name.and_then(|part| part.as_str().ok()).map(str::to_owned),
            organization: organization.and_then(|part| part.as_str().ok()).map(str::to_owned),
        }
    }

    /// Whether both are the same: upper and lower case and the amount of white space do not matter
    /// (RFC 5280, section 7.1).
    pub fn is(&self, other: &Self) -> bool {
        self.der == other.der || self.words().eq(other.words())
    }

    fn words(&self) -> impl Iterator<Item = String> {
        self.text.split_ascii_whitespace().map(str::to_ascii_lowercase)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}
