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
    index(questions).search(&words(said), threshold).nearest()
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
    assert_eq!(index.search(&words("b a"), 1.0).nearest().map(|near| near.question), Some(0));
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

/// What a search finds, by looking at every question.
fn slowly(index: &Index, said: &[String], threshold: f32) -> Option<Near> {
    let query = index.query(said);
    let near = index.questions.iter().zip(0..).filter_map(|(question, place)| {
        let shared = index.shared(&query.known, place, 0.0);
        let similarity = similarity(shared, query.weight, question.weight).min(1.0);
        let near = Near { question: question.number, similarity };
        reaches(similarity, threshold).then(|| (near, index.score(&query, place, shared)))
    });
    // Of several with one score the first.
    let nearer = |one: &(Near, f32), other: &(Near, f32)| {
        one.1.total_cmp(&other.1).then(other.0.question.cmp(&one.0.question))
    };
    near.max_by(nearer).map(|(near, _)| near)
}

/// BM25, in the words of its definition.
fn bm25(index: &Index, said: &[String], question: &str) -> f32 {
    let question = words(question);
    let length = question.len() as f32 / index.average_length;
    let score_of = |term: TermNo, word: &str| {
        let said = question.iter().filter(|own| *own == word).count() as f32;
        index.weight(term) * said * 2.2 / (said + 1.2 * (0.25 + 0.75 * length))
    };
    let mut said = said.to_vec();
    said.sort();
    said.dedup();
    said.iter().filter_map(|word| Some(score_of(index.term(word)?, word))).sum()
}

#[test]
fn where_all_questions_share_the_words_that_are_said_few_are_gone_through() {
    let products: Vec<_> = (0..1_000).map(|n| format!("how do I change the number of product{n}")).collect();
    let few = ["change number", "change my number", "number change please"];
    let index = index(&products.iter().map(String::as_str).chain(few).collect::<Vec<_>>());
    let search = index.search(&words("change the number"), HALF);
    assert!(search.effort() <= 2 * few.len(), "{}", search.effort());
    assert_eq!(search.nearest().map(|near| near.question), Some(1_000));
    assert_eq!(index.search(&words("number product700"), HALF).effort(), 1);
}

fn text() -> impl Strategy<Value = String> {
    // Few words, of which the first are said most often.
    let word = (0..12_u8, 0..12_u8).prop_map(|(one, other)| char::from(b'a' + one.min(other)).to_string());
    prop::collection::vec(word, 0..6).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn nothing_that_is_near_enough_is_passed_over(
        questions in prop::collection::vec(text(), 0..60),
        said in text(),
        percent in 1..=100_u8,
    ) {
        let index = build(questions.iter().map(String::as_str), CommonWords::new(["b"]));
        let (said, threshold) = (words(&said), f32::from(percent) / 100.0);
        let found = index.search(&said, threshold).nearest();
        prop_assert_eq!(found, slowly(&index, &said, threshold));
        if let Some(found) = found {
            let score = |question: &String| bm25(&index, &said, question);
            let own = score(&questions[found.question as usize]);
            let query = index.query(&said);
            for question in &index.questions {
                let place = index.questions.iter().position(|one| one.number == question.number).unwrap() as Place;
                let shared = index.shared(&query.known, place, 0.0);
                let is_near = reaches(similarity(shared, query.weight, question.weight), threshold);
                prop_assert!(!is_near || score(&questions[question.number as usize]) <= own + ROUNDING);
            }
        }
    }

    #[test]
    fn every_question_is_the_same_as_itself_and_wholly_similar(questions in prop::collection::vec(text(), 1..30)) {
        let index = build(questions.iter().map(String::as_str), CommonWords::new(["b"]));
        for question in questions.iter().filter(|question| !question.is_empty()) {
            let said = words(question);
            let same = index.same(&said).expect("the question is in the index");
            prop_assert_eq!(words(&questions[same as usize]), said.clone());
            let tells = said.iter().any(|word| word != "b");
            let found = index.search(&said, 1.0).nearest();
            prop_assert_eq!(found.is_some(), tells, "common words alone are near nothing");
        }
    }
}
