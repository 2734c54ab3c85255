//! The configuration as one tree, with what each `include` reads in its place, without copying.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
    hash::{Hash, Hasher},
    ops::{BitOr, Range},
};

use parser::{DirectiveId, FileId, Span, Word};

use crate::{
    context::{Body, body},
    directive_table::{Context, Name},
    kinds::Kinds,
    sources::{SourceFile, Sources},
};

mod children;
mod standing;

pub use children::Children;
pub use standing::Standing;

/// One configuration: the files of a [`Sources`], every one in each place where it is included.
#[derive(Debug)]
pub struct Config<'s> {
    sources: &'s Sources,
    places: Vec<Place>,
    /// The includes of all places; those of one place lie together.
    inclusions: Vec<Inclusion>,
    /// How many of the first places are roots.
    roots: u32,
    /// What stands at the top of each file.
    kinds: Vec<Kinds>,
}

/// More inclusions than any honest configuration has; only files that include each other over and
/// over reach it.
const MOST_PLACES: usize = 4_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct PlaceId(u32);

/// A file where it stands: a chain of includes that ends at a root.
#[derive(Debug)]
struct Place {
    file: FileId,
    /// The context of the root at the end of the chain.
    root_context: Context,
    included_by: Option<(PlaceId, DirectiveId)>,
    inclusions: Range<u32>,
}

#[derive(Debug)]
struct Inclusion {
    directive: DirectiveId,
    places: Range<u32>,
}

impl<'s> Config<'s> {
    /// Puts the includes of `sources` in place.
    pub fn of(sources: &'s Sources) -> Self {
        let mut places: Vec<Place> = sources
            .roots()
            .iter()
            .map(|root| Place {
                file: root.file,
                root_context: root.context,
                included_by: None,
                inclusions: 0..0,
            })
            .collect();
        let roots = places.len() as u32;
        let unread: HashSet<Span> =
            sources.problems().iter().filter_map(|problem| problem.at).collect();
        let mut inclusions = Vec::new();
        let mut at = 0;
        while at < places.len() && places.len() < MOST_PLACES {
            let id = PlaceId(at as u32);
            let Place { file, root_context, .. } = places[at];
            let first = inclusions.len() as u32;
            let source = sources.file(file);
            for include in &source.includes {
                let leads_nowhere = || {
                    let argument = source.tree.args(include.directive).first();
                    argument.is_some_and(|word| {
                        !unread.is_empty()
                            && unread.contains(&Span::new(file, word.start, word.end))
                    })
                };
                if include.files.is_empty() && leads_nowhere() {
                    continue;
                }
                let start = places.len() as u32;
                places.extend(include.files.iter().map(|&file| Place {
                    file,
                    root_context,
                    included_by: Some((id, include.directive)),
                    inclusions: 0..0,
                }));
                let directive = include.directive;
                inclusions.push(Inclusion { directive, places: start..places.len() as u32 });
            }
            places[at].inclusions = first..inclusions.len() as u32;
            at += 1;
        }
        let kinds = sources.files().map(|(_, file)| {
            let names = file.tree.top_level().map(|id| file.names[id.0 as usize]);
            names.map(Kinds::of).fold(Kinds::default(), BitOr::bitor)
        });
        Self { sources, places, inclusions, roots, kinds: kinds.collect() }
    }

    /// The files.
    pub fn sources(&self) -> &'s Sources {
        self.sources
    }

    /// The directives of the roots that stand in `context`, includes in place: those of nginx.conf
    /// for `main`, those of site fragments for `http`.
    pub fn roots_in(&self, context: Context) -> impl Iterator<Item = Directive<'_>> {
        let roots = self.places[..self.roots as usize].iter().zip(0..);
        roots
            .filter(move |(place, _)| place.root_context == context)
            .flat_map(|(_, id)| self.top_level(PlaceId(id)))
    }

    /// The places where these files stand: the `include` directive that leads to each, in its place
    /// in turn; `None` for a root.
    pub fn places_of(
        &self,
        files: &BTreeSet<FileId>,
    ) -> impl Iterator<Item = (FileId, Option<Directive<'_>>)> {
        let places = self.places.iter().filter(|place| files.contains(&place.file));
        places.map(|place| {
            let include = place.included_by.map(|(outer, id)| self.directive(outer, id));
            (place.file, include)
        })
    }

    fn top_level(&self, id: PlaceId) -> Children<'_> {
        Children::of_file(self, id)
    }

    fn directive(&self, place: PlaceId, id: DirectiveId) -> Directive<'_> {
        let file = self.sources.file(self.place(place).file);
        Directive { config: self, file, place, id }
    }

    fn place(&self, id: PlaceId) -> &Place {
        &self.places[id.0 as usize]
    }

    fn inclusion(&self, place: PlaceId, directive: DirectiveId) -> Option<&Inclusion> {
        let Range { start, end } = self.place(place).inclusions;
        let inclusions = &self.inclusions[start as usize..end as usize];
        let at =
            inclusions.binary_search_by_key(&directive, |inclusion| inclusion.directive).ok()?;
        Some(&inclusions[at])
    }
}

