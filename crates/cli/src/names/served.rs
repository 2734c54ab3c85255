//! The certificate that nginx shows for a name, and what becomes of it.

use std::{ffi::OsString, os::unix::ffi::OsStringExt, path::PathBuf, sync::Arc};

use evidence::{
    Certificate, Evidence,
    client::{Clients, Lineage, Method, Reload},
};
use model::{Http, Ports, Request, ServerNameKind, name, route_briefly};

use crate::lint::Settings;

/// The certificate that nginx shows to who asks for a name over TLS.
pub(crate) struct Served {
    /// Its path.
    pub(crate) path: PathBuf,
    /// What it says, if it can be read.
    pub(crate) certificate: Option<Read>,
}

/// What a certificate says.
pub(crate) struct Read {
    /// Whether it is for the name.
    pub(crate) covers: bool,
    /// Its last second, since 1970.
    pub(crate) not_after: i64,
    /// The whole days that are left of it; less than 0 if it has ended.
    pub(crate) days_left: i64,
    pub(crate) issuer: String,
    /// Who renews it; `None` if no client is known that does.
    pub(crate) renewal: Option<Renewal>,
}

/// The next renewal of a certificate.
#[derive(Clone)]
pub(crate) struct Renewal {
    pub(crate) client: &'static str,
    /// What the client calls the certificate.
    pub(crate) certificate: String,
    /// How the name is validated, in a few words.
    pub(crate) method: String,
    /// When it is due, in seconds since 1970; `None` if it is turned off.
    pub(crate) due: Option<i64>,
    pub(crate) reload: Reload,
}

const DAY: i64 = 24 * 60 * 60;

/// Looks for the certificates of names.
pub(crate) struct Lookout<'l, 'c> {
    settings: &'l Settings<'l>,
    http: &'c Http<'c>,
    clients: Arc<Clients>,
    evidence: Evidence,
}

impl<'l, 'c> Lookout<'l, 'c> {
    pub(crate) fn new(
        settings: &'l Settings<'l>,
        http: &'c Http<'c>,
        clients: Arc<Clients>,
    ) -> Self {
        let evidence = Evidence::of(Arc::clone(&clients));
        Self { settings, http, clients, evidence }
    }

    /// What is shown for a name; `None` if nothing is, or if its path has variables.
    pub(crate) fn of(&mut self, name: &acme::Name<'c>) -> Option<Served> {
        let path = self.path(name)?;
        self.evidence.look_at(&path, self.settings.file_system);
        self.evidence.follow(&path, self.settings.file_system);
        let file = self.evidence.file_at(&path);
        let chain = file.and_then(|file| file.content()?.chain().ok());
        let certificate = chain.map(|chain| {
            let leaf = chain.leaf();
            let host = String::from_utf8_lossy(&name.text);
            let lineage = self.evidence.renewed_at(&path);
            let lineage = lineage.map(|index| &self.clients.lineages[index]);
            Read {
                covers: leaf.covers(&name.text),
                not_after: leaf.not_after,
                days_left: (leaf.not_after - self.settings.now).div_euclid(DAY),
                issuer: issuer(leaf),
                renewal: lineage.map(|lineage| self.renewal(lineage, leaf, &host)),
            }
        });
        Some(Served { path, certificate })
    }

    fn path(&self, name: &acme::Name<'_>) -> Option<PathBuf> {
        let http: &Http<'_> = self.http;
        if name.server_name.kind == ServerNameKind::Regex {
            return None;
        }
        let Ports { https, .. } = self.settings.ports();
        let request = || Request { port: https, ..Request::get(&name.text, b"/").over_tls() };
        let sender =
            |request| route_briefly(http, &request, self.settings.file_system).certificate_of;
        let sender = sender(request()).or_else(|| sender(request().over_ipv6()))?;
        let certificate = http.effective(http.server(sender), name::SSL_CERTIFICATE)?;
        let path = evidence::path_of(http.config, certificate)?.into_owned();
        Some(PathBuf::from(OsString::from_vec(path)))
    }

    fn renewal(&self, lineage: &Lineage, leaf: &Certificate, host: &str) -> Renewal {
        let is_on = lineage.autorenew && lineage.faults.is_empty();
        Renewal {
            client: lineage.client.name(),
            certificate: lineage.name.clone(),
            method: lineage.method_of(host).map_or_else(String::new, in_words),
            due: is_on.then(|| lineage.due(leaf.not_before, leaf.not_after)),
            reload: self.clients.reload(lineage),
        }
    }
}

impl Renewal {
    /// When it comes, and who has nginx read it, in a few words.
    pub(crate) fn words(&self, now: i64) -> String {
        let method = match &*self.method {
            "" => String::new(),
            method => format!(", {method}"),
        };
        let when = match self.due.map(|due| (due - now).div_euclid(DAY)) {
            None => "never".to_owned(),
            Some(..=0) => "due now".to_owned(),
            Some(1) => "in a day".to_owned(),
            Some(days) => format!("in {days} days"),
        };
        format!("{}{method}, {when}; {}", self.client, reload(self.reload))
    }
}

/// Who has nginx read a renewed certificate.
fn reload(reload: Reload) -> &'static str {
    match reload {
        Reload::Client => "it reloads nginx itself",
        Reload::Hook => "a hook reloads nginx",
        Reload::AtTimes => "a crontab or a timer reloads nginx",
        Reload::OtherHook => "a hook runs, which does not name nginx",
        Reload::Unread => "whether anything reloads nginx is not known",
        Reload::Nobody => "nobody reloads nginx",
    }
}

fn in_words(method: &Method) -> String {
    match method {
        Method::WebRoot(path) => format!("web root {}", path.display()),
        Method::TokenDirectory(path) => format!("tokens in {}", path.display()),
        Method::Standalone(standalone) => format!("listening on port {}", standalone.port),
        Method::Nginx => "editing nginx's configuration".to_owned(),
        Method::Stateless => "answered by the configuration".to_owned(),
        Method::Module => "answered by nginx".to_owned(),
        Method::Dns(plugin) => format!("over DNS ({plugin})"),
        Method::Manual { .. } => "by hand".to_owned(),
        Method::TlsAlpn => "over TLS-ALPN-01".to_owned(),
        Method::Other(words) => words.clone(),
    }
}

/// Who has issued a certificate, as people know it.
fn issuer(certificate: &Certificate) -> String {
    let name = &certificate.issuer;
    let known = name.organization.as_ref().or(name.common_name.as_ref());
    known.unwrap_or(&name.text).clone()
}
