use crate::{
    Diagnostic, FixAvailability, Group, Severity, facts::Facts, refusal::list, served::ServedFile,
};

rule! {
    /// The certificates of a chain are out of order, or some do not belong to it.
    ///
    /// The file of `ssl_certificate` has the certificate of the server first, then the one that
    /// signed it, then the one that signed that. nginx sends them as they stand. Most clients sort
    /// them out by themselves, some do not: older TLS libraries, Java and appliances fail at the first
    /// certificate that did not sign the one before. Whatever does not belong there, or is there
    /// twice, makes each handshake longer.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 443 ssl;
    ///     server_name example.com;
    ///     root /var/www/html;
    ///     ssl_certificate /etc/ssl/twice.pem;
    ///     ssl_certificate_key /etc/ssl/example.com.key;
    /// }
    /// ```
    ///
    /// A root at the end is only worth a remark: clients have it, or would not trust it.
    RULE {
        id: "certificate-chain-disordered",
        group: Group::Tls,
        max_severity: Severity::Warning,
        fix: FixAvailability::None,
        since: "0.1.0",
        check: check,
    }
}

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let served = facts.served();
    for file in &served.files {
        if file.is_shown && file.chain.certificates.len() > 1 && !file.is_mismatched {
            found.extend(report(file));
        }
    }
}

fn report(file: &ServedFile<'_>) -> Option<Diagnostic> {
    let order = file.chain.order();
    let all = &file.chain.certificates;
    if order.upwards.len() == 1 && !file.leaf().is_self_issued() {
        // That its issuer is missing matters more.
        return None;
    }
    let numbers = |places: &[usize]| {
        let numbers: Vec<_> = places.iter().map(|at| (at + 1).to_string()).collect();
        let word = if places.len() == 1 { "certificate" } else { "certificates" };
        format!("{word} {}", list(&numbers, "and"))
    };
    let mut wrong = Vec::new();
    if !order.is_sorted() {
        wrong.push("the chain is out of order".to_owned());
    }
    if !order.repeated.is_empty() {
        let verb = if order.repeated.len() == 1 { "is" } else { "are" };
        wrong.push(format!("{} {verb} there a second time", numbers(&order.repeated)));
    }
    if !order.foreign.is_empty() {
        let verb = if order.foreign.len() == 1 { "does" } else { "do" };
        wrong.push(format!("{} {verb} not belong to the chain", numbers(&order.foreign)));
    }
    let root = order.upwards.last().filter(|&&last| last > 0 && all[last].is_self_issued());
    let (severity, message) = match root {
        _ if !wrong.is_empty() => (Severity::Warning, list(&wrong, "and")),
        Some(_) => {
            (Severity::Info, "the chain ends with the root, which clients do not need".to_owned())
        }
        None => return None,
    };
    let mut diagnostic = file.problem(RULE.id, severity, message);
    let lines: Vec<_> = file.chain.lines.iter().map(ToString::to_string).collect();
    diagnostic.notes.push(format!(
        "the certificates of {} begin on lines {}",
        file.path.display(),
        list(&lines, "and")
    ));
    let mut wanted = order.upwards.clone();
    wanted.pop_if(|last| root == Some(last));
    let wanted: Vec<_> = wanted.iter().map(|at| (at + 1).to_string()).collect();
    diagnostic.notes.push(match &*wanted {
        [only] => format!("keep number {only} alone"),
        several => format!("keep these, in this order: numbers {}", list(several, "and")),
    });
    Some(diagnostic)
}
