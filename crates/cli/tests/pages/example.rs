//! An example of a rule's page, on a small machine of its own.

use std::{
    fs, io,
    path::Path,
    process::{Command, Output, Stdio},
};

use machine::{Machine, NameServers, Nginx, Zone, ZoneState};
use tempfile::TempDir;

use crate::fences::Block;

/// Around every example.
const NGINX_CONF: &str = "user www-data;\nevents {}\n\nhttp {\n    include conf.d/*.conf;\n}\n";

/// The day on the machine.
const NOW: &str = "2026-03-01";

/// What the examples may name.
const FIXTURE: &str = r#"
[run]
now = "2026-03-01"

[[authority]]
name = "R12"
organization = "Let's Encrypt"

[[certificate]]
names = ["example.com", "www.example.com"]

[certificate.files]
"etc/ssl/example.com.pem" = ["leaf", "intermediate"]
"etc/ssl/example.com.key" = ["key"]
"etc/ssl/encrypted.key" = ["encrypted-key"]
"etc/ssl/open.key" = ["key"]
"etc/ssl/certificate.der" = ["leaf", "der"]
"etc/ssl/twice.pem" = ["leaf", "leaf", "intermediate"]

[[file]]
path = "etc/ssl/open.key"
mode = "0644"

[[file]]
path = "etc/passwd"
text = "www-data:x:33:33::/:/usr/sbin/nologin\n"

[[file]]
path = "etc/group"
text = "www-data:x:33:\n"

[[file]]
path = "etc/ssl/dh512.pem"
text = """
-----BEGIN X9.42 DH PARAMETERS-----
MIGlAkEAsbIEH9iug9QYmqi1mzABm46jySTe2KtM7q2+VDWCreV5XuLB6mshKmVZ
7RWAOIYECzhRYyyJfEQ3S50ctFND9wJBAJT9qQPA0ZQdrq+hPfChcA1cWy55sMG0
y1QSqXACUaG9ZEg+a0XUj35MuBm+eieQAzFA/00RfiFw1Mu6gfQ1GRkCHQCAFZxk
fLAiBtnpaVYpPKKSMCZgaufEUwa5xn0d
-----END X9.42 DH PARAMETERS-----
"""

[[directory]]
path = "var/www/html"

[[directory]]
path = "var/www/letsencrypt"

[[link]]
path = "var/www/current"
to = "html"
"#;

/// A newer certificate of certbot's for the same names, if the page says how it is renewed, or names
/// it.
const LINEAGE: &str = r#"
[[certificate]]
names = ["example.com", "www.example.com"]
lineage = "example.com"
until = "+61 days"
"#;

/// How its file in `renewal/` begins.
const RENEWAL: &str = "version = 2.9.0
archive_dir = /etc/letsencrypt/archive/example.com
cert = /etc/letsencrypt/live/example.com/cert.pem
privkey = /etc/letsencrypt/live/example.com/privkey.pem
chain = /etc/letsencrypt/live/example.com/chain.pem
fullchain = /etc/letsencrypt/live/example.com/fullchain.pem

";

/// More certificates, made for the examples that name them: `/etc/ssl/expired.pem` with its key in
/// `/etc/ssl/expired.key`.
const CERTIFICATES: [(&str, &str); 8] = [
    ("other", ""),
    ("expired", "from = \"2025-11-20\"\nuntil = \"2026-02-18\""),
    ("future", "from = \"2026-03-02\"\nuntil = \"2026-05-31\""),
    ("late", "authority = \"R12\"\nfrom = \"2025-12-20\"\nuntil = \"2026-03-20\""),
    ("self-signed", "self_signed = true"),
    ("weak", "key = \"rsa-1024\""),
    ("client", "usages = [\"client\"]"),
    ("must-staple", "must_staple = true"),
];

/// What the program is asked for until it has a patch.
const OPTIONS: [&str; 3] = ["", WEB_ROOT, "--unsafe-fixes"];

/// An option that makes patches of its own, and so is for those who are asked for it.
const WEB_ROOT: &str = "--webroot /var/www/letsencrypt";

/// What nginx's refusal is called in reports.
const REFUSED: &str = "nginx refuses to load this configuration";

/// What stands behind the opening fence of a part of a file in certbot's `renewal/`.
const RENEWAL_BLOCK: &str = "ini,renewal";

/// What stands behind that of the records of example.com; then `lost` or `bogus` may follow, if something
/// is wrong with them.
const RECORDS_BLOCK: &str = "dns,records";

