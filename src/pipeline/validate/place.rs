//! Where in a body something stands, written out only when a fault has to name it.

use std::fmt;

/// The way from the body to a property.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    /// What is being checked.
    Root(&'a str),
    /// A property of what is there.
    Property(&'a Place<'a>, &'a str),
    /// An element of a list that is there, counted from zero.
    Element(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(path) => f.write_str(path),
            Self::Property(of, name) => write!(f, "{of}.{name}"),
            Self::Element(of, at) => write!(f, "{of}[{at}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_a_path() {
        let items = Place::Property(&Place::Root("message"), "items");
        assert_eq!(Place::Property(&Place::Element(&items, 2), "url").to_string(), "message.items[2].url");
    }
}
