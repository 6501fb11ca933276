//! A text in pieces that are not too long.

/// The pieces of a text, each of at most `most` characters: broken between lines where that is possible, else between
/// words, else anywhere. Space at a break is left out.
pub(super) fn pieces(text: &str, most: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(break_in(rest, most.max(1)));
        pieces.push(piece.trim_end());
        rest = after.trim_start();
    }
    pieces
}

/// Where a text is broken: its end when it is short enough.
fn break_in(text: &str, most: usize) -> usize {
    let Some((limit, next)) = text.char_indices().nth(most) else { return text.len() };
    if next.is_whitespace() {
        return limit;
    }
    let head = &text[..limit];
    head.rfind('\n').or_else(|| head.rfind(char::is_whitespace)).filter(|at| *at > 0).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_of_the_limit_is_one_piece_and_one_character_more_is_two() {
        assert_eq!(pieces("ääää", 4), ["ääää"]);
        assert_eq!(pieces("ääääx", 4), ["ääää", "x"]);
        assert_eq!(pieces("", 4), [""; 0]);
    }

    #[test]
    fn a_text_is_broken_between_lines_and_else_between_words() {
        assert_eq!(pieces("one two\nthree four", 14), ["one two", "three four"]);
        assert_eq!(pieces("one two three", 9), ["one two", "three"]);
        assert_eq!(pieces("one two three", 7), ["one two", "three"]);
    }

    proptest! {
        #[test]
        fn no_piece_is_too_long_or_empty_and_nothing_but_space_is_lost(
            text in "[a ä\n]{0,60}",
            most in 1_usize..12,
        ) {
            let pieces = pieces(&text, most);
            for piece in &pieces {
                prop_assert!(!piece.is_empty() && piece.chars().count() <= most, "{piece:?}");
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&pieces.concat()), letters(&text));
        }
    }
}
