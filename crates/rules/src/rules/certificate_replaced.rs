use crate::{
    Diagnostic, FixAvailability, Group, Label, Severity,
    facts::Facts,
    served::{Replaced, ShownName, place, problem, slot},
};

rule! {
    /// Of two certificates with the same kind of key in one server, only the last is ever shown.
    ///
    /// A server may have several certificates so that each client gets one with a kind of key that it
    /// knows: one RSA, one ECDSA. They are not chosen by name. Of two with the same kind of key the
    /// later one silently takes the place of the earlier one, whose names are then lost.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/late.pem;
    ///     ssl_certificate_key /etc/ssl/late.key;
    ///     ssl_certificate /etc/ssl/example.com.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// Names that need certificates of their own need servers of their own.
    RULE {
        id: "certificate-replaced",
        group: Group::Tls,
        max_severity: Severity::Error,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    for replaced in &facts.served().replaced {
        found.push(report(facts, replaced));
    }
}

fn report(facts: &Facts<'_>, replaced: &Replaced<'_>) -> Diagnostic {
    let served = facts.served();
    let (earlier, later) = (&served.files[replaced.file], &served.files[replaced.by_file]);
    let kind = slot(&earlier.leaf().public_key.kind);
    // Names that only the earlier one is for.
    let mut lost: Vec<_> = later
        .names
        .iter()
        .flat_map(ShownName::wanted)
        .filter(|name| earlier.leaf().covers(name) && !later.leaf().covers(name))
        .map(|name| crate::refusal::shown(&name))
        .collect();
    lost.dedup();
    let severity = if lost.is_empty() { Severity::Warning } else { Severity::Error };
    let message = "this certificate is never shown: a later one takes its place".to_owned();
    let mut diagnostic = problem(RULE.id, severity, place(replaced.certificate), message);
    diagnostic.here = format!("its key is {kind}");
    let text = format!("and so is that of this one: the last {kind} certificate counts");
    diagnostic.labels.push(Label { span: place(replaced.by), text });
    diagnostic.notes.push(if lost.is_empty() {
        "keep the one that you want, with its key".to_owned()
    } else {
        let names = crate::served::first_few(&lost);
        format!("clients that ask for {names} refuse the later one: give it a server of its own")
    });
    diagnostic
}
