//! Changes files on disk: all of them or none.
//!
//! A [`Store`] keeps the former contents of every file that was ever changed, and a journal of the
//! change. What happens to a configuration goes through it in steps that can be interrupted at any
//! instant:
//!
//! 1. the old and new contents and the journal are written to the store and synced;
//! 2. beside each file, the new contents are written under another name, with everything that belongs
//!    to the file but its contents, and the old file gets a second name;
//! 3. the new files take the names of the old ones, one by one;
//! 4. once somebody has looked at the result, the journal is closed and the second names go; or the
//!    old files take their names back.
//!
//! Until step 4 [`Store::recover`] undoes what was begun, from it on it tidies up.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

pub use self::error::WriteError;
use self::journal::{Journal, State};

mod error;
mod journal;
mod place;
mod steps;
#[cfg(test)]
mod tests;

/// What a file is to become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Where it is: an absolute path without symbolic links.
    pub path: PathBuf,
    /// What it has to hold now; `None` if it must not exist.
    pub before: Option<Vec<u8>>,
    /// What it will hold; `None` if it is to go.
    pub after: Option<Vec<u8>>,
    /// The permissions of a file that does not exist yet, such as 0o644.
    pub mode: u32,
}

/// Where the former contents of files are kept, and what was begun there.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    /// Locked as long as this lives: two that change files at once would undo each other.
    _lock: File,
}

/// A change that was made, or begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its name in the store.
    pub id: String,
    /// The files, and whether each was changed, made or removed.
    pub files: Vec<(PathBuf, Action)>,
    /// Whether its files were put back, or never changed in the end.
    pub is_undone: bool,
}

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It gets other contents.
    Change,
    /// It is made.
    Create,
    /// It goes.
    Remove,
}

/// What became of a change that an earlier run left unfinished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// Its files are as they were before.
    Undone {
        /// Its name in the store.
        id: String,
        /// The files that somebody else has changed since: they were left as they are.
        left: Vec<PathBuf>,
    },
    /// It had been made and looked at, and only had to be tidied up.
    Finished {
        /// Its name in the store.
        id: String,
    },
}

/// A change whose files are in place and can still be put back at once.
#[derive(Debug)]
#[must_use]
pub struct Written<'s> {
    store: &'s Store,
    id: String,
    journal: Journal,
}

/// The outcome of something that changes files.
pub type Result<T, E = WriteError> = std::result::Result<T, E>;

/// Every change that a store in this directory has, the oldest first, without touching anything;
/// `None` if one of them waits for [`Store::recover`].
///
/// # Errors
///
/// If the directory cannot be read.
pub fn finished(directory: &Path) -> Result<Option<Vec<Backup>>> {
    let journals = journals(directory)?;
    let is_unfinished = |state: State| matches!(state, State::Open | State::Done);
    let is_finished = !journals.iter().any(|(_, state, _)| is_unfinished(*state));
    Ok(is_finished.then(|| journals.into_iter().map(Backup::of).collect()))
}

fn journals(directory: &Path) -> Result<Vec<(String, State, Journal)>> {
    let failed = |why| WriteError::new(format!("cannot read {}", directory.display()), why);
    let mut journals = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let Ok(id) = entry.map_err(failed)?.file_name().into_string() else { continue };
        if let Some((state, journal)) = Journal::read(&directory.join(&id))? {
            journals.push((id, state, journal));
        }
    }
    journals.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    Ok(journals)
}

impl Backup {
    fn of((id, state, journal): (String, State, Journal)) -> Self {
        let files = journal.entries.into_iter().map(|one| (one.path, one.action)).collect();
        Self { id, files, is_undone: state == State::Undone }
    }
}

