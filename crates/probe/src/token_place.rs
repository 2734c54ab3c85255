//! Where the token for a name has to be, as far as that is known.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use acme::{KeyAuthorization, NameVerdict, PATH, TokenPlace, Verdict, Way};
use evidence::client::{Client, Clients};
use model::{Lookup, real_path};

use crate::{Question, place::Place};

/// Where the token for a name has to be.
pub(crate) enum Where {
    /// In this directory, which the machine itself calls so.
    In(Place, PathBuf),
    /// In a directory that is not there, or not to be looked at.
    Nowhere {
        /// The directory.
        directory: PathBuf,
        /// Why not.
        because: String,
        /// Whether another user may look at it.
        is_for_root: bool,
    },
    /// Nowhere: the client writes none, or nobody says where.
    NoFile(String),
    /// Nowhere: no challenge is made for the name.
    NoChallenge(String),
}

/// The same for a name.
pub(crate) fn of(question: &Question<'_, '_>, name: &NameVerdict<'_>) -> Where {
    let text = &*name.name.text;
    let verdict = name.families.first().map(|family| &family.verdict);
    if let Some(Verdict::NotHttp01 { because, .. }) = verdict {
        return Where::NoChallenge((*because).to_owned());
    }
    let is_given_away = gives_away(&question.evidence.clients, text);
    if let Some(place) = question.settings.places.of(text).first() {
        return match place {
            TokenPlace::WebRoot(root) => {
                let root = Path::new(OsStr::from_bytes(root));
                below(question, root, is_given_away)
            }
            TokenPlace::Directory(directory) => {
                into(question, Path::new(OsStr::from_bytes(directory)), is_given_away)
            }
        };
    }
    if let Some(why) = question.settings.ways.get(text).map(without_file) {
        return Where::NoFile(why.to_owned());
    }
    let Some(Verdict::Passes(from)) = verdict else {
        return Where::NoFile(NOBODY_SAYS.to_owned());
    };
    let path = match from {
        KeyAuthorization::File { path, .. } => path,
        KeyAuthorization::Stateless(_) => {
            return Where::NoFile("the configuration answers by itself".to_owned());
        }
        KeyAuthorization::Client(_) => {
            return Where::NoFile(without_file(&Way::Standalone(NONE)).to_owned());
        }
        KeyAuthorization::Plugin(_) => {
            return Where::NoFile(without_file(&Way::Plugin).to_owned());
        }
        KeyAuthorization::AcmeModule(_) => {
            return Where::NoFile("nginx's ACME module answers while it orders".to_owned());
        }
    };
    let directory = path.parent().unwrap_or(Path::new("/"));
    let own = Path::new(PATH.trim_matches('/'));
    match directory.to_str().and_then(|text| text.strip_suffix(&format!("/{}", own.display()))) {
        Some(root) if !root.is_empty() => below(question, Path::new(root), is_given_away),
        _ => into(question, directory, is_given_away),
    }
}

/// Why no file is there.
const NOBODY_SAYS: &str =
    "nobody says where its ACME client puts tokens: name the directory with `--webroot DIR`";

/// A client that listens, whatever its port.
const NONE: evidence::client::Standalone = evidence::client::Standalone { port: 0, address: None };

fn without_file(way: &Way) -> &'static str {
    match way {
        Way::Standalone(_) => "its ACME client listens by itself while it orders",
        Way::WithoutNginx => "its ACME client stops nginx while it orders",
        Way::Plugin | Way::Insertion => "its ACME client edits the configuration while it orders",
        Way::Stateless => "the configuration answers by itself",
        Way::Dns => "it is validated over DNS",
        Way::TlsAlpn => "it is validated over TLS-ALPN-01",
    }
}

/// In `.well-known/acme-challenge` below a web root.
fn below(question: &Question<'_, '_>, root: &Path, is_given_away: bool) -> Where {
    let below = PATH.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let directory = root.join(PATH.trim_matches('/'));
    at(question, root, directory, |base| Place { base, below, is_given_away })
}

/// Right in a directory.
fn into(question: &Question<'_, '_>, directory: &Path, is_given_away: bool) -> Where {
    let place = |base| Place { base, below: Vec::new(), is_given_away };
    at(question, directory, directory.to_owned(), place)
}

/// Links on the way to what has to be there belong to who set up the machine, and are followed.
fn at(
    question: &Question<'_, '_>,
    base: &Path,
    directory: PathBuf,
    place: impl FnOnce(PathBuf) -> Place,
) -> Where {
    let nowhere = |because: String, is_for_root| Where::Nowhere {
        directory: directory.clone(),
        because,
        is_for_root,
    };
    let files = question.file_system;
    match files.stat(base) {
        Lookup::Found(_) => {
            // Where only some directories of the machine are known, not every link on the way is.
            let real = real_path(base, files).found().unwrap_or_else(|| base.to_owned());
            Where::In(place((question.on_disk)(&real)), directory)
        }
        Lookup::Absent => nowhere(format!("there is no {}", base.display()), false),
        Lookup::Unknowable(why) => {
            let is_for_root = why == model::Reason::PermissionDenied;
            nowhere(format!("{}: {why}", base.display()), is_for_root)
        }
    }
}

/// Whether the client of a name gives what it writes to the owner of the web root.
fn gives_away(clients: &Clients, name: &[u8]) -> bool {
    clients.lineages.iter().any(|lineage| {
        let mut names = lineage.names.iter().flatten();
        lineage.client == Client::AcmeSh && names.any(|one| one.as_bytes() == name)
    })
}
