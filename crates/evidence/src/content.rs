//! What a file of certificates or keys holds, as nginx reads it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;
use zeroize::Zeroizing;

use crate::{
    certificate::Certificate,
    der::{self, DerKind, is_whole},
    key::{self, PrivateKey},
    ocsp::OcspResponse,
    pem::{self, Damage, Header},
};

/// What a file holds. Certificates are parsed when they are first asked for; of keys nothing is kept
/// but what [`PrivateKey`] says.
#[derive(Debug)]
pub struct Content {
    blocks: Vec<Block>,
    /// What it is, if it has no block.
    disguise: Option<Disguise>,
    chain: OnceLock<Result<Chain, Fault>>,
    ocsp_response: Option<Box<OcspResponse>>,
    pool: Arc<Pool>,
}

/// The certificates that nginx sends to clients, in its order.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The first is that of the server; never empty.
    pub certificates: Vec<Arc<Certificate>>,
    /// The line on which each begins, counted from 1.
    pub lines: Vec<usize>,
}

/// Why nginx reads nothing from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has no PEM block.
    NotPem(Disguise),
    /// It has PEM blocks, but none of what is wanted; these are their labels.
    OtherBlocks(Vec<String>),
    /// A block of it, which need not be one that is wanted, cannot be read.
    Damaged {
        /// What stands after `BEGIN`.
        label: String,
        /// The line of `BEGIN`, counted from 1.
        line: usize,
        /// What is wrong.
        damage: Damage,
    },
    /// OpenSSL may read it, but this program does not.
    NotUnderstood {
        /// The line of `BEGIN`, counted from 1.
        line: usize,
    },
}

/// What a file without PEM blocks is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disguise {
    /// It has no byte, or none but white space.
    Empty,
    /// DER, which is what PEM holds in base64.
    Der(DerKind),
    /// PEM with white space or other text in front of `-----BEGIN`.
    Indented,
    /// PEM with other than five dashes.
    Dashes,
    /// PEM in UTF-16.
    Utf16,
    /// Base64 without the lines around it.
    Bare,
    /// Anything else.
    Other,
}

#[derive(Debug)]
struct Block {
    label: String,
    line: usize,
    body: Body,
}

#[derive(Debug)]
enum Body {
    /// What is no key, in base64.
    Text(Header, Box<[u8]>),
    Key(Result<PrivateKey, Damage>),
    /// A key of a kind that is none to OpenSSL.
    ForeignKey,
    /// It has no end, or no base64.
    Damaged(Damage),
}

/// What a block holds that is no key.
struct Data {
    header: Header,
    der: Zeroizing<Vec<u8>>,
}

/// Certificates by their bytes, so that each is parsed once.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<FxHashMap<Box<[u8]>, Understood>>);

/// `None` for bytes that are no certificate that is understood.
type Understood = Option<Arc<Certificate>>;

impl Chain {
    /// The certificate of the server.
    pub fn leaf(&self) -> &Certificate {
        &self.certificates[0]
    }
}

impl Content {
    /// Looks for PEM blocks. The bytes may be those of a key: no copy is left.
    pub(crate) fn of(bytes: &[u8], pool: &Arc<Pool>) -> Self {
        let mut blocks = Vec::new();
        pem::blocks(bytes, |block| {
            let label = String::from_utf8_lossy(block.label).into_owned();
            blocks.push(Block { label, line: block.line, body: Body::of(block) });
        });
        let disguise = blocks.is_empty().then(|| Disguise::of(bytes));
        let ocsp_response = disguise.and_then(|_| OcspResponse::of_der(bytes)).map(Box::new);
        Self { blocks, disguise, chain: OnceLock::new(), ocsp_response, pool: Arc::clone(pool) }
    }

    /// The labels of the blocks, with their lines.
    pub fn labels(&self) -> impl Iterator<Item = (&str, usize)> {
        self.blocks.iter().map(|block| (block.label.as_str(), block.line))
    }

