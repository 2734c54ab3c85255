//! The access phase: `allow`, `deny`, passwords, and how `satisfy` combines them.

use std::net::IpAddr;

use super::{
    Client,
    run::{Run, Undecided},
};
use crate::{
    config::Directive,
    directive_table::{Phase, name},
};

/// What an access module says.
enum Opinion<'c> {
    None,
    Ok,
    Refuses(u16, Directive<'c>),
}

/// What a rule that names networks says of the client.
enum Covers {
    Yes,
    No,
    Undecided,
}

impl<'c> Run<'_, 'c> {
    /// The status and the directive that refuse the request, if one does.
    pub(super) fn access(&mut self) -> Result<Option<(u16, Directive<'c>)>, Undecided<'c>> {
        self.stop_at_unmodelled(Phase::Access)?;
        let any = self
            .effective(name::SATISFY)
            .is_some_and(|satisfy| satisfy.arg(0).as_deref() == Some(b"any"));
        let mut refusal = None;
        for ask in [Self::address_rules, Self::password] {
            match ask(self)? {
                Opinion::Ok if any => return Ok(None),
                Opinion::None | Opinion::Ok => {}
                Opinion::Refuses(status, at) if !any => return Ok(Some((status, at))),
                // 401 wins over 403, because a password could still help.
                Opinion::Refuses(status, at) => {
                    if refusal.is_none_or(|(other, _)| other != 401) {
                        refusal = Some((status, at));
                    }
                }
            }
        }
        Ok(refusal)
    }

    /// `allow` and `deny`: the first that covers the client decides, in the innermost level that
    /// has any.
    fn address_rules(&mut self) -> Result<Opinion<'c>, Undecided<'c>> {
        let is_rule =
            |directive: &Directive<'c>| matches!(directive.name(), name::ALLOW | name::DENY);
        let family = self.request.address;
        let rules: Vec<_> = self
            .levels()
            .map(|level| level.settings().iter().copied().filter(is_rule).collect::<Vec<_>>())
            .find(|rules| !rules.is_empty())
            .unwrap_or_default();
        for rule in rules {
            let Some(argument) = rule.arg(0) else { continue };
            match covers(&argument, self.request.client, family) {
                Covers::No => {}
                Covers::Undecided => {
                    let because = "it depends on the address of the client".to_owned();
                    return Err(Undecided { because, at: Some(rule) });
                }
                Covers::Yes if rule.name() == name::ALLOW => return Ok(Opinion::Ok),
                Covers::Yes => {
                    self.note(Some(rule), || "it refuses the client".to_owned());
                    return Ok(Opinion::Refuses(403, rule));
                }
            }
        }
        Ok(Opinion::None)
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
        self.note(Some(realm), || "it asks for a password".to_owned());
        Ok(Opinion::Refuses(401, realm))
    }
}

fn covers(network: &[u8], client: Client, family: IpAddr) -> Covers {
    if network == b"all" {
        return Covers::Yes;
    }
    if network == b"unix:" {
        return Covers::No;
    }
    let text = String::from_utf8_lossy(network);
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, length.parse::<u32>().ok()),
        None => (&*text, Some(128)),
    };
    let (Ok(address), Some(length)) = (address.parse::<IpAddr>(), length) else {
        return Covers::Undecided;
    };
    match client {
        Client::Known(client) => {
            if contains(address, length, client) {
                Covers::Yes
            } else {
                Covers::No
            }
        }
        // The client comes over the family of the address on which its request arrives.
        Client::UnknownPublic if address.is_ipv4() != family.is_ipv4() => Covers::No,
        // Validation servers sit all over the Internet: a network of this size or smaller is not
        // meant for them, one that is half of it may be.
        Client::UnknownPublic if length == 0 => Covers::Yes,
        Client::UnknownPublic if length < 8 => Covers::Undecided,
        Client::UnknownPublic => Covers::No,
    }
}

fn contains(network: IpAddr, length: u32, client: IpAddr) -> bool {
    match (network, client) {
        (IpAddr::V4(network), IpAddr::V4(client)) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(length)).unwrap_or(0);
            u32::from(network) & mask == u32::from(client) & mask
        }
        (IpAddr::V6(network), IpAddr::V6(client)) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(length)).unwrap_or(0);
            u128::from(network) & mask == u128::from(client) & mask
        }
        _ => false,
    }
}
