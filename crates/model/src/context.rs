//! What stands in which block, and where a file belongs that nothing includes.

use parser::{DirectiveId, Tree};

use crate::directive_table::{Context, Name, candidates, name};

/// What stands between the braces of a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Body {
    /// Directives of this level.
    Directives(Context),
    /// Pairs or settings that the directive reads itself, as in `map` and `types`.
    Entries,
    /// Program text.
    Lua,
    /// Nothing that is known, because the directive is not, or may not stand here.
    Unknown,
}

/// What stands in the block of the directive `name` that stands in `outer`.
pub fn body(outer: Context, name: Name) -> Body {
    if name.text().ends_with("_by_lua_block") {
        return Body::Lua;
    }
    match name {
        name::TYPES
        | name::MAP
        | name::GEO
        | name::SPLIT_CLIENTS
        | name::CHARSET_MAP
        | name::GEOIP2
        | name::MATCH
        | name::NUM_MAP
        | name::OTEL_EXPORTER => Body::Entries,
        _ => inner_context(outer, name).map_or(Body::Unknown, Body::Directives),
    }
}

fn inner_context(outer: Context, name: Name) -> Option<Context> {
    Some(match (outer, name) {
        (Context::Main, name::EVENTS) => Context::Events,
        (Context::Main, name::HTTP) => Context::Http,
        (Context::Main, name::STREAM) => Context::Stream,
        (Context::Main, name::MAIL | name::IMAP) => Context::Mail,
        (Context::Main, name::RTMP) => Context::Rtmp,
        (Context::Main, name::MGMT) => Context::Mgmt,
        (Context::Http, name::SERVER) => Context::Server,
        (Context::Http, name::UPSTREAM) => Context::Upstream,
        (Context::Http, name::ACME_ISSUER) => Context::AcmeIssuer,
        (Context::Http, name::OIDC_PROVIDER) => Context::OidcProvider,
        (Context::Server | Context::Location, name::LOCATION) => Context::Location,
        (Context::Server, name::IF) => Context::IfInServer,
        (Context::Location, name::IF) => Context::IfInLocation,
        (Context::Location, name::LIMIT_EXCEPT) => Context::LimitExcept,
        (Context::Stream, name::SERVER) => Context::StreamServer,
        (Context::Stream, name::UPSTREAM) => Context::StreamUpstream,
        (Context::Mail, name::SERVER) => Context::MailServer,
        (Context::Rtmp, name::SERVER) => Context::RtmpServer,
        (Context::RtmpServer, name::APPLICATION) => Context::RtmpApplication,
        (Context::RtmpApplication, name::RECORDER) => Context::RtmpRecorder,
        _ => return None,
    })
}

/// Whether nginx reads a file for an `include` in the block of this directive. In `split_clients`
/// and `charset_map` the word is an entry like any other.
pub(crate) fn reads_includes(block: Name) -> bool {
    !matches!(block, name::SPLIT_CLIENTS | name::CHARSET_MAP)
}

/// The context in which the directives of a file fit best; http if nothing speaks for any.
pub(crate) fn infer(tree: &Tree, names: &[Name]) -> Context {
    evident(tree, names).unwrap_or(Context::Http)
}

/// As [`infer`], but `None` if no directive of the file speaks for a context.
pub(crate) fn evident(tree: &Tree, names: &[Name]) -> Option<Context> {
    evident_together(&[(tree, names)])
}

/// The context in which the directives of several files fit best, which stand on one level; `None`
/// if none of them speaks for a context.
pub(crate) fn evident_together(files: &[(&Tree, &[Name])]) -> Option<Context> {
    /// The likelier first.
    const CANDIDATES: [Context; 19] = [
        Context::Http,
        Context::Server,
        Context::Location,
        Context::Main,
        Context::Stream,
        Context::StreamServer,
        Context::Events,
        Context::Upstream,
        Context::StreamUpstream,
        Context::Mail,
        Context::MailServer,
        Context::IfInServer,
        Context::IfInLocation,
        Context::LimitExcept,
        Context::Rtmp,
        Context::RtmpServer,
        Context::RtmpApplication,
        Context::RtmpRecorder,
        Context::AcmeIssuer,
    ];
    let files: Vec<_> = files.iter().map(|&(tree, names)| File { tree, names }).collect();
    let top_level =
        || files.iter().flat_map(|file| file.tree.top_level().map(move |id| (file, id)));
    if top_level().any(|(file, id)| file.is_main_block(id)) {
        return Some(Context::Main); // whatever else has strayed out of its block
    }
    if !top_level().any(|(file, id)| file.is_evidence(id)) {
        return None;
    }
    let misfits = |context| files.iter().map(|file| file.misfits(context)).sum::<usize>();
    CANDIDATES.into_iter().min_by_key(|context| misfits(*context))
}

