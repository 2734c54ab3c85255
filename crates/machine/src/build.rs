//! Makes the files of a machine.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::{Component, Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Context, Error, Result};
use crate::fixture::{Entry, Fixture};
use crate::tool;

/// The accounts of every machine: name and number, of the user and of the group.
const ACCOUNTS: [(&str, u32); 6] =
    [("root", 0), ("adm", 4), ("www-data", 33), ("users", 100), ("nginx", 101), ("nobody", 65534)];

/// The directories that nginx takes for granted, and the mount points.
const BASE_DIRECTORIES: [&str; 14] = [
    "dev",
    "etc/nginx",
    "home",
    "proc",
    "root",
    "run/lock",
    "srv",
    "tmp",
    "usr",
    "var/cache/nginx",
    "var/lib/nginx",
    "var/lock",
    "var/log/nginx",
    "var/www",
];

/// The directories that hold programs and libraries; links into `/usr` where it has been merged.
const PROGRAM_DIRECTORIES: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

/// Copies a directory's contents, with the modes that git would give them.
pub(crate) fn copy(from: &Path, to: &Path, except: &[&str]) -> Result<()> {
    let reading = format!("cannot read {}", from.display());
    for entry in fs::read_dir(from).context(&reading)? {
        let entry = entry.context(&reading)?;
        if except.iter().any(|name| *name == entry.file_name()) {
            continue;
        }
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let copying = format!("cannot copy {}", source.display());
        let metadata = entry.metadata().context(&copying)?;
        if metadata.is_dir() {
            directory(&target)?;
            copy(&source, &target, &[])?;
        } else if metadata.is_symlink() {
            symlink(fs::read_link(&source).context(&copying)?, &target).context(&copying)?;
        } else {
            fs::copy(&source, &target).context(&copying)?;
            let executable = metadata.permissions().mode() & 0o100 != 0;
            set_mode(&target, if executable { 0o755 } else { 0o644 })?;
        }
    }
    Ok(())
}

/// Makes what the fixture lists: directories, files, pipes and links, then owners and modes.
pub(crate) fn entries(root: &Path, fixture: &Fixture) -> Result<()> {
    for entry in &fixture.directory {
        directory(&place(root, &entry.path)?)?;
    }
    for entry in &fixture.file {
        make_file(&place(root, &entry.path)?, entry)?;
    }
    for entry in &fixture.fifo {
        make_fifo(&place(root, &entry.path)?)?;
    }
    for entry in &fixture.link {
        let Some(to) = &entry.to else {
            return Err(Error::new(format!("the link `{}` lacks `to`", entry.path)));
        };
        link(&place(root, &entry.path)?, Path::new(to))?;
    }
    let all = [&fixture.directory, &fixture.file, &fixture.fifo, &fixture.link];
    for entry in all.into_iter().flatten() {
        let path = place(root, &entry.path)?;
        // A change of owner clears some bits of the mode.
        if let Some(owner) = &entry.owner {
            set_owner(&path, owner)?;
        }
        if let Some(mode) = &entry.mode {
            let bits = u32::from_str_radix(mode, 8)
                .context(format_args!("the mode of `{}` is not octal", entry.path))?;
            set_mode(&path, bits)?;
        }
    }
    Ok(())
}

/// Makes what every machine has, to lie under what the fixture has.
pub(crate) fn base(base: &Path) -> Result<()> {
    for name in BASE_DIRECTORIES {
        let path = base.join(name);
        fs::create_dir_all(&path).context(format_args!("cannot make {}", path.display()))?;
    }
    set_mode(&base.join("tmp"), 0o1777)?;
    let passwd = ACCOUNTS
        .map(|(name, number)| format!("{name}:x:{number}:{number}::/:/usr/sbin/nologin\n"))
        .concat();
    let group = ACCOUNTS.map(|(name, number)| format!("{name}:x:{number}:\n")).concat();
    let group = group + "nogroup:x:65534:\n";
    write(&base.join("etc/passwd"), passwd.as_bytes())?;
    write(&base.join("etc/group"), group.as_bytes())?;
    write(&base.join("etc/hosts"), b"127.0.0.1 localhost\n::1 localhost\n")?;
    write(&base.join("etc/nsswitch.conf"), b"passwd: files\ngroup: files\nhosts: files\n")?;
    write(&base.join(".nginx"), b"")?;
    if let Ok(cache) = fs::read("/etc/ld.so.cache") {
        write(&base.join("etc/ld.so.cache"), &cache)?;
    }
    for name in PROGRAM_DIRECTORIES {
        let outside = Path::new("/").join(name);
        if let Ok(to) = fs::read_link(&outside) {
            link(&base.join(name), &to)?;
        } else if outside.is_dir() {
            directory(&base.join(name))?;
        }
    }
    Ok(())
}

