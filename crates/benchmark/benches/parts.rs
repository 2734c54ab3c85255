//! Times the stages inside the process, on a configuration with a thousand hosts.

use std::{path::PathBuf, sync::LazyLock};

use benchmark::corpus::{self, Certificates};
use divan::{
    Bencher,
    counter::{BytesCount, ItemsCount},
};
use model::{Config, Disk, Http, Prefix, Request, Sources, route_briefly};
use tempfile::TempDir;

const HOSTS: u32 = 1_000;

/// The configuration; it stays in memory from one benchmark to the next.
static CORPUS: LazyLock<Corpus> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("there is room for temporary files");
    corpus::make(directory.path(), HOSTS, Certificates::Shared).expect("it can be written to");
    let sources = load(directory.path().to_path_buf());
    Corpus { directory, sources }
});

struct Corpus {
    directory: TempDir,
    sources: Sources,
}

impl Corpus {
    fn prefix(&self) -> Prefix {
        Prefix { path: self.directory.path().to_path_buf(), is_guess: false }
    }

    fn bytes(&self) -> BytesCount {
        BytesCount::new(self.sources.files().map(|(_, file)| file.bytes.len()).sum::<usize>())
    }
}

fn main() {
    divan::main();
}

fn load(directory: PathBuf) -> Sources {
    model::load(&[directory], &Disk::new()).pop().expect("it has a main file")
}

/// The bytes of each file into its tree.
#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let corpus = &*CORPUS;
    bencher.counter(corpus.bytes()).bench_local(|| {
        for (_, file) in corpus.sources.files() {
            divan::black_box(parser::parse(&file.bytes));
        }
    });
}

/// The files on disk, with their includes.
#[divan::bench]
fn load_all(bencher: Bencher<'_, '_>) {
    let corpus = &*CORPUS;
    bencher.counter(corpus.bytes()).bench_local(|| load(corpus.directory.path().to_path_buf()));
}

/// The includes into their places.
#[divan::bench]
fn place(bencher: Bencher<'_, '_>) {
    let corpus = &*CORPUS;
    bencher.counter(corpus.bytes()).bench_local(|| {
        divan::black_box(Config::of(&corpus.sources));
    });
}

/// The servers and locations.
#[divan::bench]
fn model(bencher: Bencher<'_, '_>) {
    let corpus = &*CORPUS;
    let config = Config::of(&corpus.sources);
    bencher.counter(corpus.bytes()).bench_local(|| {
        divan::black_box(Http::of(&config, corpus.prefix()));
    });
}

/// A challenge for each name, and the request that follows it over TLS.
#[divan::bench]
fn route(bencher: Bencher<'_, '_>) {
    let corpus = &*CORPUS;
    let config = Config::of(&corpus.sources);
    let http = Http::of(&config, corpus.prefix());
    let names = http.servers().filter_map(|(_, server)| server.names.first());
    let requests: Vec<Request> = names
        .map(|name| Request::get(&name.text, b"/.well-known/acme-challenge/token"))
        .flat_map(|request| [request.clone(), request.over_tls()])
        .collect();
    bencher.counter(ItemsCount::new(requests.len())).bench_local(|| {
        for request in &requests {
            divan::black_box(route_briefly(&http, request, &Disk::new()));
        }
    });
}
