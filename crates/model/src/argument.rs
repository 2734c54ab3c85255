//! Arguments that nginx refuses whatever the release: what a directive's own module says of them,
//! for the directives where mistakes are made most often.

use crate::{
    config::Directive,
    directive_table::{Context, Name, name},
};

mod address;
mod condition;

/// An argument that nginx refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadArgument {
    /// Which one, from 0.
    pub index: usize,
    /// nginx's words for it.
    pub message: String,
    /// What would be right; empty if that takes more words.
    pub help: &'static str,
}

impl Directive<'_> {
    /// The first argument that nginx refuses, for a directive that it accepts so far: see
    /// [`refusal`](Self::refusal).
    pub fn bad_argument(self, context: Context) -> Option<BadArgument> {
        const FEW: usize = 8;
        let (words, bytes) = (&self.words()[1..], &*self.file().bytes);
        match (self.name(), words.len()) {
            // Nothing to be wrong.
            (name::LOCATION | name::LISTEN | name::ERROR_LOG, 1) | (name::REWRITE, 2) => {
                return None;
            }
            (name::SERVER, _) if context != Context::Upstream => return None,
            _ => {}
        }
        if words.len() <= FEW && words.iter().all(|word| !word.escaped) {
            let mut args = [&[][..]; FEW];
            for (arg, word) in args.iter_mut().zip(words) {
                *arg = word.content(bytes);
            }
            return judge(self.name(), context, &args[..words.len()]);
        }
        let args: Vec<_> = self.args().collect();
        let args: Vec<&[u8]> = args.iter().map(|arg| &**arg).collect();
        judge(self.name(), context, &args)
    }
}

/// Whether [`judge`] knows a name.
pub(crate) const fn is_judged(name: Name) -> bool {
    matches!(
        name,
        name::LOCATION
            | name::IF
            | name::RETURN
            | name::REWRITE
            | name::ERROR_PAGE
            | name::ERROR_LOG
            | name::LISTEN
            | name::PROXY_PASS
            | name::FASTCGI_PASS
            | name::SCGI_PASS
            | name::MEMCACHED_PASS
            | name::SERVER
            | name::RESOLVER
    )
}

fn judge(name: Name, context: Context, args: &[&[u8]]) -> Option<BadArgument> {
    match (name, context) {
        (name::LOCATION, _) => modifier(args),
        (name::IF, _) => condition::judge(args),
        (name::RETURN, _) if is_in_http(context) => return_code(args),
        (name::REWRITE, _) => rewrite_flag(args),
        (name::ERROR_PAGE, _) => error_page(args),
        (name::ERROR_LOG, _) => log_level(args),
        (name::LISTEN, Context::Server) => listen_parameter(args),
        (name::PROXY_PASS, _) if is_in_http(context) => address::proxy_pass(args.first()?),
        (name::FASTCGI_PASS | name::SCGI_PASS | name::MEMCACHED_PASS, _) => {
            address::pass(args.first()?)
        }
        (name::SERVER, Context::Upstream) => address::server(args.first()?),
        (name::RESOLVER, _) => address::resolver(args),
        _ => None,
    }
}

impl BadArgument {
    /// `what` and the argument in quotes, as nginx mostly says it.
    fn of(args: &[&[u8]], index: usize, what: &str, help: &'static str) -> Self {
        Self { index, message: format!("{what} {}", quoted(args[index])), help }
    }
}

/// A word as nginx shows it, bytes that are not printable escaped.
fn quoted(word: &[u8]) -> String {
    let mut text = String::from("\"");
    for chunk in word.utf8_chunks() {
        text.extend(chunk.valid().chars().map(|c| match c {
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            c => c.to_string(),
        }));
        text.push_str(&chunk.invalid().escape_ascii().to_string());
    }
    text + "\""
}

fn is_in_http(context: Context) -> bool {
    use Context::{IfInLocation, IfInServer, LimitExcept, Location, Server};
    matches!(context, Server | Location | IfInServer | IfInLocation | LimitExcept)
}

/// `ngx_atoi`: digits only, and not too many of them.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

/// `ngx_http_core_location`.
fn modifier(args: &[&[u8]]) -> Option<BadArgument> {
    let [modifier, _] = args else { return None };
    let is_known = matches!(*modifier, b"=" | b"^~" | b"~" | b"~*");
    (!is_known).then(|| {
        BadArgument::of(args, 0, "invalid location modifier", "one of `=`, `^~`, `~` and `~*`")
    })
}

