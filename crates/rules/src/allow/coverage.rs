//! Where the comments that name one rule silence it.

use std::collections::HashMap;

use model::Sources;
use parser::{FileId, Span};

use super::AllowId;

/// The stretches that comments are about, and the files that only such stretches include.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    stretches: HashMap<FileId, Vec<Stretch>>,
    files: HashMap<FileId, Vec<AllowId>>,
}

#[derive(Debug)]
struct Stretch {
    start: u32,
    end: u32,
    by: [AllowId; 1],
    /// The number of the stretch that began last before it and goes on behind its start.
    outer: Option<usize>,
}

impl Coverage {
    /// Of comments with what they are about, in the order of files and places.
    pub(super) fn of(sources: &Sources, covered: Vec<(AllowId, Span)>) -> Self {
        let mut coverage = Self::default();
        let mut by_file: HashMap<FileId, Vec<(Span, AllowId)>> = HashMap::new();
        for (id, span) in covered {
            by_file.entry(span.file).or_default().push((span, id));
        }
        for (file, mut spans) in by_file {
            spans.sort_by_key(|(span, id)| (span.start, std::cmp::Reverse(span.end), *id));
            let mut stretches: Vec<Stretch> = Vec::with_capacity(spans.len());
            for (span, id) in spans {
                let mut outer = stretches.len().checked_sub(1);
                while let Some(at) = outer
                    && stretches[at].end <= span.start
                {
                    outer = stretches[at].outer;
                }
                stretches.push(Stretch { start: span.start, end: span.end, by: [id], outer });
            }
            coverage.stretches.insert(file, stretches);
        }
        coverage.add_included_files(sources);
        coverage
    }

    /// The comments that silence the rule at a place.
    pub(super) fn at(&self, span: Span) -> Option<&[AllowId]> {
        self.in_file(span).or_else(|| self.files.get(&span.file).map(Vec::as_slice))
    }

    fn in_file(&self, span: Span) -> Option<&[AllowId]> {
        let stretches = self.stretches.get(&span.file)?;
        let mut at = stretches.partition_point(|one| one.start <= span.start).checked_sub(1);
        while let Some(number) = at {
            let stretch = &stretches[number];
            if span.start < stretch.end {
                return Some(&stretch.by);
            }
            at = stretch.outer;
        }
        None
    }

    /// Adds the files that nothing includes but stretches that comments are about.
    fn add_included_files(&mut self, sources: &Sources) {
        let mut open: HashMap<FileId, Vec<Span>> = HashMap::new();
        let mut inner: HashMap<FileId, Vec<FileId>> = HashMap::new();
        for (include, files) in sources.includes() {
            for &file in files {
                open.entry(file).or_default().push(include);
                inner.entry(include.file).or_default().push(file);
            }
        }
        // A file comes after those that include it.
        let mut waiting: HashMap<FileId, usize> =
            open.iter().map(|(file, includes)| (*file, includes.len())).collect();
        let mut ready: Vec<FileId> =
            sources.files().map(|(id, _)| id).filter(|id| !open.contains_key(id)).collect();
        while let Some(file) = ready.pop() {
            let by: Option<Vec<&[AllowId]>> = open
                .get(&file)
                .map(Vec::as_slice)
                .unwrap_or_default()
                .iter()
                .map(|include| self.at(*include))
                .collect();
            if let Some(mut by) = by.map(|by| by.concat())
                && !by.is_empty()
            {
                by.sort_unstable();
                by.dedup();
                self.files.insert(file, by);
            }
            for inner in inner.get(&file).into_iter().flatten() {
                if let Some(count) = waiting.get_mut(inner) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(*inner);
                    }
                }
            }
        }
    }
}
