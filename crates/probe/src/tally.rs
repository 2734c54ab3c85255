//! How many names there is an answer for.

use crate::probed::{End, Held, Probed, ProbedName, ProbedWay, Token};

/// How names fare when they are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Names whose token came back over every address that was asked.
    pub passing: usize,
    /// Names whose token did not.
    pub failing: usize,
    /// Names that were asked for without a token to be fetched.
    pub without_token: usize,
    /// Names that were not asked for, or not to the end, though a challenge is made for them.
    pub not_asked: usize,
    /// Why that is so for the first of these, with its name.
    pub first_reason: String,
    /// Names whose certificate was shown and not compared with its file.
    pub not_compared: usize,
    /// Why that is so for the first of these, with its name.
    pub first_not_compared: String,
}

/// What came of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fare {
    /// Its token came back.
    Passes,
    /// It did not.
    Fails,
    /// There was none to be fetched.
    WithoutToken,
    /// It was not asked for, for this reason.
    NotAsked(String),
    /// No challenge is made for it.
    NoChallenge,
}

impl Probed {
    /// How the names fare.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for name in &self.names {
            if let Some(why) = name.not_compared() {
                if tally.not_compared == 0 {
                    tally.first_not_compared = format!("{}: {why}", name.text);
                }
                tally.not_compared += 1;
            }
            match name.fare() {
                Fare::Passes => tally.passing += 1,
                Fare::Fails => tally.failing += 1,
                Fare::WithoutToken => tally.without_token += 1,
                Fare::NoChallenge => {}
                Fare::NotAsked(why) => {
                    if tally.not_asked == 0 {
                        tally.first_reason = format!("{}: {why}", name.text);
                    }
                    tally.not_asked += 1;
                }
            }
        }
        tally
    }
}

impl ProbedName {
    /// Why a certificate that was shown for it was not compared with its file.
    fn not_compared(&self) -> Option<String> {
        let mut shown = self.shown.iter().filter(|shown| shown.leaf.is_some());
        shown.find_map(|shown| match &shown.held {
            Held::NotCompared(why) => Some(why.clone()),
            Held::Closed(path) => Some(format!("only root may read {}", path.display())),
            _ => None,
        })
    }

    /// What came of it.
    pub fn fare(&self) -> Fare {
        let any = |is: fn(&ProbedWay) -> bool| self.ways.iter().any(is);
        let first_reason = || self.not_asked.first().cloned();
        match &self.token {
            Token::NoChallenge(_) => Fare::NoChallenge,
            Token::NotWritten { because, .. } => Fare::NotAsked(because.clone()),
            _ if any(|way| matches!(way.end, End::Fails | End::Stopped(_))) => Fare::Fails,
            _ if any(|way| matches!(way.end, End::NotAsked(_))) => {
                let mut reasons = self.ways.iter().filter_map(|way| match way.end {
                    End::NotAsked(why) => Some(why.words()),
                    _ => None,
                });
                Fare::NotAsked(reasons.next().unwrap_or_default())
            }
            _ if self.ways.is_empty() => Fare::NotAsked(
                first_reason().unwrap_or_else(|| "nothing listens for it here".to_owned()),
            ),
            Token::NotNeeded(_) => Fare::WithoutToken,
            Token::In(_) => {
                let away = self.ways.iter().find_map(|way| match &way.end {
                    End::LeadsAway(url) => {
                        Some(format!("it is redirected to {url}, and nobody else is asked"))
                    }
                    _ => None,
                });
                away.map_or(Fare::Passes, Fare::NotAsked)
            }
        }
    }
}
