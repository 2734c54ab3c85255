use std::collections::{BTreeMap, HashSet};

use model::{Address, Directive, Http, ServerId, Socket, name};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Label, Place, Reach, Severity,
    facts::Facts, places::also_at,
};

rule! {
    /// A server has a certificate, and port 443 speaks plain HTTP.
    ///
    /// A certificate alone makes no TLS: the `listen` has to say `ssl`. Without it nginx starts and
    /// reads the certificate, and browsers that come to port 443 get an answer that is no TLS:
    /// `ERR_SSL_PROTOCOL_ERROR`, `wrong version number`. A certificate authority that is redirected to
    /// HTTPS gets no further.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// The parameter is one of the address: it is enough if one of its servers says it. IPv4 and IPv6
    /// are addresses of their own. Of a part of a configuration this is a warning, because another
    /// file may say `ssl`.
    ///
    /// ## Fix safety
    ///
    /// With `ssl` the port no longer answers plain HTTP. Somebody may have put a proxy in front of it
    /// that takes TLS off and speaks HTTP to port 443.
    RULE {
        id: "listen-without-ssl",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::Always,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    let own: HashSet<ServerId> = facts.servers().map(|(id, _)| id).collect();
    // The same mistake for IPv4 and IPv6 is one.
    let mut by_server: BTreeMap<ServerId, Vec<&Socket<'_>>> = BTreeMap::new();
    for (_, socket) in http.sockets() {
        if socket.ssl || socket.legacy_ssl || !is_meant_for_tls(facts, &socket.address) {
            continue;
        }
        let mut servers = socket.servers.iter().copied().filter(|id| own.contains(id));
        if let Some(id) = servers.find(|&id| has_certificate(http, id)) {
            by_server.entry(id).or_default().push(socket);
        }
    }
    for (id, sockets) in by_server {
        found.extend(diagnostic(facts, id, &sockets));
    }
}

/// Whether a port is the one for HTTPS, or one that is called like it.
fn is_meant_for_tls(facts: &Facts<'_>, address: &Address) -> bool {
    let port = address.port();
    port == facts.verdicts.settings.ports.https || port % 1000 == 443
}

fn has_certificate(http: &Http<'_>, id: ServerId) -> bool {
    http.effective(http.server(id), name::SSL_CERTIFICATE).is_some()
}

fn diagnostic(facts: &Facts<'_>, id: ServerId, sockets: &[&Socket<'_>]) -> Option<Diagnostic> {
    let http = facts.http;
    let of_server = |id: ServerId| {
        let listens = http.server(id).listens.iter().filter(|listen| !listen.quic);
        let on_socket =
            listens.filter(|listen| sockets.iter().any(|socket| socket.address == listen.address));
        on_socket.filter_map(|listen| listen.directive)
    };
    let own: Vec<Directive<'_>> = of_server(id).collect();
    let (first, others) = own.split_first()?;
    let address = &sockets.first()?.address;
    let is_part = facts.sources().roots().iter().any(|root| root.is_fragment);
    let mut diagnostic = Diagnostic {
        rule: RULE.id,
        severity: if is_part { Severity::Warning } else { Severity::Error },
        message: format!("port {} speaks plain HTTP, for lack of `ssl`", address.port()),
        place: Place::Span(first.head_span()),
        here: match sockets.len() {
            1 => format!("no `listen` for {address} says `ssl`"),
            _ => "no `listen` for these addresses says `ssl`".to_owned(),
        },
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: None,
        refused_by_nginx: false,
        reach: Reach::default(),
    };
    also_at(&mut diagnostic, others.iter().map(|listen| listen.head_span()));
    if let Some(certificate) = http.effective(http.server(id), name::SSL_CERTIFICATE) {
        let text = "this certificate is never shown there".to_owned();
        diagnostic.labels.push(Label { span: certificate.head_span(), text });
    }
    let mut seen = HashSet::new();
    let servers: HashSet<ServerId> =
        sockets.iter().flat_map(|socket| &socket.servers).copied().collect();
    let mut servers: Vec<ServerId> = servers.into_iter().collect();
    servers.sort_unstable();
    let all = servers.into_iter().flat_map(of_server);
    let edits = all.filter(|listen| seen.insert(listen.span())).filter_map(|listen| {
        let address = listen.arg_span(0)?;
        Some(Edit::insert_after(address, " ssl"))
    });
    diagnostic.fix = Some(Fix {
        title: "say `ssl`".to_owned(),
        applicability: Applicability::Unsafe,
        edits: edits.collect(),
        ..Fix::default()
    });
    Some(diagnostic)
}
