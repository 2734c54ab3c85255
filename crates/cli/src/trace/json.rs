//! Traces for programs: one JSON document, described in docs/json.md.

use std::{
    io::{self, Write},
    os::unix::ffi::OsStrExt,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use model::{Answer, Directive, LocationId, Protocol, Server, Step};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    ask::Ask,
    follow::{Follow, Hop, Traced},
    place::Places,
};

/// Named in each document; a new number where fields lose or change their meaning.
const SCHEMA: &str = "nginx-acme-lint/trace/1";

/// Writes the document and a line feed, each request as soon as it is traced.
pub(crate) fn write(
    out: &mut dyn Write,
    asks: &[Ask],
    follow: &Follow<'_, '_>,
    places: &Places<'_>,
) -> io::Result<()> {
    write!(out, "{{\"schema\":\"{SCHEMA}\",\"requests\":[")?;
    for (index, ask) in asks.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        let traced = follow.trace(ask);
        serde_json::to_writer(&mut *out, &Request { ask, traced: &traced, follow, places })?;
    }
    out.write_all(b"]}\n")
}

struct Request<'t, 'c> {
    ask: &'t Ask,
    traced: &'t Traced<'c>,
    follow: &'t Follow<'t, 'c>,
    places: &'t Places<'c>,
}

struct OneHop<'t, 'c> {
    hop: &'t Hop<'c>,
    follow: &'t Follow<'t, 'c>,
    places: &'t Places<'c>,
}

/// A block: its file and line, and either its names or its text.
struct Block<'t, 'c> {
    directive: Directive<'c>,
    is: Is<'t>,
    places: &'t Places<'c>,
}

enum Is<'t> {
    Server(&'t Server<'t>),
    Location(String),
}

struct OneStep<'t, 'c>(&'t Step<'c>, &'t Places<'c>);

struct OneAnswer<'t, 'c>(&'t Hop<'c>, &'t Places<'c>);

impl Serialize for Request<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { ask, traced, follow, places } = *self;
        let hops: Vec<_> = traced.hops.iter().map(|hop| OneHop { hop, follow, places }).collect();
        let mut map = serializer.serialize_map(None)?;
        bytes(&mut map, "url", "url_base64", &ask.url)?;
        let family = if ask.request.address.is_ipv4() { "ipv4" } else { "ipv6" };
        map.serialize_entry("family", family)?;
        map.serialize_entry("hops", &hops)?;
        if let Some(why) = &traced.stopped {
            map.serialize_entry("stopped", why)?;
        }
        map.end()
    }
}

impl Serialize for OneHop<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { hop, follow: Follow { http, .. }, places } = *self;
        let trace = &hop.trace;
        let server = trace.server.map(|id| http.server(id));
        let location = |id: LocationId| {
            let location = server?.location(id);
            let is = Is::Location(places.location_text(location));
            Some(Block { directive: location.directive, is, places })
        };
        let first = trace.location.and_then(location);
        let last = trace.answered_by.and_then(location);
        // Only who has left a location for good is back on the server's level.
        let own = || {
            server.filter(|_| trace.location.is_some()).map(|server| {
                let is = Is::Location(places.text(server.directive));
                Block { directive: server.directive, is, places }
            })
        };
        let mut map = serializer.serialize_map(None)?;
        bytes(&mut map, "url", "url_base64", &hop.url)?;
        let listen = trace.socket.map(|id| http.socket(id).address.to_string());
        map.serialize_entry("listen", &listen)?;
        let block = server.map(|server| Block {
            directive: server.directive,
            is: Is::Server(server),
            places,
        });
        map.serialize_entry("server", &block)?;
        map.serialize_entry("location", &first)?;
        map.serialize_entry("answered_by", &last.or_else(own))?;
        map.serialize_entry("answer", &OneAnswer(hop, places))?;
        let steps: Vec<_> = trace.steps.iter().map(|step| OneStep(step, places)).collect();
        map.serialize_entry("steps", &steps)?;
        map.end()
    }
}

impl Serialize for Block<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        place(&mut map, Some(self.directive), self.places)?;
        match &self.is {
            Is::Server(server) => {
                let names = server.names.iter().map(|name| String::from_utf8_lossy(&name.text));
                map.serialize_entry("names", &names.collect::<Vec<_>>())?;
            }
            Is::Location(text) => map.serialize_entry("text", text)?,
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
        let Self(Hop { trace, .. }, places) = *self;
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
fn place<M: SerializeMap>(
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
fn bytes<M: SerializeMap>(
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
