//! The validator of a certificate authority at work on every name.

use std::{
    net::{IpAddr, Ipv6Addr},
    path::PathBuf,
};

use model::{Address, Answer, FileSystem, Http, Request, ServerId, Socket, is_alike_over_ipv6};

use crate::{
    challenge::{Detail, PATH, follow, meant_for_challenges},
    names::{Name, names},
    outcome::judge,
    public::never_issued,
    settings::Settings,
    token::{TOKEN, WithToken},
    verdict::{FamilyVerdict, NameVerdict, Verdict, Verdicts},
};

/// Follows the challenge of every name. `file_system` is asked whether paths exist.
pub fn verdicts<'c>(
    http: &'c Http<'c>,
    file_system: &dyn FileSystem,
    settings: &Settings,
) -> Verdicts<'c> {
    verdicts_on(http, file_system, settings, names(http))
}

/// The same with the whole way of the challenges that pass as well, which takes longer.
pub fn verdicts_in_full<'c>(
    http: &'c Http<'c>,
    file_system: &dyn FileSystem,
    settings: &Settings,
) -> Verdicts<'c> {
    let validator = Validator { in_full: true, ..Validator::new(http, file_system, settings) };
    validator.judge(names(http))
}

/// The same as [`verdicts`] for some of the [`names`] only.
pub fn verdicts_on<'c>(
    http: &'c Http<'c>,
    file_system: &dyn FileSystem,
    settings: &Settings,
    names: Vec<Name<'c>>,
) -> Verdicts<'c> {
    Validator::new(http, file_system, settings).judge(names)
}

/// What is the same for all names.
struct Validator<'v, 'c> {
    http: &'c Http<'c>,
    file_system: &'v dyn FileSystem,
    settings: &'v Settings,
    has_acme_module: bool,
    /// Whether the way of a challenge that passes is wanted, too.
    in_full: bool,
    /// The first request over IPv4, to no host yet.
    request: Request,
    /// Whether challenges over IPv6 may arrive at all.
    listens_on_ipv6: bool,
}

impl<'v, 'c> Validator<'v, 'c> {
    fn new(http: &'c Http<'c>, file_system: &'v dyn FileSystem, settings: &'v Settings) -> Self {
        let request = Request::get(b"", [PATH, TOKEN].concat().as_bytes());
        let mut sockets = http.sockets().map(|(_, socket)| socket);
        Self {
            http,
            file_system,
            settings,
            has_acme_module: has_acme_module(http),
            in_full: false,
            request: Request { port: settings.ports.http, ..request },
            listens_on_ipv6: sockets
                .any(|socket| is_on_ipv6(socket) && socket.address.port() == settings.ports.http),
        }
    }

