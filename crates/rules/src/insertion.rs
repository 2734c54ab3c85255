//! New lines for a file, written as their neighbours are.

use model::{Directive, Http, Level, LocationId, Name, Server, Sources, name};
use parser::Span;

use crate::{fix::Edit, owner::is_of_certbot};

mod location;
mod snippet;

pub(crate) use self::{location::NewLocation, snippet::Snippet};

/// How the lines around a place are written.
pub(crate) struct Style {
    indent: Vec<u8>,
    unit: Vec<u8>,
    line_end: &'static [u8],
    /// Whether the neighbours stand on one line, so that new text joins them there.
    is_inline: bool,
}

/// The directives that stand right in the block of a server in its own file.
fn own_directives<'c>(server: &Server<'c>) -> impl Iterator<Item = Directive<'c>> {
    let outer = server.directive;
    let block = outer.block_span();
    outer.children().filter(move |directive| {
        let span = directive.span();
        block.is_some_and(|block| {
            block.file == span.file && block.start <= span.start && span.end <= block.end
        })
    })
}

/// The directive after which a new location goes: the names of the server, and the addresses that
/// follow them, or the addresses if they come first. Lines of certbot are not torn apart.
fn last_of_head<'c>(server: &Server<'c>) -> Option<Directive<'c>> {
    let own: Vec<_> = own_directives(server).collect();
    let is_head = |directive: &&Directive<'_>| {
        matches!(directive.name(), name::LISTEN | name::SERVER_NAME)
            && !is_of_certbot(directive.file(), directive.span().end)
    };
    let of_names = own.iter().rposition(|directive| directive.name() == name::SERVER_NAME);
    let start = of_names.or_else(|| own.iter().position(|directive| is_head(&directive)))?;
    let head = own[start..].iter().enumerate();
    head.take_while(|(at, directive)| *at == 0 || is_head(directive)).last().map(|(_, one)| *one)
}

/// Whether a directive stands right in the block of a server in its own file.
pub(crate) fn is_own(server: &Server<'_>, directive: Directive<'_>) -> bool {
    own_directives(server).any(|own| own.span() == directive.span())
}

/// Lines that keep the code of a server away from challenges: those that go in front of `at`.
pub(crate) fn exempt_from_code(
    sources: &Sources,
    server: &Server<'_>,
    at: Directive<'_>,
) -> Option<Edit> {
    const REWRITE: &[u8] = br"rewrite ^(/\.well-known/acme-challenge/.*) $1 break;";
    // After a rewrite, even to the same path, an `alias` no longer works.
    const CONDITION: &[u8] = br"if ($uri ~ ^/\.well-known/acme-challenge/) { break; }";
    let has_alias = acme::meant_for_challenges(server)
        .any(|(_, location)| location.level.first(name::ALIAS).is_some());
    let exemption = if has_alias { CONDITION } else { REWRITE };
    let outermost = code_on_level(at)?;
    if !is_own(server, outermost) {
        // What answers stands in an included file: the exemption goes to the head of the server.
        let block = server.directive.block_span()?;
        let style = Style::of(sources, server.directive, own_directives(server).next());
        let head = Span::new(block.file, block.start, block.start);
        return Some(Edit::insert_after(head, style.line(exemption)));
    }
    let style = Style::of(sources, server.directive, Some(outermost));
    let text = if style.is_inline {
        [exemption, b" "].concat()
    } else {
        [exemption, style.line_end, &*style.indent].concat()
    };
    Some(Edit::insert_before(outermost.span(), text))
}

/// Whether a directive is a `return` that can be put into a location where it stands.
pub(crate) fn is_movable(server: &Server<'_>, at: Directive<'_>) -> bool {
    at.name() == name::RETURN && is_own(server, at) && !is_of_certbot(at.file(), at.span().end)
}

/// Moves a `return` of a server into a location of its own, `location /`; only right if the server
/// has no location but those for challenges.
pub(crate) fn move_into_location(
    sources: &Sources,
    server: &Server<'_>,
    at: Directive<'_>,
) -> Vec<Edit> {
    let style = Style::of(sources, server.directive, Some(at));
    let (before, after) = if style.is_inline {
        (b"location / { ".to_vec(), b" }".to_vec())
    } else {
        (
            [b"location / {", style.line_end, &*style.indent, &*style.unit].concat(),
            [style.line_end, &*style.indent, b"}"].concat(),
        )
    };
    vec![Edit::insert_before(at.span(), before), Edit::insert_after(at.span(), after)]
}

