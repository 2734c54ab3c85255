//! What certbot says at the end: its hints and summaries.

use super::{Lies, Message, Seen, Speaker, Weight, When, Why};

const CERTBOT: &[Speaker] = &[Speaker::Certbot];
const RENEWAL: &str = "https://github.com/certbot/certbot, certbot/_internal/renewal.py";
const AUTH: &str = "https://github.com/certbot/certbot, certbot/_internal/auth_handler.py";
const NGINX: &str = "https://github.com/certbot/certbot, certbot-nginx";

pub(super) static MESSAGES: &[Message] = &[
    Message {
        id: "certbot-hint-web-root",
        speakers: CERTBOT,
        weight: Weight::Summary,
        patterns: &[
            "The Certificate Authority failed to download the temporary challenge files created by Certbot. Ensure that the listed domains serve their content from the provided --webroot-path/-w",
            "Ensure that the listed domains serve their content from the provided --webroot-path",
        ],
        seen: Seen::Other,
        title: "certbot's advice for web roots",
        meaning: "It is printed after every failure with `--webroot`, whatever the reason; the reason \
                  stands in the line `Detail:` before.",
        causes: &[],
        sources: &["https://github.com/certbot/certbot, certbot/_internal/plugins/webroot.py"],
    },
    Message {
        id: "certbot-hint-standalone",
        speakers: CERTBOT,
        weight: Weight::Summary,
        patterns: &[
            "The Certificate Authority failed to download the challenge files from the temporary standalone webserver started by Certbot",
        ],
        seen: Seen::Other,
        title: "certbot's advice for standalone",
        meaning: "It is printed after every failure with `--standalone`. If nginx listens over IPv4 alone, \
                  certbot is content with IPv6, and the authority asks nginx.",
        causes: &[Why {
            when: When::Always,
            lies: Lies::Client,
            cause: "nginx answers in certbot's place",
            tell: "the authority got 404 or a redirect of nginx's",
            cure: "let nginx serve the tokens from a web root",
            rules: &["standalone-port-taken"],
        }],
        sources: &[
            "https://github.com/certbot/certbot, certbot/_internal/plugins/standalone.py",
            "https://github.com/certbot/certbot/issues/4989",
        ],
    },
    Message {
        id: "certbot-hint-nginx",
        speakers: CERTBOT,
        weight: Weight::Summary,
        patterns: &[
            "The Certificate Authority failed to verify the temporary nginx configuration changes made by Certbot",
        ],
        seen: Seen::Other,
        title: "certbot's advice for its plugin for nginx",
        meaning: "It is printed after every failure with `--nginx`. The plugin writes its answer into all \
                  servers of the name and reloads nginx, so the request came to another server, to \
                  another machine, or before the reload was done.",
        causes: &[],
        sources: &[NGINX],
    },
    Message {
        id: "certbot-challenges-failed",
        speakers: CERTBOT,
        weight: Weight::Summary,
        patterns: &[
            "Certbot failed to authenticate some domains (authenticator: {word})",
            "Some challenges have failed",
            "All challenges have failed",
            "Challenge failed for domain {name}",
            "Failed authorization procedure. {name} (http-01):",
            "Failed authorization procedure. {name}",
            "Failed authorization procedure",
            "To fix these errors, please make sure that your domain name was entered correctly and the DNS A/AAAA record(s) for that domain contain(s) the right IP address",
        ],
        seen: Seen::Other,
        title: "certbot says that a challenge failed",
        meaning: "Why is said by the authority, in the lines `Detail:`.",
        causes: &[],
        sources: &[AUTH],
    },
    Message {
        id: "certbot-renewal-failed",
        speakers: CERTBOT,
        weight: Weight::Summary,
        patterns: &[
            "Failed to renew certificate {name} with error",
            "Attempting to renew cert ({name}) from {path} produced an unexpected error",
            "All renewals failed. The following certificates could not be renewed",
            "All simulated renewals failed",
            "The following renewals failed",
            "The following simulated renewals failed",
            "{number} renew failure(s), {number} parse failure(s)",
            "renew failure(s),",
        ],
        seen: Seen::Other,
        title: "certbot says that a renewal failed",
        meaning: "Why stands in front of it, or in /var/log/letsencrypt/letsencrypt.log.",
        causes: &[],
        sources: &[RENEWAL],
    },
];
