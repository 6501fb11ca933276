//! What an embedded bot learns, and what it makes of a text.

use divan::Bencher;
use switchboard::domain::faq::FaqNode;
use switchboard::faq::{CommonWords, Knowledge, Phrases, Rules};

const ABOUT: [&str; 20] = [
    "account",
    "address",
    "customs",
    "delivery",
    "discount",
    "invoice",
    "newsletter",
    "order",
    "packaging",
    "password",
    "payment",
    "phone",
    "refund",
    "repair",
    "return",
    "size",
    "store",
    "tracking",
    "voucher",
    "warranty",
];

fn rules() -> Rules {
    Rules {
        threshold_percent: 60,
        common: CommonWords::new(["how do i change the what is of in please today"]),
        for_a_person: Phrases::new(["talk to an agent"]),
        longest_question: 4096,
    }
}

/// Nodes whose questions share most of their words.
fn nodes(count: usize) -> Vec<FaqNode> {
    let node = |number: usize| {
        let (about, product, region) = (ABOUT[number % ABOUT.len()], number % 997, number / 7 % 9973);
        let question = format!("How do I change the {about} of product {product} in region {region} today?");
        let answers = vec![format!("This is how to change it, for the time number {number}.")];
        FaqNode { name: format!("node {number}"), questions: vec![question], answers }
    };
    (0..count).map(node).collect()
}

#[divan::bench(args = [1_000, 100_000], sample_count = 5, sample_size = 1)]
fn learn(bencher: Bencher<'_, '_>, count: usize) {
    let (rules, nodes) = (rules(), nodes(count));
    bencher.bench_local(|| Knowledge::learn(&nodes, &rules));
}

#[divan::bench(args = [
    "how do i change the ACCOUNT of product 0 in region 0 today",
    "change address product 21 region 3 please",
    "delivery of order",
    "change product region",
    "Hello, is anybody there?",
])]
fn reply(bencher: Bencher<'_, '_>, said: &str) {
    let rules = rules();
    let knowledge = Knowledge::learn(&nodes(100_000), &rules);
    bencher.bench_local(|| knowledge.reply(said, &rules));
}
