use super::{
    Arity, Context, Family, Name, Phase, RECORDS, Record, TEXTS, Version, candidates, name, nearest,
};

fn found(name: Name, context: Context) -> &'static Record {
    candidates(name, context).next().expect("it is allowed there")
}

fn version(text: &str) -> Version {
    Version::parse(text.as_bytes()).expect("a version")
}

#[test]
fn names_come_back_as_they_were_written() {
    for text in &TEXTS[1..] {
        assert_eq!(Name::of(text.as_bytes()).text(), *text);
    }
    assert_eq!(Name::of(b"listen"), name::LISTEN);
    assert_eq!(Name::of(b"SecRulesEnabled"), name::SECRULESENABLED);
    assert_eq!(Name::of(b"Listen"), Name::UNKNOWN);
    assert_eq!(Name::of(b""), Name::UNKNOWN);
    assert_eq!(Name::UNKNOWN.text(), "");
    assert_eq!(format!("{:?}", name::LISTEN), r#"Name("listen")"#);
}

#[test]
fn names_are_ordered_as_their_texts() {
    assert!(TEXTS.is_sorted());
    assert!(name::ALLOW < name::DENY);
}

#[test]
fn every_name_has_its_records() {
    let count: usize = TEXTS.iter().map(|text| Name::of(text.as_bytes()).records().len()).sum();
    assert_eq!(count, RECORDS.len());
    assert!(TEXTS[1..].iter().all(|text| !Name::of(text.as_bytes()).records().is_empty()));
    assert!(Name::UNKNOWN.records().is_empty());
    let modules: Vec<&str> = name::LISTEN.records().iter().map(|record| record.module).collect();
    assert_eq!(
        modules,
        [
            "ngx_http_core_module",
            "ngx_stream_core_module",
            "ngx_mail_core_module",
            "ngx_rtmp_core_module"
        ]
    );
}

#[test]
fn the_context_chooses_the_directive() {
    assert_eq!(found(name::LISTEN, Context::Server).family, Family::Http);
    assert_eq!(found(name::LISTEN, Context::MailServer).family, Family::Mail);
    assert!(candidates(name::LISTEN, Context::Location).next().is_none());
    assert!(candidates(Name::UNKNOWN, Context::Server).next().is_none());

    assert_eq!(found(name::PROXY_PASS, Context::StreamServer).module, "ngx_stream_proxy_module");
    assert_eq!(found(name::PROXY_PASS, Context::LimitExcept).module, "ngx_http_proxy_module");
    assert!(candidates(name::PROXY_PASS, Context::Server).next().is_none());

    assert!(found(name::SERVER, Context::Http).block);
    assert!(!found(name::SERVER, Context::Upstream).block);
}

#[test]
fn include_stands_everywhere_and_if_does_not() {
    for context in [
        Context::Main,
        Context::Events,
        Context::IfInServer,
        Context::StreamUpstream,
        Context::AcmeIssuer,
    ] {
        assert_eq!(found(name::INCLUDE, context).arity, Arity::Counts(0b10));
    }
    assert!(found(name::IF, Context::Location).block);
    for context in [Context::Http, Context::IfInServer, Context::IfInLocation, Context::LimitExcept]
    {
        assert!(candidates(name::IF, context).next().is_none());
    }
}

#[test]
fn several_modules_may_claim_one_name_in_one_context() {
    let modules: Vec<_> = candidates(name::AUTH_JWT, Context::Location)
        .map(|record| (record.third_party, record.arity))
        .collect();
    assert_eq!(
        modules,
        [(Some("nginx-auth-jwt"), Arity::Counts(0b110)), (Some("nginx-plus"), Arity::Unknown)]
    );
    assert!(name::AUTH_JWT.is_third_party_only());
    assert!(!name::LISTEN.is_third_party_only());
    assert!(!Name::UNKNOWN.is_third_party_only());
}

#[test]
fn directives_come_and_go_with_releases() {
    let ssl = found(name::SSL, Context::Server);
    assert_eq!((ssl.deprecated, ssl.removed), (Some(version("1.15.0")), Some(version("1.25.1"))));
    assert_eq!(found(name::HTTP2, Context::Server).since, Some(version("1.25.1")));
    assert_eq!(found(name::SSL_REJECT_HANDSHAKE, Context::Server).since, Some(version("1.19.4")));
    assert_eq!(found(name::LISTEN, Context::Server).removed, None);
}

#[test]
fn single_slots_refuse_a_second_value() {
    for name in [name::ROOT, name::ALIAS, name::TRY_FILES, name::PROXY_PASS, name::AUTH_BASIC] {
        assert!(found(name, Context::Location).once, "{name:?}");
    }
    for name in [name::RETURN, name::ADD_HEADER, name::ALLOW, name::ERROR_PAGE, name::ACCESS_LOG] {
        assert!(!found(name, Context::Location).once, "{name:?}");
    }
    assert!(found(name::HTTP, Context::Main).once);
    assert!(!found(name::SERVER_NAME, Context::Server).once);
    assert!(!found(name::SSL_CERTIFICATE, Context::Server).once);
}

#[test]
fn arguments_are_counted_as_nginx_does() {
    assert_eq!(found(name::LISTEN, Context::Server).arity, Arity::AtLeast(1));
    assert!(found(name::SENDFILE, Context::Http).arity.is_flag());
    let rewrite = found(name::REWRITE, Context::Server).arity;
    assert_eq!((0..10).filter(|count| rewrite.accepts(*count)).collect::<Vec<_>>(), [2, 3]);
    assert!(found(name::ALLOW, Context::Server).arity.accepts(1));
    assert!(!Arity::Counts(0b1000_0000).accepts(8));
    assert!(Arity::Counts(0b1000_0000).accepts(7));
    assert!(Arity::AtLeast(2).accepts(1000));
    assert!(Arity::Any.accepts(0));
}

#[test]
fn arity_reads_as_a_phrase() {
    assert_eq!(Arity::Counts(0b1).to_string(), "no arguments");
    assert_eq!(Arity::Counts(0b10).to_string(), "1 argument");
    assert_eq!(Arity::Counts(0b11).to_string(), "0 or 1 arguments");
    assert_eq!(Arity::Counts(0b1010).to_string(), "1 or 3 arguments");
    assert_eq!(Arity::Counts(0b1_1110).to_string(), "1, 2, 3 or 4 arguments");
    assert_eq!(Arity::AtLeast(2).to_string(), "at least 2 arguments");
}

#[test]
fn directives_that_act_on_a_request_say_when() {
    let phase = |name, context| found(name, context).phase;
    assert_eq!(phase(name::REWRITE_BY_LUA_BLOCK, Context::Location), Some(Phase::Rewrite));
    assert_eq!(phase(name::SET_BY_LUA_BLOCK, Context::Location), Some(Phase::Variable));
    assert_eq!(phase(name::AUTH_REQUEST, Context::Server), Some(Phase::Access));
    assert_eq!(phase(name::LIMIT_REQ, Context::Server), Some(Phase::Preaccess));
    assert_eq!(phase(name::TRY_FILES, Context::Server), Some(Phase::Precontent));
    assert_eq!(phase(name::PERL, Context::Location), Some(Phase::Content));
    assert_eq!(phase(name::IMAGE_FILTER, Context::Location), Some(Phase::Filter));
    assert_eq!(phase(name::SSL_CERTIFICATE_BY_LUA_BLOCK, Context::Server), Some(Phase::Tls));
    assert_eq!(phase(name::ADD_HEADER, Context::Location), None);
    assert!(Phase::Rewrite < Phase::Access && Phase::Access < Phase::Content);
}

#[test]
fn versions_are_read_compared_and_written() {
    assert!(version("1.9.15") < version("1.25.1"));
    assert_eq!(version("1.25.1").to_string(), "1.25.1");
    for wrong in ["", "1", "1.2", "1.2.3.4", "1.2.+3", "1..3", "1.2.x", " 1.2.3", "1.2.99999"] {
        assert_eq!(Version::parse(wrong.as_bytes()), None, "{wrong:?}");
    }
}

#[test]
fn the_nearest_name_is_the_one_meant() {
    assert_eq!(nearest(b"proxy_pas"), Some("proxy_pass"));
    assert_eq!(nearest(b"sever_name"), Some("server_name"));
    assert_eq!(nearest(b"lsiten"), Some("listen"));
    assert_eq!(nearest(b"Server"), Some("server"));
    assert_eq!(nearest(b"rot"), Some("root"));
    assert_eq!(nearest(b"ssl_certficate"), Some("ssl_certificate"));
    assert_eq!(nearest(b"try_file"), Some("try_files"));
    assert_eq!(nearest(b"locaton"), Some("location"));
    assert_eq!(nearest(b"errorpage"), Some("error_page"));
    assert_eq!(nearest(b"xyzzy_plugh"), None);
    assert_eq!(nearest(b""), None);
}
