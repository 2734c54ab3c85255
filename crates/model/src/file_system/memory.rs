//! A file system in memory: what lies in the output of `nginx -T`, and machines for tests.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    DirectoryEntry, FileKind, FileSystem, Lookup, Miss, Reason, Stat,
    links::{Entry, Last, follow},
};

/// Files in memory. What is added makes its parent directories; everything belongs to root.
#[derive(Clone, Debug)]
pub struct Memory {
    nodes: BTreeMap<PathBuf, Node>,
}

#[derive(Clone, Debug)]
struct Node {
    content: Content,
    uid: u32,
    gid: u32,
    mode: u32,
    denied: bool,
    inode: u64,
}

#[derive(Clone, Debug)]
enum Content {
    File(Vec<u8>),
    Directory,
    Link(PathBuf),
    Special,
}

impl Memory {
    /// An empty root directory.
    pub fn new() -> Self {
        Self { nodes: BTreeMap::new() }.dir("/")
    }

    /// Adds a regular file.
    #[must_use]
    pub fn file(self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> Self {
        self.with(path.as_ref(), Content::File(bytes.as_ref().to_vec()), 0o644)
    }

    /// Adds a directory.
    #[must_use]
    pub fn dir(self, path: impl AsRef<Path>) -> Self {
        self.with(path.as_ref(), Content::Directory, 0o755)
    }

    /// Adds a symbolic link, whether or not its target exists.
    #[must_use]
    pub fn link(self, path: impl AsRef<Path>, target: impl AsRef<Path>) -> Self {
        self.with(path.as_ref(), Content::Link(target.as_ref().to_path_buf()), 0o777)
    }

    /// Adds a FIFO.
    #[must_use]
    pub fn special(self, path: impl AsRef<Path>) -> Self {
        self.with(path.as_ref(), Content::Special, 0o644)
    }

    /// Forbids reading a file, or listing and entering a directory.
    #[must_use]
    pub fn denied(mut self, path: impl AsRef<Path>) -> Self {
        let node = self.added(path.as_ref());
        node.denied = true;
        node.mode = 0;
        self
    }

    /// Sets the permission bits that `stat` shows; they forbid nothing.
    #[must_use]
    pub fn mode(mut self, path: impl AsRef<Path>, mode: u32) -> Self {
        self.added(path.as_ref()).mode = mode;
        self
    }

    /// Sets the owner and the group that `stat` shows.
    #[must_use]
    pub fn owner(mut self, path: impl AsRef<Path>, uid: u32, gid: u32) -> Self {
        let node = self.added(path.as_ref());
        (node.uid, node.gid) = (uid, gid);
        self
    }

    fn with(mut self, path: &Path, content: Content, mode: u32) -> Self {
        for parent in path.ancestors().skip(1) {
            if !self.nodes.contains_key(parent) {
                self.insert(parent, Content::Directory, 0o755);
            }
        }
        self.insert(path, content, mode);
        self
    }

    fn insert(&mut self, path: &Path, content: Content, mode: u32) {
        let inode = self.nodes.len() as u64 + 1;
        let node = Node { content, uid: 0, gid: 0, mode, denied: false, inode };
        self.nodes.insert(path.to_path_buf(), node);
    }

    fn added(&mut self, path: &Path) -> &mut Node {
        self.nodes.get_mut(path).expect("the test added this path before")
    }

    fn node(&self, path: &Path, last: Last) -> Result<(PathBuf, &Node), Miss> {
        let entry = |path: &Path| {
            let node = self.in_searchable(path)?;
            Ok(match &node.content {
                Content::Link(target) => Entry::Link(target.clone()),
                Content::Directory => Entry::Directory,
                Content::File(_) | Content::Special => Entry::Other,
            })
        };
        let path = follow(path, last, entry)?;
        let node = self.in_searchable(&path)?;
        Ok((path, node))
    }

    fn in_searchable(&self, path: &Path) -> Result<&Node, Miss> {
        let parent = path.parent().and_then(|parent| self.nodes.get(parent));
        if parent.is_some_and(|parent| parent.denied) {
            return Err(Miss::Unknowable(Reason::PermissionDenied));
        }
        self.nodes.get(path).ok_or(Miss::Absent)
    }

    fn bytes(&self, path: &Path) -> Result<&[u8], Miss> {
        let (_, node) = self.node(path, Last::Follow)?;
        let kind = match &node.content {
            Content::File(_) if node.denied => {
                return Err(Miss::Unknowable(Reason::PermissionDenied));
            }
            Content::File(bytes) => return Ok(bytes),
            other => other.kind(),
        };
        Err(Miss::Unknowable(Reason::WrongKind(kind)))
    }

    fn entries_in(&self, path: &Path) -> Result<Vec<DirectoryEntry>, Miss> {
        let (path, node) = self.node(path, Last::Follow)?;
        let kind = node.content.kind();
        if kind != FileKind::Directory {
            return Err(Miss::Unknowable(Reason::WrongKind(kind)));
        }
        if node.denied {
            return Err(Miss::Unknowable(Reason::PermissionDenied));
        }
        let below =
            self.nodes.range(path.clone()..).take_while(|(other, _)| other.starts_with(&path));
        let inside = below.filter(|(other, _)| other.parent() == Some(&path));
        let entry = |(path, node): (&PathBuf, &Node)| {
            let is_link = matches!(node.content, Content::Link(_));
            let kind = (!is_link).then(|| node.content.kind());
            Some(DirectoryEntry { name: path.file_name()?.to_owned(), kind })
        };
        let mut entries: Vec<_> = inside.filter_map(entry).collect();
        entries.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(entries)
    }
}

impl FileSystem for Memory {
    fn read(&self, path: &Path) -> Lookup<Vec<u8>> {
        self.bytes(path).map(<[u8]>::to_vec).into()
    }

    fn read_secret(&self, path: &Path, reader: &mut dyn FnMut(&[u8])) -> Lookup<()> {
        self.bytes(path).map(reader).into()
    }

    fn stat(&self, path: &Path) -> Lookup<Stat> {
        let stat = |(_, node): (PathBuf, &Node)| Stat {
            kind: node.content.kind(),
            size: match &node.content {
                Content::File(bytes) => bytes.len() as u64,
                _ => 0,
            },
            uid: node.uid,
            gid: node.gid,
            mode: node.mode,
            device: 1,
            inode: node.inode,
        };
        self.node(path, Last::Follow).map(stat).into()
    }

    fn list(&self, path: &Path) -> Lookup<Vec<DirectoryEntry>> {
        self.entries_in(path).into()
    }

    fn readlink(&self, path: &Path) -> Lookup<PathBuf> {
        let link = self.node(path, Last::Keep).and_then(|(_, node)| match &node.content {
            Content::Link(target) => Ok(target.clone()),
            _ => Err(Miss::Absent),
        });
        link.into()
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Content {
    /// What it is; a link stands for itself only where it was not to be followed.
    fn kind(&self) -> FileKind {
        match self {
            Self::File(_) => FileKind::File,
            Self::Directory => FileKind::Directory,
            Self::Link(_) | Self::Special => FileKind::Special,
        }
    }
}
