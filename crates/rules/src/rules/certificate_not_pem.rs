use std::path::Path;

use evidence::{Content, Damage, DerKind, Disguise, Fault, Purpose};

use crate::{
    Diagnostic, FixAvailability, Group, Severity,
    facts::Facts,
    places::also_at,
    refusal::list,
    tls_file::{TlsFile, place, shell_word},
};

rule! {
    /// A file holds no certificate or key that nginx can read.
    ///
    /// nginx reads PEM: base64 between the lines `-----BEGIN CERTIFICATE-----` and
    /// `-----END CERTIFICATE-----`. Authorities and Windows servers also hand out DER, PKCS #7
    /// (`.p7b`) and PKCS #12 (`.pfx`, `.p12`); copying by hand cuts files off, indents them, or glues
    /// two blocks together where a file had no newline at its end. nginx does not start with any of
    /// them: `no start line`, `bad end line`, `bad base64 decode`.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/certificate.der;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// The report says what the file is, and the command that makes PEM of it. Text around the
    /// blocks, carriage returns, a byte-order mark and blanks at the end of lines do no harm. How far
    /// OpenSSL reads a certificate whose inside is broken is not always known; then nothing is said.
    RULE {
        id: "certificate-not-pem",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let swapped = facts.swapped();
    let first = found.len();
    let mut last = None;
    for file in facts.tls_files() {
        let is_swapped = file.directives.iter().all(|directive| {
            let spans = swapped.iter().flat_map(|(certificate, key)| [certificate, key]);
            spans.into_iter().any(|other| other.span() == directive.span())
        });
        let Some((fault, diagnostic)) = report(file).filter(|_| !is_swapped) else { continue };
        // One file of another format, which is to be certificate and key.
        let is_same = matches!(fault, Fault::NotPem(_)) && last == Some(&file.file.path);
        last = Some(&file.file.path);
        match found[first..].last_mut().filter(|_| is_same) {
            Some(known) => {
                also_at(known, file.directives.iter().map(|directive| place(*directive)));
                for note in diagnostic.notes {
                    if !known.notes.contains(&note) {
                        known.notes.push(note);
                    }
                }
            }
            None => found.push(diagnostic),
        }
    }
}

fn report(file: &TlsFile<'_>) -> Option<(Fault, Diagnostic)> {
    let content = file.file.content()?;
    let wanted = Wanted::of(file.purpose)?;
    let fault = wanted.fault(content)?;
    let path = &file.file.path;
    let (message, notes) = match &fault {
        Fault::NotPem(disguise) => disguised(wanted, *disguise, path),
        Fault::OtherBlocks(labels) => other_blocks(wanted, labels, path),
        Fault::Damaged { label, line, damage } => damaged(label, *line, *damage, path),
        Fault::NotUnderstood { .. } => return None,
    };
    let mut diagnostic = file.problem(RULE.id, Severity::Error, &message);
    if !file.is_data() {
        diagnostic.notes.extend(notes);
    }
    Some((fault, diagnostic))
}

/// What a file has to hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Certificate,
    Key,
    Authorities,
    DhParameters,
}

impl Wanted {
    fn of(purpose: Purpose) -> Option<Self> {
        match purpose {
            Purpose::Certificate => Some(Self::Certificate),
            Purpose::Key => Some(Self::Key),
            Purpose::Trusted | Purpose::Clients | Purpose::Revoked => Some(Self::Authorities),
            Purpose::DhParameters => Some(Self::DhParameters),
            Purpose::Passwords | Purpose::OcspResponse => None,
        }
    }

    fn fault(self, content: &Content) -> Option<Fault> {
        match self {
            Self::Certificate => content.chain().err().cloned(),
            Self::Key => content.key().err(),
            Self::Authorities => content.authorities().err(),
            Self::DhParameters => content.dh_bits().err(),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Certificate => "a certificate",
            Self::Key => "a private key",
            Self::Authorities => "certificates",
            Self::DhParameters => "Diffie-Hellman parameters",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Certificate | Self::Authorities => "CERTIFICATE",
            Self::Key => "PRIVATE KEY",
            Self::DhParameters => "DH PARAMETERS",
        }
    }
}

