//! What is set on one level of the configuration, asked for by name.

use crate::{
    config::{Children, Directive},
    directive_table::{Name, name},
    kinds::Kinds,
};

/// What is set on one level, the blocks inside it apart. Nothing is copied: a level remembers where
/// it begins and which names it may hold, so that most questions end without a look at it.
#[derive(Debug, Default)]
pub struct Level<'c> {
    content: Content<'c>,
    kinds: Kinds,
    /// The few directives of [`Kinds::GATHERED`], which many ask for.
    gathered: Vec<Directive<'c>>,
}

#[derive(Debug)]
enum Content<'c> {
    /// The inside of one block.
    Block(Directive<'c>),
    /// What stands in several, and in no block at all.
    Listed(Vec<Directive<'c>>),
}

impl Default for Content<'_> {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl<'c> Level<'c> {
    /// The level inside a block.
    pub(crate) fn inside(block: Directive<'c>) -> Self {
        Self::visiting(block, Kinds::default(), |_| {})
    }

    /// The same; `visit` gets every directive on it of the kinds that are wanted.
    pub(crate) fn visiting(
        block: Directive<'c>,
        wanted: Kinds,
        mut visit: impl FnMut(Directive<'c>),
    ) -> Self {
        let (mut kinds, mut gathered) = (Kinds::default(), Vec::new());
        let mut children = block.children();
        while let Some(directive) = children.next_of(wanted | Kinds::GATHERED, &mut kinds) {
            let own = Kinds::of(directive.name());
            if own.intersects(Kinds::GATHERED) {
                gathered.push(directive);
            }
            if own.intersects(wanted) {
                visit(directive);
            }
        }
        Self { content: Content::Block(block), kinds, gathered }
    }

    /// Adds a directive to a level that is no single block.
    pub(crate) fn push(&mut self, directive: Directive<'c>) {
        if let Content::Listed(listed) = &mut self.content {
            listed.push(directive);
        }
        let kinds = Kinds::of(directive.name());
        self.kinds |= kinds;
        if kinds.intersects(Kinds::GATHERED) {
            self.gathered.push(directive);
        }
    }

    /// The first directive of this name; where nginx takes only one, it is the one.
    pub fn first(&self, name: Name) -> Option<Directive<'c>> {
        self.all(name).next()
    }

    /// The directives of this name in nginx's order.
    pub fn all(&self, name: Name) -> impl Iterator<Item = Directive<'c>> {
        let kinds = Kinds::of(name);
        let mut all = if kinds.intersects(Kinds::GATHERED) {
            Some(Directives::Listed(self.gathered.iter()))
        } else {
            self.has(Kinds::named(name)).then(|| self.directives())
        };
        std::iter::from_fn(move || match all.as_mut()? {
            Directives::Children(children) => children.next_named(name),
            Directives::Listed(listed) => listed.find(|found| found.name() == name).copied(),
        })
    }

    /// The directives of these kinds in nginx's order.
    pub(crate) fn of_kinds(&self, kinds: Kinds) -> impl Iterator<Item = Directive<'c>> {
        let all = self.has(kinds).then(|| self.directives());
        all.into_iter().flatten().filter(move |found| Kinds::of(found.name()).intersects(kinds))
    }

    /// What may stand here.
    pub(crate) fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// Whether a directive of one of these kinds stands here.
    pub(crate) fn has(&self, kinds: Kinds) -> bool {
        self.kinds.intersects(kinds)
    }

    /// `if`, `set`, `rewrite`, `return` and `break` in nginx's order, which is the order in which
    /// they run; among them each `include` of which nothing was read, for it may hold any of them.
    pub fn code(&self) -> impl Iterator<Item = Directive<'c>> {
        self.of_kinds(Kinds::CODE)
    }

    /// The directives that name files of certificates, keys and the like, in nginx's order.
    pub fn tls_files(&self) -> impl Iterator<Item = Directive<'c>> {
        let is_of_file =
            |found: &Directive<'c>| Kinds::of(found.name()).intersects(Kinds::TLS_FILE);
        self.gathered.iter().copied().filter(is_of_file)
    }

    /// Everything but code and the blocks that are levels of their own, in nginx's order.
    pub fn settings(&self) -> impl Iterator<Item = Directive<'c>> {
        self.directives().filter(|directive| {
            let is_block =
                matches!(directive.name(), name::LOCATION | name::SERVER | name::UPSTREAM);
            !is_block && !Kinds::of(directive.name()).intersects(Kinds::CODE)
        })
    }

    fn directives(&self) -> Directives<'_, 'c> {
        match &self.content {
            Content::Block(block) => Directives::Children(block.children()),
            Content::Listed(listed) => Directives::Listed(listed.iter()),
        }
    }
}

/// The status of what is above a limit, by `limit_req_status` or `limit_conn_status` on these levels, the
/// innermost first (`ngx_http_limit_req_merge_conf`, `ngx_http_limit_conn_merge_conf`).
pub fn limit_status<'l, 'c: 'l>(
    levels: impl IntoIterator<Item = &'l Level<'c>>,
    name: Name,
) -> u16 {
    const USUAL: u16 = 503;
    let status = levels.into_iter().find_map(|level| level.first(name)?.arg(0));
    status.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok()).unwrap_or(USUAL)
}

enum Directives<'l, 'c> {
    Children(Children<'c>),
    Listed(std::slice::Iter<'l, Directive<'c>>),
}

impl<'c> Iterator for Directives<'_, 'c> {
    type Item = Directive<'c>;

    fn next(&mut self) -> Option<Directive<'c>> {
        match self {
            Self::Children(children) => children.next(),
            Self::Listed(listed) => listed.next().copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, Http, Memory, Prefix, load, name};

    const MAIN: &str = "events {}
http {
    server {
        location / { root /nested; location /a/ { index nested; } }
        include outer.conf;
        root /own;
        location /b/ { root /nested; }
    }
}
";

    #[test]
    fn what_is_set_on_a_level_is_found_behind_includes_and_not_in_blocks() {
        let files = Memory::new()
            .file("/nginx.conf", MAIN)
            .file("/outer.conf", "include inner/*;")
            .file("/inner/1", "autoindex on;")
            .file("/inner/2", "listen 8080; server_name a.test; root /deep;")
            .file("/inner/3", "location /c/ { index nested; }");
        let sources = load(&["/nginx.conf".into()], &files);
        let config = Config::of(&sources[0]);
        let http = Http::of(&config, Prefix { path: "/".into(), is_guess: false });
        let server = &http.servers[0];
        let values = |name| -> Vec<_> {
            let directives = server.level.all(name);
            let value = |argument: &[u8]| argument.escape_ascii().to_string();
            directives.filter_map(|directive| directive.arg(0)).map(|at| value(&at)).collect()
        };
        assert_eq!(values(name::ROOT), ["/deep", "/own"]);
        assert_eq!(values(name::AUTOINDEX), ["on"]);
        assert!(values(name::INDEX).is_empty());
        assert_eq!(values(name::LOCATION), ["/", "/c/", "/b/"]);
        assert_eq!(server.listens[0].address.port(), 8080);
        assert_eq!(&*server.names[0].text, b"a.test");
        assert_eq!(server.locations.len(), 4);
    }
}
