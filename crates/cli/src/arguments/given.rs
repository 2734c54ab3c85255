//! What else there is to say of the paths given.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::inputs::STANDARD_INPUT;

/// What the paths are, and what to say of them.
#[derive(Debug, Args)]
pub(crate) struct Given {
    /// With `-` as a path: the file whose text is on standard input
    ///
    /// It takes the place of that file, as an editor wants it that has not saved yet. Without this
    /// option, standard input is the output of nginx -T.
    #[arg(long, value_name = "FILE")]
    pub stdin_filename: Option<PathBuf>,

    /// Say only what is wrong in the files and directories given
    ///
    /// They are read as parts of the nginx.conf that includes them. What is wrong elsewhere is
    /// counted, but neither shown nor patched, and the exit code is not about it.
    #[arg(long)]
    pub only_given: bool,
}

impl Given {
    /// The paths, with the name that standard input has been given.
    pub(crate) fn on_disk(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        let named = |path: &PathBuf| match &self.stdin_filename {
            Some(file) if path == Path::new(STANDARD_INPUT) => file.clone(),
            _ => path.clone(),
        };
        paths.iter().map(named).collect()
    }
}