/// What the program is asked where there are such records.
pub(crate) const DNS: &str = "--dns --public-address 93.184.215.14";

/// What an example shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The rule reports it.
    Bad,
    /// No rule reports it.
    Good,
}

/// What the words behind an opening fence ask for: `nginx,bad`, or `nginx,bad,1.22.1` for one
/// nginx alone, which is one of those of the tests, or `nginx,bad,none` for none of them, because
/// they lack the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) kind: Kind,
    version: Option<String>,
}

/// What stands in front of an example, and is for all that come after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Before {
    /// What certbot knows of a renewal, from `[renewalparams]` on.
    renewal: Option<String>,
    /// What DNS says.
    records: Option<Block>,
}

/// A machine whose `/etc/nginx/conf.d/example.conf` is the example.
pub(crate) struct Example {
    machine: Machine,
    wanted: Wanted,
    /// Who says what the names are, if the example wants that.
    servers: Option<NameServers>,
}

/// What the program says.
pub(crate) struct Report {
    pub(crate) text: String,
    code: Option<i32>,
}

/// A patch, and what has to be said besides `--fix` to get it.
pub(crate) struct OfferedPatch {
    pub(crate) options: &'static str,
    pub(crate) text: String,
}

/// In place of a version: none of those of the tests.
const NONE: &str = "none";

impl Wanted {
    /// `None` if the block is no example.
    pub(crate) fn of(info: &str) -> Option<Self> {
        let mut words = info.split(',');
        if words.next() != Some("nginx") {
            return None;
        }
        let kind = match words.next()? {
            "bad" => Kind::Bad,
            "good" => Kind::Good,
            _ => return None,
        };
        Some(Self { kind, version: words.next().map(str::to_owned) })
    }

    /// What is to be said to the program.
    pub(crate) fn option(&self) -> String {
        let option = |version| format!("--nginx-version {version}");
        self.version.as_ref().filter(|version| *version != NONE).map(option).unwrap_or_default()
    }

    /// The versions of nginx that it is for.
    fn nginx(&self) -> Result<Vec<Nginx>, String> {
        let Some(wanted) = &self.version else { return Ok(Nginx::ALL.to_vec()) };
        if wanted == NONE {
            return Ok(Vec::new());
        }
        for nginx in Nginx::ALL {
            if nginx.version().map_err(|error| error.to_string())? == *wanted {
                return Ok(vec![nginx]);
            }
        }
        Err(format!("none of the nginx of the tests is {wanted}"))
    }
}

impl Example {
    /// Puts a configuration on a machine, with what stands in front of it.
    pub(crate) fn new(
        configuration: &str,
        before: &Before,
        wanted: Wanted,
    ) -> Result<Self, String> {
        let renewal = before.renewal.as_deref();
        let fixture = TempDir::new().map_err(|error| error.to_string())?;
        write(fixture.path(), configuration, renewal).map_err(|error| error.to_string())?;
        let machine = Machine::build(fixture.path()).map_err(|error| error.to_string())?;
        let servers = before.records.as_ref().map(name_servers).transpose()?;
        Ok(Self { machine, wanted, servers })
    }

    /// What the program says about it.
    pub(crate) fn report(&self) -> Result<Report, String> {
        let output = self.lint("")?;
        Ok(Report { text: self.text(&output.stdout)?, code: output.status.code() })
    }

    /// The patch that the program offers, asked for as little as it takes.
    pub(crate) fn patch(&self) -> Result<Option<OfferedPatch>, String> {
        let asks_for_web_root = self.report()?.text.contains("--webroot");
        for options in OPTIONS {
            if options == WEB_ROOT && !asks_for_web_root {
                continue;
            }
            let output = self.lint(&format!("--fix {options}"))?;
            if !output.stdout.is_empty() {
                return Ok(Some(OfferedPatch { options, text: self.text(&output.stdout)? }));
            }
        }
        Ok(None)
    }

    /// Whether real nginx loads it, before and after the patch, as the report says it does.
    pub(crate) fn agrees(&self) -> Result<(), String> {
        self.is_taken_by_nginx(!self.report()?.text.contains(REFUSED))?;
        let patch = self.patch()?;
        let Some(patch) = patch else { return Ok(()) };
        if self.wanted.kind == Kind::Good {
            return Err(format!("a good example gets a patch:\n{}", patch.text));
        }
        self.machine.apply_patch(patch.text.as_bytes()).map_err(|error| error.to_string())?;
        self.is_taken_by_nginx(!self.report()?.text.contains(REFUSED))
    }

