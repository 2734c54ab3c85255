//! The hook in `packaging/certbot`, run by certbot: it says which challenge is going to fail, and
//! certbot goes on.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use machine::{ADDRESS_V4, Machine, Nginx};

use crate::authority::ca::Authority;
use crate::states::trial::{build, run_inside};

const RENEW: &str = "certbot renew --force-renewal";

/// A regular expression that takes the challenges.
const BREAK: &str = r"sed -i 's|root /var/www/html;|&\nlocation ~ /\\. { deny all; }|' \
    /etc/nginx/sites-available/tls
enable tls";

#[test]
fn certbot_is_told_and_goes_on() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut authority = Authority::start().expect("pebble and certbot start");
    let machine = build(&package.join("tests/challenges/states/machine"), &authority);
    let machine = machine.expect("the machine can be built");
    let linter = Path::new(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    install(linter, &machine, "usr/local/bin/nginx-acme-lint");
    let hook = package.join("../../packaging/certbot/nginx-acme-lint");
    install(&hook, &machine, "etc/letsencrypt/renewal-hooks/pre/nginx-acme-lint");
    let running = machine.serve_in(Nginx::Debian, authority.network()).expect("nginx starts");
    authority.resolve_all_to(&[ADDRESS_V4]).expect("the authority listens");
    let run = |script: &str| run_inside(&running, &format!("set -eu\n{script}")).expect("it runs");

    let (is_made, said) = run("certbot certonly --webroot --webroot-path /var/www/html \
         --domain example.com\nenable tls");
    assert!(is_made, "{said}");

    let (is_renewed, said) = run(RENEW);
    assert!(is_renewed && !said.contains("nginx-acme-lint"), "{said}");

    let (is_broken, said) = run(BREAK);
    assert!(is_broken, "{said}");
    let (is_renewed, said) = run(RENEW);
    assert!(!is_renewed, "{said}");
    let told = said.find("nginx-acme-lint (exit code 1; certbot goes on)");
    let refused = said.find("Some challenges have failed");
    assert!(told.is_some() && told < refused, "{said}");
    assert!(said.contains(": error challenge-"), "{said}");

    // Without the linter it is as it was without the hook.
    let (is_renewed, said) = run(&format!("rm /usr/local/bin/nginx-acme-lint\n{RENEW}"));
    assert!(!is_renewed && said.contains("Some challenges have failed"), "{said}");
}

fn install(file: &Path, machine: &Machine, path: &str) {
    let path = machine.root().join(path);
    let above = path.parent().expect("it has a directory");
    fs::create_dir_all(above).expect("the machine is ours");
    fs::copy(file, &path).expect("the machine is ours");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the machine is ours");
}
