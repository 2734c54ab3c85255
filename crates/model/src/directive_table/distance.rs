//! How many typing mistakes lie between two words.

/// The number of letters to insert, delete, replace or swap with their neighbour to get from one
/// word to the other, upper and lower case being the same; `None` if it is more than `most`.
pub(super) fn distance(from: &[u8], to: &[u8], most: usize) -> Option<usize> {
    if from.len().abs_diff(to.len()) > most {
        return None;
    }
    // `rows[i][j]`: the edits between the first `i` letters of one and the first `j` of the other;
    // a swap looks back two rows, so three are kept.
    let mut before = vec![0; to.len() + 1];
    let mut above: Vec<usize> = (0..=to.len()).collect();
    let mut row = vec![0; to.len() + 1];
    for i in 1..=from.len() {
        row[0] = i;
        for j in 1..=to.len() {
            let same = from[i - 1].eq_ignore_ascii_case(&to[j - 1]);
            let mut edits =
                (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + usize::from(!same));
            let swapped = i > 1
                && j > 1
                && from[i - 1].eq_ignore_ascii_case(&to[j - 2])
                && from[i - 2].eq_ignore_ascii_case(&to[j - 1]);
            if swapped {
                edits = edits.min(before[j - 2] + 1);
            }
            row[j] = edits;
        }
        if row.iter().all(|edits| *edits > most) {
            return None;
        }
        (before, above, row) = (above, row, before);
    }
    Some(above[to.len()]).filter(|edits| *edits <= most)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn mistakes_are_counted_up_to_a_limit() {
        assert_eq!(distance(b"listen", b"listen", 2), Some(0));
        assert_eq!(distance(b"LISTEN", b"listen", 2), Some(0));
        assert_eq!(distance(b"lsiten", b"listen", 2), Some(1));
        assert_eq!(distance(b"listn", b"listen", 2), Some(1));
        assert_eq!(distance(b"lissten", b"listen", 2), Some(1));
        assert_eq!(distance(b"lastin", b"listen", 2), Some(2));
        assert_eq!(distance(b"lastin", b"listen", 1), None);
        assert_eq!(distance(b"", b"if", 2), Some(2));
        assert_eq!(distance(b"root", b"internal", 2), None);
    }
}
