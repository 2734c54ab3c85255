//! The program killed at random instants, while its changes are being made.

use std::{
    env,
    io::{self, Write},
    process::Stdio,
    thread,
    time::Duration,
};

use crate::machine::{Machine, before_and_after, linter, told};

/// How often, unless `KILLS` says otherwise.
const KILLS: usize = 100;

#[test]
fn killed_at_any_instant_it_leaves_no_file_that_is_neither_old_nor_new() {
    let kills = env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let (before, after) = before_and_after();
    let longest = {
        let machine = Machine::new();
        let start = std::time::Instant::now();
        machine.patch(&["--no-verify"]);
        start.elapsed().as_micros() as u64
    };
    fastrand::seed(20_261_122);
    let (mut undone, mut made) = (0, 0);
    for number in 0..kills {
        let machine = Machine::new();
        let mut command = machine.patching(linter(), &[]);
        command.arg("--no-verify").stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program was built for this test");
        thread::sleep(Duration::from_micros(fastrand::u64(0..=longest)));
        // It may have ended.
        let _ = child.kill();
        child.wait().expect("it was started here");
        let files = machine.files();
        for (path, contents) in &files {
            let is_hidden =
                path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
            let is_known = [&before, &after].iter().any(|one| one.get(path) == Some(contents));
            assert!(is_hidden || is_known, "kill {number}: {}", path.display());
        }
        let recovered = machine.restore(&[]);
        assert_eq!(recovered.status.code(), Some(0), "kill {number}: {}", told(&recovered));
        let files = machine.files();
        assert!(files == before || files == after, "kill {number}: {}", told(&recovered));
        if told(&recovered).contains("are undone") {
            undone += 1;
        } else if files == after {
            made += 1;
        }
    }
    let told = format!("{kills} kills: {undone} changes undone, {made} made, the others not begun");
    let _ = writeln!(io::stderr(), "{told}");
}
