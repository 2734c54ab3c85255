//! Completions, in the shells themselves.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::program::{clean, ended, run, write};

/// The script for a shell, as a file.
fn script(shell: &str) -> (TempDir, PathBuf) {
    let made = run(&["completions", shell]);
    assert_eq!((made.code, &*made.err), (0, ""), "{shell}");
    let directory = tempfile::tempdir().expect("the temporary directory is ours");
    let path = directory.path().join("_nginx-acme-lint");
    fs::write(&path, made.out).expect("the directory is ours");
    (directory, path)
}

/// What a shell proposes at the end of each of these lines.
type Propose = fn(&str) -> Vec<String>;

fn in_bash(line: &str) -> Vec<String> {
    let (directory, script) = script("bash");
    // What bash does when the tabulator is pressed.
    let program = "source \"$1\"
        IFS=' ' read -r -a COMP_WORDS <<<\"$2 \"
        [[ $2 != *' ' ]] || COMP_WORDS+=('')
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$2 COMP_POINT=${#2}
        function=$(complete -p nginx-acme-lint)
        function=${function#* -F } function=${function%% *}
        \"$function\" nginx-acme-lint \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = clean("bash");
    bash.current_dir(directory.path()).args(["--norc", "-c", program, "bash"]).arg(script);
    let ended = ended(bash.arg(line));
    assert_eq!((ended.code, &*ended.err), (0, ""), "{line}");
    ended.out.split_whitespace().map(str::to_owned).collect()
}

fn in_fish(line: &str) -> Vec<String> {
    let (directory, script) = script("fish");
    let mut fish = clean("fish");
    fish.current_dir(directory.path()).env("HOME", directory.path()).env("PATH", path());
    fish.args(["--no-config", "-c", "source $argv[1]; complete -C $argv[2]"]).arg(script);
    let ended = ended(fish.arg(line));
    assert_eq!((ended.code, &*ended.err), (0, ""), "{line}");
    let word = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    ended.out.lines().map(word).collect()
}

/// Where the program is found, too.
fn path() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_nginx-acme-lint"));
    let directory = program.parent().expect("it lies in a directory");
    format!("{}:/usr/bin:/bin", directory.display())
}

fn in_zsh(line: &str) -> Vec<String> {
    let (directory, _script) = script("zsh");
    // Only a line editor completes, and that wants a terminal: zsh makes one for another zsh.
    let inner = "PS1= PS2=
        fpath=($PWD $fpath)
        autoload -Uz compinit && compinit -u -D
        compadd() {
            local -a proposed
            builtin compadd -O proposed \"$@\"
            (( $#proposed )) && print -rl -- ${proposed/#/PROPOSED:} >>proposals
            builtin compadd \"$@\"
        }
        whole() { _main_complete; : >done }
        zle -C whole complete-word whole
        bindkey '^I' whole";
    write(directory.path(), "inner.zsh", inner);
    let outer = "zmodload zsh/zpty
        until_there() { while [[ ! -e $1 ]]; do sleep 0.05; zpty -rt inner said; done }
        zpty inner zsh -f -i
        zpty -w inner 'source ./inner.zsh; : >ready'
        until_there ready
        zpty -n -w inner \"$1\"$'\\t'
        until_there done
        zpty -d inner";
    let mut zsh = clean("timeout");
    zsh.current_dir(directory.path()).env("HOME", directory.path()).env("TERM", "dumb");
    let ended = ended(zsh.args(["60", "zsh", "-f", "-c", outer, "zsh", line]));
    assert_eq!((ended.code, &*ended.err), (0, ""), "{line}");
    let all = fs::read_to_string(directory.path().join("proposals")).unwrap_or_default();
    let mut words: Vec<_> =
        all.lines().filter_map(|line| line.strip_prefix("PROPOSED:")).map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

fn in_elvish(line: &str) -> Vec<String> {
    let (directory, script) = script("elvish");
    // Its editor keeps of what it is given what starts like the last word.
    let words: Vec<_> = line.split(' ').collect();
    let last = words.last().expect("there is a word");
    let inner = format!(
        "try {{
            eval (slurp < '{}')
            $edit:completion:arg-completer[nginx-acme-lint] '{}' | each {{|one| echo $one[stem] }} > proposals
        }} finally {{
            echo > done
        }}
        exit",
        script.display(),
        words.join("' '")
    );
    write(directory.path(), "inner.elv", &inner);
    // Only at a terminal is there an editor.
    let outer = "until [ -e done ]; do
            printf '\\025eval (slurp < inner.elv)\\r'
            sleep 0.5
        done | script --quiet --return --command 'elvish -norc' /dev/null";
    let mut sh = clean("timeout");
    sh.current_dir(directory.path()).env("HOME", directory.path()).env("TERM", "dumb");
    sh.env("XDG_RUNTIME_DIR", directory.path());
    let ended = ended(sh.args(["60", "sh", "-c", outer]));
    assert_eq!(ended.code, 0, "{line}: {}{}", ended.out, ended.err);
    let all = fs::read_to_string(directory.path().join("proposals"));
    let all = all.unwrap_or_else(|error| panic!("{line}: {error}: {}", ended.out));
    all.lines().filter(|word| word.starts_with(last)).map(str::to_owned).collect()
}

fn proposes(propose: Propose, line: &str, wanted: &[&str], unwanted: &[&str]) {
    let words = propose(line);
    let has = |wanted: &&&str| words.iter().any(|word| word.trim_end_matches('=') == **wanted);
    let missing: Vec<_> = wanted.iter().filter(|word| !has(word)).collect();
    let excess: Vec<_> = unwanted.iter().filter(has).collect();
    assert!(
        missing.is_empty() && excess.is_empty(),
        "{line:?}: {missing:?} missing, {excess:?} in excess of {words:?}"
    );
}

fn completes(propose: Propose) {
    proposes(propose, "nginx-acme-lint --f", &["--fix", "--fail-on", "--format"], &["--root"]);
    proposes(propose, "nginx-acme-lint --fail-on ", &["error", "never"], &["json"]);
    proposes(propose, "nginx-acme-lint re", &["restore"], &["names"]);
    proposes(propose, "nginx-acme-lint completions ", &["bash", "powershell"], &["names"]);
    proposes(
        propose,
        "nginx-acme-lint explain challenge-taken",
        &["challenge-taken-by-regex"],
        &["listen-duplicated"],
    );
    proposes(
        propose,
        "nginx-acme-lint --select challenge",
        &["challenge", "challenge-taken-by-regex"],
        &["listen-duplicated", "_nginx-acme-lint"],
    );
    proposes(propose, "nginx-acme-lint --ignore tl", &["tls"], &["challenge"]);
    proposes(propose, "nginx-acme-lint names --fai", &["--failing"], &["--fail-on"]);
    proposes(propose, "nginx-acme-lint merge --ex", &["--expect"], &["--root"]);
}

#[test]
fn bash_completes() {
    completes(in_bash);
}

#[test]
fn fish_completes() {
    completes(in_fish);
    proposes(in_fish, "nginx-acme-lint _ng", &["_nginx-acme-lint"], &["names"]);
}

#[test]
fn zsh_completes() {
    completes(in_zsh);
    proposes(in_zsh, "nginx-acme-lint _ng", &["_nginx-acme-lint"], &["names"]);
}

#[test]
fn elvish_completes() {
    // What is made for it knows options and commands, and no values.
    for (line, wanted, unwanted) in [
        ("nginx-acme-lint --f", &["--fix", "--fail-on", "--format"][..], "--root"),
        ("nginx-acme-lint re", &["restore"], "names"),
        ("nginx-acme-lint names --fai", &["--failing"], "--fail-on"),
        ("nginx-acme-lint merge --ex", &["--expect"], "--root"),
    ] {
        proposes(in_elvish, line, wanted, &[unwanted]);
    }
}

// Debian has no PowerShell, so its script is looked at and not run.
#[test]
fn powershell_has_a_script_too() {
    let script = run(&["completions", "powershell"]);
    let words = "Register-ArgumentCompleter -Native -CommandName 'nginx-acme-lint'";
    assert!(script.out.contains(words), "{}", script.out);
    assert!(script.out.contains("--fail-on"), "{}", script.out);
}

#[test]
fn other_shells_have_none() {
    assert_eq!(run(&["completions", "tcsh"]).code, 3);
}
