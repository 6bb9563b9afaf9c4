internal import CurlTransport
internal import Engine
internal import Ledger
internal import Operations

/// The versions of the program and of what it is linked with.
@Loop
enum VersionCommand {
    static func run() -> ExitCode {
        Terminal.output("bizgo-reconciler \(Version.current)")
        Terminal.output("\(CurlTransport.libraryVersion), SQLite \(SQLiteLedger.libraryVersion)")
        return .ok
    }
}