/// `ngx_http_rewrite_return`.
fn return_code(args: &[&[u8]]) -> Option<BadArgument> {
    const URL_STARTS: [&[u8]; 3] = [b"http://", b"https://", b"$scheme"];
    const LARGEST: u64 = 999;
    let (code, rest) = args.split_first()?;
    let is_url = rest.is_empty() && URL_STARTS.iter().any(|start| code.starts_with(start));
    let is_right = number(code).map_or(is_url, |code| code <= LARGEST);
    (!is_right).then(|| {
        BadArgument::of(
            args,
            0,
            "invalid return code",
            "a code up to 999, or a URL and nothing else",
        )
    })
}

/// `ngx_http_rewrite`.
fn rewrite_flag(args: &[&[u8]]) -> Option<BadArgument> {
    let [_, _, flag] = args else { return None };
    let is_known = matches!(*flag, b"last" | b"break" | b"redirect" | b"permanent");
    let help = "one of `last`, `break`, `redirect` and `permanent`";
    (!is_known).then(|| BadArgument::of(args, 2, "invalid parameter", help))
}

/// `ngx_http_core_error_page`: codes, then perhaps `=code`, then where to go.
fn error_page(args: &[&[u8]]) -> Option<BadArgument> {
    const CLIENT_CLOSED: u64 = 499;
    const CODES: &str = "codes, then perhaps `=` and another code, then a path or a URL";
    let before = args.len().checked_sub(2)?;
    let mut codes = before + 1;
    if let Some(code) = args[before].strip_prefix(b"=") {
        if before == 0 || !code.is_empty() && number(code).is_none() {
            return Some(BadArgument::of(args, before, "invalid value", CODES));
        }
        codes = before;
    }
    (0..codes).find_map(|index| match number(args[index]) {
        None | Some(CLIENT_CLOSED) => Some(BadArgument::of(args, index, "invalid value", CODES)),
        Some(300..=599) => None,
        Some(_) => {
            let message = format!("value {} must be between 300 and 599", quoted(args[index]));
            Some(BadArgument { index, message, help: "nginx makes no page for it" })
        }
    })
}

/// `ngx_log_set_levels`. The parts that can be debugged differ between builds.
fn log_level(args: &[&[u8]]) -> Option<BadArgument> {
    const LEVELS: [&[u8]; 8] =
        [b"emerg", b"alert", b"crit", b"error", b"warn", b"notice", b"info", b"debug"];
    const HELP: &str =
        "one of `emerg`, `alert`, `crit`, `error`, `warn`, `notice`, `info` and `debug`";
    let mut has_level = false;
    for index in 1..args.len() {
        if args[index].starts_with(b"debug_") {
            return None;
        }
        if !LEVELS.contains(&args[index]) {
            return Some(BadArgument::of(args, index, "invalid log level", HELP));
        }
        if has_level {
            return Some(BadArgument::of(args, index, "duplicate log level", "one is enough"));
        }
        has_level = true;
    }
    None
}

/// `ngx_http_core_listen`: the words of any release.
fn listen_parameter(args: &[&[u8]]) -> Option<BadArgument> {
    const WORDS: [&[u8]; 13] = [
        b"bind",
        b"default",
        b"default_server",
        b"deferred",
        b"http2",
        b"ipv6only=off",
        b"ipv6only=on",
        b"multipath",
        b"proxy_protocol",
        b"quic",
        b"reuseport",
        b"spdy",
        b"ssl",
    ];
    const STARTS: [&[u8]; 7] = [
        b"accept_filter=",
        b"backlog=",
        b"fastopen=",
        b"rcvbuf=",
        b"setfib=",
        b"sndbuf=",
        b"so_keepalive=",
    ];
    let is_known =
        |word: &[u8]| WORDS.contains(&word) || STARTS.iter().any(|start| word.starts_with(start));
    let index = (1..args.len()).find(|index| !is_known(args[*index]))?;
    if let Some(flags) = args[index].strip_prefix(b"ipv6only=") {
        let message = format!("invalid ipv6only flags {}", quoted(flags));
        return Some(BadArgument { index, message, help: "`on` or `off`" });
    }
    Some(BadArgument::of(args, index, "invalid parameter", ""))
}

#[cfg(test)]
mod tests;
