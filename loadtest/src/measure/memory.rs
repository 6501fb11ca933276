//! Memory of processes: their proportional set size, in which what several share counts for each in part.

use std::fs;

/// Bytes of memory that processes use together. `None` when there are none, or they may not be looked into.
pub fn proportional_set_size(processes: &[u32]) -> Option<u64> {
    let sizes = processes.iter().map(|process| {
        let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
        kilobytes(&rollup).map(|size| size * 1024)
    });
    let total = sizes.sum::<Option<u64>>();
    total.filter(|_| !processes.is_empty())
}

fn kilobytes(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory() {
        assert!(proportional_set_size(&[std::process::id()]).unwrap() > 100_000);
        assert_eq!(proportional_set_size(&[]), None);
    }

    #[test]
    fn the_whole_is_told_from_its_parts() {
        let rollup = "0-f ---p 0 0 0 [rollup]\nRss:  900 kB\nPss:  700 kB\nPss_Anon:  500 kB\n";
        assert_eq!(kilobytes(rollup), Some(700));
    }
}
