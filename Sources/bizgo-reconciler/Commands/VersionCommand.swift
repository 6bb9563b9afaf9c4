internal import CurlTransport
internal import Ledger

enum VersionCommand {
    static func run() {
        Terminal.output("bizgo-reconciler \(Version.current)")
        Terminal.output("\(CurlTransport.libraryVersion), SQLite \(SQLiteLedger.libraryVersion)")
    }
}
