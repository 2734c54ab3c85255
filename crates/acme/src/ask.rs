//! The challenges for one name: over each address family, with one token or several.

use std::path::{Path, PathBuf};

use evidence::client::Standalone;
use model::{Answer, AnswerPhase, ServerId};

use crate::{
    challenge::{Challenge, Detail, Hop, Question},
    client,
    inserted::{self, Inserted},
    module::Order,
    outcome::judge,
    settings::Way,
    tls_alpn::TlsAlpn,
    token::{Place, TOKEN, TokenShape, WithToken, directory_of},
    validator::Validator,
    verdict::{Cause, FamilyVerdict, KeyAuthorization, Verdict},
};

/// The challenges for one name.
pub(crate) struct Ask<'n, 'v, 'c> {
    validator: &'n Validator<'v, 'c>,
    host: &'n [u8],
    order: Option<Order<'c>>,
    /// Where the client puts its tokens, if somebody says so.
    places: Vec<PathBuf>,
    /// The directory in which nginx has found the token over the other family.
    place: Option<PathBuf>,
    /// Whether the answer over the other family comes from no file, so that none is written.
    writes_no_file: bool,
    /// Whether all passes so far, and would do so for any host that the same server has.
    pub(crate) is_any_host: bool,
}

/// One challenge, followed and judged.
struct Judged<'c> {
    challenge: Challenge<'c>,
    verdict: Verdict<'c>,
    shape: TokenShape,
    /// The only directory in which the token was, where that has been settled.
    place: Option<PathBuf>,
}

impl<'n, 'v, 'c> Ask<'n, 'v, 'c> {
    pub(crate) fn new(
        validator: &'n Validator<'v, 'c>,
        host: &'n [u8],
        order: Option<Order<'c>>,
        places: Vec<PathBuf>,
    ) -> Self {
        Self {
            validator,
            host,
            order,
            places,
            place: None,
            writes_no_file: false,
            is_any_host: true,
        }
    }
}

impl<'c> Ask<'_, '_, 'c> {
    /// Judges the name over one address family. Says, too, whether it passes over the other one
    /// just so.
    pub(crate) fn judge_family(
        &mut self,
        is_ipv6: bool,
        servers: &mut Vec<ServerId>,
    ) -> (FamilyVerdict<'c>, bool) {
        let validator = self.validator;
        let judged = self.judge(is_ipv6);
        for server in judged.challenge.hops.iter().filter_map(|hop| hop.trace.server) {
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        let mut verdict = judged.verdict;
        let passes = matches!(verdict, Verdict::Passes(_));
        if let Some(TlsAlpn { at, is_for_all }) = validator.tls_alpn.filter(|_| !passes) {
            let because = "TLS-ALPN-01 challenges are led to a client of their own";
            verdict = match (is_for_all, verdict) {
                (true, _) => Verdict::NotHttp01 { because, at: Some(at) },
                (false, Verdict::Fails(_)) => {
                    Verdict::Unknown { because: format!("some {because}"), at: Some(at) }
                }
                (false, other) => other,
            };
        }
        let mut hops = judged.challenge.hops.iter();
        self.is_any_host &= passes && hops.all(|hop| !hop.trace.depends_on_host);
        let is_alike = passes && validator.is_alike(&judged.challenge);
        let wanted = if passes { validator.in_full } else { Some(Detail::Steps) };
        let challenge = match wanted {
            None => None,
            Some(Detail::Answers) => Some(judged.challenge),
            Some(Detail::Steps) => {
                let place = self.place(judged.place.as_deref());
                let files = WithToken::new(validator.file_system, judged.shape, place);
                let mut way = self.question(is_ipv6, judged.shape).follow(&files, Detail::Steps);
                if let Verdict::Passes(KeyAuthorization::Plugin(_)) = verdict {
                    way.hops.truncate(judged.challenge.hops.len());
                    way.stop = None;
                }
                Some(way)
            }
        };
        if let Verdict::Passes(source) = &verdict
            && !is_alike
            && validator.listens.over_ipv6()
        {
            self.settle(source);
        }
        (FamilyVerdict { is_ipv6, verdict, challenge }, is_alike)
    }

    /// Where the token lies, as far as that is settled.
    fn place<'p>(&'p self, settled: Option<&'p Path>) -> Place<'p> {
        if self.validator.settings.ways.contains_key(self.host) {
            Place::AnyOf(&[])
        } else if self.places.is_empty() {
            self.place_by_itself(settled)
        } else {
            Place::AnyOf(&self.places)
        }
    }

    /// The same, whatever somebody says of the client.
    fn place_by_itself<'p>(&'p self, settled: Option<&'p Path>) -> Place<'p> {
        match settled.or(self.place.as_deref()) {
            _ if self.writes_no_file => Place::AnyOf(&[]),
            Some(directory) => Place::Directory(directory),
            None => Place::Everywhere,
        }
    }

    /// Keeps in mind what the client does, for the other address family.
    fn settle(&mut self, source: &KeyAuthorization<'c>) {
        match source {
            KeyAuthorization::File { path, .. } => {
                let directory = || directory_of(path, TOKEN).map(Path::to_owned);
                self.place = self.place.take().or_else(directory);
            }
            _ => self.writes_no_file = true,
        }
    }

    fn question(&self, is_ipv6: bool, shape: TokenShape) -> Question<'_, 'c> {
        let Validator { http, settings, ref request, .. } = *self.validator;
        Question { http, ports: settings.ports, request, host: self.host, shape, is_ipv6 }
    }

    /// Asks with one token, and with others if it may depend on the token.
    fn judge(&self, is_ipv6: bool) -> Judged<'c> {
        let usual = self.judge_token(is_ipv6, TokenShape::WithDashes);
        let passes = match usual.verdict {
            Verdict::Passes(_) => true,
            Verdict::Fails(_) => false,
            _ => return usual,
        };
        if !self.validator.tells_tokens_apart(&usual.challenge) {
            return usual;
        }
        let others = TokenShape::ALL.into_iter().filter(|&shape| shape != usual.shape);
        let mut others = others.map(|shape| self.judge_token(is_ipv6, shape));
        let failing = if passes {
            others.find(|other| !matches!(other.verdict, Verdict::Passes(_)))
        } else if others.any(|other| matches!(other.verdict, Verdict::Passes(_))) {
            return usual.failing_for_some();
        } else {
            None
        };
        failing.map_or(usual, Judged::failing_for_some)
    }

