//! TLS that takes every certificate, and keeps what it was shown.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{
    ALL_VERSIONS, AlertDescription, ClientConfig, ClientConnection, DigitallySignedStruct, Error,
    PeerIncompatible, SignatureScheme, StreamOwned, SupportedProtocolVersion,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime},
    version::{TLS12, TLS13},
};

use crate::timed::{Timed, is_timeout};

/// What came of a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// It succeeded, with these certificates in the order in which they were sent.
    Done(Vec<Vec<u8>>),
    /// The server does not speak this version.
    NotOffered,
    /// The server says this, which it also does if it has no cipher or curve in common with this
    /// program.
    NothingInCommon(String),
    /// The server refuses, and says this.
    Refused(String),
    /// Nobody accepts the connection.
    NothingListens,
    /// It was not answered in time.
    TimedOut,
    /// Something else than TLS came, or nothing.
    Failed(String),
    /// It was not asked for, since too many others had not been answered in time.
    NotAsked,
}

/// The versions of TLS that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl Version {
    fn alone(self) -> &'static [&'static SupportedProtocolVersion] {
        static ONLY_TLS12: [&SupportedProtocolVersion; 1] = [&TLS12];
        static ONLY_TLS13: [&SupportedProtocolVersion; 1] = [&TLS13];
        match self {
            Self::Tls12 => &ONLY_TLS12,
            Self::Tls13 => &ONLY_TLS13,
        }
    }
}

/// Shakes hands in this version alone.
pub(crate) fn shake(address: SocketAddr, host: &[u8], version: Version) -> Handshake {
    let recorder = Arc::new(Recorder::new());
    let connected = Timed::connect(address)
        .and_then(|stream| connect(stream, host, version.alone(), Arc::clone(&recorder)));
    match connected {
        Ok(_) => Handshake::Done(recorder.sent()),
        Err(error) => Handshake::of(&error),
    }
}

/// A connection over which both have agreed on keys.
pub(crate) fn over_tls(stream: Timed, host: &[u8]) -> io::Result<impl Read + Write> {
    connect(stream, host, ALL_VERSIONS, Arc::new(Recorder::new()))
}

fn connect(
    mut stream: Timed,
    host: &[u8],
    versions: &[&'static SupportedProtocolVersion],
    recorder: Arc<Recorder>,
) -> io::Result<StreamOwned<ClientConnection, Timed>> {
    let provider = Arc::clone(&recorder.provider);
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions);
    let config = config.map_err(io::Error::other)?.dangerous();
    let config = config.with_custom_certificate_verifier(recorder).with_no_client_auth();
    let host = str::from_utf8(host).ok().map(|host| host.trim_matches(['[', ']']));
    let name = host.and_then(|host| ServerName::try_from(host.to_owned()).ok());
    let name = name.ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, UNFIT))?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        // It looks at the end of the stream by itself.
        connection.complete_io(&mut stream)?;
    }
    Ok(StreamOwned::new(connection, stream))
}

/// Why no handshake was tried.
const UNFIT: &str = "no handshake can name it";

impl Handshake {
    fn of(error: &io::Error) -> Self {
        if is_timeout(error) {
            return Self::TimedOut;
        }
        if has_nothing_in_common(error) {
            return Self::NothingInCommon(failure(error).unwrap_or_default());
        }
        match tls_error(error) {
            Some(
                Error::AlertReceived(AlertDescription::ProtocolVersion)
                | Error::PeerIncompatible(_),
            ) => Self::NotOffered,
            Some(Error::AlertReceived(alert)) => Self::Refused(alert_words(*alert)),
            Some(error) => Self::Failed(words(error)),
            None if error.kind() == ErrorKind::ConnectionRefused => Self::NothingListens,
            None => Self::Failed(io_words(error)),
        }
    }

    /// Whether the two have agreed.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// What TLS says is wrong, if it is TLS that says so.
fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// Whether a server says that it cannot agree with this program: about ciphers, or curves, or on
/// nothing with anybody.
pub(crate) fn has_nothing_in_common(error: &io::Error) -> bool {
    matches!(
        tls_error(error),
        Some(
            Error::AlertReceived(AlertDescription::HandshakeFailure)
                | Error::PeerIncompatible(
                    PeerIncompatible::NoCipherSuitesInCommon
                        | PeerIncompatible::NoKxGroupsInCommon
                        | PeerIncompatible::NoSignatureSchemesInCommon
                )
        )
    )
}

/// Why a handshake on the way to a request failed, in a few words; `None` if it is no matter of TLS.
pub(crate) fn failure(error: &io::Error) -> Option<String> {
    Some(match tls_error(error)? {
        Error::AlertReceived(alert) => alert_words(*alert),
        Error::PeerIncompatible(_) => "neither TLS 1.2 nor TLS 1.3 is offered".to_owned(),
        error => words(error),
    })
}

/// An alert as OpenSSL words it: `unrecognized name`.
fn alert_words(alert: AlertDescription) -> String {
    let mut words = String::new();
    for letter in format!("{alert:?}").chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    format!("alert: {words}")
}

fn words(error: &Error) -> String {
    match error {
        Error::InvalidMessage(_) => "what comes back is not TLS".to_owned(),
        error => error.to_string(),
    }
}

/// What the system says, in a few words.
pub(crate) fn io_words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "the connection is closed".to_owned(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted => {
            "the connection is cut".to_owned()
        }
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    }
}

/// Takes every certificate: an authority that validates does, and what is wrong with one is found
/// out by looking at it.
#[derive(Debug)]
struct Recorder {
    provider: Arc<CryptoProvider>,
    sent: Mutex<Vec<Vec<u8>>>,
}

impl Recorder {
    fn new() -> Self {
        Self { provider: Arc::new(ring::default_provider()), sent: Mutex::default() }
    }

    fn sent(&self) -> Vec<Vec<u8>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        *sent = all.map(|one| one.to_vec()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.provider.signature_verification_algorithms.supported_schemes();
        // Nothing is verified, so that it does not matter who could.
        schemes.push(SignatureScheme::ECDSA_NISTP521_SHA512);
        schemes
    }
}
