//! Notices from end to end: into a store, a session, and a server that takes mail.

mod receiver;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rcgen::generate_simple_self_signed;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::tell::notification;
use super::{Mail, Measures, Notices, NoticesParts, Postbox, Postman, PostmanParts, event, letter, mail};
use crate::broker::Acknowledgement;
use crate::config::{Recipient, Smtp, SmtpSecurity};
use crate::domain::clock::Clock;
use crate::domain::delivery::{Attempt, Endpoint};
use crate::domain::ids::{ConversationId, DeliveryId, UserId};
use crate::domain::notification::Reason;
use crate::outlets::webhooks::{GivenUp, TellOperators, Unsent};
use crate::pipeline::testing::Bench;
use crate::store::{NotificationQuery, NotificationStore, Store};
use crate::telemetry::Metrics;
use receiver::Receiver;

const PAUSE: Duration = Duration::from_secs(3600);
const EVENT_PAUSE: Duration = Duration::from_secs(30);
/// Deliveries that a notification names.
const NAMED: usize = 4;

fn smtp(receiver: &Receiver) -> Smtp {
    Smtp {
        host: "localhost".to_owned(),
        port: receiver.port,
        security: SmtpSecurity::None,
        ca_file: None,
        user: String::new(),
        password: String::new(),
        from: "Switchboard <switchboard@broker.example>".parse().unwrap(),
        to: vec![Recipient { org: None, mailbox: "ops@example.com".parse().unwrap() }],
        timeout: Duration::from_secs(30),
        pause: PAUSE,
        waiting: NonZeroUsize::new(100).unwrap(),
    }
}

fn notices(bench: &Bench, postbox: Postbox, measures: Arc<Measures>) -> Notices {
    Notices::new(NoticesParts {
        engine: bench.engine.clone(),
        clock: Arc::new(bench.clock.clone()),
        event_pause: EVENT_PAUSE,
        named: NAMED,
        post: Some(postbox),
        measures,
    })
}

/// Notices of a bench, with a postman at work.
struct Office {
    bench: Bench,
    notices: Notices,
    metrics: Metrics,
    _work: JoinSet<()>,
}

impl Office {
    async fn open(smtp: &Smtp) -> Self {
        let bench = Bench::new().await;
        let metrics = Metrics::new();
        let measures = Arc::new(Measures::new(&metrics));
        let parts = PostmanParts {
            mail: Mail::new(smtp).unwrap(),
            registry: bench.registry.clone(),
            clock: Arc::new(bench.clock.clone()),
            measures: measures.clone(),
        };
        let (postman, postbox) = Postman::new(parts, smtp);
        let notices = notices(&bench, postbox, measures);
        let mut work = JoinSet::new();
        work.spawn(postman.work());
        Self { bench, notices, metrics, _work: work }
    }

    fn given_up(&self) -> GivenUp {
        self.given_up_by(Endpoint::Integration(self.bench.agent.id))
    }

    fn given_up_by(&self, endpoint: Endpoint) -> GivenUp {
        let at = self.bench.clock.now();
        GivenUp {
            tenant: self.bench.tenant,
            endpoint,
            conversation: ConversationId::new(),
            deliveries: vec![DeliveryId::new(), DeliveryId::new()],
            reason: Reason::Exhausted,
            last: Attempt {
                at,
                status_code: Some(503),
                error: Some("no\r\nBcc: all@example.com".to_owned()),
                duration_ms: 12,
            },
            at,
        }
    }

    fn counts(&self, line: &str) -> bool {
        self.metrics.render().lines().any(|found| found == line)
    }
}

