//! A server of one's own: the real binary on a free port with its own data folder.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::command::switchboard;
use super::secure::Tunnel;
use super::{Engine, Http, Messaging, Portal, SelfSigned, Streaming, Tenant, eventually, within};

/// The first bot is paused, so that what customers say comes to the agent at once; a test about the bot activates it.
const WITHOUT_BOT: (&str, &str) = ("SWITCHBOARD_FAQ__FIRST_BOT_ACTIVE", "false");

/// How often a restart may find its old port taken by somebody else's connection.
const RESTARTS: usize = 20;

/// A running server. Dropped, it is killed; dropped by a panic, it also shows what it logged.
pub struct Server {
    process: Process,
    data: TempDir,
    variables: Vec<(String, String)>,
    address: SocketAddr,
    printed: Printed,
    demo: Tenant,
    /// The way to it, where it speaks TLS.
    _tunnel: Option<Tunnel>,
}

/// A process that does not outlive its owner.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_before = self.0.kill();
        let _status = self.0.wait();
    }
}

/// What a process prints, both streams in the order in which they were read.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<String>>);

impl Printed {
    fn follow(&self, stream: impl Read + Send + 'static) {
        let printed = self.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let mut text = printed.0.lock().unwrap();
                text.push_str(&line);
                text.push('\n');
            }
        });
    }

    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl Server {
    /// A server on an empty store, as it is without any configuration.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A server on an empty store, with these variables set.
    pub async fn with(variables: &[(&str, &str)]) -> Self {
        Self::on(TempDir::new().unwrap(), variables).await
    }

    /// A server on an empty store that speaks TLS with this certificate, whose files are in its data folder. All
    /// clients of the harness reach it.
    pub async fn secured(signed: Arc<SelfSigned>, variables: &[(&str, &str)]) -> Self {
        let data = TempDir::new().unwrap();
        let files = signed.write(data.path());
        let named: Vec<_> = files.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Self::begin(data, &[&named, variables].concat(), Some(signed)).await
    }

    /// A server on a data folder that another has used.
    pub async fn on(data: TempDir, variables: &[(&str, &str)]) -> Self {
        Self::begin(data, variables, None).await
    }

    async fn begin(data: TempDir, variables: &[(&str, &str)], signed: Option<Arc<SelfSigned>>) -> Self {
        // The last of two values of one variable counts.
        let variables = [WITHOUT_BOT].iter().chain(variables);
        let variables: Vec<_> = variables.map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let printed = Printed::default();
        let mut process = spawn(data.path(), "127.0.0.1:0", &variables, &printed);
        let file = data.path().join("credentials.json");
        let credentials = eventually("the first credentials", async || {
            assert_still_running(&mut process, &printed);
            // Not before it says that it serves: a start that was cut short may have left a file.
            printed.text().contains("Switchboard serves").then(|| read_credentials(&file))?
        })
        .await;
        let base = credentials["baseUrl"].as_str().unwrap().to_owned();
        let scheme = if signed.is_some() { "https://" } else { "http://" };
        let address = base.strip_prefix(scheme).unwrap_or_else(|| panic!("{base}")).parse().unwrap();
        let mut tunnel = None;
        if let Some(signed) = signed {
            tunnel = Some(Tunnel::to(address, signed).await);
        }
        let demo = Tenant::new(&tunnel.as_ref().map_or(base, Tunnel::base), credentials);
        let mut server = Self { process, data, variables, address, printed, demo, _tunnel: tunnel };
        assert!(server.becomes_ready().await, "the server ended:\n{}", server.printed.text());
        server
    }

    /// Starts a server and kills it after so long, wherever it is then.
    pub async fn cut_short(data: &Path, after: Duration) {
        let process = spawn(data, "127.0.0.1:0", &[], &Printed::default());
        tokio::time::sleep(after).await;
        drop(process);
    }

    /// The tenant of the first start.
    pub fn demo(&self) -> &Tenant {
        &self.demo
    }

    pub async fn portal(&self) -> Portal {
        self.demo.portal().await
    }

    pub async fn engine(&self) -> Engine {
        self.demo.engine().await
    }

    pub async fn streaming(&self) -> Streaming {
        self.demo.streaming().await
    }

    pub fn messaging(&self) -> Messaging {
        self.demo.messaging()
    }

    /// Calls without a token.
    pub fn http(&self) -> Http {
        Http::new(self.demo.base())
    }

    /// Another tenant, made by the command line beside the running server.
    pub async fn another_tenant(&self, name: &str) -> Tenant {
        let output = switchboard(&self.variables)
            .args(["tenant", "create", name, "--json", "--data"])
            .arg(self.data.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let credentials: Value = serde_json::from_slice(&output.stdout).unwrap();
        let tenant = Tenant::new(self.demo.base(), credentials);
        eventually("a token of the new tenant", async || tenant.try_token("portal").await.ok()).await;
        tenant
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the server keeps its data.
    pub fn data(&self) -> PathBuf {
        self.data.path().to_owned()
    }

    /// Bytes of memory that are the server's own: what it has made, without what it has of files.
    pub fn own_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// What the server has printed and logged so far.
    pub fn printed(&self) -> String {
        self.printed.text()
    }

    /// Waits until so many polls wait for events.
    pub async fn sees_polls_waiting(&self, count: usize) {
        let line = format!("\npolls_waiting {count}\n");
        let http = self.http();
        eventually("waiting polls", async || http.get("/metrics").await.text.contains(&line).then_some(()))
            .await;
    }

    /// Kills the server as a crash would: nothing is said, nothing is flushed.
    pub fn kill(&mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }

    /// Starts the server again at the same address, after it was killed or stopped.
    pub async fn restart(&mut self) {
        for _ in 0..RESTARTS {
            let listen = self.address.to_string();
            self.process = spawn(self.data.path(), &listen, &self.variables, &self.printed);
            if self.becomes_ready().await {
                return;
            }
            assert!(self.printed().contains("cannot listen"), "no restart:\n{}", self.printed());
        }
        panic!("port {} stayed taken", self.address.port());
    }

    /// Starts the server again on another port; its address.
    pub async fn restart_elsewhere(&mut self) -> String {
        let old = self.demo.base().to_owned();
        self.process = spawn(self.data.path(), "127.0.0.1:0", &self.variables, &self.printed);
        eventually("a new address", async || {
            let credentials = read_credentials(&self.data.path().join("credentials.json"))?;
            let base = credentials["baseUrl"].as_str()?.to_owned();
            (base != old).then_some(base)
        })
        .await
    }

    /// What `credentials.json` says now.
    pub fn credentials_file(&self) -> Value {
        read_credentials(&self.data.path().join("credentials.json")).unwrap()
    }

    /// Kills the server and starts it again.
    pub async fn crash(&mut self) {
        self.kill();
        self.restart().await;
    }

    /// Asks the server to stop and does not wait.
    pub fn terminate(&self) {
        let id = Pid::from_child(&self.process.0);
        kill_process(id, Signal::TERM).unwrap();
    }

    /// Waits until the process has ended by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        eventually("the end of the process", async || self.process.0.try_wait().unwrap()).await
    }

    /// Stops the server in order; it has to end well, and within `bound`.
    pub async fn stop(&mut self, bound: Duration) {
        let started = Instant::now();
        self.terminate();
        let status = self.ended().await;
        assert_eq!(status.code(), Some(0), "{}", self.printed());
        assert!(started.elapsed() < bound, "stopping took {:?}", started.elapsed());
    }

    /// Waits for `/readyz`; `false` when the process ended instead.
    async fn becomes_ready(&mut self) -> bool {
        let http = self.http();
        eventually("readiness", async || {
            if self.process.0.try_wait().unwrap().is_some() {
                return Some(false);
            }
            let answer = http.try_send("GET", "/readyz", None, "").await.ok()?;
            (answer.status == 200).then_some(true)
        })
        .await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "shown with the failed test")]
            {
                eprintln!("--- the server said:\n{}---", self.printed.text());
            }
        }
    }
}

fn spawn(data: &Path, listen: &str, variables: &[(String, String)], printed: &Printed) -> Process {
    let mut process = switchboard(variables)
        .args(["--listen", listen, "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    printed.follow(process.stdout.take().unwrap());
    printed.follow(process.stderr.take().unwrap());
    Process(process)
}

fn read_credentials(file: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

fn assert_still_running(process: &mut Process, printed: &Printed) {
    let status = process.0.try_wait().unwrap();
    assert!(status.is_none(), "the server ended with {status:?}:\n{}", printed.text());
}

/// Runs calls at the same time and gives their outcomes in the order of the calls.
pub async fn together<T: Send + 'static>(
    calls: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let running: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    let mut outcomes = Vec::with_capacity(running.len());
    for call in running {
        outcomes.push(within("a call", call).await.unwrap());
    }
    outcomes
}
