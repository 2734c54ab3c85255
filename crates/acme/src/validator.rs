//! The validator of a certificate authority at work on every name.

use std::{
    borrow::Cow,
    cell::{OnceCell, RefCell},
    collections::HashMap,
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use evidence::client::Standalone;
use model::{
    Distinction, FileSystem, Http, Request, ServerId, ServerName, ServerNameKind,
    is_alike_over_ipv6, real_path,
};

use crate::{
    ask::Ask,
    challenge::{Challenge, Detail, PATH, meant_for_challenges},
    listens::{Listens, is_on_ipv6},
    misfit,
    module::{AcmeModule, ChallengeKind, Order},
    names::{Name, names},
    plugin::Plugin,
    public::never_issued,
    settings::{Settings, TokenPlace, Way},
    standalone::Taken,
    tls_alpn::TlsAlpn,
    token::{TOKEN, TokenShape},
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

/// The same for names that no server has, as far as somebody says how they are validated.
pub fn verdicts_on_unserved<'c>(
    http: &'c Http<'c>,
    file_system: &dyn FileSystem,
    settings: &Settings,
    texts: impl Iterator<Item = String>,
) -> Vec<NameVerdict<'c>> {
    let unserved = texts.filter(|text| !http.has_host(text.as_bytes()));
    let names = unserved.filter_map(|text| unserved_name(http, text)).collect();
    Validator::new(http, file_system, settings).judge(names).names
}

/// The same for some names, whether a server has them or not, and with the way of every challenge.
pub fn verdicts_on_asked<'c>(
    http: &'c Http<'c>,
    file_system: &dyn FileSystem,
    settings: &Settings,
    texts: impl Iterator<Item = String>,
) -> Vec<NameVerdict<'c>> {
    let names = texts.filter_map(|text| name_of(http, text)).collect();
    let new = Validator::new(http, file_system, settings);
    Validator { in_full: Some(Detail::Answers), ..new }.judge(names).names
}

/// A name, with the servers that have it; `None` if no server has any name at all.
pub fn name_of<'c>(http: &'c Http<'c>, text: String) -> Option<Name<'c>> {
    let known = names(http).into_iter().find(|name| *name.text == *text.as_bytes());
    known.or_else(|| unserved_name(http, text))
}

/// A name that no server has.
fn unserved_name<'c>(http: &'c Http<'c>, text: String) -> Option<Name<'c>> {
    let server_name = http.servers.iter().find_map(|server| server.names.first())?;
    Some(Name {
        text: Cow::Owned(text.into_bytes()),
        server_name: ServerName { kind: ServerNameKind::Exact, ..server_name.clone() },
        servers: Vec::new(),
    })
}

/// The same with the way of the challenges that pass as well. Without the steps it may be that over
/// the other address family, or of another name of the same servers, where nothing differs but
/// addresses and hosts.
pub fn verdicts_in_full<'c>(
    http: &'c Http<'c>,
    file_system: &dyn FileSystem,
    settings: &Settings,
    detail: Detail,
) -> Verdicts<'c> {
    let validator =
        Validator { in_full: Some(detail), ..Validator::new(http, file_system, settings) };
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
pub(crate) struct Validator<'v, 'c> {
    pub(crate) http: &'c Http<'c>,
    pub(crate) file_system: &'v dyn FileSystem,
    pub(crate) settings: &'v Settings,
    module: AcmeModule<'c>,
    pub(crate) tls_alpn: Option<TlsAlpn<'c>>,
    /// How much of the way of a challenge that passes is wanted.
    pub(crate) in_full: Option<Detail>,
    /// What is asked for with the usual token.
    usual_target: Vec<u8>,
    /// A request to no host yet.
    pub(crate) request: Request,
    /// What takes connections from the Internet to the public ports.
    pub(crate) listens: Listens,
    /// Which servers tell tokens apart.
    distinction: RefCell<Distinction<'c, 'c>>,
    pub(crate) plugin: Plugin<'c>,
    /// What nginx takes from a client that listens on all addresses.
    taken: OnceCell<Taken>,
    /// The directories of tokens, links followed.
    real_places: RefCell<HashMap<TokenPlace, PathBuf>>,
}

