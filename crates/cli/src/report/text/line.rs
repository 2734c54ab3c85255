//! One line of source as it can be shown: UTF-8, no control characters, no wider than the terminal.

use std::ops::Range;

use textwrap::core::display_width;

use crate::report::{Look, printable};

/// A line to show, and where the marked stretches are in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// The text.
    pub text: String,
    /// The marks, as byte ranges of `text`.
    pub marks: Vec<Range<usize>>,
}

/// Makes a line of at most `room` columns that has the first mark in it.
///
/// A mark that is cut off points at the sign for what was left out. Only the bytes around the
/// first mark are looked at, however long the line is.
pub(super) fn show(look: Look, line: &[u8], marks: &[Range<usize>], room: usize) -> Shown {
    let focus = marks.first().cloned().unwrap_or(0..0);
    let cells = cells(look, line, around(line, &focus, room));
    let cut = if look.unicode { "…" } else { "..." };
    let (shown, starts_late, ends_early) =
        part(&cells, line.len(), &focus, room, display_width(cut));

    let mut text = String::new();
    if starts_late {
        text.push_str(cut);
    }
    let mut offsets = Vec::with_capacity(shown.len());
    for cell in shown {
        offsets.push((cell.at, text.len()));
        text.push_str(&cell.text);
    }
    let end = text.len();
    if ends_early {
        text.push_str(cut);
    }
    let first = shown.first().map_or(0, |cell| cell.at);
    let past = shown.last().map_or(0, |cell| cell.end);
    let marks = marks.iter().map(|mark| {
        if starts_late && mark.end <= first && mark.start < first {
            return 0..cut.len();
        }
        if ends_early && mark.start >= past {
            return end..text.len();
        }
        let start = offsets.partition_point(|(at, _)| *at <= mark.start);
        let start = match start.checked_sub(1) {
            _ if mark.start >= past => end,
            Some(index) => offsets[index].1,
            None => 0,
        };
        let stop = offsets.partition_point(|(at, _)| *at < mark.end);
        let stop = offsets.get(stop).map_or(end, |(_, offset)| *offset);
        start..stop.max(start)
    });
    let marks = marks.collect();
    Shown { text, marks }
}

/// What one letter, or one byte that is none, looks like.
struct Cell {
    at: usize,
    end: usize,
    width: usize,
    text: String,
}

/// The bytes that can be within reach of what is shown.
fn around(line: &[u8], focus: &Range<usize>, room: usize) -> Range<usize> {
    let reach = room * 4;
    let mut start = focus.start.saturating_sub(reach);
    // Not in the middle of a letter.
    while start > 0 && start < focus.start && line[start] & 0xc0 == 0x80 {
        start += 1;
    }
    start..line.len().min(focus.start + reach)
}

fn cells(look: Look, line: &[u8], range: Range<usize>) -> Vec<Cell> {
    const TAB: usize = 4;
    let mut cells = Vec::with_capacity(range.len());
    let mut at = range.start;
    let mut column = 0;
    let mut add = |text: String, length: usize| {
        let width = display_width(&text);
        cells.push(Cell { at, end: at + length, width, text });
        at += length;
        column += width;
        column
    };
    let mut reached = 0;
    for chunk in line[range].utf8_chunks() {
        for letter in chunk.valid().chars() {
            let mut text = String::new();
            match letter {
                '\t' => text.extend(std::iter::repeat_n(' ', TAB - reached % TAB)),
                letter if !look.unicode && !letter.is_ascii() => text.push('?'),
                letter => printable::push(&mut text, letter),
            }
            reached = add(text, letter.len_utf8());
        }
        for _ in chunk.invalid() {
            reached = add(if look.unicode { "\u{fffd}" } else { "?" }.to_owned(), 1);
        }
    }
    cells
}

/// The cells to show, and whether something is left out before and after them.
fn part<'c>(
    cells: &'c [Cell],
    length: usize,
    focus: &Range<usize>,
    room: usize,
    cut: usize,
) -> (&'c [Cell], bool, bool) {
    let is_start = cells.first().is_none_or(|cell| cell.at == 0);
    let is_end = cells.last().is_none_or(|cell| cell.end == length);
    let width: usize = cells.iter().map(|cell| cell.width).sum();
    if is_start && is_end && width <= room {
        return (cells, false, false);
    }
    let room = room.saturating_sub(2 * cut);
    let focused = cells.partition_point(|cell| cell.at < focus.start);
    let before: usize = cells[..focused].iter().map(|cell| cell.width).sum();
    let marked = cells[focused..].iter().take_while(|cell| cell.at < focus.end);
    let marked: usize = marked.map(|cell| cell.width).sum();
    let mut first = 0;
    if !is_start || before + marked.min(room / 2) > room {
        // A third of the room for what comes before the mark.
        let mut left = before;
        while left > room / 3 && first < focused {
            left -= cells[first].width;
            first += 1;
        }
    }
    let mut past = first;
    let mut used = 0;
    while past < cells.len() && used + cells[past].width <= room {
        used += cells[past].width;
        past += 1;
    }
    (&cells[first..past], first > 0 || !is_start, past < cells.len() || !is_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(line: &[u8], mark: Range<usize>, room: usize) -> (String, String) {
        let shown = show(Look::PLAIN, line, &[mark], room);
        let marked = shown.text[shown.marks[0].clone()].to_owned();
        (shown.text, marked)
    }

    #[test]
    fn a_line_that_fits_is_shown_as_it_is() {
        let (text, mark) = marked(b"\tlisten 80;", 1..7, 40);
        assert_eq!((text.as_str(), mark.as_str()), ("    listen 80;", "listen"));
    }

    #[test]
    fn marks_are_right_after_bytes_that_are_not_utf8() {
        // "設定" in Shift_JIS, then a control character.
        let (text, mark) = marked(b"# \x90\xdd\x92\xe8 \x1b[2J listen", 12..18, 60);
        assert_eq!(mark, "listen");
        assert!(text.starts_with("# \u{fffd}"), "{text}");
        assert!(text.contains("\\x1b[2J"), "{text}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let mut line = vec![b'a'; 10_000_000];
        line[5_000_000..5_000_006].copy_from_slice(b"listen");
        let (text, mark) = marked(&line, 5_000_000..5_000_006, 40);
        assert_eq!(mark, "listen");
        assert_eq!(display_width(&text), 40);
        assert!(text.starts_with("…a") && text.ends_with("a…"), "{text}");
    }

    #[test]
    fn a_mark_longer_than_the_room_is_cut_as_well() {
        let (text, mark) = marked(&[b'a'; 500], 3..490, 40);
        assert_eq!(text.chars().count(), 39);
        assert!(mark.ends_with('…') || mark.chars().count() == 35, "{mark}");
    }

    #[test]
    fn marks_out_of_sight_point_at_what_was_left_out() {
        let line = vec![b'a'; 1000];
        let shown = show(Look::PLAIN, &line, &[500..510, 2..4, 990..995], 40);
        assert_eq!(&shown.text[shown.marks[1].clone()], "…");
        assert_eq!(&shown.text[shown.marks[2].clone()], "…");
        assert_eq!(shown.marks[2].end, shown.text.len());
    }

    #[test]
    fn an_empty_mark_may_be_at_the_end() {
        assert_eq!(marked(b"server {", 8..8, 40).1, "");
        assert_eq!(marked(b"", 0..0, 40), (String::new(), String::new()));
    }

    #[test]
    fn wide_letters_count_twice() {
        let line = "設".repeat(50);
        let (text, _) = marked(line.as_bytes(), 0..3, 40);
        assert_eq!(display_width(&text), 39);
    }
}