/// Makes a directory, and those above it, unless it is there.
pub(crate) fn directory(path: &Path) -> Result<()> {
    match fs::create_dir(path) {
        Ok(()) => set_mode(path, 0o755),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error).context(format_args!("cannot make {}", path.display())),
    }
}

/// Where a path of the machine is, with the directories above it made.
///
/// Never through a link: an absolute one would lead out of the machine.
pub(crate) fn place(root: &Path, path: &str) -> Result<PathBuf> {
    let mut place = root.to_path_buf();
    let mut components = Path::new(path.trim_start_matches('/')).components().peekable();
    if components.peek().is_none() {
        return Err(Error::new("an entry lacks `path`"));
    }
    while let Some(component) = components.next() {
        let Component::Normal(name) = component else {
            return Err(Error::new(format!("`{path}` is not a plain path")));
        };
        place.push(name);
        if components.peek().is_some() {
            if place.is_symlink() {
                return Err(Error::new(format!("`{path}` leads through a link")));
            }
            directory(&place)?;
        }
    }
    Ok(place)
}

pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<()> {
    if path.is_symlink() {
        return Err(Error::new(format!("{} is a link already", path.display())));
    }
    fs::write(path, contents).context(format_args!("cannot write {}", path.display()))?;
    set_mode(path, 0o644)
}

pub(crate) fn link(path: &Path, to: &Path) -> Result<()> {
    symlink(to, path).context(format_args!("cannot link {}", path.display()))
}

pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    if path.is_symlink() {
        return Err(Error::new(format!("{} is a link, which has no mode", path.display())));
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .context(format_args!("cannot set the mode of {}", path.display()))
}

fn make_file(path: &Path, entry: &Entry) -> Result<()> {
    let contents = match (&entry.text, &entry.hex, &entry.base64) {
        (Some(text), None, None) => text.clone().into_bytes(),
        (None, Some(hex), None) => {
            from_hex(hex).context(format_args!("the bytes of `{}`", entry.path))?
        }
        (None, None, Some(base64)) => {
            let digits: String = base64.split_whitespace().collect();
            STANDARD.decode(digits).context(format_args!("the bytes of `{}`", entry.path))?
        }
        (None, None, None) if path.is_file() => return Ok(()),
        (None, None, None) => Vec::new(),
        _ => return Err(Error::new(format!("`{}` has its contents twice", entry.path))),
    };
    write(path, &contents)
}

fn make_fifo(path: &Path) -> Result<()> {
    let output = tool::MKFIFO.command()?.arg(path).output().context("cannot start `mkfifo`")?;
    if !output.status.success() {
        return Err(Error::new(String::from_utf8_lossy(&output.stderr)));
    }
    Ok(())
}

fn set_owner(path: &Path, owner: &str) -> Result<()> {
    let (user, group) = owner.split_once(':').unwrap_or((owner, owner));
    let (user, group) = (account(user)?, account(group)?);
    let changed = if path.is_symlink() {
        lchown(path, Some(user), Some(group))
    } else {
        chown(path, Some(user), Some(group))
    };
    changed.context(format_args!("cannot give {} to {owner}; are you root?", path.display()))
}

fn account(name: &str) -> Result<u32> {
    let known = ACCOUNTS.iter().find(|(known, _)| *known == name);
    known
        .map(|(_, number)| *number)
        .or_else(|| name.parse().ok())
        .ok_or_else(|| Error::new(format!("`{name}` is no account of a machine")))
}

fn from_hex(text: &str) -> Result<Vec<u8>> {
    let digits: Vec<char> = text.chars().filter(|character| !character.is_whitespace()).collect();
    let value = |pair: &[char]| match pair {
        [high, low] => {
            let (high, low) = (high.to_digit(16)?, low.to_digit(16)?);
            u8::try_from(high * 16 + low).ok()
        }
        _ => None,
    };
    digits
        .chunks(2)
        .map(|pair| value(pair).ok_or_else(|| Error::new("not pairs of hexadecimal digits")))
        .collect()
}
