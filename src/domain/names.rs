//! Names for customers who gave none.

use uuid::Uuid;

const TEMPERS: [&str; 32] = [
    "Amber", "Brave", "Breezy", "Bright", "Calm", "Cheerful", "Clever", "Cosmic", "Daring", "Dapper",
    "Eager", "Fuzzy", "Gentle", "Golden", "Happy", "Jolly", "Keen", "Lively", "Lucky", "Mellow", "Merry",
    "Nimble", "Polite", "Quiet", "Rapid", "Silver", "Sunny", "Swift", "Tidy", "Velvet", "Witty", "Zesty",
];

const ANIMALS: [&str; 32] = [
    "Badger", "Beaver", "Bison", "Crane", "Dolphin", "Falcon", "Ferret", "Finch", "Fox", "Gecko", "Heron",
    "Ibex", "Koala", "Lemur", "Lynx", "Marmot", "Marten", "Meerkat", "Newt", "Ocelot", "Otter", "Owl",
    "Panda", "Puffin", "Quail", "Robin", "Seal", "Stork", "Tapir", "Toucan", "Walrus", "Wombat",
];

/// A friendly name of two words, chosen at random.
pub fn fun_name() -> String {
    let random = Uuid::new_v4();
    let [first, second, ..] = random.as_bytes();
    format!(
        "{} {}",
        TEMPERS[usize::from(*first) % TEMPERS.len()],
        ANIMALS[usize::from(*second) % ANIMALS.len()]
    )
}
