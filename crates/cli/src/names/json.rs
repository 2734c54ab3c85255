//! Names for programs: one JSON document, described in docs/json.md.

use std::{
    io::{self, Write},
    os::unix::ffi::OsStrExt,
    path::Path,
};

use acme::{FamilyVerdict, KeyAuthorization, Stop, Verdict};
use evidence::client::Reload;
use probe::ProbedName;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    Page,
    judged::{End, Judged},
    probed::OneProbe,
    served::{Renewal, Served},
};
use crate::{
    report::{
        Report,
        json::{dns, looked_at},
        summary, visible_json,
    },
    trace::json::parts::{Block, OneHop, bytes, place},
};

/// Named in each document; a new number where fields lose or change their meaning.
const SCHEMA: &str = "nginx-acme-lint/names/1";

/// So many names of a server are listed: with all of them, a server with thousands of names would
/// have them listed again for each.
const MOST_NAMES: usize = 10;

/// Writes the start of the document.
pub(crate) fn start(out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"schema\":\"{SCHEMA}\",\"names\":[")
}

/// Writes the names of one configuration; `before` of others come before them.
pub(crate) fn write(
    out: &mut dyn Write,
    page: &Page<'_, '_>,
    configuration: usize,
    names: &[Judged<'_>],
    before: usize,
) -> io::Result<()> {
    for (index, name) in names.iter().enumerate() {
        if before + index > 0 {
            out.write_all(b",")?;
        }
        let probed = page.probed.and_then(|probed| probed.names.get(index));
        visible_json::write(out, &OneName { name, page, configuration, probed })?;
    }
    Ok(())
}

/// Writes the end of the document and a line feed.
pub(crate) fn end(
    out: &mut dyn Write,
    report: &Report<'_>,
    directories: &[&Path],
) -> io::Result<()> {
    let directories: Vec<_> = directories.iter().map(|path| Directory(path)).collect();
    out.write_all(b"],\"configurations\":")?;
    visible_json::write(out, &directories)?;
    out.write_all(b",\"is_whole\":")?;
    visible_json::write(out, &report.is_whole())?;
    out.write_all(b",\"summary\":")?;
    visible_json::write(out, &summary::looked_at(report))?;
    out.write_all(b",\"looked_at\":")?;
    visible_json::write(out, &looked_at(report))?;
    if let Some(told) = &report.dns {
        out.write_all(b",\"dns\":")?;
        visible_json::write(out, &dns::General::new(told))?;
    }
    out.write_all(b"}\n")
}

struct OneName<'t, 'c> {
    name: &'t Judged<'c>,
    page: &'t Page<'t, 'c>,
    configuration: usize,
    probed: Option<&'t ProbedName>,
}

struct OneFamily<'t, 'c> {
    verdict: &'t FamilyVerdict<'c>,
    rule: Option<&'static str>,
    page: &'t Page<'t, 'c>,
}

/// The next renewal of a certificate.
struct OneRenewal<'t>(&'t Renewal);

/// Where the paths of a configuration start.
struct Directory<'t>(&'t Path);

/// From where the key authorization comes.
struct From<'t, 'c>(&'t KeyAuthorization<'c>, &'t Page<'t, 'c>);

impl Serialize for OneName<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, page, configuration, probed } = *self;
        let judged = &name.verdict;
        let mut map = serializer.serialize_map(None)?;
        bytes(&mut map, "name", "name_base64", &judged.name.text)?;
        map.serialize_entry("other_form", &name.other_form)?;
        map.serialize_entry("verdict", name.end.word())?;
        map.serialize_entry("configuration", &configuration)?;
        place(&mut map, Some(judged.name.server_name.directive), page.places)?;
        match &name.served {
            Some(Served { path, .. }) => {
                let path = path.as_os_str().as_bytes();
                bytes(&mut map, "certificate", "certificate_base64", path)?;
            }
            None => map.serialize_entry("certificate", &None::<&str>)?,
        }
        let read = name.served.as_ref().and_then(|served| served.certificate.as_ref());
        if let Some(read) = read {
            map.serialize_entry("covers", &read.covers)?;
            map.serialize_entry("not_after", &read.not_after)?;
            map.serialize_entry("days_left", &read.days_left)?;
            map.serialize_entry("issuer", &read.issuer)?;
            map.serialize_entry("renewal", &read.renewal.as_ref().map(OneRenewal))?;
        }
        let because = judged.families.iter().find_map(|family| match family.verdict {
            Verdict::NotHttp01 { because, .. } => Some(because),
            _ => None,
        });
        map.serialize_entry("because", &because)?;
        let families = judged.families.iter().zip(&name.rules);
        let families = families
            .filter(|(family, _)| !matches!(family.verdict, Verdict::NotHttp01 { .. }))
            .map(|(verdict, &rule)| OneFamily { verdict, rule, page });
        map.serialize_entry("families", &families.collect::<Vec<_>>())?;
        if let Some(probed) = probed {
            map.serialize_entry("probe", &OneProbe(probed))?;
        }
        if let Some(asked) = &name.asked {
            map.serialize_entry("dns", &dns::OfName::new(asked))?;
        }
        map.end()
    }
}

