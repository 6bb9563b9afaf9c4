internal import CSystem
package import Engine
internal import FoundationEssentials
internal import Glibc

// SQLite keeps a write-ahead log and a journal beside the name by which a file is opened. Two names in two folders are
// two logs for one file: what is committed by one name is unknown to the other, and overwritten.
extension DatabaseFile {
    /// Refuses a file that can be reached by a second name: one that is mounted by itself, or has hard links. Symbolic
    /// links and folders that are mounted are no second names: the log is where the file is.
    /// - Parameter isOpen: whether it is open for writing: an overlay tells the links of the layer below until then.
    func checkName(isOpen: Bool = false) throws(LedgerError) {
        var status = stat()
        guard let real = realPath, stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        guard !Self.isMountPoint(real) else {
            throw LedgerError(
                .unusable,
                "store.path: a file that is mounted by itself: \(path): SQLite would keep a second write-ahead log for it,"
                    + " which loses data: mount its folder instead")
        }
        guard status.st_nlink > 1, isOpen || bizgo_is_in_overlay(real) != 1 else { return }
        throw LedgerError(
            .unusable,
            "store.path: a file with \(status.st_nlink) names (hard links): \(path): SQLite would keep a write-ahead log for"
                + " each, which loses data: remove the others (`find -samefile`), and mount its folder or link to that"
                + " (ln -s) instead")
    }

    private static func isMountPoint(_ path: String) -> Bool {
        switch bizgo_is_mount_point(path) {
        case 0: false
        case 1: true
        default: isMountPoint(path, in: FileManager.default.contents(atPath: "/proc/self/mountinfo") ?? Data())
        }
    }

    /// - Parameter table: the fifth word of a line is where something is mounted, with blanks as `\040`.
    static func isMountPoint(_ path: String, in table: some Sequence<UInt8>) -> Bool {
        let wanted = path.utf8.flatMap { byte -> [UInt8] in
            let octal: [UInt8: String] = [0x20: "\\040", 0x09: "\\011", 0x0a: "\\012", 0x5c: "\\134"]
            return octal[byte].map { Array($0.utf8) } ?? [byte]
        }
        return table.split(separator: UInt8(ascii: "\n")).contains { line in
            let words = line.split(separator: UInt8(ascii: " "))
            return words.count > 4 && words[4].elementsEqual(wanted)
        }
    }
}

extension SQLiteLedger {
    /// - Throws: `unusable` for a database that can be reached by a second name. One that is missing is for others to
    ///   say.
    package static func checkName(_ path: String) throws(LedgerError) {
        try DatabaseFile(path: path).checkName()
    }
}
