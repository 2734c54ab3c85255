use super::*;
use crate::file_system::Dump;

fn sources_of(text: &str) -> Vec<Sources> {
    load_dump(&Dump::read(text.as_bytes(), Path::new("/"), None).unwrap())
}

#[test]
fn patterns_lead_to_the_files_of_the_dump() {
    let all = sources_of(
        "# configuration file /etc/nginx/nginx.conf:\n\
         include modules/*.conf; http { include conf.d/*.conf; include sites/*/a; }\n\n\
         # configuration file /etc/nginx/conf.d/a.conf:\nserver {}\n\n\
         # configuration file /etc/nginx/sites/x/a:\nserver {}\n\n",
    );
    let [sources] = &all[..] else { panic!("{all:?}") };
    assert_eq!(outline(sources), "nginx.conf(a.conf a)");
    assert_eq!(sources.problems(), []);
    assert_eq!(sources.conf_prefix(), Path::new("/etc/nginx"));
}

#[test]
fn the_first_file_is_the_main_file_whatever_its_name() {
    let all = sources_of(
        "# configuration file /srv/x:\ninclude y;\n\n# configuration file /srv/y:\nevents {}\n\n",
    );
    let [sources] = &all[..] else { panic!("{all:?}") };
    assert_eq!(outline(sources), "x(y)");
    assert!(!sources.roots()[0].is_fragment);
}

#[test]
fn a_file_that_is_cut_out_is_missed() {
    let all = sources_of("# configuration file /srv/x:\nevents {} include y;\n\n");
    let unreadable = LoadProblemKind::Unreadable(Reason::NotInDump);
    assert_eq!(problems(&all[0]), [("/srv/y", "y", unreadable)]);
}

#[test]
fn files_that_nothing_includes_are_read_too() {
    let all = sources_of(
        "# configuration file /etc/nginx/nginx.conf:\nevents {}\n\n\
         # configuration file /etc/nginx/conf.d/a.conf:\nserver {}\n\n",
    );
    assert_eq!(all.iter().map(outline).collect::<Vec<_>>(), ["nginx.conf", "a.conf"]);
    assert!(all[1].roots()[0].is_fragment);
}

#[test]
fn a_part_of_a_dump_is_fragments() {
    let all = sources_of(
        "# configuration file /etc/nginx/conf.d/a.conf:\nserver {}\n\n\
         # configuration file /etc/nginx/conf.d/b.conf:\nserver {}\n\n",
    );
    let [sources] = &all[..] else { panic!("{all:?}") };
    assert_eq!(outline(sources), "a.conf b.conf");
}
