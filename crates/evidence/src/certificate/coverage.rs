//! Which hosts a certificate is for.

use super::Certificate;

impl Certificate {
    /// Whether clients accept it for a host, or for everything that a name such as `*.example.com`
    /// stands for: one of its names has to be the same in any case, or to begin with a `*` for one
    /// whole label (RFC 9525, section 6.3). The common name does not count.
    pub fn covers(&self, host: &[u8]) -> bool {
        self.dns_names.iter().any(|name| covers(name.as_bytes(), host))
    }
}

fn covers(name: &[u8], host: &[u8]) -> bool {
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    let Some(below) = name.strip_prefix(b"*.") else { return false };
    let Some(dot) = host.iter().position(|&byte| byte == b'.') else { return false };
    let (label, rest) = (&host[..dot], &host[dot + 1..]);
    !label.is_empty() && label != b"*" && rest.contains(&b'.') && rest.eq_ignore_ascii_case(below)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_is_one_label_and_nothing_else_is_guessed() {
        for (name, host, expected) in [
            ("example.com", "example.com", true),
            ("Example.COM", "example.com", true),
            ("example.com", "www.example.com", false),
            ("*.example.com", "www.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "a.b.example.com", false),
            ("*.example.com", ".example.com", false),
            ("*.example.com", "*.example.com", true),
            ("*.example.com", "*.a.example.com", false),
            ("*", "localhost", false),
            ("*.com", "example.com", false),
            ("w*.example.com", "www.example.com", false),
            ("xn--bcher-kva.example", "b\u{fc}cher.example", false),
        ] {
            assert_eq!(covers(name.as_bytes(), host.as_bytes()), expected, "{name} {host}");
        }
    }
}
