//! What logs, mails and boxes put in front of each line.

/// How long it is; 0 if there is nothing of the kind.
pub(super) fn length(line: &[u8]) -> usize {
    let mut at = 0;
    // A mail may quote a log, and a container may write the log of another program.
    for _ in 0..3 {
        let more =
            quoted(&line[at..]).or_else(|| container(&line[at..])).or_else(|| log(&line[at..]));
        match more {
            Some(more) => at += more,
            None => break,
        }
    }
    at
}

/// `> `, as in mails, and `| ` or `│ `, as in boxes.
fn quoted(line: &[u8]) -> Option<usize> {
    let blanks = line.iter().take_while(|&&byte| byte == b' ').count();
    let rest = &line[blanks..];
    let sign =
        ["> ", "| ", "│ ", "┃ ", "║ "].iter().find(|sign| rest.starts_with(sign.as_bytes()))?;
    (blanks < 4).then_some(blanks + sign.len())
}

/// `certbot-1  | `, as Docker Compose has it.
fn container(line: &[u8]) -> Option<usize> {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let name = line.iter().take(64).take_while(is_name).count();
    let blanks = line[name..].iter().take(64).take_while(|&&byte| byte == b' ').count();
    let rest = &line[name + blanks..];
    (name > 0 && blanks > 0 && rest.starts_with(b"| ")).then_some(name + blanks + 2)
}

/// `Nov 22 10:00:00 host certbot[123]: `, or with a date and time as RFC 3339 has it.
fn log(line: &[u8]) -> Option<usize> {
    let start = &line[..line.len().min(160)];
    let mut end = 0;
    let mut word = || {
        let blanks = start[end..].iter().take_while(|&&byte| byte == b' ').count();
        let from = end + blanks;
        let length = start[from..].iter().take_while(|&&byte| byte != b' ').count();
        end = from + length;
        (length > 0).then_some((&start[from..end], end))
    };
    let (first, _) = word()?;
    let is_digits = |word: &[u8]| word.iter().all(u8::is_ascii_digit);
    if first.len() == 3 && first[0].is_ascii_uppercase() {
        let (day, _) = word()?;
        let (time, _) = word()?;
        if !is_digits(day) || time.len() != 8 || time[2] != b':' {
            return None;
        }
    } else if first.len() < 19 || !is_digits(&first[..4]) || first[10] != b'T' {
        return None;
    }
    word()?; // the host
    let (program, end) = word()?;
    let name = program.strip_suffix(b"]:").or_else(|| program.strip_suffix(b":"))?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./[()".contains(byte);
    (!name.is_empty() && name.iter().all(is_name)).then(|| (end + 1).min(line.len()))
}
