//! A command as it is written: a line that begins with `::` (platform documentation §12.4.13), read into what it asks
//! for. It must not know who gives it, nor what there is to be found.
//!
//! A line is the command's name and words. Spaces part words; between quotation marks, double or single, they do not.
//! A backslash takes the next character for what it is, but for one between single marks. A word that begins with a
//! dash and is neither quoted nor escaped there is an option. Names and options are read in any case of letters.

use std::iter::Peekable;
use std::str::Chars;
use std::vec::IntoIter;

use crate::domain::command::COMMAND_MARK;

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Instruction {
    /// `::resp -n NAME`: say what was prepared under this name.
    Respond {
        /// The response command's name.
        name: String,
    },
    /// `::trans [-force] -n NAME`: send the web chat to the page of this name.
    Transfer {
        /// The transfer command's name.
        name: String,
        /// Whether the page is opened without the customer's doing.
        force: Force,
    },
    /// `::list [CATEGORY]`: show what can be given.
    List {
        /// Only what is of this category.
        category: Option<String>,
    },
    /// `::takeover`: the agent has the conversation from now on.
    TakeOver,
    /// `::handover [-t TEAM] [-s SKILL].. [-r REASON]`: somebody else has it from now on.
    HandOver {
        /// Only agents of this team.
        team: Option<String>,
        /// Only agents with these skills.
        skills: Vec<String>,
        /// Told to whoever gets it.
        reason: Option<String>,
    },
    /// `::close`: the conversation is over.
    Close,
    /// `::help`: tell what can be asked for.
    Help,
}

/// Whether a transfer waits for the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Force {
    /// The page is opened at once.
    AtOnce,
    /// The customer follows a link.
    ByLink,
}

/// Why a line cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineFault {
    /// Nothing follows the mark.
    #[error("A command needs a name after the colons, such as ::help.")]
    NoName,
    /// There is no command of that name.
    #[error("There is no command ::{0}. ::help shows all there are.")]
    Unknown(String),
    /// The command is written otherwise.
    #[error("This command is written {0}")]
    Usage(&'static str),
    /// A quotation mark is opened and not closed, or a backslash is the last character.
    #[error("A quotation mark is not closed, or nothing follows the last backslash.")]
    Unended,
}

/// How each command is written, and what it does: what `::help` shows, and what a wrong line is answered with.
pub(super) const USAGES: [(&str, &str); 7] = [
    (USAGE_RESPOND, "Says what was prepared under this name."),
    (USAGE_TRANSFER, "Sends the customer's web chat to another page; -force does not wait for the customer."),
    (USAGE_LIST, "Shows the responses and transfers of the hub."),
    (USAGE_TAKE_OVER, "Makes the conversation yours."),
    (USAGE_HAND_OVER, "Gives the conversation back to the bot, or to other agents."),
    (USAGE_CLOSE, "Closes the conversation."),
    (USAGE_HELP, "Shows these lines."),
];
const USAGE_RESPOND: &str = "::resp -n NAME";
const USAGE_TRANSFER: &str = "::trans [-force] -n NAME";
const USAGE_LIST: &str = "::list [CATEGORY]";
const USAGE_TAKE_OVER: &str = "::takeover";
const USAGE_HAND_OVER: &str = "::handover [-t TEAM] [-s SKILL].. [-r REASON]";
const USAGE_CLOSE: &str = "::close";
const USAGE_HELP: &str = "::help";

/// Reads a line.
///
/// # Errors
/// [`LineFault`], also for a text that is no command.
pub(super) fn read(text: &str) -> Result<Instruction, LineFault> {
    let rest = text.strip_prefix(COMMAND_MARK).ok_or(LineFault::NoName)?;
    let mut words = Words { rest: rest.chars().peekable() };
    let name = match words.next().transpose()? {
        Some(word) if !word.text.is_empty() && !rest.starts_with(char::is_whitespace) => word.text,
        _ => return Err(LineFault::NoName),
    };
    let words: Vec<Word> = words.collect::<Result<_, _>>()?;
    let words = words.into_iter();
    match name.to_lowercase().as_str() {
        "resp" => respond(words).ok_or(LineFault::Usage(USAGE_RESPOND)),
        "trans" => transfer(words).ok_or(LineFault::Usage(USAGE_TRANSFER)),
        "list" => list(words).ok_or(LineFault::Usage(USAGE_LIST)),
        "handover" => hand_over(words).ok_or(LineFault::Usage(USAGE_HAND_OVER)),
        "takeover" => alone(words, Instruction::TakeOver).ok_or(LineFault::Usage(USAGE_TAKE_OVER)),
        "close" => alone(words, Instruction::Close).ok_or(LineFault::Usage(USAGE_CLOSE)),
        "help" => alone(words, Instruction::Help).ok_or(LineFault::Usage(USAGE_HELP)),
        _ => Err(LineFault::Unknown(name)),
    }
}

