//! Which processes are the server: those that hold its listening socket.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

/// The state of a listening socket in the system's table.
const LISTENING: &str = "0A";

/// The processes of this machine that listen at an address, as far as they may be looked into. None when the address
/// is another machine's.
pub fn listening_at(address: SocketAddr) -> Vec<u32> {
    if !address.ip().is_loopback() {
        return Vec::new();
    }
    let mut sockets = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let table = fs::read_to_string(table).unwrap_or_default();
        let inodes = listening_sockets(&table, address.port());
        sockets.extend(inodes.iter().map(|inode| format!("socket:[{inode}]")));
    }
    if sockets.is_empty() {
        return Vec::new();
    }
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = processes.flatten().filter_map(|process| process.file_name().to_str()?.parse().ok());
    ids.filter(|id| holds(*id, &sockets)).collect()
}

/// The inodes of the sockets that listen on a port.
fn listening_sockets(table: &str, port: u16) -> Vec<&str> {
    fn inode(line: &str, port: u16) -> Option<&str> {
        let columns: Vec<_> = line.split_whitespace().collect();
        let (_, local_port) = columns.get(1)?.rsplit_once(':')?;
        let listens = u16::from_str_radix(local_port, 16) == Ok(port) && *columns.get(3)? == LISTENING;
        columns.get(9).copied().filter(|_| listens)
    }
    table.lines().skip(1).filter_map(|line| inode(line, port)).collect()
}

fn holds(process: u32, sockets: &[String]) -> bool {
    let Ok(descriptors) = fs::read_dir(format!("/proc/{process}/fd")) else { return false };
    let mut targets = descriptors.flatten().filter_map(|descriptor| fs::read_link(descriptor.path()).ok());
    targets.any(|target| sockets.iter().any(|socket| target == Path::new(socket)))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn who_listens_is_found_by_the_port() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(listening_at(address), [std::process::id()]);
        drop(listener);
        assert!(listening_at(address).is_empty());
    }

    #[test]
    fn only_sockets_that_listen_are_taken() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0\n\
            1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0\n\
            2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 333 1 0\n";
        assert_eq!(listening_sockets(table, 8080), ["111"]);
    }
}