    fn judge(&self, names: Vec<Name<'c>>) -> Verdicts<'c> {
        let names = names.into_iter().map(|name| self.judge_name(name)).collect();
        Verdicts { settings: self.settings.clone(), names }
    }

    fn judge_name(&self, name: Name<'c>) -> NameVerdict<'c> {
        let (mut place, mut families, mut servers) = (None, Vec::new(), Vec::new());
        if let Some(verdict) = self.not_http01(&name) {
            families = vec![FamilyVerdict { is_ipv6: false, verdict, challenge: None }];
            return NameVerdict { name, families, servers };
        }
        let request = || Request { host: name.text.to_vec(), ..self.request.clone() };
        let is_on_ipv6 = self.is_on_ipv6(&name);
        families.reserve_exact(1 + usize::from(is_on_ipv6));
        let (first, is_alike) = self.judge_family(request(), &mut place, &mut servers);
        families.push(first);
        if is_on_ipv6 && is_alike && !self.in_full {
            families.push(FamilyVerdict { is_ipv6: true, ..families[0].clone() });
        } else if is_on_ipv6 {
            let request = request().over_ipv6();
            families.push(self.judge_family(request, &mut place, &mut servers).0);
        }
        NameVerdict { name, families, servers }
    }

    /// Why no challenge is made for a name, if that is so.
    fn not_http01(&self, name: &Name<'c>) -> Option<Verdict<'c>> {
        let http = self.http;
        let is_wanted = |id: &ServerId| {
            let server = http.server(*id);
            http.sockets_of(server).any(|socket| socket.ssl)
                || http.legacy_ssl(server).is_some()
                || meant_for_challenges(server).next().is_some()
        };
        let because = match never_issued(&name.text, name.server_name.kind) {
            Some(because) => because,
            None if name.servers.iter().any(is_wanted) => return None,
            None => "nothing here serves it over TLS or answers challenges for it",
        };
        Some(Verdict::NotHttp01 { because, at: Some(name.server_name.directive) })
    }

    /// Whether the name itself is served over IPv6; whether it has an IPv6 address, DNS alone knows.
    fn is_on_ipv6(&self, name: &Name<'_>) -> bool {
        self.listens_on_ipv6 && self.http.sockets_naming(&name.text).any(is_on_ipv6)
    }

    /// Follows a challenge and judges it. A token that nginx finds is looked for a second time with
    /// nothing but that one file there, unless that was the only place it was looked for in: a
    /// configuration may ask for it in other places first. Over the second address family it must
    /// lie in the same `place`. Says, too, whether it passes over the other family just so.
    fn judge_family(
        &self,
        request: Request,
        place: &mut Option<PathBuf>,
        servers: &mut Vec<ServerId>,
    ) -> (FamilyVerdict<'c>, bool) {
        let follow = |request: Request, files: &WithToken<'_>, detail| {
            follow(self.http, request, files, self.settings.ports, detail)
        };
        let is_ipv6 = request.address.is_ipv6();
        if self.has_acme_module {
            let everywhere = WithToken::everywhere(self.file_system);
            let challenge = follow(request, &everywhere, Detail::Steps);
            let because = "nginx's own ACME module may answer".to_owned();
            let verdict = Verdict::Unknown { because, at: None };
            return (FamilyVerdict { is_ipv6, verdict, challenge: Some(challenge) }, false);
        }
        let mut files = match &*place {
            Some(place) => WithToken::at(self.file_system, place),
            None => WithToken::everywhere(self.file_system),
        };
        let mut challenge = follow(request, &files, Detail::Answers);
        let mut verdict = judge(self.http, &challenge);
        let found = challenge.hops.last().map(|hop| &hop.trace.answer);
        let found = match (&verdict, found) {
            (Verdict::Passes(_), Some(Answer::File { path, .. })) => Some(path.clone()),
            _ => None,
        };
        if let (Some(path), None) = (&found, &place)
            && !files.was_asked_only_at(path)
        {
            files = WithToken::at(self.file_system, path);
            challenge = follow(challenge.first_request(), &files, Detail::Answers);
            verdict = judge(self.http, &challenge);
        }
        for server in challenge.hops.iter().filter_map(|hop| hop.trace.server) {
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        let passes = matches!(verdict, Verdict::Passes(_));
        let is_alike = passes
            && challenge.hops.iter().all(|hop| {
                !hop.trace.depends_on_addresses && is_alike_over_ipv6(self.http, &hop.request)
            });
        let wants_way = !passes || self.in_full;
        let challenge = wants_way.then(|| follow(challenge.first_request(), &files, Detail::Steps));
        drop(files);
        if passes && place.is_none() {
            *place = found;
        }
        (FamilyVerdict { is_ipv6, verdict, challenge }, is_alike)
    }
}

/// Whether the Internet may reach a socket over IPv6.
fn is_on_ipv6(socket: &Socket<'_>) -> bool {
    matches!(socket.address, Address::Ip(IpAddr::V6(ip), _) if ip != Ipv6Addr::LOCALHOST)
}

/// Whether nginx's ACME module is set up, which answers challenges before anything else.
fn has_acme_module(http: &Http<'_>) -> bool {
    use model::name;
    http.servers.iter().any(|server| server.level.first(name::ACME_CERTIFICATE).is_some())
}
