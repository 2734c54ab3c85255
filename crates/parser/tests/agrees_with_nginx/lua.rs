//! Texts of `content_by_lua_block`, from behind its opening brace: where does the block end?
//!
//! They stay below the size from which it matters where nginx's buffer starts, except for a few
//! that are too long wherever they stand.

use crate::{Case, Place, random::Random};

const SOUPS: usize = 900;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for place in [Place::Lua, Place::LuaAtTheEnd] {
        cases.extend(BY_HAND.iter().map(|(name, text)| Case {
            name: (*name).to_owned(),
            place,
            text: text.to_vec(),
        }));
    }
    for (name, before, unit, after) in LONG {
        for length in [1000, 5000, 10_000] {
            let run: Vec<u8> = unit.iter().copied().cycle().take(length).collect();
            cases.push(Case {
                name: format!("{name}, {length} bytes"),
                place: Place::Lua,
                text: [before, &run, after].concat(),
            });
        }
    }
    cases.extend((0..SOUPS).map(|seed| soup(seed, &mut Random::new(seed as u64))));
    cases
}

const BY_HAND: &[(&str, &[u8])] = &[
    ("empty block", b"}"),
    ("one blank", b" }"),
    ("one line feed", b"\n}\n;"),
    ("plain code", b" ngx.say(1) }\n;"),
    ("end and a semicolon", b" ngx.say(1) };"),
    ("end and a semicolon on the next line", b" ngx.say(1)\n}\n;"),
    ("end and a brace", b" ngx.say(1) }}\n;"),
    ("end and a comment", b" ngx.say(1) }# }\n;"),
    ("end and a quote", b" ngx.say(1) }\"\n"),
    ("end and a statement", b" ngx.say(1) }return 404;\n;"),
    ("end and another block", b" a() }\nrewrite_by_lua_block { b({}) }\n;"),
    ("table", b" local t = {} }\n;"),
    ("nested tables", b" local t = {{1}, {2, {3}}} }\n;"),
    ("a brace too few", b" local t = {\n }\n;\n"),
    ("two braces too few", b"\n{\n{\n}\n"),
    ("a brace too many", b" local t = {}} }\n;"),
    ("closing brace in double quotes", b" a(\"}\") }\n;"),
    ("closing brace in single quotes", b" a('}') }\n;"),
    ("opening brace in quotes", b" a(\"{\", '{') }\n;"),
    ("escaped quote", b" a(\"\\\"}\") }\n;"),
    ("escaped apostrophe", b" a('\\'}') }\n;"),
    ("escaped backslash at the end of a string", b" a(\"\\\\\") }\n;"),
    ("escaped backslash and a brace behind the string", b" a(\"\\\\\"}\") }\n;"),
    ("string over a line end", b" a(\"}\n\") }\n;"),
    ("string over an escaped line end", b" a(\"\\\n}\") }\n;"),
    ("string over an escaped CRLF", b" a(\"\\\r\n}\") }\n;"),
    ("string with a CR", b" a(\"\r}\") }\n;"),
    ("string with a NUL", b" a(\"\0}\") }\n;"),
    ("string with \\z", b" a(\"\\z}\") }\n;"),
    ("apostrophe in double quotes", b" a(\"it's }\") }\n;"),
    ("apostrophe alone", b" it's }\n;"),
    ("apostrophe alone and another on the next line", b" it's\n it's }\n;"),
    ("quote alone before a brace", b" \"\n}\n;"),
    ("quote that opens and never ends", b" a(\"}\n;\n"),
    ("backslash before a quote outside strings", b" \\\"}\" }\n;"),
    ("escaped quotes only", b" \"\\\"\\\"\\\"}\n;"),
    ("mixed open quotes", b" \"'\\\"'}' }\n;"),
    ("line comment with a brace", b" -- }\n}\n;"),
    ("line comment with an apostrophe", b" -- it's }\n}\n;"),
    ("line comment at the end of a line", b" a() -- }}}\n}\n;"),
    ("line comment without an end", b" -- }"),
    ("line comment with CR only", b" -- a\r}\n}\n;"),
    ("line comment of dashes", b" ------ }\n}\n;"),
    ("empty line comment", b" --\n}\n;"),
    ("line comment with an odd bracket", b" --[ }\n}\n;"),
    ("line comment with an odd long bracket", b" --[== }\n}\n;"),
    ("line comment with three dashes and brackets", b" ---[[ }\n}\n;"),
    ("line comment with a bracket after a blank", b" -- [[ }\n}\n;"),
    ("minus", b" a(1 - -1) }\n;"),
    ("minus at the end", b" -}\n;"),
    ("long comment", b" --[[ }\n ]] }\n;"),
    ("long comment with a level", b" --[=[ } ]] } ]=] }\n;"),
    ("long comment closed with dashes", b" --[[ }\n--]] }\n}\n;"),
    ("long comment without an end", b"\n --[[ }\n"),
    ("long comment right after another", b" --[[ } ]]--[[ } ]] }\n;"),
    ("long comment with an apostrophe", b" --[[ it's } ]] }\n;"),
    ("long string", b" a([[ } ]]) }\n;"),
    ("long string with a level", b" a([==[ } ]] ]=] ]==]) }\n;"),
    ("long string with quotes", b" a([[ \" } ' ]]) }\n;"),
    ("long string over lines", b" a([[\n}\n\n]]) }\n;"),
    ("long string without an end", b"\n a([[ }\n}\n"),
    ("long string with a level without an end", b"\n a([===[ }\n ]==] }\n"),
    ("long string with line comment inside", b" a([[ -- ]]) }\n;"),
    ("long string of closing brackets", b" a([=[]]=]) }\n;"),
    ("long string of almost closing brackets", b" a([==[]=]=]===]==]) }\n;"),
    ("empty long string", b" a([[]]) }\n;"),
    ("index", b" a(t[1]) }\n;"),
    ("index of an index", b" a(t[u[1]]) }\n;"),
    ("index by a long string", b" a(t[ [[}]] ]) }\n;"),
    ("index by a tight long string", b" a(t[[[}]]]) }\n;"),
    ("opening bracket last", b" ["),
    ("opening bracket and equals last", b" [=="),
    ("dash last", b" -"),
    ("two dashes last", b" --"),
    ("backslash last", b" \"\\"),
    ("sharp is no comment", b" # } \n;"),
    ("dollar brace", b" a(\"${x}\") ${ } }\n;"),
    ("nginx comment with a brace too many", b" a() # {\n}\n;\n"),
    ("semicolons", b" ;;; }\n;"),
    ("high bytes", b" a(\"\xE6\x97\xA5\x95\x5C\") }\n;"),
    ("Shift_JIS string swallows its quote", b" a(\"\x95\\\") }\n;"),
    ("CRLF", b"\r\n a(\"}\")\r\n}\r\n;"),
];