#[tokio::test]
async fn a_failed_webhook_is_kept_heard_by_everybody_and_mailed() {
    let mut receiver = Receiver::start().await;
    let office = Office::open(&smtp(&receiver)).await;
    let (bench, given_up) = (&office.bench, office.given_up());
    let session = bench.session(&UserId::from("whoever"), Acknowledgement::NotRequired).await;
    bench.store.commit(office.notices.kept(&given_up)).await.unwrap();
    office.notices.tell(given_up.clone()).await;

    let query = NotificationQuery { tenant: bench.tenant, endpoint: None, skip: 0, limit: 9 };
    let kept = bench.store.notifications(query).await.unwrap().notifications;
    let [kept] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!((&kept.deliveries, kept.count, &kept.last), (&given_up.deliveries, 2, &given_up.last));

    let heard = bench.taken(&session).await;
    assert_eq!(heard[0]["eventType"], event::TYPE);
    let payload: Value = serde_json::from_str(heard[0]["payload"].as_str().unwrap()).unwrap();
    let said = json!({"integrationId": bench.agent.id, "conversationId": given_up.conversation,
        "reason": "exhausted", "deliveries": 2, "notifications": 1, "statusCode": 503});
    assert_eq!((&payload["userId"], &payload["payload"]), (&json!(""), &said));

    let mail = receiver.mail().await;
    assert_eq!(mail.to, ["ops@example.com"]);
    for line in [
        "Subject: [demo] The webhook of \"agent\" fails".to_owned(),
        format!("Integration:  agent ({})", bench.agent.id),
        format!("Hub:          hub ({})", bench.hub.id),
        format!("Conversation: {}", given_up.conversation),
        "Deliveries:   2, given up at 2023-11-14T22:13:20.000Z".to_owned(),
        "Why:          the last attempt has failed".to_owned(),
        "Last attempt: status 503, no  Bcc: all@example.com after 12 ms".to_owned(),
        format!("  POST /api/v1/integrations/{}/deliveries/replay", bench.agent.id),
    ] {
        assert!(mail.lines().any(|found| found == line), "{line} is not in\n{}", mail.text);
    }
    assert!(office.counts("webhook_deliveries_given_up_total{reason=\"exhausted\"} 2"));
}

#[tokio::test]
async fn what_is_given_up_without_a_call_is_counted_by_why() {
    let receiver = Receiver::start().await;
    let office = Office::open(&smtp(&receiver)).await;
    office.notices.tell(GivenUp { reason: Reason::Stopped, ..office.given_up() }).await;
    office.notices.count_unsent(Unsent::Stopped, 3);
    office.notices.count_unsent(Unsent::NoAddress, 1);
    for (reason, count) in [("exhausted", 0), ("stopped", 5), ("no_address", 1)] {
        let line = format!("webhook_deliveries_given_up_total{{reason=\"{reason}\"}} {count}");
        assert!(office.counts(&line), "{line}");
    }
}

#[tokio::test]
async fn a_webhook_is_mailed_about_once_in_a_pause_and_then_with_the_number_of_what_came_meanwhile() {
    let mut receiver = Receiver::start().await;
    let office = Office::open(&smtp(&receiver)).await;
    let other = Endpoint::App("app".into());
    for given_up in [office.given_up(), office.given_up(), office.given_up_by(other)] {
        office.notices.tell(given_up).await;
    }
    assert!(receiver.mail().await.text.contains("The webhook of \"agent\""));
    assert!(receiver.mail().await.text.contains("The webhook of an application"));
    assert!(office.counts("webhook_mails_total{outcome=\"withheld\"} 1"));

    office.bench.clock.advance(PAUSE);
    office.notices.tell(office.given_up()).await;
    let later = receiver.mail().await.text;
    assert!(later.contains("since the last mail about it, besides this one: 1."), "{later}");
}

#[tokio::test]
async fn sessions_hear_about_a_webhook_once_in_a_pause_and_then_how_many_notifications_there_were() {
    let office = Office::open(&smtp(&Receiver::nowhere())).await;
    let session = office.bench.session(&UserId::from("whoever"), Acknowledgement::NotRequired).await;
    let mut counts = Vec::new();
    for (advance, notices) in [(Duration::ZERO, 3), (EVENT_PAUSE, 1)] {
        office.bench.clock.advance(advance);
        for _ in 0..notices {
            office.notices.tell(office.given_up()).await;
        }
        for heard in office.bench.taken(&session).await {
            let payload: Value = serde_json::from_str(heard["payload"].as_str().unwrap()).unwrap();
            counts.push(payload["payload"]["notifications"].as_u64().unwrap());
        }
    }
    assert_eq!(counts, [1, 3]);
}

#[tokio::test]
async fn a_mail_that_is_refused_is_counted_and_the_next_notice_is_mailed() {
    let mut receiver = Receiver::start().await;
    let office = Office::open(&smtp(&receiver)).await;
    receiver.refuse_next();
    let (first, second) = (office.given_up(), office.given_up());
    office.notices.tell(first).await;
    office.notices.tell(second.clone()).await;
    assert!(receiver.mail().await.text.contains(&second.conversation.to_string()));
    assert!(office.counts("webhook_mails_total{outcome=\"failed\"} 1"));
}

#[tokio::test]
async fn recipients_of_one_tenant_hear_of_no_other_and_none_sees_another() {
    let mut receiver = Receiver::start().await;
    let to = |org: Option<&str>, address: &str| Recipient {
        org: org.map(str::to_owned),
        mailbox: address.parse().unwrap(),
    };
    let to = vec![
        to(Some("other"), "other@example.com"),
        to(Some("demo"), "demo@example.com"),
        to(None, "all@example.com"),
    ];
    let office = Office::open(&Smtp { to, ..smtp(&receiver) }).await;
    office.notices.tell(office.given_up()).await;
    for expected in ["demo@example.com", "all@example.com"] {
        let mail = receiver.mail().await;
        assert_eq!(mail.to, [expected]);
        assert_eq!(mail.lines().filter(|line| line.contains("@example.com")).count(), 2, "{}", mail.text);
    }
}

