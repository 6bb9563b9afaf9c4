package import Engine

/// How a command ends (bizgo-reconciler(1); the numbers are those of sysexits.h).
package enum ExitCode: Int32, Sendable {
    case ok = 0
    /// A plain no: there is no such message; `status --check`: a warning or an error fires.
    case negative = 1
    /// `status --check`: a critical alert fires, or no cycle succeeded for too long.
    case critical = 2
    /// `status --check`: cannot tell.
    case unknown = 3
    case usage = 64
    /// The provider is unavailable or refuses.
    case unavailable = 69
    /// A mistake of the program's.
    case software = 70
    case inputOutput = 74
    /// The database is locked, or another instance works on it.
    case tryLater = 75
    case configuration = 78
}

extension ExitCode {
    /// For a store that cannot be worked on: it is locked, it failed, or it is not what the configuration says.
    package init(_ kind: LedgerError.Kind) {
        self =
            switch kind {
            case .busy, .interrupted: .tryLater
            case .full, .damaged: .inputOutput
            case .readOnly, .unusable, .rowRejected, .newerSchema: .configuration
            case .unexpected: .software
            }
    }
}
