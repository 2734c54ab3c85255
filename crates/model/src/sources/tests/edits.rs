//! What edits make of sources.

use std::collections::BTreeMap;

use super::*;

fn edited(sources: &Sources, edits: &[(&str, &str)]) -> Sources {
    let main = sources.file(FileId(0));
    let text = str::from_utf8(&main.bytes).unwrap();
    let edits: Vec<_> = edits
        .iter()
        .map(|(old, new)| {
            let start = text.find(old).unwrap() as u32;
            let span = Span::new(FileId(0), start, start + old.len() as u32);
            (span, new.as_bytes().to_vec())
        })
        .collect();
    sources.with_edits(&edits, &BTreeMap::new())
}

#[test]
fn unedited_files_are_shared_and_arguments_lead_where_they_led() {
    let memory = machine("http { include a; include b; include gone; }")
        .file("/etc/nginx/a", "")
        .file("/etc/nginx/b", "");
    let before = main_of(&memory);
    let after = edited(&before, &[("include b;", "include 'a'; server {}"), ("http", "HTTP")]);
    assert_eq!(outline(&after), "nginx.conf(a a)");
    assert!(Arc::ptr_eq(&before.files[1], &after.files[1]));
    let text = &after.file(FileId(0)).bytes;
    assert_eq!(text, b"HTTP { include a; include 'a'; server {} include gone; }");
    assert_eq!(problems(&after), [("/etc/nginx/gone", "gone", LoadProblemKind::Missing)]);
    assert_eq!(outline(&before), "nginx.conf(a b)");
}

#[test]
fn a_new_argument_leads_nowhere() {
    let after = edited(&main_of(&machine("http {}")), &[("{", "{ include x;")]);
    assert_eq!(outline(&after), "nginx.conf");
    assert_eq!(problems(&after), [("/etc/nginx/x", "x", LoadProblemKind::Unresolved)]);
}

#[test]
fn a_new_file_is_found_by_its_full_path_and_leads_on() {
    let memory = machine("include a; include b;").file("/etc/nginx/a", "").file("/etc/nginx/b", "");
    let before = main_of(&memory);
    let at = |file| (Span::new(FileId(file), 0, 0), b"include snippets/new; ".to_vec());
    let new = [(PathBuf::from("/etc/nginx/snippets/new"), b"include b; # new".to_vec())];
    let after = before.with_edits(&[at(0), at(1)], &BTreeMap::from(new));
    assert_eq!(outline(&after), "nginx.conf(new(b) a(new(b)) b)");
    assert_eq!(problems(&after), []);
}

#[test]
fn what_includes_would_lead_to_is_known_without_the_file() {
    let would_include = |argument: &str| {
        let sources = main_of(&machine(&format!("include {argument};")));
        sources.would_include(Path::new("/etc/nginx/snippets/new.conf"))
    };
    for argument in ["snippets/*.conf", "*/new.conf", "/etc/nginx/snippets/new.conf", "s*/n?w*"] {
        assert!(would_include(argument), "{argument}");
    }
    for argument in ["snippets/*.inc", "*.conf", "/etc/*/*", "snippets/new", "snippets/*/*"] {
        assert!(!would_include(argument), "{argument}");
    }
}

#[test]
fn an_edit_cannot_close_a_circle() {
    let memory = machine("include a;")
        .file("/etc/nginx/a", "include b;")
        .file("/etc/nginx/b", "include c; # room");
    let sources = main_of(&memory.file("/etc/nginx/c", ""));
    let b = FileId(2);
    let edit = (Span::new(b, 0, 0), b"include a;".to_vec());
    let after = sources.with_edits(&[edit], &BTreeMap::new());
    assert_eq!(outline(&after), "nginx.conf(a(b(c)))");
    assert_eq!(problems(&after), [("/etc/nginx/a", "a", LoadProblemKind::Cycle)]);
}
