//! A check: what it promises, how it is run, and what came of it.

use std::{any::Any, pin::Pin, time::Duration};

use serde_json::Value;

/// No check takes so long; one that does waits for something that never comes.
const NEVER: Duration = Duration::from_secs(30 * 60);

/// How much of a check is run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    Full,
    /// A twentieth at least: for CI.
    Short,
}

impl Scale {
    pub(crate) fn of(self, full: usize) -> usize {
        match self {
            Self::Full => full,
            Self::Short => full.div_ceil(20),
        }
    }
}

pub(crate) type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// One line of the table of promises.
pub(crate) struct Check {
    pub(crate) id: &'static str,
    pub(crate) target: &'static str,
    /// What is switched off for the control, by its name in `KEYFOB_SABOTAGE`.
    pub(crate) guard: &'static str,
    /// How many times the full form tries it, in its own unit: callers, calls, faults, …
    pub(crate) n_full: usize,
    pub(crate) body: fn(Scale) -> Running,
}

impl Check {
    /// Runs it to an end of some kind: one that panics or hangs falls short, and the others are still run.
    pub(crate) async fn run(&self, scale: Scale) -> Outcome {
        let task = tokio::spawn((self.body)(scale));
        match tokio::time::timeout(NEVER, task).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Outcome::cut_short(&reason(error.into_panic())),
            Err(_) => Outcome::cut_short("it never ended"),
        }
    }
}

fn reason(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast::<String>().map(|text| *text);
    text.or_else(|panic| panic.downcast::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|_| "a panic".to_owned())
}

/// What a check found.
pub(crate) struct Outcome {
    /// How many times it was tried.
    pub(crate) n: usize,
    figures: Vec<Figure>,
    /// What a person should know besides: which of many failed.
    pub(crate) note: Option<String>,
}

impl Outcome {
    pub(crate) fn new(n: usize, figures: impl Into<Vec<Figure>>) -> Self {
        Self { n, figures: figures.into(), note: None }
    }

    pub(crate) fn note(mut self, lines: &[String]) -> Self {
        self.note = (!lines.is_empty()).then(|| lines.join("; "));
        self
    }

    fn cut_short(why: &str) -> Self {
        Self { n: 0, figures: Vec::new(), note: Some(format!("cut short: {why}")) }
    }

    /// No figure is no proof.
    pub(crate) fn holds(&self) -> bool {
        !self.figures.is_empty() && self.figures.iter().all(Figure::holds)
    }

    /// A number where there is one figure, else all of them in words.
    pub(crate) fn figure(&self) -> Value {
        match self.figures.as_slice() {
            [] => Value::Null,
            [figure] => figure.value.into(),
            figures => {
                let all: Vec<_> =
                    figures.iter().map(|figure| format!("{} {}", figure.value, figure.unit)).collect();
                all.join(", ").into()
            }
        }
    }

    pub(crate) fn unit(&self) -> String {
        let units: Vec<_> = self.figures.iter().map(|figure| figure.unit).collect();
        units.join(", ")
    }
}

/// A number, its unit, and what it may be.
pub(crate) struct Figure {
    value: f64,
    unit: &'static str,
    bound: Bound,
}

enum Bound {
    Exactly(f64),
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    pub(crate) fn exactly(wanted: usize, value: usize, unit: &'static str) -> Self {
        Self { value: float(value), unit, bound: Bound::Exactly(float(wanted)) }
    }

    pub(crate) fn none(value: usize, unit: &'static str) -> Self {
        Self::exactly(0, value, unit)
    }

    pub(crate) fn at_most(bound: f64, value: f64, unit: &'static str) -> Self {
        Self { value, unit, bound: Bound::AtMost(bound) }
    }

    pub(crate) fn at_least(bound: f64, value: f64, unit: &'static str) -> Self {
        Self { value, unit, bound: Bound::AtLeast(bound) }
    }

    fn holds(&self) -> bool {
        match self.bound {
            Bound::Exactly(wanted) => (self.value - wanted).abs() < f64::EPSILON,
            Bound::AtMost(most) => self.value <= most,
            Bound::AtLeast(least) => self.value >= least,
        }
    }
}

/// Counts of a campaign are small enough to be exact.
pub(crate) fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("no check counts so far"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_holds_within_its_bound() {
        for (figure, holds) in [
            (Figure::exactly(3, 3, ""), true),
            (Figure::exactly(3, 2, ""), false),
            (Figure::exactly(3, 4, ""), false),
            (Figure::none(0, ""), true),
            (Figure::none(1, ""), false),
            (Figure::at_most(10.0, 10.0, ""), true),
            (Figure::at_most(10.0, 10.01, ""), false),
            (Figure::at_most(10.0, f64::INFINITY, ""), false),
            (Figure::at_most(10.0, f64::NAN, ""), false),
            (Figure::at_least(0.5, 0.5, ""), true),
            (Figure::at_least(0.5, 0.49, ""), false),
        ] {
            assert_eq!(figure.holds(), holds, "{}", figure.value);
        }
    }

    #[test]
    fn an_outcome_holds_if_there_are_figures_and_all_hold() {
        assert!(Outcome::new(1, [Figure::none(0, "a"), Figure::none(0, "b")]).holds());
        assert!(!Outcome::new(1, [Figure::none(0, "a"), Figure::none(1, "b")]).holds());
        assert!(!Outcome::new(1, []).holds());
    }

    #[test]
    fn one_figure_is_a_number_and_several_are_words() {
        assert_eq!(Outcome::new(1, [Figure::none(2, "a")]).figure(), 2.0);
        let two = Outcome::new(1, [Figure::none(2, "a"), Figure::none(3, "b")]);
        assert_eq!((two.figure(), two.unit().as_str()), ("2 a, 3 b".into(), "a, b"));
    }

    #[test]
    fn the_short_form_is_a_twentieth_and_never_nothing() {
        assert_eq!((Scale::Full.of(1000), Scale::Short.of(1000)), (1000, 50));
        assert_eq!((Scale::Short.of(21), Scale::Short.of(1)), (2, 1));
    }

    async fn run(body: fn(Scale) -> Running) -> Outcome {
        Check { id: "", target: "", guard: "", n_full: 1, body }.run(Scale::Short).await
    }

    #[tokio::test]
    async fn a_check_that_panics_falls_short_and_says_why() {
        let outcome = run(|_| Box::pin(async { panic!("no provider") })).await;
        assert!(!outcome.holds());
        assert_eq!(outcome.note.as_deref(), Some("cut short: no provider"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_never_ends_falls_short() {
        let outcome = run(|_| Box::pin(std::future::pending())).await;
        assert_eq!(outcome.note.as_deref(), Some("cut short: it never ended"));
    }
}
