//! DNS in a network of its own.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::error::{Context, Error, Result};
use crate::{Network, tool};

const SCRIPT: &str = include_str!("name_servers.sh");

/// BIND with some zones, and Unbound that asks it and checks signatures, in a private network.
///
/// Whatever else the network is to have goes into a script that the shell runs before the servers.
#[derive(Debug)]
pub struct NameServers {
    network: Network,
    directory: TempDir,
}

/// A zone.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Its name, with the dot at its end.
    pub name: String,
    /// Its records, as in a zone file.
    pub records: String,
    /// What has become of it.
    pub state: ZoneState,
}

/// What has become of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneState {
    /// It is as it should be, without signatures.
    Plain,
    /// It is signed, and the signatures hold.
    Signed,
    /// Its signatures have expired.
    Expired,
    /// What is signed was changed afterwards: every `93.184.215.14` in it is another address.
    Changed,
    /// It is not signed, while it ought to be.
    Stripped,
    /// The server that it is said to be on does not have it.
    Lame,
    /// The server that it is said to be on does not answer.
    Silent,
    /// Nobody listens where its server is said to be.
    Dead,
}

impl NameServers {
    /// The resolver, which checks signatures.
    pub const RESOLVER: &'static str = "127.0.0.2";

    /// The server with the zones, which answers about nothing else.
    pub const AUTHORITY: &'static str = "127.0.0.1";

    /// A server that refuses every question.
    pub const REFUSING: &'static str = "127.0.0.5";

    /// An address that swallows everything.
    pub const SILENT: &'static str = "192.0.2.99";

    /// Starts the servers, and returns when they answer.
    ///
    /// # Errors
    /// If the network cannot be made, or a server does not start.
    pub fn start(zones: &[Zone], script: &str) -> Result<Self> {
        for needed in [tool::DIG, tool::IP, tool::NAMED, tool::UNBOUND] {
            needed.path()?;
        }
        let directory = TempDir::new().context("cannot make a temporary directory")?;
        let at = directory.path();
        let (mut named, mut unbound) = (named(at, Self::AUTHORITY), unbound(at));
        for zone in zones {
            if matches!(zone.state, ZoneState::Lame | ZoneState::Silent | ZoneState::Dead) {
                continue;
            }
            let file = at.join(format!("zone.{}", zone.name));
            let text = zone_file(zone, zones);
            fs::write(&file, text).context(format_args!("{}", file.display()))?;
            let file = match zone.state {
                ZoneState::Plain => file,
                state => {
                    let key = make_key(at, &zone.name)?;
                    let _ = writeln!(unbound, "trust-anchor-file: \"{}\"", key.display());
                    if state == ZoneState::Stripped { file } else { sign(at, zone, &file)? }
                }
            };
            let name = &zone.name;
            let _ = writeln!(
                named,
                "zone \"{name}\" {{ type primary; file \"{}\"; }};",
                file.display()
            );
        }
        fs::write(at.join("hints"), ". 3600 NS ns.\nns. 3600 A 127.0.0.1\n").context("hints")?;
        fs::write(at.join("named.conf"), named).context("named.conf")?;
        let refusing = self::named(at, Self::REFUSING);
        fs::write(at.join("refusing.conf"), refusing).context("refusing.conf")?;
        fs::write(at.join("unbound.conf"), unbound).context("unbound.conf")?;
        fs::write(at.join("more.sh"), script).context("more.sh")?;
        let arguments =
            ["-c".as_ref(), SCRIPT.as_ref(), "name_servers.sh".as_ref(), at.as_os_str()];
        let mut network = Network::start(Path::new("/bin/sh"), &arguments)?;
        let said = network.read()?;
        if said != "ready\n" {
            let logs = ["named.log", "unbound.log"].map(|log| {
                String::from_utf8_lossy(&fs::read(at.join(log)).unwrap_or_default()).into_owned()
            });
            return Err(Error::new(format!(
                "the name servers do not start: {said}{}",
                logs.concat()
            )));
        }
        Ok(Self { network, directory })
    }

    /// A command that runs inside the network, on the files outside of it.
    ///
    /// # Errors
    /// If `nsenter` is missing.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Result<Command> {
        self.network.command(program)
    }

    /// A directory for whatever is needed as long as the servers run.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

