//! What the argument of an `include` leads to, asked once for each argument.

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use parser::FileId;
use rustc_hash::FxHashMap;

use super::LoadProblemKind;
use crate::file_system::{FileSystem, FoundPath, Lookup, expand, fits, is_pattern};

/// Where the relative includes of a file start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Start {
    pub(super) conf_prefix: PathBuf,
    pub(super) trust: Trust,
    /// The directory of the file itself, where those of a fragment are looked for next; empty for
    /// the files of a main file.
    pub(super) own: PathBuf,
}

/// How sure it is that includes start there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Trust {
    /// It is the directory of the main file.
    Main,
    /// A main file lies there, but does not include this fragment.
    NearMain,
    /// It looks so.
    Guess,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StartId(u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LeadsId(u32);

/// What one argument leads to.
#[derive(Debug)]
pub(super) struct Leads {
    /// The paths, in nginx's order.
    pub(super) paths: Arc<[FoundPath]>,
    /// The files at these paths, once all of them have been opened.
    pub(super) files: Option<Arc<[FileId]>>,
    /// What is wrong at each place where the argument is used.
    pub(super) problems: Vec<(PathBuf, LoadProblemKind)>,
}

/// What all arguments lead to, and where the includes of each file start.
#[derive(Debug, Default)]
pub(super) struct Resolutions {
    starts: Vec<Start>,
    ids: FxHashMap<Start, StartId>,
    leads: Vec<Leads>,
    /// By start, then by argument.
    leads_ids: Vec<FxHashMap<Vec<u8>, LeadsId>>,
    /// By file.
    start_of: Vec<StartId>,
}

impl Start {
    /// Of the main file in this directory, and of all that it includes.
    pub(super) fn main(conf_prefix: PathBuf) -> Self {
        Self { conf_prefix, trust: Trust::Main, own: PathBuf::new() }
    }

    /// Of a file that was included by a fragment with this start.
    fn of_included(&self, path: &Path) -> Self {
        Self { own: directory(path), ..self.clone() }
    }

    pub(super) fn is_of_fragment(&self) -> bool {
        self.trust != Trust::Main
    }

    /// The path that nginx would make of an argument.
    pub(super) fn full_path(&self, argument: &[u8]) -> PathBuf {
        joined(&self.conf_prefix, argument)
    }

    fn resolve(&self, argument: &[u8], file_system: &dyn FileSystem) -> Leads {
        let path = self.full_path(argument);
        let tries = match self.trust {
            Trust::Main => vec![path.clone()],
            Trust::NearMain | Trust::Guess => vec![path.clone(), joined(&self.own, argument)],
        };
        if is_pattern(path.as_os_str().as_bytes()) {
            self.resolve_pattern(argument, &tries, file_system)
        } else {
            resolve_literal(&tries, file_system)
        }
    }

    fn resolve_pattern(
        &self,
        argument: &[u8],
        tries: &[PathBuf],
        file_system: &dyn FileSystem,
    ) -> Leads {
        let mut problems = Vec::new();
        for path in tries {
            let mut found = expand(path, file_system.included().unwrap_or(file_system));
            if file_system.included().is_some() {
                // Nobody has said that it is no link.
                found.found.iter_mut().for_each(|found| found.is_listed_file = false);
            }
            let unreadable = found.unreadable.into_iter();
            problems.extend(
                unreadable.map(|(path, reason)| (path, LoadProblemKind::Unreadable(reason))),
            );
            if !found.found.is_empty() {
                return Leads::to(found.found, problems);
            }
        }
        // Nothing at all is fine with nginx, provided that this is where it would look.
        if problems.is_empty() && self.trust == Trust::Guess && !argument.starts_with(b"/") {
            problems.push((tries[0].clone(), LoadProblemKind::Unresolved));
        }
        Leads::to(Vec::new(), problems)
    }
}

fn resolve_literal(tries: &[PathBuf], file_system: &dyn FileSystem) -> Leads {
    let there = |path: &&PathBuf| !matches!(file_system.stat(path), Lookup::Absent);
    let found = match tries {
        [path] => Some(path), // that it is missing comes out when it is opened
        _ => tries.iter().find(there),
    };
    match found {
        Some(path) => {
            let named = FoundPath { path: path.clone(), is_listed_file: false };
            Leads::to(vec![named], Vec::new())
        }
        None => Leads::to(Vec::new(), vec![(tries[0].clone(), LoadProblemKind::Unresolved)]),
    }
}

impl Leads {
    fn to(paths: Vec<FoundPath>, problems: Vec<(PathBuf, LoadProblemKind)>) -> Self {
        Self { paths: paths.into(), files: None, problems }
    }
}

impl Resolutions {
    /// Notes where the includes of the next file start.
    pub(super) fn push_file(&mut self, start: StartId) {
        self.start_of.push(start);
    }

    /// Where the includes of a file start that this one includes.
    pub(super) fn start_of_included(&mut self, file: FileId, path: &Path) -> StartId {
        let id = self.start_id(file);
        let start = &self.starts[id.0 as usize];
        match start.trust {
            Trust::Main => id,
            Trust::NearMain | Trust::Guess => self.id(start.of_included(path)),
        }
    }

    /// The number of a start.
    pub(super) fn id(&mut self, start: Start) -> StartId {
        let next = StartId(self.starts.len() as u32);
        *self.ids.entry(start).or_insert_with_key(|start| {
            self.starts.push(start.clone());
            self.leads_ids.push(FxHashMap::default());
            next
        })
    }

    pub(super) fn start(&self, file: FileId) -> &Start {
        &self.starts[self.start_id(file).0 as usize]
    }

    pub(super) fn conf_prefix_of(&self, file: FileId) -> &Path {
        &self.start(file).conf_prefix
    }

    /// What an argument in this file leads to; the file system is asked if nobody has before.
    pub(super) fn resolve(
        &mut self,
        file: FileId,
        argument: &[u8],
        file_system: &dyn FileSystem,
    ) -> LeadsId {
        let start = self.start_id(file).0 as usize;
        let ids = &mut self.leads_ids[start];
        if let Some(&id) = ids.get(argument) {
            return id;
        }
        let id = LeadsId(self.leads.len() as u32);
        ids.insert(argument.to_vec(), id);
        self.leads.push(self.starts[start].resolve(argument, file_system));
        id
    }

    pub(super) fn leads(&self, id: LeadsId) -> &Leads {
        &self.leads[id.0 as usize]
    }

    pub(super) fn leads_mut(&mut self, id: LeadsId) -> &mut Leads {
        &mut self.leads[id.0 as usize]
    }

    /// What an argument in this file leads to, if it was used while loading.
    pub(super) fn known(&self, file: FileId, argument: &[u8]) -> Option<&Leads> {
        let id = self.leads_ids[self.start_id(file).0 as usize].get(argument)?;
        Some(self.leads(*id))
    }

    /// Whether an argument leads to a path, or would if a file were there.
    pub(super) fn would_lead_to(&self, path: &Path) -> bool {
        self.starts.iter().zip(&self.leads_ids).any(|(start, arguments)| {
            let leads_to = |argument: &Vec<u8>| fits(&start.full_path(argument), path);
            start.is_of_fragment() || arguments.keys().any(leads_to)
        })
    }

    /// A file that is only tried out starts where the first one does.
    fn start_id(&self, file: FileId) -> StartId {
        self.start_of.get(file.0 as usize).copied().unwrap_or(StartId(0))
    }
}

/// The directory of a file.
pub(super) fn directory(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("/")).to_path_buf()
}

/// As nginx puts them together (`ngx_get_full_name`): byte after byte.
fn joined(prefix: &Path, argument: &[u8]) -> PathBuf {
    if argument.starts_with(b"/") {
        return PathBuf::from(OsString::from_vec(argument.to_vec()));
    }
    let mut path = prefix.as_os_str().as_bytes().to_vec();
    if !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(argument);
    PathBuf::from(OsString::from_vec(path))
}
