//! `split_clients` (`ngx_http_split_clients_variable`).

use super::run::{Run, Undecided};
use crate::config::Directive;

/// A `split_clients` block: which of its values a client gets is as good as random.
#[derive(Debug)]
pub(super) struct SplitClients {
    source: Vec<u8>,
    /// The different values, never none.
    values: Vec<Vec<u8>>,
}

impl SplitClients {
    pub(super) fn cast(block: Directive<'_>) -> Self {
        let mut values: Vec<Vec<u8>> = Vec::new();
        let mut percent = 0.0;
        for part in block.children() {
            let share = part.name_text();
            let share = share.strip_suffix(b"%").and_then(|text| std::str::from_utf8(text).ok());
            percent += share.map_or(100.0, |text| text.parse::<f64>().unwrap_or(0.0));
            let value = part.arg(0).unwrap_or_default().into_owned();
            if !values.contains(&value) {
                values.push(value);
            }
        }
        // Shares have two decimals at most.
        if percent < 99.995 && !values.iter().any(Vec::is_empty) {
            values.push(Vec::new());
        }
        Self { source: block.arg(0).unwrap_or_default().into_owned(), values }
    }
}

impl<'c> Run<'_, 'c> {
    /// The value of a variable that `split_clients` computes: each of its values in turn.
    pub(super) fn split_value(
        &self,
        split: &SplitClients,
        block: Directive<'c>,
    ) -> Result<Vec<u8>, Undecided<'c>> {
        // Only what this catches matters.
        let _ = self.evaluate(&split.source, block);
        let because = "which client gets which value cannot be known".to_owned();
        let undecided = Undecided { because, at: Some(block) };
        self.one_of(&split.values, undecided).map(<[u8]>::to_vec)
    }
}