struct File<'t> {
    tree: &'t Tree,
    names: &'t [Name],
}

impl File<'_> {
    /// How many directives of the first two levels may not stand where they would if the file were
    /// read in this context. What is inside a misplaced block is misplaced, too.
    fn misfits(&self, context: Context) -> usize {
        let misfits = self.tree.top_level().map(|id| match body(context, self.name(id)) {
            body if !self.fits(id, context) => match body {
                Body::Entries | Body::Lua => 1,
                Body::Directives(_) | Body::Unknown => 1 + self.evidence_in(id),
            },
            Body::Directives(inner) => {
                self.tree.children(id).filter(|child| !self.fits(*child, inner)).count()
            }
            Body::Entries | Body::Lua | Body::Unknown => 0,
        });
        misfits.sum()
    }

    fn fits(&self, id: DirectiveId, context: Context) -> bool {
        let has_block = self.tree.directive(id).block.is_some();
        !self.is_evidence(id)
            || candidates(self.name(id), context).any(|record| record.block == has_block)
    }

    fn evidence_in(&self, id: DirectiveId) -> usize {
        self.tree.children(id).filter(|child| self.is_evidence(*child)).count()
    }

    /// Whether this directive is known and does not fit everywhere.
    fn is_evidence(&self, id: DirectiveId) -> bool {
        let name = self.name(id);
        name != Name::UNKNOWN && name != name::INCLUDE
    }

    fn is_main_block(&self, id: DirectiveId) -> bool {
        self.tree.directive(id).block.is_some()
            && matches!(self.name(id), name::EVENTS | name::HTTP)
    }

    fn name(&self, id: DirectiveId) -> Name {
        self.names[id.0 as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Tree, Vec<Name>) {
        let tree = parser::parse(text.as_bytes());
        let ids = (0..tree.directives().len() as u32).map(DirectiveId);
        let names = ids.map(|id| Name::of(&tree.name(id).value(text.as_bytes()))).collect();
        (tree, names)
    }

    fn inferred(text: &str) -> Context {
        let (tree, names) = parsed(text);
        infer(&tree, &names)
    }

    #[test]
    fn fragments_go_where_their_directives_fit() {
        for (text, context) in [
            ("", Context::Http),
            ("# nothing", Context::Http),
            ("server { listen 80; location / {} }", Context::Http),
            ("server { listen 53 udp; proxy_pass dns; }", Context::Stream),
            ("server { listen 25; protocol smtp; }", Context::Mail),
            ("upstream a { server b; }", Context::Http),
            ("server 192.0.2.1:80 weight=2;", Context::Upstream),
            ("location / { return 204; }", Context::Server),
            ("listen 80; server_name a;", Context::Server),
            ("proxy_set_header Host $host;", Context::Http),
            ("fastcgi_pass php;", Context::Location),
            ("load_module a.so;", Context::Main),
            ("worker_connections 1;", Context::Events),
            ("http { server {} } server { listen 80; }", Context::Main),
            ("nonsense 1; more_nonsense {}", Context::Http),
        ] {
            assert_eq!(inferred(text), context, "{text}");
        }
    }

    #[test]
    fn unknown_directives_speak_for_nothing() {
        let (tree, names) = parsed("nonsense; include x;");
        assert_eq!(evident(&tree, &names), None);
    }

    #[test]
    fn blocks_with_one_name_differ_by_where_they_stand() {
        for (outer, name, inner) in [
            (Context::Http, name::SERVER, Body::Directives(Context::Server)),
            (Context::Stream, name::SERVER, Body::Directives(Context::StreamServer)),
            (Context::Upstream, name::SERVER, Body::Unknown),
            (Context::Server, name::IF, Body::Directives(Context::IfInServer)),
            (Context::Location, name::IF, Body::Directives(Context::IfInLocation)),
            (Context::Http, name::MAP, Body::Entries),
            (Context::Location, name::CONTENT_BY_LUA_BLOCK, Body::Lua),
            (Context::Http, Name::UNKNOWN, Body::Unknown),
        ] {
            assert_eq!(body(outer, name), inner, "{name:?} in {outer}");
        }
    }
}
