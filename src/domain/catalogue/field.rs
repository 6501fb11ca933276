//! Fields: what an object of a payload may hold under which names. It must not know payloads.

use super::form::Form;
use super::values::Values;

/// A field of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// The name as the documented example spells it, where that is another.
    pub spelled: Option<String>,
    /// What it holds, in a sentence.
    pub about: String,
    /// Its form.
    pub form: Form,
    /// Another form that its values may have instead.
    pub or: Option<Form>,
    /// Its values, where they are counted.
    pub values: Values,
    /// The most items of a list.
    pub most: Option<usize>,
    /// Whether it is on its way out.
    pub is_deprecated: bool,
    /// The name of its twin: the field that says the same number in the other form.
    pub twin: Option<String>,
    /// The fields of its value, when that is an object, or of the items, when it is a list.
    pub fields: Fields,
}

impl Field {
    /// Its forms, the documented one first.
    pub fn forms(&self) -> impl Iterator<Item = Form> {
        [Some(self.form), self.or].into_iter().flatten()
    }
}

/// Two fields of an object that say the same number: one as a number, the other as a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Twins {
    pub(super) elder: usize,
    pub(super) younger: usize,
}

/// The fields of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    fields: Vec<Field>,
    /// Where the field of a spelling stands among the fields, in the order of the spellings.
    places: Vec<(String, usize)>,
    twins: Vec<Twins>,
}

impl Fields {
    /// The most fields that an object may have: those that were seen fit into a number.
    pub(super) const MOST: usize = u64::BITS as usize;

    /// The fields in their documented order. Names have to differ, and twins to name each other.
    pub(super) fn new(fields: Vec<Field>) -> Result<Self, FieldsError> {
        if fields.len() > Self::MOST {
            return Err(FieldsError::TooMany(fields.len()));
        }
        let spellings = |(place, field): (usize, &Field)| {
            let all = [Some(field.name.clone()), field.spelled.clone()];
            all.into_iter().flatten().map(move |name| (name, place))
        };
        let mut places: Vec<_> = fields.iter().enumerate().flat_map(spellings).collect();
        places.sort_unstable();
        if let Some([(name, _), _]) = places.array_windows().find(|[one, next]| one.0 == next.0) {
            return Err(FieldsError::Twice(name.clone()));
        }
        let mut made = Self { fields, places, twins: Vec::new() };
        made.twins = made.twins()?;
        Ok(made)
    }

    fn twins(&self) -> Result<Vec<Twins>, FieldsError> {
        let mut twins = Vec::new();
        for (elder, field) in self.fields.iter().enumerate() {
            let Some(name) = &field.twin else { continue };
            let twin = self.find(name).filter(|(_, twin)| twin.twin.as_deref() == Some(field.name.as_str()));
            let (younger, _) = twin.ok_or_else(|| FieldsError::NoTwin(name.clone()))?;
            if elder < younger {
                twins.push(Twins { elder, younger });
            }
        }
        Ok(twins)
    }

    /// The field of a name, by any of its spellings, and its place.
    pub(super) fn find(&self, name: &str) -> Option<(usize, &Field)> {
        let found = self.places.binary_search_by(|(spelling, _)| spelling.as_str().cmp(name)).ok()?;
        let place = self.places[found].1;
        Some((place, &self.fields[place]))
    }

    pub(super) fn at(&self, place: usize) -> &Field {
        &self.fields[place]
    }

    pub(super) fn all_twins(&self) -> &[Twins] {
        &self.twins
    }

    /// The field of a name, by any of its spellings.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.find(name).map(|(_, field)| field)
    }

    /// All of them in their documented order.
    pub fn iter(&self) -> std::slice::Iter<'_, Field> {
        self.fields.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

impl<'f> IntoIterator for &'f Fields {
    type Item = &'f Field;
    type IntoIter = std::slice::Iter<'f, Field>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Why fields do not make an object.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FieldsError {
    #[error("an object has {0} fields, more than can be kept apart")]
    TooMany(usize),
    #[error("two fields are spelled {0:?}")]
    Twice(String),
    #[error("{0:?} is nobody's twin")]
    NoTwin(String),
}
