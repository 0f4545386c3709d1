//! The other side of an app that runs in a process of its own.

use std::{
    collections::{HashMap, VecDeque},
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::scene::NEVER;

/// How long nobody asks for anything.
const QUIET: Duration = Duration::from_secs(2);
/// Linux' unit in /proc.
const TICKS_A_SECOND: f64 = 100.0;

/// An app that ends with this value.
pub(super) struct App {
    child: Child,
    input: ChildStdin,
    lines: Receiver<Value>,
    started: Instant,
    asked: u64,
    answers: HashMap<u64, Answer>,
    opened: VecDeque<String>,
    session: Value,
    /// After how many seconds the app knew what its session was.
    pub(super) known_after: Option<f64>,
    /// How often the session ended without being asked to.
    pub(super) endings: usize,
}

/// What came of a wish.
pub(super) struct Answer {
    /// None if it worked.
    pub(super) code: Option<String>,
    pub(super) seconds: f64,
}

impl App {
    pub(super) fn start(address: &str, service: &str, configuration: &Value) -> Self {
        let started = Instant::now();
        let program = std::env::current_exe().expect("a program");
        let mut child = Command::new(program)
            .args([super::APP, service, &configuration.to_string()])
            .env("DBUS_SESSION_BUS_ADDRESS", address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the app starts");
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (line, lines) = mpsc::channel();
        thread::spawn(move || {
            for text in output.lines().map_while(Result::ok) {
                // Nobody listens to an app that is being ended.
                drop(line.send(serde_json::from_str(&text).expect("a line of JSON")));
            }
        });
        Self {
            child,
            input,
            lines,
            started,
            asked: 0,
            answers: HashMap::new(),
            opened: VecDeque::new(),
            session: Value::Null,
            known_after: None,
            endings: 0,
        }
    }

    /// Asks for something, and doesn't wait.
    pub(super) fn ask(&mut self, verb: &str, value: Option<&str>) -> u64 {
        self.asked += 1;
        let wish = json!({ "id": self.asked, "verb": verb, "value": value });
        writeln!(self.input, "{wish}").expect("the app runs");
        self.asked
    }

    pub(super) fn answer(&mut self, wish: u64) -> Answer {
        assert!(self.comes(NEVER, |app| app.answers.contains_key(&wish)), "an answer never came");
        self.answers.remove(&wish).expect("it is there")
    }

    pub(super) fn call(&mut self, verb: &str, value: Option<&str>) -> Answer {
        let wish = self.ask(verb, value);
        self.answer(wish)
    }

    /// Where a sign-in that was asked for sends the browser; none if it fails before.
    pub(super) fn opened(&mut self, sign_in: u64) -> Option<String> {
        let is_clear = |app: &Self| !app.opened.is_empty() || app.answers.contains_key(&sign_in);
        assert!(self.comes(NEVER, is_clear), "the browser never opened");
        self.opened.pop_front()
    }

    pub(super) fn is_signed_in(&self) -> bool {
        self.session == "signed_in"
    }

    /// Which part of a processor the app takes while nobody asks for anything.
    pub(super) fn load(&self) -> f64 {
        let before = self.processor_seconds();
        thread::sleep(QUIET);
        (self.processor_seconds() - before) / QUIET.as_secs_f64()
    }

    fn processor_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the app runs");
        // Past the program's name, which may hold anything; then utime and stime are the 12th and 13th.
        let (_, fields) = stat.rsplit_once(')').expect("a name");
        let ticks = fields.split_whitespace().skip(11).take(2);
        ticks.map(|ticks| ticks.parse::<f64>().expect("a number") / TICKS_A_SECOND).sum()
    }

    /// Listens to the app until something is true, and says whether it became so.
    pub(super) fn comes(&mut self, patience: Duration, is_true: impl Fn(&Self) -> bool) -> bool {
        let began = Instant::now();
        while !is_true(self) {
            let Ok(line) = self.lines.recv_timeout(patience.saturating_sub(began.elapsed())) else {
                return false;
            };
            self.hear(&line);
        }
        true
    }

    /// Listens to what the app has said by now.
    pub(super) fn catch_up(&mut self) {
        while let Ok(line) = self.lines.try_recv() {
            self.hear(&line);
        }
    }

    fn hear(&mut self, line: &Value) {
        if let Some(wish) = line["answer"].as_u64() {
            let code = line["code"].as_str().map(str::to_owned);
            let seconds = line["seconds"].as_f64().expect("a number");
            self.answers.insert(wish, Answer { code, seconds });
        } else if let Some(url) = line["open"].as_str() {
            self.opened.push_back(url.to_owned());
        } else {
            let session = &line["session"];
            if session != "loading" && self.known_after.is_none() {
                self.known_after = Some(self.started.elapsed().as_secs_f64());
            }
            self.endings += usize::from(session == "signed_out" || session == "reauth_required");
            self.session = session.clone();
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
