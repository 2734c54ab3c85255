//! A request, and those that its redirects lead to.

use model::{Answer, FileSystem, Http, Ports, Request, Trace, route};

use super::ask::Ask;

/// More redirects than any client follows.
const MOST_REDIRECTS: usize = 20;

/// What it takes to trace a request.
pub(crate) struct Follow<'f, 'c> {
    /// The configuration.
    pub(crate) http: &'c Http<'c>,
    /// Asked whether paths exist.
    pub(crate) file_system: &'f dyn FileSystem,
    /// Where requests to the public ports arrive.
    pub(crate) ports: Ports,
    /// Whether redirects are followed.
    pub(crate) redirects: bool,
}

/// A traced request.
#[derive(Debug)]
pub(crate) struct Traced<'c> {
    /// One, or as many as there are requests until the redirects end.
    pub(crate) hops: Vec<Hop<'c>>,
    /// Why the last redirect is not followed, if it is one that should be.
    pub(crate) stopped: Option<String>,
}

/// One request and what nginx does with it.
#[derive(Debug)]
pub(crate) struct Hop<'c> {
    /// The URL: as given, or where the redirect leads.
    pub(crate) url: Vec<u8>,
    /// The request.
    pub(crate) request: Request,
    /// Its way.
    pub(crate) trace: Trace<'c>,
}

impl<'c> Follow<'_, 'c> {
    /// The way of a request.
    pub(crate) fn trace(&self, ask: &Ask) -> Traced<'c> {
        let mut hops = vec![self.hop(ask.url.clone(), ask.request.clone())];
        let mut seen = vec![(ask.request.url(), ask.request.method.clone())];
        while self.redirects
            && let Some(last) = hops.last()
            && let Answer::Redirect { status, to } = &last.trace.answer
        {
            let request = match self.redirected(&last.request, *status, to) {
                Ok(request) => request,
                Err(why) => return Traced { hops, stopped: Some(why) },
            };
            let asked = (request.url(), request.method.clone());
            if seen.contains(&asked) {
                return Traced { hops, stopped: Some("it leads in a circle".to_owned()) };
            }
            if hops.len() > MOST_REDIRECTS {
                let why = format!("these are more than {MOST_REDIRECTS} redirects");
                return Traced { hops, stopped: Some(why) };
            }
            seen.push(asked);
            hops.push(self.hop(request.url().to_bytes(), request));
        }
        Traced { hops, stopped: None }
    }

    fn hop(&self, url: Vec<u8>, request: Request) -> Hop<'c> {
        let trace = route(self.http, &request, self.file_system);
        Hop { url, request, trace }
    }

    /// The request that a client makes after a redirect, or why it does not come here.
    fn redirected(&self, from: &Request, status: u16, to: &[u8]) -> Result<Request, String> {
        let url = from.url().join(to).map_err(|error| error.to_string())?;
        let is_same_host = url.host.eq_ignore_ascii_case(&from.host);
        let address = url.address();
        if !is_same_host && !self.http.has_host(&url.host) {
            let host = url.host.escape_ascii();
            return Err(format!("no server of this configuration has the name `{host}`"));
        }
        let mut request = from.clone().for_url(&url, self.ports);
        if !is_same_host {
            request.host_field = None;
        }
        if let Some(address) = address
            && address.is_ipv4() == request.address.is_ipv4()
        {
            request.address = address;
        }
        // Who is sent elsewhere by one of these, asks there without a body.
        let drops_body = match status {
            301 | 302 => from.method == b"POST",
            303 => from.method != b"HEAD",
            _ => false,
        };
        if drops_body {
            request.method = b"GET".to_vec();
        }
        Ok(request)
    }
}
