//! Messages that are made of a template (messaging reference, CommonTemplateMeta): which version of it is sent, and
//! what stands in its places. It must not know what becomes of the message.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::content::{file, text_with};
use crate::api::messaging::error::FaultCode;
use crate::api::messaging::fields::Fields;
use crate::api::messaging::ids::Channel;
use crate::domain::ids::MessagingId;
use crate::domain::messaging::{ApprovalStatus, Button, Media, MediaKind, Template};
use crate::domain::template::{choose_language, resolve, value_of};
use crate::registry::Registry;

/// As the reference names the schema of `template`.
const TEMPLATE: &str = "CommonTemplateMeta";

/// The longest code, id and language that are looked up, in characters: more than any template has.
const MAX_NAME: usize = 512;

/// What templates are chosen by and filled with.
pub(super) struct Filling<'a> {
    pub(super) registry: &'a Registry,
    pub(super) channel: &'a Channel,
    /// The language that the contact prefers; empty when nobody said.
    pub(super) lang: &'a str,
    /// What the message is to call the contact; empty when the caller does not say.
    pub(super) name: &'a str,
}

/// Reads `template`, and makes the message of it; none when it has a fault, which is noted.
pub(super) fn read(
    fields: &mut Fields<'_>,
    filling: &Filling<'_>,
    buttons: &[Button],
) -> Option<Map<String, Value>> {
    if fields.get("template").is_none() {
        fields.fault("template", FaultCode::Required, "is required");
    }
    let read = |meta: &mut Fields<'_>| {
        let mut data = meta.map("data").cloned().unwrap_or_default();
        if !filling.name.is_empty() {
            data.insert("name".to_owned(), filling.name.into());
        }
        let found = find(meta, filling);
        let template = found.filter(|template| may_be_sent(meta, template, filling.channel))?;
        let message = filled(&template, &data, filling, buttons);
        if message.is_none() {
            meta.fault(named_by(meta), FaultCode::InvalidValue, "names a template that says nothing");
        }
        message
    };
    fields.object("template", TEMPLATE, read).flatten()
}

