//! The paths to lint, as the loader wants them and as reports show them.

use std::{
    env,
    ffi::OsStr,
    fmt, fs, io,
    path::{Component, Path, PathBuf},
};

use clap::Subcommand;
use model::Mounts;

use crate::{
    arguments::Command,
    installed,
    report::{ShownPaths, printable},
};

/// What to lint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Inputs {
    /// Absolute paths; inside the root directory, if there is one.
    pub paths: Vec<PathBuf>,
    /// Whether none was given.
    pub is_default: bool,
    /// How reports show these paths and all that is found from them.
    pub shown: ShownPaths,
    /// Where patches are applied: names in them are relative to it.
    pub patch_base: PathBuf,
    /// What is on standard input, if that is one of the paths.
    pub stdin: Option<Stdin>,
}

/// The path that stands for standard input.
pub(crate) const STANDARD_INPUT: &str = "-";

/// What is on standard input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stdin {
    /// The output of `nginx -T`.
    Dump,
    /// The text of this file, one of the paths.
    Text(PathBuf),
}

/// Arguments that name nothing to lint.
#[derive(Debug)]
pub(crate) enum InputError {
    /// The root directory is none.
    Root(PathBuf, io::Error),
    /// A path lies in no directory that is mapped.
    NotMapped(PathBuf),
    /// A path lies outside of the root directory.
    Outside(PathBuf, PathBuf),
    /// Nothing was given, and none of the usual places has a configuration.
    NothingInstalled,
    /// A path that is not there has the name of a command.
    Command(PathBuf),
    /// Standard input is named twice.
    InputTwice,
    /// A name for standard input, which is not read.
    NoInput,
    /// The current directory is gone.
    CurrentDirectory(io::Error),
}

impl Inputs {
    /// Makes the paths given absolute, or finds the installed configuration if there is none.
    ///
    /// # Errors
    /// If there is nothing to lint.
    pub(crate) fn new(
        given: &[PathBuf],
        stdin_filename: Option<&Path>,
        root: Option<&Path>,
        mounts: &Mounts,
    ) -> Result<Self, InputError> {
        if let Some(command) = given.iter().find(|path| is_command(path)) {
            return Err(InputError::Command(command.clone()));
        }
        let is_stdin = |path: &PathBuf| path == Path::new(STANDARD_INPUT);
        let Some(at) = given.iter().position(is_stdin) else {
            return match stdin_filename {
                Some(_) => Err(InputError::NoInput),
                None => Self::of_paths(given, root, mounts),
            };
        };
        let mut paths = given.to_vec();
        paths.remove(at);
        if paths.iter().any(is_stdin) {
            return Err(InputError::InputTwice);
        }
        if let Some(file) = stdin_filename {
            paths.insert(at, file.to_owned());
            let inputs = Self::of_paths(&paths, root, mounts)?;
            return Ok(Self { stdin: Some(Stdin::Text(inputs.paths[at].clone())), ..inputs });
        }
        let mut inputs = if paths.is_empty() {
            Self::absolute(Vec::new())
        } else {
            Self::of_paths(&paths, root, mounts)?
        };
        inputs.paths.insert(at, STANDARD_INPUT.into());
        Ok(Self { stdin: Some(Stdin::Dump), ..inputs })
    }

    /// Whether something is not on the disk, so that it cannot be written there.
    pub(crate) fn is_from_stdin(&self) -> bool {
        self.stdin.is_some()
    }

    /// Paths as they are, to be patched from the root directory.
    fn absolute(paths: Vec<PathBuf>) -> Self {
        let (shown, patch_base) = (ShownPaths::default(), PathBuf::from("/"));
        Self { paths, is_default: false, shown, patch_base, stdin: None }
    }