impl<'v, 'c> Validator<'v, 'c> {
    fn new(http: &'c Http<'c>, file_system: &'v dyn FileSystem, settings: &'v Settings) -> Self {
        let paths = TokenShape::ALL.map(|shape| [PATH, shape.token()].concat().into_bytes());
        Self {
            http,
            file_system,
            settings,
            module: AcmeModule::of(http),
            tls_alpn: TlsAlpn::of(http.config, settings.ports),
            in_full: None,
            usual_target: [PATH, TOKEN].concat().into_bytes(),
            request: Request { port: settings.ports.http, ..Request::get(b"", b"") },
            listens: Listens::of(http, settings.ports),
            distinction: RefCell::new(Distinction::of(http, paths.to_vec())),
            plugin: Plugin::new(http, settings.ports),
            taken: OnceCell::new(),
            real_places: RefCell::default(),
        }
    }

    fn judge(&self, names: Vec<Name<'c>>) -> Verdicts<'c> {
        let mut judged: Vec<NameVerdict<'c>> = Vec::with_capacity(names.len());
        let mut is_any_host = false;
        for name in names {
            let like = judged.last().filter(|last| is_any_host && self.fares_like(last, &name));
            let verdict = if let Some(NameVerdict { families, servers, .. }) = like {
                NameVerdict { families: families.clone(), servers: servers.clone(), name }
            } else {
                let (verdict, is_any) = self.judge_name(name);
                is_any_host = is_any;
                verdict
            };
            judged.push(verdict);
        }
        Verdicts { settings: self.settings.clone(), names: judged, ..Verdicts::default() }
    }

    /// Whether the challenges for a name go the way of those for another one, which pass whatever
    /// the host is.
    fn fares_like(&self, other: &NameVerdict<'c>, name: &Name<'c>) -> bool {
        let Settings { ports, places, ways, asked } = self.settings;
        let texts = [&*name.text, &*other.name.text];
        let [place, other_place] = texts.map(|text| places.of(text));
        name.servers == other.name.servers
            && place == other_place
            && asked.contains(texts[0]) == asked.contains(texts[1])
            && texts.iter().all(|text| ways.get(*text) == ways.get(texts[0]))
            && texts.iter().all(|text| self.module.order(text).is_none())
            && self.http.finds_alike(texts, ports.http)
            && self.not_http01(name, None).is_none()
    }

    /// Judges a name. Says, too, whether its challenges pass whatever the host is, as long as the
    /// same server has it.
    fn judge_name(&self, name: Name<'c>) -> (NameVerdict<'c>, bool) {
        let alone = |verdict| FamilyVerdict { is_ipv6: false, verdict, challenge: None };
        let order = self.module.order(&name.text);
        if let Some(verdict) = self.not_http01(&name, order) {
            let families = vec![alone(verdict)];
            return (NameVerdict { name, families, servers: Vec::new() }, false);
        }
        let places = self.places(&name.text);
        let mut ask = Ask::new(self, &name.text, order, places);
        let mut servers = Vec::new();
        let mut families = Vec::with_capacity(2);
        let (first, is_alike) = ask.judge_family(false, &mut servers);
        families.push(first);
        if self.listens.over_ipv6() {
            let second = if is_alike && self.in_full != Some(Detail::Steps) {
                FamilyVerdict { is_ipv6: true, ..families[0].clone() }
            } else {
                ask.judge_family(true, &mut servers).0
            };
            // Nobody knows whether the name has an IPv6 address at all.
            let is_known = !matches!(second.verdict, Verdict::Unknown { .. });
            if is_known || self.http.sockets_naming(&name.text).any(is_on_ipv6) {
                families.push(second);
            }
        }
        let is_any_host = ask.is_any_host && self.in_full != Some(Detail::Steps);
        (NameVerdict { name, families, servers }, is_any_host)
    }

    /// Why no HTTP-01 challenge is made for a name, if that is so.
    fn not_http01(&self, name: &Name<'c>, order: Option<Order<'c>>) -> Option<Verdict<'c>> {
        let http = self.http;
        let is_wanted = |id: &ServerId| {
            let server = http.server(*id);
            http.sockets_of(server).any(|socket| socket.ssl)
                || http.legacy_ssl(server).is_some()
                || meant_for_challenges(server).next().is_some()
                || misfit::of_server(server, &self.usual_target).is_some()
        };
        let at = Some(name.server_name.directive);
        let no = |because, at| Some(Verdict::NotHttp01 { because, at });
        if let Some(because) = never_issued(&name.text, name.server_name.kind) {
            return no(because, at);
        }
        let way = self.settings.ways.get(&*name.text).filter(|_| order.is_none());
        match way {
            Some(Way::Dns) => return no("its ACME client has it validated over DNS", at),
            Some(Way::TlsAlpn) => {
                return no("its ACME client has it validated over TLS-ALPN-01", at);
            }
            Some(Way::WithoutNginx) => {
                return no("its ACME client stops nginx and answers in its place", at);
            }
            Some(Way::Standalone(standalone))
                if standalone.port == self.settings.ports.http
                    && self.taken(standalone).is_free()
                    && !self.listens.is_outside =>
            {
                return no("its ACME client listens by itself, out of nginx's way", at);
            }
            _ => {}
        }
        match order {
            Some(Order { at, challenge: ChallengeKind::TlsAlpn01 }) => {
                no("nginx's ACME module has it validated over TLS-ALPN-01", Some(at))
            }
            Some(Order { at, challenge: ChallengeKind::Dns }) => {
                no("nginx's ACME module has it validated over DNS", Some(at))
            }
            Some(_) => None,
            None if way.is_some() || self.settings.places.has_own(&name.text) => None,
            None if self.settings.asked.contains(&*name.text)
                || name.servers.iter().any(is_wanted) =>
            {
                None
            }
            None => no("nothing here serves it over TLS or answers challenges for it", at),
        }
    }