impl Serialize for OneFamily<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { verdict: FamilyVerdict { is_ipv6, verdict, challenge }, rule, page } = *self;
        let hops = challenge.as_ref().map(|challenge| &*challenge.hops).unwrap_or_default();
        let last = hops.last();
        let (because, from, at) = match verdict {
            Verdict::Passes(from) => (None, Some(From(from, page)), None),
            Verdict::Fails(cause) => {
                (Some(cause.words()), None, last.and_then(|hop| hop.trace.decided_by))
            }
            Verdict::NotHttp01 { because, at } => (Some((*because).to_owned()), None, *at),
            Verdict::Unknown { because, at } => (Some(because.clone()), None, *at),
        };
        let server = last.and_then(|hop| hop.trace.server).map(|id| page.http.server(id));
        let urls: Vec<_> = hops.iter().map(|hop| hop.request.url().to_bytes()).collect();
        let hops = hops.iter().zip(&urls).map(|(hop, url)| OneHop {
            url,
            trace: &hop.trace,
            http: page.http,
            places: page.places,
            most_names: MOST_NAMES,
        });
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("family", if *is_ipv6 { "ipv6" } else { "ipv4" })?;
        map.serialize_entry("verdict", End::of(verdict).word())?;
        map.serialize_entry("because", &because)?;
        map.serialize_entry("decided_by", &at.map(|at| Block::directive(at, page.places)))?;
        map.serialize_entry("rule", &rule)?;
        map.serialize_entry("from", &from)?;
        map.serialize_entry(
            "server",
            &server.map(|server| Block::server(server, page.places, MOST_NAMES)),
        )?;
        map.serialize_entry("hops", &hops.collect::<Vec<_>>())?;
        if let Some(stop) = challenge.as_ref().and_then(|challenge| challenge.stop.as_ref()) {
            let why = match stop {
                Stop::Refused(why) => why.clone(),
                Stop::LeavesThisNginx(url) => format!("{url} is not served here"),
            };
            map.serialize_entry("stopped", &why)?;
        }
        map.end()
    }
}

impl Serialize for OneRenewal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Renewal { client, certificate, method, due, reload } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("client", client)?;
        map.serialize_entry("certificate", certificate)?;
        map.serialize_entry("method", method)?;
        map.serialize_entry("due", due)?;
        let reload = match reload {
            Reload::Client => Some("client"),
            Reload::Hook => Some("hook"),
            Reload::AtTimes => Some("crontab"),
            Reload::OtherHook => Some("other-hook"),
            Reload::Unread => Some("unknown"),
            Reload::Nobody => None,
        };
        map.serialize_entry("reload", &reload)?;
        map.end()
    }
}

impl Serialize for Directory<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        bytes(&mut map, "directory", "directory_base64", self.0.as_os_str().as_bytes())?;
        map.end()
    }
}

impl Serialize for From<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(from, page) = *self;
        let mut map = serializer.serialize_map(None)?;
        let (kind, at) = match from {
            KeyAuthorization::File { path, is_guess } => {
                map.serialize_entry("kind", "file")?;
                bytes(&mut map, "path", "path_base64", path.as_os_str().as_bytes())?;
                map.serialize_entry("is_guess", is_guess)?;
                return map.end();
            }
            KeyAuthorization::Stateless(at) => ("stateless", *at),
            KeyAuthorization::Client(at) => ("client", *at),
            KeyAuthorization::Plugin(at) => ("certbot-plugin", *at),
            KeyAuthorization::AcmeModule(at) => ("acme-module", *at),
        };
        map.serialize_entry("kind", kind)?;
        place(&mut map, Some(at), page.places)?;
        map.serialize_entry("text", &page.places.text(at))?;
        map.end()
    }
}
