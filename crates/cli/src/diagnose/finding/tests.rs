use super::*;

fn ids(text: &str) -> Vec<&'static str> {
    findings(text.as_bytes()).main.iter().map(|finding| finding.message.id).collect()
}

const CERTBOT: &str = "\
Saving debug log to /var/log/letsencrypt/letsencrypt.log
Failed to renew certificate example.com with error: Some challenges have failed.

Certbot failed to authenticate some domains (authenticator: webroot). The Certificate Authority
reported these problems:
  Domain: www.example.com
  Type:   unauthorized
  Detail: 203.0.113.9: Invalid response from
http://www.example.com/.well-known/acme-challenge/6l0hZpG2nL8vXyY8wq3sJk0u1mN5bR7tC4dE9fA2gHI: 404

  Domain: example.com
  Type:   unauthorized
  Detail: 203.0.113.9: Invalid response from http://example.com/.well-known/acme-challenge/x: 404
";

#[test]
fn what_is_said_of_several_names_is_one_finding() {
    let found = findings(CERTBOT.as_bytes());
    let [finding] = &*found.main else { panic!("{:?}", found.main) };
    assert_eq!(finding.message.id, "challenge-answered-404");
    assert_eq!((finding.count, finding.line), (2, 8));
    assert_eq!(finding.names, ["www.example.com", "example.com"]);
    assert_eq!(finding.addresses, ["203.0.113.9".parse::<IpAddr>().unwrap()]);
    assert_eq!(finding.fields.authenticator.as_deref(), Some("webroot"));
    assert_eq!(finding.fields.problem.as_deref(), Some("unauthorized"));
    assert!(finding.words.ends_with("/.well-known/acme-challenge/TOKEN: 404"), "{}", finding.words);
    let also: Vec<_> = found.also.iter().map(|finding| finding.message.id).collect();
    assert!(also.contains(&"certbot-challenges-failed"), "{also:?}");
}

#[test]
fn a_type_alone_is_better_than_nothing() {
    assert_eq!(
        ids("[x] acme: error: 403 :: urn:ietf:params:acme:error:unauthorized :: 様"),
        ["problem-unauthorized"]
    );
    assert_eq!(
        ids(r#"{"type":"urn:ietf:params:acme:error:caa","detail":"something new","status":403}"#),
        ["problem-caa"]
    );
}

#[test]
fn summaries_alone_are_told() {
    assert_eq!(
        ids("All renewals failed. The following certificates could not be renewed:"),
        ["certbot-renewal-failed"]
    );
}

#[test]
fn of_a_text_without_messages_clues_are_kept() {
    let found =
        findings("GET https://shop.example.com/a → 502 from 192.0.2.7, see x.conf".as_bytes());
    assert!(found.main.is_empty() && !found.is_empty_text);
    assert_eq!(found.clues.names, ["shop.example.com"]);
    assert_eq!(found.clues.addresses, ["192.0.2.7"]);
    assert_eq!(found.clues.statuses, ["502"]);
    assert!(findings(b" \r\n\n").is_empty_text);
}

#[test]
fn tokens_are_not_shown() {
    let token = "6l0hZpG2nL8vXyY8wq3sJk0u1mN5bR7tC4dE9fA2gHI";
    assert_eq!(without_token(&format!("x/{token}.{token}: y")), "x/TOKEN.TOKEN: y");
    assert_eq!(
        without_token("/.well-known/acme-challenge/short"),
        "/.well-known/acme-challenge/TOKEN"
    );
}
