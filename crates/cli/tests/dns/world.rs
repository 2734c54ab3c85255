//! Name servers with a name for every case, and a machine with these names.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use machine::{Machine, NameServers, Zone, ZoneState};
use serde_json::Value;
use tempfile::TempDir;

/// This machine's addresses.
pub(crate) const OWN: [&str; 2] = ["93.184.215.14", "2606:2800:220:1::14"];

/// The account that the client has.
const ACCOUNT: &str = "https://acme-v02.api.letsencrypt.org/acme/acct/1";

/// What stands in the zone `example.com.`; `OWN4` and `OWN6` are this machine.
const RECORDS: &str = r#"
@             A     OWN4
www           CNAME @
good          A     OWN4
good          AAAA  OWN6
gone-soon     TXT   "not yet"
mail          MX    10 example.com.
dangling      CNAME nowhere.example.net.
hollow        CNAME mail
elsewhere     A     93.184.220.29
stale         A     OWN4
stale         AAAA  2606:2800:220:1::99
private       A     192.168.178.20
private       AAAA  fd00::20
half-private  A     OWN4
half-private  A     10.0.0.7
several       A     93.184.220.29
several       A     OWN4
six           AAAA  OWN6
proxied       A     104.16.1.2
proxied       AAAA  2606:4700::6810:102
front         CNAME d1a2b3.cloudfront.net.
caa-other     A     OWN4
caa-other     CAA   0 issue "digicert.com"
a.b.caa-other A     OWN4
caa-nobody    A     OWN4
caa-nobody    CAA   0 issue ";"
caa-method    A     OWN4
caa-method    CAA   0 issue "letsencrypt.org; validationmethods=dns-01"
caa-account   A     OWN4
caa-account   CAA   0 issue "letsencrypt.org; accounturi=https://acme-v02.api.letsencrypt.org/acme/acct/2"
caa-critical  A     OWN4
caa-critical  CAA   128 unheardof "x"
caa-alias     CNAME caa-target.example.net.
caa-good      A     OWN4
caa-good      CAA   0 issue "digicert.com"
caa-good      CAA   0 issue "letsencrypt.org; validationmethods=http-01; accounturi=ACCOUNT"
caa-good      CAA   0 iodef "mailto:security@example.com"
caa-contact   A     OWN4
caa-contact   CAA   0 iodef "mailto:security@example.com"
wild          A     OWN4
wild          CAA   0 issue "letsencrypt.org"
wild          CAA   0 issuewild ";"
caa-hostile   A     OWN4
caa-hostile   CAA   0 issue "\027[31mevil.example"
odd           CNAME a\027\[31mb.example.net.
calm          A     OWN4
calm          CAA   0 issue ";"
calm          CAA   0 issuewild "letsencrypt.org"
"#;

/// The names of the configuration besides those of [`RECORDS`].
const FURTHER: &[&str] = &[
    "gone.example.com",
    "www.never-registered.com",
    "crowd.example.com",
    "signed.example.com",
    "expired.example.com",
    "changed.example.com",
    "stripped.example.com",
    "lame.example.com",
    "dead.example.com",
    "silent.example.com",
];

/// The network with the name servers, and a machine.
pub(crate) struct World {
    pub(crate) servers: NameServers,
    machine: Machine,
    _fixture: TempDir,
}

/// It takes seconds to make.
pub(crate) static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// The names of the records.
pub(crate) fn names() -> Vec<String> {
    let own = records();
    let of_zone = own.lines().filter_map(|line| line.split_whitespace().next());
    let mut names: Vec<_> = of_zone
        .map(
            |name| {
                if name == "@" { "example.com".to_owned() } else { format!("{name}.example.com") }
            },
        )
        .chain(FURTHER.iter().map(|name| (*name).to_owned()))
        .collect();
    names.dedup();
    names
}

fn records() -> String {
    let [v4, v6] = OWN;
    RECORDS.replace("OWN4", v4).replace("OWN6", v6).replace("ACCOUNT", ACCOUNT)
}

impl World {
    fn new() -> Self {
        let zone = |name: &str, state, records: &str| Zone {
            name: name.to_owned(),
            records: records.to_owned(),
            state,
        };
        let address = format!("@ A {}\n", OWN[0]);
        // More than a datagram has room for.
        let crowd = (1..=90).map(|number| format!("crowd A 93.184.220.{number}\n"));
        let own = [records(), crowd.collect(), format!("crowd A {}\n", OWN[0])].concat();
        let target = format!("caa-target A {}\ncaa-target CAA 0 issue \"digicert.com\"\n", OWN[0]);
        let below = |name: &str, state| zone(&format!("{name}.example.com."), state, &address);
        let zones = [
            zone(".", ZoneState::Signed, ""),
            zone("com.", ZoneState::Plain, ""),
            zone("net.", ZoneState::Plain, ""),
            zone("example.com.", ZoneState::Plain, &own),
            zone("example.net.", ZoneState::Plain, &target),
            zone("cloudfront.net.", ZoneState::Plain, "d1a2b3 A 13.32.1.2\n"),
            below("signed", ZoneState::Signed),
            below("expired", ZoneState::Expired),
            below("changed", ZoneState::Changed),
            below("stripped", ZoneState::Stripped),
            below("lame", ZoneState::Lame),
            below("dead", ZoneState::Dead),
            below("silent", ZoneState::Silent),
        ];
        let [v4, v6] = OWN;
        let script = format!("ip addr add {v4}/32 dev lo\nip -6 addr add {v6}/128 dev lo nodad\n");
        let servers = NameServers::start(&zones, &script).expect("the name servers start");
        let fixture = fixture();
        let machine = Machine::build(fixture.path()).expect("the machine can be made");
        Self { servers, machine, _fixture: fixture }
    }

    /// The root directory of the machine.
    pub(crate) fn root(&self) -> PathBuf {
        self.machine.root()
    }

    /// Runs the program in the network, on the machine as a directory.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.run_on(&self.root(), arguments)
    }

    /// The same on another machine.
    pub(crate) fn run_on(&self, root: &Path, arguments: &[&str]) -> Output {
        let mut command = self.command();
        command.args(arguments).arg("--root").arg(root).arg("/etc/nginx");
        command.output().expect("the program can be run")
    }

    /// The program in the network.
    pub(crate) fn command(&self) -> Command {
        let program = env!("CARGO_BIN_EXE_nginx-acme-lint");
        let mut command = self.servers.command(program).expect("nsenter is there");
        command.stdin(Stdio::null());
        command
    }
}

