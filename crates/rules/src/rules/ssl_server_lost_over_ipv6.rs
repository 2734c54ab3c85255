use std::{
    collections::HashSet,
    net::{IpAddr, Ipv6Addr},
};

use model::{Address, Http, Listen, Server, ServerId, ServerNameKind, Socket, name};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Label, Place, Reach, Severity,
    cure::add_listen, facts::Facts, failure::Mistake, places::also_at,
};

rule! {
    /// Over IPv6 another server answers for a name, with its own certificate.
    ///
    /// `listen 443 ssl` is IPv4 alone. If some other server has `listen [::]:443 ssl`, connections over
    /// IPv6 are accepted there, and the default server of that address shows its certificate for all
    /// names: browsers warn of it, though the certificate of the name is fine.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl default_server;
    ///     listen [::]:443 ssl default_server;
    ///     server_name www.example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    ///
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// It is a warning, because DNS alone knows whether the name has an IPv6 address. A server that is
    /// open over IPv6 on port 80 and not on port 443 is worth knowing: browsers try IPv4 next.
    ///
    /// ## Fix safety
    ///
    /// With a `listen` of its own for IPv6 a server answers its requests there.
    ///
    /// ## See also
    ///
    /// - `challenge-lost-over-ipv6`
    RULE {
        id: "ssl-server-lost-over-ipv6",
        group: Group::Tls,
        max_severity: Severity::Warning,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    let ports = facts.verdicts.settings.ports;
    let over_ipv6 = |port| {
        let address = Address::Ip(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port);
        http.sockets().map(|(_, socket)| socket).find(|socket| socket.address == address)
    };
    let (plain, tls) = (over_ipv6(ports.http), over_ipv6(ports.https));
    let every = Ipv6Addr::UNSPECIFIED.into();
    let is_closed = tls.is_none() && http.taken_outside(every, ports.https).is_none();
    if tls.is_none() && !(is_closed && plain.is_some()) {
        return;
    }
    // Where challenges are lost with it, that is said already.
    let failures = facts.failures(RULE.id);
    let lost = failures.iter().filter(|one| one.mistake == Mistake::LostOverIpv6);
    let said: HashSet<ServerId> = lost.filter_map(|failure| failure.first().other).collect();
    let mut lost: Vec<&Server<'_>> = Vec::new();
    for (id, server) in facts.servers().filter(|(id, _)| !said.contains(id)) {
        if listen(http, server, ports.https).is_none() || has_ipv6(server, ports.https) {
            continue;
        }
        let is_lost = match tls {
            Some(tls) => tls.ssl && is_missed(server, tls),
            None => plain.is_some_and(|socket| socket.servers.contains(&id)),
        };
        if is_lost {
            lost.push(server);
        }
    }
    found.extend(diagnostic(facts, tls, &lost));
}

/// The `listen` of a server that speaks TLS on a port of IPv4.
fn listen<'s, 'c>(http: &Http<'c>, server: &'s Server<'c>, port: u16) -> Option<&'s Listen<'c>> {
    let sockets = || http.sockets_of(server).filter(|socket| socket.ssl);
    server.listens.iter().find(|listen| {
        !listen.quic
            && matches!(listen.address, Address::Ip(IpAddr::V4(ip), at) if at == port && !ip.is_loopback())
            && sockets().any(|socket| socket.address == listen.address)
    })
}

/// Whether a server is open over IPv6 on a port, at whatever address.
fn has_ipv6(server: &Server<'_>, port: u16) -> bool {
    let mut listens = server.listens.iter();
    listens.any(|listen| match &listen.address {
        Address::Ip(IpAddr::V6(_), at) | Address::Name(_, at) => *at == port,
        Address::Ip(IpAddr::V4(_), _) | Address::Unix(_) => false,
    })
}

/// Whether a name of a server is none of an address.
fn is_missed(server: &Server<'_>, socket: &Socket<'_>) -> bool {
    server.names.iter().any(|name| {
        let host = match name.kind {
            ServerNameKind::Exact => name.text.to_ascii_lowercase(),
            ServerNameKind::LeadingDot => name.text[1..].to_ascii_lowercase(),
            ServerNameKind::LeadingWildcard => {
                [b"probe", &name.text.to_ascii_lowercase()[1..]].concat()
            }
            ServerNameKind::TrailingWildcard | ServerNameKind::Regex | ServerNameKind::Empty => {
                return false;
            }
        };
        host.contains(&b'.') && !socket.names_host(&host)
    })
}

fn diagnostic(
    facts: &Facts<'_>,
    tls: Option<&Socket<'_>>,
    lost: &[&Server<'_>],
) -> Option<Diagnostic> {
    let http = facts.http;
    let port = facts.verdicts.settings.ports.https;
    let mut seen = HashSet::new();
    let directives =
        lost.iter().filter_map(|server| Some((*server, listen(http, server, port)?.directive?)));
    let all: Vec<_> = directives.filter(|(_, directive)| seen.insert(directive.span())).collect();
    let ((_, first), others) = all.split_first()?;
    let mut diagnostic = Diagnostic {
        rule: RULE.id,
        severity: if tls.is_some() { Severity::Warning } else { Severity::Info },
        message: match (tls, lost.len()) {
            (Some(_), 1) => "over IPv6 another server shows its certificate for these names".into(),
            (Some(_), number) => format!(
                "over IPv6 another server shows its certificate for the names of {number} servers"
            ),
            (None, _) => {
                let open = facts.verdicts.settings.ports.http;
                format!("port {port} is closed over IPv6, and port {open} is open")
            }
        },
        place: Place::Span(first.head_span()),
        here: format!("this is IPv4 alone; there is no `listen [::]:{port}` beside it"),
        labels: Vec::new(),
        notes: Vec::new(),
        names: Vec::new(),
        way: Vec::new(),
        fix: None,
        refused_by_nginx: false,
        reach: Reach::default(),
    };
    if let Some(socket) = tls {
        let taker = http.server(socket.default_server);
        let shown = http.effective(taker, name::SSL_CERTIFICATE);
        diagnostic.labels.push(Label {
            span: taker.directive.name_span(),
            text: match shown {
                Some(_) => "the certificate of this server is shown".to_owned(),
                None => "this server takes them".to_owned(),
            },
        });
    }
    also_at(&mut diagnostic, others.iter().map(|(_, directive)| directive.head_span()));
    let edits = all.iter().map(|(server, directive)| {
        add_listen(facts.sources(), server, *directive, &format!("[::]:{port} ssl"))
    });
    let edits: Vec<Edit> = edits.collect();
    let is_left_over = http.is_left_over(Ipv6Addr::UNSPECIFIED.into(), port);
    diagnostic.fix = is_left_over.then(|| Fix {
        title: match lost.len() {
            1 => "let the server listen over IPv6, too".to_owned(),
            _ => "let the servers listen over IPv6, too".to_owned(),
        },
        applicability: Applicability::Unsafe,
        edits,
        ..Fix::default()
    });
    Some(diagnostic)
}
