//! The scripts that make states.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use machine::{ADDRESS_V4, ADDRESS_V6};

/// A state of an ACME client, and what comes of it.
///
/// The first line of the comment at its top says what it is; the others are:
///
/// - `renew`: the command by which the machine renews its certificates, if it is not the client's
///   usual one;
/// - `addresses`: `ipv6` if the name has an address of that family alone;
/// - `renewal`: `works`, `does nothing`, or a part of what the client says when it fails;
/// - `nginx`: `has the new certificate`, `keeps the old certificate` or `does not answer` afterwards;
/// - `says`: the rules that speak, beforehand, in alphabetical order;
/// - `apart`: why rules speak although all goes well, or none does although it does not.
#[derive(Debug)]
pub(crate) struct State {
    /// The directory, which is the client's name, and the file, which is the fact.
    pub(crate) name: String,
    pub(crate) script: String,
    pub(crate) renew: String,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) renewal: String,
    pub(crate) nginx: Nginx,
    pub(crate) says: Vec<String>,
    pub(crate) apart: Option<String>,
}

/// What nginx shows after a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nginx {
    /// Another certificate than before.
    New,
    /// The certificate of before.
    Old,
    /// None.
    Nothing,
}

impl Nginx {
    const ALL: [Self; 3] = [Self::New, Self::Old, Self::Nothing];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::New => "has the new certificate",
            Self::Old => "keeps the old certificate",
            Self::Nothing => "does not answer",
        }
    }
}

/// Every script in the directories of the clients.
pub(crate) fn read_all(directory: &Path) -> Result<Vec<State>, String> {
    let mut states = Vec::new();
    for client in ["certbot", "dehydrated", "lego"] {
        let entries = fs::read_dir(directory.join(client)).map_err(|error| error.to_string())?;
        for entry in entries.flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            let Some(fact) = file.strip_suffix(".sh") else { continue };
            let script = fs::read_to_string(entry.path()).map_err(|error| error.to_string())?;
            states.push(State::of(client, fact, script)?);
        }
    }
    states.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(states)
}

impl State {
    fn of(client: &str, fact: &str, script: String) -> Result<Self, String> {
        let mut state = Self {
            name: format!("{client}/{fact}"),
            renew: usual_renewal(client).to_owned(),
            addresses: vec![ADDRESS_V4],
            renewal: String::new(),
            nginx: Nginx::New,
            says: Vec::new(),
            apart: None,
            script: String::new(),
        };
        for line in script.lines().map_while(|line| line.strip_prefix("# ")).skip(1) {
            let Some((key, value)) = line.split_once(": ") else { continue };
            match key {
                "renew" => value.clone_into(&mut state.renew),
                "addresses" if value == "ipv6" => state.addresses = vec![ADDRESS_V6],
                "renewal" => value.clone_into(&mut state.renewal),
                "nginx" => {
                    let known = Nginx::ALL.into_iter().find(|nginx| nginx.words() == value);
                    let wrong = || format!("{}: nginx does not `{value}`", state.name);
                    state.nginx = known.ok_or_else(wrong)?;
                }
                "says" => {
                    state.says = value.split_whitespace().map(str::to_owned).collect();
                }
                "apart" => state.apart = Some(value.to_owned()),
                _ => return Err(format!("{}: what is `{key}`?", state.name)),
            }
        }
        state.script = script;
        Ok(state)
    }
}

/// What the client's timer runs, whether the certificate is due or not.
fn usual_renewal(client: &str) -> &'static str {
    match client {
        "certbot" => "certbot renew --force-renewal",
        "dehydrated" => "dehydrated --cron --force",
        _ => "/etc/cron.daily/lego",
    }
}