fn named(at: &Path, address: &str) -> String {
    let at = at.display();
    format!(
        "options {{ directory \"{at}\"; pid-file none; listen-on port 53 {{ {address}; }}; \
         listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; notify no; session-keyfile none; \
         minimal-responses yes; }};\ncontrols {{ }};\n"
    )
}

fn unbound(at: &Path) -> String {
    let at = at.display();
    format!(
        "server:\ninterface: 127.0.0.2\nport: 53\ndirectory: \"{at}\"\nchroot: \"\"\nusername: \"\"\n\
         pidfile: \"{at}/unbound.pid\"\nuse-syslog: no\ndo-daemonize: no\nroot-hints: \"{at}/hints\"\n\
         do-not-query-localhost: no\nqname-minimisation: no\nmodule-config: \"validator iterator\"\n\
         target-fetch-policy: \"0 0 0 0 0\"\ndo-ip6: no\ninfra-cache-min-rtt: 50\nede: yes\n\
         val-log-level: 2\nlocal-zone: \"10.in-addr.arpa.\" nodefault\nnum-threads: 1\n"
    )
}

/// What a zone file says of itself, of the zones right below it, and at the end what it is for.
fn zone_file(zone: &Zone, zones: &[Zone]) -> String {
    let name = &zone.name;
    let own = server_of(name);
    let mut text = format!(
        "$TTL 300\n$ORIGIN {name}\n@ SOA {own} hostmaster.{own} 1 3600 900 604800 300\n@ NS {own}\n\
         {own} A 127.0.0.1\n"
    );
    for below in zones.iter().filter(|below| parent(below, zones) == Some(name)) {
        let server = server_of(&below.name);
        let address = match below.state {
            ZoneState::Silent => NameServers::SILENT,
            ZoneState::Dead => "127.0.0.9",
            ZoneState::Lame => NameServers::REFUSING,
            _ => NameServers::AUTHORITY,
        };
        let _ = writeln!(text, "{} NS {server}\n{server} A {address}", below.name);
    }
    text + &zone.records
}

/// The name of the server of a zone.
fn server_of(zone: &str) -> String {
    if zone == "." { "ns.".to_owned() } else { format!("ns.{zone}") }
}

/// The zone that a zone is right below.
fn parent<'z>(zone: &Zone, zones: &'z [Zone]) -> Option<&'z String> {
    let is_above = |one: &&Zone| {
        one.name != zone.name && (one.name == "." || zone.name.ends_with(&format!(".{}", one.name)))
    };
    zones.iter().filter(is_above).map(|one| &one.name).max_by_key(|name| name.len())
}

/// A new key for a zone; the file with its public half.
fn make_key(at: &Path, zone: &str) -> Result<std::path::PathBuf> {
    let mut command = tool::DNSSEC_KEYGEN.command()?;
    command.args(["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "-K"]).arg(at).arg(zone);
    let output = command.stdin(Stdio::null()).output().context("cannot start `dnssec-keygen`")?;
    if !output.status.success() {
        return Err(Error::new(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(at.join(format!("{name}.key")))
}

/// The signed file of a zone.
fn sign(at: &Path, zone: &Zone, file: &Path) -> Result<std::path::PathBuf> {
    let signed = at.join(format!("signed.{}", zone.name));
    let mut command = tool::DNSSEC_SIGNZONE.command()?;
    command.args(["-q", "-S", "-z", "-P", "-o", &zone.name, "-K"]).arg(at).arg("-d").arg(at);
    if zone.state == ZoneState::Expired {
        command.args(["-s", "20200101000000", "-e", "20200201000000"]);
    }
    command.arg("-f").arg(&signed).arg(file);
    let output = command.stdin(Stdio::null()).output().context("cannot start `dnssec-signzone`")?;
    if !output.status.success() {
        return Err(Error::new(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    if zone.state == ZoneState::Changed {
        let text = fs::read_to_string(&signed).context("the signed zone")?;
        let text = text.replace("93.184.215.14", "93.184.215.99");
        fs::write(&signed, text).context("the signed zone")?;
    }
    Ok(signed)
}
