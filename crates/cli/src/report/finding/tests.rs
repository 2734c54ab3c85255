use super::*;
use crate::report::example;

fn run<'r>(report: &'r Report<'r>) -> Run<'r> {
    Run::new(report, 1, FailOn::Warning)
}

#[test]
fn a_file_behind_a_link_is_where_it_leads() {
    let report = example::report(example::shop());
    let findings = run(&report).findings();
    assert_eq!(*findings[0].path, *Path::new("/etc/nginx/sites-available/shop"));
    assert_eq!(findings[0].stretch.unwrap().start, Spot { line: 9, column: Some(14) });
}

#[test]
fn the_root_and_the_current_directory_count() {
    let mut report = example::report(example::shop());
    report.root = Some("./image/".into());
    let path = |report: &Report<'_>, path: &str| run(report).on_disk(Path::new(path)).into_owned();
    assert_eq!(path(&report, "/etc/nginx"), Path::new("image/etc/nginx"));
    report.root = Some("../image".into());
    assert_eq!(path(&report, "/etc/nginx"), Path::new("../image/etc/nginx"));
    report.root = None;
    assert_eq!(path(&report, "/etc/nginx"), Path::new("/etc/nginx"));
    let current = env::current_dir().unwrap();
    let below = current.join("conf.d/shop");
    assert_eq!(path(&report, below.to_str().unwrap()), Path::new("conf.d/shop"));
    assert_eq!(path(&report, current.to_str().unwrap()), current);
}

#[test]
fn columns_are_units_of_utf16() {
    assert_eq!(units("aä🐌".as_bytes()), 4);
    assert_eq!(units(b"caf\xe9\xe9 \xf0\x9f"), 7);
}

#[test]
fn nothing_is_missing_where_all_is_known() {
    let mut report = example::report(example::shop());
    assert!(run(&report).not_judged().is_none());
    report.configurations[0].tally.not_judged = 1;
    let line = run(&report).not_judged().unwrap();
    assert_eq!(*run(&report).first_path(), *Path::new("/etc/nginx/nginx.conf"));
    assert!(line.ends_with("1 fails, 1 not judged"), "{line}");
}

#[test]
fn fingerprints_do_not_depend_on_blanks_and_count_on() {
    let path = Path::new("a");
    let mut prints = Fingerprints::default();
    let first = prints.of("rule", path, b"\tlisten  80;");
    assert_eq!(first.len(), 32);
    assert_ne!(prints.of("rule", path, b"listen 80;"), first);
    assert_eq!(Fingerprints::default().of("rule", path, b"listen 80;\r"), first);
    assert_ne!(Fingerprints::default().of("rule", path, b"listen 81;"), first);
    assert_ne!(Fingerprints::default().of("rule", Path::new("b"), b"listen 80;"), first);
}

#[test]
fn a_patch_that_was_not_written_is_told() {
    let mut report = example::report(example::shop());
    report.written = Some(Written::Failed { why: "the disk is full".to_owned() });
    let findings = run(&report).findings();
    let last = findings.last().unwrap();
    assert_eq!(
        (last.rule, &*last.message),
        (Gap::NOT_WRITTEN, "nothing was written: the disk is full")
    );
    report.written = Some(Written::Nothing);
    assert_eq!(run(&report).findings().len(), 1);
}
