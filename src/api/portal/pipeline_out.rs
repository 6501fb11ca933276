//! The stages of a hub as clients see them.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::pipeline_body::{DAYS, minute_out};
use crate::domain::ids::TeamId;
use crate::domain::stage::{KeywordRule, OpenHours, Pipeline, Plugin, Senders, Span, Stage};

/// All stages of a hub. Secrets are shown to whoever may change them, so it has no `Debug` that would show them to a
/// log.
#[derive(Default, Serialize)]
pub(super) struct PipelineOut {
    stages: Vec<StageOut>,
}

impl fmt::Debug for PipelineOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipelineOut").finish_non_exhaustive()
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum StageOut {
    OpenHours {
        time_zone: String,
        week: Map<String, Value>,
        exceptions: Vec<Value>,
        #[serde(skip_serializing_if = "Option::is_none")]
        closed_message: Option<Map<String, Value>>,
    },
    Keywords {
        senders: Vec<String>,
        rules: Vec<RuleOut>,
    },
    Language {
        senders: Vec<String>,
        languages: Vec<String>,
    },
    Sentiment {
        senders: Vec<String>,
    },
    Plugin {
        name: String,
        url: String,
        senders: Vec<String>,
        timeout_seconds: u64,
        on_failure: &'static str,
        public_signing_key: String,
        private_signing_key: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleOut {
    name: String,
    phrases: Vec<String>,
    tags: Vec<String>,
    alert: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_id: Option<TeamId>,
}

impl From<&Pipeline> for PipelineOut {
    fn from(pipeline: &Pipeline) -> Self {
        Self { stages: pipeline.stages.iter().map(StageOut::from).collect() }
    }
}

impl From<&Stage> for StageOut {
    fn from(stage: &Stage) -> Self {
        match stage {
            Stage::OpenHours(hours) => open_hours(hours),
            Stage::Keywords(keywords) => Self::Keywords {
                senders: names(keywords.senders),
                rules: keywords.rules.iter().map(RuleOut::from).collect(),
            },
            Stage::Language(language) => {
                Self::Language { senders: names(language.senders), languages: language.languages.clone() }
            }
            Stage::Sentiment(sentiment) => Self::Sentiment { senders: names(sentiment.senders) },
            Stage::Plugin(plugin) => plugin_out(plugin),
        }
    }
}

impl From<&KeywordRule> for RuleOut {
    fn from(rule: &KeywordRule) -> Self {
        let KeywordRule { name, phrases, tags, alert, team } = rule.clone();
        Self { name, phrases, tags, alert, team_id: team }
    }
}

fn names(senders: Senders) -> Vec<String> {
    senders.names().collect()
}

fn open_hours(hours: &OpenHours) -> StageOut {
    let week = DAYS.iter().zip(&hours.week.0);
    let exceptions = hours.exceptions.iter();
    StageOut::OpenHours {
        time_zone: hours.zone.name().to_owned(),
        week: week.map(|(day, spans)| ((*day).to_owned(), spans_out(spans))).collect(),
        exceptions: exceptions
            .map(|(date, spans)| json!({"date": date.to_string(), "hours": spans_out(spans)}))
            .collect(),
        closed_message: hours.closed_message.clone(),
    }
}

fn spans_out(spans: &[Span]) -> Value {
    spans.iter().map(|span| json!({"from": minute_out(span.from()), "to": minute_out(span.to())})).collect()
}

fn plugin_out(plugin: &Plugin) -> StageOut {
    StageOut::Plugin {
        name: plugin.name.clone(),
        url: plugin.url.clone(),
        senders: names(plugin.senders),
        timeout_seconds: plugin.timeout.as_secs(),
        on_failure: plugin.on_failure.name(),
        public_signing_key: plugin.keys.public.clone(),
        private_signing_key: plugin.keys.private.clone(),
    }
}