/// The edits that let challenges past an answer of the server's own code, so that a location can
/// take them.
pub(crate) fn past_server_code(
    sources: &Sources,
    server: &Server<'_>,
    answer: Directive<'_>,
) -> Option<Vec<Edit>> {
    if is_movable(server, answer) && server.outer_locations.is_empty() {
        return Some(move_into_location(sources, server, answer));
    }
    Some(vec![exempt_from_code(sources, server, answer)?])
}

/// The lines put at the head of a location's block.
pub(crate) fn insert_at_head(
    sources: &Sources,
    location: Directive<'_>,
    lines: &[&[u8]],
) -> Option<Edit> {
    let block = location.block_span()?;
    let style = Style::of(sources, location, location.children().next());
    let text: Vec<u8> = lines.iter().flat_map(|line| style.line(line)).collect();
    Some(Edit::insert_after(Span::new(block.file, block.start, block.start), text))
}

/// One more line, to be put behind `neighbour`, which stands in the block of `outer`.
pub(crate) fn line_beside(
    sources: &Sources,
    outer: Directive<'_>,
    neighbour: Directive<'_>,
    text: &[u8],
) -> Vec<u8> {
    Style::of(sources, outer, Some(neighbour)).line(text)
}

/// What is needed to lift the restrictions on a location's requests.
pub(crate) fn lifted_restrictions(
    http: &Http<'_>,
    server: &Server<'_>,
    id: LocationId,
) -> Vec<&'static [u8]> {
    let chain = std::iter::successors(Some(id), |&id| server.location(id).parent);
    let levels: Vec<_> =
        chain.map(|id| &server.location(id).level).chain([&server.level, &http.level]).collect();
    lifted_on(&levels)
}