    fn is_taken_by_nginx(&self, expected: bool) -> Result<(), String> {
        for nginx in self.wanted.nginx()? {
            let verdict = self.machine.nginx_test(nginx).map_err(|error| error.to_string())?;
            if verdict.accepted != expected {
                let does = if expected { "refuses" } else { "accepts" };
                return Err(format!("{nginx} {does} it, the report says otherwise:\n{verdict}"));
            }
        }
        Ok(())
    }

    fn lint(&self, options: &str) -> Result<Output, String> {
        let program = env!("CARGO_BIN_EXE_nginx-acme-lint");
        let mut command = match &self.servers {
            Some(servers) => {
                let mut command = servers.command(program).map_err(|error| error.to_string())?;
                command.args(DNS.split(' ')).args(["--resolver", NameServers::RESOLVER]);
                command
            }
            None => Command::new(program),
        };
        command
            .arg("--root")
            .arg(self.machine.root())
            .args(["--now", NOW])
            .args(self.wanted.option().split_whitespace())
            .args(options.split_whitespace())
            .arg("/etc/nginx")
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot run the program: {error}"))
    }

    /// What is printed may not say where the machine lies, which is somewhere else each time.
    fn text(&self, printed: &[u8]) -> Result<String, String> {
        let text = str::from_utf8(printed).map_err(|error| error.to_string())?;
        let root = self.machine.root().display().to_string();
        if text.contains(&root) {
            return Err(format!("the report names the directory of `--root`:\n{text}"));
        }
        Ok(text.to_owned())
    }
}

impl Before {
    /// Whether DNS is to be asked.
    pub(crate) fn has_records(&self) -> bool {
        self.records.is_some()
    }

    /// What stands in a block, if it is for the examples behind it.
    pub(crate) fn take(&mut self, block: &Block) -> bool {
        match &*block.info {
            RENEWAL_BLOCK => self.renewal = Some(block.text.clone()),
            info if info.starts_with(RECORDS_BLOCK) => self.records = Some(block.clone()),
            _ => return false,
        }
        true
    }
}

impl Report {
    /// Whether nothing is reported.
    pub(crate) fn is_silent(&self) -> bool {
        self.code == Some(0) && self.text.starts_with("looked at ")
    }
}

/// Servers that have these records in the zone example.com.
fn name_servers(records: &Block) -> Result<NameServers, String> {
    let state = match &records.info[RECORDS_BLOCK.len()..] {
        "" => ZoneState::Plain,
        ",lost" => ZoneState::Lame,
        ",bogus" => ZoneState::Stripped,
        other => return Err(format!("no records are `{other}`")),
    };
    let zone = |name: &str, state, records: &str| Zone {
        name: name.to_owned(),
        records: records.to_owned(),
        state,
    };
    let zones = [
        zone(".", ZoneState::Signed, ""),
        zone("com.", ZoneState::Plain, ""),
        zone("example.com.", state, &records.text),
    ];
    NameServers::start(&zones, "").map_err(|error| error.to_string())
}

fn write(directory: &Path, configuration: &str, renewal: Option<&str>) -> io::Result<()> {
    let mut machine = FIXTURE.to_owned();
    if renewal.is_some() || configuration.contains("/etc/letsencrypt/live/") {
        machine += LINEAGE;
    }
    if let Some(renewal) = renewal {
        let files = directory.join("etc/letsencrypt/renewal");
        fs::create_dir_all(&files)?;
        fs::write(files.join("example.com.conf"), [RENEWAL, renewal].concat())?;
    }
    fs::create_dir_all(directory.join("etc/nginx/conf.d"))?;
    fs::write(directory.join("etc/nginx/nginx.conf"), NGINX_CONF)?;
    fs::write(directory.join("etc/nginx/conf.d/example.conf"), configuration)?;
    let named = CERTIFICATES
        .iter()
        .filter(|(name, _)| configuration.contains(&format!("/etc/ssl/{name}.")));
    let certificates = named.map(|(name, settings)| {
        format!(
            "\n[[certificate]]\n{settings}\n[certificate.files]\n\"etc/ssl/{name}.pem\" = \
             [\"leaf\", \"intermediate\"]\n\"etc/ssl/{name}.key\" = [\"key\"]\n"
        )
    });
    machine.extend(certificates);
    fs::write(directory.join("fixture.toml"), machine)
}
