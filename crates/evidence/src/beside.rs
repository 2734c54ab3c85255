//! Files beside those that a configuration names, looked at where a named one will not do.

use std::path::{Path, PathBuf};

use model::{FileKind, FileSystem, Http, Lookup};

use crate::{Evidence, Pair, PemFile, other_servers, pairs};

/// Of a directory with more entries only the usual names are tried.
const MOST: usize = 64;

/// What files with a whole chain are called, and those with the rest of one.
const USUAL: [&str; 6] =
    ["fullchain.pem", "fullchain.cer", "chain.pem", "ca.cer", "privkey.pem", "ca-bundle.crt"];

/// How files of certificates and keys end.
const ENDINGS: [&str; 8] = ["pem", "crt", "cer", "cert", "key", "chain", "bundle", "ca-bundle"];

impl Evidence {
    /// The files in the directory of a path, in the order of their names; none unless a named file of
    /// that directory will not do.
    pub fn beside(&self, path: &Path) -> impl Iterator<Item = &PemFile> {
        let paths = path.parent().and_then(|directory| self.beside.get(directory));
        paths.into_iter().flatten().filter_map(|path| self.file_at(path))
    }

    /// Looks beside certificates without issuer, and pairs that do not belong together.
    pub(crate) fn look_beside(&mut self, http: &Http<'_>, file_system: &dyn FileSystem) {
        let of_servers = http.servers.iter().flat_map(|server| pairs(http, server));
        let others = other_servers(http);
        let others = others.iter().flat_map(|server| server.pairs.iter().copied());
        let mut directories: Vec<PathBuf> =
            of_servers.chain(others).flat_map(|pair| self.directories(http, &pair)).collect();
        directories.sort_unstable();
        directories.dedup();
        for directory in directories {
            let paths = candidates(&directory, file_system);
            for path in &paths {
                self.look_at(path, file_system);
            }
            self.beside.insert(directory, paths);
        }
    }

    /// Where to look for what a pair lacks.
    fn directories(&self, http: &Http<'_>, pair: &Pair<'_>) -> Vec<PathBuf> {
        let directory = |directive| {
            let path = &self.file(http.config, directive)?.path;
            path.is_absolute().then(|| path.parent().map(Path::to_owned)).flatten()
        };
        let Some(chain) = self.chain(http.config, pair.certificate) else { return Vec::new() };
        let key = pair.key.and_then(|key| self.key(http.config, key));
        if key.and_then(|key| key.belongs_to(&chain.leaf().public_key)) == Some(false) {
            let both = [Some(pair.certificate), pair.key];
            return both.into_iter().flatten().filter_map(directory).collect();
        }
        if chain.names_issuer() {
            return Vec::new();
        }
        directory(pair.certificate).into_iter().collect()
    }
}

/// The files of a directory that may hold certificates or keys.
fn candidates(directory: &Path, file_system: &dyn FileSystem) -> Vec<PathBuf> {
    let Lookup::Found(entries) = file_system.list(directory) else { return Vec::new() };
    let mut names: Vec<_> = if entries.len() > MOST {
        let entries = entries.into_iter().map(|entry| entry.name);
        entries.filter(|name| USUAL.iter().any(|usual| name == usual)).collect()
    } else {
        let is_one = |name: &std::ffi::OsString| {
            let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| ENDINGS.contains(&ending))
        };
        entries.into_iter().map(|entry| entry.name).filter(is_one).collect()
    };
    names.sort_unstable();
    let paths = names.into_iter().map(|name| directory.join(name));
    paths
        .filter(|path| {
            let stat = file_system.stat(path).found();
            stat.is_some_and(|stat| stat.kind == FileKind::File && stat.size < 1 << 16)
        })
        .collect()
}