    /// The directories in which the tokens for a name lie, links followed, each with its path as
    /// somebody has named it; none if nobody has named any.
    fn places(&self, name: &[u8]) -> Vec<PathBuf> {
        let mut known = self.real_places.borrow_mut();
        let places = self.settings.places.of(name).iter().map(|place| {
            if let Some(real) = known.get(place) {
                return real.clone();
            }
            let directory = match place {
                TokenPlace::WebRoot(root) => Cow::Owned([root, PATH.as_bytes()].concat()),
                TokenPlace::Directory(directory) => Cow::Borrowed(&**directory),
            };
            let directory = Path::new(OsStr::from_bytes(&directory));
            let real = real_path(directory, self.file_system).found();
            let real = real.unwrap_or_else(|| directory.to_owned());
            known.insert(place.clone(), real.clone());
            real
        });
        places.collect()
    }

    /// What nginx takes from a client that listens by itself.
    pub(crate) fn taken(&self, standalone: &Standalone) -> Taken {
        let taken = || Taken::of(self.http, self.settings.ports, standalone);
        if standalone.address.is_some() { taken() } else { *self.taken.get_or_init(taken) }
    }

    /// Whether some server on the way may treat other tokens in another way.
    pub(crate) fn tells_tokens_apart(&self, challenge: &Challenge<'c>) -> bool {
        let mut distinction = self.distinction.borrow_mut();
        let mut servers = challenge.hops.iter().filter_map(|hop| hop.trace.server);
        servers.any(|server| distinction.is_made_by(server))
    }

    /// Whether a challenge goes over IPv6 just the way it goes over IPv4.
    pub(crate) fn is_alike(&self, challenge: &Challenge<'c>) -> bool {
        challenge.hops.iter().enumerate().all(|(index, hop)| {
            let falls_back = index == 0 && self.listens.falls_back;
            !hop.trace.depends_on_addresses
                && (falls_back || is_alike_over_ipv6(self.http, &hop.request))
        })
    }
}
