//! Every error code of the documents (platform documentation §14) with its status: a call that is told it, or why no
//! call can be. A code of the broker's that stands nowhere here is a mistake, and so is one that stands here twice.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use switchboard::api::platform::codes::{Code, Family, eng, prt, shared};

use super::{Names, UNKNOWN, one_of_each};
use crate::harness::{Answer, Http, Mood, Plugin, PluginMood, Server, StandIn, Visitor, from, text};
use crate::limits::Wire;

/// A row of a table.
struct Row {
    code: &'static str,
    status: u16,
    told: Told,
}

/// How a client comes to see a code.
enum Told {
    /// By this call; without a body when there is none.
    To(Who, &'static str, &'static str, Option<&'static str>),
    /// By this call of the engine, whose body does not come.
    Late(&'static str, &'static str),
    /// By this line, which the agent of a conversation gives; it hears the code, and its call is well.
    Line(&'static str, &'static str),
    /// In no way, for this reason.
    Never(&'static str),
}

/// Who calls.
#[derive(Clone, Copy)]
enum Who {
    Nobody,
    Portal,
    Engine,
    /// A visitor of a web chat.
    Visitor,
}

const FAILURE: &str = "it tells of a failure of the broker's own, which no call can bring about";
const NOTHING_STAYS: &str = "what ends leaves nothing that could be asked for";
const ALL_IS_DONE: &str = "every documented call is implemented";
const NO_STATE: &str = "no documented call depends on a state for which there is no code of its own";
const NO_ABORT: &str = "nothing that was begun for a caller is broken off and answered";
const OWN_FORMATS: &str = "each argument has a code for its own format";
const ONE_BY_ONE: &str = "each date is told by itself";
const NO_POSITIVE: &str = "nothing has to be above zero and has no other bound";
const NO_SEARCH: &str = "there are no searches";
const NO_GUIDS: &str = "no body of the portal holds a GUID";
const NO_DATES: &str = "the engine takes no dates";
const ON_THE_COMMAND_LINE: &str = "tenants are made on the command line, which says it in words";
const NO_ACCOUNTS: &str =
    "tenants can neither be wrong, disabled nor on trial: without one there is no token";
const NOBODY_IS_CALLED: &str =
    "of what the engine calls only plug-ins are waited for, and what they cannot answer is said or held";
const NO_SPARKS: &str = "there are no message sparks";
const NO_FILES: &str = "there are no uploads";

#[rustfmt::skip]
const ROWS: &[Row] = {
    use Told::{Late, Line, Never, To};
    use Who::{Engine, Nobody, Portal, Visitor};
    const fn row(code: &'static str, status: u16, told: Told) -> Row {
        Row { code, status, told }
    }
    &[
        row("IDT000100", 500, Never(FAILURE)),

        row("PRT000100", 500, Never(FAILURE)),
        row("PRT000101", 403, To(Engine, "GET", "/api/v1/hubs", None)),
        row("PRT000102", 401, To(Nobody, "GET", "/api/v1/hubs", None)),
        row("PRT000103", 501, Never(ALL_IS_DONE)),
        row("PRT000104", 410, Never(NOTHING_STAYS)),
        row("PRT000105", 404, To(Portal, "GET", "/api/v1/nothing", None)),
        row("PRT000106", 409, To(Portal, "POST", "/api/v1/teams", Some(r#"{"teamId": "{team}", "name": "x"}"#))),
        row("PRT000107", 417, Never(NO_STATE)),
        row("PRT000108", 408, To(Portal, "POST", "/api/v1/integrations/hubs/{hub}", Some(
            r#"{"name": "x", "channelId": "Messenger", "configuration": {"pageAccessToken": "EAA1"}}"#))),
        row("PRT000109", 417, Never(NO_ABORT)),
        row("PRT000110", 403, To(Portal, "DELETE", "/api/v1/tenants/clients/{portal client}/tokens/1", None)),
        row("PRT000200", 400, Never("no documented argument of the portal is required")),
        row("PRT000201", 400, To(Portal, "GET", "/api/v1/users/%FF", None)),
        row("PRT000202", 400, Never(OWN_FORMATS)),
        row("PRT000203", 400, To(Portal, "GET", "/api/v1/hubs/17", None)),
        row("PRT000204", 400, To(Portal, "POST", "/api/v1/tenants/clients/{client}/tokens", Some(
            r#"{"name": "x", "expiration": "soon"}"#))),
        row("PRT000205", 400, Never(ONE_BY_ONE)),
        row("PRT000206", 400, To(Portal, "PUT", "/api/v1/hubs/{hub}", Some(r#"{"statusId": 2001}"#))),
        row("PRT000207", 400, To(Portal, "GET", "/api/v1/hubs?pageSize=101", None)),
        row("PRT000208", 400, Never(NO_POSITIVE)),
        row("PRT000209", 400, To(Portal, "GET", "/api/v1/hubs?pageNumber=-1", None)),
        row("PRT000210", 400, To(Portal, "GET", "/api/v1/hubs?pageSize=ten", None)),
        row("PRT000211", 400, To(Portal, "POST", "/api/v1/users", Some(r#"{"name": "x", "email": "x"}"#))),
        row("PRT000212", 400, Never(NO_SEARCH)),
        row("PRT000300", 400, To(Portal, "POST", "/api/v1/hubs", Some(""))),
        row("PRT000301", 400, To(Portal, "POST", "/api/v1/hubs", Some(r#"{"name": "x"}"#))),
        row("PRT000302", 400, To(Portal, "POST", "/api/v1/hubs", Some(r#"{"name": 5}"#))),
        row("PRT000303", 400, To(Portal, "POST", "/api/v1/integrations/hubs/{hub}", Some(r#"{"channelId": "Fax"}"#))),
        row("PRT000304", 400, To(Portal, "PUT", "/api/v1/commands/responses/{response}", Some(
            r#"{"responses": [{"type": "location", "latitude": "north", "longitude": 1}]}"#))),
        row("PRT000305", 400, Never(NO_GUIDS)),
        row("PRT000306", 400, To(Portal, "POST", "/api/v1/integrations/hubs/{hub}", Some(
            r#"{"channelId": "WebChat", "configuration": {"allowedOrigins": []}}"#))),
        row("PRT000307", 400, To(Portal, "PUT", "/api/v1/commands/responses/{response}", Some(
            r#"{"responses": [{"type": "text", "text": " "}]}"#))),
        row("PRT000308", 400, To(Portal, "PUT", "/api/v1/commands/responses/{response}", Some(
            r#"{"responses": [{"type": "location"}]}"#))),
        row("PRT000400", 400, Never(ON_THE_COMMAND_LINE)),
        row("PRT000401", 400, To(Portal, "POST", "/api/v1/users", Some(r#"{"userId": "{user}", "name": "x"}"#))),
        row("PRT000599", 404, To(Portal, "GET", "/api/v1/users/nobody", None)),
        row("PRT000600", 400, To(Portal, "POST", "/api/v1/hubs", Some(r#"{"name": "hub 1", "description": "d"}"#))),
        row("PRT000699", 404, To(Portal, "GET", "/api/v1/hubs/{unknown}", None)),
        row("PRT000700", 400, To(Portal, "POST", "/api/v1/integrations/hubs/{hub}", Some(
            r#"{"name": "present", "channelId": "Bot", "configuration": {"faq": true}}"#))),
        row("PRT000701", 400, To(Portal, "POST", "/api/v1/integrations/hubs/{hub}", Some(
            r#"{"name": "x", "channelId": "Telegram", "configuration": {"botToken": "1:taken"}}"#))),
        row("PRT000799", 404, To(Portal, "GET", "/api/v1/integrations/{unknown}", None)),

        row("ENG000100", 500, Never(FAILURE)),
        row("ENG000101", 403, To(Portal, "GET", "/api/v1/conversations/{conversation}", None)),
        row("ENG000102", 401, To(Nobody, "GET", "/api/v1/conversations/{conversation}", None)),
        row("ENG000103", 501, Never(ALL_IS_DONE)),
        row("ENG000104", 410, To(Engine, "POST", "/inbound/customer/v1/direct/activity/{closed}", Some(SAYS))),
        row("ENG000105", 404, To(Engine, "GET", "/inbound/nothing", None)),
        row("ENG000106", 409, Never("what is established twice is the same conversation")),
        row("ENG000107", 417, Never(NO_STATE)),
        row("ENG000108", 408, Late("POST", "/api/v1/conversations/establish")),
        row("ENG000109", 417, Never(NO_ABORT)),
        row("ENG000110", 403, To(Visitor, "GET", "/api/v1/interactions/activities/{chat}?type=Agent", None)),
        row("ENG000200", 400, To(Engine, "GET", "/api/v1/interactions/activities/{conversation}", None)),
        row("ENG000201", 400, To(Engine, "POST", "/api/v1/conversations/establish", Some("[]"))),
        row("ENG000202", 400, Never(OWN_FORMATS)),
        row("ENG000203", 400, To(Engine, "GET", "/api/v1/conversations/17", None)),
        row("ENG000204", 400, Never(NO_DATES)),
        row("ENG000205", 400, Never(NO_DATES)),
        row("ENG000206", 400, To(Engine, "GET", "/api/v1/interactions/activities/{conversation}?type=System", None)),
        row("ENG000207", 400, To(Engine, "POST", "/api/v1/conversations/establish", Some(
            r#"{"integrationId": "{customer}", "channelType": "Direct", "binding": "{long}"}"#))),
        row("ENG000208", 400, Never(NO_POSITIVE)),
        row("ENG000209", 400, To(Engine, "GET", "/api/v1/interactions/activities/{conversation}?type=Bot&leid=-1", None)),
        row("ENG000210", 400, To(Engine, "GET", "/api/v1/interactions/activities/{conversation}?type=Bot&leid=x", None)),
        row("ENG000211", 400, Never("the engine takes no addresses of mail")),
        row("ENG000212", 400, Never(NO_SEARCH)),
        row("ENG002000", 400, Never(NO_ACCOUNTS)),
        row("ENG002001", 400, Never(NO_ACCOUNTS)),
        row("ENG002002", 400, Never(NO_ACCOUNTS)),
        row("ENG003000", 400, To(Engine, "POST", "/api/v1/conversations/establish", Some(""))),
        row("ENG003001", 400, To(Engine, "POST", "/api/v1/conversations/establish", Some("{}"))),
        row("ENG003002", 400, To(Engine, "POST", "/api/v1/conversations/establish", Some(r#"{"integrationId": "x"}"#))),
        row("ENG005000", 400, To(Engine, "POST", SAY, Some(""))),
        row("ENG005001", 400, To(Engine, "POST", SAY, Some(r#"{"message": {"type": "text", "text": "x"}}"#))),
        row("ENG005002", 400, To(Engine, "POST", SAY, Some(
            r#"{"type": "action", "message": {"type": "text", "text": "x"}}"#))),
        row("ENG005003", 400, To(Engine, "POST", SAY, Some(r#"{"type": "message"}"#))),
        row("ENG005004", 400, To(Engine, "POST", SAY, Some(
            r#"{"type": "message", "message": {"type": "text", "text": "x"}, "event": {"type": "seen"}}"#))),
        row("ENG005015", 400, To(Engine, "POST", SAY, Some(
            r#"{"type": "message", "message": {"type": "text", "items": []}}"#))),
        row("ENG005020", 400, To(Engine, "POST", SAY, Some(
            r#"{"type": "event", "event": {"type": "seen"}, "sender": {"integrationId": "x"}}"#))),
        row("ENG005021", 400, To(Engine, "POST", SAY, Some(
            r#"{"type": "message", "message": {"type": "location", "latitude": "north", "longitude": 1}}"#))),
        row("ENG005023", 400, To(Engine, "POST", SAY, Some(
            r#"{"type": "message", "message": {"type": "text", "text": " "}}"#))),
        row("ENG005024", 400, To(Engine, "POST", SAY, Some(r#"{"type": "message", "message": {"type": "location"}}"#))),
        row("ENG005500", 404, To(Engine, "GET", "/api/v1/conversations/hubs/{unknown}/established", None)),
        row("ENG005501", 400, To(Engine, "POST", "/inbound/customer/v1/direct/activity/{unanswered}", Some(SAYS))),
        row("ENG006000", 404, To(Engine, "POST", "/api/v1/conversations/establish", Some(
            r#"{"integrationId": "{unknown}", "channelType": "Direct", "binding": "b"}"#))),
        row("ENG006500", 404, To(Engine, "GET", "/api/v1/conversations/{unknown}", None)),
        row("ENG006501", 400, To(Engine, "POST", "/inbound/business/v1/direct/activity/{closed}", Some(
            r#"{"type": "message", "message": {"type": "text", "text": "x"}, "sender": {"integrationId": "{agent}"}}"#))),
        row("ENG006502", 400, To(Engine, "POST", "/inbound/customer/v1/direct/activity/{muted}", Some(SAYS))),
        row("ENG006503", 400, To(Engine, "POST", "/inbound/customer/v1/direct/activity/{paused}", Some(SAYS))),
        row("ENG007500", 400, Never(NOBODY_IS_CALLED)),
        row("ENG007501", 400, Never(NOBODY_IS_CALLED)),
        row("ENG007502", 400, Never(NOBODY_IS_CALLED)),
        row("ENG007510", 400, Never(NOBODY_IS_CALLED)),
        row("ENG007511", 400, Never(NOBODY_IS_CALLED)),
        row("ENG007512", 400, To(Engine, "POST", "/inbound/customer/v1/direct/activity/{held}", Some(SAYS))),
        row("ENG008000", 400, Never(NO_SPARKS)),
        row("ENG008001", 400, Never(NO_SPARKS)),
        row("ENG008002", 400, Never(NO_SPARKS)),
        row("ENG008500", 400, Never(NO_FILES)),
        row("ENG008501", 400, Never(NO_FILES)),
        row("ENG008502", 400, Never(NO_FILES)),
        row("ENG008503", 400, Never(NO_FILES)),
        row("ENG009000", 400, Line("worded", "::")),
        row("ENG009001", 400, Line("worded", "::sing")),
        row("ENG009200", 400, Line("worded", "::resp -n unknown")),
        row("ENG009201", 400, Line("wordless", "::list")),
        row("ENG009202", 400, Line("worded", "::list unknown")),
        row("ENG009299", 400, Line("worded", "::handover")),

        row("EVT000100", 500, Never(FAILURE)),
    ]
};

const SAY: &str = "/inbound/customer/v1/direct/activity/{conversation}";
const SAYS: &str = r#"{"type": "message", "message": {"type": "text", "text": "x"}}"#;

/// A server on which every code can be met, and what rows name there.
struct Stage {
    server: Server,
    /// They answer nobody.
    _silent: (StandIn, Plugin),
    visitor: Visitor,
    names: Names,
}

impl Stage {
    async fn set() -> Self {
        let silent = StandIn::start().await;
        silent.becomes(Mood::Silent);
        let variables = silent.variables();
        let variables = variables.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        let plugins = [
            ("SWITCHBOARD_PLUGINS__ALLOW_PRIVATE", "true"),
            ("SWITCHBOARD_PLUGINS__HELD_PER_CONVERSATION", "1"),
        ];
        let variables: Vec<_> = variables.chain(plugins).collect();
        let server = Server::with(&variables).await;
        let demo = server.demo();
        let visitor = Visitor::arrive(&server.http(), &demo.integration("webchat")).await;
        let chat = visitor.establish("eve").await;
        let portal = server.portal().await;
        let names = one_of_each(demo, &portal, 1).await;
        let telegram =
            json!({"name": "t", "channelId": "Telegram", "configuration": {"botToken": "1:taken"}});
        portal.create_integration(&demo.hub(), &telegram).await.ok();
        let names = names
            .with("unknown", UNKNOWN)
            .with("long", "x".repeat(513))
            .with("team", demo.get("/team/teamId"))
            .with("user", demo.user())
            .with("portal client", demo.get("/clients/portal/client_id"))
            .with("customer", demo.integration("customer"))
            .with("agent", demo.integration("agent"))
            .with("chat", chat);
        let plugin = Plugin::start().await;
        plugin.becomes(PluginMood::Status(500));
        let holding = json!({"stages": [plugin.stage(json!({"onFailure": "hold"}))]});
        let mut stage = Self { server, _silent: (silent, plugin), visitor, names };
        stage.set_conversations().await;
        stage.set_talks(&holding).await;
        stage
    }

    /// Conversations on which something is refused, each for one reason.
    async fn set_conversations(&mut self) {
        let (portal, engine) = (self.server.portal().await, self.server.engine().await);
        let conversation = engine.establish("ada").await;
        let (paused_hub, customer, _) = portal.quiet_hub("paused").await;
        let paused = engine.establish_at(&customer, "ada").await;
        portal.put(&format!("/api/v1/hubs/{paused_hub}"), &json!({"statusId": 2002})).await.ok();
        let (_, customer, _) = portal.quiet_hub("muted").await;
        let muted = engine.establish_at(&customer, "ada").await;
        portal.set_status(&customer, 3002).await;
        let lonely = portal.hub("nobody answers").await;
        let customer = portal.direct(&lonely, "customer", json!({"integrationType": "Customer"})).await;
        let unanswered = engine.establish_at(&customer, "ada").await;
        let (ended, customer, agent) = portal.quiet_hub("ended").await;
        let closed = engine.establish_at(&customer, "ada").await;
        engine.inbound(&closed, &text("hello")).await.ok();
        engine.business(&closed, &from(&agent, text("bye"))).await.ok();
        portal.delete(&format!("/api/v1/hubs/{ended}")).await.has_status(200);
        let names = std::mem::take(&mut self.names);
        self.names = names
            .with("conversation", conversation)
            .with("paused", paused)
            .with("muted", muted)
            .with("unanswered", unanswered)
            .with("closed", closed);
    }

    /// Conversations with an agent: of a hub with commands, of one without, and of one whose plug-in has one held.
    async fn set_talks(&mut self, holding: &Value) {
        let (portal, engine) = (self.server.portal().await, self.server.engine().await);
        for name in ["worded", "wordless", "held"] {
            let (hub, customer, agent) = portal.quiet_hub(name).await;
            let conversation = engine.establish_at(&customer, "ada").await;
            engine.inbound(&conversation, &text("hello")).await.ok();
            match name {
                "worded" => {
                    let body = json!({"name": "t", "url": "https://a.example", "linkDescription": "there"});
                    portal.post(&format!("/api/v1/commands/transfers/{hub}"), &body).await.ok();
                }
                "held" => {
                    portal.put(&format!("/api/v1/hubs/{hub}/pipeline"), holding).await.ok();
                    engine.inbound(&conversation, &text("hello?")).await.ok();
                }
                _ => {}
            }
            let names = std::mem::take(&mut self.names);
            self.names = names.with(name, conversation).with(agent_of(name), agent);
        }
    }

    /// The agent of a conversation gives a line; the code that it hears.
    async fn told_of(&self, name: &'static str, line: &str) -> String {
        let engine = self.server.engine().await;
        let [conversation, agent] =
            [name, agent_of(name)].map(|name| self.names.fill(&format!("{{{name}}}")));
        let mut socket = engine.listen_at(&agent).await;
        engine.reply_as(&agent, &conversation, line).await;
        let heard = socket.next_activity().await;
        heard["activity"]["message"]["properties"][0]["value"].as_str().unwrap().to_owned()
    }

    async fn caller(&self, who: Who) -> Http {
        match who {
            Who::Nobody => self.server.http(),
            Who::Portal => (*self.server.portal().await).clone(),
            Who::Engine => (*self.server.engine().await).clone(),
            Who::Visitor => (*self.visitor).clone(),
        }
    }
}

fn agent_of(name: &'static str) -> &'static str {
    match name {
        "worded" => "worded agent",
        "wordless" => "wordless agent",
        _ => "holding agent",
    }
}

/// What a server of little patience answers to a call of the engine whose body does not come.
async fn answer_to_nothing(method: &str, path: &str) -> Answer {
    let server = Server::with(&[("SWITCHBOARD_HTTP__BODY_TIMEOUT_SECONDS", "1")]).await;
    let mut wire = Wire::to(&server).await;
    let head = server.engine().await.as_sent(method, path);
    let head = head.strip_suffix("\r\n").unwrap();
    wire.send(&format!("{head}content-length: 10\r\n\r\n{{")).await;
    wire.answer(path).await
}

#[tokio::test]
async fn every_code_that_a_call_can_be_told_is_told_with_its_status() {
    let stage = Stage::set().await;
    for Row { code, status, told } in ROWS {
        let (who, method, path, body) = match told {
            Told::To(who, method, path, body) => (who, method, path, body),
            Told::Late(method, path) => {
                answer_to_nothing(method, path).await.refused(*status, code);
                continue;
            }
            Told::Line(name, line) => {
                assert_eq!(stage.told_of(name, line).await, *code, "{line}");
                continue;
            }
            Told::Never(reason) => {
                assert!(!reason.is_empty(), "{code}: a row tells by which call, or why by none");
                continue;
            }
        };
        let path = stage.names.fill(path);
        let content_type = body.map(|_| "application/json");
        let body = stage.names.fill(body.unwrap_or_default());
        let answer = stage.caller(*who).await.send(method, &path, content_type, body).await;
        answer.refused(*status, code);
    }
}

#[test]
fn every_code_stands_in_one_row_with_its_status() {
    let listed = |family: Family, own: &[Code]| {
        let common = shared::ALL.iter().map(|code| code.in_family(family));
        common.chain(own.iter().copied()).map(|code| (code.to_string(), code.status.as_u16())).collect()
    };
    let only_failures = |family| vec![(shared::SYSTEM_ERROR.in_family(family).to_string(), 500)];
    let known: Vec<Vec<(String, u16)>> = vec![
        only_failures(Family::Identity),
        listed(Family::Portal, prt::ALL),
        listed(Family::Engine, eng::ALL),
        only_failures(Family::Events),
    ];
    let rows: Vec<_> = ROWS.iter().map(|row| (row.code.to_owned(), row.status)).collect();
    assert_eq!(rows, known.concat());
    let codes: BTreeSet<_> = rows.iter().collect();
    assert_eq!(codes.len(), rows.len(), "a code stands twice");
}
