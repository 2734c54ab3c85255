use model::{Http, ServerName, ServerNameKind, Socket, name};

use crate::{
    Applicability, Diagnostic, Edit, Fix, FixAvailability, Group, Severity, facts::Facts,
    insertion::insert_at_head, refusal::diagnostic,
};

rule! {
    /// A server name is too long for the table of names.
    ///
    /// nginx puts the names of an address that several servers share into a table of buckets of 64
    /// bytes, on most machines. A name of more than 46 letters does not fit, and nginx does not start.
    /// Long names mostly come with a new site, so that the reload for it fails, and the reload after
    /// the next renewal as well.
    ///
    /// ```nginx,bad
    /// server {
    ///     listen 80;
    ///     server_name the-name-of-this-server-is-longer-than-most.example.com;
    ///     root /var/www/html;
    /// }
    ///
    /// server {
    ///     listen 80;
    ///     server_name example.com;
    ///     root /var/www/html;
    /// }
    /// ```
    ///
    /// The patch makes the buckets larger. A server that has its address for itself needs no table.
    ///
    /// ## Fix safety
    ///
    /// Larger buckets change no answer, but nginx has not loaded this configuration before.
    RULE {
        id: "server-name-too-long",
        group: Group::Nginx,
        max_severity: Severity::Error,
        fix: FixAvailability::Sometimes,
        since: "0.1.0",
        check: check,
    }
}

/// The size of a line of the processor's cache, which nginx rounds buckets up to, on most machines.
const CACHE_LINE: usize = 64;

/// The size of a pointer.
const POINTER: usize = 8;

fn check(facts: &Facts<'_>, found: &mut Vec<Diagnostic>) {
    let http = facts.http;
    let Some(bucket) = bucket_size(http) else { return };
    let longest = http.servers.iter().flat_map(|server| &server.names).map(needed).max();
    if longest.is_none_or(|needed| needed <= bucket) {
        return;
    }
    let shared =
        http.servers().filter(|(_, server)| http.sockets_of(server).any(Socket::looks_at_names));
    let names = shared.flat_map(|(_, server)| &server.names);
    let mut too_long = names.filter(|name| needed(name) > bucket);
    let Some(first) = too_long.next() else { return };
    let message = format!(
        "could not build server_names_hash, you should increase \
         server_names_hash_bucket_size: {bucket}"
    );
    let span = first.directive.arg_span(first.index).unwrap_or(first.directive.name_span());
    let mut diagnostic = diagnostic(RULE.id, span, message);
    diagnostic.here = match too_long.count() {
        0 => "this does not fit into a bucket of the table of names".to_owned(),
        more => format!("this and {more} more do not fit into a bucket of the table of names"),
    };
    diagnostic.fix = fix(facts, longest.unwrap_or(bucket));
    found.push(diagnostic);
}

/// The size of a bucket (`ngx_http_core_init_main_conf`); `None` if it is no number.
fn bucket_size(http: &Http<'_>) -> Option<usize> {
    let Some(directive) = http.level.first(name::SERVER_NAMES_HASH_BUCKET_SIZE) else {
        return Some(CACHE_LINE);
    };
    let text = String::from_utf8_lossy(&directive.arg(0)?).into_owned();
    Some(text.parse::<usize>().ok()?.next_multiple_of(CACHE_LINE))
}

/// What a name needs of a bucket (`NGX_HASH_ELT_SIZE` and the pointer at the end, in
/// `ngx_hash_init`); names with wildcards are put into tables label by label.
fn needed(name: &ServerName<'_>) -> usize {
    let text = &*name.text;
    let longest_label = || text.split(|&byte| byte == b'.').map(<[u8]>::len).max().unwrap_or(0);
    let length = match name.kind {
        ServerNameKind::Regex => return 0,
        ServerNameKind::Exact | ServerNameKind::Empty => text.len(),
        ServerNameKind::LeadingDot => text.len() - 1,
        ServerNameKind::LeadingWildcard | ServerNameKind::TrailingWildcard => longest_label(),
    };
    POINTER + (length + 2).next_multiple_of(POINTER) + POINTER
}

fn fix(facts: &Facts<'_>, needed: usize) -> Option<Fix> {
    let http = facts.http;
    let size = needed.next_multiple_of(CACHE_LINE).next_power_of_two();
    let edit = if let Some(set) = http.level.first(name::SERVER_NAMES_HASH_BUCKET_SIZE) {
        Edit::replace(set.arg_span(0)?, size.to_string())
    } else {
        let mut parents = http.servers.iter().filter_map(|server| server.directive.parent());
        let block = parents.find(|parent| parent.name() == name::HTTP)?;
        let line = format!("server_names_hash_bucket_size {size};");
        insert_at_head(facts.sources(), block, &[line.as_bytes()])?
    };
    Some(Fix {
        title: format!("make the buckets {size} bytes large"),
        applicability: Applicability::Unsafe,
        edits: vec![edit],
        ..Fix::default()
    })
}
