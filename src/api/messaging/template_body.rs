//! The body of a template: a code, a text, and what may go along with it.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::error::{FaultCode, Refusal};
use super::fields::Fields;
use super::ids::{CONTACT_TYPES, Channel, MAX_CHANNEL_ID};
use super::media::{Below, MAX_LABEL, read_buttons, read_media};
use crate::api::state::ApiState;
use crate::domain::clock::Millis;
use crate::domain::ids::{MessagingId, TenantId};
use crate::domain::messaging::{Approval, ApprovalStatus, Template};
use crate::domain::template::Language;
use crate::registry::Registry;

/// The body, as the reference calls it.
pub(super) const SCHEMA: &str = "HSMTemplateDoc";

/// The longest header, footer, title or note, in characters.
pub(super) const MAX_LINE: usize = 1024;

/// The longest code, in characters.
pub(super) const MAX_CODE: usize = 128;

/// Reads a template; who made it, when, and its id are for the caller.
pub(super) fn read(
    state: &ApiState,
    tenant: TenantId,
    body: &Map<String, Value>,
) -> Result<Template, Refusal> {
    let limits = &state.config.messaging;
    let mut fields = Fields::new(SCHEMA, body);
    let code = fields.required_text("code", MAX_CODE).unwrap_or_default();
    let text = fields.text("body", limits.template_chars).unwrap_or_default();
    let source = fields.text("template", limits.template_chars).unwrap_or_default();
    let is_blank = |text: &str| text.trim().is_empty();
    if is_blank(&text) && is_blank(&source) && !fields.has_fault("body") && !fields.has_fault("template") {
        fields.fault("body", FaultCode::Required, "is required where there is no template");
    }
    let lang = fields.text("lang", MAX_LABEL).unwrap_or_default();
    if !lang.is_empty() && Language::parse(&lang).is_none() {
        fields.fault("lang", FaultCode::InvalidValue, "must be a language, such as en or en_US");
    }
    let mut line = |name: &str| fields.text(name, MAX_LINE).unwrap_or_default();
    let (name, desc, title) = (line("name"), line("desc"), line("title"));
    let (header, footer) = (line("header"), line("footer"));
    let (category, category_type, format_type) = (line("category"), line("categoryType"), line("formatType"));
    let template = Template {
        id: MessagingId::default(),
        code,
        lang,
        name,
        desc,
        title,
        header,
        body: text,
        footer,
        template: source,
        category,
        category_type,
        contact_type: fields.word("contactType", &CONTACT_TYPES).unwrap_or_default().to_owned(),
        format_type,
        approved: approved(&state.registry, tenant, &mut fields, limits.channels_per_template),
        attachments: read_media(&mut fields, limits.attachments_per_template),
        buttons: read_buttons(&mut fields, limits.buttons_per_message, Below::Template),
        meta: fields.map_within("meta", limits.value_bytes).cloned().unwrap_or_default(),
        model: fields.map_within("model", limits.value_bytes).cloned().unwrap_or_default(),
        created_by: String::new(),
        created: Millis(0),
    };
    fields.finish()?;
    Ok(template)
}

/// What channels say of it, each channel once and at most so many.
fn approved(registry: &Registry, tenant: TenantId, fields: &mut Fields<'_>, most: usize) -> Vec<Approval> {
    let mut known = HashSet::new();
    let read = |one: &mut Fields<'_>| {
        const CHANNEL: &str = "channelId";
        let id = one.required_text(CHANNEL, MAX_CHANNEL_ID);
        let status = one.word("status", ApprovalStatus::WORDS).and_then(ApprovalStatus::from_word);
        if one.get("status").is_none() {
            one.fault("status", FaultCode::Required, "is required");
        }
        let template_id = one.text("templateId", MAX_LABEL).unwrap_or_default();
        let channel = Channel::find(registry, tenant, &id?);
        let Some(channel) = channel.map(|channel| channel.integration.id) else {
            one.fault(CHANNEL, FaultCode::NotFound, "names a channel that there is not");
            return None;
        };
        if !known.insert(channel) {
            one.fault(CHANNEL, FaultCode::Conflict, "names a channel a second time");
        }
        Some(Approval { channel, status: status?, template_id })
    };
    fields.objects("approved", "ApprovedChannels", most, read).into_iter().flatten().collect()
}
