//! The journal of one change: a directory of the store.
//!
//! It holds `N.before` and `N.after` for the file of each number, as far as there are such contents,
//! and the journal itself, whose name tells how far the change has come. The journal's fields end
//! with a NUL byte, which no path has: `nginx-acme-lint 1`, then for each file `change`, `create` or
//! `remove`, its path, the directories that have to be made for it, each with `+` in front, and an
//! empty field; last, `end`.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::{Action, Replacement, Result, WriteError, sync_directory, write_new};

const HEAD: &[u8] = b"nginx-acme-lint 1";
const END: &[u8] = b"end";
pub(super) const BEFORE: &str = "before";
pub(super) const AFTER: &str = "after";

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It was begun; some or all files may have their new contents.
    Open,
    /// All files have their new contents, and it was looked at; second names may be there.
    Done,
    /// It was made.
    Kept,
    /// Its files are as they were before.
    Undone,
}

/// What was to happen to which files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Journal {
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) action: Action,
    /// The directories that do not exist yet, the outermost first.
    pub(super) new_directories: Vec<PathBuf>,
}

impl State {
    const ALL: [Self; 4] = [Self::Open, Self::Done, Self::Kept, Self::Undone];

    fn file_name(self) -> &'static str {
        match self {
            Self::Open => "journal.open",
            Self::Done => "journal.done",
            Self::Kept => "journal.kept",
            Self::Undone => "journal.undone",
        }
    }
}

impl Journal {
    /// Notes down what is going to happen; when this returns, all of it is on disk.
    pub(super) fn begin(directory: &Path, replacements: &[Replacement]) -> Result<Self> {
        let entries = replacements.iter().map(|replacement| Entry {
            path: replacement.path.clone(),
            action: replacement.action(),
            new_directories: missing_directories(&replacement.path),
        });
        let journal = Self { entries: entries.collect() };
        let write = || {
            for (number, replacement) in replacements.iter().enumerate() {
                for (contents, what) in [(&replacement.before, BEFORE), (&replacement.after, AFTER)]
                {
                    if let Some(contents) = contents {
                        write_new(&directory.join(format!("{number}.{what}")), contents)?;
                    }
                }
            }
            let unfinished = directory.join("journal.new");
            write_new(&unfinished, &journal.to_bytes())?;
            fs::rename(&unfinished, directory.join(State::Open.file_name()))?;
            sync_directory(directory)?;
            // The directory's own name.
            directory.parent().map_or(Ok(()), sync_directory)
        };
        match write() {
            Ok(()) => Ok(journal),
            Err(why) => Err(WriteError::about("keep a backup in", directory, why)),
        }
    }

    /// The journal in a directory; `None` if no change was begun there.
    pub(super) fn read(directory: &Path) -> Result<Option<(State, Self)>> {
        for state in State::ALL {
            let path = directory.join(state.file_name());
            let failed = |why| WriteError::about("read", &path, why);
            match fs::read(&path) {
                Ok(bytes) => {
                    let damaged =
                        || failed(io::Error::new(io::ErrorKind::InvalidData, "it is damaged"));
                    return Ok(Some((state, Self::of_bytes(&bytes).ok_or_else(damaged)?)));
                }
                Err(why) if is_none(&why) => {}
                Err(why) => return Err(failed(why)),
            }
        }
        Ok(None)
    }

    /// Notes that a change has come from one state to the next. It does no harm if a power failure
    /// undoes that: what is done twice stays the same.
    pub(super) fn set_state(directory: &Path, from: State, to: State) -> Result<()> {
        fs::rename(directory.join(from.file_name()), directory.join(to.file_name()))
            .map_err(|why| WriteError::about("close the journal in", directory, why))?;
        let _ = sync_directory(directory);
        Ok(())
    }

    /// What puts everything back.
    pub(super) fn reversal(self, directory: &Path) -> Result<Vec<Replacement>> {
        let entries = self.entries.into_iter().enumerate();
        let replacements = entries.map(|(number, entry)| {
            let contents = |what| {
                let contents = contents(directory, number, what);
                contents.map_err(|why| WriteError::about("read the backup in", directory, why))
            };
            Ok(Replacement {
                path: entry.path,
                before: contents(AFTER)?,
                after: contents(BEFORE)?,
                mode: 0o644,
            })
        });
        replacements.collect()
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut fields: Vec<Vec<u8>> = vec![HEAD.to_vec()];
        for entry in &self.entries {
            fields.push(entry.action.word().into());
            fields.push(entry.path.as_os_str().as_bytes().to_vec());
            let made = entry.new_directories.iter();
            fields.extend(made.map(|path| [b"+", path.as_os_str().as_bytes()].concat()));
            fields.push(Vec::new());
        }
        fields.push(END.to_vec());
        fields.into_iter().flat_map(|field| [field, vec![0]].concat()).collect()
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let path = |bytes: &[u8]| PathBuf::from(OsStr::from_bytes(bytes));
        let mut fields = bytes.strip_suffix(&[0])?.split(|byte| *byte == 0);
        if fields.next()? != HEAD {
            return None;
        }
        let mut entries = Vec::new();
        loop {
            let word = fields.next()?;
            if word == END {
                return fields.next().is_none().then_some(Self { entries });
            }
            let action = Action::ALL.into_iter().find(|one| one.word().as_bytes() == word)?;
            let mut entry =
                Entry { path: path(fields.next()?), action, new_directories: Vec::new() };
            while let [b'+', directory @ ..] = fields.next()? {
                entry.new_directories.push(path(directory));
            }
            entries.push(entry);
        }
    }
}

impl Action {
    const ALL: [Self; 3] = [Self::Change, Self::Create, Self::Remove];

    fn word(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Create => "create",
            Self::Remove => "remove",
        }
    }
}

/// The contents of a file before or after a change; `None` if it does not exist then.
pub(super) fn contents(directory: &Path, number: usize, what: &str) -> io::Result<Option<Vec<u8>>> {
    match fs::read(directory.join(format!("{number}.{what}"))) {
        Ok(contents) => Ok(Some(contents)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The directories on the way to a file that do not exist, the outermost first.
fn missing_directories(path: &Path) -> Vec<PathBuf> {
    let missing = path.ancestors().skip(1).take_while(|directory| {
        fs::symlink_metadata(directory).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    });
    let mut missing: Vec<_> = missing.map(Path::to_path_buf).collect();
    missing.reverse();
    missing
}

/// Whether there is no such file: the store's own lock is no directory.
fn is_none(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_down_is_read_again_and_half_of_it_is_not() {
        let entry = |path: &[u8], action, directories: &[&str]| Entry {
            path: OsStr::from_bytes(path).into(),
            action,
            new_directories: directories.iter().map(PathBuf::from).collect(),
        };
        let journal = Journal {
            entries: vec![
                entry(b"/etc/nginx/a\n\xFF.conf", Action::Change, &[]),
                entry(b"/etc/nginx/x/y/b", Action::Create, &["/etc/nginx/x", "/etc/nginx/x/y"]),
                entry(b"/etc/nginx/end", Action::Remove, &[]),
            ],
        };
        let bytes = journal.to_bytes();
        assert_eq!(Journal::of_bytes(&bytes), Some(journal));
        for length in 0..bytes.len() {
            assert_eq!(Journal::of_bytes(&bytes[..length]), None, "{length}");
        }
    }
}
