//! The steps of a change, and the way back.

use std::{
    io::{self, ErrorKind},
    path::PathBuf,
};

use super::{
    Replacement, Result, Store, WriteError,
    journal::{self, Journal, State},
    place::{self, Place},
};

impl Store {
    /// Steps 2 and 3. Counts the files that are touched.
    pub(super) fn replace(
        id: &str,
        journal: &Journal,
        replacements: &[Replacement],
        touched: &mut usize,
    ) -> Result<()> {
        let mut places = Vec::new();
        for (number, (entry, replacement)) in journal.entries.iter().zip(replacements).enumerate() {
            let cannot = |doing: &str, why| WriteError::about(doing, &entry.path, why);
            for directory in &entry.new_directories {
                place::make_directory(directory).map_err(|why| cannot("make", why))?;
            }
            let mut place =
                Place::open(&entry.path, id, number).map_err(|why| cannot("open", why))?;
            *touched = number + 1;
            place.prepare(replacement).map_err(|why| cannot("change", why))?;
            places.push((place, entry));
        }
        for (place, entry) in &places {
            place.sync().map_err(|why| WriteError::about("sync", &entry.path, why))?;
        }
        for (place, entry) in &places {
            let swapped = place.swap(entry.action);
            swapped.map_err(|why| WriteError::about("replace", &entry.path, why))?;
        }
        for (place, entry) in &places {
            place.sync().map_err(|why| WriteError::about("sync", &entry.path, why))?;
        }
        Ok(())
    }

    /// Undoes what was begun with the first files after something has failed.
    pub(super) fn undo_after(
        &self,
        error: WriteError,
        id: &str,
        journal: &Journal,
        touched: usize,
    ) -> WriteError {
        let unfinished = self.undo(id, journal, touched).err().map(Box::new);
        WriteError { unfinished, ..error }
    }

    /// Gives the first files their names back, wherever the change has come to with them. Names those
    /// that were left, because they are neither what they were nor what they were made.
    pub(super) fn undo(&self, id: &str, journal: &Journal, touched: usize) -> Result<Vec<PathBuf>> {
        let directory = self.directory.join(id);
        let (mut left, mut first_error) = (Vec::new(), None);
        for (number, entry) in journal.entries.iter().enumerate() {
            let undo = || -> io::Result<bool> {
                let place = Place::open(&entry.path, id, number)?;
                let after = journal::contents(&directory, number, journal::AFTER)?;
                let is_back = place.undo(entry.action, after.as_deref())?;
                place.sync()?;
                Ok(is_back)
            };
            match if number < touched { undo() } else { Ok(true) } {
                Ok(true) => {}
                Ok(false) => left.push(entry.path.clone()),
                // Where even the directory has not been made, nothing has.
                Err(why) if why.kind() == ErrorKind::NotFound => {}
                Err(why) => {
                    let error = WriteError::about("put back", &entry.path, why);
                    first_error.get_or_insert(error);
                }
            }
            for made in entry.new_directories.iter().rev() {
                place::remove_directory(made);
            }
        }
        match first_error {
            Some(error) => Err(error),
            None => Journal::set_state(&directory, State::Open, State::Undone).map(|()| left),
        }
    }

    /// Takes the second names away.
    pub(super) fn tidy(&self, id: &str, journal: &Journal) -> Result<()> {
        for (number, entry) in journal.entries.iter().enumerate() {
            let tidied = Place::open(&entry.path, id, number).and_then(|place| {
                place.tidy()?;
                place.sync()
            });
            match tidied {
                // Somebody has removed the directory since.
                Err(why) if why.kind() == ErrorKind::NotFound => {}
                tidied => tidied.map_err(|why| WriteError::about("tidy up", &entry.path, why))?,
            }
        }
        Journal::set_state(&self.directory.join(id), State::Done, State::Kept)
    }
}