/// The member that names the template.
fn named_by(meta: &Fields<'_>) -> &'static str {
    if meta.get("id").is_some() { "id" } else { "code" }
}

/// The version that is meant: the very one of an id unless another language is asked for, else the nearest to the
/// language that is asked for, or among those that may be sent the nearest to the one that the contact prefers.
fn find(meta: &mut Fields<'_>, filling: &Filling<'_>) -> Option<Arc<Template>> {
    let (id, code) = (meta.text("id", MAX_NAME), meta.text("code", MAX_NAME));
    let lang = meta.text("lang", MAX_NAME).filter(|lang| !lang.is_empty());
    let asked_for = lang.as_deref();
    meta.text("linked", usize::MAX);
    let (registry, tenant) = (filling.registry, filling.channel.integration.tenant);
    let of_code = |code: &str, lang: Option<&str>| {
        let mut versions = registry.templates_coded(tenant, code);
        // Whoever does not ask for a language gets what may be sent, and only where nothing may hears why.
        let may_be_sent = |version: &Arc<Template>| hindrance(version, filling.channel).is_none();
        if asked_for.is_none() && versions.iter().any(may_be_sent) {
            versions.retain(may_be_sent);
        }
        let languages: Vec<_> = versions.iter().map(|version| version.lang.as_str()).collect();
        choose_language(lang, &languages).map(|place| versions[place].clone())
    };
    let preferred = Some(filling.lang).filter(|lang| !lang.is_empty());
    let (member, found) = match (id.filter(|id| !id.is_empty()), code.filter(|code| !code.is_empty())) {
        (Some(id), _) => {
            let named = id.parse::<MessagingId>().ok();
            let found = named.and_then(|id| registry.messaging_thing::<Template>(tenant, id));
            let version = found.and_then(|found| match asked_for {
                Some(_) => of_code(&found.code, asked_for),
                None => Some(found),
            });
            ("id", version)
        }
        (None, Some(code)) => ("code", of_code(&code, asked_for.or(preferred))),
        (None, None) => {
            if !meta.has_fault("id") && !meta.has_fault("code") {
                meta.fault("code", FaultCode::Required, "is required where there is no id");
            }
            return None;
        }
    };
    if found.is_none() {
        meta.fault(member, FaultCode::NotFound, "names no template");
    }
    found
}

fn may_be_sent(meta: &mut Fields<'_>, template: &Template, channel: &Channel) -> bool {
    let hindrance = hindrance(template, channel);
    if let Some((code, reason)) = hindrance {
        meta.fault(named_by(meta), code, reason);
    }
    hindrance.is_none()
}

/// Why a template cannot be sent on a channel.
fn hindrance(template: &Template, channel: &Channel) -> Option<(FaultCode, &'static str)> {
    let is_for_them =
        template.contact_type.is_empty() || template.contact_type == channel.naming.contact_type;
    if !is_for_them {
        return Some((FaultCode::NotApplicable, "names a template for contacts of another kind"));
    }
    let is_approved = template.status_on(channel.integration.id) == Some(ApprovalStatus::Approved);
    (!is_approved).then_some((FaultCode::Unavailable, "names a template that the channel has not approved"))
}

/// The message; none when nothing is left to say.
fn filled(
    template: &Template,
    data: &Map<String, Value>,
    filling: &Filling<'_>,
    buttons: &[Button],
) -> Option<Map<String, Value>> {
    let places = Places { template, data, filling };
    let body = if template.body.trim().is_empty() { &template.template } else { &template.body };
    let parts = [&template.header, body, &template.footer].map(|part| places.fill(part));
    let text = parts.iter().filter(|part| !part.trim().is_empty()).map(String::as_str);
    let text = text.collect::<Vec<_>>().join("\n");
    let items: Vec<_> = template.attachments.iter().filter_map(|media| places.item(media)).collect();
    if text.is_empty() && items.is_empty() {
        return None;
    }
    let own = template.buttons.iter().map(|button| places.button(button));
    let all: Vec<_> = own.chain(buttons.iter().cloned()).collect();
    let mut message = text_with(text, items, &all);
    let sent = json!({"id": template.id, "code": template.code, "lang": template.lang});
    message.insert("template".to_owned(), sent);
    Some(message)
}

/// What stands in the places of a template.
struct Places<'a> {
    template: &'a Template,
    data: &'a Map<String, Value>,
    filling: &'a Filling<'a>,
}

impl Places<'_> {
    fn fill(&self, text: &str) -> String {
        let elsewhere = |name: &str| {
            let own = self.template.model.get(name).filter(|value| !value.is_null());
            own.map(Cow::Borrowed).or_else(|| self.variable(name).map(Cow::Owned))
        };
        resolve(text, |name| value_of(name, self.data, elsewhere))
    }

    fn variable(&self, name: &str) -> Option<Value> {
        let channel = &self.filling.channel.integration;
        let variable = self.filling.registry.variable_on(channel.tenant, channel.id, name)?;
        Some(variable.value.clone())
    }

    fn button(&self, button: &Button) -> Button {
        let Button { kind, code, label, desc, name, phone, url } = button;
        Button {
            kind: *kind,
            code: self.fill(code),
            label: self.fill(label),
            desc: self.fill(desc),
            name: name.clone(),
            phone: self.fill(phone),
            url: self.fill(url),
        }
    }

    /// A file; none where nobody has it.
    fn item(&self, media: &Media) -> Option<Map<String, Value>> {
        let link = self.fill(if media.url.is_empty() { &media.src } else { &media.url });
        if link.is_empty() {
            return None;
        }
        let kind = match media.kind {
            Some(MediaKind::Image) => "image",
            Some(MediaKind::Video) => "video",
            _ => "document",
        };
        let mut item = file(kind, &link, &self.fill(&media.caption), &media.name);
        if kind != "image" && !media.mime_type.is_empty() {
            item.insert("mimeType".to_owned(), media.mime_type.as_str().into());
        }
        Some(item)
    }
}