    fn of_paths(
        paths: &[PathBuf],
        root: Option<&Path>,
        mounts: &Mounts,
    ) -> Result<Self, InputError> {
        if !mounts.is_empty() {
            return Self::mapped(paths, root, mounts);
        }
        if let Some(root) = root {
            let problem = |error| InputError::Root(root.to_owned(), error);
            fs::read_dir(root).map_err(problem)?;
            if paths.is_empty() {
                return Ok(Self {
                    is_default: true,
                    ..Self::absolute(vec![installed_in(Some(root))?])
                });
            }
            // What /proc/PID/root leads to has no other path: only relative paths need one.
            let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
            let paths = paths.iter().map(|path| inside(&root, path)).collect::<Result<_, _>>()?;
            return Ok(Self::absolute(paths));
        }
        if paths.is_empty() {
            return Ok(Self { is_default: true, ..Self::absolute(vec![installed_in(None)?]) });
        }
        if paths.iter().all(|path| path.is_absolute()) {
            return Ok(Self::absolute(paths.to_vec()));
        }
        let current = env::current_dir().map_err(InputError::CurrentDirectory)?;
        let is_below = |path: &PathBuf| path.starts_with(&current);
        let given: Vec<_> = paths.iter().map(|path| current.join(tidy(path))).collect();
        if paths.iter().any(|path| path.is_absolute()) || !given.iter().all(is_below) {
            return Ok(Self::absolute(given));
        }
        Ok(Self {
            shown: ShownPaths { base: Some(current.clone()), ..ShownPaths::default() },
            patch_base: current,
            ..Self::absolute(given)
        })
    }

    /// The same where directories of the machine lie elsewhere: paths may be written as they are
    /// there or as they are here.
    fn mapped(paths: &[PathBuf], root: Option<&Path>, mounts: &Mounts) -> Result<Self, InputError> {
        let root = root.map(|root| fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()));
        let current = env::current_dir().map_err(InputError::CurrentDirectory)?;
        let on_machine = |path: &PathBuf| {
            let is_known = mounts.on_disk(path).is_some() || mounts.are_below(path);
            if path.is_absolute() && is_known {
                return Ok(path.clone());
            }
            match (mounts.on_machine(&current.join(real_but_for_its_end(path))), &root) {
                (Some(path), _) => Ok(path),
                (None, Some(root)) => inside(root, path),
                (None, None) => Err(InputError::NotMapped(path.clone())),
            }
        };
        let is_default = paths.is_empty();
        let installed = |path: &Path| {
            let under_root = |root: &PathBuf| root.join(path.strip_prefix("/").unwrap_or(path));
            let on_disk = mounts.on_disk(path).or_else(|| root.as_ref().map(under_root));
            mounts.are_below(path) || on_disk.is_some_and(|path| path.is_dir())
        };
        let inputs = if is_default {
            vec![installed::directory(installed).ok_or(InputError::NothingInstalled)?.to_owned()]
        } else {
            paths.iter().map(on_machine).collect::<Result<_, _>>()?
        };
        let is_relative = paths.iter().all(|path| path.is_relative());
        Ok(Self {
            paths: inputs,
            is_default,
            shown: ShownPaths {
                base: is_relative.then(|| current.clone()),
                mounts: mounts.clone(),
            },
            patch_base: if is_relative { current } else { PathBuf::from("/") },
            stdin: None,
        })
    }
}

/// Whether a command was meant, which has to come before options.
fn is_command(path: &Path) -> bool {
    path.to_str().is_some_and(Command::has_subcommand) && fs::symlink_metadata(path).is_err()
}

/// The path without links, but for one at its end.
fn real_but_for_its_end(path: &Path) -> PathBuf {
    let path = tidy(path);
    let path = std::path::absolute(&path).unwrap_or(path);
    match (path.parent().map(fs::canonicalize), path.file_name()) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => path,
    }
}

/// The path without `.`; and without `..`, if the file system knows where that leads.
fn tidy(path: &Path) -> PathBuf {
    if path.components().any(|part| part == Component::ParentDir)
        && let Ok(real) = fs::canonicalize(path)
    {
        return real;
    }
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// A path given with `--root`: absolute ones start there, relative ones at the current directory,
/// as the shell completes them.
fn inside(root: &Path, path: &Path) -> Result<PathBuf, InputError> {
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    let outside = || InputError::Outside(path.to_owned(), root.to_owned());
    let current = env::current_dir().map_err(InputError::CurrentDirectory)?;
    let path = current.join(path);
    // Only the directory: the last component may be a link, and the report shows links.
    let (parent, name) = match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => (parent, name),
        _ => (&*path, OsStr::new("")),
    };
    let parent = fs::canonicalize(parent).map_err(|_| outside())?;
    let inside = parent.join(name);
    let inside = inside.strip_prefix(root).map_err(|_| outside())?;
    Ok(Path::new("/").join(inside))
}

