use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use model::{DirectoryEntry, FileKind, FileSystem, Lookup, Stat, real_path};

use crate::challenge::PATH;

/// A token as certificate authorities make them: base64url, with both of its special characters.
pub const TOKEN: &str = "LoqXcYV8q5ONbJQxbmR7SCTNo3t-iAXDfjyxEqt_0vg";

/// The looks of a token that a configuration may tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenShape {
    /// With `-` and `_` inside, as [`TOKEN`] is.
    WithDashes,
    /// Letters and digits alone.
    Plain,
    /// A `-` at its start.
    DashFirst,
    /// A `_` at its start.
    UnderscoreFirst,
    /// As short as RFC 8555 has it: 22 characters.
    Short,
    /// Longer than that of any certificate authority known.
    Long,
}

impl TokenShape {
    /// All of them, [`TOKEN`] first.
    pub const ALL: [Self; 6] = [
        Self::WithDashes,
        Self::Plain,
        Self::DashFirst,
        Self::UnderscoreFirst,
        Self::Short,
        Self::Long,
    ];

    /// A token of this shape.
    pub fn token(self) -> &'static str {
        match self {
            Self::WithDashes => TOKEN,
            Self::Plain => "LoqXcYV8q5ONbJQxbmR7SCTNo3t0iAXDfjyxEqt10vg",
            Self::DashFirst => "-oqXcYV8q5ONbJQxbmR7SCTNo3t0iAXDfjyxEqt10vg",
            Self::UnderscoreFirst => "_oqXcYV8q5ONbJQxbmR7SCTNo3t0iAXDfjyxEqt10vg",
            Self::Short => "LoqXcYV8q5ONbJQxbmR7SC",
            Self::Long => {
                "LoqXcYV8q5ONbJQxbmR7SCTNo3t0iAXDfjyxEqt10vgLoqXcYV8q5ONbJQxbmR7SCTNo3t0iAXDfjyxEqt"
            }
        }
    }

    /// Whether no certificate authority known makes such tokens, though it might.
    pub fn is_rare(self) -> bool {
        matches!(self, Self::Short | Self::Long)
    }

    /// Which tokens these are, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::WithDashes => "tokens with `-` or `_`",
            Self::Plain => "tokens without `-` and `_`",
            Self::DashFirst => "tokens that start with `-`",
            Self::UnderscoreFirst => "tokens that start with `_`",
            Self::Short => "tokens of 22 characters",
            Self::Long => "tokens of 83 characters",
        }
    }
}

/// What all of these tokens have in them.
const COMMON: &str = "oqXcYV8q5ONbJQxbmR7SC";

/// A text with `TOKEN` in place of the long ones that are asked for.
pub fn abridged(text: &str) -> String {
    let mut text = text.to_owned();
    if text.contains(COMMON) {
        // The short one is in most of the others, and one of these in the long one.
        let mut tokens = TokenShape::ALL.map(TokenShape::token);
        tokens.sort_by_key(|token| std::cmp::Reverse(token.len()));
        for token in tokens {
            text = text.replace(token, "TOKEN");
        }
    }
    text
}

/// A file system in which the client has put its token.
pub(crate) struct WithToken<'f> {
    file_system: &'f dyn FileSystem,
    token: &'static str,
    place: Place<'f>,
    /// Filled in by the questions themselves, which `FileSystem` puts to a shared reference.
    asked: Mutex<Asked>,
}

