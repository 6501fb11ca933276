//! Messages that are made of a template (messaging reference, CommonTemplateMeta): which version of it is sent, and
//! what stands in its places. It must not know what becomes of the message.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::content::{file, text_with};
use crate::api::messaging::contacts::MAX_LANG;
use crate::api::messaging::error::FaultCode;
use crate::api::messaging::fields::Fields;
use crate::api::messaging::ids::Channel;
use crate::domain::ids::{MessagingId, TenantId};
use crate::domain::messaging::{ApprovalStatus, Button, Media, MediaKind, Template};
use crate::domain::template::{Language, NoRoom, Room, choose_language, resolve, value_of};
use crate::registry::Registry;

/// As the reference names the schema of `template`.
const TEMPLATE: &str = "CommonTemplateMeta";

/// The longest code and id that are looked up, in characters: more than any template has.
const MAX_NAME: usize = 512;

/// What templates are chosen by and filled with.
pub(super) struct Filling<'a> {
    pub(super) registry: &'a Registry,
    pub(super) tenant: TenantId,
    /// Where it is sent; none where that has a fault. What else is wrong is told all the same.
    pub(super) channel: Option<&'a Channel>,
    /// Whom it is for; none where that has a fault.
    pub(super) addressed: Option<Addressed<'a>>,
    /// The most bytes of what is made.
    pub(super) most_bytes: usize,
}

/// What is known of whom a message is for.
pub(super) struct Addressed<'a> {
    /// The language that the contact prefers; empty when nobody said.
    pub(super) lang: &'a str,
    /// What the message is to call the contact; empty when the caller does not say.
    pub(super) name: &'a str,
}

/// Reads `template`, and makes the message of it; none when that or whom it is for has a fault, which is noted.
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
        let found = find(meta, filling);
        let template = found.filter(|template| may_be_sent(meta, template, filling.channel))?;
        let (channel, addressed) = (filling.channel?, filling.addressed.as_ref()?);
        let room_is_for = if data.is_empty() { named_by(meta) } else { "data" };
        if !addressed.name.is_empty() {
            data.insert("name".to_owned(), addressed.name.into());
        }
        let places = Places { template: &template, data: &data, registry: filling.registry, channel };
        match filled(&places, &mut Room::of(filling.most_bytes), buttons) {
            Ok(Some(message)) => Some(message),
            Ok(None) => {
                meta.fault(named_by(meta), FaultCode::InvalidValue, "names a template that says nothing");
                None
            }
            Err(NoRoom) => {
                let rule = format!("makes a message of more than {} bytes", filling.most_bytes);
                meta.fault(room_is_for, FaultCode::TooLong, &rule);
                None
            }
        }
    };
    fields.object("template", TEMPLATE, read).flatten()
}

