//! acme.sh's way with nginx: for each order it inserts a location into the configuration, and takes it
//! out again.

use model::{AnswerPhase, Directive, Http, Modifier, Server, ServerId, name};

use crate::challenge::Hop;

/// What comes of the location that acme.sh inserts for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted<'c> {
    /// It answers in this server, which takes the hop with this number.
    Answers(usize, Directive<'c>),
    /// nginx never gets to it.
    InVain,
    /// acme.sh finds no place for it, and gives up.
    Nowhere,
}

/// What comes of it on the way of a challenge. The location is a regular expression right behind the
/// line with the name (`_setNginx` in acme.sh).
pub(crate) fn on_the_way<'c>(http: &'c Http<'c>, host: &[u8], hops: &[Hop<'c>]) -> Inserted<'c> {
    let of_server = |server: &Server<'c>| place(http, server, host);
    let found = http.servers().find_map(|(id, server)| Some((id, of_server(server)?)));
    let Some((id, place)) = found else { return Inserted::Nowhere };
    match hops.iter().position(|hop| is_reached(http, id, place, hop)) {
        Some(hop) => Inserted::Answers(hop, http.server(id).directive),
        None => Inserted::InVain,
    }
}

/// The `server_name` with the name that acme.sh finds in a server (`_isRealNginxConf`): it begins a
/// line that has the name, too, and the server has a `listen` without `ssl`.
fn place<'c>(http: &Http<'c>, server: &Server<'c>, host: &[u8]) -> Option<Directive<'c>> {
    let is_ssl = |word: &[u8]| word.windows(3).any(|part| part == b"ssl");
    let is_plain = |listen: Directive<'_>| listen.args().all(|word| !is_ssl(&word));
    if !server.level.all(name::LISTEN).any(is_plain) {
        return None;
    }
    let is_found = |names: &Directive<'c>| {
        let Some(at) = names.args().position(|text| *text == *host) else { return false };
        let Some(name) = names.arg_span(at) else { return false };
        let bytes = &names.file().bytes;
        let start = names.span().range().start;
        let before = bytes[..start].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let on_line = http.config.sources().text(names.span());
        let end = name.range().end - start;
        before.iter().all(u8::is_ascii_whitespace) && !on_line[..end].contains(&b'\n')
    };
    server.level.all(name::SERVER_NAME).find(is_found)
}

/// Whether a regular expression behind this directive of a server takes the request of a hop.
fn is_reached<'c>(http: &Http<'c>, id: ServerId, place: Directive<'c>, hop: &Hop<'c>) -> bool {
    let trace = &hop.trace;
    if trace.server != Some(id)
        || matches!(trace.phase, AnswerPhase::Connection | AnswerPhase::ServerRewrite)
    {
        return false;
    }
    let server = http.server(id);
    let Some(chosen) = trace.location.map(|id| server.location(id)) else { return true };
    let outer = std::iter::successors(Some(chosen), |location| {
        location.parent.map(|id| server.location(id))
    });
    let is_final = |modifier| matches!(modifier, Modifier::Exact | Modifier::FinalPrefix);
    if outer.clone().any(|location| is_final(location.modifier)) {
        return false;
    }
    if !chosen.modifier.is_regex() {
        return true;
    }
    // Those inside of a prefix are tried before those around it.
    let is_outermost = chosen.parent.is_none();
    let position = |at: Directive<'c>| server.directive.children().position(|child| child == at);
    is_outermost && position(place) < position(chosen.directive)
}
