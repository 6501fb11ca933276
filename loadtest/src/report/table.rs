//! The report as a small table, for people.

use std::fmt;
use std::time::Duration;

use super::{Connections, Expiry, Report, Traffic, Webhooks};
use crate::measure::latency::Percentiles;
use crate::measure::setbacks::Setbacks;
use crate::measure::usage::ServerUse;
use crate::measure::waits::Waited;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.title)?;
        if let Some(traffic) = &self.counted.traffic {
            write_traffic(f, traffic)?;
        }
        if let Some(connections) = &self.counted.connections {
            write_connections(f, connections)?;
        }
        if let Some(waited) = &self.waited {
            write_waited(f, waited)?;
        }
        if let Some(expiry) = &self.expiry {
            write_expiry(f, expiry)?;
        }
        if let Some(webhooks) = &self.webhooks {
            write_webhooks(f, webhooks)?;
        }
        if let Some(server) = &self.counted.server {
            write_server(f, server)?;
        }
        let driver = &self.counted.driver;
        row(
            f,
            "driver",
            format_args!("{:.2} cpu s, {:.0} % of a core", driver.cpu_seconds, driver.share * 100.0),
        )?;
        let faults = &self.faults;
        row(
            f,
            "faults",
            format_args!(
                "{} lost, {} doubled, {} reordered, {} readers disagree",
                faults.lost, faults.doubled, faults.reordered, faults.disagreeing
            ),
        )?;
        if let Some(reason) = &self.broken.first_reason {
            row(f, "broken", format_args!("{} readers, the first: {reason}", self.broken.readers))?;
        }
        if let Some(stalled) = &self.stalled {
            let reason = stalled.first_reason.as_deref().unwrap_or("none was closed");
            let text =
                format_args!("{} of {} readers were closed: {reason}", stalled.closed, stalled.readers);
            row(f, "slow", text)?;
        }
        if let Some(reason) = &self.setbacks.first_reason {
            let Setbacks { throttled, failed, renewed, .. } = &self.setbacks;
            let text =
                format_args!("{throttled} throttled, {failed} failed, {renewed} sessions renewed: {reason}");
            row(f, "setbacks", text)?;
        }
        if let Some(reason) = &self.refused.first_reason {
            row(f, "refused", format_args!("{} requests, the first: {reason}", self.refused.count))?;
        }
        Ok(())
    }
}

fn write_traffic(f: &mut fmt::Formatter<'_>, traffic: &Traffic) -> fmt::Result {
    row(f, "published", format_args!("{:>12}  {:>12.0}/s", traffic.publishes, traffic.publishes_per_second))?;
    row(
        f,
        "delivered",
        format_args!("{:>12}  {:>12.0}/s", traffic.deliveries, traffic.deliveries_per_second),
    )?;
    row(f, "took", format_args!("{:.2} s", traffic.seconds))?;
    if let Some(latency) = &traffic.latency_micros {
        row(f, "latency", percentiles(latency))?;
    }
    if let Some(latency) = &traffic.publish_latency_micros {
        row(f, "answers", percentiles(latency))?;
    }
    Ok(())
}

fn write_connections(f: &mut fmt::Formatter<'_>, connections: &Connections) -> fmt::Result {
    let Connections { count, opening_seconds, opened_per_second, .. } = connections;
    row(f, "opened", format_args!("{count:>12}  {opened_per_second:>12.0}/s, in {opening_seconds:.2} s"))?;
    if let Some(opening) = &connections.opening_micros {
        row(f, "opening", percentiles(opening))?;
    }
    if let Some(bytes) = connections.pss_bytes_each {
        row(f, "each", format_args!("{bytes:.0} bytes"))?;
    }
    if let Some(cpu) = connections.held.and_then(|held| held.cpu_micros_per_second_each) {
        row(f, "", format_args!("{cpu:.2} cpu us per second"))?;
    }
    Ok(())
}

fn write_waited(f: &mut fmt::Formatter<'_>, waited: &Waited) -> fmt::Result {
    let shortest = waited.shortest_seconds.unwrap_or_default();
    let (polls, longest, overdue) = (waited.polls, waited.longest_seconds, waited.overdue);
    row(f, "at once", format_args!("{:>12}", waited.at_once))?;
    row(f, "waited", format_args!("{polls:>12} polls, {shortest:.3} s to {longest:.3} s, {overdue} overdue"))
}

fn write_expiry(f: &mut fmt::Formatter<'_>, expiry: &Expiry) -> fmt::Result {
    let Expiry { ended, sessions, opening_seconds, most_ratio, .. } = expiry;
    row(f, "ended", format_args!("{ended} of {sessions} sessions, opened within {opening_seconds:.2} s"))?;
    for (name, latency) in [("quiet", &expiry.quiet_micros), ("ending", &expiry.ending_micros)] {
        if let Some(latency) = latency {
            row(f, name, percentiles(latency))?;
        }
    }
    let Some(ratio) = expiry.p99_ratio else { return Ok(()) };
    row(f, "p99", format_args!("{ratio:.2} times that without, of {most_ratio} at most"))
}

fn write_webhooks(f: &mut fmt::Formatter<'_>, webhooks: &Webhooks) -> fmt::Result {
    for (name, latency) in [("alone", &webhooks.alone_micros), ("beside", &webhooks.beside_micros)] {
        if let Some(latency) = latency {
            row(f, name, percentiles(latency))?;
        }
    }
    if let Some(ratio) = webhooks.p99_ratio {
        let most = webhooks.most_ratio;
        row(f, "p99", format_args!("{ratio:.2} times that without, of {most} at most"))?;
    }
    let Some(bare) = webhooks.backlog.as_ref().and_then(|backlog| backlog.bare_posts_per_cpu_second) else {
        return Ok(());
    };
    row(f, "bare loop", format_args!("{bare:.0} posts per cpu s"))
}

fn write_server(f: &mut fmt::Formatter<'_>, server: &ServerUse) -> fmt::Result {
    let cpu = server.cpu_seconds;
    row(
        f,
        "server",
        format_args!("{:.2} cpu s ({:.2} user, {:.2} system)", cpu.total, cpu.user, cpu.system),
    )?;
    if let Some(rate) = server.deliveries_per_cpu_second {
        row(f, "", format_args!("{rate:.0} deliveries per cpu s"))?;
    }
    if let (Some(before), Some(after)) = (server.pss_before_bytes, server.pss_after_bytes) {
        row(f, "memory", format_args!("{:.1} MiB, then {:.1} MiB", mebibytes(before), mebibytes(after)))?;
    }
    Ok(())
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, text: impl fmt::Display) -> fmt::Result {
    write!(f, "\n  {name:<10} {text}")
}

fn percentiles(found: &Percentiles) -> String {
    let time = |micros| format!("{:.1?}", Duration::from_micros(micros));
    format!(
        "p50 {}, p90 {}, p99 {}, p99.9 {}, max {}",
        time(found.p50),
        time(found.p90),
        time(found.p99),
        time(found.p999),
        time(found.max)
    )
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