    /// The certificates that `ssl_certificate` takes from the file: the first may have a trust
    /// setting, blocks of other kinds are skipped (`ngx_ssl_load_certificate`, in later versions
    /// `ngx_ssl_cache_cert_create`).
    ///
    /// # Errors
    ///
    /// If nginx takes none, or if it is not known whether it does.
    pub fn chain(&self) -> Result<&Chain, &Fault> {
        self.chain.get_or_init(|| self.read_chain()).as_ref()
    }

    /// The key that `ssl_certificate_key` takes from the file (`PEM_read_bio_PrivateKey`): the
    /// first.
    ///
    /// # Errors
    ///
    /// If nginx takes none.
    pub fn key(&self) -> Result<&PrivateKey, Fault> {
        for block in &self.blocks {
            match &block.body {
                Body::Key(Ok(key)) => return Ok(key),
                Body::Key(Err(damage)) => return Err(block.fault(*damage)),
                Body::Damaged(damage) if key::is_key(block.label.as_bytes()) => {
                    return Err(block.fault(*damage));
                }
                // Others are skipped, whatever they hold.
                Body::Text(..) | Body::ForeignKey | Body::Damaged(_) => {}
            }
        }
        Err(self.without_block())
    }

    /// The authorities that nginx takes from the file, perhaps none beside lists of revoked
    /// certificates (`X509_load_cert_crl_file`). Every block has to be one that can be read.
    ///
    /// # Errors
    ///
    /// If nginx takes neither, or if it is not known whether it does.
    pub fn authorities(&self) -> Result<Vec<Arc<Certificate>>, Fault> {
        let (mut certificates, mut is_enough, mut first_trusted) = (Vec::new(), false, None);
        for block in &self.blocks {
            let Some(data) = block.data()? else { continue };
            if block.label == "X509 CRL" {
                data.check(block)?;
                is_enough = true;
                continue;
            }
            if !is_certificate(&block.label, true) {
                continue;
            }
            let (certificate, rest) = self.certificate(block, &data)?;
            certificates.push(certificate);
            // Those with a trust setting do not do everywhere.
            if rest.is_empty() && is_certificate(&block.label, false) {
                is_enough = true;
            } else {
                first_trusted.get_or_insert(block.line);
            }
        }
        match first_trusted {
            _ if is_enough => Ok(certificates),
            Some(line) => Err(Fault::NotUnderstood { line }),
            None => Err(self.without_block()),
        }
    }

    /// The length in bits of the prime for key exchange that `ssl_dhparam` takes from the file
    /// (`PEM_read_bio_DHparams`).
    ///
    /// # Errors
    ///
    /// If nginx takes none.
    pub fn dh_bits(&self) -> Result<u32, Fault> {
        for block in &self.blocks {
            let Some(data) = block.data()? else { continue };
            if !matches!(block.label.as_str(), "DH PARAMETERS" | "X9.42 DH PARAMETERS") {
                continue;
            }
            data.check(block)?;
            return der::first_number_bits(&data.der).ok_or(block.fault(Damage::Contents));
        }
        Err(self.without_block())
    }

    /// The answer that `ssl_stapling_file` takes from the file.
    ///
    /// # Errors
    ///
    /// If nginx takes none.
    pub fn ocsp_response(&self) -> Result<&OcspResponse, Fault> {
        self.ocsp_response.as_deref().ok_or_else(|| self.without_block())
    }

    /// Whether it has a block with a certificate, readable or not.
    pub fn has_certificate(&self) -> bool {
        self.blocks.iter().any(|block| is_certificate(&block.label, true))
    }

    /// Whether it has a block with a private key, readable or not.
    pub fn has_key(&self) -> bool {
        self.blocks.iter().any(|block| key::is_key(block.label.as_bytes()))
    }