/// A message, and what to do.
type Words = (String, Vec<String>);

/// A file without PEM blocks.
fn disguised(wanted: Wanted, disguise: Disguise, path: &Path) -> Words {
    let (old, new) = (shell_word(path), shell_word(&with_new_extension(path)));
    let with = |message: &str, command: &str| {
        (message.to_owned(), vec![format!("`{command}` makes PEM of it")])
    };
    let in_place =
        |message: &str, command: &str| with(message, &format!("{command} && mv {old}.new {old}"));
    // What the shell makes is open to everybody unless that is said.
    let umask = if wanted == Wanted::Key { "umask 077; " } else { "" };
    let alone = |message: String| (message, Vec::new());
    match disguise {
        Disguise::Empty => {
            let note = "copy it here again, or have it issued anew".to_owned();
            ("the file is empty".to_owned(), vec![note])
        }
        Disguise::Der(kind) => match (wanted, kind) {
            (Wanted::Certificate | Wanted::Authorities, DerKind::Certificate) => in_place(
                "the certificate is in DER, and nginx reads PEM",
                &format!("openssl x509 -inform der -in {old} -out {old}.new"),
            ),
            (Wanted::Key, DerKind::PrivateKey) => in_place(
                "the key is in DER, and nginx reads PEM",
                &format!("openssl pkey -inform der -in {old} -out {old}.new"),
            ),
            (Wanted::Key, DerKind::EncryptedKey) => in_place(
                "the key is in DER and encrypted, and nginx reads PEM",
                &format!("openssl pkcs8 -inform der -in {old} -out {old}.new"),
            ),
            (Wanted::Certificate | Wanted::Authorities, DerKind::Pkcs7) => {
                pkcs7("-inform der ", &old, &new)
            }
            (Wanted::Certificate, DerKind::Pkcs12) => pkcs12(
                &format!(
                    "`openssl pkcs12 -in {old} -clcerts -nokeys -out {new} && openssl pkcs12 -in \
                     {old} -cacerts -nokeys >> {new}`"
                ),
                &new,
            ),
            (Wanted::Key, DerKind::Pkcs12) => {
                let new = shell_word(&path.with_extension("key"));
                pkcs12(&format!("`openssl pkcs12 -in {old} -nocerts -nodes -out {new}`"), &new)
            }
            (Wanted::Authorities, DerKind::Pkcs12) => {
                pkcs12(&format!("`openssl pkcs12 -in {old} -nokeys -out {new}`"), &new)
            }
            (wanted, kind) => alone(format!("it holds {}, not {}", is(kind), wanted.words())),
        },
        Disguise::Indented => with(
            "blanks or other text stand in front of `-----BEGIN`",
            &format!("sed -i 's/^.*-----BEGIN /-----BEGIN /; s/^[[:space:]]*//' {old}"),
        ),
        Disguise::Dashes => with(
            "there have to be five dashes on each side of `BEGIN` and `END`",
            &format!(
                r"sed -i -E 's/^[^A-Z]*(BEGIN|END) ([A-Z0-9 ]*[A-Z0-9])[^A-Z]*$/-----\1 \2-----/' {old}"
            ),
        ),
        Disguise::Utf16 => in_place(
            "the text is in UTF-16",
            &format!("{umask}iconv -f UTF-16 -t UTF-8 {old} > {old}.new"),
        ),
        Disguise::Bare => in_place(
            "the lines with `-----BEGIN` and `-----END` are missing",
            &format!(
                "{umask}(echo -----BEGIN {label}-----; fold -w 64 {old}; echo; echo -----END \
                 {label}-----) > {old}.new",
                label = wanted.label()
            ),
        ),
        Disguise::Other => alone(format!("it holds no PEM block with {}", wanted.words())),
    }
}

