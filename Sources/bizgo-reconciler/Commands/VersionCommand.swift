internal import Engine
internal import CurlTransport
internal import Ledger

@Loop
enum VersionCommand {
    static func run() {
        Terminal.output("bizgo-reconciler \(Version.current)")
        Terminal.output("\(CurlTransport.libraryVersion), SQLite \(SQLiteLedger.libraryVersion)")
    }
}