    fn read_chain(&self) -> Result<Chain, Fault> {
        let mut chain = Chain { certificates: Vec::new(), lines: Vec::new() };
        for block in &self.blocks {
            let Some(data) = block.data()? else { continue };
            let is_first = chain.certificates.is_empty();
            if !is_certificate(&block.label, is_first) {
                continue;
            }
            let (certificate, rest) = self.certificate(block, &data)?;
            if is_first && !rest.is_empty() && !is_whole(rest) {
                return Err(block.fault(Damage::Contents));
            }
            chain.certificates.push(certificate);
            chain.lines.push(block.line);
        }
        if chain.certificates.is_empty() { Err(self.without_block()) } else { Ok(chain) }
    }

    /// The certificate of a block, and what follows it there.
    fn certificate<'d>(
        &self,
        block: &Block,
        data: &'d Data,
    ) -> Result<(Arc<Certificate>, &'d [u8]), Fault> {
        data.check(block)?;
        let certificate = self.pool.get(&data.der);
        let certificate = certificate.ok_or(Fault::NotUnderstood { line: block.line })?;
        let length = certificate.der.len();
        Ok((certificate, &data.der[length..]))
    }

    /// Why there is no block of a kind that none of them is.
    fn without_block(&self) -> Fault {
        self.disguise.map_or_else(
            || Fault::OtherBlocks(self.blocks.iter().map(|block| block.label.clone()).collect()),
            Fault::NotPem,
        )
    }
}

impl Body {
    fn of(block: pem::Block<'_>) -> Self {
        let (header, text) = match block.body {
            Ok(body) => body,
            Err(damage) => return Self::Damaged(damage),
        };
        if !block.label.ends_with(b"PRIVATE KEY") {
            return Self::Text(header, text.into());
        }
        match pem::decode(&Zeroizing::new(text)) {
            Ok(der) => key::read(block.label, header, &der).map_or(Self::ForeignKey, Self::Key),
            Err(damage) => Self::Damaged(damage),
        }
    }
}

impl Block {
    /// The data of a block that is no key.
    fn data(&self) -> Result<Option<Data>, Fault> {
        match &self.body {
            Body::Text(header, text) => {
                let der = pem::decode(text).map_err(|damage| self.fault(damage))?;
                Ok(Some(Data { header: *header, der }))
            }
            Body::Damaged(damage) => Err(self.fault(*damage)),
            Body::Key(_) | Body::ForeignKey => Ok(None),
        }
    }

    fn fault(&self, damage: Damage) -> Fault {
        Fault::Damaged { label: self.label.clone(), line: self.line, damage }
    }
}

impl Data {
    /// Whether it can be what its label says.
    fn check(&self, block: &Block) -> Result<(), Fault> {
        if self.header != Header::None {
            return Err(block.fault(Damage::Header));
        }
        if is_whole(&self.der) { Ok(()) } else { Err(block.fault(Damage::Contents)) }
    }
}

impl Pool {
    fn get(&self, der: &[u8]) -> Option<Arc<Certificate>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(certificate) = known.get(der) {
            return certificate.clone();
        }
        let certificate = Certificate::of_der(der).map(Arc::new);
        known.insert(der.into(), certificate.clone());
        certificate
    }
}

impl Disguise {
    fn of(bytes: &[u8]) -> Self {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Self::Empty;
        }
        if let Some(kind) = der::kind(bytes) {
            return Self::Der(kind);
        }
        let has = |text: &[u8]| memchr::memmem::find(bytes, text).is_some();
        let is_base64 = |byte: &u8| {
            byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=".contains(byte)
        };
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            Self::Utf16
        } else if has(b"-----BEGIN ") {
            Self::Indented
        } else if has(b"-BEGIN ") || has(b"- BEGIN ") {
            Self::Dashes
        } else if bytes.starts_with(b"MI") && bytes.iter().all(is_base64) {
            Self::Bare
        } else {
            Self::Other
        }
    }
}

/// Whether OpenSSL reads a certificate from a block (`check_pem`).
fn is_certificate(label: &str, is_first: bool) -> bool {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" => true,
        "TRUSTED CERTIFICATE" => is_first,
        _ => false,
    }
}