#[tokio::test]
async fn mail_goes_over_tls_to_a_server_that_is_vouched_for_and_to_no_other() {
    let known = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, known.cert.pem()).unwrap();
    let secure = |receiver: &Receiver| Smtp {
        security: SmtpSecurity::Tls,
        ca_file: Some(ca_file.clone()),
        ..smtp(receiver)
    };
    let mut receiver = Receiver::start_secure(&known).await;
    let office = Office::open(&secure(&receiver)).await;
    office.notices.tell(office.given_up()).await;
    assert_eq!(receiver.mail().await.to, ["ops@example.com"]);

    let unknown = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let stranger = Receiver::start_secure(&unknown).await;
    let mail = Mail::new(&secure(&stranger)).unwrap();
    let letter = letter::Letter { subject: "s".to_owned(), text: "t".to_owned() };
    let refused = mail.send(&letter, &"ops@example.com".parse().unwrap()).await;
    assert!(matches!(refused, Err(mail::Unsent::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn a_server_without_tls_gets_nothing_where_tls_is_asked_for() {
    let mut receiver = Receiver::start().await;
    let mail = Mail::new(&Smtp { security: SmtpSecurity::StartTls, ..smtp(&receiver) }).unwrap();
    let letter = letter::Letter { subject: "s".to_owned(), text: "t".to_owned() };
    let refused = mail.send(&letter, &"ops@example.com".parse().unwrap()).await;
    assert!(matches!(refused, Err(mail::Unsent::Refused(_))), "{refused:?}");
    assert!(receiver.is_empty());
}

#[test]
fn certificates_that_cannot_be_read_are_told_by_their_file() {
    let smtp = Smtp {
        security: SmtpSecurity::Tls,
        ca_file: Some(PathBuf::from("/nowhere/ca.pem")),
        ..smtp(&Receiver::nowhere())
    };
    assert_eq!(Mail::new(&smtp).unwrap_err().to_string(), "cannot read /nowhere/ca.pem");
}

#[test]
fn a_file_that_has_no_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let key = generate_simple_self_signed(["localhost".to_owned()]).unwrap().signing_key.serialize_pem();
    for text in ["", "no PEM", &key] {
        std::fs::write(&file, text).unwrap();
        let smtp =
            Smtp { security: SmtpSecurity::Tls, ca_file: Some(file.clone()), ..smtp(&Receiver::nowhere()) };
        let refused = Mail::new(&smtp).unwrap_err().to_string();
        assert!(refused.contains("holds no certificates in PEM"), "{text}: {refused}");
    }
}

#[tokio::test]
async fn what_waits_to_be_mailed_is_bounded_and_one_past_it_is_counted() {
    let receiver = Receiver::nowhere();
    let bench = Bench::new().await;
    let metrics = Metrics::new();
    let measures = Arc::new(Measures::new(&metrics));
    let smtp = Smtp { waiting: NonZeroUsize::new(2).unwrap(), ..smtp(&receiver) };
    let parts = PostmanParts {
        mail: Mail::new(&smtp).unwrap(),
        registry: bench.registry.clone(),
        clock: Arc::new(bench.clock.clone()),
        measures: measures.clone(),
    };
    // He is there and does not work.
    let (_postman, postbox) = Postman::new(parts, &smtp);
    let notices = notices(&bench, postbox, measures);
    let office = Office { bench, notices, metrics, _work: JoinSet::new() };
    for (notice, dropped) in [(1, 0), (2, 0), (3, 1)] {
        office.notices.tell(office.given_up()).await;
        let line = format!("webhook_mails_total{{outcome=\"dropped\"}} {dropped}");
        assert!(office.counts(&line), "after {notice}");
    }
}

#[tokio::test]
async fn a_notification_names_the_oldest_deliveries_and_tells_how_many_there_are() {
    let receiver = Receiver::nowhere();
    let office = Office::open(&smtp(&receiver)).await;
    for (deliveries, named) in [(NAMED, NAMED), (NAMED + 1, NAMED)] {
        let deliveries: Vec<_> = (0..deliveries).map(|_| DeliveryId::new()).collect();
        let given_up = GivenUp { deliveries: deliveries.clone(), ..office.given_up() };
        let kept = notification(&given_up, NAMED);
        assert_eq!((kept.deliveries.as_slice(), kept.count), (&deliveries[..named], deliveries.len() as u64));
    }
}
