//! The parts of a trace that other documents have, too.

use std::os::unix::ffi::OsStrExt;

use base64::{Engine, engine::general_purpose::STANDARD};
use model::{Answer, Directive, Http, LocationId, Protocol, Server, Step, Trace};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::trace::place::Places;

/// One request and what nginx does with it.
pub(crate) struct OneHop<'t, 'c> {
    /// The URL that is asked for.
    pub(crate) url: &'t [u8],
    /// Its way.
    pub(crate) trace: &'t Trace<'c>,
    /// The configuration.
    pub(crate) http: &'c Http<'c>,
    /// Where directives stand.
    pub(crate) places: &'t Places<'c>,
    /// So many names of a server are listed.
    pub(crate) most_names: usize,
}

/// A block: its file and line, and either its names or its text.
pub(crate) struct Block<'t, 'c> {
    directive: Directive<'c>,
    is: Is<'t, 'c>,
    places: &'t Places<'c>,
}

enum Is<'t, 'c> {
    Server { server: &'t Server<'c>, most_names: usize },
    Text(String),
}

struct OneStep<'t, 'c>(&'t Step<'c>, &'t Places<'c>);

struct OneAnswer<'t, 'c>(&'t Trace<'c>, &'t Places<'c>);

impl Serialize for OneHop<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { url, trace, http, places, most_names } = *self;
        let server = trace.server.map(|id| http.server(id));
        let location = |id: LocationId| {
            let location = server?.location(id);
            let is = Is::Text(places.location_text(location));
            Some(Block { directive: location.directive, is, places })
        };
        let first = trace.location.and_then(location);
        let last = trace.answered_by.and_then(location);
        // Only who has left a location for good is back on the server's level.
        let own = || {
            let server = server.filter(|_| trace.location.is_some())?;
            Some(Block::directive(server.directive, places))
        };
        let mut map = serializer.serialize_map(None)?;
        bytes(&mut map, "url", "url_base64", url)?;
        let listen = trace.socket.map(|id| http.socket(id).address.to_string());
        map.serialize_entry("listen", &listen)?;
        let block = server.map(|server| Block::server(server, places, most_names));
        map.serialize_entry("server", &block)?;
        map.serialize_entry("location", &first)?;
        map.serialize_entry("answered_by", &last.or_else(own))?;
        map.serialize_entry("answer", &OneAnswer(trace, places))?;
        let steps: Vec<_> = trace.steps.iter().map(|step| OneStep(step, places)).collect();
        map.serialize_entry("steps", &steps)?;
        map.end()
    }
}

impl<'t, 'c> Block<'t, 'c> {
    /// A server with so many of its names at most.
    pub(crate) fn server(
        server: &'t Server<'c>,
        places: &'t Places<'c>,
        most_names: usize,
    ) -> Self {
        Self { directive: server.directive, is: Is::Server { server, most_names }, places }
    }

    /// A directive of any other kind, as written without its block.
    pub(crate) fn directive(directive: Directive<'c>, places: &'t Places<'c>) -> Self {
        Self { directive, is: Is::Text(places.text(directive)), places }
    }
}

impl Serialize for Block<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        place(&mut map, Some(self.directive), self.places)?;
        match &self.is {
            Is::Server { server, most_names } => {
                let names = server.names.iter().take(*most_names);
                let names = names.map(|name| String::from_utf8_lossy(&name.text));
                map.serialize_entry("names", &names.collect::<Vec<_>>())?;
                let more = server.names.len().saturating_sub(*most_names);
                if more > 0 {
                    map.serialize_entry("more_names", &more)?;
                }
            }
            Is::Text(text) => map.serialize_entry("text", text)?,
        }
        map.end()
    }
}

impl Serialize for OneStep<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(Step { at, why, .. }, places) = *self;
        let mut map = serializer.serialize_map(None)?;
        place(&mut map, *at, places)?;
        map.serialize_entry("text", &at.map(|directive| places.text(directive)))?;
        map.serialize_entry("why", why)?;
        map.end()
    }
}

impl Serialize for OneAnswer<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(trace, places) = *self;
        let mut map = serializer.serialize_map(None)?;
        let kind = |map: &mut S::SerializeMap, kind| map.serialize_entry("kind", kind);
        match (&trace.answer, &trace.missing) {
            (Answer::File { path, .. }, _) => {
                kind(&mut map, "file")?;
                bytes(&mut map, "path", "path_base64", path.as_os_str().as_bytes())?;
                map.serialize_entry("exists", &true)?;
            }
            (Answer::Status { .. }, Some(path)) => {
                kind(&mut map, "file")?;
                bytes(&mut map, "path", "path_base64", path.as_os_str().as_bytes())?;
                map.serialize_entry("exists", &false)?;
            }
            (Answer::Redirect { status, to }, _) => {
                kind(&mut map, "redirect")?;
                map.serialize_entry("status", status)?;
                bytes(&mut map, "to", "to_base64", to)?;
            }
            (Answer::Status { status, body }, None) => {
                kind(&mut map, "status")?;
                map.serialize_entry("status", status)?;
                if let Some(body) = body {
                    bytes(&mut map, "body", "body_base64", body)?;
                }
            }
            (Answer::Proxy { protocol, to, .. }, _) => {
                kind(&mut map, "proxy")?;
                map.serialize_entry("protocol", protocol_word(*protocol))?;
                bytes(&mut map, "to", "to_base64", to)?;
            }
            (Answer::Close, _) => kind(&mut map, "close")?,
            (Answer::Refused, _) => kind(&mut map, "refused")?,
            (Answer::TlsError, _) => kind(&mut map, "tls-error")?,
            (Answer::Unknown { because, at }, _) => {
                kind(&mut map, "unknown")?;
                map.serialize_entry("because", because)?;
                place(&mut map, *at, places)?;
            }
        }
        map.end()
    }
}

fn protocol_word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http => "http",
        Protocol::FastCgi => "fastcgi",
        Protocol::Uwsgi => "uwsgi",
        Protocol::Scgi => "scgi",
        Protocol::Grpc => "grpc",
        Protocol::Memcached => "memcached",
    }
}

/// The file and line of a directive, `null` where no directive decides.
pub(crate) fn place<M: SerializeMap>(
    map: &mut M,
    at: Option<Directive<'_>>,
    places: &Places<'_>,
) -> Result<(), M::Error> {
    if let Some(directive) = at {
        bytes(map, "file", "file_base64", places.file(directive).as_os_str().as_bytes())?;
        return map.serialize_entry("line", &places.line(directive));
    }
    map.serialize_entry("file", &None::<&str>)?;
    map.serialize_entry("line", &None::<u32>)
}

/// A text, and the bytes themselves where text cannot say them.
pub(crate) fn bytes<M: SerializeMap>(
    map: &mut M,
    name: &'static str,
    name_base64: &'static str,
    bytes: &[u8],
) -> Result<(), M::Error> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return map.serialize_entry(name, text);
    }
    map.serialize_entry(name, &String::from_utf8_lossy(bytes))?;
    map.serialize_entry(name_base64, &STANDARD.encode(bytes))
}