fn installed_in(root: Option<&Path>) -> Result<PathBuf, InputError> {
    let exists = |path: &Path| match root {
        Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)).is_dir(),
        None => path.is_dir(),
    };
    installed::directory(exists).map(Path::to_owned).ok_or(InputError::NothingInstalled)
}

impl fmt::Display for InputError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(path, error) => {
                write!(out, "cannot use {} as the root directory: {error}", path.display())
            }
            Self::Outside(path, root) => write!(
                out,
                "{} is not under {}; write the path as it is inside, such as /etc/nginx",
                path.display(),
                root.display()
            ),
            Self::NotMapped(path) => write!(
                out,
                "{} lies in no directory of --map; write the path as nginx has it, such as \
                 /etc/nginx",
                printable::path(path)
            ),
            Self::NothingInstalled => out.write_str(
                "no nginx configuration was found in the usual places; say which one: \
                 nginx-acme-lint PATH",
            ),
            Self::Command(name) => write!(
                out,
                "`{0}` is a command: write it first (nginx-acme-lint {0} …)",
                name.display()
            ),
            Self::InputTwice => out.write_str("standard input (-) can be read only once"),
            Self::NoInput => out.write_str(
                "--stdin-filename names the text on standard input: write - as the path, too",
            ),
            Self::CurrentDirectory(error) => {
                write!(out, "cannot find out the current directory: {error}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_paths_stay_as_they_are() {
        let inputs = Inputs::new(&["/etc/nginx".into()], None, None, &Mounts::default()).unwrap();
        assert_eq!(inputs.paths, [PathBuf::from("/etc/nginx")]);
        assert_eq!(inputs.shown.base, None);
        assert_eq!(inputs.patch_base, Path::new("/"));
    }

    #[test]
    fn relative_paths_are_shown_from_the_current_directory() {
        let current = env::current_dir().unwrap();
        let inputs =
            Inputs::new(&["./conf/nginx.conf".into()], None, None, &Mounts::default()).unwrap();
        assert_eq!(inputs.paths, [current.join("conf/nginx.conf")]);
        assert_eq!(inputs.shown.path(&inputs.paths[0]), Path::new("conf/nginx.conf"));
        assert_eq!(inputs.patch_base, current);
    }

    #[test]
    fn the_current_directory_is_a_dot() {
        let inputs = Inputs::new(&[".".into()], None, None, &Mounts::default()).unwrap();
        assert_eq!(inputs.shown.path(&inputs.paths[0]), Path::new("."));
    }

    #[test]
    fn mixed_paths_are_all_absolute() {
        let inputs =
            Inputs::new(&["conf".into(), "/etc/nginx".into()], None, None, &Mounts::default())
                .unwrap();
        assert!(inputs.paths.iter().all(|path| path.is_absolute()));
        assert_eq!(inputs.shown.base, None);
    }

    #[test]
    fn a_root_directory_holds_all_paths() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("etc/nginx")).unwrap();
        let inputs = Inputs::new(&[], None, Some(root.path()), &Mounts::default()).unwrap();
        assert_eq!(inputs.paths, [PathBuf::from("/etc/nginx")]);
        assert!(inputs.is_default);
        let given =
            Inputs::new(&["/etc/nginx/sites".into()], None, Some(root.path()), &Mounts::default())
                .unwrap();
        assert_eq!(given.paths, [PathBuf::from("/etc/nginx/sites")]);
        let outside = Inputs::new(&["src".into()], None, Some(root.path()), &Mounts::default());
        assert!(matches!(outside, Err(InputError::Outside(..))));
    }

    #[test]
    fn a_root_directory_has_to_be_one() {
        let missing =
            Inputs::new(&[], None, Some(Path::new("/nonexistent/root")), &Mounts::default());
        assert!(matches!(missing, Err(InputError::Root(..))));
    }
}
