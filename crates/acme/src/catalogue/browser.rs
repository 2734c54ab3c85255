//! What browsers say.

use super::{Lies, Message, Seen, Speaker, Weight, When, Why};

const CODES: &str =
    "https://chromium.googlesource.com/chromium/src/+/main/net/base/net_error_list.h";
const MOZILLA: &str = "https://support.mozilla.org/kb/what-does-your-connection-is-not-secure-mean";

const fn cause(
    lies: Lies,
    cause: &'static str,
    tell: &'static str,
    cure: &'static str,
    rules: &'static [&'static str],
) -> Why {
    Why { when: When::Always, lies, cause, tell, cure, rules }
}

pub(super) static MESSAGES: &[Message] = &[
    Message {
        id: "browser-certificate-date",
        speakers: &[Speaker::Chromium, Speaker::Firefox, Speaker::Safari],
        weight: Weight::Cause,
        patterns: &[
            "ERR_CERT_DATE_INVALID",
            "SEC_ERROR_EXPIRED_CERTIFICATE",
            "SEC_ERROR_EXPIRED_ISSUER_CERTIFICATE",
            "MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE",
            "SEC_ERROR_OCSP_FUTURE_RESPONSE",
            "DLG_FLAGS_SEC_CERT_DATE_INVALID",
            "could not prove that it is {name}; its security certificate expired",
        ],
        seen: Seen::Other,
        title: "the certificate that the browser was shown is out of date",
        meaning: "It has expired, or is not valid yet for the clock of the visitor. Either it was not \
                  renewed, or nginx does not show the renewed one.",
        causes: &[
            cause(
                Lies::Client,
                "it was renewed, and nginx was not reloaded",
                "`certbot certificates` shows a later date than the browser",
                "`nginx -s reload`, and a hook that does so after each renewal",
                &["renewal-without-reload"],
            ),
            cause(
                Lies::Client,
                "renewals fail, or nobody starts them",
                "`certbot certificates` shows the same date as the browser",
                "`certbot renew --dry-run`, and give what it says to `nginx-acme-lint diagnose`",
                &[
                    "certificate-expired",
                    "certificate-expiring",
                    "renewal-not-scheduled",
                    "renewal-by-hand",
                    "renewal-file-missing",
                    "renewal-file-broken",
                ],
            ),
            cause(
                Lies::Files,
                "nginx has the path of an older copy or lineage",
                "`ssl_certificate` leads to archive/, to NAME without -0001, or to a copy",
                "write the path of live/ that is renewed",
                &[
                    "certificate-path-in-archive",
                    "certificate-of-old-lineage",
                    "certificate-replaced",
                ],
            ),
            cause(
                Lies::Visitor,
                "the visitor's clock is wrong",
                "other sites have the same error there",
                "set the clock",
                &["certificate-not-yet-valid"],
            ),
        ],
        sources: &[CODES, MOZILLA],
    },
    Message {
        id: "browser-certificate-name",
        speakers: &[Speaker::Chromium, Speaker::Firefox, Speaker::Safari],
        weight: Weight::Cause,
        patterns: &[
            "ERR_CERT_COMMON_NAME_INVALID",
            "SSL_ERROR_BAD_CERT_DOMAIN",
            "DLG_FLAGS_SEC_CERT_CN_INVALID",
            "certificate that is not valid for {name}",
            "could not prove that it is {name}; its security certificate is from",
            "The certificate is only valid for",
        ],
        seen: Seen::Other,
        title: "the certificate that the browser was shown is for other names",
        meaning: "nginx shows the certificate of the server that takes the handshake, which is the default \
                  one if no SSL server has the name.",
        causes: &[
            cause(
                Lies::Configuration,
                "no SSL server has the name, or it has no certificate of its own",
                "the certificate that the browser shows is that of another site here",
                "write the name into `server_name` of an SSL server with the right certificate",
                &[
                    "ssl-server-shows-default-certificate",
                    "certificate-for-other-names",
                    "ssl-server-lost-over-ipv6",
                ],
            ),
            cause(
                Lies::Client,
                "the certificate was ordered without this name (often `www.`)",
                "`certbot certificates` lists the names",
                "`certbot --cert-name NAME -d example.com -d www.example.com`",
                &["certificate-for-other-names"],
            ),
            cause(
                Lies::Dns,
                "the name leads to another machine",
                "no site here has the certificate that the browser shows",
                "change the A and AAAA records",
                &[],
            ),
        ],
        sources: &[CODES, MOZILLA],
    },
    Message {
        id: "browser-certificate-issuer",
        speakers: &[Speaker::Chromium, Speaker::Firefox, Speaker::Safari],
        weight: Weight::Cause,
        patterns: &[
            "ERR_CERT_AUTHORITY_INVALID",
            "SEC_ERROR_UNKNOWN_ISSUER",
            "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT",
            "MOZILLA_PKIX_ERROR_MITM_DETECTED",
            "SEC_ERROR_UNTRUSTED_ISSUER",
            "DLG_FLAGS_INVALID_CA",
            "could not prove that it is {name}; its security certificate is not trusted",
            "ERR_CERT_SYMANTEC_LEGACY",
        ],
        seen: Seen::Other,
        title: "the browser does not trust the issuer of the certificate",
        meaning: "The certificate is signed by itself or by a test authority, or the one between it and the \
                  root was not sent.",
        causes: &[
            cause(
                Lies::Files,
                "nginx sends the site's certificate without its chain",
                "`openssl s_client -connect NAME:443 -servername NAME` lists one certificate",
                "`ssl_certificate …/fullchain.pem;`",
                &["certificate-without-chain", "certificate-chain-disordered"],
            ),
            cause(
                Lies::Files,
                "it is a placeholder, or one of a test authority (`--staging`)",
                "the issuer in the browser is `(STAGING)`, `Fake LE`, `snakeoil` or the site itself",
                "order it from the real authority",
                &[
                    "certificate-not-trusted",
                    "renewal-from-staging",
                    "ssl-server-shows-default-certificate",
                ],
            ),
            cause(
                Lies::Network,
                "a proxy of a company or an antivirus looks into TLS",
                "the issuer names it, and from elsewhere all is well",
                "there is nothing to be mended here",
                &[],
            ),
        ],
        sources: &[CODES, MOZILLA],
    },
    Message {
        id: "browser-connection-not-tls",
        speakers: &[Speaker::Chromium, Speaker::Firefox],
        weight: Weight::Cause,
        patterns: &[
            "ERR_SSL_PROTOCOL_ERROR",
            "SSL_ERROR_INTERNAL_ERROR_ALERT",
            "SSL_ERROR_NO_CERTIFICATE",
        ],
        seen: Seen::Tls,
        title: "what answers on port 443 does not speak TLS properly",
        meaning: "Mostly plain HTTP on port 443, or a server without a certificate.",
        causes: &[
            cause(
                Lies::Configuration,
                "`listen 443;` lacks `ssl`",
                "`curl http://NAME:443/` gets an answer",
                "write `listen 443 ssl;`",
                &["listen-without-ssl", "ssl-directive-removed"],
            ),
            cause(
                Lies::Configuration,
                "the server has no certificate, or one that does not fit its key",
                "error.log has the reason for each handshake",
                "give the server its certificate and key",
                &["ssl-server-without-certificate", "certificate-key-mismatched"],
            ),
        ],
        sources: &[CODES],
    },
    Message {
        id: "browser-protocol-not-in-common",
        speakers: &[Speaker::Chromium, Speaker::Firefox],
        weight: Weight::Cause,
        patterns: &[
            "ERR_SSL_VERSION_OR_CIPHER_MISMATCH",
            "SSL_ERROR_NO_CYPHER_OVERLAP",
            "SSL_ERROR_UNSUPPORTED_VERSION",
            "ERR_SSL_OBSOLETE_VERSION",
        ],
        seen: Seen::Tls,
        title: "browser and server have no version or cipher of TLS in common",
        meaning: "The server offers old versions or ciphers alone; behind a CDN it is the CDN that has no \
                  certificate for the name yet.",
        causes: &[
            cause(
                Lies::Configuration,
                "`ssl_protocols` or `ssl_ciphers` is too old or does not suit the certificate",
                "`openssl s_client -tls1_2 -connect NAME:443` fails",
                "`ssl_protocols TLSv1.2 TLSv1.3;` and the ciphers of Mozilla's generator",
                &[
                    "ssl-protocols-outdated",
                    "ssl-ciphers-unfit",
                    "ssl-ciphers-weak",
                    "certificate-key-mismatched",
                ],
            ),
            cause(
                Lies::Network,
                "the CDN in front has no certificate for this name",
                "the addresses of the name are the CDN's; names of two levels below the domain are often left out",
                "order it there",
                &[],
            ),
        ],
        sources: &[CODES, "https://ssl-config.mozilla.org/"],
    },
    Message {
        id: "browser-wants-stapling",
        speakers: &[Speaker::Firefox],
        weight: Weight::Cause,
        patterns: &["MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING"],
        seen: Seen::Other,
        title: "the certificate demands OCSP stapling, and nginx does not staple",
        meaning: "It was ordered with OCSP Must-Staple, which Let's Encrypt has ended.",
        causes: &[cause(
            Lies::Client,
            "the client asks for Must-Staple",
            "`must_staple` in the renewal file, `--ocsp`, `OCSP_MUST_STAPLE`",
            "take it away and order anew",
            &["certificate-must-staple-unstapled", "must-staple-requested"],
        )],
        sources: &[MOZILLA, "https://letsencrypt.org/2024/12/05/ending-ocsp"],
    },
    Message {
        id: "browser-certificate-revoked",
        speakers: &[Speaker::Chromium, Speaker::Firefox],
        weight: Weight::Cause,
        patterns: &["ERR_CERT_REVOKED", "SEC_ERROR_REVOKED_CERTIFICATE"],
        seen: Seen::Other,
        title: "the certificate was revoked",
        meaning: "Its owner or the authority has taken it back: the key became known, or it was issued \
                  wrongly.",
        causes: &[cause(
            Lies::Client,
            "it was revoked and not replaced, or nginx still shows it",
            "`certbot certificates` says REVOKED",
            "`certbot renew --force-renewal --cert-name NAME`, and reload",
            &["renewal-without-reload"],
        )],
        sources: &[CODES],
    },
    Message {
        id: "site-connection-refused",
        speakers: &[Speaker::Chromium, Speaker::Firefox, Speaker::Programs],
        weight: Weight::Type,
        patterns: &[
            "ERR_CONNECTION_REFUSED",
            "NS_ERROR_CONNECTION_REFUSED",
            "curl: (7) Failed to connect to {name} port {port}",
        ],
        seen: Seen::Other,
        title: "nothing listens on the port of the site",
        meaning: "The machine at the address answered that nobody listens there. So the name leads to a \
                  machine, and no firewall drops packets.",
        causes: &[
            cause(
                Lies::Configuration,
                "no server listens on 443, or on this port",
                "`ss -ltn` on the machine does not list the port",
                "add `listen 443 ssl;` with a certificate",
                &["certificate-without-tls-port"],
            ),
            cause(
                Lies::Files,
                "nginx does not run",
                "`systemctl status nginx`; `nginx -t` says why",
                "mend what it says, and start nginx",
                &[],
            ),
            cause(
                Lies::Dns,
                "the name leads to another machine",
                "`dig +short A NAME` is not the address of this machine",
                "change the A and AAAA records",
                &[],
            ),
        ],
        sources: &[CODES],
    },
    Message {
        id: "site-connection-timed-out",
        speakers: &[Speaker::Chromium, Speaker::Firefox, Speaker::Programs],
        weight: Weight::Type,
        patterns: &[
            "ERR_CONNECTION_TIMED_OUT",
            "NS_ERROR_NET_TIMEOUT",
            "curl: (28) Failed to connect to {name} port {port}",
            "curl: (28) Connection timed out after",
        ],
        seen: Seen::Other,
        title: "nobody answers at the address of the site",
        meaning: "Packets are dropped on the way, or nobody has the address.",
        causes: &[
            cause(
                Lies::Network,
                "a firewall, a security group of the cloud, the router or the provider keeps the port closed",
                "the site can be had on the machine itself and not from outside",
                "let everybody in to ports 80 and 443 over TCP, over IPv6 too",
                &[],
            ),
            cause(
                Lies::Dns,
                "the name leads to another machine",
                "`dig +short A NAME` and `dig +short AAAA NAME` are not the addresses of this machine",
                "change the A and AAAA records",
                &[],
            ),
        ],
        sources: &[CODES],
    },
    Message {
        id: "browser-hsts",
        speakers: &[Speaker::Chromium, Speaker::Firefox, Speaker::Safari],
        weight: Weight::Summary,
        patterns: &[
            "has a security policy called HTTP Strict Transport Security",
            "You cannot visit {name} right now because the website uses HSTS",
            "because the website uses HSTS",
            "MOZILLA_PKIX_ERROR_KEY_PINNING_FAILURE",
        ],
        seen: Seen::Other,
        title: "the browser lets nobody pass, because the site has asked for that",
        meaning: "With `Strict-Transport-Security` visitors cannot click the warning away. What is wrong \
                  with the certificate stands beside.",
        causes: &[],
        sources: &["https://www.rfc-editor.org/rfc/rfc6797"],
    },
];