    fn judge_token(&self, is_ipv6: bool, shape: TokenShape) -> Judged<'c> {
        if self.order.is_some() {
            return self.judge_module(is_ipv6);
        }
        match self.validator.settings.ways.get(self.host) {
            Some(Way::Plugin) => return self.judge_plugin(is_ipv6, shape),
            Some(Way::Insertion) => return self.judge_insertion(is_ipv6, shape),
            Some(Way::Standalone(standalone)) => {
                return self.judge_standalone(is_ipv6, shape, standalone);
            }
            Some(Way::Stateless) => return self.judge_without_files(is_ipv6, shape),
            _ => {}
        }
        if self.places.is_empty() {
            self.judge_anywhere(is_ipv6, shape)
        } else {
            self.judge_in_places(is_ipv6, shape)
        }
    }

    /// Wherever the client puts the token. A token that nginx finds is looked for a second time with
    /// nothing but that one file there, unless that was the only place it was looked for in: a
    /// configuration may ask for it in other places first. Over the second address family it must
    /// lie in the same place.
    fn judge_anywhere(&self, is_ipv6: bool, shape: TokenShape) -> Judged<'c> {
        let files = WithToken::new(self.validator.file_system, shape, self.place_by_itself(None));
        let mut judged = self.judge_with(is_ipv6, shape, &files);
        if let (Verdict::Passes(KeyAuthorization::Client(at)), true) =
            (&judged.verdict, self.place.is_some())
        {
            let because = "over IPv4 a file is served, and nobody may listen here".to_owned();
            judged.verdict = Verdict::Unknown { because, at: Some(*at) };
        }
        if self.place.is_none()
            && let Some(path) = judged.file()
            && !files.was_asked_only_at(path)
            && let Some(directory) = directory_of(path, shape.token())
        {
            let place = Place::Directory(directory);
            let files = WithToken::new(self.validator.file_system, shape, place);
            let place = Some(directory.to_owned());
            return Judged { place, ..self.judge_with(is_ipv6, shape, &files) };
        }
        judged
    }

    /// Where somebody says that the client puts the token.
    fn judge_in_places(&self, is_ipv6: bool, shape: TokenShape) -> Judged<'c> {
        let files = WithToken::new(self.validator.file_system, shape, Place::AnyOf(&self.places));
        let mut judged = self.judge_with(is_ipv6, shape, &files);
        match judged.verdict {
            Verdict::Fails(_) => {}
            Verdict::Passes(KeyAuthorization::Client(at)) => {
                let because =
                    "tokens lie in a directory, and the server behind may serve it or not";
                judged.verdict = Verdict::Unknown { because: because.to_owned(), at: Some(at) };
                return judged;
            }
            _ => return judged,
        }
        let anywhere = self.judge_anywhere(is_ipv6, shape);
        if let Some(served) = anywhere.file() {
            let (served, placed) = (served.to_owned(), self.places[0].join(shape.token()));
            judged.verdict = Verdict::Fails(Cause::WebRootMismatch { served, placed });
        }
        judged
    }

    /// nginx's ACME module answers as soon as a server has the request.
    fn judge_module(&self, is_ipv6: bool) -> Judged<'c> {
        let shape = TokenShape::WithDashes;
        let files = WithToken::new(self.validator.file_system, shape, Place::Everywhere);
        let mut judged = self.judge_with(is_ipv6, shape, &files);
        let first = &judged.challenge.hops[0].trace;
        if let Some(Order { at, .. }) = self.order
            && first.phase != AnswerPhase::Connection
        {
            judged.verdict = Verdict::Passes(KeyAuthorization::AcmeModule(at));
            judged.challenge.hops.truncate(1);
        }
        judged
    }

    /// certbot's plugin answers in the servers of the name.
    fn judge_plugin(&self, is_ipv6: bool, shape: TokenShape) -> Judged<'c> {
        let mut judged = self.judge_without_files(is_ipv6, shape);
        let hops = &mut judged.challenge.hops;
        let answers = |hop: &Hop<'c>| self.validator.plugin.answering(self.host, hop);
        if let Some((at, server)) =
            hops.iter().enumerate().find_map(|(at, hop)| Some((at, answers(hop)?)))
        {
            hops.truncate(at + 1);
            judged.challenge.stop = None;
            judged.verdict = Verdict::Passes(KeyAuthorization::Plugin(server));
            return judged;
        }
        let mut servers = hops.iter().filter_map(|hop| hop.trace.server);
        if let Some((why, at)) = servers.find_map(|id| self.validator.plugin.hides(id))
            && let Verdict::Fails(instead) = judged.verdict
        {
            let instead = Box::new(instead);
            judged.verdict = Verdict::Fails(Cause::Unseen { why, at, instead });
        }
        judged
    }

    /// acme.sh answers in a location that it inserts.
    fn judge_insertion(&self, is_ipv6: bool, shape: TokenShape) -> Judged<'c> {
        let mut judged = self.judge_without_files(is_ipv6, shape);
        let hops = &mut judged.challenge.hops;
        let is_found = match inserted::on_the_way(self.validator.http, self.host, hops) {
            Inserted::Answers(at, server) => {
                hops.truncate(at + 1);
                judged.challenge.stop = None;
                judged.verdict = Verdict::Passes(KeyAuthorization::Plugin(server));
                return judged;
            }
            Inserted::InVain => true,
            Inserted::Nowhere => false,
        };
        if let Verdict::Fails(instead) = judged.verdict {
            let instead = Box::new(instead);
            judged.verdict = Verdict::Fails(Cause::InsertedInVain { is_found, instead });
        }
        judged
    }

    /// The client listens itself: on the port of HTTP, where nginx may be in its way, or on another
    /// one, to which nginx may hand challenges on.
    fn judge_standalone(
        &self,
        is_ipv6: bool,
        shape: TokenShape,
        standalone: &Standalone,
    ) -> Judged<'c> {
        let validator = self.validator;
        let mut judged = self.judge_without_files(is_ipv6, shape);
        let is_answered = judged.challenge.hops[0].trace.phase != AnswerPhase::Connection;
        if standalone.port != validator.settings.ports.http {
            if let Verdict::Passes(KeyAuthorization::Client(at)) = judged.verdict
                && let Some(port) = client::port(validator.http, at)
                && port != standalone.port
            {
                judged.verdict =
                    Verdict::Fails(Cause::OtherPort { proxied: port, client: standalone.port });
            }
            return judged;
        }
        let gives_up = validator.taken(standalone).is_all();
        if (is_answered || gives_up)
            && matches!(
                judged.verdict,
                Verdict::Fails(_)
                    | Verdict::Unknown { .. }
                    | Verdict::Passes(KeyAuthorization::Client(_))
            )
        {
            let served = self.judge_anywhere(is_ipv6, shape);
            let served = served.file().and_then(|path| directory_of(path, shape.token()));
            let served = served.map(Path::to_owned);
            judged.verdict = Verdict::Fails(Cause::PortTaken { gives_up, served });
        }
        judged
    }

    /// No file is written.
    fn judge_without_files(&self, is_ipv6: bool, shape: TokenShape) -> Judged<'c> {
        let files = WithToken::new(self.validator.file_system, shape, Place::AnyOf(&[]));
        self.judge_with(is_ipv6, shape, &files)
    }

    fn judge_with(&self, is_ipv6: bool, shape: TokenShape, files: &WithToken<'_>) -> Judged<'c> {
        let Validator { http, listens, settings, .. } = *self.validator;
        let challenge = self.question(is_ipv6, shape).follow(files, Detail::Answers);
        let listens = |port| listens.over_ipv4(port, settings.ports);
        let verdict = judge(http, &challenge, shape.token(), listens);
        Judged { challenge, verdict, shape, place: None }
    }
}

impl Judged<'_> {
    /// The file that is served.
    fn file(&self) -> Option<&Path> {
        match (&self.verdict, self.challenge.hops.last().map(|hop| &hop.trace.answer)) {
            (Verdict::Passes(_), Some(Answer::File { path, .. })) => Some(path),
            _ => None,
        }
    }

    /// The same, as what happens to some tokens while others pass.
    fn failing_for_some(mut self) -> Self {
        if let Verdict::Fails(cause) = self.verdict {
            let cause = Cause::SomeTokens { like: self.shape, cause: Box::new(cause) };
            self.verdict = Verdict::Fails(cause);
        }
        self
    }
}