/// A configuration with a server for each of some names, and one with wildcards.
pub(crate) fn configuration(names: &[String]) -> String {
    let servers = names.iter().map(|name| {
        format!(
            "server {{\n    listen 80;\n    listen [::]:80;\n    server_name {name};\n    location ^~ \
             /.well-known/acme-challenge/ {{ root /var/www/letsencrypt; }}\n}}\n"
        )
    });
    let wildcards = "server {\n    listen 80;\n    server_name *.wild.example.com \
                     *.calm.example.com;\n}\n";
    format!("events {{}}\nhttp {{\n{}{wildcards}}}\n", servers.collect::<String>())
}

/// A machine with all the names, of which certbot renews some.
fn fixture() -> TempDir {
    let directory = TempDir::new().expect("a directory can be made");
    let at = directory.path();
    let write = |path: &str, text: &str| {
        let path = at.join(path);
        fs::create_dir_all(path.parent().expect("it is below another")).expect("directories");
        fs::write(path, text).expect("the file can be written");
    };
    write("etc/nginx/nginx.conf", &configuration(&names()));
    write("var/www/letsencrypt/keep", "");
    let mut machine = "[run]\nnow = \"2026-03-01\"\n".to_owned();
    let mut lineage = |name: &str, names: &[&str], authenticator: &str| {
        let list: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
        let list = list.join(", ");
        let made = ["names = [", &list, "]\nlineage = \"", name, "\"\nuntil = \"+61 days\"\n"];
        machine += &["[[certificate]]\n", &made.concat()].concat();
        let live = format!("/etc/letsencrypt/live/{name}");
        let text = format!(
            "version = 2.9.0\narchive_dir = /etc/letsencrypt/archive/{name}\ncert = {live}/cert.pem\n\
             privkey = {live}/privkey.pem\nchain = {live}/chain.pem\nfullchain = {live}/fullchain.pem\n\
             [renewalparams]\naccount = 0123456789abcdef\n{authenticator}\nserver = \
             https://acme-v02.api.letsencrypt.org/directory\n"
        );
        write(&format!("etc/letsencrypt/renewal/{name}.conf"), &text);
    };
    let web_root = "authenticator = webroot\nwebroot_path = /var/www/letsencrypt,";
    let caa: Vec<_> = names().into_iter().filter(|name| name.contains("caa-")).collect();
    let caa: Vec<_> = caa.iter().map(String::as_str).collect();
    lineage("caa", &caa, web_root);
    lineage("left", &["example.com", "left-behind.example.com"], web_root);
    lineage("wild", &["*.wild.example.com", "*.calm.example.com"], "authenticator = dns-route53");
    lineage("inside", &["inside.example.com"], "authenticator = dns-route53");
    write(
        "etc/letsencrypt/accounts/acme-v02.api.letsencrypt.org/directory/0123456789abcdef/regr.json",
        &format!("{{\"body\": {{}}, \"uri\": \"{ACCOUNT}\"}}"),
    );
    write("fixture.toml", &machine);
    directory
}

/// What the program has printed, as JSON.
pub(crate) fn document(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}\n{text}\n{}", stderr(output)))
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A file in the world.
pub(crate) fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("the file can be written");
}
