//! Every file nginx would read, the configuration as nginx sees it, and what it answers to a
//! request.
//!
//! [`load`] reads the files, [`Config`] puts the includes in place, [`Http`] holds the typed view
//! of servers and locations, and [`route`] predicts the answer to a [`Request`]. Where a static
//! configuration does not decide, the answer is [`Answer::Unknown`] with the directive that made it
//! so.

mod argument;
mod at_once;
mod config;
mod context;
pub mod directive_table;
mod distinction;
mod file_system;
mod hash_combined;
mod http;
mod kinds;
mod level;
mod listen;
mod location;
mod outside;
mod pattern;
mod refusal;
mod route;
mod server;
mod server_name;
mod socket;
mod sources;
mod url;
mod word;
mod worker;

pub use argument::BadArgument;
pub use at_once::{at_once, processors};
pub use config::{Children, Config, Directive, Standing};
pub use context::{Body, body};
pub use directive_table::{Context, Name, Version, name};
pub use distinction::Distinction;
pub use file_system::{
    DirectoryEntry, Disk, Dump, DumpError, FileKind, FileSystem, Lookup, Memory, Mount, Mounts,
    Overlay, Reason, Remembered, Stat, real_path,
};
pub use http::{Http, Prefix};
pub use level::{Level, limit_status};
pub use listen::{Address, Listen};
pub use location::{Location, LocationId, Modifier};
pub use outside::tcp_listens;
pub use refusal::Refusal;
pub use route::{
    Answer, AnswerPhase, Client, Ports, Protocol, Request, Scheme, Step, Trace,
    VALIDATOR_USER_AGENT, is_alike_over_ipv6, route, route_briefly, route_watched,
};
pub use server::{Server, ServerId};
pub use server_name::{ServerName, ServerNameKind};
pub use socket::{Socket, SocketId};
pub use sources::{
    LoadProblem, LoadProblemKind, NearMiss, Root, SourceFile, Sources, load, load_dump,
};
pub use url::{Url, UrlError};
