//! One case: what the model says of it, and what the certificate authority does.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use acme::{Cause, PATH, Settings, TOKEN, TokenPlace, TokenPlaces};
use evidence::client::{self, Homes};
use machine::{ADDRESS_V4, ADDRESS_V6, Machine, Nginx, Running};
use model::{Disk, VALIDATOR_USER_AGENT};

use crate::authority::ca::{Authority, Client, Outcome};
use crate::authority::judged::{Judged, Verdict, judge};

/// So many patches one after the other cure a machine: a fault may hide the next.
const MOST_PATCHES: usize = 3;

/// If the challenge fails with some tokens, so many orders see one of them: one in four has neither
/// `-` nor `_`.
const MOST_ORDERS: usize = 20;

/// How pebble calls itself.
const PEBBLE_USER_AGENT: &str = "LetsEncrypt-Pebble-VA (linux; amd64)";

/// What came of a case.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    /// As it is.
    pub(crate) before: Vec<TriedName>,
    /// With the linter's patch; `None` if it has none.
    pub(crate) after: Option<Vec<TriedName>>,
}

/// A name, and what came of asking for a certificate.
#[derive(Debug)]
pub(crate) struct TriedName {
    name: String,
    /// The verdict over each address family, and what the authority said.
    pub(crate) families: Vec<(Verdict, Outcome)>,
    /// How certbot answered the challenges.
    client: Client,
}

impl fmt::Display for TriedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} with {:?}: {:?}", self.name, self.client, self.families)
    }
}

impl TriedName {
    /// Whether the authority agrees with the model over every address family.
    pub(crate) fn agrees(&self) -> bool {
        self.families.iter().all(|(verdict, outcome)| verdict.agrees(outcome))
    }

    pub(crate) fn fails(&self) -> bool {
        self.families.iter().any(|(verdict, _)| matches!(verdict, Verdict::Fails(_)))
    }

    /// Whether there are certificates, over every address family.
    pub(crate) fn is_issued(&self) -> bool {
        self.families.iter().all(|(_, outcome)| outcome.is_issued())
    }
}

/// Tries a case with certbot, as it is and with the patches of the linter; `None` if this nginx does
/// not start with it.
pub(crate) fn run(
    fixture: &Path,
    nginx: Nginx,
    authority: &mut Authority,
) -> Result<Option<Tried>, String> {
    let machine = Machine::build(fixture).map_err(|error| error.to_string())?;
    if machine.fixture().run.nginx.of(nginx) != machine::Outcome::Accepts {
        return Ok(None);
    }
    replace_thumbprint(&machine.root().join("etc/nginx"), authority)?;
    let mut tried = Tried { before: order_all(&machine, nginx, authority)?, after: None };
    for _ in 0..MOST_PATCHES {
        if !tried.after.as_ref().unwrap_or(&tried.before).iter().any(TriedName::fails) {
            break;
        }
        let patch = patch(&machine)?;
        if patch.is_empty() {
            break;
        }
        machine.apply_patch(&patch).map_err(|error| error.to_string())?;
        if tried.after.is_none() {
            machine.tell().map_err(|error| error.to_string())?;
        }
        let test = machine.nginx_test(nginx).map_err(|error| error.to_string())?;
        if !test.accepted {
            return Err(format!("with the patch, nginx says: {test}"));
        }
        tried.after = Some(order_all(&machine, nginx, authority)?);
    }
    Ok(Some(tried))
}

/// Asks for a certificate for every name that is judged.
fn order_all(
    machine: &Machine,
    nginx: Nginx,
    authority: &mut Authority,
) -> Result<Vec<TriedName>, String> {
    let mut settings =
        Settings { places: places(&machine.fixture().run.arguments), ..Settings::default() };
    settings.follow(&client::gather(&Homes::default(), &Disk::under(machine.root())));
    let places = settings.places.clone();
    let judged = judge(machine, &settings);
    let candidates = candidates(machine);
    let running =
        machine.serve_in(nginx, authority.network()).map_err(|error| error.to_string())?;
    let mut tried = Vec::new();
    for families in judged.chunk_by(|one, other| one.name == other.name) {
        let declared = places.of(families[0].name.as_bytes()).first().map(Client::at);
        let clients = clients(families, declared, &candidates);
        tried.push(try_name(families, &clients, &running, authority)?);
    }
    Ok(tried)
}

/// What comes of asking for a name with each client until there are certificates. Where the model
/// says that the challenge fails, it does with all clients; else with some client it does not.
pub(crate) fn try_name(
    families: &[Judged],
    clients: &[Client],
    running: &Running<'_>,
    authority: &mut Authority,
) -> Result<TriedName, String> {
    let mut best: Option<TriedName> = None;
    for client in clients {
        let mut outcomes = Vec::new();
        for judged in families {
            let mut outcome = authority.order(running, judged, client)?;
            if matches!(judged.verdict, Verdict::Fails(Cause::SomeTokens { .. })) {
                for _ in 1..MOST_ORDERS {
                    if !outcome.is_issued() {
                        break;
                    }
                    outcome = authority.order(running, judged, client)?;
                }
            }
            if outcome.is_issued() && is_laxer(judged, running)? {
                outcome = Outcome::IssuedByPebbleAlone;
            }
            outcomes.push((judged.verdict.clone(), outcome));
        }
        let name = families[0].name.clone();
        let tried = TriedName { name, families: outcomes, client: client.clone() };
        if tried.is_issued() {
            return Ok(tried);
        }
        if best.as_ref().is_none_or(|best| tried.agrees() && !best.agrees()) {
            best = Some(tried);
        }
    }
    best.ok_or_else(|| "there is no client".to_owned())
}

