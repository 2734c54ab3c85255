//! Whether CAA records let an authority issue a certificate (RFC 8659, RFC 8657).

use super::{CaaSet, Validation, wanted::Order};

/// A CAA record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Property {
    /// Whether nothing may be issued by who does not understand it.
    pub is_critical: bool,
    /// What it is about: `issue`, `issuewild`, `iodef`.
    pub tag: String,
    /// What it says.
    pub value: String,
}

/// Why a certificate may not be issued.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// No authority may issue any.
    Nobody,
    /// Others may: the domains that are named.
    Others(Vec<String>),
    /// The authority may, and not over this way of validation: those that are named.
    Methods(Vec<String>),
    /// The authority may, and not for this account: those that are named.
    Account(Vec<String>),
    /// A property is critical that no authority knows: its tag.
    Unknown(String),
}

/// What an `issue` or `issuewild` property allows.
struct Grant<'p> {
    domain: &'p str,
    /// Its parameters; `None` if they are malformed, so that nobody can meet them.
    parameters: Option<Vec<(&'p str, &'p str)>>,
}

/// The properties that every authority knows.
const KNOWN: [&str; 5] = ["issue", "issuewild", "iodef", "issuemail", "issuevmc"];

/// Why a certificate may not be issued as it is ordered; `None` if it may, or if that is not known.
pub(super) fn refusal(set: &CaaSet, order: &Order) -> Option<Refusal> {
    let is_unknown = |one: &&Property| {
        one.is_critical && !KNOWN.iter().any(|known| one.tag.eq_ignore_ascii_case(known))
    };
    if let Some(unknown) = set.properties.iter().find(is_unknown) {
        return Some(Refusal::Unknown(unknown.tag.clone()));
    }
    let of_tag = |tag: &str| {
        let of_it = set.properties.iter().filter(|one| one.tag.eq_ignore_ascii_case(tag));
        of_it.map(|one| Grant::of(&one.value)).collect::<Vec<_>>()
    };
    let mut grants = if order.is_wildcard { of_tag("issuewild") } else { Vec::new() };
    if grants.is_empty() {
        grants = of_tag("issue");
    }
    if grants.is_empty() {
        return None;
    }
    let mut named: Vec<_> = grants.iter().map(|grant| grant.domain.to_owned()).collect();
    named.retain(|domain| !domain.is_empty());
    named.dedup();
    let Some(authority) = order.authority else {
        // An authority of a company may have rules of its own.
        let is_nobody = named.is_empty() && order.client.is_none();
        return is_nobody.then_some(Refusal::Nobody);
    };
    let own: Vec<_> = grants.iter().filter(|grant| authority.is_called(grant.domain)).collect();
    if own.is_empty() {
        let nobody = named.is_empty();
        return Some(if nobody { Refusal::Nobody } else { Refusal::Others(named) });
    }
    if !authority.heeds_parameters {
        return None;
    }
    let method = order.validation.map(Validation::method);
    let by_method: Vec<_> = own.iter().filter(|grant| grant.takes_method(method)).collect();
    if by_method.is_empty() {
        return Some(Refusal::Methods(values(&own, "validationmethods")));
    }
    let by_account = by_method.iter().any(|grant| grant.takes_account(order.account.as_deref()));
    (!by_account).then(|| Refusal::Account(values(&own, "accounturi")))
}

