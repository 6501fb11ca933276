use proptest::prelude::*;

use super::*;

const HALF: f32 = 0.5;

fn build<'a>(questions: impl IntoIterator<Item = &'a str>, common: CommonWords) -> Index {
    let mut indexing = Indexing::new();
    questions.into_iter().for_each(|question| indexing.add(question));
    indexing.finish(common)
}

fn index(questions: &[&str]) -> Index {
    let common =
        CommonWords::new(["what where when how which is are do can I an you your my to the this please"]);
    build(questions.iter().copied(), common)
}

fn near(questions: &[&str], said: &str, threshold: f32) -> Option<Near> {
    index(questions).nearest(&words(said), threshold)
}

fn nearest(questions: &[&str], said: &str) -> Option<usize> {
    near(questions, said, HALF).map(|near| near.question as usize)
}

const SHOP: [&str; 7] = [
    "What are your opening hours?",
    "When do you open?",
    "How do I return an item?",
    "Where is my order?",
    "How do I track my order?",
    "Do you ship abroad?",
    "Which payment methods do you take?",
];

#[test]
fn the_same_question_is_found_however_it_is_written() {
    let index = index(&SHOP);
    assert_eq!(index.same(&words("where is my ORDER")), Some(3));
    assert_eq!(index.same(&words("my order is where")), None, "the order of words counts");
    assert_eq!(index.same(&words("where is my order now")), None);
    assert_eq!(index.same(&words("")), None);
}

#[test]
fn of_two_nodes_with_one_question_the_first_has_it() {
    let index = index(&["a b", "c", "A, B!"]);
    assert_eq!(index.same(&words("a b")), Some(0));
    assert_eq!(index.nearest(&words("b a"), 1.0).map(|near| near.question), Some(0));
}

#[test]
fn what_shares_the_words_that_tell_is_near() {
    assert_eq!(nearest(&SHOP, "your opening hours please"), Some(0));
    assert_eq!(nearest(&SHOP, "opening hours"), Some(0));
    assert_eq!(nearest(&SHOP, "how can I return this item"), Some(2));
    assert_eq!(nearest(&SHOP, "I want to track my order"), Some(4));
}

#[test]
fn what_shares_only_common_words_is_not_near() {
    for said in ["what are your plans", "how do I get to the moon", "is anybody there", "do you", "hello", ""]
    {
        assert_eq!(nearest(&SHOP, said), None, "{said}");
    }
}

#[test]
fn words_that_are_said_twice_count_once_for_similarity() {
    let found = near(&SHOP, "opening opening hours hours what are your", 1.0).unwrap();
    assert_eq!((found.question, found.similarity), (0, 1.0));
}

#[test]
fn a_shorter_question_with_the_same_words_in_common_is_nearer() {
    let questions = ["gift cards and vouchers from abroad", "gift cards", "parking"];
    assert_eq!(near(&questions, "buying gift cards", 0.1).unwrap().question, 1);
}

#[test]
fn a_question_is_found_at_its_similarity_and_not_above() {
    let found = near(&SHOP, "opening hours today", HALF).unwrap();
    assert!(near(&SHOP, "opening hours today", found.similarity).is_some());
    assert_eq!(near(&SHOP, "opening hours today", found.similarity + 0.01), None);
}

#[test]
fn an_empty_index_knows_nothing() {
    assert_eq!(near(&[], "anything", 0.01), None);
    assert_eq!(near(&["?"], "?", 0.01), None);
}

/// What [`Index::nearest`] finds, by looking at every question.
fn slowly(index: &Index, said: &[String], threshold: f32) -> Option<f32> {
    let query = index.query(said);
    let all = 0..index.terms.count() as QuestionNo;
    let near = all.filter(|question| index.similarity(&query, *question, threshold).is_some());
    near.map(|question| index.score(&query, question)).max_by(f32::total_cmp)
}

fn text() -> impl Strategy<Value = String> {
    // Few words, of which the first are said most often.
    let word = (0..12_u8, 0..12_u8).prop_map(|(one, other)| char::from(b'a' + one.min(other)).to_string());
    prop::collection::vec(word, 0..6).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn nothing_that_is_near_enough_is_passed_over(
        questions in prop::collection::vec(text(), 0..30),
        said in text(),
        percent in 1..=100_u8,
    ) {
        let index = build(questions.iter().map(String::as_str), CommonWords::new(["b"]));
        let (said, threshold) = (words(&said), f32::from(percent) / 100.0);
        let found = index.nearest(&said, threshold);
        let score = found.map(|near| index.score(&index.query(&said), near.question));
        prop_assert_eq!(score, slowly(&index, &said, threshold));
    }

    #[test]
    fn every_question_is_the_same_as_itself_and_wholly_similar(questions in prop::collection::vec(text(), 1..30)) {
        let index = build(questions.iter().map(String::as_str), CommonWords::new(["b"]));
        for question in questions.iter().filter(|question| !question.is_empty()) {
            let said = words(question);
            let same = index.same(&said).expect("the question is in the index");
            prop_assert_eq!(words(&questions[same as usize]), said.clone());
            let tells = said.iter().any(|word| word != "b");
            prop_assert_eq!(index.nearest(&said, 1.0).is_some(), tells, "common words alone are near nothing");
        }
    }
}
