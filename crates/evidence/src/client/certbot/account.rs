//! The accounts that certbot has with certificate authorities.

use std::path::Path;

use model::{FileSystem, Lookup};

/// An account that a file in `renewal/` names, and in which line.
pub(super) type Account = (String, u32);

/// The authority of files that name none.
const USUAL_SERVER: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// Whether an account is gone, while there is a directory for those of the authority
/// (`certbot._internal.account.AccountFileStorage`).
pub(super) fn is_gone(
    account: &str,
    directory: &Path,
    server: Option<&str>,
    file_system: &dyn FileSystem,
) -> bool {
    let server = server.unwrap_or(USUAL_SERVER);
    let server = server.split_once("://").map_or(server, |(_, path)| path);
    let accounts = directory.join("accounts").join(server.trim_end_matches('/'));
    // What certbot has of the time before, it takes over.
    let before = directory.join("accounts").join(server.replace("acme-v02", "acme-v01"));
    file_system.stat(&accounts).found().is_some()
        && file_system.stat(&accounts.join(account)) == Lookup::Absent
        && file_system.stat(&before.join(account)) == Lookup::Absent
}
