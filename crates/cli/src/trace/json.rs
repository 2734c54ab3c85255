//! Traces for programs: one JSON document, described in docs/json.md.

use std::io::{self, Write};

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    ask::Ask,
    follow::{Follow, Hop, Traced},
    place::Places,
};
use crate::report::visible_json;
use parts::{OneHop, bytes};

pub(crate) mod parts;

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
        visible_json::write(out, &Request { ask, traced: &traced, follow, places })?;
    }
    out.write_all(b"]}\n")
}

struct Request<'t, 'c> {
    ask: &'t Ask,
    traced: &'t Traced<'c>,
    follow: &'t Follow<'t, 'c>,
    places: &'t Places<'c>,
}

impl<'t, 'c> Serialize for Request<'t, 'c> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { ask, traced, follow, places } = *self;
        let hop = |hop: &'t Hop<'c>| OneHop {
            url: &hop.url,
            trace: &hop.trace,
            http: follow.http,
            places,
            most_names: usize::MAX,
        };
        let hops: Vec<_> = traced.hops.iter().map(hop).collect();
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
