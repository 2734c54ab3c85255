//! What is put on disk for a moment, and how it goes again whatever happens.
//!
//! Before anything is made, a journal says what. It is a file of its own in the state directory,
//! locked as long as its run lives, with fields that end with a NUL byte: a heading, then of each
//! token the directory that was there, its inode, the names of those below it, how many of these were
//! made, and the name of the token. A journal that nobody has locked was left by a run that was killed.
//! It stays as long as the place of a token is not there.

use std::{
    ffi::OsStr,
    fs::{self, File, TryLockError},
    io::{self, Write},
    os::unix::{ffi::OsStrExt, fs::DirBuilderExt, fs::MetadataExt, fs::OpenOptionsExt},
    panic,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, Once, PoisonError},
    thread,
    time::{Duration, Instant},
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

use crate::{
    place::{Place, Removal},
    token::Token,
};

const HEAD: &[u8] = b"nginx-acme-lint probe 2";

/// Where journals are, below the state directory.
const DIRECTORY: &str = "probes";

/// What this process has put on disk.
static OPEN: Mutex<Option<Journal>> = Mutex::new(None);

/// What is on disk, and has to go again.
#[derive(Debug)]
struct Journal {
    path: PathBuf,
    file: File,
    /// Two runs at once would each leave the other's directories.
    _alone: File,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    place: Place,
    inode: u64,
    made: usize,
    name: String,
}

/// Tokens on disk, until this goes away.
#[derive(Debug)]
pub(crate) struct Tokens {
    journal: PathBuf,
}

/// What runs that were killed have left.
#[derive(Debug, Default)]
pub(crate) struct Left {
    /// What is removed now.
    pub(crate) removed: Vec<PathBuf>,
    /// What could not be removed, and why.
    pub(crate) failed: Vec<(PathBuf, io::Error)>,
    /// What is not where it was put, and the journals that keep it in mind.
    pub(crate) misplaced: Vec<(PathBuf, PathBuf)>,
}

/// So long another run is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

impl Tokens {
    /// Gets ready to put tokens on disk, and first removes what runs that were killed have left.
    pub(crate) fn open(state: &Path) -> io::Result<(Self, Left)> {
        let directory = state.join(DIRECTORY);
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(&directory)?;
        let found = fs::symlink_metadata(&directory)?;
        // Whoever writes here decides what is removed.
        let is_ours = found.uid() == rustix::process::geteuid().as_raw();
        if !found.is_dir() || !is_ours || found.mode() & 0o022 != 0 {
            let why = "it belongs to another user, or others may write there";
            return Err(io::Error::other(why));
        }
        let mut options = File::options();
        let all = options.create(true).truncate(false).write(true).mode(0o600);
        let alone = all.open(directory.join("lock"))?;
        wait_for(&alone)?;
        let left = recover(&directory)?;
        let path = directory.join(format!("{}.journal", Token::new()?.name));
        let mut options = File::options();
        let mut file = options.create_new(true).write(true).mode(0o600).open(&path)?;
        file.lock()?;
        file.write_all(&to_bytes(&[]))?;
        file.sync_all()?;
        let entries = Vec::new();
        *open() = Some(Journal { path: path.clone(), file, _alone: alone, entries });
        be_ready();
        Ok((Self { journal: path }, left))
    }

    /// Puts a token into a directory.
    pub(crate) fn put(&self, place: &Place) -> io::Result<Token> {
        let token = Token::new()?;
        let missing = place.missing()?;
        let mut open = open();
        let journal = open.as_mut().filter(|journal| journal.path == self.journal);
        let journal = journal.ok_or_else(|| io::Error::other("the journal is closed"))?;
        let inode = place.inode()?;
        let name = token.name.clone();
        let entry = Entry { place: place.clone(), inode, made: missing, name };
        journal.file.write_all(&entry.to_bytes())?;
        journal.file.sync_data()?;
        journal.entries.push(entry);
        let entered = place.enter()?;
        if let Some(entry) = journal.entries.last_mut() {
            entry.made = entered.made;
        }
        entered.write(&token.name, &token.text, place.is_given_away)?;
        Ok(token)
    }

    /// Removes everything; what could not be removed comes back, with the reasons.
    pub(crate) fn remove(self) -> Vec<(PathBuf, io::Error)> {
        self.tidy()
    }

    fn tidy(&self) -> Vec<(PathBuf, io::Error)> {
        let mut open = open();
        let is_own = open.as_ref().is_some_and(|journal| journal.path == self.journal);
        if is_own { tidy(&mut open) } else { Vec::new() }
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        self.tidy();
    }
}

fn open() -> MutexGuard<'static, Option<Journal>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes everything that a journal names, and the journal.
fn tidy(open: &mut Option<Journal>) -> Vec<(PathBuf, io::Error)> {
    let Some(journal) = open.take() else { return Vec::new() };
    let done = remove_all(journal.entries);
    let _ = done.keep(&journal.path);
    let misplaced = done.misplaced.into_iter().map(|one| (one, io::Error::other(MISPLACED)));
    misplaced.chain(done.failed).map(|(entry, error)| (entry.path(), error)).collect()
}

/// Why a token is not removed.
const MISPLACED: &str = "its directory was moved, replaced or unmounted meanwhile";

/// What came of the entries of a journal.
#[derive(Debug, Default)]
struct Tidied {
    removed: Vec<PathBuf>,
    misplaced: Vec<Entry>,
    failed: Vec<(Entry, io::Error)>,
}

