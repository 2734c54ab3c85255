use std::path::{Path, PathBuf};

use acme::{Cause, PATH, TokenPlace, WebRootOrigin};
use evidence::client::{Client, Lineage, Method};

use crate::{
    Diagnostic, Fix, FixAvailability, Group, Label, Place,
    cure::insert_at,
    facts::Facts,
    failure::{Case, Failure, Mistake, span_to_show},
    insertion::NewLocation,
    lineages::{reconfigure, shell_word},
};

rule! {
    /// certbot wants to listen on port 80 to renew, where nginx listens.
    ///
    /// A certificate that was ordered with `--standalone` is renewed so, too: certbot listens for the
    /// moment of the order. While nginx has the port it cannot, and says `Could not bind TCP port 80
    /// because it is already in use`. Where nginx has the port over IPv4 alone, certbot listens over
    /// IPv6, and nobody asks it there. With this in `/etc/letsencrypt/renewal/example.com.conf`:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = standalone
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// renew_hook = systemctl reload nginx
    /// ```
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     listen [::]:80;
    ///     server_name example.com;
    ///     return 301 https://$host$request_uri;
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     listen [::]:443 ssl;
    ///     server_name example.com;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    ///
    ///     location / {
    ///         proxy_pass http://127.0.0.1:8080;
    ///     }
    /// }
    /// ```
    ///
    /// The patch lets nginx serve challenges from a directory; the command has certbot put its tokens
    /// there from now on. A `pre_hook` that stops nginx works as well, and with it the site is away for
    /// as long as each renewal takes:
    ///
    /// ```ini,renewal
    /// [renewalparams]
    /// authenticator = standalone
    /// server = https://acme-v02.api.letsencrypt.org/directory
    /// pre_hook = systemctl stop nginx
    /// post_hook = systemctl start nginx
    /// ```
    ///
    /// ```nginx,good
    /// server {
    ///     listen 80;
    ///     listen 443 ssl;
    ///     server_name example.com www.example.com;
    ///     ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem;
    ///     ssl_certificate_key /etc/letsencrypt/live/example.com/privkey.pem;
    /// }
    /// ```
    ///
    /// ## See also
    ///
    /// - `renewal-without-reload`: in standalone mode a hook may have started nginx anew; in web root
    ///   mode nobody does.
    RULE {
        id: "standalone-port-taken",
        group: Group::Challenge,
        max_severity: crate::Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// The web root where nobody has one yet.
const WEB_ROOT: &str = "/var/www/letsencrypt";

/// So many commands are shown.
const MOST_COMMANDS: usize = 3;

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for failure in facts.failures(RULE.id).iter() {
        if failure.mistake == Mistake::PortTaken {
            found.extend(report(facts, failure));
        }
    }
}

fn report(facts: &Facts<'_>, failure: &Failure<'_>) -> Option<Diagnostic> {
    let Some(Cause::PortTaken { gives_up, served }) = failure.first().cause else { return None };
    // On a loopback address nginx answers nobody, and is in the way all the same.
    let asked = failure.first().server(facts.http).map(|(_, server)| server);
    let server = asked.or_else(|| facts.http.servers().next().map(|(_, server)| server))?;
    let lineages: Vec<_> = facts.evidence.clients.lineages.iter().collect();
    let lineages: Vec<&Lineage> =
        lineages.into_iter().filter(|lineage| is_meant(lineage, &failure.names)).collect();
    let first = lineages.first()?;
    let client = first.client;
    let message = format!("{client} cannot listen on port 80 to renew, where nginx listens");
    let mut diagnostic = failure.diagnostic(RULE.id, message, server.directive.name_span());
    let line = first.line("authenticator").or(first.line("Le_Webroot"));
    diagnostic.place = match line {
        Some(line) => Place::Line(first.file.clone(), line),
        None => Place::Path(first.file.clone()),
    };
    diagnostic.here = "it listens by itself to renew".to_owned();
    diagnostic.way.clear();
    let listen = server.listens.iter().find_map(|listen| listen.directive);
    let span = listen.map_or(server.directive.name_span(), span_to_show);
    diagnostic.labels = vec![Label { span, text: "nginx listens here".to_owned() }];
    if !gives_up {
        diagnostic.notes.push(format!(
            "over IPv6 {client} may listen, and over IPv4 the challenge comes to nginx, which answers it"
        ));
    }
    if asked.is_none() {
        diagnostic.labels.clear();
        diagnostic.notes.push(format!("one address is enough: {client} wants all of them"));
        return Some(diagnostic);
    }
    let web_root = match served.as_deref().and_then(web_root_of) {
        Some(web_root) => Some(web_root),
        None if served.is_some() => None,
        None => {
            let (fix, web_root) = fix(facts, failure);
            diagnostic.fix = fix;
            web_root
        }
    };
    let Some(web_root) = web_root else { return Some(diagnostic) };
    if client == Client::Certbot {
        let directory = shell_word(&web_root.to_string_lossy());
        let options = format!("--webroot -w {directory}");
        let commands = lineages.iter().take(MOST_COMMANDS);
        let commands: Vec<_> = commands.map(|lineage| reconfigure(lineage, &options)).collect();
        let (when, made) = if diagnostic.fix.is_some() {
            ("once nginx serves challenges", format!("    mkdir -p {directory}\n"))
        } else {
            ("nginx serves challenges already", String::new())
        };
        diagnostic.notes.push(format!(
            "{when} from {}, have certbot put its tokens there:\n{made}    {}",
            web_root.display(),
            commands.join("\n    ")
        ));
        if lineages.len() > MOST_COMMANDS {
            let more = lineages.len() - MOST_COMMANDS;
            diagnostic.notes.push(format!("and the same for {more} more certificates"));
        }
    }
    Some(diagnostic)
}

/// Whether it is one of the certificates for which the client wants to listen.
fn is_meant(lineage: &Lineage, names: &[String]) -> bool {
    let listens = |name: &&String| matches!(lineage.method_of(name), Some(Method::Standalone(_)));
    let mut own = lineage.names.iter().flatten().filter(listens);
    own.any(|name| names.contains(name))
}

/// The web root of a directory for tokens.
fn web_root_of(directory: &Path) -> Option<PathBuf> {
    let text = directory.to_str()?;
    Some(PathBuf::from(text.trim_end_matches('/').strip_suffix(PATH.trim_end_matches('/'))?))
}

/// A location for challenges in each server that takes them, and its web root.
fn fix(facts: &Facts<'_>, failure: &Failure<'_>) -> (Option<Fix>, Option<PathBuf>) {
    let title = "serve challenges from a web root, before anything else answers them";
    // One for all names: the one that other locations have, rather than the site's own.
    let known = failure.first().server(facts.http).and_then(|(id, _)| facts.web_roots.of(id));
    let web_root = known
        .filter(|web_root| web_root.origin != WebRootOrigin::DocumentRoot)
        .map_or(WEB_ROOT.into(), |web_root| web_root.directory);
    let at_start = |case: &Case<'_>| {
        let first = Case { hop: 0, ..*case };
        let (id, _) = first.server(facts.http)?;
        let location = NewLocation::for_server(facts, id).with_root(&web_root);
        insert_at(facts, &first, title, location)
    };
    let fix = failure.fix(at_start).map(|mut fix| {
        let place = TokenPlace::WebRoot(web_root.clone());
        fix.places = failure.names.iter().map(|name| (name.clone(), place.clone())).collect();
        fix
    });
    let path = String::from_utf8(web_root.clone()).ok().map(PathBuf::from);
    (fix, path)
}
