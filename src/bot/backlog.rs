//! What of a conversation a bot has not answered, found out from the conversation itself.
//! It must not know what the answers are.

use serde::Deserialize;

use super::wording::Reference;
use crate::domain::ids::IntegrationId;
use crate::domain::integration::IntegrationType;
use crate::store::ActivityRecord;

/// Something that a customer said to the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// Its place in the conversation.
    pub(super) event_id: i64,
    /// The text; none when it was something else, such as a picture.
    pub(super) text: Option<String>,
    /// What it has of an answer already: a bot may have been killed between two parts, and may have known another
    /// answer than now.
    pub(super) said: Vec<Reference>,
}

/// The questions without an answer, the oldest first.
pub(super) struct Backlog {
    bot: IntegrationId,
    open: Vec<Question>,
    /// How far the conversation was read.
    read: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    external_id: Option<String>,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    text: Option<String>,
}

impl Backlog {
    /// Nothing read after `after` yet.
    pub(super) fn new(bot: IntegrationId, after: i64) -> Self {
        Self { bot, open: Vec::new(), read: after }
    }

    /// How far the conversation was read, as the `eventId` of the last activity.
    pub(super) fn read(&self) -> i64 {
        self.read
    }

    /// Reads the next activity. An agent who speaks has the conversation, and with it all that was asked.
    pub(super) fn take(&mut self, record: &ActivityRecord) {
        self.read = record.event_id;
        match record.sender_kind {
            IntegrationType::Customer if self.is_asked(record) => self.ask(record),
            IntegrationType::Bot if record.sender == self.bot => self.answer(record),
            IntegrationType::Agent => self.open.clear(),
            _ => {}
        }
    }

    /// What is said while nobody has the conversation is for whoever gets it.
    fn is_asked(&self, record: &ActivityRecord) -> bool {
        record.recipient.is_none_or(|recipient| recipient == self.bot)
    }

    /// The questions without a whole answer.
    pub(super) fn into_questions(self) -> Vec<Question> {
        self.open
    }

    fn ask(&mut self, record: &ActivityRecord) {
        // An event asks for nothing.
        if let Some(Said { message: Some(message), .. }) = read(record) {
            let event_id = record.event_id;
            self.open.push(Question { event_id, text: message.text, said: Vec::new() });
        }
    }

    fn answer(&mut self, record: &ActivityRecord) {
        let reference = read(record).and_then(|said| Reference::read(&said.external_id?));
        reference.into_iter().for_each(|reference| self.note_answered(reference));
    }

    /// Part of an answer was said, or will be. Questions are answered in their order: all before this one have been.
    pub(super) fn note_answered(&mut self, reference: Reference) {
        self.open.retain(|question| match question.event_id.cmp(&reference.question) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => !reference.is_last(),
            std::cmp::Ordering::Greater => true,
        });
        if let Some(question) = self.open.first_mut().filter(|open| open.event_id == reference.question) {
            question.said.push(reference);
        }
    }
}

