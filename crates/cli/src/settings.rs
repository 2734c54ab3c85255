//! `nginx-acme-lint.toml`: what holds for every run on the configurations beside it.

use std::{
    collections::BTreeMap,
    env, fs,
    net::IpAddr,
    path::{Path, PathBuf},
};

use rules::{ExtraDirective, Selector};
use serde::Deserialize;

use crate::arguments::Machine;
pub(crate) use error::SettingsError;
use values::{ArgumentsText, ContextWord, DirectiveName, FailOnWord, FormatWord, SelectorText};
pub(crate) use values::{
    MapText, ResolverText, SeverityWord, TokenPlaceText, VersionText, WebRootText, cast_selector,
};

mod error;
mod find;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
mod values;

/// What a settings file says. The keys are called like the options; what the command line says wins.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SettingsFile {
    /// The rules and groups of rules to ask, instead of all.
    #[cfg_attr(test, schemars(schema_with = "schema::selectors"))]
    select: Option<Vec<SelectorText>>,
    /// The rules and groups of rules not to ask.
    #[cfg_attr(test, schemars(schema_with = "schema::selectors"))]
    ignore: Vec<SelectorText>,
    /// For rules and groups of rules: how much what they find matters.
    #[cfg_attr(test, schemars(schema_with = "schema::severities"))]
    pub severity: BTreeMap<SelectorText, SeverityWord>,
    /// A file with what is known, as --write-baseline has written it, from the directory of this file.
    pub baseline: Option<PathBuf>,
    /// When the exit code is 1: at diagnostics of this severity, or when a name was not judged.
    #[cfg_attr(test, schemars(schema_with = "schema::words::<crate::arguments::FailOn>"))]
    pub fail_on: Option<FailOnWord>,
    /// The report's format.
    #[cfg_attr(test, schemars(schema_with = "schema::words::<crate::arguments::Format>"))]
    pub format: Option<FormatWord>,
    /// A directory that stands for /, from the directory of this file.
    pub root: Option<PathBuf>,
    /// Directories from the directory of this file, and the paths that nginx has them at
    /// (HOST=CONTAINER).
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub map: Vec<MapText>,
    /// Where relative paths of root, alias and logs start, as nginx -p has it.
    pub prefix: Option<PathBuf>,
    /// The port on which connections to the public port 80 arrive.
    pub http_port: Option<u16>,
    /// The same for the public port 443.
    pub https_port: Option<u16>,
    /// The version of nginx that the configuration is for.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub nginx_version: Option<VersionText>,
    /// The same for the OpenSSL that nginx runs with.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub openssl_version: Option<VersionText>,
    /// The web root of the ACME client, for all names (DIR) or for one (NAME=DIR).
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub webroot: Vec<WebRootText>,
    /// The same for a client that puts its tokens right into the directory.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub token_dir: Vec<TokenPlaceText>,
    /// Directives of modules that are not known.
    pub directive: Vec<ExtraDirectiveTable>,
    /// Where certbot keeps its files.
    pub letsencrypt_dir: Option<PathBuf>,
    /// Where acme.sh, dehydrated or lego keeps its files.
    pub acme_home: Option<PathBuf>,
    /// With --dns: the resolver to ask, an IP address and maybe a port.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub resolver: Option<ResolverText>,
    /// With --dns: the addresses by which the Internet reaches the machine.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub public_address: Vec<IpAddr>,
}

/// A directive of a module that is not known.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtraDirectiveTable {
    /// Its name.
    #[cfg_attr(test, schemars(with = "String"))]
    name: DirectiveName,
    /// Where it may stand, as `http`, `server`, `location`, `if in location`, `stream server`.
    #[cfg_attr(test, schemars(schema_with = "schema::contexts"))]
    contexts: Vec<ContextWord>,
    /// How many arguments it takes: "2", "1-3", "1+", "flag" (on or off), or "any".
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "String"))]
    arguments: ArgumentsText,
    /// Whether a block follows instead of a semicolon.
    #[serde(default)]
    block: bool,
}

