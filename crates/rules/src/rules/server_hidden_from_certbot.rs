use acme::{Cause, Unseen};
use parser::Span;

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Severity,
    facts::Facts,
    failure::{Failure, Mistake},
};

rule! {
    /// certbot's plugin for nginx does not see a server whose names it renews.
    ///
    /// With `--nginx`, certbot reads the configuration itself, and writes its answer into the servers
    /// that have the name. Its reader is not nginx's. It passes over files that are not UTF-8, over
    /// files with `\{` outside of quotes or with a block of Lua, and over files that an `include` with a
    /// path in quotes brings in; a comment between `server` and its brace hides that server. Then
    /// certbot answers in a server of its own, which nginx may never ask, as here, where the names
    /// have an address of their own:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = nginx
    /// installer = nginx
    /// ```
    ///
    /// ```nginx,bad
    /// server # the shop
    /// {
    ///     listen 192.0.2.10:80;
    ///     server_name example.com www.example.com;
    ///     root /var/www/html;
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com www.example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    ///
    /// If the `http` block is not in nginx.conf itself but in a file that it includes, certbot finds no
    /// place for its answer at all, and gives up.
    ///
    /// The patch takes the quotes from the path of an `include`. The other cases want a hand: move the
    /// comment, write the file in UTF-8, put the regular expression into quotes, or renew with
    /// `--webroot`, which reads no configuration.
    RULE {
        id: "server-hidden-from-certbot",
        group: Group::Renewal,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let failures = facts.failures(RULE.id);
    let hidden = failures.iter().filter(|failure| failure.mistake == Mistake::Unseen);
    found.extend(hidden.filter_map(|failure| report(facts, failure)));
}

fn report(facts: &Facts<'_>, failure: &Failure<'_>) -> Option<Diagnostic> {
    let &Cause::Unseen { why, at, .. } = failure.first().cause?.for_one_token() else {
        return None;
    };
    let (message, here, cure) = match why {
        Unseen::NotUtf8 => (
            "certbot passes over this file: it is not UTF-8",
            "nginx takes any bytes, certbot does not take this one",
            Some("write the file in UTF-8, as `iconv` does"),
        ),
        Unseen::EscapedBrace => (
            "certbot passes over this file: it cannot read a brace behind a backslash",
            "for certbot, a block begins here",
            Some("put the whole argument into quotes"),
        ),
        Unseen::Lua => (
            "certbot passes over this file: it does not read Lua",
            "this block makes certbot leave out the whole file",
            Some("keep the Lua in a file of its own (`content_by_lua_file`)"),
        ),
        Unseen::Comment => (
            "a comment hides this server from certbot",
            "certbot looks for the brace on this line",
            Some("put the comment in front of the block"),
        ),
        Unseen::QuotedInclude => (
            "certbot does not follow this `include`: its path is in quotes",
            "certbot takes the quotes for a part of the path",
            None,
        ),
        Unseen::HttpElsewhere => (
            "certbot finds no place for its answer: `http` is not in nginx.conf itself",
            "certbot looks for this block in nginx.conf alone",
            None,
        ),
    };
    let mut diagnostic = failure.diagnostic(RULE.id, message.to_owned(), at);
    diagnostic.here = here.to_owned();
    diagnostic.notes.extend(cure.map(ToOwned::to_owned));
    diagnostic.notes.push(
        "certbot's plugin for nginx renews these names; `--webroot` instead of `--nginx` reads no \
         configuration"
            .to_owned(),
    );
    if why == Unseen::QuotedInclude {
        diagnostic.fix = bare_path(facts, at);
    }
    Some(diagnostic)
}

/// The path of an `include` without its quotes, if it is the same path to nginx.
fn bare_path(facts: &Facts<'_>, at: Span) -> Option<Fix> {
    let text = facts.sources().text(at);
    let path = text.get(1..text.len().checked_sub(1)?)?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-*?[]".contains(byte);
    if path.is_empty() || !path.iter().all(is_plain) {
        return None;
    }
    let edit = Edit::replace(at, path);
    Some(Fix {
        title: "take the quotes away".to_owned(),
        applicability: Applicability::Safe,
        edits: vec![edit],
        ..Fix::default()
    })
}
