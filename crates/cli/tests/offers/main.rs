//! What real nginx offers in handshakes, held against what the rules say of it.
//!
//! Every set-up runs on both versions of nginx. A client that takes anything asks for one protocol
//! after the other, under each name; the linter is told the versions.

use std::{
    fs,
    process::{Command, Stdio},
};

use machine::{Handshake, Machine, Nginx, Running};
use tempfile::TempDir;

/// What a name is offered, and the rules that speak, by version: Debian's first.
struct Case {
    fact: &'static str,
    /// The block with the servers.
    block: &'static str,
    /// What stands in it besides a certificate for all.
    inside: &'static str,
    /// The versions that can be asked.
    versions: &'static [Nginx],
    /// Each name with the protocols that it is offered by Debian's nginx and by the current one.
    offers: &'static [(&'static str, [&'static str; 2])],
    /// Each rule that speaks, with its severity there.
    says: &'static [(&'static str, [&'static str; 2])],
}

const OUTDATED: &str = "ssl-protocols-outdated";
const WITHOUT_EFFECT: &str = "ssl-protocols-without-effect";
const CIPHERS: &str = "ssl-ciphers-weak";
const UNFIT: &str = "ssl-ciphers-unfit";

const CASES: [Case; 19] = [
    Case {
        fact: "the protocols of the default server count, up to 1.29.1",
        block: "http",
        versions: &Nginx::ALL,
        inside: "server { listen 443 ssl; server_name a.test; ssl_protocols TLSv1.2 TLSv1.3; }
            server { listen 443 ssl; server_name b.test; ssl_protocols TLSv1.3; }
            server { listen 443 ssl; server_name c.test; ssl_protocols TLSv1.2; }",
        offers: &[
            ("a.test", ["1.2 1.3", "1.2 1.3"]),
            ("b.test", ["1.2 1.3", "1.3"]),
            ("c.test", ["1.2 1.3", "1.2"]),
        ],
        says: &[(WITHOUT_EFFECT, ["info", ""])],
    },
    Case {
        fact: "so it is with protocols that no client speaks",
        block: "http",
        versions: &Nginx::ALL,
        inside: "server { listen 443 ssl; server_name a.test; ssl_protocols TLSv1.2 TLSv1.3; }
            server { listen 443 ssl; server_name b.test; ssl_protocols TLSv1 TLSv1.1; }",
        offers: &[("a.test", ["1.2 1.3", "1.2 1.3"]), ("b.test", ["1.2 1.3", ""])],
        says: &[(WITHOUT_EFFECT, ["info", ""]), (OUTDATED, ["", "error"])],
    },
    Case {
        // OpenSSL, left without any protocol, does not even look at the name.
        fact: "a default server without protocols of today",
        block: "http",
        versions: &Nginx::ALL,
        inside: "server { listen 443 ssl; server_name a.test; ssl_protocols TLSv1 TLSv1.1; }
            server { listen 443 ssl; server_name b.test; ssl_protocols TLSv1.2; }",
        offers: &[("a.test", ["", ""]), ("b.test", ["", ""])],
        says: &[(WITHOUT_EFFECT, ["info", ""]), (OUTDATED, ["error", "error"])],
    },
    Case {
        fact: "what OpenSSL 3 leaves out",
        block: "http",
        versions: &Nginx::ALL,
        inside: "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
            server { listen 443 ssl; server_name a.test; }",
        offers: &[("a.test", ["1.2 1.3", "1.2 1.3"])],
        says: &[],
    },
    Case {
        fact: "what OpenSSL 3 offers if it is told to",
        block: "http",
        versions: &Nginx::ALL,
        inside: "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers DEFAULT:@SECLEVEL=0;
            server { listen 443 ssl; server_name a.test; }",
        offers: &[("a.test", ["1.0 1.1 1.2 1.3", "1.0 1.1 1.2 1.3"])],
        says: &[(OUTDATED, ["warning", "warning"])],
    },
    Case {
        fact: "a lower level that is not the lowest",
        block: "http",
        versions: &Nginx::ALL,
        inside: "ssl_protocols TLSv1.1 TLSv1.2; ssl_ciphers DEFAULT:@SECLEVEL=1;
            server { listen 443 ssl; server_name a.test; }",
        offers: &[("a.test", ["1.2", "1.2"])],
        says: &[],
    },
    Case {
        fact: "what nginx offers by itself",
        block: "http",
        versions: &Nginx::ALL,
        inside: "server { listen 443 ssl; server_name a.test; }
            server { listen 443 ssl; server_name b.test; ssl_protocols TLSv1.2; }",
        offers: &[("a.test", ["1.2", "1.2 1.3"]), ("b.test", ["1.2", "1.2"])],
        says: &[(WITHOUT_EFFECT, ["info", ""])],
    },
    Case {
        fact: "ciphers are those of the name",
        block: "http",
        versions: &Nginx::ALL,
        inside: "ssl_protocols TLSv1.2;
            server { listen 443 ssl; server_name a.test; }
            server { listen 443 ssl; server_name b.test; ssl_ciphers AECDH-AES128-SHA:@SECLEVEL=0; }",
        offers: &[("a.test", ["1.2", "1.2"]), ("b.test", ["1.2 anonymous", "1.2 anonymous"])],
        says: &[(CIPHERS, ["warning", "warning"])],
    },
    Case {
        fact: "ciphers for a certificate that is not there",
        block: "http",
        versions: &Nginx::ALL,
        inside: "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;
            server { listen 443 ssl; server_name a.test; }",
        offers: &[("a.test", ["", ""])],
        says: &[(UNFIT, ["error", "error"])],
    },
    Case {
        fact: "such ciphers beside TLS 1.3",
        block: "http",
        versions: &Nginx::ALL,
        inside: "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;
            server { listen 443 ssl; server_name a.test; }",
        offers: &[("a.test", ["1.3", "1.3"])],
        says: &[(UNFIT, ["warning", "warning"])],
    },
    Case {
        fact: "commands to OpenSSL come last",
        block: "http",
        versions: &Nginx::ALL,
        inside: "ssl_protocols TLSv1 TLSv1.1; ssl_conf_command MaxProtocol TLSv1.2;
            ssl_conf_command Protocol +TLSv1.2; server { listen 443 ssl; server_name a.test; }",
        offers: &[("a.test", ["1.2", "1.2"])],
        says: &[],
    },
    Case {
        fact: "what nginx offers by itself if OpenSSL 3 is told to",
        block: "http",
        versions: &Nginx::ALL,
        inside: "ssl_ciphers DEFAULT:@SECLEVEL=0; server { listen 443 ssl; server_name a.test; }",
        offers: &[("a.test", ["1.0 1.1 1.2", "1.2 1.3"])],
        says: &[(OUTDATED, ["info", ""])],
    },
    Case {
        fact: "servers of stream inherit from stream",
        block: "stream",
        versions: &Nginx::ALL,
        inside: "ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers DEFAULT:@SECLEVEL=0;
            server { listen 443 ssl; return ok; }",
        offers: &[("a.test", ["1.0 1.1 1.2", "1.0 1.1 1.2"])],
        says: &[(OUTDATED, ["warning", "warning"])],
    },
    Case {
        fact: "what a server of stream says comes first",
        block: "stream",
        versions: &Nginx::ALL,
        inside: "ssl_protocols TLSv1.3; ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;
            server { listen 443 ssl; ssl_protocols TLSv1 TLSv1.2; return ok; }",
        offers: &[("a.test", ["", ""])],
        says: &[(UNFIT, ["error", "error"])],
    },
    Case {
        fact: "a server of stream without protocols of today",
        block: "stream",
        versions: &Nginx::ALL,
        inside: "server { listen 443 ssl; ssl_protocols TLSv1 TLSv1.1; return ok; }",
        offers: &[("a.test", ["", ""])],
        says: &[(OUTDATED, ["error", "error"])],
    },
    Case {
        fact: "weak ciphers of a server of stream",
        block: "stream",
        versions: &Nginx::ALL,
        inside: "ssl_protocols TLSv1.2; ssl_ciphers AECDH-AES128-SHA:@SECLEVEL=0;
            server { listen 443 ssl; return ok; }",
        offers: &[("a.test", ["1.2 anonymous", "1.2 anonymous"])],
        says: &[(CIPHERS, ["warning", "warning"])],
    },
    Case {
        fact: "a server of stream without TLS",
        block: "stream",
        versions: &Nginx::ALL,
        inside: "ssl_protocols TLSv1; ssl_ciphers AECDH-AES128-SHA:@SECLEVEL=0;
            server { listen 443; return ok; }",
        offers: &[],
        says: &[],
    },
    Case {
        fact: "in stream, too, each name has its own protocols",
        block: "stream",
        versions: &[Nginx::Current],
        inside: "server { listen 443 ssl; server_name a.test; return ok; ssl_protocols TLSv1.2; }
            server { listen 443 ssl; server_name b.test; return ok; ssl_protocols TLSv1.3; }
            server { listen 443 ssl; server_name c.test; return ok; ssl_protocols TLSv1; }",
        offers: &[("a.test", ["", "1.2"]), ("b.test", ["", "1.3"]), ("c.test", ["", ""])],
        says: &[(OUTDATED, ["", "error"])],
    },
    Case {
        fact: "servers of mail",
        block: "mail",
        versions: &[Nginx::Debian],
        inside: "ssl_protocols TLSv1; auth_http 127.0.0.1:80/;
            server { listen 443 ssl; protocol imap; ssl_protocols TLSv1.1 TLSv1.2;
                ssl_ciphers AES128-SHA:AECDH-AES128-SHA:@SECLEVEL=0; }",
        offers: &[("a.test", ["1.1 1.2 anonymous", ""])],
        says: &[(OUTDATED, ["warning", ""]), (CIPHERS, ["warning", ""])],
    },
];

#[test]
fn rules_say_what_nginx_offers() {
    let mut problems = Vec::new();
    for case in &CASES {
        let asked = |nginx: &Nginx| case.versions.contains(nginx);
        for (at, nginx) in Nginx::ALL.into_iter().enumerate().filter(|(_, nginx)| asked(nginx)) {
            let machine = build(case, nginx).expect("the machine can be made");
            let running = machine.serve(nginx).expect("nginx starts");
            for (name, offers) in case.offers {
                let offered = offered(&running, name);
                if offered != offers[at] {
                    problems.push(format!(
                        "{}: {nginx} offers {name} `{offered}`, not `{}`",
                        case.fact, offers[at]
                    ));
                }
            }
            let said = said(&machine, nginx);
            let mut expected: Vec<String> = case
                .says
                .iter()
                .filter_map(|(rule, severities)| {
                    let severity = severities[at];
                    (!severity.is_empty()).then(|| format!("{severity}[{rule}]"))
                })
                .collect();
            expected.sort();
            if said != expected {
                problems
                    .push(format!("{}: for {nginx} it says {said:?}, not {expected:?}", case.fact));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn build(case: &Case, nginx: Nginx) -> Result<Machine, String> {
    let fixture = TempDir::new().map_err(|error| error.to_string())?;
    let directory = fixture.path().join("etc/nginx");
    let Case { block, inside, .. } = case;
    // Debian keeps what is not for `http` in modules of their own.
    let module = match nginx {
        Nginx::Debian if *block != "http" => {
            format!("load_module /usr/lib/nginx/modules/ngx_{block}_module.so;\n")
        }
        _ => String::new(),
    };
    let configuration = format!(
        "{module}events {{}}\n{block} {{\nssl_certificate /etc/ssl/a.test.pem;\n\
         ssl_certificate_key /etc/ssl/a.test.key;\n{inside}\n}}\n"
    );
    let certificate = "[[certificate]]\nnames = [\"a.test\", \"b.test\", \"c.test\"]\n\
        key = \"rsa-2048\"\n\
        files = { \"etc/ssl/a.test.pem\" = [\"leaf\", \"intermediate\"], \"etc/ssl/a.test.key\" = [\"key\"] }\n";
    let written = fs::create_dir_all(&directory)
        .and_then(|()| fs::write(directory.join("nginx.conf"), configuration))
        .and_then(|()| fs::write(fixture.path().join("fixture.toml"), certificate));
    written.map_err(|error| error.to_string())?;
    Machine::build(fixture.path()).map_err(|error| error.to_string())
}

/// The versions of TLS that a name is offered, and whether a suite without a certificate is.
fn offered(running: &Running<'_>, name: &str) -> String {
    let lenient = ["-cipher", "ALL:aNULL:@SECLEVEL=0"];
    let mut offered = Vec::new();
    for (option, version) in
        [("-tls1", "1.0"), ("-tls1_1", "1.1"), ("-tls1_2", "1.2"), ("-tls1_3", "1.3")]
    {
        let arguments: Vec<&str> = [option].into_iter().chain(lenient).collect();
        let handshake = running.handshake(name, None, &arguments).expect("openssl runs");
        match handshake {
            Handshake::Failed { .. } => {}
            Handshake::Verified | Handshake::Distrusted { .. } => offered.push(version),
            Handshake::Refused => panic!("nginx does not listen"),
        }
    }
    let anonymous = ["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"];
    let handshake = running.handshake(name, None, &anonymous).expect("openssl runs");
    if !matches!(handshake, Handshake::Failed { .. }) {
        offered.push("anonymous");
    }
    offered.join(" ")
}

/// What the linter says of protocols and ciphers, if the machine has this nginx.
fn said(machine: &Machine, nginx: Nginx) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_nginx-acme-lint"))
        .arg("--root")
        .arg(machine.root())
        .args(["--nginx-version", &nginx.version().expect("nginx says its version")])
        .args(["--openssl-version", &openssl_version(nginx)])
        .args(["--format", "json", "/etc/nginx"])
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let diagnostics = report["diagnostics"].as_array().expect("there is a list");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut said: Vec<String> = diagnostics
        .iter()
        .map(|found| format!("{}[{}]", text(&found["severity"]), text(&found["rule"])))
        .collect();
    said.sort();
    said
}

/// The OpenSSL with which an nginx runs.
fn openssl_version(nginx: Nginx) -> String {
    let path = nginx.path().expect("nginx is installed");
    let output = Command::new(path).arg("-V").output().expect("nginx runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, rest) = said.rsplit_once(" with OpenSSL ").expect("nginx has OpenSSL");
    rest.split_whitespace().next().unwrap_or_default().to_owned()
}
