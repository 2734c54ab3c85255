use crate::{Diagnostic, Severity, facts::Facts};

/// A kind of mistake that a person makes.
#[derive(Debug)]
pub struct Rule {
    /// The bad state as a phrase: `challenge-taken-by-regex`.
    pub id: &'static str,
    /// What it is about.
    pub group: Group,
    /// Its page in Markdown: a summary line, then what goes wrong and how to mend it.
    pub docs: &'static str,
    /// The most severe diagnostic it can make.
    pub max_severity: Severity,
    /// Whether it offers patches.
    pub fix: FixAvailability,
    /// The first version of this program that has it.
    pub since: &'static str,
    /// Looks for the mistake and adds what it finds.
    pub check: fn(&Facts<'_>, &mut Vec<Diagnostic>),
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The HTTP-01 challenge.
    Challenge,
    /// What ACME clients do when they renew.
    Renewal,
    /// Certificates, keys and TLS.
    Tls,
    /// What DNS says of names; asked only if the user wants that.
    Dns,
    /// What nginx itself would refuse.
    Nginx,
    /// Comments that silence rules.
    Comments,
    /// What the nginx that runs says when it is asked.
    Probe,
}

/// Whether a rule offers patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixAvailability {
    /// Never.
    None,
    /// Where one is known for the case at hand.
    Sometimes,
    /// For each diagnostic.
    Always,
}

impl Rule {
    /// The first line of the page, without Markdown's heading marks.
    pub fn summary(&self) -> &'static str {
        self.docs.trim_start().lines().next().unwrap_or_default().trim()
    }
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Challenge,
        Self::Renewal,
        Self::Tls,
        Self::Dns,
        Self::Nginx,
        Self::Comments,
        Self::Probe,
    ];

    /// The name for tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Challenge => "challenge",
            Self::Renewal => "renewal",
            Self::Tls => "tls",
            Self::Dns => "dns",
            Self::Nginx => "nginx",
            Self::Comments => "comments",
            Self::Probe => "probe",
        }
    }
}
