//! What runs an example: it is written into a folder, together with a program that asks it about each case.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A language's runtime.
pub(super) struct Runtime {
    command: &'static str,
    /// What it is started with to run the program.
    arguments: &'static [&'static str],
    /// The file that the example goes into.
    example: &'static str,
    /// Further files: the program, and what it takes to run it.
    files: &'static [(&'static str, &'static str)],
    /// Whether a continuous integration machine has it.
    expected: Expected,
}

#[derive(PartialEq)]
enum Expected {
    Always,
    Perhaps,
}

pub(super) const PYTHON: Runtime = Runtime {
    command: "python3",
    arguments: &["-B", "main.py"],
    example: "receiver.py",
    files: &[("main.py", include_str!("main.py"))],
    expected: Expected::Always,
};

pub(super) const NODE: Runtime = Runtime {
    command: "node",
    arguments: &["main.js"],
    example: "receiver.js",
    files: &[("main.js", include_str!("main.js")), ("package.json", "{\"type\": \"module\"}")],
    expected: Expected::Always,
};

pub(super) const DOTNET: Runtime = Runtime {
    command: "dotnet",
    arguments: &["run"],
    example: "Receiver.cs",
    files: &[("Program.cs", include_str!("Program.cs")), ("Example.csproj", include_str!("Example.csproj"))],
    expected: Expected::Perhaps,
};

impl Runtime {
    #[expect(clippy::disallowed_methods, reason = "nothing of the product is configured by it")]
    pub(super) fn is_here(&self) -> bool {
        let version = Command::new(self.command).arg("--version").stdout(Stdio::null()).status();
        let is_here = version.is_ok_and(|status| status.success());
        let is_needed = self.expected == Expected::Always && std::env::var_os("CI").is_some();
        assert!(is_here || !is_needed, "missing: {}", self.command);
        is_here
    }

    /// What the program prints of its input.
    pub(super) fn run(&self, example: &str, input: &str) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        self.write(folder.path(), example);
        let mut process = Command::new(self.command)
            .args(self.arguments)
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the runtime starts");
        let mut standard_input = process.stdin.take().expect("it is piped");
        standard_input.write_all(input.as_bytes()).expect("the program reads");
        drop(standard_input);
        let output = process.wait_with_output().expect("the program ends");
        assert!(output.status.success(), "{}: {}", self.example, output.status);
        String::from_utf8(output.stdout).expect("the program prints text")
    }

    fn write(&self, folder: &Path, example: &str) {
        let files = self.files.iter().copied().chain([(self.example, example)]);
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("the folder can be written to");
        }
    }
}