/// Whether pebble alone lets a name pass that fails: because it follows every redirect, or because
/// of its own name in `User-Agent`.
fn is_laxer(judged: &Judged, running: &Running<'_>) -> Result<bool, String> {
    match judged.verdict {
        Verdict::Fails(Cause::Redirect(_)) => Ok(true),
        Verdict::Fails(_) => {
            let usual = if judged.is_ipv6 { ADDRESS_V6 } else { ADDRESS_V4 };
            let address = judged.addresses.get(&judged.name).copied().unwrap_or(usual);
            let url = format!("http://{}{PATH}{TOKEN}", judged.name);
            let ask = |user_agent: &str| {
                let field = format!("User-Agent: {user_agent}");
                let answer = running.follow_at(address, &url, &[&field]);
                let answer = answer.map_err(|error| error.to_string())?;
                Ok::<_, String>(answer.response().map(|response| response.status))
            };
            Ok(ask(VALIDATOR_USER_AGENT)? != ask(PEBBLE_USER_AGENT)?)
        }
        Verdict::Passes(_) | Verdict::Unknown(_) => Ok(false),
    }
}

/// The clients to try: the one with which a challenge passes, the one that is declared, or all that
/// anybody might have.
pub(crate) fn clients(
    families: &[Judged],
    declared: Option<Client>,
    candidates: &[Client],
) -> Vec<Client> {
    let passing = families.iter().find_map(|family| match &family.verdict {
        Verdict::Passes(client) => Some(client.clone()),
        Verdict::Fails(_) | Verdict::Unknown(_) => None,
    });
    let listening = families.iter().find_map(|family| match &family.verdict {
        Verdict::Fails(Cause::PortTaken { .. }) => Some(Client::Nothing),
        Verdict::Fails(Cause::OtherPort { client, .. }) => Some(Client::Port(*client)),
        _ => None,
    });
    match passing.or(listening).or(declared) {
        Some(client) => vec![client],
        None => candidates.to_vec(),
    }
}

/// The clients that put their tokens where the configuration looks for files.
pub(crate) fn candidates(machine: &Machine) -> Vec<Client> {
    let judged = crate::judged::judge(machine);
    // What a variable stands for is not known here, apart from the token at the end.
    let text = |path: &Path| {
        let text = path.to_string_lossy();
        let known = text.split('$').next().unwrap_or_default();
        (known == text || known.ends_with('/') && known != "/").then(|| known.to_owned())
    };
    // No client has a web root that ends in the path of challenges.
    let bare = |root: String| {
        let bare = root.trim_end_matches('/').strip_suffix(PATH.trim_end_matches('/'));
        bare.map(str::to_owned).unwrap_or(root)
    };
    let roots = judged.roots.iter().filter_map(|root| text(root)).map(bare).map(Client::Webroot);
    let aliases = judged.aliases.iter().filter_map(|alias| text(alias)).map(Client::Directory);
    let mut candidates: Vec<Client> = Vec::new();
    for client in judged.client_ports.iter().copied().map(Client::Port).chain(roots).chain(aliases)
    {
        if !candidates.contains(&client) {
            candidates.push(client);
        }
    }
    if candidates.is_empty() {
        candidates.push(Client::Nothing);
    }
    candidates
}

/// Where the arguments for the linter say that the client puts its tokens.
fn places(arguments: &[String]) -> TokenPlaces {
    let mut places = TokenPlaces::default();
    for pair in arguments.windows(2) {
        let place = match &*pair[0] {
            "--webroot" => TokenPlace::WebRoot,
            "--token-dir" => TokenPlace::Directory,
            _ => continue,
        };
        let (name, directory) = match pair[1].split_once('=') {
            Some((name, directory)) => (Some(name.as_bytes()), directory),
            None => (None, &*pair[1]),
        };
        places.add(name, place(directory.as_bytes().to_vec()));
    }
    places
}

/// The patch that the linter prints, with all that it calls safe.
fn patch(machine: &Machine) -> Result<Vec<u8>, String> {
    let run = &machine.fixture().run;
    let mut command = Command::new(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    command.arg("--root").arg(machine.root()).arg("--fix").args(&run.arguments);
    command.arg(format!("/{}", run.target.trim_start_matches('/')));
    let output = command.output().map_err(|error| error.to_string())?;
    Ok(output.stdout)
}

/// Puts the account of the client into the configuration, where nginx answers challenges itself.
fn replace_thumbprint(directory: &Path, authority: &Authority) -> Result<(), String> {
    for entry in fs::read_dir(directory).map_err(|error| error.to_string())?.flatten() {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        if kind.is_dir() {
            replace_thumbprint(&path, authority)?;
        } else if kind.is_file()
            && let Ok(text) = fs::read_to_string(&path)
        {
            let with_thumbprint = authority.with_thumbprint(&text);
            if with_thumbprint != text {
                fs::write(&path, with_thumbprint).map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(())
}