/// Where the token lies.
#[derive(Clone, Copy)]
pub(crate) enum Place<'f> {
    /// Wherever it is looked for: what remains to be seen is whether nginx gets there.
    Everywhere,
    /// In this directory alone, as nginx writes its path.
    Directory(&'f Path),
    /// In these alone, whichever way leads there.
    AnyOf(&'f [PathBuf]),
}

/// Where the token has been looked for.
#[derive(Debug, Default, PartialEq, Eq)]
enum Asked {
    #[default]
    Nowhere,
    Once(PathBuf),
    InSeveralPlaces,
}

impl<'f> WithToken<'f> {
    pub(crate) fn new(
        file_system: &'f dyn FileSystem,
        shape: TokenShape,
        place: Place<'f>,
    ) -> Self {
        Self { file_system, token: shape.token(), place, asked: Mutex::default() }
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the token has been looked for at this place and nowhere else.
    pub(crate) fn was_asked_only_at(&self, place: &Path) -> bool {
        matches!(&*self.asked(), Asked::Once(asked) if is_same(asked, place))
    }

    /// Looks for the token at a path: says whether it lies there, and keeps in mind that it was
    /// looked for there. Paths of other files are none of its business.
    fn look_for_token(&self, path: &Path) -> bool {
        let Some(directory) = directory_of(path, self.token) else { return false };
        // A client has its directory before it has a token.
        if contains(directory, self.token) {
            return false;
        }
        let mut asked = self.asked();
        match &*asked {
            Asked::Nowhere => *asked = Asked::Once(path.to_path_buf()),
            Asked::Once(other) if !is_same(other, path) => *asked = Asked::InSeveralPlaces,
            Asked::Once(_) | Asked::InSeveralPlaces => {}
        }
        match self.place {
            // No client puts the path of challenges into itself, unless somebody has made it so.
            Place::Everywhere => {
                !is_doubled(directory) || self.file_system.stat(directory) != Lookup::Absent
            }
            Place::Directory(place) => self.is_same_directory(place, directory),
            Place::AnyOf(places) => {
                places.iter().any(|place| place == directory)
                    || real_path(directory, self.file_system)
                        .found()
                        .is_some_and(|directory| places.contains(&directory))
            }
        }
    }

    /// Whether two servers that write a directory in two ways mean the same one.
    fn is_same_directory(&self, one: &Path, other: &Path) -> bool {
        let real = |path| real_path(path, self.file_system).found();
        one == other || real(one).is_some_and(|one| real(other) == Some(one))
    }
}

/// Whether the token stands anywhere in a path.
fn contains(path: &Path, token: &str) -> bool {
    let bytes = path.as_os_str().as_bytes();
    bytes.windows(token.len()).any(|part| part == token.as_bytes())
}

/// The directory in which a path has the token.
pub(crate) fn directory_of<'p>(path: &'p Path, token: &str) -> Option<&'p Path> {
    let above = path.as_os_str().as_bytes().strip_suffix(token.as_bytes())?;
    above.ends_with(b"/").then(|| Path::new(OsStr::from_bytes(above)))
}

/// Whether a directory has the path of challenges in it twice.
fn is_doubled(directory: &Path) -> bool {
    let above = directory.as_os_str().as_bytes().strip_suffix(PATH.as_bytes());
    above.is_some_and(|above| above.ends_with(PATH.trim_end_matches('/').as_bytes()))
}

/// Whether two paths are the same, byte for byte: both come from one configuration.
fn is_same(left: &Path, right: &Path) -> bool {
    left.as_os_str() == right.as_os_str()
}

impl FileSystem for WithToken<'_> {
    fn read(&self, path: &Path) -> Lookup<Vec<u8>> {
        self.file_system.read(path)
    }

    fn read_secret(&self, path: &Path, reader: &mut dyn FnMut(&[u8])) -> Lookup<()> {
        self.file_system.read_secret(path, reader)
    }

    fn stat(&self, path: &Path) -> Lookup<Stat> {
        if self.look_for_token(path) {
            return Lookup::Found(Stat {
                kind: FileKind::File,
                size: 87,
                uid: 0,
                gid: 0,
                mode: 0o644,
                device: 0,
                inode: 0,
            });
        }
        self.file_system.stat(path)
    }

    fn list(&self, path: &Path) -> Lookup<Vec<DirectoryEntry>> {
        self.file_system.list(path)
    }

    fn readlink(&self, path: &Path) -> Lookup<PathBuf> {
        if self.look_for_token(path) {
            return Lookup::Absent; // it is a file of its own
        }
        self.file_system.readlink(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_abridged() {
        for shape in TokenShape::ALL {
            assert!(shape.token().contains(COMMON));
            let text = format!("/srv/{0} and {0}.", shape.token());
            assert_eq!(abridged(&text), "/srv/TOKEN and TOKEN.");
        }
    }
}
