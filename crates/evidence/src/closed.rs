//! Files that nginx's workers open by themselves, and may not read.

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use model::{Directive, FileSystem, Http, ServerNameKind, name};
use rustc_hash::FxHashMap;

/// What keeps nginx's workers from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The file; where its name is not known, what is known of the way to it.
    pub path: PathBuf,
    /// A directory on the way, or the file itself.
    pub by: PathBuf,
}

/// What keeps workers from the certificates and keys whose paths have variables, by the argument:
/// they open them at each handshake. The names of a server are tried for `$ssl_server_name`.
pub(crate) fn to_workers(
    http: &Http<'_>,
    file_system: &dyn FileSystem,
) -> FxHashMap<Box<[u8]>, Closed> {
    const NAMES: [model::Name; 2] = [name::SSL_CERTIFICATE, name::SSL_CERTIFICATE_KEY];
    let mut found = FxHashMap::default();
    let outer: Vec<Directive<'_>> =
        NAMES.into_iter().flat_map(|name| http.level.all(name)).collect();
    for server in &http.servers {
        let own = NAMES.into_iter().flat_map(|name| server.level.all(name));
        let inherited = outer.iter().filter(|at| server.level.first(at.name()).is_none());
        for directive in own.chain(inherited.copied()) {
            let Some(argument) = directive.arg(0) else { continue };
            let Some(first) = memchr::memchr(b'$', &argument) else { continue };
            if found.contains_key(&*argument) || argument.starts_with(b"data:") {
                continue;
            }
            let names = server.names.iter().filter(|name| name.kind == ServerNameKind::Exact);
            let tried = names.filter_map(|name| with_name(&argument, &name.text));
            let start = memchr::memrchr(b'/', &argument[..first]).map_or(0, |slash| slash + 1);
            let paths = tried.chain([argument[..start].to_vec()]);
            let closed = paths.into_iter().find_map(|path| {
                let path = absolute(http, directive, &path);
                let by = http.closed_to_workers(file_system, &path)?;
                Some(Closed { path, by })
            });
            found.extend(closed.map(|closed| (argument.into_owned().into(), closed)));
        }
    }
    found
}

/// A path with a name in place of `$ssl_server_name`, if it has no other variable.
fn with_name(argument: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    const VARIABLES: [&[u8]; 2] = [b"${ssl_server_name}", b"$ssl_server_name"];
    let (at, variable) = VARIABLES
        .into_iter()
        .find_map(|variable| Some((memchr::memmem::find(argument, variable)?, variable)))?;
    let (before, after) = (&argument[..at], &argument[at + variable.len()..]);
    let goes_on = after.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if after.contains(&b'$') || variable.ends_with(b"e") && goes_on {
        return None;
    }
    Some([before, name, after].concat())
}

fn absolute(http: &Http<'_>, directive: Directive<'_>, path: &[u8]) -> PathBuf {
    let path = Path::new(OsStr::from_bytes(path));
    // An absolute path stays what it is.
    http.config.sources().conf_prefix_of(directive.file_id()).join(path)
}
