//! Line charts as SVG text: scales, ticks, lines and a legend. What is charted is the page's.

use std::fmt::Write;

/// Size of a chart, in units of its own; pages scale it.
const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 260.0;
/// Room for labels beside the plot.
const LEFT: f64 = 72.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 36.0;
/// Intervals between ticks, about.
const INTERVALS: f64 = 5.0;

/// A chart of lines over one axis.
pub(super) struct Chart<'a> {
    /// How values are spread over the height.
    pub(super) scale: Scale,
    /// How a value is written.
    pub(super) value: fn(f64) -> String,
    /// The smallest and the largest place on the horizontal axis.
    pub(super) range: (f64, f64),
    /// Ticks of the horizontal axis: where, and what stands there.
    pub(super) ticks: Vec<(f64, String)>,
    /// What the horizontal axis counts.
    pub(super) axis: &'a str,
    /// The lines, each in the style `line-1`, `line-2` and so on.
    pub(super) lines: Vec<Line<'a>>,
}

/// How values are spread over the height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// From zero, evenly.
    Linear,
    /// Each power of ten takes the same room.
    Logarithmic,
}

/// A line.
pub(super) struct Line<'a> {
    /// What it shows.
    pub(super) name: &'a str,
    /// Places and values. A value that is not there interrupts the line.
    pub(super) points: Vec<(f64, Option<f64>)>,
}

impl Chart<'_> {
    /// The chart with its legend, as HTML.
    pub(super) fn draw(&self) -> String {
        let mut out = String::new();
        self.draw_legend(&mut out);
        // Writing to a String does not fail.
        let _ = write!(out, r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">"#);
        let (low, high) = self.bounds();
        for tick in self.value_ticks(low, high) {
            let y = self.y(tick, low, high);
            let _ = write!(
                out,
                r#"<line class="grid" x1="{LEFT}" x2="{}" y1="{y:.1}" y2="{y:.1}"/><text class="tick" x="{}" y="{:.1}" text-anchor="end">{}</text>"#,
                WIDTH - RIGHT,
                LEFT - 8.0,
                y + 4.0,
                (self.value)(tick)
            );
        }
        for (place, text) in &self.ticks {
            let (x, y) = (self.x(*place), HEIGHT - BOTTOM);
            let _ = write!(
                out,
                r#"<line class="axis" x1="{x:.1}" x2="{x:.1}" y1="{y}" y2="{}"/><text class="tick" x="{x:.1}" y="{}" text-anchor="middle">{text}</text>"#,
                y + 4.0,
                y + 17.0
            );
        }
        let (base, middle) = (HEIGHT - BOTTOM, f64::midpoint(LEFT, WIDTH - RIGHT));
        let _ = write!(
            out,
            r#"<line class="axis" x1="{LEFT}" x2="{}" y1="{base}" y2="{base}"/><text class="tick" x="{middle}" y="{}" text-anchor="middle">{}</text>"#,
            WIDTH - RIGHT,
            HEIGHT - 3.0,
            self.axis
        );
        // The last lines, which are the rarest cases, lie behind.
        for (number, line) in self.lines.iter().enumerate().rev() {
            let _ =
                write!(out, r#"<path class="line line-{}" d="{}"/>"#, number + 1, self.path(line, low, high));
        }
        self.draw_hints(&mut out);
        out.push_str("</svg>");
        out
    }

    fn draw_legend(&self, out: &mut String) {
        if self.lines.len() < 2 {
            return;
        }
        out.push_str(r#"<div class="legend">"#);
        for (number, line) in self.lines.iter().enumerate() {
            let _ = write!(out, r#"<span><i class="key line-{}"></i>{}</span>"#, number + 1, line.name);
        }
        out.push_str("</div>");
    }

    /// What the lines say at each place, shown where the pointer rests.
    fn draw_hints(&self, out: &mut String) {
        let Some(first) = self.lines.first() else { return };
        let places: Vec<_> = first.points.iter().map(|(place, _)| *place).collect();
        for (number, place) in places.iter().enumerate() {
            let begin = number.checked_sub(1).map_or(*place, |before| f64::midpoint(places[before], *place));
            let end = places.get(number + 1).map_or(*place, |after| f64::midpoint(*place, *after));
            let (x, until) = (self.x(begin), self.x(end));
            let _ = write!(
                out,
                r#"<rect class="hint" x="{x:.1}" y="{TOP}" width="{:.1}" height="{}"><title>"#,
                (until - x).max(1.0),
                HEIGHT - TOP - BOTTOM
            );
            for line in &self.lines {
                if let Some((_, Some(value))) = line.points.get(number) {
                    let _ = writeln!(out, "{} {}", line.name, (self.value)(*value));
                }
            }
            out.push_str("</title></rect>");
        }
    }

    fn path(&self, line: &Line<'_>, low: f64, high: f64) -> String {
        let mut path = String::new();
        let mut pen = 'M';
        for (place, value) in &line.points {
            let Some(value) = value else {
                pen = 'M';
                continue;
            };
            let _ = write!(path, "{pen}{:.1} {:.1}", self.x(*place), self.y(*value, low, high));
            pen = 'L';
        }
        path
    }

    fn values(&self) -> impl Iterator<Item = f64> + '_ {
        self.lines.iter().flat_map(|line| line.points.iter().filter_map(|(_, value)| *value))
    }

    /// The smallest and the largest value of the vertical axis.
    fn bounds(&self) -> (f64, f64) {
        let high = self.values().fold(0.0, f64::max);
        match self.scale {
            Scale::Linear => {
                let step = step(high / INTERVALS);
                (0.0, ((high / step).ceil() * step).max(step))
            }
            Scale::Logarithmic => {
                let low = self.values().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
                let low = if low.is_finite() { 10_f64.powf(low.log10().floor()) } else { 1.0 };
                (low, 10_f64.powf(high.max(low * 10.0).log10().ceil()))
            }
        }
    }

    fn value_ticks(&self, low: f64, high: f64) -> Vec<f64> {
        match self.scale {
            Scale::Linear => {
                let step = step(high / INTERVALS);
                let count = (high / step).round() as usize;
                (0..=count).map(|number| number as f64 * step).collect()
            }
            Scale::Logarithmic => {
                let (first, last) = (low.log10().round() as i32, high.log10().round() as i32);
                (first..=last).map(|power| 10_f64.powi(power)).collect()
            }
        }
    }

    fn x(&self, place: f64) -> f64 {
        let (first, last) = self.range;
        LEFT + (place - first) / (last - first).max(f64::EPSILON) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64, low: f64, high: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - low) / (high - low),
            Scale::Logarithmic => (value.max(low) / low).log10() / (high / low).log10(),
        };
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    }
}

