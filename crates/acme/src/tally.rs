/// How the names of a configuration fare; the last line of every report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Names whose challenge passes over every address family that is listened on.
    pub passing: usize,
    /// How many of these have their web root below a prefix that is only a guess (`--prefix`).
    pub passing_by_guess: usize,
    /// Names whose challenge fails.
    pub failing: usize,
    /// Names about which nothing can be said.
    pub not_judged: usize,
    /// Why the first of those is not judged, with its place in words; empty if there is none.
    pub first_reason: String,
    /// Names that no HTTP-01 challenge is made for: wildcards, `localhost`, `_` and the like, and
    /// names without TLS.
    pub not_http01: usize,
}
