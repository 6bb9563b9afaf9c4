/// How a command ends (design.md, "Commands"; the numbers are those of sysexits.h).
enum ExitCode: Int32 {
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

/// Ends a command: the exit code, and a line for stderr for each problem, naming what is wrong and what to do.
struct CommandFailure: Error {
    var code: ExitCode
    /// Never empty.
    var lines: [String]

    init(_ code: ExitCode, _ message: String) {
        self.init(code, lines: [message])
    }

    init(_ code: ExitCode, lines: [String]) {
        self.code = code
        self.lines = lines
    }
}
