//! What is read of certbot's files, and what is refused, compared with the library that certbot reads
//! them with.

use std::{fs, path::PathBuf, process::Command};

use evidence::ini::{Ini, IniError, Value};

/// Files for one run of Python.
const FILES: usize = 4000;

/// What a line may be made of.
const PIECES: [&str; 40] = [
    "key",
    "a",
    "b c",
    "=",
    " = ",
    "= ",
    "[",
    "]",
    "[[",
    "]]",
    "[a]",
    "[[b]]",
    "[c]",
    "'",
    "\"",
    "\"\"\"",
    "'''",
    ",",
    ", ",
    " ,",
    "#",
    " # ",
    " ",
    "\t",
    "\u{a0}",
    "\r",
    "\n",
    "\n",
    "\n",
    "k=",
    "x = ",
    "True",
    "/srv/www",
    "'a, b'",
    "\"c\"",
    "é",
    "%",
    "%(a)s",
    "%(x)s",
    "[DEFAULT]",
];

/// Lines that certbot and people write.
const LINES: [&str; 27] = [
    "# renew_before_expiry = 30 days",
    "version = 2.1.0",
    "archive_dir = /etc/letsencrypt/archive/example.com",
    "cert = /etc/letsencrypt/live/example.com/cert.pem",
    "",
    "# Options used in the renewal process",
    "[renewalparams]",
    "[ renewalparams ] # comment",
    "account = 0123456789abcdef0123456789abcdef",
    "webroot_path = /var/www/html,",
    "webroot_path = /var/www/html, /srv/www",
    "webroot_path = ,",
    "webroot_path =",
    "pre_hook = systemctl stop nginx # comment",
    "post_hook = \"echo 'a, b' # no comment\"",
    "renew_hook = sh -c 'nginx -t && nginx -s reload'",
    "renew_hook = '''sh -c \"a 'b'\"'''",
    "[[webroot_map]]",
    "  [[webroot_map]]",
    "example.com = /var/www/html",
    "\"www.example.com\" = /var/www/html",
    "base = /srv",
    "webroot_path = %(base)s/www",
    "base = %(x)s/%(k)s",
    "[acme_renewal_info]",
    "ari_retry_after = 2026-05-01T00:00:00",
    "broken line",
];

#[test]
fn the_same_is_read_and_refused() {
    let mut random = fastrand::Rng::with_seed(20_261_122);
    let mut files: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"\xef\xbb\xbfkey = value\n".to_vec(),
        b"key = \xff\n".to_vec(),
        b"a = 1\r\nb = 2\r\n[c]\r\n".to_vec(),
        b"key = '''one\ntwo''' # comment\nnext = 3\n".to_vec(),
        b"key = \"\"\"one\n\n".to_vec(),
    ];
    while files.len() < FILES {
        let mut file = String::new();
        if random.bool() {
            for _ in 0..random.usize(1..16) {
                file += PIECES[random.usize(..PIECES.len())];
            }
        } else {
            for _ in 0..random.usize(1..8) {
                let mut line = LINES[random.usize(..LINES.len())].to_owned();
                if random.u8(..4) == 0 {
                    let places: Vec<_> = line.char_indices().map(|(at, _)| at).collect();
                    let at = places.get(random.usize(..=places.len())).copied();
                    let piece = PIECES[random.usize(..PIECES.len())];
                    line.insert_str(at.unwrap_or(line.len()), piece);
                }
                file += &line;
                file.push('\n');
            }
        }
        files.push(file.into_bytes());
    }
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("agrees_with_configobj");
    fs::create_dir_all(&directory).unwrap();
    let paths: Vec<_> = (0..files.len()).map(|index| directory.join(index.to_string())).collect();
    for (path, file) in paths.iter().zip(&files) {
        fs::write(path, file).unwrap();
    }
    let script =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/agrees_with_configobj/read.py");
    // Debian's python3 has what certbot needs, another one may not.
    let output = Command::new("/usr/bin/python3").arg(script).args(&paths).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs = String::from_utf8(output.stdout).unwrap();
    let theirs: Vec<_> = theirs.lines().collect();
    assert_eq!(theirs.len(), files.len());
    let (mut read, mut wrong) = (0, Vec::new());
    for (file, theirs) in files.iter().zip(theirs) {
        let ours = ours(file);
        read += usize::from(!ours.starts_with("line") && !ours.is_empty());
        if ours != theirs {
            let file = String::from_utf8_lossy(file);
            wrong.push(format!("{file:?}\n  ours   {ours}\n  theirs {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Most of them say something, or the comparison is worth little.
    assert!(read * 4 > files.len(), "{read} of {} files were read", files.len());
    fs::remove_dir_all(directory).unwrap();
}

fn ours(file: &[u8]) -> String {
    match Ini::read(file) {
        Ok(ini) => {
            let raw = values(&ini, 0).join(";");
            let mut whole = ini.clone();
            match (0..ini.sections.len()).try_for_each(|section| {
                // Each is looked up in what the file says, not in what has been made of it.
                let mut one = ini.clone();
                one.interpolate(section)?;
                whole.sections[section] = one.sections.swap_remove(section);
                Ok::<_, IniError>(())
            }) {
                Ok(()) => format!("{raw}|{}", values(&whole, 0).join(";")),
                Err(_) => format!("{raw}|refused"),
            }
        }
        Err(error) if error.message == "it is not UTF-8" => "encoding".to_owned(),
        Err(error) => format!("line {}", error.line),
    }
}

fn values(ini: &Ini, section: usize) -> Vec<String> {
    let entries = ini.sections[section].entries.iter().map(|entry| {
        let value = match &entry.value {
            Value::Text(text) => shown(text),
            Value::List(texts) => {
                let texts: Vec<_> = texts.iter().map(|text| shown(text)).collect();
                format!("[{}]", texts.join(","))
            }
        };
        format!("{}={value}", shown(&entry.key))
    });
    let inner = ini.sections.iter().enumerate().skip(1).filter(|(_, one)| one.parent == section);
    let inner =
        inner.map(|(at, one)| format!("{}{{{}}}", shown(&one.name), values(ini, at).join(";")));
    entries.chain(inner).collect()
}

fn shown(text: &str) -> String {
    let letters: Vec<_> =
        text.chars().map(|letter| format!("\\x{:04x}", u32::from(letter))).collect();
    letters.concat()
}