/// The settings of a run.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// The file, absolute; `None` if there is none.
    pub path: Option<PathBuf>,
    /// What it says; paths on this disk are absolute.
    pub file: SettingsFile,
}

/// Reads the settings for what the command line names.
///
/// # Errors
///
/// If they cannot be found or are not understood whole.
pub(crate) fn load(machine: &Machine, paths: &[PathBuf]) -> Result<Loaded, SettingsError> {
    let choice = &machine.settings;
    let path = match &choice.file {
        Some(path) => Some(std::path::absolute(path).unwrap_or_else(|_| path.clone())),
        None if choice.no_settings => None,
        None => find::for_paths(paths, machine)?,
    };
    let Some(path) = path else { return Ok(Loaded::default()) };
    let mut file = read(&path)?;
    file.start_paths_at(path.parent().unwrap_or(&path), machine.is_this());
    Ok(Loaded { path: Some(path), file })
}

fn read(path: &Path) -> Result<SettingsFile, SettingsError> {
    let bytes =
        fs::read(path).map_err(|error| SettingsError::Unreadable(path.to_owned(), error))?;
    parse(&bytes).map_err(|mistake| SettingsError::NotUnderstood(path.to_owned(), mistake))
}

/// Goes through the bytes of a settings file as if they were to be used.
///
/// # Errors
///
/// If they are not understood whole.
pub(crate) fn check(bytes: &[u8]) -> Result<(), SettingsError> {
    let directory = Path::new("/");
    let mistaken = |mistake| SettingsError::NotUnderstood(directory.join(find::NAMES[0]), mistake);
    let mut file = parse(bytes).map_err(mistaken)?;
    file.start_paths_at(directory, true);
    drop((file.select(), file.ignore(), file.directives()));
    Ok(())
}

/// What the bytes of a settings file say.
fn parse(bytes: &[u8]) -> Result<SettingsFile, error::Mistake> {
    let text = str::from_utf8(bytes).map_err(|error| error::Mistake::not_utf8(bytes, &error))?;
    toml::from_str(text).map_err(|error| error::Mistake::of(text, &error))
}

impl SettingsFile {
    /// What is selected, if anything is.
    pub(crate) fn select(&self) -> Option<Vec<Selector>> {
        self.select.as_deref().map(selectors)
    }

    /// What is ignored.
    pub(crate) fn ignore(&self) -> Vec<Selector> {
        selectors(&self.ignore)
    }

    /// Directives of modules that are not known.
    pub(crate) fn directives(&self) -> Vec<ExtraDirective> {
        let extra = |table: &ExtraDirectiveTable| ExtraDirective {
            name: table.name.0.clone(),
            contexts: table.contexts.iter().map(|word| word.0).collect(),
            arguments: table.arguments.0,
            has_block: table.block,
        };
        self.directive.iter().map(extra).collect()
    }

    /// Lets relative paths on this disk start at a directory. Those of the machine that is linted do so,
    /// too, if it is this one.
    fn start_paths_at(&mut self, directory: &Path, is_this_machine: bool) {
        let start = |path: &mut PathBuf| *path = directory.join(&*path);
        self.root.iter_mut().chain(&mut self.baseline).for_each(start);
        self.map.iter_mut().map(|one| &mut one.0.host).for_each(start);
        if !is_this_machine || self.root.is_some() || !self.map.is_empty() {
            return;
        }
        let of_machine = [&mut self.prefix, &mut self.letsencrypt_dir, &mut self.acme_home];
        of_machine.into_iter().flatten().for_each(start);
        let places = self.webroot.iter_mut().map(|one| &mut one.0.directory);
        places.chain(self.token_dir.iter_mut().map(|one| &mut one.0.directory)).for_each(start);
    }
}

/// A settings file as reports show it: from the current directory if it lies there.
pub(crate) fn shown(path: &Path) -> PathBuf {
    let current = env::current_dir().ok();
    let below = current.and_then(|current| path.strip_prefix(current).ok());
    below.unwrap_or(path).to_owned()
}

fn selectors(texts: &[SelectorText]) -> Vec<Selector> {
    texts.iter().map(|text| text.0).collect()
}