/// Evenly spaced ticks of an axis from zero, at round numbers.
pub(super) fn ticks(last: f64, write: impl Fn(f64) -> String) -> Vec<(f64, String)> {
    let step = step(last / (INTERVALS * 2.0));
    let count = (last / step).floor() as usize;
    (0..=count).map(|number| number as f64 * step).map(|place| (place, write(place))).collect()
}

/// The round number, 1, 2 or 5 times a power of ten, that is not below a value.
fn step(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(1e-9).log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power);
    round.into_iter().find(|step| *step >= value * (1.0 - 1e-9)).unwrap_or(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(scale: Scale, values: &[Option<f64>]) -> Chart<'static> {
        let points = values.iter().enumerate().map(|(place, value)| (place as f64, *value)).collect();
        let lines = vec![Line { name: "p50", points }];
        let value = |value| format!("{value}");
        Chart { scale, value, range: (0.0, 4.0), ticks: ticks(4.0, |x| format!("{x}")), axis: "s", lines }
    }

    #[test]
    fn ticks_stand_at_round_numbers() {
        assert_eq!(step(0.3), 0.5);
        assert_eq!(step(7.0), 10.0);
        assert_eq!(step(2.0), 2.0);
        let places: Vec<_> = ticks(30.0, |_| String::new()).into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]);
    }

    #[test]
    fn bounds_hold_all_values() {
        assert_eq!(chart(Scale::Linear, &[Some(3.0), Some(41.0)]).bounds(), (0.0, 50.0));
        assert_eq!(chart(Scale::Logarithmic, &[Some(3.0), Some(41.0)]).bounds(), (1.0, 100.0));
        assert_eq!(chart(Scale::Linear, &[]).bounds().0, 0.0);
        assert!(chart(Scale::Logarithmic, &[None]).bounds().1 > 1.0);
    }

    #[test]
    fn a_value_that_is_not_there_interrupts_the_line() {
        let chart = chart(Scale::Linear, &[Some(1.0), None, Some(2.0), Some(2.0)]);
        let path = chart.path(&chart.lines[0], 0.0, 2.0);
        assert_eq!(path.matches('M').count(), 2, "{path}");
        assert_eq!(path.matches('L').count(), 1, "{path}");
        assert!(!chart.draw().contains("NaN"));
    }
}
