//! A tenant: one organization and everything it owns.

use crate::domain::clock::Millis;
use crate::domain::ids::{OrgId, TenantId};

/// The longest `orgId`, in characters: it stands in addresses and host-like names.
pub const MAX_ORG_ID: usize = 63;

/// One organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Identifies the tenant for ever.
    pub id: TenantId,
    /// Its name in addresses of the streaming face.
    pub org: OrgId,
    /// Its name for people.
    pub name: String,
    /// When it was made.
    pub created: Millis,
}

impl OrgId {
    /// The address form of a tenant's name: lower-case letters and digits, everything else a single dash.
    /// `None` when the name holds neither a letter nor a digit of ASCII.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut slug = String::new();
        for c in name.chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(MAX_ORG_ID);
        let slug = slug.trim_end_matches('-');
        (!slug.is_empty()).then(|| Self::from(slug))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_org_id_is_the_lower_case_name_with_dashes() {
        assert_eq!(OrgId::from_name("  Acme & Sons, Ltd. "), Some(OrgId::from("acme-sons-ltd")));
        assert_eq!(OrgId::from_name("!!"), None);
        assert_eq!(OrgId::from_name(&"x".repeat(80)).map(|org| org.as_str().len()), Some(MAX_ORG_ID));
    }
}