fn read(record: &ActivityRecord) -> Option<Said> {
    let read = serde_json::from_str(&record.body);
    read.inspect_err(|error| tracing::error!(%error, "a bot could not read what was said")).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::clock::Millis;
    use crate::domain::ids::{ConversationId, TenantId};
    use crate::domain::order::Position;

    struct Talk {
        bot: IntegrationId,
        said: Vec<ActivityRecord>,
    }

    impl Talk {
        fn new() -> Self {
            Self { bot: IntegrationId::new(), said: Vec::new() }
        }

        fn add(&mut self, kind: IntegrationType, sender: IntegrationId, to: IntegrationId, body: Value) {
            let event_id = self.said.len() as i64 + 1;
            self.said.push(ActivityRecord {
                tenant: TenantId::new(),
                position: Position(event_id as u64),
                conversation: ConversationId::new(),
                event_id,
                sender,
                sender_kind: kind,
                recipient: Some(to),
                recipient_kind: None,
                echo: None,
                taken: Millis(0),
                body: body.to_string().into(),
            });
        }

        fn customer(mut self, body: Value) -> Self {
            self.add(IntegrationType::Customer, IntegrationId::new(), self.bot, body);
            self
        }

        fn asks(self, text: &str) -> Self {
            self.customer(json!({"message": {"type": "text", "text": text}}))
        }

        fn bot(mut self, question: i64, part: usize, parts: usize) -> Self {
            let reference = Reference { question, part, parts }.to_string();
            let body = json!({"externalId": reference, "message": {"type": "text", "text": "so"}});
            self.add(IntegrationType::Bot, self.bot, IntegrationId::new(), body);
            self
        }

        fn agent(mut self) -> Self {
            let body = json!({"message": {"type": "text", "text": "hello"}});
            self.add(IntegrationType::Agent, IntegrationId::new(), IntegrationId::new(), body);
            self
        }

        /// The questions without an answer, each with the part of one that it had last.
        fn open(&self) -> Vec<(i64, Option<usize>)> {
            let mut backlog = Backlog::new(self.bot, 0);
            self.said.iter().for_each(|record| backlog.take(record));
            let open = backlog.into_questions().into_iter();
            open.map(|one| (one.event_id, one.said.last().map(|reference| reference.part))).collect()
        }
    }

    #[test]
    fn what_was_asked_and_not_answered_is_open_in_its_order() {
        assert_eq!(Talk::new().asks("a").asks("b").open(), [(1, None), (2, None)]);
        assert_eq!(Talk::new().asks("a").asks("b").bot(1, 1, 1).open(), [(2, None)]);
        assert_eq!(Talk::new().asks("a").asks("b").bot(1, 1, 1).bot(2, 1, 1).open(), []);
    }

    #[test]
    fn half_an_answer_leaves_the_question_open_with_what_it_has() {
        assert_eq!(Talk::new().asks("a").bot(1, 1, 3).bot(1, 2, 3).open(), [(1, Some(2))]);
        assert_eq!(Talk::new().asks("a").bot(1, 1, 2).bot(1, 2, 2).open(), []);
    }

    #[test]
    fn what_comes_after_the_answered_question_is_open_and_nothing_before_it() {
        assert_eq!(Talk::new().asks("a").asks("b").asks("c").bot(2, 1, 1).open(), [(3, None)]);
    }

    #[test]
    fn an_agent_who_speaks_settles_all_that_was_asked_before() {
        assert_eq!(Talk::new().asks("a").agent().open(), []);
        assert_eq!(Talk::new().asks("a").agent().asks("b").open(), [(3, None)]);
    }

    #[test]
    fn events_ask_nothing_and_pictures_ask_without_a_text() {
        let event = json!({"event": {"type": "payload", "payloadType": "x", "payload": {}}});
        let picture = json!({"message": {"type": "image", "url": "https://example.com/a.png"}});
        let talk = Talk::new().customer(event).customer(picture);
        assert_eq!(talk.open(), [(2, None)]);
    }

    #[test]
    fn what_was_asked_while_nobody_had_the_conversation_is_open() {
        let mut talk = Talk::new().asks("a").asks("b");
        talk.said[0].recipient = None;
        assert_eq!(talk.open(), [(1, None), (2, None)]);
    }

    #[test]
    fn what_others_are_asked_or_say_is_none_of_the_bots_business() {
        let mut talk = Talk::new();
        let (other, body) =
            (IntegrationId::new(), json!({"message": {"text": "a"}, "externalId": "faq-1-1-1"}));
        talk.add(IntegrationType::Customer, IntegrationId::new(), other, body.clone());
        let mut talk = talk.asks("b");
        talk.add(IntegrationType::Bot, other, IntegrationId::new(), body);
        assert_eq!(talk.open(), [(2, None)]);
    }
}
