//! The check of an object against its fields, in one walk over what was given: members that are not described are
//! left alone, and of twins the missing one is filled in. Nothing is allocated but for twins and faults.

use serde_json::{Map, Value};

use super::fault::{PayloadFault, Rule};
use super::field::{Field, Fields};
use super::form::{Form, whole_number};
use super::values::Values;

/// Checks the members of an object that are fields, and fills in missing twins; or tells the first fault.
pub(super) fn complete(fields: &Fields, object: &mut Map<String, Value>) -> Result<(), PayloadFault> {
    let mut seen = 0_u64;
    for (name, value) in object.iter_mut() {
        let Some((place, field)) = fields.find(name) else { continue };
        check(field, value).map_err(|fault| fault.of_member(name))?;
        seen |= 1 << place;
    }
    let is_seen = |place: usize| seen & (1 << place) != 0;
    for twins in fields.all_twins() {
        let (given, missing) = match (is_seen(twins.elder), is_seen(twins.younger)) {
            (true, false) => (fields.at(twins.elder), fields.at(twins.younger)),
            (false, true) => (fields.at(twins.younger), fields.at(twins.elder)),
            _ => continue,
        };
        if let Some(value) = object.get(&given.name).and_then(|value| as_twin(value, missing)) {
            object.insert(missing.name.clone(), value);
        }
    }
    Ok(())
}

fn check(field: &Field, value: &mut Value) -> Result<(), PayloadFault> {
    if !field.forms().any(|form| form.admits(value)) {
        return Err(PayloadFault::new(Rule::Form(field.form, field.or)));
    }
    if let Values::Only(values) = &field.values
        && !field.values.admit(value)
    {
        return Err(PayloadFault::new(Rule::OneOf(values.clone())));
    }
    match value {
        Value::Object(object) => complete(&field.fields, object),
        Value::Array(items) if field.form == Form::List => check_items(field, items),
        _ => Ok(()),
    }
}

fn check_items(field: &Field, items: &mut [Value]) -> Result<(), PayloadFault> {
    if let Some(most) = field.most
        && items.len() > most
    {
        return Err(PayloadFault::new(Rule::AtMost(most)));
    }
    for (index, item) in items.iter_mut().enumerate() {
        let checked = match item {
            Value::Object(object) => complete(&field.fields, object),
            _ => Err(PayloadFault::new(Rule::Form(Form::Object, None))),
        };
        checked.map_err(|fault| fault.of_item(index))?;
    }
    Ok(())
}

/// What a field says when its twin says this: of a number the text, of a text the number, as far as it may.
fn as_twin(value: &Value, twin: &Field) -> Option<Value> {
    let may_be = |form| twin.forms().any(|one| one == form);
    match value {
        Value::Number(number) if may_be(Form::Digits) => Some(number.to_string().into()),
        Value::String(text) if may_be(Form::Integer) => whole_number(text).map(Value::Number),
        value => twin.forms().any(|form| form.admits(value)).then(|| value.clone()),
    }
}