/// The values of a parameter.
fn values(grants: &[&Grant<'_>], key: &str) -> Vec<String> {
    let parameters = grants.iter().filter_map(|grant| grant.parameters.as_ref()).flatten();
    let of_key = parameters.filter(|(name, _)| name.eq_ignore_ascii_case(key));
    of_key.map(|(_, value)| (*value).to_owned()).collect()
}

impl<'p> Grant<'p> {
    fn of(value: &'p str) -> Self {
        let mut parts = value.split(';');
        let domain = parts.next().unwrap_or_default().trim();
        let parameters = parts.map(str::trim).filter(|part| !part.is_empty()).map(|part| {
            let (key, value) = part.split_once('=')?;
            let (key, value) = (key.trim(), value.trim());
            let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let is_value = value.bytes().all(|byte| byte.is_ascii_graphic());
            (is_key && is_value).then_some((key, value))
        });
        let parameters = parameters.collect();
        Self { domain, parameters }
    }

    fn values(&self, key: &str) -> Option<Vec<&'p str>> {
        let of_key =
            self.parameters.as_ref()?.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key));
        Some(of_key.map(|(_, value)| *value).collect())
    }

    /// Whether a way of validation will do; one that is not known may.
    fn takes_method(&self, method: Option<&str>) -> bool {
        let Some(lists) = self.values("validationmethods") else { return false };
        let Some(method) = method else { return true };
        lists.iter().all(|list| list.split(',').any(|one| one.trim() == method))
    }

    /// Whether an account will do; one that is not known may.
    fn takes_account(&self, account: Option<&str>) -> bool {
        let Some(accounts) = self.values("accounturi") else { return false };
        match (&accounts[..], account) {
            ([], _) | ([_], None) => true,
            ([one], Some(account)) => *one == account,
            // No account is two.
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Authority;
    use super::*;

    const ACCOUNT: &str = "https://acme-v02.api.letsencrypt.org/acme/acct/1";

    fn set(properties: &[(&str, &str)]) -> CaaSet {
        let property = |(tag, value): &(&str, &str)| Property {
            is_critical: tag.starts_with('!'),
            tag: tag.trim_start_matches('!').to_owned(),
            value: (*value).to_owned(),
        };
        CaaSet {
            at: "example.com".to_owned(),
            alias_of: None,
            properties: properties.iter().map(property).collect(),
        }
    }

    fn order(is_wildcard: bool) -> Order {
        Order {
            client: Some("certbot".to_owned()),
            certificate: Some("example.com".to_owned()),
            authority: Authority::at("https://acme-v02.api.letsencrypt.org/directory"),
            is_wildcard,
            validation: Some(if is_wildcard { Validation::Dns01 } else { Validation::Http01 }),
            account: Some(ACCOUNT.to_owned()),
        }
    }

    fn told(properties: &[(&str, &str)]) -> Option<Refusal> {
        refusal(&set(properties), &order(false))
    }

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_authority_has_to_be_named() {
        assert_eq!(told(&[("issue", "letsencrypt.org")]), None);
        assert_eq!(told(&[("issue", "digicert.com"), ("issue", "LetsEncrypt.org")]), None);
        assert_eq!(told(&[("ISSUE", "letsencrypt.org; foo=bar")]), None);
        let others = Refusal::Others(texts(&["digicert.com"]));
        assert_eq!(told(&[("issue", "digicert.com")]), Some(others.clone()));
        assert_eq!(told(&[("issue", ";"), ("issue", "digicert.com")]), Some(others));
        assert_eq!(told(&[("issue", ";")]), Some(Refusal::Nobody));
        assert_eq!(told(&[("issue", "")]), Some(Refusal::Nobody));
        assert_eq!(told(&[("iodef", "mailto:security@example.com")]), None);
        assert_eq!(told(&[("issuewild", ";")]), None);
    }

    #[test]
    fn wildcards_have_a_property_of_their_own() {
        let told = |properties: &[(&str, &str)]| refusal(&set(properties), &order(true));
        assert_eq!(told(&[("issue", "letsencrypt.org")]), None);
        let both = [("issue", "letsencrypt.org"), ("issuewild", ";")];
        assert_eq!(told(&both), Some(Refusal::Nobody));
        assert_eq!(told(&[("issue", ";"), ("issuewild", "letsencrypt.org")]), None);
    }

    #[test]
    fn parameters_narrow_it() {
        let methods = |list: &str| told(&[("issue", &*format!("letsencrypt.org; {list}"))]);
        assert_eq!(methods("validationmethods=dns-01,http-01"), None);
        assert_eq!(methods("validationmethods=dns-01"), Some(Refusal::Methods(texts(&["dns-01"]))));
        assert_eq!(methods(&format!("accounturi={ACCOUNT}")), None);
        let other = "https://acme-v02.api.letsencrypt.org/acme/acct/2";
        let account = Refusal::Account(texts(&[other]));
        assert_eq!(methods(&format!("accounturi={other}")), Some(account));
        let unknown_account = [("issue", &*format!("letsencrypt.org;accounturi={other}"))];
        assert_eq!(refusal(&set(&unknown_account), &Order { account: None, ..order(false) }), None);
        let two = methods(&format!("accounturi={ACCOUNT}; accounturi={other}"));
        assert!(matches!(two, Some(Refusal::Account(_))));
        assert_eq!(methods("no parameter at all"), Some(Refusal::Methods(Vec::new())));
    }

    #[test]
    fn one_grant_that_fits_is_enough() {
        let fits = [
            ("issue", "letsencrypt.org; validationmethods=dns-01"),
            ("issue", "letsencrypt.org; validationmethods=http-01"),
        ];
        assert_eq!(told(&fits), None);
    }

    #[test]
    fn what_is_critical_has_to_be_known() {
        let refused = told(&[("!future", "x"), ("issue", "letsencrypt.org")]);
        assert_eq!(refused, Some(Refusal::Unknown("future".to_owned())));
        assert_eq!(told(&[("future", "x"), ("!issue", "letsencrypt.org")]), None);
    }

    #[test]
    fn an_authority_that_is_not_known_is_left_in_peace() {
        let order = Order { authority: None, ..order(false) };
        assert_eq!(refusal(&set(&[("issue", ";")]), &order), None);
        let nobody = Order { client: None, ..order };
        assert_eq!(refusal(&set(&[("issue", ";")]), &nobody), Some(Refusal::Nobody));
        assert_eq!(refusal(&set(&[("issue", "digicert.com")]), &nobody), None);
    }
}