/// A name, what stands before the long run, the bytes it is made of, and what stands after it.
type Long = (&'static str, &'static [u8], &'static [u8], &'static [u8]);

const LONG: [Long; 9] = [
    ("letters", b"\n\n", b"x", b" }\n;"),
    ("letters after a brace", b"\n{\n}\n", b"x", b" }\n;"),
    ("letters in a string", b"\n a(\"", b"x", b"\") }\n;"),
    ("letters in a long string", b"\n a([[", b"x", b"]]) }\n;"),
    ("letters in a long comment with a level", b"\n --[=[", b"x", b"]=] }\n;"),
    ("letters behind a string", b" \"}\"\n", b"x", b" }\n;"),
    ("strings", b"\n", b"a(\"}\") ", b"\n }\n;"),
    ("tables", b"\n", b"a({}) ", b"\n }\n;"),
    ("indices", b"\n", b"t[u[0]] ", b"\n }\n;"),
];

const FRAGMENTS: &[&[u8]] = &[
    b"a", b" ", b"=", b"\n", b"\n", b"{", b"{", b"}", b"}", b"{}", b"\"", b"\"", b"'", b"'",
    b"\"}\"", b"'{'", b"\\", b"\\\"", b"\\\\", b"\\\n", b"--", b"-", b"[", b"[", b"]", b"[[",
    b"]]", b"[=[", b"]=]", b"--[[", b"--[==[", b"]==]", b"#", b";", b"\r", b"$", b"\0", b"\xFF",
];

fn soup(seed: usize, random: &mut Random) -> Case {
    let mut text = b" ".to_vec();
    for _ in 0..random.below(25) {
        text.extend_from_slice(random.pick(FRAGMENTS));
    }
    text.extend_from_slice(b"\n}\n");
    let place = if random.one_in(3) { Place::LuaAtTheEnd } else { Place::Lua };
    Case { name: format!("Lua soup {seed}"), place, text }
}
