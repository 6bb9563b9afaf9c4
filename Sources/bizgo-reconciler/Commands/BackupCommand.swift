internal import Engine
internal import Ledger
internal import Operations

/// A copy of the database while everybody works on it.
@Loop
enum BackupCommand {
    static func run(_ arguments: Arguments) throws(CommandFailure) -> ExitCode {
        let store = try Setup.settings(arguments).store
        let target = arguments.operands[0]
        defer { Terminal.progress("") }
        let size: Int
        do throws(BackupFailure) {
            size = try SQLiteLedger.backUp(store.path, to: target, busyTimeout: store.busyTimeout, progress: show)
        } catch {
            throw CommandFailure(error)
        }
        Terminal.progress("")
        Terminal.line("copied \(store.path) to \(target), \(size) bytes, checked")
        return .ok
    }

    private static func show(_ share: Double) {
        Terminal.progress(share < 1 ? "copying \(Int(share * 100)) %" : "checking the copy")
    }
}

extension CommandFailure {
    fileprivate init(_ failure: BackupFailure) {
        switch failure {
        case .source(let error): self.init(error)
        case .target(let message): self.init(.inputOutput, "backup: \(message)")
        }
    }
}