fn remove_all(entries: Vec<Entry>) -> Tidied {
    let mut all = Tidied::default();
    // Directories that were made for one token may hold others.
    for entry in entries.into_iter().rev() {
        match entry.remove() {
            Ok(Removal::Removed) => all.removed.push(entry.path()),
            Ok(Removal::Gone) => {}
            Ok(Removal::Misplaced) => all.misplaced.push(entry),
            Err(error) => all.failed.push((entry, error)),
        }
    }
    all
}

impl Tidied {
    /// Keeps in the journal what is left, or removes it if that is nothing.
    fn keep(&self, journal: &Path) -> io::Result<()> {
        let failed = self.failed.iter().map(|(entry, _)| entry);
        let left: Vec<_> = self.misplaced.iter().chain(failed).rev().collect();
        if left.is_empty() {
            return fs::remove_file(journal);
        }
        let new = journal.with_extension("new");
        let mut options = File::options();
        let mut file = options.create(true).truncate(true).write(true).mode(0o600).open(&new)?;
        file.write_all(&to_bytes(&left))?;
        file.sync_all()?;
        fs::rename(new, journal)
    }
}

/// Has everything removed if this process is asked to end, or panics.
fn be_ready() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if let Ok(mut open) = OPEN.try_lock() {
                tidy(&mut open);
            }
            before(info);
        }));
        let ignored = ignored();
        let wanted = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
        let wanted = wanted.into_iter().filter(|signal| ignored & 1 << (signal - 1) == 0);
        let Ok(mut signals) = Signals::new(wanted) else { return };
        let _ = thread::Builder::new().spawn(move || {
            for signal in signals.forever() {
                // Nothing more is made once this is locked.
                let mut open = open();
                tidy(&mut open);
                let _ = emulate_default_handler(signal);
            }
        });
    });
}

/// The signals that this process does not want to hear of, as under nohup, by bits.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Waits until no other run has tokens on disk.
fn wait_for(lock: &File) -> io::Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() < end => {
                thread::sleep(Duration::from_millis(50));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("another run has been asking for a minute"));
            }
        }
    }
}

/// Removes what journals name that nobody has locked.
fn recover(directory: &Path) -> io::Result<Left> {
    let mut left = Left::default();
    for found in fs::read_dir(directory)? {
        let path = found?.path();
        if path.extension() != Some(OsStr::new("journal")) {
            continue;
        }
        let file = File::open(&path)?;
        if file.try_lock().is_err() {
            continue; // its run lives
        }
        let done = remove_all(read(&fs::read(&path)?));
        done.keep(&path)?;
        let misplaced = done.misplaced.iter().map(|entry| (entry.path(), path.clone()));
        left.misplaced.extend(misplaced);
        left.removed.extend(done.removed);
        left.failed.extend(done.failed.into_iter().map(|(entry, error)| (entry.path(), error)));
    }
    left.removed.sort();
    Ok(left)
}

/// What stands in a journal with these entries.
fn to_bytes(entries: &[&Entry]) -> Vec<u8> {
    let mut bytes = [HEAD, b"\0"].concat();
    bytes.extend(entries.iter().flat_map(|entry| entry.to_bytes()));
    bytes
}

/// The entries of a journal; one that is not there whole was never acted on.
fn read(bytes: &[u8]) -> Vec<Entry> {
    let Some(bytes) = bytes.strip_suffix(b"\0") else {
        // What is behind the last NUL byte was cut off.
        let end = bytes.iter().rposition(|&byte| byte == 0).unwrap_or(0);
        return if end == 0 { Vec::new() } else { read(&bytes[..=end]) };
    };
    let mut fields = bytes.split(|&byte| byte == 0);
    if fields.next() != Some(HEAD) {
        return Vec::new();
    }
    let fields: Vec<_> = fields.collect();
    let (whole, _) = fields.as_chunks::<5>();
    whole.iter().filter_map(|fields| Entry::cast(*fields)).collect()
}

impl Entry {
    fn cast([base, inode, below, made, name]: [&[u8]; 5]) -> Option<Self> {
        let text = |bytes| str::from_utf8(bytes).ok();
        let name = text(name).filter(|name| Token::is_one(name))?.to_owned();
        let base = PathBuf::from(OsStr::from_bytes(base));
        let inode = text(inode)?.parse().ok()?;
        let below = text(below)?.split('/').filter(|part| !part.is_empty() && *part != "..");
        let below: Vec<_> = below.map(str::to_owned).collect();
        let made = text(made)?.parse().ok().filter(|made| *made <= below.len())?;
        let place = Place { base, below, is_given_away: false };
        place.base.is_absolute().then_some(Self { place, inode, made, name })
    }

    fn to_bytes(&self) -> Vec<u8> {
        let inode = self.inode.to_string();
        let below = self.place.below.join("/");
        let made = self.made.to_string();
        let fields = [
            self.place.base.as_os_str().as_bytes(),
            inode.as_bytes(),
            below.as_bytes(),
            made.as_bytes(),
            self.name.as_bytes(),
        ];
        fields.into_iter().flat_map(|field| [field, b"\0"]).flatten().copied().collect()
    }

    fn remove(&self) -> io::Result<Removal> {
        self.place.remove(&self.name, self.made, self.inode)
    }

    fn path(&self) -> PathBuf {
        self.place.directory().join(&self.name)
    }
}

#[cfg(test)]
mod tests;
