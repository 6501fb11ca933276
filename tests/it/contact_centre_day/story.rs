//! The story as it is written down, and what each place hears of it. It must not know how anything is heard.

/// The day as it should be told.
const STORY: &str = include_str!("story.txt");

/// A place where the story is heard.
#[derive(Clone, Debug)]
pub enum Place {
    /// The business's side of a conversation.
    Conversation(&'static str),
    /// The customer's side of a conversation.
    Customer(&'static str),
    /// What is for one agent, in all conversations.
    Inbox(&'static str),
    /// As [`Inbox`](Self::Inbox), of an agent who hears its own words again.
    EchoingInbox(&'static str),
    /// The record of a conversation.
    History(&'static str),
    /// The streaming sessions of an agent.
    Sessions(&'static str),
}

/// One line of the story.
enum Line {
    /// Somebody said something.
    Said(Said),
    /// Something became of a conversation.
    Told { conversation: &'static str, agent: &'static str, news: &'static str },
}

struct Said {
    whole: &'static str,
    conversation: &'static str,
    from: &'static str,
    to: &'static str,
    what: &'static str,
}

impl Said {
    /// Typing and marks of what was seen: gone when they were heard.
    fn is_passing(&self) -> bool {
        self.what == "(seen)" || self.what.starts_with("(typing")
    }

    /// Whether the sender hears it again, if it wants to. A command is no activity, and neither is what it moves.
    fn is_echoed(&self) -> bool {
        !self.is_passing() && !self.what.starts_with("(hubster.handover")
    }

    fn concerns_customer(&self) -> bool {
        CUSTOMERS.contains(&self.from) || CUSTOMERS.contains(&self.to)
    }

    /// The words that a customer or somebody for a customer said: no events.
    fn is_words(&self) -> bool {
        self.concerns_customer() && !self.what.starts_with('(')
    }

    fn in_words(&self) -> String {
        spoken(self.conversation, self.from, self.what)
    }

    /// What the rule and the phrases of an alert are, in words.
    fn alert(&self) -> Option<String> {
        let inner = self.what.strip_prefix("(hubster.alert: ")?.strip_suffix(')')?;
        let (rule, phrases) = inner.split_once(", ")?;
        Some(spoken(self.conversation, rule, phrases))
    }
}

/// Those for whom all of it is done.
const CUSTOMERS: [&str; 2] = ["Ada", "Ben"];

/// A text as sessions tell it.
pub fn spoken(conversation: &str, who: &str, words: &str) -> String {
    format!("{conversation} | {who} | {words}")
}

/// What became of a conversation, as sessions tell it.
pub fn news(conversation: &str, event_type: &str) -> String {
    format!("{conversation} | {event_type}")
}

/// Something said, as everybody else is told it.
pub fn said(conversation: &str, from: &str, to: &str, what: &str) -> String {
    format!("{conversation} | {from} > {to} | {what}")
}

/// Whatever was heard is what the story says, at every place.
pub fn assert_told(heard: &[(Place, Vec<String>)]) {
    for (place, lines) in heard {
        let (lines, story) = (lines.join("\n"), heard_at(place).join("\n"));
        assert!(lines == story, "at {place:?}\n--- heard:\n{lines}\n--- the story:\n{story}");
    }
}

/// What is heard of the story at a place, line by line.
fn heard_at(place: &Place) -> Vec<String> {
    let is_heard = |said: &Said| match place {
        Place::Conversation(conversation) => said.conversation == *conversation,
        Place::History(conversation) => said.conversation == *conversation && !said.is_passing(),
        Place::Customer(conversation) => said.conversation == *conversation && said.concerns_customer(),
        Place::Inbox(agent) => said.to == *agent,
        Place::EchoingInbox(agent) => said.to == *agent || (said.from == *agent && said.is_echoed()),
        Place::Sessions(_) => false,
    };
    match place {
        Place::Sessions(agent) => told_to(agent),
        _ => said_in(&lines()).filter(|said| is_heard(said)).map(|said| said.whole.to_owned()).collect(),
    }
}

/// An agent's sessions hear what becomes of conversations, and while the agent has one every word of it.
fn told_to(reader: &str) -> Vec<String> {
    let lines = lines();
    let (mut told, mut has) = (Vec::new(), Vec::new());
    for (at, line) in lines.iter().enumerate() {
        match line {
            Line::Told { conversation, agent, news: what } if *agent == reader => {
                told.extend(event_types(what).iter().map(|event_type| news(conversation, event_type)));
                has.retain(|other| other != conversation);
                if what.starts_with("offered") || *what == "active" {
                    has.push(*conversation);
                }
                if what.ends_with("with the past") {
                    let past = said_in(&lines[..at]).filter(|said| said.conversation == *conversation);
                    told.extend(past.filter(|said| said.is_words()).map(Said::in_words));
                }
            }
            Line::Said(said) if has.contains(&said.conversation) => {
                told.extend(said.alert());
                // The platform's own words are heard where they were said, and as the past.
                told.extend((said.is_words() && said.from != "Hubster").then(|| said.in_words()));
            }
            _ => {}
        }
    }
    told
}

fn event_types(news: &str) -> &'static [&'static str] {
    match news {
        "offered" | "offered with the past" => &["messaging.EntityAdded", "engagementCenter.ScreenPop"],
        "active" => &["engagementCenter.Active"],
        "transferred" => &["engagementCenter.InteractionTransferred"],
        "closed" => &["engagementCenter.InteractionClear", "engagementCenter.Wrap", "engagementCenter.Idle"],
        other => panic!("no news: {other}"),
    }
}

fn said_in(lines: &[Line]) -> impl Iterator<Item = &Said> {
    lines.iter().filter_map(|line| match line {
        Line::Said(said) => Some(said),
        Line::Told { .. } => None,
    })
}

fn lines() -> Vec<Line> {
    STORY.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(read).collect()
}

fn read(whole: &'static str) -> Line {
    let parts: Vec<_> = whole.splitn(3, " | ").collect();
    let [conversation, who, what] = parts[..] else { panic!("no line of a story: {whole}") };
    match (who.strip_prefix("* "), who.split_once(" > ")) {
        (Some(agent), _) => Line::Told { conversation, agent, news: what },
        (None, Some((from, to))) => Line::Said(Said { whole, conversation, from, to, what }),
        (None, None) => panic!("no line of a story: {whole}"),
    }
}