fn respond(mut words: IntoIter<Word>) -> Option<Instruction> {
    let mut name = None;
    while let Some(word) = words.next() {
        match word.option()?.as_str() {
            "-n" => set(&mut name, words.next()?)?,
            _ => return None,
        }
    }
    Some(Instruction::Respond { name: name? })
}

fn transfer(mut words: IntoIter<Word>) -> Option<Instruction> {
    let (mut name, mut force) = (None, Force::ByLink);
    while let Some(word) = words.next() {
        match word.option()?.as_str() {
            "-n" => set(&mut name, words.next()?)?,
            "-force" => force = Force::AtOnce,
            _ => return None,
        }
    }
    Some(Instruction::Transfer { name: name?, force })
}

fn list(words: IntoIter<Word>) -> Option<Instruction> {
    // A category of several words is found without marks around it as well.
    let words: Vec<_> = words.map(|word| word.text).collect();
    let category = words.join(" ");
    Some(Instruction::List { category: (!category.is_empty()).then_some(category) })
}

fn hand_over(mut words: IntoIter<Word>) -> Option<Instruction> {
    let (mut team, mut skills, mut reason) = (None, Vec::new(), None);
    while let Some(word) = words.next() {
        match word.option()?.as_str() {
            "-t" => set(&mut team, words.next()?)?,
            "-s" => skills.push(words.next()?.value()?),
            "-r" => set(&mut reason, words.next()?)?,
            _ => return None,
        }
    }
    Some(Instruction::HandOver { team, skills, reason })
}

/// The instruction, when no words follow.
fn alone(mut words: IntoIter<Word>, instruction: Instruction) -> Option<Instruction> {
    words.next().is_none().then_some(instruction)
}

/// Gives a value to an option that had none.
fn set(option: &mut Option<String>, word: Word) -> Option<()> {
    if option.is_some() {
        return None;
    }
    *option = Some(word.value()?);
    Some(())
}

/// One word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: String,
    /// Whether its first character was quoted or escaped.
    is_literal: bool,
}

impl Word {
    /// The option that it is, in lower case.
    fn option(&self) -> Option<String> {
        (!self.is_literal && self.text.starts_with('-')).then(|| self.text.to_lowercase())
    }

    /// The value that it is: neither an option nor nothing.
    fn value(self) -> Option<String> {
        (self.option().is_none() && !self.text.is_empty()).then_some(self.text)
    }
}

/// The words of a line, one after the other.
struct Words<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Iterator for Words<'_> {
    type Item = Result<Word, LineFault>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
        let first = *self.rest.peek()?;
        let word = self.word().map(|text| Word { text, is_literal: matches!(first, '"' | '\'' | '\\') });
        Some(word.ok_or(LineFault::Unended))
    }
}

impl Words<'_> {
    /// The text up to the next space that is neither quoted nor escaped.
    fn word(&mut self) -> Option<String> {
        let mut text = String::new();
        while let Some(c) = self.rest.next_if(|c| !c.is_whitespace()) {
            match c {
                '\\' => text.push(self.rest.next()?),
                '"' | '\'' => self.quoted(c, &mut text)?,
                _ => text.push(c),
            }
        }
        Some(text)
    }

    /// What stands up to the closing mark.
    fn quoted(&mut self, mark: char, text: &mut String) -> Option<()> {
        loop {
            match self.rest.next()? {
                c if c == mark => return Some(()),
                '\\' if mark == '"' => text.push(self.rest.next()?),
                c => text.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests;
