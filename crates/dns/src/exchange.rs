//! One question to one server.

use std::{io, net::SocketAddr, time::Duration};

use futures_util::StreamExt;
use hickory_net::{
    DnsHandle, NetError, runtime::TokioRuntimeProvider, tcp::TcpClientStream, udp::UdpClientStream,
    xfer::DnsExchange,
};
use hickory_proto::{
    op::{DnsRequest, DnsRequestOptions, DnsResponse, Edns, Message, Query},
    rr::{Name, RecordType},
};
use tokio::time::timeout;

/// After this time a question is asked once more, and after as much again it is given up.
const PATIENCE: Duration = Duration::from_secs(3);

/// What fits into a datagram on any way.
const PAYLOAD: u16 = 1232;

/// Whether the resolver is to check signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checking {
    /// As it does for everybody.
    Usual,
    /// It is not.
    Disabled,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    TimedOut,
    /// In words.
    Network(String),
}

/// Asks a server, over TCP if the answer is too long for UDP.
pub(crate) async fn ask(
    server: SocketAddr,
    name: &Name,
    kind: RecordType,
    checking: Checking,
) -> Result<DnsResponse, Silence> {
    let longest = PATIENCE * 2;
    let over_udp = UdpClientStream::builder(server, TokioRuntimeProvider::new())
        .with_timeout(Some(longest))
        .with_max_retries(1)
        .with_retry_interval_floor(PATIENCE.as_millis() as u64)
        .exchange();
    let response = send(&over_udp, request(name, kind, checking), longest).await?;
    if !response.truncation {
        return Ok(response);
    }
    // With it the task ends that the connection lives in.
    let provider = TokioRuntimeProvider::new();
    let over_tcp = TcpClientStream::exchange(server, None, PATIENCE, None, provider.clone()).await;
    let over_tcp = over_tcp.map_err(|error| silence(&error))?;
    let response = send(&over_tcp, request(name, kind, checking), longest).await;
    drop(provider);
    response
}

fn request(name: &Name, kind: RecordType, checking: Checking) -> DnsRequest {
    let mut message = Message::query();
    message.queries.push(Query::query(name.clone(), kind));
    message.metadata.recursion_desired = true;
    // This asks for the same bit in the answer, which says whether signatures were checked.
    message.metadata.authentic_data = true;
    message.metadata.checking_disabled = checking == Checking::Disabled;
    let mut edns = Edns::new();
    edns.set_max_payload(PAYLOAD);
    message.edns = Some(edns);
    let mut options = DnsRequestOptions::default();
    options.retry_interval = PATIENCE;
    DnsRequest::new(message, options)
}

async fn send(
    exchange: &DnsExchange<TokioRuntimeProvider>,
    request: DnsRequest,
    longest: Duration,
) -> Result<DnsResponse, Silence> {
    // What is below has a limit of its own; this one holds whatever happens there.
    let answer = timeout(longest + PATIENCE / 2, exchange.send(request).next()).await;
    match answer {
        Ok(Some(answer)) => answer.map_err(|error| silence(&error)),
        Ok(None) | Err(_) => Err(Silence::TimedOut),
    }
}

fn silence(error: &NetError) -> Silence {
    match error {
        NetError::Timeout => Silence::TimedOut,
        NetError::Io(error) => match error.kind() {
            io::ErrorKind::TimedOut => Silence::TimedOut,
            io::ErrorKind::ConnectionRefused => {
                Silence::Network("nobody listens there (connection refused)".to_owned())
            }
            _ => Silence::Network(error.to_string()),
        },
        error => Silence::Network(error.to_string()),
    }
}
