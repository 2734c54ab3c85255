//! Cases made by hand, each a fact that is easily got wrong, asked of the model and of both nginx
//! versions.

use machine::Nginx;
use model::Answer;

use crate::{
    client::Ask,
    compare::{Verdict, compare},
    show,
    site::Site,
};

mod cases;

/// A configuration that shows one fact.
pub(crate) struct Case {
    pub(crate) fact: &'static str,
    /// What stands in `http`.
    pub(crate) http: &'static str,
    /// Requests, as [`Ask::of`] reads them, and the answers to them, as [`describe`] words them.
    pub(crate) answers: &'static [(&'static str, &'static str)],
}

const START: &str = "user www-data;
events { }
http {
root /srv/www;
ssl_certificate /etc/letsencrypt/live/a.test/fullchain.pem;
ssl_certificate_key /etc/letsencrypt/live/a.test/privkey.pem;
server { listen 127.0.0.1:8080; location / { add_header X-Stub yes always; return 200 stub; } }
";

#[test]
fn cases_by_hand() {
    let site = Site::build();
    let mut problems = Vec::new();
    for case in cases::CASES.into_iter().flatten() {
        let texts = vec![("nginx.conf".to_owned(), format!("{START}{}\n}}\n", case.http))];
        let asks: Vec<_> = case.answers.iter().map(|(url, _)| Ask::of(url)).collect();
        for nginx in Nginx::ALL {
            let mut expected = case.answers.iter();
            let outcome = site.ask(nginx, &texts, &asks, |http, ask, trace, seen| {
                let (_, expected) = expected.next().expect("there is an answer for each request");
                let described = describe(&trace.answer);
                let verdict = compare(&site, http, ask, trace, seen);
                let is_known = verdict == Verdict::Agrees || described.starts_with("unknown");
                if !is_known || described != *expected {
                    let (fact, seen) = (case.fact, show(seen));
                    problems.push(format!(
                        "{fact}\n{ask}\n  expected {expected}\n  model {described}\n  {nginx} {seen}"
                    ));
                }
            });
            if let Err(error) = outcome {
                problems.push(format!("{}\n{error}", case.fact));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

/// An answer in a few words.
fn describe(answer: &Answer<'_>) -> String {
    match answer {
        Answer::File { path, .. } => format!("file {}", path.display()),
        Answer::Proxy { .. } => "proxy".to_owned(),
        Answer::Redirect { status, to } => format!("{status} to {}", to.escape_ascii()),
        Answer::Status { status, body: None } => status.to_string(),
        Answer::Status { status, body: Some(body) } => {
            format!("{status} {}", body.escape_ascii()).trim_end().to_owned()
        }
        Answer::Close => "close".to_owned(),
        Answer::Refused => "refused".to_owned(),
        Answer::TlsError => "TLS error".to_owned(),
        Answer::Unknown { because, .. } => format!("unknown: {because}"),
    }
}
