//! What the model says of a request before it is sent, and what an answer may owe to the way of asking.

use std::iter;

use model::{
    Directive, FileSystem, Http, Level, Request, Trace, limit_status, name, route_briefly,
};
use parser::Span;

use crate::{dial, exchange::Reply, probed::Predicted};

/// What is known of a request.
pub(crate) struct Expected {
    pub(crate) predicted: Predicted,
    /// The directive that makes it so.
    pub(crate) at: Option<Span>,
    /// The `listen` of the socket.
    pub(crate) listen: Option<Span>,
    /// The statuses with which it may be refused since there are too many.
    limits: Vec<u16>,
    /// Whether the files choose ciphers or curves for the handshake.
    chooses: bool,
}

impl Expected {
    /// The same for a request; `token` is the name of the file that it is for.
    pub(crate) fn of(
        http: &Http<'_>,
        file_system: &dyn FileSystem,
        request: &Request,
        token: Option<&str>,
    ) -> Self {
        let trace = route_briefly(http, request, file_system);
        Self {
            predicted: Predicted::of(&trace.answer, token),
            at: trace.decided_by.map(Directive::head_span),
            listen: trace.socket.and_then(|id| dial::listen(http, id)),
            limits: limits(http, &trace),
            chooses: chooses(http, &trace),
        }
    }

    /// Whether such requests are limited.
    pub(crate) fn is_limited(&self) -> bool {
        !self.limits.is_empty()
    }

    /// The status of a limit, if that is what comes back.
    pub(crate) fn limit(&self, reply: &Reply) -> Option<u16> {
        let Reply::Response(response) = reply else { return None };
        let is_it = |status: &u16| match &self.predicted {
            Predicted::Status { status: predicted, .. } => predicted != status,
            _ => true,
        };
        self.limits.iter().copied().find(|status| response.status == *status).filter(is_it)
    }

    /// What a reply says in the light of that: only a server that chooses ciphers or curves may have
    /// none in common with this program.
    pub(crate) fn understood(&self, reply: Reply) -> Reply {
        match reply {
            Reply::NothingInCommon(why)
                if !self.chooses || self.predicted == Predicted::TlsError =>
            {
                Reply::TlsFailed(why)
            }
            reply => reply,
        }
    }
}

/// The statuses with which `limit_req` and `limit_conn` refuse requests on this way.
fn limits(http: &Http<'_>, trace: &Trace<'_>) -> Vec<u16> {
    let mut found = Vec::new();
    let Some(server) = trace.server.map(|id| http.server(id)) else { return found };
    for start in [trace.location, trace.answered_by] {
        let locations = iter::successors(start, |&id| server.location(id).parent);
        let levels = locations.map(|id| &server.location(id).level);
        let levels: Vec<&Level<'_>> = levels.chain([&server.level, &http.level]).collect();
        for (limit, status) in
            [(name::LIMIT_REQ, name::LIMIT_REQ_STATUS), (name::LIMIT_CONN, name::LIMIT_CONN_STATUS)]
        {
            if levels.iter().any(|level| level.first(limit).is_some()) {
                found.push(limit_status(levels.iter().copied(), status));
            }
        }
    }
    found
}

/// Whether the files choose the ciphers or the curves of a handshake. The server of the socket chooses
/// curves for all.
pub(crate) fn chooses(http: &Http<'_>, trace: &Trace<'_>) -> bool {
    let first = trace.socket.map(|id| http.socket(id).default_server);
    [trace.certificate_of, first].into_iter().flatten().any(|id| {
        let server = http.server(id);
        [name::SSL_CIPHERS, name::SSL_ECDH_CURVE, name::SSL_CONF_COMMAND]
            .into_iter()
            .any(|name| http.effective(server, name).is_some())
    })
}