/// The member that names the template.
fn named_by(meta: &Fields<'_>) -> &'static str {
    if meta.get("id").is_some() { "id" } else { "code" }
}

/// The version that is meant: the very one of an id unless another language is asked for, else the one in the very
/// language that is asked for, else among those that may be sent the nearest to that language, or to the one that
/// the contact prefers.
fn find(meta: &mut Fields<'_>, filling: &Filling<'_>) -> Option<Arc<Template>> {
    let (id, code) = (meta.text("id", MAX_NAME), meta.text("code", MAX_NAME));
    let lang = language(meta);
    let asked_for = lang.as_deref();
    meta.text("linked", usize::MAX);
    let Filling { registry, tenant, .. } = *filling;
    let of_code = |code: &str, lang: Option<&str>| {
        let mut versions = registry.templates_coded(tenant, code);
        // What stands in for a language has to be one that may be sent; only where nothing may it is told why.
        let may_be_sent = |version: &Arc<Template>| hindrance(version, filling.channel).is_none();
        if !is_in_very(asked_for, &versions) && versions.iter().any(may_be_sent) {
            versions.retain(may_be_sent);
        }
        let languages: Vec<_> = versions.iter().map(|version| version.lang.as_str()).collect();
        choose_language(lang, &languages).map(|place| versions[place].clone())
    };
    let preferred =
        filling.addressed.as_ref().map(|addressed| addressed.lang).filter(|lang| !lang.is_empty());
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

/// The language that is asked for, if one is.
fn language(meta: &mut Fields<'_>) -> Option<String> {
    let lang = meta.text("lang", MAX_LANG).filter(|lang| !lang.is_empty())?;
    if Language::parse(&lang).is_none() {
        meta.fault("lang", FaultCode::InvalidValue, "must be a language, such as en or en_US");
        return None;
    }
    Some(lang)
}

/// Whether there is a version in a language itself, and not only one that is near to it.
fn is_in_very(lang: Option<&str>, versions: &[Arc<Template>]) -> bool {
    let is_it =
        |wanted| versions.iter().any(|version| Language::parse(&version.lang).as_ref() == Some(&wanted));
    lang.and_then(Language::parse).is_some_and(is_it)
}

fn may_be_sent(meta: &mut Fields<'_>, template: &Template, channel: Option<&Channel>) -> bool {
    let hindrance = hindrance(template, channel);
    if let Some((code, reason)) = hindrance {
        meta.fault(named_by(meta), code, reason);
    }
    hindrance.is_none()
}

/// Why a template cannot be sent on a channel, where one is known.
fn hindrance(template: &Template, channel: Option<&Channel>) -> Option<(FaultCode, &'static str)> {
    let channel = channel?;
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
    places: &Places<'_>,
    room: &mut Room,
    buttons: &[Button],
) -> Result<Option<Map<String, Value>>, NoRoom> {
    let template = places.template;
    let body = if template.body.trim().is_empty() { &template.template } else { &template.body };
    let mut parts = Vec::new();
    for part in [&template.header, body, &template.footer] {
        parts.push(places.fill(part, room)?);
    }
    parts.retain(|part| !part.trim().is_empty());
    let text = parts.join("\n");
    let mut items = Vec::new();
    for media in &template.attachments {
        items.extend(places.item(media, room)?);
    }
    if text.is_empty() && items.is_empty() {
        return Ok(None);
    }
    let mut all = Vec::new();
    for button in &template.buttons {
        all.push(places.button(button, room)?);
    }
    all.extend_from_slice(buttons);
    let mut message = text_with(text, items, &all);
    let sent = json!({"id": template.id, "code": template.code, "lang": template.lang});
    message.insert("template".to_owned(), sent);
    Ok(Some(message))
}

/// What stands in the places of a template.
struct Places<'a> {
    template: &'a Template,
    data: &'a Map<String, Value>,
    registry: &'a Registry,
    channel: &'a Channel,
}

impl Places<'_> {
    fn fill(&self, text: &str, room: &mut Room) -> Result<String, NoRoom> {
        let elsewhere = |name: &str| {
            let own = self.template.model.get(name).filter(|value| !value.is_null());
            own.map(Cow::Borrowed).or_else(|| self.variable(name).map(Cow::Owned))
        };
        resolve(text, room, |name| value_of(name, self.data, elsewhere))
    }

    fn variable(&self, name: &str) -> Option<Value> {
        let channel = &self.channel.integration;
        let variable = self.registry.variable_on(channel.tenant, channel.id, name)?;
        Some(variable.value.clone())
    }

    fn button(&self, button: &Button, room: &mut Room) -> Result<Button, NoRoom> {
        let Button { kind, code, label, desc, name, phone, url } = button;
        Ok(Button {
            kind: *kind,
            code: self.fill(code, room)?,
            label: self.fill(label, room)?,
            desc: self.fill(desc, room)?,
            name: self.fill(name, room)?,
            phone: self.fill(phone, room)?,
            url: self.fill(url, room)?,
        })
    }

    /// A file; none where nobody has it.
    fn item(&self, media: &Media, room: &mut Room) -> Result<Option<Map<String, Value>>, NoRoom> {
        let link = self.fill(if media.url.is_empty() { &media.src } else { &media.url }, room)?;
        if link.is_empty() {
            return Ok(None);
        }
        let kind = match media.kind {
            Some(MediaKind::Image) => "image",
            Some(MediaKind::Video) => "video",
            _ => "document",
        };
        let mut item = file(kind, &link, &self.fill(&media.caption, room)?, &media.name);
        if kind != "image" && !media.mime_type.is_empty() {
            item.insert("mimeType".to_owned(), media.mime_type.as_str().into());
        }
        Ok(Some(item))
    }
}
