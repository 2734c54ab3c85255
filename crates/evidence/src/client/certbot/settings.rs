//! What certbot wants of a file in `renewal/`, and how it reads single settings.

use crate::ini::{Entry, Ini, IniError};

/// The settings without which certbot skips a file (`certbot._internal.storage.ALL_FOUR`).
const ALL_FOUR: [&str; 4] = ["cert", "privkey", "chain", "fullchain"];

/// A file in `renewal/` that has what certbot wants.
pub(super) struct Settings {
    pub(super) ini: Ini,
    /// The section `renewalparams`.
    pub(super) parameters: usize,
}

/// Why certbot skips a file.
pub(super) struct Broken {
    pub(super) line: Option<u32>,
    pub(super) why: String,
}

impl From<IniError> for Broken {
    fn from(error: IniError) -> Self {
        Self { line: Some(error.line), why: error.message.to_owned() }
    }
}

impl Broken {
    pub(super) fn new(why: &str) -> Self {
        Self { line: None, why: why.to_owned() }
    }
}

impl Entry {
    pub(super) fn broken(&self, why: String) -> Broken {
        Broken { line: Some(self.line), why }
    }
}

impl Settings {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Broken> {
        let mut ini = Ini::read(bytes)?;
        if let Some(missing) = ALL_FOUR.iter().find(|key| ini.get(0, key).is_none()) {
            return Err(Broken::new(&format!("the setting `{missing}` is missing")));
        }
        let Some(parameters) = ini.section(0, "renewalparams") else {
            return Err(Broken::new("the section `[renewalparams]` is missing"));
        };
        if ini.get(parameters, "authenticator").is_none() {
            return Err(Broken::new("the setting `authenticator` is missing"));
        }
        // From the inside out, as each looks further out for what it refers to.
        let map = ini.section(parameters, "webroot_map");
        for section in map.into_iter().chain([parameters, 0]) {
            ini.interpolate(section)?;
        }
        Ok(Self { ini, parameters })
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.ini.get(self.parameters, key)
    }

    /// A text that is not `None`.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.entry(key)?.value.text().filter(|text| *text != "None")
    }

    /// `True` or `False` (`certbot._internal.renewal._restore_bool`).
    pub(super) fn truth(&self, key: &str) -> Result<Option<bool>, Broken> {
        let Some(entry) = self.entry(key) else { return Ok(None) };
        match entry.value.text().map(str::to_ascii_lowercase).as_deref() {
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            _ => Err(entry.broken(format!("`{key}` is neither `True` nor `False`"))),
        }
    }

    /// A whole number as Python writes them (`certbot._internal.renewal._restore_int`).
    pub(super) fn number(&self, key: &str) -> Result<Option<&str>, Broken> {
        let Some(entry) = self.entry(key) else { return Ok(None) };
        let text = entry.value.text().map(str::trim);
        match text.filter(|text| is_number(text)) {
            Some(text) => Ok(Some(text)),
            None => Err(entry.broken(format!("`{key}` is no number"))),
        }
    }

    /// Whether certbot knows all the challenges that are preferred
    /// (`certbot._internal.cli.cli_utils.parse_preferred_challenges`).
    pub(super) fn check_challenges(&self) -> Result<(), Broken> {
        let Some(entry) = self.entry("pref_challs") else { return Ok(()) };
        let mut challenges = entry.value.texts().iter().map(|challenge| challenge.trim());
        match challenges.find(|challenge| !is_challenge(challenge)) {
            Some(unknown) => {
                Err(entry.broken(format!("`pref_challs` has an unknown challenge, `{unknown}`")))
            }
            None => Ok(()),
        }
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits.split('_').all(is_part)
}

/// Of challenges in DNS there will be more.
fn is_challenge(name: &str) -> bool {
    matches!(name, "" | "http" | "http-01" | "tls-alpn-01") || name.starts_with("dns")
}
