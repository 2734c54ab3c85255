//! Who tells nginx to read a certificate that was renewed.

use super::{Clients, Hook, Lineage, Method, When};

/// Who tells nginx to read a renewed certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// The client itself, or nginx's own module.
    Client,
    /// A hook, or it may: it does not say what else it is for.
    Hook,
    /// A crontab, whatever was renewed.
    AtTimes,
    /// Nobody.
    Nobody,
}

impl Clients {
    /// Who tells nginx to read a certificate once it is renewed.
    pub fn reload(&self, lineage: &Lineage) -> Reload {
        let by_itself = lineage.installer.as_deref().is_some_and(|plugin| plugin.contains("nginx"))
            || lineage.method == Some(Method::Module);
        let comes_later = |hook: &&Hook| hook.when != When::Before && hook.runs();
        let mut hooks = self.hooks_of(lineage).filter(comes_later);
        if by_itself {
            Reload::Client
        } else if hooks.any(|hook| !is_for_others(hook)) {
            Reload::Hook
        } else if self.reload_at_times {
            Reload::AtTimes
        } else {
            Reload::Nobody
        }
    }
}

/// Whether a hook certainly does nothing for nginx: it names what else it is for.
fn is_for_others(hook: &Hook) -> bool {
    const OTHERS: [&str; 14] = [
        "apache2",
        "httpd",
        "postfix",
        "dovecot",
        "exim",
        "haproxy",
        "coturn",
        "prosody",
        "ejabberd",
        "proftpd",
        "vsftpd",
        "mosquitto",
        "murmur",
        "slapd",
    ];
    // Other names of nginx, and what may do anything to anything.
    const NGINX: [&str; 7] = ["nginx", "openresty", "angie", "tengine", "docker", "podman", "kill"];
    let text = String::from_utf8_lossy(&hook.text);
    OTHERS.iter().any(|other| text.contains(other)) && !NGINX.iter().any(|own| text.contains(own))
}