/// What lifts the restrictions that hold inside these levels, innermost first. A directive that is
/// not in use already is not written: a build of nginx may lack its module.
fn lifted_on(levels: &[&Level<'_>]) -> Vec<&'static [u8]> {
    let is_on = |name: Name| {
        let argument = levels.iter().find_map(|level| level.first(name)).map(|set| set.arg(0));
        argument.is_some_and(|argument| argument.as_deref() != Some(b"off"))
    };
    let is_any = levels.iter().find_map(|level| level.first(name::SATISFY));
    let is_any = is_any.is_some_and(|satisfy| satisfy.arg(0).as_deref() == Some(b"any"));
    let covers_all = |name| {
        let list = |level: &&&Level<'_>| {
            level.first(name::ALLOW).or_else(|| level.first(name::DENY)).is_some()
        };
        let networks = levels.iter().find(list).into_iter().flat_map(|level| level.all(name));
        networks
            .filter_map(|rule| rule.arg(0))
            .any(|network| matches!(&*network, b"all" | b"0.0.0.0/0" | b"::/0"))
    };
    let restrictions: [(bool, &[u8]); 3] = [
        (covers_all(name::DENY), b"allow all;"),
        (is_on(name::AUTH_BASIC) && is_on(name::AUTH_BASIC_USER_FILE), b"auth_basic off;"),
        (is_on(name::AUTH_REQUEST), b"auth_request off;"),
    ];
    let mut lines = restrictions.into_iter().filter(|(holds, _)| *holds).map(|(_, line)| line);
    if !is_any {
        return lines.collect();
    }
    // With `satisfy any` one that lets the request in is enough.
    let is_let_in = covers_all(name::ALLOW) && !covers_all(name::DENY);
    lines.next().filter(|_| !is_let_in).map(|_| &b"allow all;"[..]).into_iter().collect()
}

/// The directive of a server's own level in which a directive of its code stands: itself, or the
/// `if` around it.
fn code_on_level(at: Directive<'_>) -> Option<Directive<'_>> {
    let parent = at.parent()?;
    if parent.name() == name::IF { Some(parent) } else { Some(at) }
}

impl Style {
    /// The style of a file of its own.
    fn of_new_file() -> Self {
        Self { indent: Vec::new(), unit: b"    ".to_vec(), line_end: b"\n", is_inline: false }
    }

    /// The style of what stands in the block of `outer`, next to `neighbour`.
    fn of(sources: &Sources, outer: Directive<'_>, neighbour: Option<Directive<'_>>) -> Self {
        let bytes = &sources.file(outer.file_id()).bytes;
        let outer_indent = indent_of(bytes, outer.span().start).unwrap_or_default();
        let own_file = |directive: &Directive<'_>| directive.file_id() == outer.file_id();
        let indent = neighbour.filter(own_file).map(|other| indent_of(bytes, other.span().start));
        let is_inline = indent == Some(None)
            || indent.is_none()
                && outer.block_span().is_some_and(|block| !bytes[block.range()].contains(&b'\n'));
        let indent = indent.flatten();
        let unit = indent
            .and_then(|indent| indent.strip_prefix(outer_indent))
            .filter(|unit| !unit.is_empty())
            .unwrap_or(if outer_indent.contains(&b'\t') { b"\t" } else { b"    " });
        let indent = match indent {
            Some(indent) => indent.to_vec(),
            None => [outer_indent, unit].concat(),
        };
        let line_end: &[u8] = match bytes.iter().position(|&byte| byte == b'\n') {
            Some(at) if at > 0 && bytes[at - 1] == b'\r' => b"\r\n",
            _ => b"\n",
        };
        Self { indent, unit: unit.to_vec(), line_end, is_inline }
    }

    /// One more line, to be put behind the end of another.
    fn line(&self, text: &[u8]) -> Vec<u8> {
        if self.is_inline {
            return [b" ", text].concat();
        }
        [self.line_end, &*self.indent, text].concat()
    }

    /// What goes in front of a statement that is put behind the end of a line, with an empty line
    /// between.
    fn gap(&self) -> Vec<u8> {
        if self.is_inline {
            return b" ".to_vec();
        }
        [self.line_end, self.line_end, &*self.indent].concat()
    }

    /// A block, without what goes in front of it.
    fn block(&self, head: &[u8], lines: &[Vec<u8>]) -> Vec<u8> {
        if self.is_inline {
            return [head, b" { ", &*lines.join(&b' '), b" }"].concat();
        }
        let mut text = [head, b" {"].concat();
        for line in lines {
            text.extend([self.line_end, &*self.indent, &*self.unit, line].concat());
        }
        text.extend([self.line_end, &*self.indent, b"}"].concat());
        text
    }
}

/// The blanks in front of a place, if nothing else stands there on its line.
fn indent_of(bytes: &[u8], start: u32) -> Option<&[u8]> {
    let before = &bytes[..start as usize];
    let line = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let indent = &before[line..];
    indent.iter().all(|byte| matches!(byte, b' ' | b'\t')).then_some(indent)
}

/// The end of the line on which a statement ends, if nothing but a comment follows it there; else
/// the end of the statement.
fn end_of_line(sources: &Sources, span: Span) -> Span {
    let bytes = &sources.file(span.file).bytes;
    let rest = &bytes[span.end as usize..];
    let line = &rest[..rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = line.trim_ascii_start();
    let end = if text.is_empty() || text.starts_with(b"#") {
        span.end + line.len() as u32
    } else {
        span.end
    };
    Span::new(span.file, end, end)
}

/// Whether the line after a place is empty, or only closes the block.
fn is_before_blank_line_or_brace(sources: &Sources, at: Span) -> bool {
    let rest = &sources.file(at.file).bytes[at.end as usize..];
    let mut lines = rest.split(|&byte| byte == b'\n').skip(1).map(<[u8]>::trim_ascii);
    lines.next().is_none_or(|line| line.is_empty() || line == b"}")
}

/// A word as nginx reads it back.
pub(crate) fn quoted(word: &[u8]) -> Vec<u8> {
    let is_plain = |byte: &u8| {
        !matches!(
            byte,
            b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b'}' | b'"' | b'\'' | b'\\' | b'#'
        )
    };
    if word.iter().all(is_plain) && !word.is_empty() {
        return word.to_vec();
    }
    let mut quoted = vec![b'"'];
    for &byte in word {
        if matches!(byte, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(byte);
    }
    quoted.push(b'"');
    quoted
}
