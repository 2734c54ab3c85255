//! What a certificate authority sees when it validates a name over HTTP-01, and what it concludes.
//!
//! The rules of the game are those of RFC 8555, section 8.3, as Let's Encrypt's validator plays
//! them: port 80, up to ten redirects to http and https on ports 80 and 443, certificates on the way
//! not verified.

mod ask;
pub mod catalogue;
mod challenge;
mod client;
pub mod dns;
mod inserted;
mod listens;
pub mod mention;
pub mod misfit;
mod module;
mod names;
mod outcome;
mod plugin;
mod public;
mod redirect;
mod settings;
mod standalone;
mod tally;
mod tls_alpn;
mod token;
mod validator;
mod verdict;
mod web_root;

pub use challenge::{
    Challenge, Detail, Hop, PATH, Stop, is_meant_for_challenges, meant_for_challenges,
};
pub use names::{Name, names};
pub use plugin::Unseen;
pub use public::is_public_name;
pub use redirect::redirected;
pub use settings::{Settings, TokenPlace, TokenPlaces, Way, Ways};
pub use tally::Tally;
pub use token::{TOKEN, TokenShape, abridged};
pub use validator::{
    name_of, verdicts, verdicts_in_full, verdicts_on, verdicts_on_asked, verdicts_on_unserved,
};
pub use verdict::{Cause, FamilyVerdict, KeyAuthorization, NameVerdict, Verdict, Verdicts};
pub use web_root::{WebRoot, WebRootOrigin, WebRoots};
