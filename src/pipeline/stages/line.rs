//! The stages of each hub, made ready for work once for each time that they are set.

use std::collections::HashSet;
use std::sync::Arc;

use dashmap::{DashMap, Entry};
use parking_lot::Mutex;

use super::keywords::SpotKeywords;
use super::language::TellLanguage;
use super::open_hours::KeepHours;
use super::passing::Passing;
use super::plugin::AskAlong;
use super::sentiment::TellSentiment;
use super::{Stage, StageSettings, Verdict};
use crate::domain::ids::{ConversationId, HubId};
use crate::domain::stage::{self, FailurePolicy, Pipeline};
use crate::pipeline::lane::Live;
use crate::registry::Registry;

/// The stages of all hubs, and the conversations in which something is held.
pub(in crate::pipeline) struct Stages {
    pub(in crate::pipeline) settings: StageSettings,
    ready: DashMap<HubId, Arc<StageLine>>,
    pub(super) holding: DashMap<ConversationId, Arc<Live>>,
    /// The hubs whose businesses were closed when that was last asked. A plain lock, held for an exchange.
    pub(super) closed: Mutex<HashSet<HubId>>,
}

/// The stages of one hub, ready for work.
pub(super) struct StageLine {
    /// What they were made from: as long as that is in force, so are they.
    made_from: Arc<Pipeline>,
    stages: Vec<Box<dyn Stage>>,
}

impl Stages {
    /// Nothing is made ready before a hub's first activity.
    pub(in crate::pipeline) fn new(settings: StageSettings) -> Self {
        Self { settings, ready: DashMap::new(), holding: DashMap::new(), closed: Mutex::default() }
    }

    /// The stages of a hub as they are in force now; none where there are none.
    pub(super) fn of(&self, hub: HubId, registry: &Registry) -> Option<Arc<StageLine>> {
        let Some(in_force) = registry.pipeline(hub) else {
            self.forget(hub);
            return None;
        };
        match self.ready.get(&hub) {
            Some(line) if Arc::ptr_eq(&line.made_from, &in_force) => return Some(line.clone()),
            _ => {}
        }
        let made = || Arc::new(StageLine::make(in_force.clone(), &self.settings));
        // Of several that come at once one makes it, since a plug-in's failures are counted in it.
        Some(match self.ready.entry(hub) {
            Entry::Vacant(free) => free.insert(made()).clone(),
            Entry::Occupied(mut present) => {
                if !Arc::ptr_eq(&present.get().made_from, &in_force) {
                    present.insert(made());
                }
                present.get().clone()
            }
        })
    }

    /// Forgets the stages of a hub that has none any more. Most brokers have no stages at all, and then nothing is looked
    /// for.
    pub(in crate::pipeline) fn forget(&self, hub: HubId) {
        if !self.ready.is_empty() {
            self.ready.remove(&hub);
        }
    }
}

impl StageLine {
    fn make(pipeline: Arc<Pipeline>, settings: &StageSettings) -> Self {
        let stages = pipeline.stages.iter().map(|stage| make(stage, settings)).collect();
        Self { made_from: pipeline, stages }
    }

    /// Takes an activity through all stages, up to the first that does not let it go on.
    pub(super) async fn meet(&self, activity: &mut Passing<'_>) -> Verdict {
        for stage in &self.stages {
            match stage.meet(activity).await {
                Verdict::On => {}
                other => return other,
            }
        }
        Verdict::On
    }

    /// Whether one of them may hold an activity.
    pub(super) fn may_hold(&self) -> bool {
        self.made_from.plugins().any(|plugin| plugin.on_failure == FailurePolicy::Hold)
    }
}

/// The list: each kind of stage, and what does its work.
fn make(stage: &stage::Stage, settings: &StageSettings) -> Box<dyn Stage> {
    match stage {
        stage::Stage::OpenHours(hours) => Box::new(KeepHours::new(hours.clone())),
        stage::Stage::Keywords(keywords) => Box::new(SpotKeywords::new(keywords, settings.keyword_bytes)),
        stage::Stage::Language(language) => Box::new(TellLanguage::new(language, settings.language_bytes)),
        stage::Stage::Sentiment(sentiment) => {
            Box::new(TellSentiment::new(*sentiment, settings.sentiment_bytes))
        }
        stage::Stage::Plugin(plugin) => Box::new(AskAlong::new(plugin.clone(), settings)),
    }
}