/// A file with PEM blocks of other kinds alone.
fn other_blocks(wanted: Wanted, labels: &[String], path: &Path) -> Words {
    let has = |label: &str| labels.iter().any(|other| other == label);
    let has_key = labels.iter().any(|label| label.ends_with("PRIVATE KEY"));
    let alone = |message: &str| (message.to_owned(), Vec::new());
    match wanted {
        Wanted::Certificate | Wanted::Authorities if has("PKCS7") || has("CMS") => {
            pkcs7("", &shell_word(path), &shell_word(&with_new_extension(path)))
        }
        Wanted::Certificate if has("CERTIFICATE REQUEST") || has("NEW CERTIFICATE REQUEST") => (
            "it holds a request for a certificate".to_owned(),
            vec!["name the file with the certificate that the authority sent back".to_owned()],
        ),
        Wanted::Certificate | Wanted::Authorities if has_key => {
            alone(&format!("it holds a private key, not {}", wanted.words()))
        }
        Wanted::Key if has("CERTIFICATE") => alone("it holds a certificate, not a private key"),
        Wanted::Key if has("PUBLIC KEY") => alone("it holds a public key, not a private one"),
        Wanted::Key if has("OPENSSH PRIVATE KEY") => {
            alone("it holds a key in the format of OpenSSH, which nginx does not read")
        }
        _ => {
            let mut labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
            labels.dedup();
            let labels = list(&labels, "and");
            alone(&format!("it holds {labels}, not `{}`", wanted.label()))
        }
    }
}

/// A file with a block that cannot be read.
fn damaged(label: &str, line: usize, damage: Damage, path: &Path) -> Words {
    let old = shell_word(path);
    let again = || vec!["copy it here again, or have it issued anew".to_owned()];
    match damage {
        Damage::Glued => (
            format!("the block that begins on line {line} ends where the next one begins"),
            vec![
                "a file without a newline at its end was put in front of another one".to_owned(),
                format!("`sed -i 's/----------BEGIN/-----\\n-----BEGIN/' {old}` parts them"),
            ],
        ),
        Damage::Unended => {
            (format!("the file ends within the block that begins on line {line}"), again())
        }
        Damage::EndLine => (
            format!("the block that begins on line {line} has no line `-----END {label}-----`"),
            again(),
        ),
        Damage::Header | Damage::Lines => (
            format!("there are empty lines in the block that begins on line {line}"),
            vec!["delete them; between `BEGIN` and `END` there is nothing but base64".to_owned()],
        ),
        Damage::Base64 => (format!("the block that begins on line {line} is not base64"), again()),
        Damage::Contents => {
            (format!("lines are missing in the block that begins on line {line}"), again())
        }
        Damage::Empty => (format!("the block that begins on line {line} is empty"), again()),
    }
}

fn pkcs7(form: &str, old: &str, new: &str) -> Words {
    let message = "the certificates are in PKCS #7, and nginx reads PEM".to_owned();
    let command = format!("`openssl pkcs7 {form}-in {old} -print_certs -out {new}`");
    let note = format!(
        "{command} makes PEM of it; name {new} then, and look that the server's own certificate \
         comes first"
    );
    (message, vec![note])
}

fn pkcs12(command: &str, new: &str) -> Words {
    let message = "it is in PKCS #12, and nginx reads PEM".to_owned();
    let notes = vec![
        format!("{command} makes PEM of it; name {new} then"),
        "if openssl calls it unsupported, `-legacy` reads old files".to_owned(),
    ];
    (message, notes)
}

fn is(kind: DerKind) -> &'static str {
    match kind {
        DerKind::Certificate => "a certificate in DER",
        DerKind::Request => "a request for a certificate in DER",
        DerKind::PrivateKey | DerKind::EncryptedKey => "a private key in DER",
        DerKind::Pkcs7 => "certificates in PKCS #7",
        DerKind::Pkcs12 => "a bundle in PKCS #12",
    }
}

/// The same path with the extension `pem`, or with it twice.
fn with_new_extension(path: &Path) -> std::path::PathBuf {
    let has_it = path.extension().is_some_and(|extension| extension == "pem");
    path.with_extension(if has_it { "pem.pem" } else { "pem" })
}
