//! The last line of a report: what was looked at, and for how many names there is an answer.

use std::collections::BTreeSet;

use acme::Tally;
use rules::Severity;

use super::{FixState, Report, Written, printable, silenced};

/// What was looked at, and how the names fare. It never sounds better than what is known.
pub(crate) fn looked_at(report: &Report<'_>) -> String {
    let files: usize = report.configurations.iter().map(|one| one.files.len()).sum();
    let servers: usize = report.configurations.iter().map(|one| one.servers).sum();
    let mut parts = vec![count(files, "file"), count(servers, "server")];
    let problems = || report.configurations.iter().flat_map(|one| &one.problems);
    let all_files = || report.configurations.iter().flat_map(|one| &one.files);
    let unresolved = problems().filter(|problem| problem.is_unresolved).count();
    for (number, what) in [
        (problems().count() - unresolved, "not read"),
        (all_files().filter(|file| !file.is_whole).count(), "not understood whole"),
        (all_files().filter(|file| !file.has_directives).count(), "without a directive"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    if unresolved > 0 {
        parts.push(format!("{} not found", count(unresolved, "include")));
    }
    // A part of a configuration may well lie elsewhere than its client.
    let mut whole = report.configurations.iter().filter(|one| !one.is_fragment && one.servers > 0);
    if whole.any(|one| one.clients.as_ref().is_some_and(BTreeSet::is_empty)) {
        parts.push("no ACME client found".to_owned());
    }
    let default = match &report.inputs[..] {
        [input] if report.is_default_input => printable::path(input) + ": ",
        _ => String::new(),
    };
    let silenced = match silenced::counted(report) {
        Some(counts) => format!("; {counts}"),
        None => String::new(),
    };
    let settings = match &report.settings {
        Some(path) => format!("; settings: {}", printable::path(path)),
        None => String::new(),
    };
    let (parts, names) = (parts.join(", "), names(report));
    let (dns, probed) = (dns(report), probed(report));
    format!("looked at {default}{parts}; {names}{dns}{probed}{silenced}{settings}")
}

/// How names fare when the nginx that runs is asked.
fn probed(report: &Report<'_>) -> String {
    let mut all = report.configurations.iter().filter_map(|one| one.probed.as_ref());
    let Some(tally) = all.next().map(|probed| probed.tally()) else { return String::new() };
    let probe::Tally { passing, failing, without_token, not_asked, not_compared, .. } = tally;
    let mut parts = Vec::new();
    for (number, word) in [(passing, "pass"), (failing, "fail")] {
        if number > 0 {
            parts.push(format!("{number} {}", verb(number, word)));
        }
    }
    if without_token > 0 {
        parts.push(format!("{without_token} without a token to fetch"));
    }
    if not_asked > 0 {
        let reason = printable::words(&tally.first_reason);
        parts.push(format!("{not_asked} not asked (first: {reason})"));
    }
    if not_compared > 0 {
        let certificates = count(not_compared, "certificate");
        let reason = printable::words(&tally.first_not_compared);
        parts.push(format!("{certificates} not compared (first: {reason})"));
    }
    match &*parts.join(", ") {
        "" => "; probed: no name".to_owned(),
        parts => format!("; probed: {parts}"),
    }
}

/// What DNS was asked, and what it cannot tell.
fn dns(report: &Report<'_>) -> String {
    let Some(told) = &report.dns else { return String::new() };
    if told.resolver.is_none() {
        return "; DNS was not asked".to_owned();
    }
    let mut parts = vec![format!("; DNS: asked about {}", count(told.names, "name"))];
    if told.not_compared > 0 {
        let number = told.not_compared;
        parts.push(format!("{number} not compared with this machine (`--public-address`)"));
    }
    if told.not_asked > 0 {
        parts.push(format!("no time for {}", told.not_asked));
    }
    if told.resolver.as_ref().is_some_and(|resolver| resolver.validates == Some(false)) {
        parts.push("by a resolver that does not check DNSSEC".to_owned());
    }
    parts.join(", ")
}

/// How many diagnostics there are, and how many of them the patch mends; `None` if there are none.
pub(super) fn found(report: &Report<'_>) -> Option<String> {
    let counts = [Severity::Error, Severity::Warning, Severity::Info].map(|severity| {
        let of_it = report.diagnostics().filter(|(_, one)| one.severity == severity).count();
        (of_it, severity)
    });
    let words = of_severities(counts)?;
    let states = || report.configurations.iter().flat_map(|one| one.fixes.iter().flatten());
    let patched = states().filter(|state| **state == FixState::InPatch).count();
    let unsafe_ones = states().filter(|state| **state == FixState::NeedsUnsafe).count();
    let mut parts = vec![format!("found {words}")];
    if patched > 0 {
        let verb = if report.patch.is_some() { "the patch mends" } else { "`--fix` mends" };
        parts.push(format!("{verb} {patched}"));
    }
    if unsafe_ones > 0 {
        let more = if patched > 0 { " more" } else { "" };
        parts.push(format!("`--fix --unsafe-fixes` would mend {unsafe_ones}{more}"));
    }
    Some(parts.join("; "))
}

/// With `--only-given`: what nothing was said of, and what no main file includes.
pub(super) fn left_out(report: &Report<'_>) -> Vec<String> {
    if !report.only_given {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let by_themselves = report.configurations.iter().filter(|one| one.is_fragment);
    let files = by_themselves.flat_map(|one| &one.files).filter(|file| !file.is_left_out);
    let files: Vec<_> = files.map(|file| printable::path(&file.path)).collect();
    if let [first, rest @ ..] = &files[..] {
        let more =
            if rest.is_empty() { "" } else { &format!(" and {}", count(rest.len(), "other")) };
        lines
            .push(format!("linted without the rest, for no nginx.conf includes it: {first}{more}"));
    }
    let others: usize = report.configurations.iter().map(|one| one.left_out).sum();
    if others > 0 {
        let others = count(others, "diagnostic");
        lines.push(format!(
            "left out {others} about other files: without --only-given they are shown"
        ));
    }
    lines
}

fn names(report: &Report<'_>) -> String {
    let tally = report.tally();
    let is_mended = matches!(report.written, Some(Written::Applied { .. }));
    let fare = fare(&tally, if is_mended { " before the patch" } else { "" });
    let is_judged = tally.passing + tally.failing + tally.not_judged > 0;
    let mut fragments = report.configurations.iter().filter(|one| one.is_fragment);
    if fragments.clone().any(|one| one.is_from_dump) {
        return format!("{fare}; this is only a part of what nginx -T prints");
    }
    if !is_judged && fragments.next().is_some() {
        return format!("{fare}: this is only a part of a configuration");
    }
    fare
}

/// How names fare, at some time.
pub(crate) fn fare(tally: &Tally, when: &str) -> String {
    let mut parts = Vec::new();
    if tally.passing > 0 {
        let guess = match tally.passing_by_guess {
            0 => String::new(),
            guesses => format!(" ({guesses} below a guessed --prefix)"),
        };
        parts.push(format!("{} {}{guess}", tally.passing, verb(tally.passing, "pass")));
    }
    if tally.failing > 0 {
        let over_ipv6 = match tally.failing_over_ipv6 {
            0 => String::new(),
            all if all == tally.failing => " over IPv6 alone".to_owned(),
            some => format!(" ({some} over IPv6 alone)"),
        };
        parts.push(format!("{} {}{over_ipv6}", tally.failing, verb(tally.failing, "fail")));
    }
    if tally.not_judged > 0 {
        parts.push(match &*printable::words(&tally.first_reason) {
            "" => format!("{} not judged", tally.not_judged),
            reason => format!("{} not judged (first: {reason})", tally.not_judged),
        });
    }
    if tally.not_http01 > 0 {
        let verb = verb(tally.not_http01, "need");
        parts.push(format!("{} {verb} no challenge", tally.not_http01));
    }
    if tally.passing + tally.failing + tally.not_judged > 0 {
        return format!("names{when}: {}", parts.join(", "));
    }
    let why = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("no name was judged{why}")
}

/// `1 error, 2 info`; `None` if there is nothing.
pub(crate) fn of_severities(counts: [(usize, Severity); 3]) -> Option<String> {
    let words = counts.into_iter().filter(|(number, _)| *number > 0);
    let words: Vec<_> = words.map(|(number, severity)| of_severity(number, severity)).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn of_severity(number: usize, severity: Severity) -> String {
    match severity {
        Severity::Info => format!("{number} info"),
        _ => count(number, severity.word()),
    }
}

/// `1 file`, `2 files`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn verb(number: usize, verb: &str) -> String {
    if number != 1 {
        return verb.to_owned();
    }
    if verb.ends_with('s') { format!("{verb}es") } else { format!("{verb}s") }
}

#[cfg(test)]
mod tests {
    use evidence::client::Client;

    use super::super::{Configuration, File, Problem, example};
    use super::*;

    fn judged(passing: usize, failing: usize, not_judged: usize, not_http01: usize) -> String {
        let first_reason = "shop.example.com: $backend is not known".to_owned();
        let tally =
            Tally { passing, failing, not_judged, first_reason, not_http01, ..Tally::default() };
        let configuration = Configuration { tally, servers: 2, ..Configuration::default() };
        looked_at(&example::report(configuration))
    }

    #[test]
    fn every_name_is_counted() {
        assert_eq!(
            judged(5, 1, 1, 2),
            "looked at 0 files, 2 servers; names: 5 pass, 1 fails, 1 not judged (first: \
             shop.example.com: $backend is not known), 2 need no challenge"
        );
        assert!(judged(1, 0, 0, 0).ends_with("; names: 1 passes"));
    }

    #[test]
    fn names_that_fail_over_ipv6_alone_are_told_apart() {
        let of = |failing, failing_over_ipv6| {
            let tally = Tally { failing, failing_over_ipv6, ..Tally::default() };
            looked_at(&example::report(Configuration { tally, ..Configuration::default() }))
        };
        assert!(of(1, 1).ends_with("; names: 1 fails over IPv6 alone"));
        assert!(of(3, 1).ends_with("; names: 3 fail (1 over IPv6 alone)"));
    }

    #[test]
    fn where_nothing_was_judged_it_says_so() {
        assert!(judged(0, 0, 0, 0).ends_with("; no name was judged"));
        assert!(judged(0, 0, 0, 3).ends_with("; no name was judged (3 need no challenge)"));
        let fragment = Configuration { is_fragment: true, ..Configuration::default() };
        let line = looked_at(&example::report(fragment));
        assert!(line.ends_with("no name was judged: this is only a part of a configuration"));
    }

    #[test]
    fn what_was_not_read_or_understood_is_counted() {
        let mut broken = File::new("/etc/nginx/nginx.conf".into(), None, b"{");
        broken.is_whole = false;
        let problem = Problem {
            path: "/etc/nginx/x".into(),
            reason: "it is a FIFO".to_owned(),
            at: None,
            is_unresolved: false,
        };
        let configuration = Configuration {
            files: vec![broken],
            problems: vec![problem],
            ..Configuration::default()
        };
        assert_eq!(
            looked_at(&example::report(configuration)),
            "looked at 1 file, 0 servers, 1 not read, 1 not understood whole; no name was judged"
        );
    }

    #[test]
    fn that_there_is_no_client_is_said_once() {
        let of = |clients: Option<&[Client]>| {
            let clients = clients.map(|all| all.iter().copied().collect());
            let one = || Configuration {
                clients: clients.clone(),
                servers: 1,
                ..Configuration::default()
            };
            let mut report = example::report(one());
            report.configurations.push(one());
            looked_at(&report)
        };
        assert!(of(Some(&[])).starts_with("looked at 0 files, 2 servers, no ACME client found;"));
        assert!(of(Some(&[Client::Certbot])).starts_with("looked at 0 files, 2 servers;"));
        assert!(of(None).starts_with("looked at 0 files, 2 servers;"));
    }

    #[test]
    fn several_configurations_make_one_total() {
        let mut report = example::report(example::shop());
        report.configurations.push(example::shop());
        report.is_default_input = true;
        assert_eq!(looked_at(&report), "looked at /etc/nginx: 4 files, 2 servers; names: 2 fail");
        assert_eq!(found(&report).as_deref(), Some("found 2 errors; `--fix` mends 2"));
    }
}
