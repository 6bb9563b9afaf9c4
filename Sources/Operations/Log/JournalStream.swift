import Glibc

/// Whether a stream goes to systemd's journal.
package enum JournalStream {
    /// Whether `JOURNAL_STREAM` names the device and inode of `descriptor` (`systemd.exec(5)`): it stays set in
    /// children whose output goes elsewhere.
    package static func isConnected(environment: [String: String], descriptor: Int32) -> Bool {
        guard let named = environment["JOURNAL_STREAM"] else { return false }
        let parts = named.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else { return false }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        return UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
    }
}
