//! Asks the nginx that runs what it answers to challenges, and which certificates it shows, and
//! holds that against what the model says of the files.
//!
//! A token is put where the ACME client would put it, and fetched as a certificate authority would,
//! through this machine's own addresses. Nothing is sent to any other host, unless the user names
//! one. What is put on disk is gone when [`probe`] returns, or when the process ends by anything
//! less than `kill -9`: then the next run removes it.

use std::{
    collections::HashMap,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use acme::NameVerdict;
use evidence::Evidence;
use model::{FileSystem, Http, Ports};

mod certificate;
mod challenge;
mod compare;
mod dial;
mod exchange;
mod expected;
mod journal;
mod patience;
mod place;
mod probed;
mod process;
mod tally;
mod timed;
mod tls;
mod token;
mod token_place;

pub use dial::Connect;
pub use exchange::{Reply, Response};
pub use probed::{
    End, Held, NoAnswer, Predicted, Probed, ProbedHop, ProbedName, ProbedWay, Seen, Shown, Token,
};
pub use tally::{Fare, Tally};
pub use tls::Handshake;

use crate::{
    challenge::Way, journal::Tokens, patience::Patience, place::Place, token_place::Where,
};

/// What is asked, and on what machine.
pub struct Question<'q, 'c> {
    /// The configuration.
    pub http: &'c Http<'c>,
    /// The disk of its machine.
    pub file_system: &'q dyn FileSystem,
    /// On which ports connections to the public ones arrive.
    pub ports: Ports,
    /// The names to ask for.
    pub names: Vec<&'q NameVerdict<'c>>,
    /// Where clients put their tokens.
    pub settings: &'q acme::Settings,
    /// The clients, and the certificates on disk.
    pub evidence: &'q Evidence,
    /// Whom to dial.
    pub connect: Connect,
    /// Where to note down what is put on disk for a moment; `None` if there is no such place.
    pub state: Option<&'q Path>,
    /// Where on this disk a path of the machine lies.
    pub on_disk: &'q dyn Fn(&Path) -> PathBuf,
}

/// Asks for every name.
pub fn probe(question: &Question<'_, '_>) -> Probed {
    let mut probed = Probed::default();
    let Ok(unused) = token::Token::new() else { return probed };
    let wheres: Vec<_> =
        question.names.iter().map(|name| token_place::of(question, name)).collect();
    let tokens = Written::all(question, &wheres, &mut probed);
    let mut ways = Vec::new();
    let mut wanted = Vec::new();
    for ((number, name), place) in question.names.iter().enumerate().zip(&wheres) {
        let token = tokens.of(place);
        let mut not_asked = Vec::new();
        if !matches!(place, Where::NoChallenge(_)) {
            let (of_name, why) = Way::all(question, (number, name), (token, &unused));
            ways.extend(of_name);
            not_asked = why;
        }
        let (of_name, why) = certificate::Wanted::all(question, number, name);
        wanted.extend(of_name);
        not_asked.extend(why);
        not_asked.sort();
        not_asked.dedup();
        probed.names.push(ProbedName {
            text: name.name.text.escape_ascii().to_string(),
            token: tokens.state(place),
            ways: Vec::new(),
            shown: Vec::new(),
            not_asked,
        });
    }
    let patience = Patience::default();
    for (number, way) in challenge::ask_all(question, ways, &patience) {
        probed.names[number].ways.push(way);
    }
    probed.left_now.extend(tokens.remove());
    let shaken = certificate::shake_all(&wanted, &patience);
    for (wanted, shaken) in wanted.iter().zip(shaken) {
        let shown = certificate::understood(question, wanted, shaken);
        probed.names[wanted.name].shown.push(shown);
    }
    explain(question, &mut probed);
    probed
}

/// Looks for what may be behind a difference.
fn explain(question: &Question<'_, '_>, probed: &mut Probed) {
    let nothing_listens =
        probed.ways().any(|(_, way)| way.hops.iter().any(|hop| hop.reply == Reply::NothingListens));
    if question.connect != Connect::default() || !nothing_listens && !probed.differs() {
        return;
    }
    let (seen, since) = process::look();
    probed.nginx = seen;
    let Some(since) = since else { return };
    let sources = question.http.config.sources();
    let files = sources.files().map(|(_, file)| (question.on_disk)(&file.path));
    probed.changed = process::changed(&files.collect::<Vec<_>>(), since);
}

/// The tokens on disk.
struct Written {
    open: Option<Tokens>,
    by_place: HashMap<Place, Result<token::Token, (String, bool)>>,
}

impl Written {
    /// Writes a token into each of the directories.
    fn all(question: &Question<'_, '_>, wheres: &[Where], probed: &mut Probed) -> Self {
        let mut written = Self { open: None, by_place: HashMap::new() };
        let places = wheres.iter().filter_map(|one| match one {
            Where::In(place, _) => Some(place),
            _ => None,
        });
        let places: Vec<_> = places.collect();
        if places.is_empty() {
            return written;
        }
        let opened = match question.state {
            Some(state) => Tokens::open(state).map_err(|error| {
                let (why, is_for_root) = in_words(&error);
                (format!("cannot note it down in {}: {why}", state.display()), is_for_root)
            }),
            None => Err(("there is no home directory to note it down in".to_owned(), false)),
        };
        match opened {
            Ok((open, left)) => {
                probed.left_before = left.removed;
                probed.misplaced = left.misplaced;
                probed.left_now = in_words_of(left.failed);
                for place in places {
                    if !written.by_place.contains_key(place) {
                        let put = open.put(place).map_err(|error| in_words(&error));
                        written.by_place.insert(place.clone(), put);
                    }
                }
                written.open = Some(open);
            }
            Err(why) => {
                for place in places {
                    written.by_place.insert(place.clone(), Err(why.clone()));
                }
            }
        }
        written
    }

    fn of(&self, place: &Where) -> Option<&token::Token> {
        let Where::In(place, _) = place else { return None };
        self.by_place.get(place)?.as_ref().ok()
    }

    fn state(&self, place: &Where) -> Token {
        match place {
            Where::NoChallenge(why) => Token::NoChallenge(why.clone()),
            Where::NoFile(why) => Token::NotNeeded(why.clone()),
            Where::Nowhere { directory, because, is_for_root } => Token::NotWritten {
                directory: directory.clone(),
                because: because.clone(),
                is_for_root: *is_for_root,
            },
            Where::In(place, directory) => match self.by_place.get(place) {
                Some(Err((because, is_for_root))) => Token::NotWritten {
                    directory: directory.clone(),
                    because: because.clone(),
                    is_for_root: *is_for_root,
                },
                _ => Token::In(directory.clone()),
            },
        }
    }

    fn remove(self) -> Vec<(PathBuf, String)> {
        in_words_of(self.open.map(Tokens::remove).unwrap_or_default())
    }
}

fn in_words_of(left: Vec<(PathBuf, io::Error)>) -> Vec<(PathBuf, String)> {
    left.into_iter().map(|(path, error)| (path, in_words(&error).0)).collect()
}

/// What the system says, and whether another user may be allowed to.
fn in_words(error: &io::Error) -> (String, bool) {
    (tls::io_words(error), error.kind() == ErrorKind::PermissionDenied)
}
