//! Lists of numbers, one behind the other in one piece of memory: words of questions, and questions of words.
//! Knows neither words nor questions.

/// Numbered lists.
#[derive(Default)]
pub(super) struct Lists {
    /// Where each list ends; it begins where the one before it ends.
    ends: Vec<usize>,
    numbers: Vec<u32>,
}

impl Lists {
    /// No list yet.
    pub(super) fn new() -> Self {
        Self { ends: Vec::new(), numbers: Vec::new() }
    }

    /// Adds a list.
    pub(super) fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.numbers.extend(list);
        self.ends.push(self.numbers.len());
    }

    /// A list by its number.
    pub(super) fn get(&self, number: u32) -> &[u32] {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.numbers[start..self.ends[number]]
    }

    /// How many lists there are.
    pub(super) fn count(&self) -> usize {
        self.ends.len()
    }

    /// How many numbers all lists have together.
    pub(super) fn total(&self) -> usize {
        self.numbers.len()
    }

    /// The same lists in another order.
    pub(super) fn arranged(&self, order: impl ExactSizeIterator<Item = u32>) -> Self {
        let (ends, numbers) = (Vec::with_capacity(order.len()), Vec::with_capacity(self.total()));
        let mut arranged = Self { ends, numbers };
        order.for_each(|list| arranged.push(self.get(list).iter().copied()));
        arranged
    }

    /// For each number below `bound` in how many lists it stands. The lists have to be sorted.
    pub(super) fn spread(&self, bound: usize) -> Vec<usize> {
        let mut counts = vec![0; bound];
        let lists = (0..self.count() as u32).map(|list| self.get(list));
        lists.flat_map(distinct).for_each(|number| counts[number as usize] += 1);
        counts
    }

    /// For each number below `bound` the lists in which it stands, in order, each once. The lists have to be sorted.
    pub(super) fn inverted(&self, bound: usize) -> Self {
        let counts = self.spread(bound);
        let ends: Vec<usize> = counts
            .iter()
            .scan(0, |end, count| {
                *end += count;
                Some(*end)
            })
            .collect();
        let mut next: Vec<usize> = ends.iter().zip(&counts).map(|(end, count)| end - count).collect();
        let mut numbers = vec![0; ends.last().copied().unwrap_or(0)];
        for list in 0..self.count() as u32 {
            for number in distinct(self.get(list)) {
                let place = &mut next[number as usize];
                numbers[*place] = list;
                *place += 1;
            }
        }
        Self { ends, numbers }
    }
}

/// The numbers of a sorted list, each once.
pub(super) fn distinct(sorted: &[u32]) -> impl Iterator<Item = u32> {
    sorted.chunk_by(|one, other| one == other).map(|same| same[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_turned_over_tell_where_each_number_stands() {
        let mut lists = Lists::new();
        lists.push([0, 2, 2]);
        lists.push([]);
        lists.push([2, 3]);
        let turned = lists.inverted(5);
        let all: Vec<_> = (0..5).map(|number| turned.get(number)).collect();
        assert_eq!(all, [&[0][..], &[], &[0, 2], &[2], &[]]);
        assert_eq!((lists.count(), lists.total(), turned.total()), (3, 5, 4));
        assert_eq!(lists.spread(5), [1, 0, 2, 1, 0]);
    }

    #[test]
    fn lists_in_another_order_are_the_same_lists() {
        let mut lists = Lists::new();
        lists.push([0, 2]);
        lists.push([]);
        lists.push([3]);
        let arranged = lists.arranged([2, 0, 1].into_iter());
        let all: Vec<_> = (0..3).map(|number| arranged.get(number)).collect();
        assert_eq!(all, [&[3][..], &[0, 2], &[]]);
    }

    #[test]
    fn no_lists_turn_over_to_empty_ones() {
        assert_eq!(Lists::new().inverted(2).get(1), [0; 0]);
        assert_eq!(Lists::new().inverted(0).count(), 0);
    }
}