impl Store {
    /// Opens the store in a directory, which is made if it is missing, for this process alone.
    ///
    /// # Errors
    ///
    /// If the directory cannot be made or locked; the latter while another process has it open.
    pub fn open(directory: &Path) -> Result<Self> {
        let failed = |why| WriteError::new(format!("cannot use {}", directory.display()), why);
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(directory).map_err(failed)?;
        let directory = fs::canonicalize(directory).map_err(failed)?;
        // Whoever writes here decides what is put back.
        let found = fs::metadata(&directory).map_err(failed)?;
        if found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o022 != 0 {
            let why = "it belongs to another user, or others may write there";
            return Err(failed(io::Error::other(why)));
        }
        let mut options = File::options();
        let lock = options.create(true).truncate(false).write(true).mode(0o600);
        let lock = lock.open(directory.join("lock")).map_err(failed)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::Error(why) => failed(why),
            TryLockError::WouldBlock => {
                failed(io::Error::other("another run is changing files right now"))
            }
        })?;
        Ok(Self { directory, _lock: lock })
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Every change, the oldest first.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub fn backups(&self) -> Result<Vec<Backup>> {
        Ok(journals(&self.directory)?.into_iter().map(Backup::of).collect())
    }

    /// Undoes what an earlier run began and did not finish, or finishes it if only tidying up was
    /// left.
    ///
    /// # Errors
    ///
    /// If a file cannot be put back. What could be is, and the next call goes on.
    pub fn recover(&self) -> Result<Vec<Recovered>> {
        let mut recovered = Vec::new();
        for (id, state, journal) in journals(&self.directory)? {
            match state {
                State::Open => {
                    let left = self.undo(&id, &journal, journal.entries.len())?;
                    recovered.push(Recovered::Undone { id, left });
                }
                State::Done => {
                    self.tidy(&id, &journal)?;
                    recovered.push(Recovered::Finished { id });
                }
                State::Kept | State::Undone => {}
            }
        }
        Ok(recovered)
    }

    /// Puts new contents in place of the old ones, in all the files or in none. `name` is a name for
    /// the change, such as the time.
    ///
    /// # Errors
    ///
    /// If a file is not what it was, or something cannot be written. Then nothing has changed, unless
    /// the error says that something is unfinished.
    pub fn write(&self, name: &str, replacements: &[Replacement]) -> Result<Written<'_>> {
        let id = self.make_directory(name)?;
        let directory = self.directory.join(&id);
        let journal = match Journal::begin(&directory, replacements) {
            Ok(journal) => journal,
            Err(error) => {
                // Nothing but this directory has been touched.
                let _ = fs::remove_dir_all(&directory);
                return Err(error);
            }
        };
        let mut touched = 0;
        match Self::replace(&id, &journal, replacements, &mut touched) {
            Ok(()) => Ok(Written { store: self, id, journal }),
            Err(error) => Err(self.undo_after(error, &id, &journal, touched)),
        }
    }

    /// What undoes a change: the files as they are now, in place of those that it left.
    ///
    /// # Errors
    ///
    /// If there is no such change, it has been undone, or its files cannot be read from the store.
    pub fn reversal(&self, id: &str) -> Result<Vec<Replacement>> {
        let failed = |why: &str| {
            WriteError::new(format!("cannot undo {id}"), io::Error::other(why.to_owned()))
        };
        let found = journals(&self.directory)?.into_iter().find(|(other, ..)| other == id);
        let (_, state, journal) = found.ok_or_else(|| failed("there is no such backup"))?;
        if state == State::Undone {
            return Err(failed("its files were put back already"));
        }
        journal.reversal(&self.directory.join(id))
    }

    /// Makes a directory for a change; gives its name.
    fn make_directory(&self, name: &str) -> Result<String> {
        let mut number = 1;
        loop {
            let id = if number == 1 { name.to_owned() } else { format!("{name}.{number}") };
            let directory = self.directory.join(&id);
            match fs::DirBuilder::new().mode(0o700).create(&directory) {
                Ok(()) => return Ok(id),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(why) => {
                    return Err(WriteError::new(
                        format!("cannot make {}", directory.display()),
                        why,
                    ));
                }
            }
        }
    }
}

impl Written<'_> {
    /// The name of the change in the store.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Leaves the new contents in place. What could not be tidied up is no failure: it is named, and
    /// waits for [`Store::recover`].
    ///
    /// # Errors
    ///
    /// If the journal cannot be closed. Then nothing has changed, unless the error says that something
    /// is unfinished.
    pub fn keep(self) -> Result<Option<WriteError>> {
        let directory = self.store.directory.join(&self.id);
        match Journal::set_state(&directory, State::Open, State::Done) {
            Ok(()) => Ok(self.store.tidy(&self.id, &self.journal).err()),
            Err(error) => {
                let all = self.journal.entries.len();
                Err(self.store.undo_after(error, &self.id, &self.journal, all))
            }
        }
    }

    /// Puts the old files back. Names those that were left as they are, because somebody has changed
    /// them in the meantime.
    ///
    /// # Errors
    ///
    /// If a file cannot be put back; it waits for [`Store::recover`].
    pub fn put_back(self) -> Result<Vec<PathBuf>> {
        self.store.undo(&self.id, &self.journal, self.journal.entries.len())
    }
}

impl Replacement {
    fn action(&self) -> Action {
        match (&self.before, &self.after) {
            (None, _) => Action::Create,
            (Some(_), None) => Action::Remove,
            (Some(_), Some(_)) => Action::Change,
        }
    }
}

/// Writes a new file that only its owner may read, and syncs it.
fn write_new(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// Syncs the names in a directory.
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
