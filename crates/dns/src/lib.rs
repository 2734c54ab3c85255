//! Asks a resolver what a certificate authority would ask about names: addresses, CAA records and the
//! zone they are in.
//!
//! What is made of the answers is for [`acme::dns`]. Nothing here takes long: each question has a few
//! seconds, and all of them together two minutes. A question that several names share is asked once.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use acme::dns::{Answer, Records, Resolver};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

mod climb;
mod exchange;
mod question;
mod servers;

pub use servers::{Servers, ServersError};

use question::Questions;

/// So many names are asked about at a time.
const AT_A_TIME: usize = 24;

/// All questions together have to do with this.
const LONGEST: Duration = Duration::from_mins(2);

/// What was found out.
#[derive(Debug)]
pub struct Answers {
    /// By name.
    pub records: BTreeMap<String, Records>,
    /// Who has answered.
    pub resolver: Resolver,
    /// How many names there was no time for.
    pub not_asked: usize,
}

/// Why nothing was found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// No resolver answers; with why, in words.
    Silent(String),
    /// It answers that it does not want to.
    Refused,
    /// It knows neither any of the names nor the root, so that it is not one of the public Internet.
    Isolated,
    /// This machine does not let anybody ask; with why, in words.
    Machine(String),
}

/// Asks about names in lower case and ASCII. `progress` is told how many names are done.
///
/// # Errors
///
/// If nobody answers any question.
pub fn ask(
    names: &BTreeSet<String>,
    servers: &Servers,
    mut progress: impl FnMut(usize),
) -> Result<Answers, Unanswered> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Unanswered::Machine(error.to_string()))?;
    let deadline = Instant::now() + LONGEST;
    runtime.block_on(async {
        let (questions, validates) = Questions::begin(servers).await?;
        let resolver =
            Resolver { name: questions.in_words(), is_public: questions.is_public(), validates };
        let asked = names.iter().map(|name| async {
            let records = climb::records(&questions, name).await;
            (name.clone(), records)
        });
        let mut answers = futures_util::stream::iter(asked).buffer_unordered(AT_A_TIME);
        let mut records = BTreeMap::new();
        while let Ok(Some((name, of_name))) = timeout_at(deadline, answers.next()).await {
            records.insert(name, of_name);
            progress(records.len());
        }
        if questions.are_all_refused() {
            return Err(Unanswered::Refused);
        }
        let is_unknown =
            |records: &Records| records.ipv4 == Answer::NoName && records.ipv6 == Answer::NoName;
        if !questions.knows_root && !records.is_empty() && records.values().all(is_unknown) {
            return Err(Unanswered::Isolated);
        }
        Ok(Answers { not_asked: names.len() - records.len(), records, resolver })
    })
}
