//! The access phase: `allow`, `deny`, passwords, subrequests, and how `satisfy` combines them.

use std::net::IpAddr;

use super::{
    Answer, Client,
    network::Network,
    run::{Next, Run, Undecided},
};
use crate::{
    config::Directive,
    directive_table::{Phase, name},
    kinds::Kinds,
    listen::Address,
};

/// What an access module says.
enum Opinion<'c> {
    None,
    Ok,
    Refuses(u16, Directive<'c>),
    /// It ends the connection.
    Closes(Directive<'c>),
}

/// What a rule that names networks says of the client.
enum Covers {
    Yes,
    No,
    Undecided,
}

impl<'c> Run<'_, 'c> {
    /// What ends the request here, if something does (`ngx_http_core_access_phase`,
    /// `ngx_http_core_post_access_phase`). Subrequests are let in.
    pub(super) fn access(&mut self) -> Result<Option<Next<'c>>, Undecided<'c>> {
        if self.main_method.is_some() {
            return Ok(None);
        }
        self.stop_at_unmodelled(Phase::Access)?;
        let any = self
            .effective(name::SATISFY)
            .is_some_and(|satisfy| satisfy.arg(0).as_deref() == Some(b"any"));
        for ask in [Self::address_rules, Self::password, Self::other_location] {
            match ask(self)? {
                Opinion::Ok if any => {
                    self.refusal = None;
                    break;
                }
                Opinion::None | Opinion::Ok => {}
                // 401 wins over 403, because a password could still help.
                Opinion::Refuses(status @ (401 | 403), at) if any => {
                    if self.refusal.is_none_or(|(other, _)| other != 401) {
                        self.refusal = Some((status, at));
                    }
                }
                Opinion::Refuses(status, at) => return Ok(Some(Next::Fail(status, Some(at)))),
                Opinion::Closes(at) => return Ok(Some(Next::Answer(Answer::Close, Some(at)))),
            }
        }
        // One that an error has cut short holds for the page of that error.
        Ok(self.refusal.take().map(|(status, at)| Next::Fail(status, Some(at))))
    }

    /// `allow` and `deny`: the first that covers the client decides, in the innermost level that
    /// has any.
    fn address_rules(&mut self) -> Result<Opinion<'c>, Undecided<'c>> {
        let Some(level) = self.levels().find(|level| level.has(Kinds::ADDRESS_RULE)) else {
            return Ok(Opinion::None);
        };
        let rules: Vec<_> = level.of_kinds(Kinds::ADDRESS_RULE).collect();
        let (family, client) = self.client_for(&rules);
        for rule in rules {
            let Some(argument) = rule.arg(0) else { continue };
            let covers = match covers(&argument, client, family) {
                Covers::No => false,
                Covers::Yes => true,
                Covers::Undecided => {
                    let because = "it depends on the address of the client".to_owned();
                    self.assume(Undecided { because, at: Some(rule) })?
                }
            };
            if !covers {
                continue;
            }
            if rule.name() == name::ALLOW {
                self.note(Some(rule), || {
                    "it is the first rule that covers the client, and lets it in".to_owned()
                });
                return Ok(Opinion::Ok);
            }
            self.note(Some(rule), || refusal(&argument).to_owned());
            return Ok(Opinion::Refuses(403, rule));
        }
        Ok(Opinion::None)
    }

    /// The client, and an address of the family whose rules hold for it. An IPv4 client that comes
    /// to an IPv6 socket is looked for among the IPv4 rules if there are any.
    fn client_for(&self, rules: &[Directive<'c>]) -> (IpAddr, Client) {
        let (family, client) = self.addresses();
        let socket = self.socket.map(|id| &self.http.socket(id).address);
        let (IpAddr::V4(own), Some(Address::Ip(IpAddr::V6(_), _))) = (family, socket) else {
            return (family, client);
        };
        let is_ipv4 = |rule: &Directive<'c>| {
            rule.arg(0).is_some_and(|network| &*network == b"all" || !network.contains(&b':'))
        };
        match client {
            Client::Known(IpAddr::V4(client)) if !rules.iter().any(is_ipv4) => {
                let mapped = client.to_ipv6_mapped();
                (own.to_ipv6_mapped().into(), Client::Known(mapped.into()))
            }
            _ if !rules.iter().any(is_ipv4) => (own.to_ipv6_mapped().into(), client),
            _ => (family, client),
        }
    }

    /// `auth_basic`, which does nothing without a user file.
    fn password(&mut self) -> Result<Opinion<'c>, Undecided<'c>> {
        let Some(realm) = self.effective(name::AUTH_BASIC) else { return Ok(Opinion::None) };
        let argument = realm.arg(0).unwrap_or_default();
        if self.effective(name::AUTH_BASIC_USER_FILE).is_none()
            || self.evaluate(&argument, realm)? == b"off"
        {
            return Ok(Opinion::None);
        }
        if self.request.headers.iter().any(|(name, _)| name == b"authorization") {
            let because = "it depends on the password".to_owned();
            return Err(Undecided { because, at: Some(realm) });
        }
        self.note(Some(realm), || "it asks for a password, and the request has none".to_owned());
        Ok(Opinion::Refuses(401, realm))
    }

    /// `auth_request`: what another location of the server answers.
    fn other_location(&mut self) -> Result<Opinion<'c>, Undecided<'c>> {
        let Some(directive) = self.effective(name::AUTH_REQUEST) else { return Ok(Opinion::None) };
        let path = directive.arg(0).unwrap_or_default();
        if matches!(&*path, b"" | b"off") {
            return Ok(Opinion::None);
        }
        self.note(Some(directive), || format!("it asks {}", path.escape_ascii()));
        let status = match self.subrequest(&path)? {
            Answer::File { .. } => 200,
            Answer::Status { status, .. } | Answer::Redirect { status, .. } => status,
            Answer::Proxy { at, .. } => {
                let because = "what the server behind it says decides".to_owned();
                return Err(Undecided { because, at: Some(at) });
            }
            Answer::Unknown { because, at } => return Err(Undecided { because, at }),
            Answer::Close | Answer::Refused | Answer::TlsError => {
                return Ok(Opinion::Closes(directive));
            }
        };
        match status {
            200..300 => Ok(Opinion::Ok),
            401 | 403 => {
                self.note(Some(directive), || format!("the answer to it is {status}"));
                Ok(Opinion::Refuses(status, directive))
            }
            _ => {
                self.note(Some(directive), || format!("{status} is no answer to it"));
                Ok(Opinion::Refuses(500, directive))
            }
        }
    }

    /// The answer to a subrequest for a path of the same server (`ngx_http_subrequest`): a GET that
    /// comes from inside and shares the variables.
    fn subrequest(&mut self, path: &[u8]) -> Result<Answer<'c>, Undecided<'c>> {
        let mut subrequest = Self {
            watcher: self.watcher,
            socket: self.socket,
            server: self.server,
            host: self.host.clone(),
            headers: self.headers,
            target: self.target,
            method: b"GET".to_vec(),
            path: path.to_vec(),
            variables: self.variables.take().into(),
            choices: self.choices.take().into(),
            is_internal: true,
            main_method: Some(self.method.clone()),
            steps: self.steps.take().into(),
            ..Self::of(self.http, self.request, self.file_system)
        };
        let answer = subrequest.serve().and_then(|next| subrequest.finish(next));
        self.variables = subrequest.variables;
        self.asks_for_addresses
            .set(self.asks_for_addresses.get() || subrequest.asks_for_addresses.get());
        self.asks_for_host.set(self.asks_for_host.get() || subrequest.asks_for_host.get());
        self.choices = subrequest.choices;
        self.steps = subrequest.steps;
        answer
    }
}

/// Why `deny` keeps the client out.
fn refusal(network: &[u8]) -> &'static str {
    match network {
        b"all" => "no rule before it lets the client in, and it refuses everybody",
        _ => "it is the first rule that covers the address of the client, and refuses it",
    }
}

fn covers(network: &[u8], client: Client, family: IpAddr) -> Covers {
    if network == b"all" {
        return Covers::Yes;
    }
    if network == b"unix:" {
        return Covers::No;
    }
    let Some(network) = Network::cast(network) else { return Covers::Undecided };
    match client {
        Client::Known(client) if network.contains(client) => Covers::Yes,
        // The client comes over the family of the address on which its request arrives.
        Client::UnknownPublic if network.is_ipv4() != family.is_ipv4() => Covers::No,
        Client::UnknownPublic if network.is_all() => Covers::Yes,
        // Validation servers sit all over the Internet: a small network is not meant for them.
        Client::UnknownPublic if network.is_large() => Covers::Undecided,
        Client::Known(_) | Client::UnknownPublic => Covers::No,
    }
}
