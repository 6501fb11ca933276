//! The report as a page of HTML: what was found, and charts of how it went. It needs nothing beside itself.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::chart::{Chart, Line, Scale, ticks};
use super::{Report, Traffic, Verdict};
use crate::error::LoadError;
use crate::measure::latency::Percentiles;
use crate::measure::timeline::Bucket;

/// The look of the page, in light and dark.
const STYLE: &str = include_str!("page.css");

/// A percentile and its name.
type Charted = (&'static str, fn(&Percentiles) -> u64);

/// Percentiles that are charted over time.
const CHARTED: [Charted; 5] = [
    ("p50", |found| found.p50),
    ("p90", |found| found.p90),
    ("p99", |found| found.p99),
    ("p99.9", |found| found.p999),
    ("max", |found| found.max),
];

/// Writes the report to a file.
///
/// # Errors
/// When the file cannot be written.
pub fn write(report: &Report, path: &Path) -> Result<(), LoadError> {
    fs::write(path, page(report)).map_err(|source| LoadError::ReportFile { path: path.to_owned(), source })
}

fn page(report: &Report) -> String {
    let title = escaped(&report.title);
    let (verdict, class) = match report.verdict {
        Verdict::Faultless => ("faultless", "good"),
        Verdict::Faulty => ("faulty", "bad"),
    };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>\
         <h1>{title}</h1><p class=\"verdict {class}\">{verdict}</p>"
    );
    out.push_str(&tiles(report));
    if let Some(traffic) = &report.counted.traffic {
        out.push_str(&section("Latency over time", &latency_chart(traffic)));
        out.push_str(&section("Deliveries per second", &rate_chart(traffic, "deliveries", |b| b.deliveries)));
        out.push_str(&section("Publishes per second", &rate_chart(traffic, "publishes", |b| b.publishes)));
        out.push_str(&section("Latency by percentile", &distribution_chart(traffic)));
    }
    // The same table as on the terminal, whose first line is the title.
    let table = report.to_string();
    let table = table.split_once('\n').map_or("", |(_, rows)| rows);
    out.push_str(&section("All numbers", &format!("<pre>{}</pre>", escaped(table))));
    let parameters = report.parameters.iter().map(|(name, value)| {
        format!("<tr><th>{}</th><td>{}</td></tr>", escaped(name), escaped(&value.to_string()))
    });
    out.push_str(&section("Parameters", &format!("<table>{}</table>", parameters.collect::<String>())));
    out.push_str("</main></body></html>\n");
    out
}

/// The numbers that are looked for first.
fn tiles(report: &Report) -> String {
    let mut tiles = Vec::new();
    if let Some(traffic) = &report.counted.traffic {
        tiles.push(("deliveries per second", number(traffic.deliveries_per_second)));
        if let Some(latency) = &traffic.latency_micros {
            tiles.push(("p50", time(latency.p50 as f64)));
            tiles.push(("p99", time(latency.p99 as f64)));
        }
    }
    if let Some(connections) = &report.counted.connections {
        tiles.push(("opened per second", number(connections.opened_per_second)));
        if let Some(bytes) = connections.pss_bytes_each {
            tiles.push(("bytes each", number(bytes)));
        }
    }
    let rate = report.counted.server.as_ref().and_then(|server| server.deliveries_per_cpu_second);
    if let Some(rate) = rate {
        tiles.push(("deliveries per server cpu second", number(rate)));
    }
    tiles.push(("driver, of a core", format!("{:.0} %", report.counted.driver.share * 100.0)));
    let tile = |(name, value)| format!("<div><b>{value}</b><span>{name}</span></div>");
    format!("<div class=\"tiles\">{}</div>", tiles.into_iter().map(tile).collect::<String>())
}

fn section(title: &str, content: &str) -> String {
    format!("<section><h2>{title}</h2>{content}</section>")
}

fn latency_chart(traffic: &Traffic) -> String {
    let line = |(name, of): Charted| {
        let points = traffic
            .timeline
            .iter()
            .map(|bucket| (bucket.at_seconds, bucket.latency_micros.as_ref().map(|found| of(found) as f64)));
        Line { name, points: points.collect() }
    };
    over_time(traffic, Scale::Logarithmic, time, CHARTED.into_iter().map(line).collect())
}

fn rate_chart(traffic: &Traffic, name: &'static str, count: fn(&Bucket) -> u64) -> String {
    // What is left at the end is too short for a rate.
    let whole = traffic.timeline.first().map_or(0.0, |first| first.seconds / 2.0);
    let points = traffic.timeline.iter().map(|bucket| {
        (bucket.at_seconds, (bucket.seconds >= whole).then(|| count(bucket) as f64 / bucket.seconds))
    });
    over_time(traffic, Scale::Linear, number, vec![Line { name, points: points.collect() }])
}

fn over_time(traffic: &Traffic, scale: Scale, value: fn(f64) -> String, lines: Vec<Line<'_>>) -> String {
    let last = traffic.timeline.last().map_or(traffic.seconds, |bucket| bucket.at_seconds);
    let range = (0.0, last.max(0.001));
    Chart { scale, value, range, ticks: ticks(range.1, |at| trimmed(at, 2)), axis: "seconds", lines }.draw()
}

/// Percentiles from the half on, each step of the axis leaving a tenth of what is slower.
fn distribution_chart(traffic: &Traffic) -> String {
    let place = |share: f64| -(1.0 - share).log10();
    let found: Vec<_> = traffic
        .latency_distribution
        .iter()
        .filter(|(share, _)| *share < 1.0)
        .map(|(share, micros)| (place(*share), Some(*micros as f64)))
        .collect();
    let last = found.last().map_or(1.0, |(place, _)| *place).max(1.0);
    let marks = [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999_999];
    let ticks = marks.into_iter().filter(|share| place(*share) <= last);
    let ticks = ticks.map(|share| (place(share), trimmed(share * 100.0, 4))).collect();
    let lines = vec![Line { name: "latency", points: found }];
    Chart { scale: Scale::Logarithmic, value: time, range: (0.0, last), ticks, axis: "percent", lines }.draw()
}

fn time(micros: f64) -> String {
    let micros = micros.max(0.0);
    match micros {
        ..1e3 => format!("{} µs", trimmed(micros, 0)),
        ..1e6 => format!("{} ms", trimmed(micros / 1e3, 1)),
        _ => format!("{} s", trimmed(Duration::from_micros(micros as u64).as_secs_f64(), 1)),
    }
}

fn number(value: f64) -> String {
    match value.abs() {
        ..1e4 => trimmed(value, 0),
        ..1e6 => format!("{}k", trimmed(value / 1e3, 1)),
        _ => format!("{}M", trimmed(value / 1e6, 2)),
    }
}

/// A number with so many decimals, less those that are zero.
fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let _ = match letter {
            '&' => write!(out, "&amp;"),
            '<' => write!(out, "&lt;"),
            '>' => write!(out, "&gt;"),
            '"' => write!(out, "&quot;"),
            letter => write!(out, "{letter}"),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([number(999.6), number(12_345.0), number(2_500_000.0)], ["1000", "12.3k", "2.5M"]);
        assert_eq!([time(5.0), time(1_500.0), time(2_000_000.0)], ["5 µs", "1.5 ms", "2 s"]);
        assert_eq!([trimmed(99.99, 4), trimmed(100.0, 0)], ["99.99", "100"]);
    }

    #[test]
    fn what_servers_say_cannot_break_the_page() {
        assert_eq!(escaped("<b>\"&"), "&lt;b&gt;&quot;&amp;");
    }
}