/// A directive in its place.
#[derive(Clone, Copy)]
pub struct Directive<'c> {
    config: &'c Config<'c>,
    /// The file of the place, which is asked for most.
    file: &'c SourceFile,
    place: PlaceId,
    id: DirectiveId,
}

impl<'c> Directive<'c> {
    /// The name, if the table knows it.
    pub fn name(self) -> Name {
        self.file.names[self.id.0 as usize]
    }

    /// The name as nginx reads it.
    pub fn name_text(self) -> Cow<'c, [u8]> {
        self.words()[0].value(self.bytes())
    }

    /// The arguments as nginx reads them.
    pub fn args(self) -> impl ExactSizeIterator<Item = Cow<'c, [u8]>> + Clone {
        let bytes = self.bytes();
        self.words()[1..].iter().map(|word| word.value(bytes))
    }

    /// One argument, counted from 0.
    pub fn arg(self, index: usize) -> Option<Cow<'c, [u8]>> {
        Some(self.words().get(index + 1)?.value(self.bytes()))
    }

    /// How many arguments there are.
    pub fn arg_count(self) -> usize {
        self.words().len() - 1
    }

    /// The words as written, the name first.
    pub fn words(self) -> &'c [Word] {
        self.file.tree.words(self.id)
    }

    /// From the first byte of the name to `;` or `}`.
    pub fn span(self) -> Span {
        let directive = self.file.tree.directive(self.id);
        Span::new(self.file_id(), directive.start, directive.end)
    }

    /// The name alone, for pointing at a block without quoting all of it.
    pub fn name_span(self) -> Span {
        let name = &self.words()[0];
        Span::new(self.file_id(), name.start, name.end)
    }

    /// From the name to the last argument.
    pub fn head_span(self) -> Span {
        let words = self.words();
        Span::new(self.file_id(), words[0].start, words[words.len() - 1].end)
    }

    /// One argument as written, counted from 0.
    pub fn arg_span(self, index: usize) -> Option<Span> {
        let word = self.words().get(index + 1)?;
        Some(Span::new(self.file_id(), word.start, word.end))
    }

    /// The inside of the block, without the braces.
    pub fn block_span(self) -> Option<Span> {
        let block = self.file.tree.directive(self.id).block?;
        Some(Span::new(self.file_id(), block.open + 1, block.close))
    }

    /// Whether a block follows the arguments.
    pub fn has_block(self) -> bool {
        self.file.tree.directive(self.id).block.is_some()
    }

    /// The directive around this one, over the borders of included files.
    pub fn parent(self) -> Option<Self> {
        let mut at = self;
        loop {
            if let Some(id) = at.file.tree.parent(at.id) {
                return Some(Self { id, ..at });
            }
            let (place, id) = at.config.place(at.place).included_by?;
            at = self.config.directive(place, id);
        }
    }

    /// The directives of the block, includes in place; `include` itself is not among them, unless
    /// it led nowhere.
    pub fn children(self) -> Children<'c> {
        Children::of_block(self)
    }

    /// What stands in the block; `None` if it cannot be known.
    pub fn body(self) -> Option<Body> {
        Some(body(self.context()?, self.name()))
    }

    /// The level on which this directive stands; `None` inside `map`, `types` and blocks of unknown
    /// directives.
    pub fn context(self) -> Option<Context> {
        let mut chain = Vec::new();
        let mut at = self;
        while let Some(parent) = at.parent() {
            chain.push(parent);
            at = parent;
        }
        let mut root = at.place;
        while let Some((outer, _)) = self.config.place(root).included_by {
            root = outer;
        }
        let mut context = self.config.place(root).root_context;
        for parent in chain.iter().rev() {
            let Body::Directives(inner) = body(context, parent.name()) else { return None };
            context = inner;
        }
        Some(context)
    }

    /// The file it stands in.
    pub fn file_id(self) -> FileId {
        self.config.place(self.place).file
    }

    /// The file it stands in.
    pub fn file(self) -> &'c SourceFile {
        self.file
    }

    fn bytes(self) -> &'c [u8] {
        &self.file.bytes
    }
}

impl PartialEq for Directive<'_> {
    /// The same directive in the same place; both must belong to one configuration.
    fn eq(&self, other: &Self) -> bool {
        (self.place, self.id) == (other.place, other.id)
    }
}

impl Eq for Directive<'_> {}

impl Hash for Directive<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.place, self.id).hash(state);
    }
}

impl std::fmt::Debug for Directive<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.config.sources.text(self.head_span());
        write!(out, "{}", String::from_utf8_lossy(text))
    }
}
